"""The paths of a gradient: every way from the loss to one cell, one contribution a layer.

The product along a path is its share of the gradient; the products of all paths add up to it.
There can be millions, so they are counted without being listed: pulling ones down from the loss
counts all ways, pulling 1 where a derivative is not 0 counts the open ones. A path is blocked at
the zero nearest the loss. ``flatten`` only relabels, so paths look through it.
"""

from dataclasses import dataclass
from functools import partial
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from app.engine.network import Trace
from app.engine.receipt import Cell, figures
from app.engine.types import Array, Index, Overflow, Zero, is_closed, is_open

EXACT = 2.0**53
"""Counts below it are exact; larger ones are rounded to 16 digits."""
MAX_CELLS = 20_000
"""How many cells the search for the largest paths looks at, over all layers."""
MAX_TERMS = 2_000_000
"""How many contributions it looks at."""


class Path(NamedTuple):
    """One open path.

    ``cells`` runs from the output at the loss to the cell asked about; ``factors[i]`` is the local
    derivative of ``cells[i]`` to ``cells[i + 1]``; ``upstream`` is the gradient of ``cells[0]``.
    """

    cells: list[Cell]
    upstream: float
    factors: list[float]
    product: float


class Stop(NamedTuple):
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
    """Whether they are the largest for sure; on a huge network the search is bounded."""


def paths(trace: Trace, cell: Cell, most: int = 10) -> Paths:
    """Count the paths of a cell or a parameter, and list the ``most`` largest open ones."""
    levels = _count(trace, cell)
    outputs, derivatives = _first_terms(trace, cell)
    nearest = levels[0]

    def reaching(counts: Array, through: Array) -> float:
        return float((counts.reshape(-1)[outputs] * through).sum())

    opens = is_open(derivatives)
    everywhere = np.ones_like(opens)
    stops = [
        Stop(layer, _reason(trace, layer), reaching(counts, everywhere))
        for layer, counts in nearest.stopped.items()
    ]
    stops.append(Stop(cell.layer, "input", reaching(nearest.open, 1 - opens)))
    largest, certain = _largest(trace, cell, levels, most)
    return Paths(
        cell=cell,
        gradient=figures(trace, cell)[1],
        total=reaching(nearest.total, everywhere),
        open=reaching(nearest.open, opens),
        stops=[stop for stop in stops if stop.count],
        largest=largest,
        certain=certain,
    )


class _Level(NamedTuple):
    """For each output cell of a layer, its ways to the loss."""

    layer: int
    total: Array
    open: Array
    mass: Array
    """Σ |product| over them: no single one is larger."""
    stopped: dict[int | None, Array]
    """How many are blocked at each layer (None: the head)."""


def _count(trace: Trace, cell: Cell) -> list[_Level]:
    """The levels a path passes, from the cell's own layer to the last, flatten left out."""
    network, gradient = trace.network, trace.gradients[-1]
    level = _Level(
        len(network.layers) - 1,
        np.ones_like(gradient),
        is_open(gradient),
        np.abs(gradient),
        {None: is_closed(gradient)},
    )
    levels = [level]
    for i in reversed(range(cell.layer + 1, len(network.layers))):
        pull = partial(network.layers[i].pull, trace.tapes[i])
        with np.errstate(all="ignore"):
            stopped = {
                layer: pull(counts, np.ones_like)
                for layer, counts in level.stopped.items()
                if counts.any()
            }
            stopped[i] = pull(level.open, is_closed)
            level = _Level(
                i - 1,
                pull(level.total, np.ones_like),
                pull(level.open, is_open),
                pull(level.mass, np.abs),
                stopped,
            )
        levels.insert(0, level)
    readers = {cell.layer, network.reader_of(cell.layer)}
    at = cell.layer
    while (source := network.reader_of(at)) is not None:
        readers.add(source)
        at = source
    return [each for each in levels if each.layer in readers]


def _first_terms(trace: Trace, cell: Cell) -> tuple[Index, Array]:
    """Which output cells of its own layer a cell acts through: itself, or a parameter's users."""
    if cell.parameter is None:
        return np.array([cell.at]), np.ones(1)
    layer, tape = trace.network.layers[cell.layer], trace.tapes[cell.layer]
    terms = layer.contributions_to_parameter(tape, cell.parameter, cell.at)
    return terms.outputs, terms.derivatives


def _reason(trace: Trace, layer: int | None) -> Zero:
    if layer is None:
        return "settled" if trace.network.head.is_loss else "upstream"
    return trace.network.layers[layer].zero


# --- the largest --------------------------------------------------------------------------------


class _Node(NamedTuple):
    """A cell on the way to the loss: the open contributions through which it is read."""

    outputs: Index
    derivatives: Array


def _largest(
    trace: Trace, cell: Cell, levels: list[_Level], most: int
) -> tuple[list[Path], bool]:
    """The largest open paths, and whether none larger can have been missed.

    Up from the cell through everything it reaches; back down, finding for each cell the largest
    product from there to the loss; then best first, where every step is known to lead to a path
    of exactly the size it promises.
    """
    with np.errstate(all="ignore"):
        stages, missed = _reach(trace, cell, levels)
        best = _best(trace, levels, stages)
        found = _best_first(trace, cell, levels, stages, best, most)
    return found, all(abs(path.product) >= missed for path in found)


def _reach(
    trace: Trace, cell: Cell, levels: list[_Level]
) -> tuple[list[dict[int, _Node]], float]:
    """The nodes of each stage, and a bound of the paths that were left out.

    Stage 0 holds the parameter (as cell −1) or the cell itself, stage i the cells of level i − 1
    or of level i: a parameter is one step farther from the loss than its layer's outputs.
    """
    stages: list[dict[int, _Node]] = []
    missed = 0.0
    frontier: dict[int, float]
    if cell.parameter is None:
        frontier = {cell.at: 1.0}
    else:
        node = _open(levels[0], *_first_terms(trace, cell))
        stages.append({-1: node})
        frontier = _next({}, 1.0, node)
    room = max(1, len(levels))
    for level, above in zip(levels, levels[1:], strict=False):
        layer, tape = trace.network.layers[above.layer], trace.tapes[above.layer]
        mass = level.mass.reshape(-1)
        bounds = sorted(((reach * mass[at], at) for at, reach in frontier.items()), reverse=True)
        stage: dict[int, _Node] = {}
        following: dict[int, float] = {}
        terms = 0
        for bound, at in bounds:
            if len(stage) >= MAX_CELLS // room or terms >= MAX_TERMS // room:
                missed = max(missed, float(bound))
                break
            read = layer.contributions_to(tape, at)
            node = stage[at] = _open(above, read.outputs, read.derivatives)
            terms += len(node.outputs)
            _next(following, frontier[at], node)
        stages.append(stage)
        frontier = following
    return stages, missed
