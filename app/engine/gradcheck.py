"""Are the gradients right? They are held against finite differences, and kinks are known.

The change of the loss between x − h and x + h is compared with the one the gradients predict. It
is done along random directions through many cells at once; where that does not agree, the cells
are halved until the ones at fault stand alone. Where a max pool's winner or a ReLU's side changes
between x − h and x + h however small h is, x stands on a kink: a finite difference mixes two
slopes there, so a disagreement says nothing about the gradient.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from app.engine.network import Network, Trace
from app.engine.probe import Look, Probe, Switch, switched, work
from app.engine.receipt import EPSILON, Cell
from app.engine.types import Array, Index, Overflow

Verdict = Literal["agree", "kink", "curved", "wrong"]

STEPS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10)
"""Tried in turn, relative to the array's size: small ones step over fewer kinks, large ones
lose fewer digits."""
TOLERANCE = 1e-6
"""The relative difference beyond rounding that still counts as agreement."""
SHARP = 1e-6
"""How much of a change rounding may hide if its figures are to be shown."""
UNDERFLOW = 1e-280
"""Changes smaller than this are lost: on the way to them float64 runs out of exponents."""
HALVINGS = (16, 2000)
"""How often cells that do not agree may be halved in one check, at least and at most."""
MAX_WORK = 10**10
"""Spent on halvings, in numbers handled: it keeps a large network to seconds."""


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
    """Between those two, relative to the larger; about 0 where rounding hides both."""
    rounding: float
    """How much of them rounding may hide, relative to the larger."""
    below: float
    above: float
    """The slopes along the direction on either side: from x − h to x and from x to x + h."""
    switches: list[Switch]
    """What changes between x − h and x + h, nearest the input first."""

    @property
    def cell(self) -> Cell:
        """The first of the cells."""
        return Cell(self.layer, int(self.cells[0]), self.parameter)

    @property
    def apart(self) -> float:
        """How far prediction and outcome are apart, relative to the larger, rounding included."""
        larger = max(abs(self.predicted), abs(self.happened))
        return abs(self.predicted - self.happened) / larger if larger else 0.0


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
        compared = [each for each in self.findings if each.verdict != "kink"]
        return max(compared, key=lambda each: each.difference, default=None)


def gradcheck(of: Network | Trace, seed: int = 0) -> Report:
    """Every gradient of the input and of the parameters, checked; a test says ``.ok`` of it."""
    trace = of if isinstance(of, Trace) else of.trace()
    network = trace.network
    probes = [Probe(trace, -1)]
    for i, layer in enumerate(network.layers):
        probes += [Probe(trace, i, name) for name in layer.parameters]
    noise, rng = _noise(trace), np.random.default_rng(seed)
    least, most = HALVINGS
    halvings = max(least, min(most, MAX_WORK // (work(network) * 2 * len(STEPS))))
    findings = []
    waiting = [(probe, np.arange(probe.array.size)) for probe in reversed(probes)]
    while waiting:
        probe, cells = waiting.pop()
        finding = _along(probe, cells, noise, rng)
        if finding.verdict == "agree" or len(cells) == 1 or not halvings:
            findings.append(finding)
        else:
            halvings -= 1
            waiting += [(probe, half) for half in np.array_split(cells, 2)[::-1]]
    return Report(findings)


def check_cell(trace: Trace, cell: Cell, step: float | None = None) -> Finding:
    """Check one gradient, with a step of one's own (in the units of the cell) or a fitting one."""
    probe = Probe(trace, cell.layer, cell.parameter)
    direction = np.zeros(probe.array.size)
    direction[cell.at] = 1.0
    cells, noise = np.array([cell.at]), _noise(trace)
    fitting = [each * scale_of(probe.array.reshape(-1)[cells]) for each in STEPS]
    if step is None:
        return _compare(probe, cells, direction, fitting, noise)
    finding = _compare(probe, cells, direction, [step], noise)
    if finding.verdict != "wrong":
        return finding
    closer = _compare(probe, cells, direction, fitting, noise)
    return finding if closer.verdict == "wrong" else replace(finding, verdict="curved")


