"""The name of each mistake."""

from app.engine.mistakes import Slip
from app.engine.mistakes.catalogue import Code, PerCode

TITLES: PerCode[str] = {
    "unweighted": "Added without the weights",
    "copied": "Copied back without the weight",
    "multiplied": "Multiplied instead of added",
    "unflipped": "Gathered with an unflipped kernel",
    "transposed": "Weight transposed",
    "half_turned": "Gradients turned by half a turn",
    "last_kernel": "One kernel’s share alone",
    "assigned": "Assigned instead of added",
    "averaged": "Averaged instead of added",
    "branches_averaged": "Branches averaged instead of added",
    "branch_forgotten": "One branch forgotten",
    "stride_forgotten": "Stride forgotten on the way back",
    "dilation_forgotten": "Dilation forgotten on the way back",
    "padding_cut": "Padding cut at one end only",
    "unpadded_input": "dL/dW from the unpadded input",
    "ties_all": "Every maximum of a tie paid in full",
    "ties_other": "Another rule for ties",
    "zero_padding": "Zeros as padding of a max pool",
    "local_index": "Index in the window taken for the index in the map",
    "winner_exchanged": "Winner’s row and column exchanged",
    "spread": "Gradient spread over the whole window",
    "avg_undivided": "Average not divided",
    "avg_divided_twice": "Average divided twice",
    "avg_by_side": "Average divided by the side",
    "avg_to_maximum": "Average sent to the maximum",
    "avg_padding": "Padding counted, or not",
    "times_activation": "Multiplied by the activation",
    "negatives_dropped": "Negative gradients dropped",
    "slope_from_gradient": "Slope taken from the gradient’s sign",
    "slope_forgotten": "Slope of the activation forgotten",
    "slope_at_output": "Slope taken at the output",
    "slope_at_input": "Formula of the slope given the input",
    "slope_half": "A part of the slope missing",
    "mask_alone": "Mask without the gradient",
    "mask_inverted": "Mask the wrong way round",
    "slope_at_0": "Slope 1 at exactly 0",
    "leak_lost": "Slope 0 below 0",
    "activation_missing": "Activation left out",
    "outputs_sent_back": "Outputs sent back in place of gradients",
    "bias_one_cell": "One cell’s gradient for the bias",
    "bias_all_kernels": "Every kernel’s gradients for each bias",
    "weight_as_factor": "Weight instead of input in dL/dW",
    "convolved": "Convolution instead of correlation in dL/dW",
    "one_channel": "One input channel for all in dL/dW",
    "one_example": "One example of the batch alone",
    "examples_averaged": "Examples averaged instead of added",
    "sign_reversed": "All signs reversed",
    "target_forgotten": "Target not subtracted",
    "softmax_twice": "Softmax differentiated once more",
    "probability_slope": "Derivative for the probability, not the score",
    "other_class": "Another class as the target",
    "scores_minus_target": "Scores in place of probabilities",
    "divided_by_classes": "Divided by the number of classes",
    "scaled": "One constant factor",
    "weight_decay": "Weight decay added",
    "stepped": "The new weights, not the gradient",
    "clipped": "Gradients clipped",
    "reordered": "Right numbers in another order",
}
TITLES_ALONG_ONE_AXIS: dict[Code, str] = {
    "half_turned": "Gradients in reverse order",
    "local_index": "Index in the window taken for the index in the channel",
}


def title(slip: Slip, axes: int) -> str:
    """The name of a mistake in a network whose windows slide along so many axes."""
    usual = TITLES[slip.code]
    return TITLES_ALONG_ONE_AXIS.get(slip.code, usual) if axes == 1 else usual
