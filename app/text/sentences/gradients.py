"""Why a gradient is what it is."""

from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine.layers import Layer, PerFamily, never_asked
from app.engine.network import Trace
from app.engine.receipt import Cell, Receipt, reads
from app.text.numbers import figure
from app.text.sentences.grammar import listed
from app.text.sentences.loss_gradients import OF_HEAD
from app.text.sentences.names import index_of, layer_title, place, weight_noun
from app.text.sentences.sums import added_line
from app.text.sentences.totals import shown, total
from app.text.texts import say


def sentence(trace: Trace, receipt: Receipt) -> str:
    """Why this gradient is what it is, without equations."""
    said = _sentence(trace, receipt)
    return say("gradient.cancelled", sentence=said) if receipt.zero == "cancelled" else said


def _sentence(trace: Trace, receipt: Receipt) -> str:
    cell, n = receipt.cell, len(receipt.products)
    if receipt.source is None:
        head = trace.network.head
        return OF_HEAD[head.name](trace, head, receipt)
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


_READ: PerFamily[Callable[[Trace, Receipt], str]] = {
    "convolution": _map_cells_sentence,
    "transposed_convolution": _map_cells_sentence,
    "fully_connected": _neurons_sentence,
    "activation": _activation_sentence,
    "softmax": _shared_row_sentence,
    "max_pool": _routed_sentence,
    "avg_pool": _average_sentence,
    "normalization": _normalized_sentence,
    "relabelling": never_asked,
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
