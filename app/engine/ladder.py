"""The layers that read each output between a cell and the loss, and the paths counted on them.

A backward pass with every local derivative replaced by 1 counts all paths; with 1 only where the
derivative is not 0, it counts the open paths.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from app.engine.layers import Layer
from app.engine.layers.base import ONE
from app.engine.network import Trace
from app.engine.receipt import Cell
from app.engine.types import Array, Contributions, Shape, View, Zero, is_closed, is_open

ASKED, HEAD = -2, 10**6
"""The numbers of the first and the last place of a path: before and after all layers."""


class Rung(NamedTuple):
    """One layer that reads an output between the chosen cell and the loss."""

    layer: int
    """The layer, or HEAD for the end at the outputs."""
    zero: Zero
    shape: Shape
    backward: Callable[[Array, View], Array]
    terms: Callable[[int], Contributions]
    """The contributions through which this layer reads one cell below it."""


Rungs = dict[int, list[Rung]]
"""The rungs that read each layer's output, and with the key ASKED the chosen cell; ascending."""


class Ways(NamedTuple):
    """The paths from each cell (flat) of a layer's output to the loss."""

    total: Array
    open: Array
    mass: Array
    """Σ |product| over these paths, which no single product exceeds."""
    stopped: dict[tuple[int | None, Zero], Array]
    """How many of them are blocked, by layer (None: the head) and reason."""


def rungs_above(trace: Trace, cell: Cell) -> Rungs:
    """The layers that read each output between a cell or a parameter and the loss."""
    network = trace.network
    layers = range(len(network.layers))
    rungs: Rungs = {}
    if cell.parameter is not None:
        own, tape = network.layers[cell.layer], trace.tapes[cell.layer]
        uses = partial(own.contributions_to_parameter, tape, cell.parameter)
        rungs[ASKED] = [
            Rung(cell.layer, own.parameter_zero, own.shape, partial(own.backward, tape), uses)
        ]
        rungs[cell.layer] = _readers(trace, cell.layer)
    else:
        rungs[ASKED] = _readers(trace, cell.layer)
    for i in layers[cell.layer + 1 :]:
        if not network.layers[i].relabels:
            rungs[i] = _readers(trace, i)
    rungs[HEAD] = []
    return rungs


def _readers(trace: Trace, layer: int) -> list[Rung]:
    rungs = []
    for i, _ in trace.network.readers_of(layer):
        own, tape = trace.network.layers[i], trace.tapes[i]
        backward, terms = partial(own.backward, tape), partial(_terms, own, tape)
        rungs.append(Rung(i, own.zero, own.shape, backward, terms))
    return rungs or [Rung(HEAD, "settled", (-1,), _same, _own_place)]


def _terms(layer: Layer, tape: Any, at: int) -> Contributions:
    return layer.contributions_to(tape, np.array([at]))


def _same(counts: Array, view: View) -> Array:
    return np.asarray(counts * view(ONE))


def _own_place(at: int) -> Contributions:
    return Contributions(np.array([at]), np.array([at]), ONE)


def count_ways(trace: Trace, rungs: Rungs) -> dict[int, Ways]:
    """The paths of the cells of every layer between the chosen cell and the loss."""
    gradient = trace.gradients[-1].reshape(-1)
    start: Zero = "settled" if trace.network.head.is_loss else "upstream"
    ways = {
        HEAD: Ways(
            np.ones_like(gradient),
            is_open(gradient),
            np.abs(gradient),
            {(None, start): is_closed(gradient)},
        )
    }
    for layer in sorted(rungs, reverse=True):
        if layer in (HEAD, ASKED):
            continue
        through = [_through(rung, ways[rung.layer]) for rung in rungs[layer]]
        ways[layer] = through[0]
        for other in through[1:]:
            ways[layer] = _together(ways[layer], other)
    return ways


def _through(rung: Rung, above: Ways) -> Ways:
    """The paths through one reader."""

    def backward(counts: Array, view: View) -> Array:
        return rung.backward(counts.reshape(rung.shape), view).reshape(-1)

    below = {place: backward(n, np.ones_like) for place, n in above.stopped.items() if n.any()}
    if rung.layer != HEAD:
        below[rung.layer, rung.zero] = backward(above.open, is_closed)
    return Ways(
        backward(above.total, np.ones_like),
        backward(above.open, is_open),
        backward(above.mass, np.abs),
        below,
    )


def _together(some: Ways, others: Ways) -> Ways:
    stopped = dict(some.stopped)
    for place, counts in others.stopped.items():
        stopped[place] = stopped[place] + counts if place in stopped else counts
    return Ways(
        some.total + others.total, some.open + others.open, some.mass + others.mass, stopped
    )
