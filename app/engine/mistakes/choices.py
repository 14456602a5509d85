"""Choices that rounding can turn: nearly tied winners of windows, and inputs close to a kink.

In exact arithmetic, 0.1 + 0.2 ties with 0.3, and 0.1 + 0.2 − 0.3 is 0, where a ReLU is off. In
float64 the difference is 5.6 × 10⁻¹⁷, where a ReLU is on. float16 turns choices that are much
further apart. A given array is right if it follows from choices that its arithmetic may have made.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from app.engine.layers import Activation
from app.engine.mistakes.batches import AnyPass, pass_of
from app.engine.mistakes.errors import Errors
from app.engine.mistakes.steps import RIGHT
from app.engine.network import Trace
from app.engine.receipt import Cell
from app.engine.types import Array, Index
from app.engine.windows import Windows

MAX_TURNED = 24
"""The most nearly tied choices that are tried; with more, almost any array could be explained."""
_NEXT = 2.0**-40
"""How far a cell is raised above the winner to turn the choice, relative to the winner."""


class Turn(NamedTuple):
    """A choice, at one output cell of a layer, that rounding can turn."""

    cell: Cell
    """Of a batch, its index is that in the array of all examples."""
    apart: float
    """The distance between the alternatives in the trace."""
    inputs: tuple[tuple[int, float], ...]
    """(flat input cell, the value that it needs for the layer to choose the alternative)."""


def turns(trace: Trace, layer: int, losses: Errors) -> list[Turn]:
    """The choices between a layer's output and the loss that rounding may turn, closest first."""
    possible: list[Turn] = []
    for i in range(layer + 1, len(trace.network.layers)):
        loss = losses.value(i - 1)
        if not loss.any():
            continue
        if trace.network.examples is None:
            possible += _turns_in(trace, i, loss)
            continue
        for at in range(trace.network.examples):
            possible += _turns_of_example(trace, i, loss, at)
    possible.sort(key=lambda turn: turn.apart)
    return possible[:MAX_TURNED]


def _turns_of_example(trace: Trace, i: int, loss: Array, at: int) -> Iterator[Turn]:
    """Those of one example of a batch, with indexes in the arrays of all examples."""
    example = trace.example(at)
    before, inside = at * example.values[i + 1].size, at * example.values[i].size
    for cell, apart, inputs in _turns_in(example, i, loss[at]):
        moved = tuple((inside + k, value) for k, value in inputs)
        yield Turn(cell._replace(at=before + cell.at), apart, moved)


def _turns_in(trace: Trace, i: int, loss: Array) -> Iterator[Turn]:
    layer = trace.network.layers[i]
    winners = layer.winners(trace.tapes[i])
    if winners is not None and layer.slide is not None:
        yield from _other_winners(i, layer.slide.windows, trace.values[i], winners, loss)
    elif isinstance(layer, Activation):  # only activations have edges
        x, off = trace.values[i].reshape(-1), loss.reshape(-1)
        for edge in layer.edges:
            for at in np.flatnonzero((np.abs(x - edge) <= off) & (off > 0)).tolist():
                other = edge - off[at] if x[at] > edge else edge + off[at]
                yield Turn(Cell(i, at), abs(float(x[at]) - edge), ((at, float(other)),))


def _other_winners(
    i: int, windows: Windows, x: Array, winners: Index, loss: Array
) -> Iterator[Turn]:
    plane = windows.plane[0] * windows.plane[1]
    won = winners.reshape(len(x), 1, -1)
    patches, lost = windows.patches(x, -np.inf), windows.patches(loss, 0.0)
    best = patches.max(1, keepdims=True)
    room = lost + np.take_along_axis(lost, patches.argmax(1)[:, None], 1)
    close = (best - patches <= room) & (room > 0) & (windows.table[None] != won)
    for channel, tap, position in np.argwhere(close & np.isfinite(patches)).tolist():
        top = float(best[channel, 0, position])
        cell = channel * plane + int(windows.table[tap, position])
        raised = top + max(abs(top) * _NEXT, float(room[channel, tap, position]))
        gap = top - float(patches[channel, tap, position])
        yield Turn(Cell(i, channel * windows.positions + position), gap, ((cell, raised),))


def turned(trace: Trace, some: list[Turn]) -> AnyPass:
    """The correct backward pass with these choices turned."""
    inputs: dict[int, Array] = {}
    for turn in some:
        i = turn.cell.layer
        if i not in inputs:
            inputs[i] = trace.values[i].copy()
        for at, value in turn.inputs:
            inputs[i].reshape(-1)[at] = value
    return pass_of(trace, dict.fromkeys(inputs, RIGHT), inputs=inputs)


def fitting_turns(
    trace: Trace, layer: int, losses: Errors, misses: Callable[[AnyPass], int], best: int
) -> list[Turn]:
    """Choices that, if turned, make every number right; empty if there are none.

    ``misses`` counts the wrong numbers of a pass; ``best`` is this count without any turn.
    """
    left, taken = turns(trace, layer, losses), list[Turn]()
    while left and best:
        tried = [(misses(turned(trace, [*taken, turn])), k) for k, turn in enumerate(left)]
        fewest, k = min(tried)
        if fewest >= best:
            return []
        best = fewest
        taken.append(left.pop(k))
    return [] if best else taken
