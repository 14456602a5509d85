"""Why a gradient is what it is, and where it goes next."""

import numpy as np

from app.engine.heads import CrossEntropy, MeanSquaredError
from app.engine.layers import Activation, AvgPool2d, Conv2d, Flatten, Layer, Linear, MaxPool2d
from app.engine.network import Trace
from app.engine.receipt import Cell, Receipt, reads, value_and_gradient
from app.text.equations import Part, Say, equation
from app.text.numbers import figure
from app.text.sentences.names import cell_place, index_of, layer_title, place
from app.text.sentences.sums import added_line
from app.text.texts import say


def shown(receipt: Receipt) -> float:
    """A gradient as it is shown: 0 where its terms cancel to rounding."""
    return 0.0 if receipt.zero else receipt.gradient


def total(receipt: Receipt) -> str:
    """The same as a figure."""
    return figure(shown(receipt))


def sentence(trace: Trace, receipt: Receipt) -> str:
    """Why this gradient is what it is, without equations."""
    said = _sentence(trace, receipt)
    return say("gradient.cancelled", sentence=said) if receipt.zero == "cancelled" else said


def _sentence(trace: Trace, receipt: Receipt) -> str:
    cell, n, gradient = receipt.cell, len(receipt.products), total(receipt)
    if receipt.source is None:
        if trace.network.head.is_loss:
            return _of_the_loss(trace, receipt)
        return say("gradient.given", gradient=gradient)
    source = trace.network.layers[receipt.source]
    if cell.parameter is not None:
        return _parameter_sentence(receipt, source)
    if n == 0:
        return say("gradient.unread")
    if isinstance(source, Activation):
        return _activation_sentence(trace, receipt)
    if isinstance(source, MaxPool2d):
        return _routed_sentence(trace, receipt)
    if isinstance(source, AvgPool2d):
        return say("gradient.average", n=n, gradient=gradient)
    if isinstance(source, Linear):
        return say("gradient.neurons", n=n, gradient=gradient)
    return say("gradient.map_cells", n=n, gradient=gradient)


def _of_the_loss(trace: Trace, receipt: Receipt) -> str:
    head, at = trace.network.head, receipt.cell.at
    if isinstance(head, CrossEntropy) and trace.probabilities is not None:
        probability = float(trace.probabilities[at])
        right = at == head.target
        return say(
            "gradient.right_class" if right else "gradient.wrong_class",
            probability=figure(probability),
            equation=equation(lambda n: n(probability) - n(right), shown(receipt)),
        )
    assert isinstance(head, MeanSquaredError)
    output, target = trace.values[-1].reshape(-1)[at], head.target.reshape(-1)[at]

    def left(n: Say) -> Part:
        twice = n(2) * (n(output) - n(target))
        return twice / n(head.target.size) if head.reduction == "mean" else twice

    return say(
        "gradient.target",
        output=figure(output),
        target=figure(target),
        equation=equation(left, shown(receipt)),
    )


def _activation_sentence(trace: Trace, receipt: Receipt) -> str:
    layer, value = layer_title(trace.network, receipt.source or 0), figure(receipt.value)
    slope, upstream = receipt.factors[0], figure(receipt.upstream[0])
    if slope == 0:
        return say("gradient.flat", layer=layer, value=value, upstream=upstream)
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


def _parameter_sentence(receipt: Receipt, layer: Layer) -> str:
    bias, gradient = receipt.cell.parameter == "bias", total(receipt)
    if isinstance(layer, Conv2d):
        positions = say("counted.positions", n=len(receipt.products))
        key = "gradient.kernel_bias" if bias else "gradient.kernel_weight"
        return say(key, positions=positions, gradient=gradient)
    return say("gradient.bias" if bias else "gradient.weight", gradient=gradient)


def sum_line(receipt: Receipt, most: int = 4) -> str:
    """«2 × 0.5 + 3 × (−1) + 6 × 0.25 = −0.5»."""
    if not len(receipt.products):
        return say("sums.unread")
    return added_line(zip(receipt.upstream, receipt.factors, strict=True), shown(receipt), most)


def objective_name(trace: Trace) -> str:
    """What a gradient is the slope of."""
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
    i = cell.layer
    if isinstance(trace.network.layers[i], Flatten):
        i = trace.network.read_by(i)
    layer = trace.network.layers[i]
    if receipt.gradient == 0 or receipt.zero:
        return say("onward.zero")
    title, below = (layer_title(trace.network, each) for each in (i, parts.layer))
    if isinstance(layer, MaxPool2d) and layer.ties in ("first", "last"):
        best = Cell(parts.layer, int(parts.cells[int(np.argmax(parts.factors))]))
        value, where = figure(value_and_gradient(trace, best)[0]), cell_place(trace, best)
        said = say("onward.winner", gradient=gradient, cell=where, layer=below, value=value)
        others = len(parts.cells) - 1
        return say("onward.losers", sentence=said, n=others) if others else said
    if isinstance(layer, Activation):
        if parts.factors[0] == 0:
            return say("onward.flat", layer=title, gradient=gradient)
        part = figure(receipt.gradient * parts.factors[0])
        return say("onward.handed", layer=title, part=part, below=below)
    key = "onward.weights" if layer.parameters else "onward.shares"
    return say(key, n=len(parts.cells), below=below)
