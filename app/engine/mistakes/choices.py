"""Choices that rounding can turn: winners of windows and sides of kinks that are nearly tied.

In exact arithmetic, 0.1 + 0.2 ties with 0.3 and 0.1 + 0.2 − 0.3 is 0, where a ReLU is off. float64
holds 5.6 × 10⁻¹⁷, and there it is on. float16 turns choices much further apart. An array is right
if it follows from other choices that its arithmetic may have made.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from app.engine.layers import Activation
from app.engine.mistakes.precision import Losses, RoughLosses
from app.engine.mistakes.steps import RIGHT, Pass
from app.engine.network import Trace
from app.engine.receipt import Cell
from app.engine.types import Array, Index
from app.engine.windows import Windows

MAX_TURNED = 24
"""Nearly tied choices that are tried; where more are, the arithmetic tells too little."""
_NEXT = 2.0**-40
"""How far a turned choice is moved past the other one, of its size."""


@dataclass(frozen=True)
class Turn:
    """A choice that rounding can turn: at an output cell of a layer."""

    cell: Cell
    apart: float
    """How far apart what it chooses between is, in the trace."""
    inputs: tuple[tuple[int, float], ...]
    """(flat input cell, its value) after which the layer chooses the other way."""


def turns(trace: Trace, layer: int, losses: Losses | RoughLosses) -> list[Turn]:
    """The choices above a layer's output that may be turned, the closest first."""
    possible: list[Turn] = []
    for i in range(layer + 1, len(trace.network.layers)):
        loss = losses.value(i - 1)
        if loss.any():
            possible += _turns_in(trace, i, loss)
    possible.sort(key=lambda turn: turn.apart)
    return possible[:MAX_TURNED]


def _turns_in(trace: Trace, i: int, loss: Array) -> Iterator[Turn]:
    layer = trace.network.layers[i]
    winners = layer.winners(trace.tapes[i])
    if winners is not None and layer.slide is not None:
        yield from _other_winners(i, layer.slide.windows, trace.values[i], winners, loss)
    elif isinstance(layer, Activation):  # edges are theirs alone
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


def turned(trace: Trace, some: list[Turn]) -> Pass:
    """The right backward pass after these choices instead of the trace's."""
    inputs: dict[int, Array] = {}
    for turn in some:
        i = turn.cell.layer
        if i not in inputs:
            inputs[i] = trace.values[i].copy()
        for at, value in turn.inputs:
            inputs[i].reshape(-1)[at] = value
    return Pass(trace, dict.fromkeys(inputs, RIGHT), inputs=inputs)


def fitting_turns(
    trace: Trace, layer: int, losses: Losses | RoughLosses, misses: Callable[[Pass], int], best: int
) -> list[Turn]:
    """The choices whose turning makes every number right, if some do; ``best``: misses without."""
    left, taken = turns(trace, layer, losses), list[Turn]()
    while left and best:
        tried = [(misses(turned(trace, [*taken, turn])), k) for k, turn in enumerate(left)]
        fewest, k = min(tried)
        if fewest >= best:
            return []
        best = fewest
        taken.append(left.pop(k))
    return [] if best else taken
