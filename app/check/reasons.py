"""Sentences that show a mistake at one cell: the wrong sum, and the right one."""

import math
from typing import Any, assert_never

import numpy as np

from app.check.example import MAX_TERMS, Example
from app.check.sums import added_up, joined, right_sum, sum_of_products
from app.engine.mistakes import Slip
from app.engine.mistakes.catalogue import StepCode
from app.engine.network import Trace
from app.engine.receipt import Receipt, shape_of
from app.text.numbers import factor, figure
from app.text.sentences import cell_place, layer_title, listed, place, shown, total


def why(code: StepCode, slip: Slip, example: Example) -> str:
    """How a mistake gives the wrong number of this cell, and the right sum."""
    receipt, trace = example.receipt, example.made.trace
    of_maps = trace.network.axes == 2
    one = len(receipt.products) == 1
    right = right_sum(receipt)
    variant = slip.mistake.variant
    match code:
        case "unweighted" | "copied" if one:
            return f"that is the gradient as it arrived, without its weight. It must be {right}."
        case "unweighted":
            added = joined(receipt.upstream, " + ")
            return (
                f"that is {added}, added without the weights. Each must come back through its own "
                f"weight: {right}."
            )
        case "copied":
            return (
                "that is the gradient of one of its readers, copied back as it is. Each must come "
                f"back through its own weight, and all are added: {right}."
            )
        case "multiplied":
            what = "gradients" if variant == "gradients" else "products"
            numbers = receipt.upstream if what == "gradients" else receipt.products
            return (
                f"that is {joined(numbers, ' × ')}, the {what} multiplied. What reaches one cell "
                f"from several readers is added: {right}."
            )
        case "unflipped":
            turn = "turn it by half a turn" if of_maps else "reverse it"
            return (
                f"that is {_with_wrong_weights(trace, example)}, the kernel as it stands. A cell "
                f"that gathers from its readers must {turn}, since the first of them read it "
                f"through the last weight: {right}."
            )
        case "transposed":
            return _transposed(trace, slip, example, right)
        case "assigned":
            linear = _reader(trace, receipt).family == "fully_connected"
            readers = "readers" if linear else "windows"
            return (
                f"that is what the last of its {readers} sends, alone. What all of them send is "
                f"added, not assigned: {right}."
            )
        case "ties_all":
            return _ties_all(trace, receipt)
        case "times_activation":
            return (
                f"that is {total(receipt)} × {factor(receipt.value)}, multiplied by what the cell "
                f"holds. The local derivative is 1, whatever it holds: {total(receipt)}."
            )
        case "negatives_dropped":
            negative = listed(
                [figure(x) for x in receipt.upstream[receipt.upstream < 0]], MAX_TERMS
            )
            return (
                f"{negative}, which arrived, became 0. Negative gradients pass like all others: "
                f"{right}."
            )
        case "local_index":
            return _local_index(trace, receipt, example)
        case "spread":
            how = "shared among" if variant == "evenly" else "given to"
            return (
                f"that is the window’s gradient {how} all its cells. The maximum alone made the "
                f"output, so it gets everything, and this cell gets {total(receipt)}."
            )
        case "slope_from_gradient":
            return (
                f"the gradient {figure(receipt.upstream[0])} was asked for its sign. The slope "
                f"depends on what went in, {figure(receipt.value)}: {right}."
            )
        case "slope_forgotten":
            name = layer_title(trace.network, receipt.source or 0)
            return (
                f"that is the gradient as it arrived. The slope of {name} at "
                f"{figure(receipt.value)} is {figure(receipt.factors[0])}: {right}."
            )
        case "bias_one_cell":
            sides = trace.network.shape_of(receipt.cell.layer)[1:]
            at = (0, *map(int, np.unravel_index(int(variant), sides)))
            of_all = "" if receipt.examples is None else " of each example"
            return (
                f"that is the gradient of {place(at)}{of_all} alone. The bias is added at all "
                f"{len(receipt.products)} cells, so it collects all their gradients: "
                f"{added_up([(x,) for x in receipt.upstream], shown(receipt))}."
            )
        case "half_turned":
            return _half_turned(trace, receipt, right)
        case "averaged":
            return _averaged(trace, receipt, right)
        case "branches_averaged":
            n = len(receipt.readers)
            return (
                f"that is {total(receipt)} ÷ {n}, the average over the {n} layers that read this "
                f"cell. What they send back is added, and not divided: {right}."
            )
        case "branch_forgotten":
            skip = variant == "next"
            kept = [reader.layer for reader in receipt.readers if reader.skips == skip]
            sent = listed([layer_title(trace.network, i) for i in kept])
            return (
                f"that is what {sent} sends back, alone. {len(receipt.readers)} layers read this "
                f"cell, and what all of them send back is added: {right}."
            )
        case "weight_as_factor":
            arrived = float(receipt.upstream.sum())
            return (
                f"that is {figure(arrived)} × {factor(receipt.value)}, the gradient times the "
                f"weight. dL/dW takes the input that the weight met: {right}."
            )
        case "last_kernel":
            return (
                f"that is what the {variant} kernel sends, alone. Every kernel reads this cell, "
                f"and what all of them send is added (+= in the loop over kernels): {right}."
            )
        case "stride_forgotten" | "dilation_forgotten":
            what, apart = (
                ("stride", "windows") if code == "stride_forgotten" else ("dilation", "taps")
            )
            return (
                f"the {apart} were placed one apart on the way back, as if there were no {what}. "
                f"They lie where they read on the way forwards: {right}."
            )
        case "padding_cut":
            what, cut = ("map", ", p:-p" * 2) if of_maps else ("channel", ", p:-p")
            return (
                f"the padded {what} was cut at one end only, so that every gradient is shifted by "
                f"the padding. It is cut at both, dx[:{cut}]; here stands {right}."
            )
        case "unpadded_input":
            return (
                "dL/dW was taken from the input without its padding. Each weight meets the padded "
                f"input, zeros included: {right}."
            )
        case "ties_other":
            return (
                f"that is what comes out if a tie goes to the {_TIES[variant]}. This network’s "
                f"rule differs, so here it is {total(receipt)}. PyTorch, TensorFlow and JAX take "
                "the first maximum."
            )
        case "winner_exchanged":
            return (
                "the winner’s row was taken for its column, as an index does that counts down the "
                f"columns. NumPy and PyTorch count along the rows; this cell gets {total(receipt)}."
            )
        case "avg_undivided":
            return (
                "that is the windows’ gradient given whole to every cell. An average has divided "
                f"by the number of cells, and its gradient is divided likewise: {right}."
            )
        case "avg_divided_twice":
            return f"the gradient was divided by the number of cells twice. Once is right: {right}."
        case "avg_by_side":
            return (
                "the gradient was divided by the window’s side. A window has side × side cells, "
                f"and each gets an equal share: {right}."
            )
        case "avg_to_maximum":
            return (
                "the gradient was sent to the largest cell of the window: that is a max pool’s "
                f"backward pass. In an average every cell has its share: {right}."
            )
        case "avg_padding":
            return (
                "padding was counted where it is not, or left out where it counts: these are the "
                "right numbers with the other count_include_pad. PyTorch counts it unless told "
                f"otherwise. Here it is {right}."
            )
        case "slope_at_output":
            return (
                f"the slope of {_source(trace, receipt)} was taken at its output. It belongs at "
                f"its input, {figure(receipt.value)}: {right}."
            )
        case "slope_at_input":
            return (
                f"the formula of the slope of {_source(trace, receipt)} takes the output, y · (1 − "
                f"y) or 1 − y², and was given the input, {figure(receipt.value)}: {right}."
            )
        case "slope_half":
            return (
                f"a part of the slope of {_source(trace, receipt)} is missing. Whole, it is "
                f"{figure(receipt.factors[0])} at {figure(receipt.value)}: {right}."
            )
        case "mask_alone":
            return (
                "that is the mask alone, 1 where a gradient passes, without the gradient that "
                f"arrived: {right}."
            )
        case "mask_inverted":
            return (
                f"the mask is the wrong way round. {_source(trace, receipt)} lets a gradient pass "
                f"where its input is above 0, and here it is {figure(receipt.value)}: {right}."
            )
        case "slope_at_0":
            return (
                f"the slope at exactly {figure(receipt.value)} was taken for 1, as by x >= 0 for "
                "x > 0. There is no slope at a kink, so this is a convention: PyTorch, TensorFlow "
                f"and JAX take 0 for ReLU, and so does this tool: {right}."
            )
        case "leak_lost":
            return (
                f"{_source(trace, receipt)} went back with slope 0 below 0, as a ReLU does. Its "
                f"slope at {figure(receipt.value)} is {figure(receipt.factors[0])}: {right}."
            )
        case "outputs_sent_back":
            return (
                "the layer’s own outputs went back, not the gradients that arrived at them: "
                f"{right}."
            )
        case "bias_all_kernels":
            return (
                "that is the sum over all kernels. Each bias is added in its own channel only, and "
                f"collects the gradients of that one: {right}."
            )
        case "convolved":
            turned = "turned by half a turn" if of_maps else "reversed"
            names = ("convolve2d", "correlate2d") if of_maps else ("np.convolve", "np.correlate")
            return (
                f"the gradients were {turned} before they met the input, as a true convolution "
                f"does ({names[0]}). dL/dW is a correlation ({names[1]}): {right}."
            )
        case "one_channel":
            return (
                "every channel of the kernel met the first channel of the input. Each meets its "
                f"own: {right}."
            )
        case "one_example":
            return (
                f"that is what example {int(variant) + 1} of the batch brings, alone. Every "
                "example uses this number, so its gradient is the sum of what all examples bring: "
                f"{_by_example(receipt)}."
            )
        case "examples_averaged":
            n = len(_brought(receipt))
            return (
                f"that is {total(receipt)} ÷ {n}, the average over the {n} examples. What the "
                f"examples bring is added, and not divided: {_by_example(receipt)}. If the loss "
                "is a mean over them, its own gradient is divided already."
            )
        case _:
            assert_never(code)


