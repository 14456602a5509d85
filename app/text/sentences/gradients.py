"""Why a gradient is what it is, and where it goes next."""

from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine.heads import (
    AbsoluteError,
    BinaryCrossEntropy,
    BinaryCrossEntropyWithLogits,
    CrossEntropy,
    Huber,
    MeanSquaredError,
    NegativeLogLikelihood,
    PerHead,
    PerOutput,
    SmoothL1,
    Upstream,
)
from app.engine.layers import Activation, BatchNorm2d, Layer, MaxPool, PerFamily
from app.engine.layers.activations import sigmoid
from app.engine.network import Trace
from app.engine.receipt import Cell, Reads, Receipt, reads, value_and_gradient
from app.text.equations import Part, Say, equation
from app.text.numbers import figure
from app.text.sentences.grammar import listed
from app.text.sentences.names import cell_place, index_of, layer_title, place, weight_noun
from app.text.sentences.sums import added_line
from app.text.texts import say


def shown(receipt: Receipt) -> float:
    """The gradient to show: 0 if its terms cancel but for rounding."""
    return 0.0 if receipt.zero else receipt.gradient


def total(receipt: Receipt) -> str:
    """The gradient to show, as text."""
    return figure(shown(receipt))


def sentence(trace: Trace, receipt: Receipt) -> str:
    """Why this gradient is what it is, without equations."""
    said = _sentence(trace, receipt)
    return say("gradient.cancelled", sentence=said) if receipt.zero == "cancelled" else said


def _sentence(trace: Trace, receipt: Receipt) -> str:
    cell, n = receipt.cell, len(receipt.products)
    if receipt.source is None:
        head = trace.network.head
        return _OF_HEAD[head.name](trace, head, receipt)
    source = trace.network.layers[receipt.source]
    if cell.parameter is not None:
        return _parameter_sentence(receipt, source)
    if n == 0:
        return say("gradient.unread")
    if len(receipt.readers) > 1:
        return _of_several(trace, receipt)
    return _READ[source.family](trace, receipt)


def _of_several(trace: Trace, receipt: Receipt) -> str:
    """The part of the gradient from each of the layers that read a cell."""
    parts = [
        say(
            "gradient.part",
            layer=layer_title(trace.network, reader.layer),
            gradient=total(receipt.part(reader)),
        )
        for reader in receipt.readers
    ]
    return say(
        "gradient.several",
        n=len(parts),
        parts=listed(parts),
        sum=added_line([(shown(receipt.part(r)),) for r in receipt.readers], shown(receipt)),
    )


def _handed_sentence(trace: Trace, receipt: Receipt) -> str:
    return say("gradient.added", layer=layer_title(trace.network, receipt.source or 0),
               gradient=total(receipt))  # fmt: skip


def _given(trace: Trace, head: Upstream, receipt: Receipt) -> str:
    return say("gradient.given", gradient=total(receipt))


def _of_cross_entropy(trace: Trace, head: CrossEntropy, receipt: Receipt) -> str:
    assert trace.probabilities is not None
    at = receipt.cell.at
    probability, right = float(trace.probabilities[at]), at == head.right
    if head.is_mean_of_plain:
        many = int(head.divisor)
        return say(
            "gradient.class_of_batch",
            "right" if right else "wrong",
            probability=figure(probability),
            examples=many,
            equation=equation(lambda n: (n(probability) - n(right)) / n(many), shown(receipt)),
        )
    if not head.is_plain:
        share = float(head.shares[at])
        return say(
            "gradient.shared_class",
            probability=figure(probability),
            together=figure(head.together),
            share=figure(share),
            equation=equation(
                lambda n: n(head.together) * n(probability) - n(share), shown(receipt)
            ),
        )
    return say(
        "gradient.right_class" if right else "gradient.wrong_class",
        probability=figure(probability),
        equation=equation(lambda n: n(probability) - n(right), shown(receipt)),
    )


def _of_logarithm(trace: Trace, head: NegativeLogLikelihood, receipt: Receipt) -> str:
    if receipt.cell.at != head.right:
        return say("gradient.wrong_logarithm")
    return say("gradient.right_logarithm", gradient=total(receipt))


