"""The paths of a gradient from the loss to one cell, one contribution after the other.

The product along a path is its share of the gradient, and the products of all paths add up to the
gradient. There can be millions, so they are counted without being listed. A backward pass with
every local derivative replaced by 1 counts all paths; with 1 only where the derivative is not 0, it
counts the open paths. A path is blocked at the zero nearest the loss. ``flatten`` only relabels
cells, so paths skip it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from app.engine.layers import Layer
from app.engine.layers.base import ONE
from app.engine.network import Trace
from app.engine.receipt import Cell, value_and_gradient
from app.engine.types import Array, Contributions, Index, Shape, View, Zero, is_closed, is_open

EXACT = 2.0**53
"""Counts below this are exact; larger ones are rounded to 16 digits."""
ASKED, HEAD = -2, 10**6
"""The numbers of the first and the last place of a path: before and after all layers."""
MAX_CELLS = 20_000
"""The most cells that the search for the largest paths visits, over all layers."""
MAX_TERMS = 2_000_000
"""The most contributions that this search visits."""


class Path(NamedTuple):
    """One open path.

    ``cells`` runs from an output of the network to the chosen cell; ``factors[i]`` is the local
    derivative of ``cells[i]`` with respect to ``cells[i + 1]``; ``upstream`` is the gradient of
    ``cells[0]``.
    """

    cells: list[Cell]
    upstream: float
    factors: list[float]
    product: float
    example: int | None = None
    """The example of a batch that it goes through."""


@dataclass(frozen=True)
class Stop:
    """How many blocked paths end at one layer (None: the head) for one reason."""

    layer: int | None
    zero: Zero
    count: float


@dataclass(frozen=True)
class Paths:
    """The paths of one cell. Counts are whole numbers, exact below ``EXACT``."""

    cell: Cell
    gradient: float
    total: float
    open: float
    stops: list[Stop]
    """Those nearest the loss first; their counts and the open paths add up to the total."""
    largest: list[Path]
    """The largest open paths, the largest |product| first."""
    certain: bool
    """Whether the search was complete; in a huge network it is bounded and may miss larger
    paths."""


def paths(trace: Trace, cell: Cell, most: int = 10) -> Paths:
    """Count the paths of a cell or a parameter, and list the ``most`` largest open ones.

    The paths to a parameter of a batch go through all examples.
    """
    if cell.parameter is None or trace.batch is None:
        found = _paths(trace, cell, most, 1)
        if trace.batch is None:
            return found
        return replace(found, largest=[each._replace(example=trace.at) for each in found.largest])
    batch, examples = trace.batch, trace.batch.network.examples or 1
    parts = [_paths(batch.example(at), cell, most, examples) for at in range(examples)]
    counts: dict[tuple[int | None, Zero], float] = {}
    for part in parts:
        for stop in part.stops:
            place = stop.layer, stop.zero
            counts[place] = counts.get(place, 0.0) + stop.count
    largest = [path._replace(example=at) for at, part in enumerate(parts) for path in part.largest]
    largest.sort(key=lambda path: -abs(path.product))
    return Paths(
        cell=cell,
        gradient=parts[0].gradient,
        total=sum(part.total for part in parts),
        open=sum(part.open for part in parts),
        stops=_stops(counts),
        largest=largest[:most],
        certain=all(part.certain for part in parts),
    )


def _paths(trace: Trace, cell: Cell, most: int, examples: int) -> Paths:
    """The paths of one example, with its share of the limits of ``examples``."""
    rungs = _rungs(trace, cell)
    ways = _ways(trace, rungs)
    total = open_ = 0.0
    stopped: dict[tuple[int | None, Zero], float] = {}
    for above in rungs[ASKED]:
        outputs, _, derivatives = above.terms(cell.at)
        nearest = ways[above.layer]
        total += _reaching(nearest.total, outputs)
        open_ += _reaching(nearest.open, outputs, is_open(derivatives))
        for place, counts in nearest.stopped.items():
            stopped[place] = stopped.get(place, 0.0) + _reaching(counts, outputs)
        if above.layer != HEAD:
            closed = _reaching(nearest.open, outputs, is_closed(derivatives))
            place = above.layer, above.zero
            stopped[place] = stopped.get(place, 0.0) + closed
    largest, certain = _largest(trace, cell, rungs, ways, most, examples)
    return Paths(
        cell=cell,
        gradient=value_and_gradient(trace, cell)[1],
        total=total,
        open=open_,
        stops=_stops(stopped),
        largest=largest,
        certain=certain,
    )


def _stops(counts: dict[tuple[int | None, Zero], float]) -> list[Stop]:
    """Where blocked paths end, nearest the loss first."""
    nearest_first = sorted(counts.items(), key=lambda each: _after(each[0][0]), reverse=True)
    return [Stop(*place, count) for place, count in nearest_first if count]


def _after(layer: int | None) -> float:
    """A sort key of layers; the head comes after all layers."""
    return math.inf if layer is None else layer


def _reaching(counts: Array, outputs: Index, derivatives: Array = ONE) -> float:
    return float((counts[outputs] * derivatives).sum())


# --- the ladder ---------------------------------------------------------------------------------


class _Rung(NamedTuple):
    """One layer that reads an output between the chosen cell and the loss."""

    layer: int
    """The layer, or HEAD for the end at the outputs."""
    zero: Zero
    shape: Shape
    backward: Callable[[Array, View], Array]
    terms: Callable[[int], Contributions]
    """The contributions through which this layer reads one cell below it."""


_Rungs = dict[int, list[_Rung]]
"""The rungs that read each layer's output, and with the key ASKED the chosen cell; ascending."""


