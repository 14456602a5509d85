"""Where a gradient goes next."""

from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine.layers import Activation, BatchNorm2d, Layer, MaxPool, PerFamily, never_asked
from app.engine.network import Trace
from app.engine.receipt import Cell, Reads, Receipt, reads, value_and_gradient
from app.text.numbers import figure
from app.text.sentences.grammar import listed
from app.text.sentences.names import cell_place, layer_title
from app.text.sentences.totals import total
from app.text.texts import say


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


_ONWARD: PerFamily[Callable[[Trace, Cell, Any, Reads, Receipt], str]] = {
    "convolution": _through_weights,
    "transposed_convolution": _through_weights,
    "fully_connected": _through_weights,
    "activation": _to_own_place,
    "softmax": _to_whole_row,
    "max_pool": _to_winner,
    "avg_pool": _in_shares,
    "normalization": _to_own_place,
    "relabelling": never_asked,
    "addition": _to_both,
}
"""Where a cell's gradient goes, by the layer that made it."""