def _of_distance(trace: Trace, head: AbsoluteError, receipt: Receipt) -> str:
    output, target = _output_and_target(trace, head, receipt)
    if output == target:
        return say("gradient.arrived", output=figure(output))
    side = 1 if output > target else -1
    return say(
        "gradient.distance",
        output=figure(output),
        target=figure(target),
        equation=equation(lambda n: _divided(head, n(side), n), shown(receipt)),
    )


def _output_and_target(trace: Trace, head: PerOutput, receipt: Receipt) -> tuple[float, float]:
    at = receipt.cell.at
    return float(trace.values[-1].reshape(-1)[at]), float(head.target.reshape(-1)[at])


def _divided(head: PerOutput, slope: Part, n: Say) -> Part:
    return slope if head.count == 1 else slope / n(head.count)


def _of_logit(trace: Trace, head: BinaryCrossEntropyWithLogits, receipt: Receipt) -> str:
    output, target = _output_and_target(trace, head, receipt)
    p = float(sigmoid(np.array([output]))[0])
    return say(
        "gradient.logit",
        probability=figure(p),
        target=figure(target),
        equation=equation(lambda n: _divided(head, n(p) - n(target), n), shown(receipt)),
    )


def _of_probability(trace: Trace, head: BinaryCrossEntropy, receipt: Receipt) -> str:
    p, target = _output_and_target(trace, head, receipt)

    def left(n: Say) -> Part:
        return _divided(head, (n(p) - n(target)) / (n(p) * n(1 - p)), n)

    key = "gradient.probability" if 0 < p < 1 else "gradient.certain"
    made = equation(left, shown(receipt)) if 0 < p < 1 else total(receipt)
    return say(key, output=figure(p), target=figure(target), equation=made)


def _of_smooth_l1(trace: Trace, head: SmoothL1, receipt: Receipt) -> str:
    output, target = _output_and_target(trace, head, receipt)

    def near(n: Say) -> Part:
        apart = n(output) - n(target)
        return _divided(head, apart if head.beta == 1 else apart / n(head.beta), n)

    return _near_or_far(trace, head, receipt, head.beta, near, 1.0)


def _of_huber(trace: Trace, head: Huber, receipt: Receipt) -> str:
    output, target = _output_and_target(trace, head, receipt)

    def near(n: Say) -> Part:
        return _divided(head, n(output) - n(target), n)

    return _near_or_far(trace, head, receipt, head.delta, near, head.delta)


def _near_or_far(
    trace: Trace,
    head: PerOutput,
    receipt: Receipt,
    limit: float,
    near: Callable[[Say], Part],
    steepest: float,
) -> str:
    output, target = _output_and_target(trace, head, receipt)
    is_near = abs(output - target) < limit
    slope = steepest if output > target else -steepest
    left = near if is_near else lambda n: _divided(head, n(slope), n)
    return say(
        "gradient.target_near" if is_near else "gradient.target_far",
        output=figure(output),
        target=figure(target),
        limit=figure(limit),
        equation=equation(left, shown(receipt)),
    )


def _of_squared_error(trace: Trace, head: MeanSquaredError, receipt: Receipt) -> str:
    output, target = _output_and_target(trace, head, receipt)

    def left(n: Say) -> Part:
        twice = n(2) * (n(output) - n(target))
        return twice / n(head.count) if head.reduction == "mean" else twice

    return say(
        "gradient.target",
        output=figure(output),
        target=figure(target),
        equation=equation(left, shown(receipt)),
    )


_OF_HEAD: PerHead[Callable[[Trace, Any, Receipt], str]] = {
    "upstream": _given,
    "cross_entropy": _of_cross_entropy,
    "binary_cross_entropy_with_logits": _of_logit,
    "binary_cross_entropy": _of_probability,
    "nll": _of_logarithm,
    "mse": _of_squared_error,
    "l1": _of_distance,
    "smooth_l1": _of_smooth_l1,
    "huber": _of_huber,
}


def _activation_sentence(trace: Trace, receipt: Receipt) -> str:
    layer, value = layer_title(trace.network, receipt.source or 0), figure(receipt.value)
    slope, upstream = receipt.factors[0], figure(receipt.upstream[0])
    if slope == 0:
        reader: Any = trace.network.layers[receipt.source or 0]
        return say("gradient.closed", reader.closed, layer=layer, value=value, upstream=upstream)
    if receipt.upstream[0] == 0:
        return say("gradient.nothing", layer=layer)
    if slope == 1:
        return say("gradient.unchanged", layer=layer, value=value, gradient=total(receipt))
    return say(
        "gradient.slope",
        layer=layer,
        slope=figure(slope),
        value=value,
        upstream=upstream,
        gradient=total(receipt),
    )


