"""Checks the gradients against finite differences, and recognises kinks.

The check compares the change of the loss between x − h and x + h with the change that the gradients
predict. It moves many cells at once along a random direction. Where the two disagree, it halves the
set of cells, again and again, until each cell at fault is alone. Where a max pool's winner or a
ReLU's side changes between x − h and x + h however small h is, x is on a kink: a finite difference
mixes two slopes there, so a disagreement says nothing about the gradient.
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
"""The steps h, tried in this order, relative to the array's size: small steps cross fewer kinks,
large steps lose fewer digits."""
TOLERANCE = 1e-6
"""The largest relative difference, apart from rounding, that counts as agreement."""
SHARP = 1e-6
"""The largest share of a change that rounding may hide in a finding that is shown."""
UNDERFLOW = 1e-280
"""Smaller changes cannot be measured: float64 underflows while they are computed."""
HALVINGS = (16, 2000)
"""The fewest and the most halvings of sets of cells that one check allows."""
MAX_WORK = 10**10
"""The most numbers that all halvings together may handle: some seconds for a large network."""


@dataclass(frozen=True)
class Finding:
    """The result of a check along one direction through ``cells`` (flat) of one array."""

    layer: int
    """−1 for the input."""
    parameter: str | None
    cells: Index
    verdict: Verdict
    """``curved``: the loss bends within the requested step; with a smaller step it agrees."""
    step: float
    """h; of a single cell, in the units of the cell."""
    predicted: float
    """Σ gradient × change of the cells, from x − h to x + h."""
    happened: float
    """The change of the loss (or of Σ output × upstream gradient) from x − h to x + h."""
    difference: float
    """|predicted − happened| / the larger of the two; about 0 where rounding hides both."""
    rounding: float
    """How much rounding may hide of them, relative to the larger."""
    below: float
    above: float
    """The slopes along the direction: from x − h to x, and from x to x + h."""
    switches: list[Switch]
    """The choices that change between x − h and x + h, those nearest the input first."""

    @property
    def cell(self) -> Cell:
        """The first of the cells."""
        return Cell(self.layer, int(self.cells[0]), self.parameter)

    @property
    def apart(self) -> float:
        """The relative difference of prediction and outcome, rounding included."""
        larger = max(abs(self.predicted), abs(self.happened))
        return abs(self.predicted - self.happened) / larger if larger else 0.0


@dataclass(frozen=True)
class Report:
    """All findings; each cell of the input and of every parameter is in exactly one."""

    findings: list[Finding]

    def count(self, verdict: Verdict) -> int:
        """How many cells got this verdict; all cells of a set that was not halved further count."""
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
    """Check every gradient of the input and of the parameters; a test asserts ``.ok``."""
    trace = of if isinstance(of, Trace) else of.trace()
    network = trace.network
    probes = [Probe(trace, -1)]
    for i, layer in enumerate(network.layers):
        probes += [Probe(trace, i, name) for name in layer.parameters]
    noise, rng = _noise(trace), np.random.default_rng(seed)
    fewest, limit = HALVINGS
    halvings = max(fewest, min(limit, MAX_WORK // (work(network) * 2 * len(STEPS))))
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
    """Check one gradient with ``step`` (in the units of the cell), or with a suitable step."""
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
    """Move some cells of an array together, each up or down by its own random amount."""
    direction = np.zeros(probe.array.size)
    ways = rng.choice([-1.0, 1.0], len(cells)) * rng.uniform(0.5, 1.0, len(cells))
    direction[cells] = ways if len(cells) > 1 else 1.0
    # Small cells beside large ones need steps of their own size.
    scale = min(scale_of(probe.array), scale_of(probe.array.reshape(-1)[cells]))
    return _compare(probe, cells, direction, [each * scale for each in STEPS], noise)


def _compare(
    probe: Probe, cells: Index, direction: Array, steps: Iterable[float], noise: float
) -> Finding:
    """The finding of the first step that agrees; else of the smallest step that rounding allows."""
    direction = direction.reshape(probe.array.shape)
    finding: Finding | None = None
    for h in steps:
        now = _at(probe, cells, direction, h, noise)
        if now.verdict == "agree":
            # It overrules the disagreement of a larger step, unless the rounding errors of this
            # step are large enough to hide that disagreement.
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
    # A switch that leaves the slope equal on both sides is no kink.
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
    # Use the step as float64 made it: (x + h) − x is seldom exactly h.
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
        # This is at most TOLERANCE if the two agree to that share of the larger, or if rounding
        # explains their difference.
        abs(predicted - happened) / (larger + lost / TOLERANCE),
        lost / larger if larger else math.inf,
    )


def scale_of(array: Array) -> float:
    """The power of ten below an array's root mean square; 1 for an array of almost zeros."""
    largest = float(np.abs(array).max())
    if largest < 1e-200:
        return 1.0
    size = largest * math.sqrt(float(np.mean((array / largest) ** 2)))
    return float(f"1e{math.floor(math.log10(size))}")


def _noise(trace: Trace) -> float:
    """How far the rounding errors of the forward pass may move the loss.

    To first order: each product and each value has an error of some ε × its size, and moves the
    loss by this error × its gradient.
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