_TIES = {"last": "last maximum", "first": "first maximum", "split": "maxima in equal shares"}


def _source(trace: Trace, receipt: Receipt) -> str:
    return layer_title(trace.network, receipt.source or 0)


def _brought(receipt: Receipt) -> list[float]:
    """What each example of a batch brings to the gradient of a parameter."""
    if receipt.examples is None:
        return [receipt.gradient]
    return [
        float(receipt.products[receipt.examples == at].sum())
        for at in range(int(receipt.examples[-1]) + 1)
    ]


def _by_example(receipt: Receipt) -> str:
    return added_up([(each,) for each in _brought(receipt)], shown(receipt))


def _transposed(trace: Trace, slip: Slip, example: Example, right: str) -> str:
    receipt = example.receipt
    rows = "input and output channels" if slip.mistake.variant == "channels" else "rows and columns"
    if receipt.cell.parameter is not None and _reader(trace, receipt).family == "fully_connected":
        return (
            "here the rows and columns of dL/dW have changed places: it is right if you store "
            "weights as [in][out], one row for each input, and else a transpose is missing, "
            f"outer(g, x) for outer(x, g). At this place stands {right}."
        )
    if receipt.cell.parameter is not None:
        return f"here the {rows} of dL/dW have changed places. At this place stands {right}."
    return (
        f"that is {_with_wrong_weights(trace, example)}, the {rows} of the weights exchanged. "
        f"Each gradient comes back through the weight it went through: {right}."
    )