class _Ways(NamedTuple):
    """The paths from each cell (flat) of a layer's output to the loss."""

    total: Array
    open: Array
    mass: Array
    """Σ |product| over these paths, which no single product exceeds."""
    stopped: dict[tuple[int | None, Zero], Array]
    """How many of them are blocked, by layer (None: the head) and reason."""


def _rungs(trace: Trace, cell: Cell) -> _Rungs:
    network = trace.network
    layers = range(len(network.layers))
    rungs: _Rungs = {}
    if cell.parameter is not None:
        own, tape = network.layers[cell.layer], trace.tapes[cell.layer]
        uses = partial(own.contributions_to_parameter, tape, cell.parameter)
        rungs[ASKED] = [
            _Rung(cell.layer, own.parameter_zero, own.shape, partial(own.backward, tape), uses)
        ]
        rungs[cell.layer] = _readers(trace, cell.layer)
    else:
        rungs[ASKED] = _readers(trace, cell.layer)
    for i in layers[cell.layer + 1 :]:
        if not network.layers[i].relabels:
            rungs[i] = _readers(trace, i)
    rungs[HEAD] = []
    return rungs


def _readers(trace: Trace, layer: int) -> list[_Rung]:
    rungs = []
    for i, _ in trace.network.readers_of(layer):
        own, tape = trace.network.layers[i], trace.tapes[i]
        backward, terms = partial(own.backward, tape), partial(_terms, own, tape)
        rungs.append(_Rung(i, own.zero, own.shape, backward, terms))
    return rungs or [_Rung(HEAD, "settled", (-1,), _same, _own_place)]


def _terms(layer: Layer, tape: Any, at: int) -> Contributions:
    return layer.contributions_to(tape, np.array([at]))


def _same(counts: Array, view: View) -> Array:
    return np.asarray(counts * view(ONE))


def _own_place(at: int) -> Contributions:
    return Contributions(np.array([at]), np.array([at]), ONE)


