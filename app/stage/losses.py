"""What a loss compares: the prediction and the target of each output, and their difference."""

from typing_extensions import TypedDict

from app.engine.heads import BinaryCrossEntropyWithLogits, CrossEntropy, MeanSquaredError
from app.engine.layers.activations import sigmoid
from app.engine.network import Trace
from app.engine.types import Array
from app.text.numbers import figure
from app.text.texts import say

MAX_COMPARED = 16
"""Outputs that have a row each."""


class ComparedAnswer(TypedDict):
    """The rows of a loss: gradient = factor × (prediction − target)."""

    names: list[str]
    prediction: list[float]
    target: list[float]
    factor: float
    is_share: bool
    """Whether the predictions are probabilities, which the loss makes of the outputs."""
    titles: tuple[str, str, str]
    """Of the predictions, the targets and the differences."""


def compared(trace: Trace) -> ComparedAnswer | None:
    """The rows of the network's loss; None where it compares in another way, or too many."""
    head, output = trace.network.head, trace.values[-1]
    if output.ndim != 1 or output.size > MAX_COMPARED:
        return None
    target: Array
    if isinstance(head, CrossEntropy) and trace.probabilities is not None:
        prediction, factor = trace.probabilities, head.together
        if not factor:  # every class weighs 0
            return None
        target = head.shares / factor
    elif isinstance(head, BinaryCrossEntropyWithLogits):
        prediction, target, factor = sigmoid(output), head.target, 1.0 / head.count
    elif isinstance(head, MeanSquaredError):
        prediction, target, factor = output, head.target, 2.0 / head.count
    else:
        return None
    return {
        "names": [say("compared", head.name, "name", at=at) for at in range(output.size)],
        "prediction": prediction.tolist(),
        "target": target.tolist(),
        "factor": factor,
        "is_share": prediction is not output,
        "titles": (
            say("compared", head.name, "prediction"),
            say("compared", head.name, "target"),
            _difference(head.name, factor),
        ),
    }


def _difference(name: str, factor: float) -> str:
    """The title of the gradients; of a mean, with the factor that each difference has."""
    if factor == 1:
        return say("compared", name, "difference")
    return say("compared", name, "difference_times", factor=figure(factor))