def _shared_row_sentence(trace: Trace, receipt: Receipt) -> str:
    layer = layer_title(trace.network, receipt.source or 0)
    return say("gradient.row", n=len(receipt.products), layer=layer, gradient=total(receipt))


def _routed_sentence(trace: Trace, receipt: Receipt) -> str:
    n, won = len(receipt.products), int(np.count_nonzero(receipt.factors))
    windows, gradient = say("counted.windows", n=n), total(receipt)
    if won == 0 and n > 1:
        return say("gradient.lost_all", windows=windows)
    if won == 0:
        return _lost_sentence(trace, receipt)
    if n > 1:
        return say("gradient.won_several", windows=windows, n=won, gradient=gradient)
    if receipt.factors[0] != 1:
        return say("gradient.shared", gradient=gradient)
    window = reads(trace, Cell(receipt.source or 0, int(receipt.sources[0])))
    assert window is not None
    tied = np.count_nonzero(window.factors) > 1
    return say("gradient.won_tied" if tied else "gradient.won", gradient=gradient)


def _lost_sentence(trace: Trace, receipt: Receipt) -> str:
    rival = reads(trace, Cell(receipt.source or 0, int(receipt.sources[0])))
    assert rival is not None
    best = int(rival.cells[int(np.argmax(rival.factors))])
    channels = trace.network.shape_of(rival.layer)[0]
    winner = place(index_of(trace, Cell(rival.layer, best)), channels)
    value = figure(trace.values[rival.layer + 1].reshape(-1)[best])
    if value == figure(receipt.value):
        return say("gradient.lost_tie", winner=winner)
    return say("gradient.lost", winner=winner, value=value)


def _average_sentence(trace: Trace, receipt: Receipt) -> str:
    n, gradient = len(receipt.products), total(receipt)
    divisor = shared_divisor(trace, receipt.source or 0)
    if divisor is not None:
        return say("gradient.divided", n=n, divisor=divisor, gradient=gradient)
    return say("gradient.average", n=n, gradient=gradient)


def shared_divisor(trace: Trace, layer: int) -> int | None:
    """The divisor that an average pool is given; None if it divides by the size of its windows."""
    divisor: int | None = getattr(trace.network.layers[layer], "divisor_override", None)
    return divisor


def _normalized_sentence(trace: Trace, receipt: Receipt) -> str:
    return say(
        "gradient.normalized",
        layer=layer_title(trace.network, receipt.source or 0),
        slope=figure(receipt.factors[0]),
        gradient=total(receipt),
    )


def _neurons_sentence(trace: Trace, receipt: Receipt) -> str:
    return say("gradient.neurons", n=len(receipt.products), gradient=total(receipt))


def _map_cells_sentence(trace: Trace, receipt: Receipt) -> str:
    n, reading = len(receipt.products), len(np.unique(receipt.sources))
    said = say("gradient.map_cells", n=reading, gradient=total(receipt))
    return said if n == reading else say("gradient.copied", sentence=said, n=n)


def _relabelled_sentence(trace: Trace, receipt: Receipt) -> str:
    """Receipts skip layers that only relabel, so this is never called."""
    raise NotImplementedError


_READ: PerFamily[Callable[[Trace, Receipt], str]] = {
    "convolution": _map_cells_sentence,
    "transposed_convolution": _map_cells_sentence,
    "fully_connected": _neurons_sentence,
    "activation": _activation_sentence,
    "softmax": _shared_row_sentence,
    "max_pool": _routed_sentence,
    "avg_pool": _average_sentence,
    "normalization": _normalized_sentence,
    "relabelling": _relabelled_sentence,
    "addition": _handed_sentence,
}
"""Why a cell gets its gradient, by who reads it."""


def _parameter_sentence(receipt: Receipt, layer: Layer) -> str:
    said = say(
        "gradient.bias_of" if receipt.cell.parameter == "bias" else "gradient.weight_of",
        weight_noun(layer),
        positions=say("counted.positions", n=len(receipt.products)),
        gradient=total(receipt),
    )
    if receipt.examples is None:
        return said
    examples = int(receipt.examples[-1]) + 1
    return say("gradient.of_batch", sentence=said, n=examples)