def _along(probe: Probe, cells: Index, noise: float, rng: np.random.Generator) -> Finding:
    """Move some cells of an array together, each its own way."""
    direction = np.zeros(probe.array.size)
    ways = rng.choice([-1.0, 1.0], len(cells)) * rng.uniform(0.5, 1.0, len(cells))
    direction[cells] = ways if len(cells) > 1 else 1.0
    # Beside large cells, small ones need steps of their own size.
    scale = min(scale_of(probe.array), scale_of(probe.array.reshape(-1)[cells]))
    return _compare(probe, cells, direction, [each * scale for each in STEPS], noise)


def _compare(
    probe: Probe, cells: Index, direction: Array, steps: Iterable[float], noise: float
) -> Finding:
    """The first step that agrees; else the smallest whose disagreement still stands out."""
    direction = direction.reshape(probe.array.shape)
    finding: Finding | None = None
    for h in steps:
        now = _at(probe, cells, direction, h, noise)
        if now.verdict == "agree":
            # It outweighs a disagreement seen before unless rounding would hide that by now.
            return now if finding is None or now.rounding <= 0.1 * finding.apart else finding
        if finding is None or now.verdict != finding.verdict or now.rounding <= SHARP:
            finding = now
    assert finding is not None
    return finding


def _at(probe: Probe, cells: Index, direction: Array, h: float, noise: float) -> Finding:
    here = probe.here
    low, back = probe.look_along(direction, -h)
    high, front = probe.look_along(direction, h)
    below = _change(probe, low, back, probe.array, here, noise)
    above = _change(probe, probe.array, here, high, front, noise)
    across = _change(probe, low, back, high, front, noise)
    agrees = across.difference <= TOLERANCE
    kinked = switched(back, here) or switched(here, front)
    verdict: Verdict = "agree" if agrees else "wrong"
    # A switch of no consequence, with the gradient's slope on either side of it, is no kink.
    if kinked and not (agrees and max(below.difference, above.difference) <= TOLERANCE):
        verdict = "kink"
    return Finding(
        layer=probe.layer,
        parameter=probe.parameter,
        cells=cells,
        verdict=verdict,
        step=h,
        predicted=across.predicted,
        happened=across.happened,
        difference=across.difference,
        rounding=across.rounding,
        below=below.happened / h,
        above=above.happened / h,
        switches=(probe.switches(back, front) or probe.switches(here, front)) if kinked else [],
    )


class _Change(NamedTuple):
    predicted: float
    happened: float
    difference: float
    rounding: float


def _change(
    probe: Probe, start: Array, before: Look, end: Array, after: Look, noise: float
) -> _Change:
    # With the step that was really made: x + h − x is seldom h.
    with np.errstate(all="ignore"):
        predicted = float((probe.gradient * (end - start)).sum())
    happened = after.objective - before.objective
    if not math.isfinite(predicted) or not math.isfinite(happened):
        raise Overflow(None, "the change")
    lost = noise + 8 * EPSILON * (abs(before.objective) + abs(after.objective))
    larger = max(abs(predicted), abs(happened))
    return _Change(
        predicted,
        happened,
        # At most TOLERANCE if it is within that of the larger, or within what rounding loses.
        abs(predicted - happened) / (larger + lost / TOLERANCE),
        lost / larger if larger else math.inf,
    )


def scale_of(array: Array) -> float:
    """The power of ten below an array's root mean square, 1 where that is next to nothing."""
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
        moved = abs(trace.loss or 0.0) + trace.network.head.loss_rounding
        for i, layer in enumerate(trace.network.layers):
            upstream = np.abs(trace.gradients[i + 1])
            moved += float((upstream * np.abs(trace.values[i + 1])).sum())
            paid = layer.backward(trace.tapes[i], upstream, np.abs)
            for source in trace.network.inputs_of(i):
                moved += float((paid * np.abs(trace.values[source + 1])).sum())
    return 8 * EPSILON * moved + UNDERFLOW if math.isfinite(moved) else math.inf
