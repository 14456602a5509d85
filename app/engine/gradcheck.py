"""Are the gradients right? They are held against finite differences, and kinks are known.

The change of the loss between x − h and x + h is compared with the one the gradients predict. It
is done along random directions through many cells at once; where that does not agree, the cells
are halved until the ones at fault stand alone. Where a max pool's winner or a ReLU's side changes
between x − h and x + h however small h is, x stands on a kink: a finite difference mixes two
slopes there, so a disagreement says nothing about the gradient.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.engine.heads import CrossEntropy
from app.engine.network import Network, Trace
from app.engine.probe import Look, Probe, Switch, switched, work
from app.engine.receipt import EPSILON, Cell
from app.engine.types import Array, Index, Overflow

Verdict = Literal["agree", "kink", "curved", "wrong"]

STEPS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
"""Tried in turn, relative to the array's size: small ones step over fewer kinks, large ones
lose fewer digits."""
TOLERANCE = 1e-6
"""The relative difference beyond rounding that still counts as agreement."""
HALVINGS = (8, 256)
"""How often cells that do not agree may be halved in one array, at least and at most."""
MAX_WORK = 10**10
"""Spent on all halvings together, in numbers handled: it keeps a large network to seconds."""


@dataclass(frozen=True)
class Finding:
    """What was found along one direction through ``cells`` (flat) of one array."""

    layer: int
    """−1: the input."""
    parameter: str | None
    cells: Index
    verdict: Verdict
    """``curved``: the given step is too large for a straight line; a smaller one agrees."""
    step: float
    """h, in the units of the cell where there is one."""
    predicted: float
    """Σ gradient × change of the cells, from x − h to x + h."""
    happened: float
    """The change of the loss (or of Σ output × upstream gradient) from x − h to x + h."""
    difference: float
    """Between those two, relative to the larger."""
    behind: float
    ahead: float
    """The slopes along the direction on either side: from x − h to x and from x to x + h."""
    switches: list[Switch]
    """What changes between x − h and x + h, nearest the input first."""

    @property
    def cell(self) -> Cell:
        """The first of the cells."""
        return Cell(self.layer, int(self.cells[0]), self.parameter)


@dataclass(frozen=True)
class Report:
    """All findings; each cell of the input and of every parameter is in exactly one."""

    findings: list[Finding]

    def count(self, verdict: Verdict) -> int:
        """How many cells got this verdict. Kinks too many to be told apart are counted whole."""
        return sum(len(each.cells) for each in self.findings if each.verdict == verdict)

    @property
    def ok(self) -> bool:
        """Whether no gradient is wrong."""
        return self.count("wrong") == 0

    @property
    def worst(self) -> Finding | None:
        """The finding with the largest relative difference, kinks aside."""
        told = [each for each in self.findings if each.verdict != "kink"]
        return max(told, key=lambda each: each.difference, default=None)


def gradcheck(of: Network | Trace, seed: int = 0) -> Report:
    """Every gradient of the input and of the parameters, checked; a test says ``.ok`` of it."""
    trace = of if isinstance(of, Trace) else of.trace()
    network = trace.network
    probes = [Probe(trace, -1)]
    for i, layer in enumerate(network.layers):
        probes += [Probe(trace, i, name) for name in layer.parameters]
    least, most = HALVINGS
    looks = 2 * len(STEPS) * len(probes)
    halvings = max(least, min(most, MAX_WORK // (work(network) * looks)))
    noise, rng = _noise(trace), np.random.default_rng(seed)
    return Report([each for probe in probes for each in _search(probe, noise, rng, halvings)])


def check_cell(trace: Trace, cell: Cell, step: float | None = None) -> Finding:
    """Check one gradient, with a step of one's own (in the units of the cell) or a fitting one."""
    probe = Probe(trace, cell.layer, cell.parameter)
    direction = np.zeros(probe.array.size)
    direction[cell.at] = 1.0
    cells, noise = np.array([cell.at]), _noise(trace)
    fitting = [each * _size(probe.array.reshape(-1)[cells]) for each in STEPS]
    if step is None:
        return _compare(probe, cells, direction, fitting, noise)
    found = _compare(probe, cells, direction, [step], noise)
    if found.verdict != "wrong":
        return found
    closer = _compare(probe, cells, direction, fitting, noise)
    return found if closer.verdict == "wrong" else replace(found, verdict="curved")