def sum_line(receipt: Receipt, most: int = 4) -> str:
    """The equation of a gradient: «2 × 0.5 + 3 × (−1) + 6 × 0.25 = −0.5»."""
    if not len(receipt.products):
        return say("sums.unread")
    return added_line(zip(receipt.upstream, receipt.factors, strict=True), shown(receipt), most)


def objective_name(trace: Trace) -> str:
    """The name of what a gradient is the slope of: the loss, or the given sum."""
    return say("objective.loss" if trace.network.head.is_loss else "objective.outputs")


def onward_sentence(trace: Trace, receipt: Receipt) -> str:
    """Where this gradient goes next."""
    cell, gradient = receipt.cell, total(receipt)
    if cell.parameter is not None:
        key = "onward.bias" if cell.parameter == "bias" else "onward.weight"
        return say(key, objective=objective_name(trace), gradient=gradient)
    parts = reads(trace, cell)
    if parts is None:
        return say("onward.input")
    if receipt.gradient == 0 or receipt.zero:
        return say("onward.zero")
    made = trace.network.maker_of(cell.layer)
    layer = trace.network.layers[made]
    return _ONWARD[layer.family](trace, Cell(made, cell.at), layer, parts, receipt)


def _to_winner(trace: Trace, cell: Cell, layer: MaxPool, parts: Reads, receipt: Receipt) -> str:
    if layer.ties not in ("first", "last"):
        return _in_shares(trace, cell, layer, parts, receipt)
    best = Cell(parts.layer, int(parts.cells[int(np.argmax(parts.factors))]))
    said = say(
        "onward.winner",
        gradient=total(receipt),
        cell=cell_place(trace, best),
        layer=layer_title(trace.network, parts.layer),
        value=figure(value_and_gradient(trace, best)[0]),
    )
    others = len(parts.cells) - 1
    return say("onward.losers", sentence=said, n=others) if others else said


def _to_own_place(
    trace: Trace, cell: Cell, layer: Activation | BatchNorm2d, parts: Reads, receipt: Receipt
) -> str:
    title, below = (layer_title(trace.network, each) for each in (cell.layer, parts.layer))
    if parts.factors[0] == 0:
        return say("onward.closed", layer.closed, layer=title, gradient=total(receipt))
    part = figure(receipt.gradient * parts.factors[0])
    return say("onward.handed", layer=title, part=part, below=below)


def _to_whole_row(trace: Trace, cell: Cell, layer: Layer, parts: Reads, receipt: Receipt) -> str:
    title, below = (layer_title(trace.network, each) for each in (cell.layer, parts.layer))
    return say("onward.row", n=len(parts.cells), layer=title, below=below)


def _through_weights(trace: Trace, cell: Cell, layer: Layer, parts: Reads, receipt: Receipt) -> str:
    below = layer_title(trace.network, parts.layer)
    return say("onward.weights", n=len(parts.cells), below=below)


def _in_shares(trace: Trace, cell: Cell, layer: Layer, parts: Reads, receipt: Receipt) -> str:
    below = layer_title(trace.network, parts.layer)
    return say("onward.shares", n=len(parts.cells), below=below)


def _to_both(trace: Trace, cell: Cell, layer: Layer, parts: Reads, receipt: Receipt) -> str:
    return say(
        "onward.both",
        layer=layer_title(trace.network, cell.layer),
        gradient=total(receipt),
        below=listed([layer_title(trace.network, each) for each in parts.layers]),
    )


def _relabelled(trace: Trace, cell: Cell, layer: Layer, parts: Reads, receipt: Receipt) -> str:
    """Receipts skip layers that only relabel, so this is never called."""
    raise NotImplementedError


_ONWARD: PerFamily[Callable[[Trace, Cell, Any, Reads, Receipt], str]] = {
    "convolution": _through_weights,
    "transposed_convolution": _through_weights,
    "fully_connected": _through_weights,
    "activation": _to_own_place,
    "softmax": _to_whole_row,
    "max_pool": _to_winner,
    "avg_pool": _in_shares,
    "normalization": _to_own_place,
    "relabelling": _relabelled,
    "addition": _to_both,
}
"""Where a cell's gradient goes, by the layer that made it."""
