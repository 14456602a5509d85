"""Why each zero gradient is 0, for all cells of an array at once.

The codes are those of ``receipt_of(...).zero``. They come from counting contributions instead of
listing them: a backward pass with every local derivative replaced by 1 counts the readers; with 1
only where the derivative is not 0, it counts the open contributions.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.engine.network import Trace
from app.engine.receipt import EPSILON, Cell, receipt_of
from app.engine.types import Array, View, Zero, is_open

Codes = list[Zero | None]
"""One entry per cell, in flat C order; None where the gradient is not 0."""


def zeros_of_cells(trace: Trace, layer: int) -> Codes:
    """The codes of a layer's output cells; for −1, of the input's cells."""
    network = trace.network
    readers = network.readers_of(layer)
    if not readers:
        given = trace.gradients[-1].reshape(-1).tolist()
        return [
            None if g else receipt_of(trace, Cell(layer, at)).zero for at, g in enumerate(given)
        ]
    return _codes(
        trace,
        partial(Cell, layer),
        trace.gradients[layer + 1],
        [
            _Part(
                trace.gradients[i + 1],
                network.layers[i].zero,
                partial(network.layers[i].backward, trace.tapes[i]),
                network.layers[i].repeats,
            )
            for i, _ in readers
        ],
    )


def zeros_of_parameter(trace: Trace, layer: int, name: str) -> Codes:
    """The codes of one parameter array's cells; of a batch, over all examples."""
    whole = trace.batch or trace

    def backward(upstream: Array, view: View) -> Array:
        return whole.network.layers[layer].backward_parameters(whole.tapes[layer], upstream, view)[
            name
        ]

    return _codes(
        trace,
        lambda at: Cell(layer, at, name),
        trace.parameters[layer][name],
        [_Part(whole.gradients[layer + 1], trace.network.layers[layer].parameter_zero, backward)],
    )


class _Part(NamedTuple):
    """The part of all cells' gradients that comes from one reader."""

    upstream: Array
    reason: Zero
    """Why a local derivative of this reader is 0."""
    backward: Callable[[Array, View], Array]
    repeats: int = 1
    """How often one upstream gradient may come to one cell."""

    def passed(self, upstream: Array, view: View) -> Array:
        """[cells] a backward pass in which the local derivatives are seen through a view."""
        return self.backward(upstream, view).reshape(-1)


def _codes(
    trace: Trace, cell: Callable[[int], Cell], gradient: Array, parts: Sequence[_Part]
) -> Codes:
    sizes = np.abs(gradient.reshape(-1))
    added = np.sum([part.passed(np.abs(part.upstream), np.abs) for part in parts], axis=0)
    most_readers = sum(part.upstream.size * part.repeats for part in parts)
    if sizes.size and sizes.min() > 8 * most_readers * EPSILON * added.max():
        return [None] * sizes.size
    readers, open_readers, live = (np.zeros(gradient.size) for _ in range(3))
    reasons: dict[Zero, npt.NDArray[np.bool_]] = {}
    for part in parts:
        everywhere = np.ones_like(part.upstream)
        reading, open_ = part.passed(everywhere, np.ones_like), part.passed(everywhere, is_open)
        readers += reading
        open_readers += open_
        live += part.passed(is_open(part.upstream), is_open)
        reasons[part.reason] = reasons.get(part.reason, False) | (reading > open_)
    reasons["upstream"] = reasons.get("upstream", False) | (open_readers > 0)
    slack = 8 * readers * EPSILON * added
    flat = sizes <= slack
    several = np.sum(list(reasons.values()), axis=0)
    codes = np.full(gradient.size, None, object)
    codes[flat] = "mixed"
    for reason, given in reasons.items():
        codes[flat & given & (several == 1)] = reason
    codes[flat & (readers == 0)] = "unread"
    for at in np.flatnonzero(flat & (live > 0)).tolist():
        codes[at] = receipt_of(trace, cell(at)).zero
    listed: Codes = codes.tolist()
    return listed
