"""The paths of a gradient from the loss to one cell, one contribution after the other.

The product along a path is its share of the gradient, and the products of all paths add up to the
gradient. There can be millions, so ``ladder`` counts them without listing them; this module lists
the largest. A path is blocked at the zero nearest the loss. ``flatten`` only relabels cells, so
paths skip it.
"""

import math
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

import numpy as np

from app.engine.ladder import ASKED, HEAD, Rung, Rungs, Ways, count_ways, rungs_above
from app.engine.layers.base import ONE
from app.engine.network import Trace
from app.engine.receipt import Cell, value_and_gradient
from app.engine.types import Array, Index, Zero, is_closed, is_open

EXACT = 2.0**53
"""Counts below this are exact; larger ones are rounded to 16 digits."""
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
    rungs = rungs_above(trace, cell)
    ways = count_ways(trace, rungs)
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
    trace: Trace, cell: Cell, rungs: Rungs, ways: dict[int, Ways], most: int, examples: int
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
    at: int, rungs: Rungs, ways: dict[int, Ways], examples: int
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


def _node(rung: Rung, at: int, open_above: Array) -> _Node:
    terms = rung.terms(at)
    leads = (terms.derivatives != 0) & (open_above[terms.outputs] > 0)
    derivatives = terms.derivatives[leads]
    return _Node(rung.layer, terms.outputs[leads], derivatives, np.log(np.abs(derivatives)))


def _best(gradient: Array, stages: dict[int, _Stage], ways: dict[int, Ways]) -> dict[int, Array]:
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