def _search(
    probe: Probe, noise: float, rng: np.random.Generator, halvings: int
) -> Iterator[Finding]:
    """One array: halve what does not agree."""
    steps = [each * _size(probe.array) for each in STEPS]
    waiting = [np.arange(probe.array.size)]
    while waiting:
        cells = waiting.pop()
        direction = np.zeros(probe.array.size)
        signs = rng.choice([-1.0, 1.0], len(cells))
        direction[cells] = signs * rng.uniform(0.5, 1.0, len(cells)) if len(cells) > 1 else 1.0
        found = _compare(probe, cells, direction, steps, noise)
        if found.verdict == "agree" or len(cells) == 1 or not halvings:
            yield found
        else:
            halvings -= 1
            waiting += np.array_split(cells, 2)[::-1]


def _compare(
    probe: Probe, cells: Index, direction: Array, steps: Iterable[float], noise: float
) -> Finding:
    """The first step that agrees without a switch; else what the last one says."""
    direction = direction.reshape(probe.array.shape)
    found: Finding | None = None
    for h in steps:
        found = _at(probe, cells, direction, h, noise)
        if found.verdict == "agree":
            break
    assert found is not None
    return found


def _at(probe: Probe, cells: Index, direction: Array, h: float, noise: float) -> Finding:
    here = probe.here
    low, back = probe.look_along(direction, -h)
    high, front = probe.look_along(direction, h)

    def compare(a: Array, before: Look, b: Array, after: Look) -> tuple[float, float, float]:
        # With the steps that were really made: x + h − x is seldom h.
        with np.errstate(all="ignore"):
            predicted = float((probe.gradient * (b - a)).sum())
        happened = after.objective - before.objective
        if not math.isfinite(predicted) or not math.isfinite(happened):
            raise Overflow(None, "the change")
        larger = max(abs(predicted), abs(happened)) + noise / TOLERANCE
        return predicted, happened, abs(predicted - happened) / larger if larger else 0.0

    predicted, happened, difference = compare(low, back, high, front)
    behind = compare(low, back, probe.array, here)
    ahead = compare(probe.array, here, high, front)
    agrees = difference <= TOLERANCE
    kinked = switched(back, here) or switched(here, front)
    verdict: Verdict = "agree" if agrees else "wrong"
    # A switch of no consequence, with the gradient's slope on either side of it, is no kink.
    if kinked and not (agrees and max(behind[2], ahead[2]) <= TOLERANCE):
        verdict = "kink"
    return Finding(
        layer=probe.layer,
        parameter=probe.parameter,
        cells=cells,
        verdict=verdict,
        step=h,
        predicted=predicted,
        happened=happened,
        difference=difference,
        behind=behind[1] / h,
        ahead=ahead[1] / h,
        switches=(probe.switches(back, front) or probe.switches(here, front)) if kinked else [],
    )


def _size(array: Array) -> float:
    """The power of ten of an array's root mean square, 1 where that is next to nothing."""
    largest = float(np.abs(array).max())
    if largest < 1e-200:
        return 1.0
    size = largest * math.sqrt(float(np.mean((array / largest) ** 2)))
    return float(f"1e{math.floor(math.log10(size))}")


def _noise(trace: Trace) -> float:
    """How far rounding on the way may move the loss.

    To first order: every product and every value of the forward pass is off by some ε of its
    size, and moves the loss by that times its gradient.
    """
    with np.errstate(all="ignore"):
        moved = abs(trace.loss or 0.0) + isinstance(trace.network.head, CrossEntropy)
        for i, layer in enumerate(trace.network.layers):
            upstream = np.abs(trace.gradients[i + 1])
            moved += float((upstream * np.abs(trace.values[i + 1])).sum())
            paid = layer.pull(trace.tapes[i], upstream, np.abs)
            moved += float((paid * np.abs(trace.values[i])).sum())
    return 8 * EPSILON * moved if math.isfinite(moved) else math.inf
