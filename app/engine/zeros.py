"""Why each gradient that is 0 is 0, for a whole network at once.

The same answer as ``receipt_of(...).zero`` for every cell, by counting contributions instead of
listing them: passing ones back counts readers, passing 1 where a derivative is not 0 counts the
open ones.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from app.engine.network import Trace
from app.engine.receipt import EPSILON, Cell, receipt_of
from app.engine.types import Array, View, Zero, is_open

Codes = list[Zero | None]
"""One entry a cell, in flat C order; None where the gradient is not 0."""


def zeros_of_cells(trace: Trace, layer: int) -> Codes:
    """The codes of one layer's output cells (−1: of the input's)."""
    network = trace.network
    source = network.reader_of(layer)
    if source is None:
        return [receipt_of(trace, Cell(layer, at)).zero for at in range(trace.gradients[-1].size)]
    reader = network.layers[source]
    return _codes(
        trace,
        partial(Cell, layer),
        trace.gradients[layer + 1],
        trace.gradients[source + 1],
        reader.zero,
        partial(reader.backward, trace.tapes[source]),
    )


def zeros_of_parameter(trace: Trace, layer: int, name: str) -> Codes:
    """The codes of one parameter array's cells."""

    def backward(upstream: Array, view: View) -> Array:
        return trace.network.layers[layer].backward_parameters(trace.tapes[layer], upstream, view)[
            name
        ]

    return _codes(
        trace,
        lambda at: Cell(layer, at, name),
        trace.parameters[layer][name],
        trace.gradients[layer + 1],
        "input",
        backward,
    )


def _codes(
    trace: Trace,
    cell: Callable[[int], Cell],
    gradient: Array,
    upstream: Array,
    reason: Zero,
    backward: Callable[[Array, View], Array],
) -> Codes:
    def count(upstream: Array, view: View) -> Array:
        return backward(upstream, view).reshape(-1)

    everywhere = np.ones_like(upstream)
    readers = count(everywhere, np.ones_like)
    open_readers = count(everywhere, is_open)
    live = count(is_open(upstream), is_open)
    slack = 8 * readers * EPSILON * count(np.abs(upstream), np.abs)
    flat = np.abs(gradient.reshape(-1)) <= slack
    closed, nowhere = open_readers == 0, readers == 0
    codes = np.full(gradient.size, None, object)
    codes[flat] = "mixed"
    codes[flat & (open_readers == readers)] = "upstream"
    codes[flat & closed] = reason
    codes[flat & nowhere] = "unread"
    for at in np.flatnonzero(flat & (live > 0)).tolist():
        codes[at] = receipt_of(trace, cell(at)).zero
    reasons: Codes = codes.tolist()
    return reasons
