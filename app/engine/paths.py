"""The paths of a gradient: every way from the loss to one cell, one contribution a layer.

The product along a path is its share of the gradient; the products of all paths add up to it.
There can be millions, so they are counted without being listed: passing ones back from the loss
counts all paths, passing 1 where a derivative is not 0 counts the open ones. A path is blocked at
the zero nearest the loss. ``flatten`` only relabels, so paths look through it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from app.engine.layers import Layer
from app.engine.network import Trace
from app.engine.receipt import Cell, value_and_gradient
from app.engine.types import Array, Contributions, Index, View, Zero, is_closed, is_open

EXACT = 2.0**53
"""Counts below it are exact; larger ones are rounded to 16 digits."""
MAX_CELLS = 20_000
"""How many cells the search for the largest paths goes through, over all layers."""
MAX_TERMS = 2_000_000
"""How many contributions it goes through."""


class Path(NamedTuple):
    """One open path.

    ``cells`` runs from the output at the loss to the cell asked about; ``factors[i]`` is the local
    derivative of ``cells[i]`` to ``cells[i + 1]``; ``upstream`` is the gradient of ``cells[0]``.
    """

    cells: list[Cell]
    upstream: float
    factors: list[float]
    product: float


@dataclass(frozen=True)
class Stop:
    """Where blocked paths end: at a layer (None: the head), for a reason, and how many."""

    layer: int | None
    zero: Zero
    count: float


@dataclass(frozen=True)
class Paths:
    """All paths of one cell. Counts are whole numbers, exact below ``EXACT``."""

    cell: Cell
    gradient: float
    total: float
    open: float
    stops: list[Stop]
    """Nearest the loss first; with the open paths they add up to the total."""
    largest: list[Path]
    """Open ones, the largest |product| first."""
    certain: bool
    """Whether none larger can have been missed; in a huge network the search is bounded."""


def paths(trace: Trace, cell: Cell, most: int = 10) -> Paths:
    """Count the paths of a cell or a parameter, and list the ``most`` largest open ones."""
    rungs = _rungs(trace, cell)
    ways = _ways(trace, rungs)
    nearest = ways[0]
    if rungs:
        outputs, _, derivatives = rungs[0].terms(cell.at)
    else:
        outputs, derivatives = np.array([cell.at]), np.ones(1)

    def reaching(counts: Array, view: View) -> float:
        return float((counts.reshape(-1)[outputs] * view(derivatives)).sum())

    stops = [
        Stop(layer, zero, reaching(counts, np.ones_like))
        for (layer, zero), counts in nearest.stopped.items()
    ]
    if rungs:
        stops.append(Stop(rungs[0].layer, rungs[0].zero, reaching(nearest.open, is_closed)))
    largest, certain = _largest(trace, cell, rungs, ways, most)
    return Paths(
        cell=cell,
        gradient=value_and_gradient(trace, cell)[1],
        total=reaching(nearest.total, np.ones_like),
        open=reaching(nearest.open, is_open),
        stops=[stop for stop in stops if stop.count],
        largest=largest,
        certain=certain,
    )


# --- the ladder ---------------------------------------------------------------------------------


class _Rung(NamedTuple):
    """One layer on the way from the cell (below the first rung) to the loss (above the last)."""

    layer: int
    bound: Layer
    zero: Zero
    backward: Callable[[Array, View], Array]
    terms: Callable[[int], Contributions]
    """The contributions through which one cell below it is read."""


class _Ways(NamedTuple):
    """For each cell above a rung, its ways to the loss."""

    total: Array
    open: Array
    mass: Array
    """Σ |product| over them: no single one is larger."""
    stopped: dict[tuple[int | None, Zero], Array]
    """How many are blocked, by layer (None: the head) and reason."""


def _rungs(trace: Trace, cell: Cell) -> list[_Rung]:
    network, tapes = trace.network, trace.tapes
    rungs = []
    source = network.reader_of(cell.layer)
    if cell.parameter is not None:
        own = network.layers[cell.layer]
        uses = partial(own.contributions_to_parameter, tapes[cell.layer], cell.parameter)
        rungs.append(
            _Rung(cell.layer, own, "input", partial(own.backward, tapes[cell.layer]), uses)
        )
    while source is not None:
        layer, tape = network.layers[source], tapes[source]
        backward, terms = partial(layer.backward, tape), partial(_terms, layer, tape)
        rungs.append(_Rung(source, layer, layer.zero, backward, terms))
        source = network.reader_of(source)
    return rungs


def _terms(layer: Layer, tape: Any, at: int) -> Contributions:
    return layer.contributions_to(tape, np.array([at]))


def _ways(trace: Trace, rungs: list[_Rung]) -> list[_Ways]:
    """The ways of the cells above each rung; without rungs, those of the outputs."""
    gradient = trace.gradients[-1]
    start: Zero = "settled" if trace.network.head.is_loss else "upstream"
    all_ways = [
        _Ways(
            np.ones_like(gradient),
            is_open(gradient),
            np.abs(gradient),
            {(None, start): is_closed(gradient)},
        )
    ]
    for rung in reversed(rungs[1:]):
        total, open_, mass, stopped = all_ways[0]

        def backward(counts: Array, view: View, rung: _Rung = rung) -> Array:
            return rung.backward(counts.reshape(rung.bound.shape), view)  # flatten may lie between

        below = {place: backward(n, np.ones_like) for place, n in stopped.items() if n.any()}
        below[rung.layer, rung.zero] = backward(open_, is_closed)
        ways = _Ways(
            backward(total, np.ones_like),
            backward(open_, is_open),
            backward(mass, np.abs),
            below,
        )
        all_ways.insert(0, ways)
    return all_ways


# --- the largest --------------------------------------------------------------------------------


class _Node(NamedTuple):
    """A cell on the way to the loss: the open contributions through which it is read."""

    outputs: Index
    derivatives: Array
    sizes: Array
    """log |derivative|: sums of logarithms neither overflow nor underflow."""


_Stage = dict[int, _Node]
"""The cells below one rung that the asked cell reaches, by their flat index."""
_Taken = tuple[tuple[int, float], ...]
"""The (cell above, local derivative) of each term a path takes, from the asked cell up."""


def _largest(
    trace: Trace, cell: Cell, rungs: list[_Rung], ways: list[_Ways], most: int
) -> tuple[list[Path], bool]:
    """The largest open paths, and whether none larger can have been missed.

    Up from the cell through everything it reaches; back down, finding for each cell the largest
    product from there to the loss; then best first, where every step is known to lead to a path
    of exactly the size it promises.
    """
    gradient = trace.gradients[-1].reshape(-1)
    with np.errstate(all="ignore"):
        stages, missed = _reach(cell.at, rungs, ways)
        ranked = _best_first(cell.at, stages, _best(gradient, rungs, stages), most)
        largest = [_path(cell, rungs, gradient, taken) for _, taken in ranked]
    largest.sort(key=lambda path: -abs(path.product))
    smallest = ranked[-1][0] if len(ranked) == most else -math.inf
    return largest, missed <= smallest


def _reach(at: int, rungs: list[_Rung], ways: list[_Ways]) -> tuple[list[_Stage], float]:
    """The stage below each rung, and log |product| that no path left out exceeds."""
    stages: list[_Stage] = []
    missed = -math.inf
    frontier = {at: 0.0}  # log of the largest |product| from the asked cell to here
    for i, rung in enumerate(rungs):
        cells, reached = list(frontier), np.array(list(frontier.values()))
        bounds = reached + np.log(ways[i - 1].mass.reshape(-1)[cells]) if i else reached
        stage: _Stage = {}
        following: dict[int, float] = {}
        terms = 0
        for rank in np.argsort(-bounds, kind="stable").tolist():
            if len(stage) >= MAX_CELLS // len(rungs) or terms >= MAX_TERMS // len(rungs):
                missed = max(missed, float(bounds[rank]))
                break
            node = stage[cells[rank]] = _node(rung.terms(cells[rank]), ways[i].open)
            terms += len(node.outputs)
            sizes = (reached[rank] + node.sizes).tolist()
            for output, size in zip(node.outputs.tolist(), sizes, strict=True):
                following[output] = max(following.get(output, -math.inf), size)
        stages.append(stage)
        frontier = following
    return stages, missed


def _node(terms: Contributions, open_above: Array) -> _Node:
    leads = (terms.derivatives != 0) & (open_above.reshape(-1)[terms.outputs] > 0)
    derivatives = terms.derivatives[leads]
    return _Node(terms.outputs[leads], derivatives, np.log(np.abs(derivatives)))


def _best(gradient: Array, rungs: list[_Rung], stages: list[_Stage]) -> list[Array]:
    """For the cells above each rung, log of the largest |product| from there to the loss."""
    best = [np.log(np.abs(gradient))]
    for rung, stage in zip(rungs[:0:-1], stages[:0:-1], strict=True):
        below = np.full(math.prod(rung.bound.input_shape), -np.inf)
        for at, node in stage.items():
            below[at] = (best[0][node.outputs] + node.sizes).max(initial=-np.inf)
        best.insert(0, below)
    return best


def _best_first(
    at: int, stages: list[_Stage], best: list[Array], most: int
) -> list[tuple[float, _Taken]]:
    """Log |product| of the largest paths and the terms they take, the largest first."""
    ranked: list[tuple[float, _Taken]] = []
    order = count()
    # By promise; among equals the one that has come farthest, so that it is finished first.
    waiting: list[tuple[float, int, int, int, _Taken]] = [(-math.inf, 0, 0, at, ())]
    while waiting and len(ranked) < most:
        promise, depth, _, at, taken = heappop(waiting)
        if -depth == len(stages):
            ranked.append((-promise, taken))
            continue
        node = stages[-depth].get(at)
        if node is None:
            continue
        promises = best[-depth][node.outputs] + node.sizes
        # No more than ``most`` ways on from here can be among the ``most`` largest paths.
        chosen = np.argsort(-promises, kind="stable")[:most]
        chosen = chosen[promises[chosen] > -np.inf]
        if not len(chosen):
            continue
        # The best way on keeps the promise to the last digit.
        least = promises[chosen] - promises[chosen[0]] - promise if depth else promises[chosen]
        for key, i in zip((-least).tolist(), chosen.tolist(), strict=True):
            step = int(node.outputs[i]), float(node.derivatives[i])
            heappush(waiting, (key, depth - 1, next(order), step[0], (*taken, step)))
    return ranked


def _path(cell: Cell, rungs: list[_Rung], gradient: Array, taken: _Taken) -> Path:
    """The terms taken from the cell up, as a path from the loss down."""
    cells = [cell] + [Cell(rung.layer, at) for rung, (at, _) in zip(rungs, taken, strict=True)]
    factors = [derivative for _, derivative in reversed(taken)]
    upstream = product = float(gradient[cells[-1].at])
    for factor in factors:
        product *= factor
    return Path(cells[::-1], upstream, factors, product)