def _ways(trace: Trace, rungs: _Rungs) -> dict[int, _Ways]:
    """The paths of the cells of every layer between the chosen cell and the loss."""
    gradient = trace.gradients[-1].reshape(-1)
    start: Zero = "settled" if trace.network.head.is_loss else "upstream"
    ways = {
        HEAD: _Ways(
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


def _through(rung: _Rung, above: _Ways) -> _Ways:
    """The paths through one reader."""

    def backward(counts: Array, view: View) -> Array:
        return rung.backward(counts.reshape(rung.shape), view).reshape(-1)

    below = {place: backward(n, np.ones_like) for place, n in above.stopped.items() if n.any()}
    if rung.layer != HEAD:
        below[rung.layer, rung.zero] = backward(above.open, is_closed)
    return _Ways(
        backward(above.total, np.ones_like),
        backward(above.open, is_open),
        backward(above.mass, np.abs),
        below,
    )


def _together(some: _Ways, others: _Ways) -> _Ways:
    stopped = dict(some.stopped)
    for place, counts in others.stopped.items():
        stopped[place] = stopped[place] + counts if place in stopped else counts
    return _Ways(
        some.total + others.total, some.open + others.open, some.mass + others.mass, stopped
    )


# --- the largest --------------------------------------------------------------------------------


class _Node(NamedTuple):
    """The open contributions through which one layer reads a cell."""

    layer: int
    outputs: Index
    derivatives: Array
    sizes: Array
    """log |derivative|; a sum of logarithms neither overflows nor underflows."""


_Stage = dict[int, list[_Node]]
"""The cells of one layer's output that the chosen cell reaches, by flat index."""
_Taken = tuple[tuple[int, int, float], ...]
"""(layer, cell, local derivative) of each term of a path, from the chosen cell to the loss."""


def _largest(
    trace: Trace, cell: Cell, rungs: _Rungs, ways: dict[int, _Ways], most: int, examples: int
) -> tuple[list[Path], bool]:
    """The largest open paths, and whether no larger one can be missing.

    First collect all cells from the chosen cell to the loss. Then compute for each of them, from
    the loss down, the largest product to the loss. Then extend paths best first: the largest
    product is known at every step, so each extension leads to a path of exactly this size.
    """
    gradient = trace.gradients[-1].reshape(-1)
    with np.errstate(all="ignore"):
        stages, missed = _reach(cell.at, rungs, ways, examples)
        best = _best(gradient, stages, ways)
        ranked = _best_first(cell.at, stages, best, most)
        largest = [_path(cell, gradient, taken) for _, taken in ranked]
    largest.sort(key=lambda path: -abs(path.product))
    smallest = ranked[-1][0] if len(ranked) == most else -math.inf
    return largest, missed <= smallest


def _reach(
    at: int, rungs: _Rungs, ways: dict[int, _Ways], examples: int
) -> tuple[dict[int, _Stage], float]:
    """The stage of each layer, and a bound of log |product| for the paths left out."""
    stages: dict[int, _Stage] = {}
    missed = -math.inf
    # For each layer, log of the largest |product| from the chosen cell to its cells.
    frontiers: dict[int, dict[int, float]] = {layer: {} for layer in rungs}
    frontiers[ASKED][at] = 0.0
    share = max(1, len(rungs) - 2) * examples  # each layer gets an equal share of the limits
    for layer in sorted(set(rungs) - {HEAD}):
        at_the_end = rungs[layer][0].layer == HEAD
        frontier = frontiers.pop(layer)
        cells, reached = list(frontier), np.array(list(frontier.values()))
        bounds = reached if layer == ASKED else reached + np.log(ways[layer].mass[cells])
        stage: _Stage = {}
        terms = 0
        for rank in np.argsort(-bounds, kind="stable").tolist():
            full = len(stage) >= MAX_CELLS // share or terms >= MAX_TERMS // share
            if full and not at_the_end:
                missed = max(missed, float(bounds[rank]))
                break
            nodes = stage[cells[rank]] = [
                _node(rung, cells[rank], ways[rung.layer].open) for rung in rungs[layer]
            ]
            for node in nodes:
                terms += len(node.outputs)
                following = frontiers[node.layer]
                sizes = (reached[rank] + node.sizes).tolist()
                for output, size in zip(node.outputs.tolist(), sizes, strict=True):
                    following[output] = max(following.get(output, -math.inf), size)
        stages[layer] = stage
    return stages, missed


def _node(rung: _Rung, at: int, open_above: Array) -> _Node:
    terms = rung.terms(at)
    leads = (terms.derivatives != 0) & (open_above[terms.outputs] > 0)
    derivatives = terms.derivatives[leads]
    return _Node(rung.layer, terms.outputs[leads], derivatives, np.log(np.abs(derivatives)))


def _best(gradient: Array, stages: dict[int, _Stage], ways: dict[int, _Ways]) -> dict[int, Array]:
    """For the cells of each layer, log of the largest |product| from the cell to the loss."""
    best = {HEAD: np.log(np.abs(gradient))}
    for layer in sorted(set(stages) - {ASKED}, reverse=True):
        best[layer] = np.full(ways[layer].total.size, -np.inf)
        for at, nodes in stages[layer].items():
            best[layer][at] = _promises(nodes, best).max(initial=-np.inf)
    return best


def _promises(nodes: list[_Node], best: dict[int, Array]) -> Array:
    """For each contribution, log |product| of the largest path through it."""
    return np.concatenate([best[node.layer][node.outputs] + node.sizes for node in nodes])


def _best_first(
    at: int, stages: dict[int, _Stage], best: dict[int, Array], most: int
) -> list[tuple[float, _Taken]]:
    """Log |product| of the largest paths, and their terms; the largest first."""
    ranked: list[tuple[float, _Taken]] = []
    order = count()
    # The order is by promise (log |product|); of equal ones, the longest is completed first.
    waiting: list[tuple[float, int, int, int, _Taken]] = [(-math.inf, -ASKED, 0, at, ())]
    while waiting and len(ranked) < most:
        promise, behind, _, at, taken = heappop(waiting)
        layer = -behind
        if layer == HEAD:
            ranked.append((-promise, taken))
            continue
        nodes = stages[layer].get(at)
        if nodes is None:
            continue
        promises = _promises(nodes, best)
        # At most ``most`` extensions of this path can be among the ``most`` largest paths.
        chosen = np.argsort(-promises, kind="stable")[:most]
        chosen = chosen[promises[chosen] > -np.inf]
        if not len(chosen):
            continue
        # Subtract so that the best extension keeps exactly the same promise.
        least = promises[chosen] - promises[chosen[0]] - promise if taken else promises[chosen]
        steps = [
            (node.layer, output, derivative)
            for node in nodes
            for output, derivative in zip(
                node.outputs.tolist(), node.derivatives.tolist(), strict=True
            )
        ]
        for key, i in zip((-least).tolist(), chosen.tolist(), strict=True):
            above, output, _ = step = steps[i]
            heappush(waiting, (key, -above, next(order), output, (*taken, step)))
    return ranked


def _path(cell: Cell, gradient: Array, taken: _Taken) -> Path:
    """Turn terms, listed from the cell up, into a path from the loss down."""
    # The last step, to the head, keeps its cell.
    cells = [cell] + [Cell(layer, at) for layer, at, _ in taken[:-1]]
    factors = [derivative for _, _, derivative in reversed(taken[:-1])]
    upstream = product = float(gradient[cells[-1].at])
    for factor in factors:
        product *= factor
    return Path(cells[::-1], upstream, factors, product)