def _half_turned(trace: Trace, receipt: Receipt, right: str) -> str:
    at, shape = receipt.cell.at, shape_of(trace, receipt.cell.layer, receipt.cell.parameter)
    plane, of_maps = math.prod(shape[-trace.network.axes :]), trace.network.axes == 2
    opposite = receipt.cell._replace(at=at - 2 * (at % plane) + plane - 1)
    return (
        f"that belongs at {cell_place(trace, opposite)}. The gradients came out "
        f"{'turned by half a turn' if of_maps else 'in reverse order'}; here stands {right}."
    )


def _averaged(trace: Trace, receipt: Receipt, right: str) -> str:
    reader, n = _reader(trace, receipt), len(receipt.products)
    if receipt.cell.parameter is not None:
        what = "positions"
        n //= len(_brought(receipt))  # of each example
    elif reader.family == "max_pool":
        what, n = "windows that it won", int(np.count_nonzero(receipt.factors))
    else:
        what = "readers"
    return (
        f"that is {total(receipt)} ÷ {n}, the average over the {n} {what}. What comes from them is "
        f"added, and not divided: {right}."
    )


def _ties_all(trace: Trace, receipt: Receipt) -> str:
    pool = _reader(trace, receipt)
    rule = {
        "first": "The first of them in its window gets it",
        "last": "The last of them in its window gets it",
        "split": "They share it",
        "all": "",
    }[pool.ties]
    return (
        f"every cell that holds a maximum of {figure(receipt.value)} was paid in full. One "
        f"gradient arrives at a window, and no more may leave it. {rule}, so here "
        f"it is {total(receipt)}."
    )


def _local_index(trace: Trace, receipt: Receipt, example: Example) -> str:
    reader = receipt.source
    assert reader is not None
    pool: Any = trace.network.layers[reader]
    winners = pool.winners(trace.tapes[reader]).reshape(pool.shape[0], -1)
    upstream = trace.gradients[reader + 1].reshape(winners.shape)
    tap = (pool.windows.table[None] == winners[:, None]).argmax(1)
    astray = np.argwhere((tap != winners) & (upstream != 0))
    channel, position = max(map(tuple, astray), key=lambda at: int(tap[at]))
    window = (channel, *map(int, np.unravel_index(position, pool.shape[1:])))
    what = "map" if pool.axes == 2 else "channel"
    return (
        f"the winner’s place in its window was taken for its place in the {what}. In the window of "
        f"{place(window, pool.shape[0])} of {layer_title(trace.network, reader)}, the winner has "
        f"the index {tap[channel, position]}, but in the {what} it has "
        f"{winners[channel, position]}; this cell gets {total(receipt)}."
    )


def _with_wrong_weights(trace: Trace, example: Example) -> str:
    """The sum of a cell with the wrong weights of a mistake."""
    receipt = example.receipt
    assert receipt.source is not None
    layer: Any = trace.network.layers[receipt.source]
    weight = example.made.steps(receipt.source).weight(layer)
    mistaken = layer.with_parameter("weight", np.ascontiguousarray(weight))
    terms = mistaken.contributions_to(trace.tapes[receipt.source], np.array([receipt.cell.at]))
    return sum_of_products(receipt.upstream, terms.derivatives)


def _reader(trace: Trace, receipt: Receipt) -> Any:
    assert receipt.source is not None
    return trace.network.layers[receipt.source]
