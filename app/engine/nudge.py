"""A nudge changes one number, and compares the change of the loss with the gradient's prediction.

A kink is where a max pool's winner or the side of a ReLU changes. In a piecewise linear network the
prediction is exact up to the first kink, and not beyond it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.engine.gradcheck import Finding, check_cell, scale_of
from app.engine.network import Trace
from app.engine.probe import Look, Probe, Switch, switched, work
from app.engine.receipt import Cell, in_batch, value_and_gradient
from app.engine.types import Array, Overflow

POINTS = 41
"""Evenly spaced points of the curve; the nudge itself and the kinks are added to them."""
KINKS = (1, 32)
"""The fewest and the most kinks that are located; ``MAX_WORK`` decides between them."""
MAX_WORK = 10**10
"""The most numbers handled to locate kinks."""
SLOPE = 1024
"""The slopes beside a kink are measured over 1/SLOPE of the gap between two points."""
HALVINGS = 32
"""How often the gap between two points of the curve is halved to locate a kink."""


@dataclass(frozen=True)
class Kink:
    """Where a choice switches. "Near" and "far" are seen from no change at all."""

    by: float
    rising: bool
    """Whether it is reached by increasing the cell; two kinks at 0 may differ in this."""
    switches: list[Switch]
    before: float
    after: float
    """The slope of the objective on its near side and on its far side; equal where the switch does
    not change the loss."""


@dataclass(frozen=True)
class Nudge:
    """A cell changed by ``by``, and the change of the objective (see ``probe.Look``)."""

    cell: Cell
    value: float
    gradient: float
    by: float
    objective: float
    """The objective before the change."""
    predicted: float
    """gradient × by."""
    happened: float
    """The objective after the change minus the objective before it."""
    at: Array
    """[n] changes of the cell, ascending; 0, ``by`` and the kinks are among them."""
    changes: Array
    """[n] the change of the objective for each."""
    kinks: list[Kink]
    """Ascending."""
    more_kinks: bool
    """Whether there are more kinks, farther away, that were not located."""
    check: Finding
    """The gradient check with the step ``by``."""

    def crosses(self, kink: Kink) -> bool:
        """Whether a kink lies between 0 and ``by``."""
        return kink.rising == (self.by > 0) and abs(kink.by) <= abs(self.by)


def nudge(trace: Trace, cell: Cell, by: float | None = None, reach: float | None = None) -> Nudge:
    """Change one cell of the input or one parameter, and compute the curve to ±``reach``.

    Without ``reach``, the curve reaches well beyond the nearest kink, if there is one. Without
    ``by``, the change stops before the nearest kink. Of an example's trace, the
    change is that of the batch's loss, and the cell in the answer is the batch's.

    Raises:
        ValueError: the cell is an output of a layer, or ``by`` is 0, or ``reach`` is not above 0.
        Overflow: a value leaves float64 within reach.
    """
    if by == 0 or (reach is not None and reach <= 0):
        raise ValueError("A nudge needs a change and a reach that are not 0.")
    trace, cell = in_batch(trace, cell)
    probe = Probe(trace, cell.layer, cell.parameter)
    direction = np.zeros(probe.array.shape)
    direction.reshape(-1)[cell.at] = 1.0

    def look(h: float) -> Look:
        return probe.look_along(direction, h)[1]

    if reach is None:
        fitting, small = _fitting_reach(probe, look)
        reach = fitting if by is None else max(fitting, 2 * abs(by))
        by = small if by is None else by
    by = by if by is not None else reach / 4
    reach = max(reach, abs(by))
    side = POINTS // 2
    grid = {float(f"{reach * (i / side):.12g}") for i in range(-side, side + 1)} | {by}
    looks = {h: look(h) for h in sorted(grid)}
    fewest, limit = KINKS
    limit = max(fewest, min(limit, MAX_WORK // (work(trace.network) * HALVINGS)))
    kinks, more = _kinks(probe, looks, look, limit)
    looks |= {kink.by: look(kink.by) for kink in kinks}
    at = sorted(looks)
    value, gradient = value_and_gradient(trace, cell)
    objective = probe.here.objective
    with np.errstate(over="ignore"):
        changes = np.array([looks[h].objective for h in at]) - objective
    slopes = [slope for kink in kinks for slope in (kink.before, kink.after)]
    if not np.isfinite([gradient * reach, *changes, *slopes]).all():
        raise Overflow(None, "the change")
    return Nudge(
        cell=cell,
        value=value,
        gradient=gradient,
        by=by,
        objective=objective,
        predicted=gradient * by,
        happened=looks[by].objective - objective,
        at=np.array(at),
        changes=changes,
        kinks=kinks,
        more_kinks=more,
        check=check_cell(trace, cell, abs(by)),
    )


def _fitting_reach(probe: Probe, look: Callable[[float], Look]) -> tuple[float, float]:
    """A round reach, with the nearest kink in its inner half, and a round change before the kink.

    Where no kink is near, or where the cell is on one, the reach is about the size of the numbers.
    """
    power = round(math.log10(scale_of(probe.array)))
    sizes = [
        float(f"{digit}e{power + place}") for place in (-4, -3, -2, -1, 0) for digit in (1, 2, 5)
    ]
    for before, size in pairwise([0.0, *sizes]):
        if switched(look(-size), probe.here) or switched(look(size), probe.here):
            if before:
                return 2 * size, before
            break
    return sizes[-2], sizes[-3] / 2


def _kinks(
    probe: Probe, looks: dict[float, Look], look: Callable[[float], Look], limit: int
) -> tuple[list[Kink], bool]:
    """Up to ``limit`` kinks between the points of the curve, those nearest 0 first."""
    points = sorted(looks)
    step = (points[-1] - points[0]) / POINTS / SLOPE
    gaps = sorted(pairwise(points), key=lambda gap: min(map(abs, gap)))
    kinks: list[Kink] = []
    waiting = [(*gap, looks[gap[0]], looks[gap[1]], HALVINGS) for gap in reversed(gaps)]
    while waiting:
        low, high, below, above, halvings = waiting.pop()
        if not switched(below, above):
            continue
        if len(kinks) == limit:
            return sorted(kinks, key=lambda kink: (kink.by, kink.rising)), True
        middle = (low + high) / 2
        if not halvings or middle in (low, high):
            kinks.append(_kink(probe, look, (low, below), (high, above), step))
            continue
        there = look(middle)
        halves = [
            (low, middle, below, there, halvings - 1),
            (middle, high, there, above, halvings - 1),
        ]
        # ``pop`` takes the last one, which must be the half nearer 0.
        waiting += halves if high <= 0 else halves[::-1]
    return sorted(kinks, key=lambda kink: (kink.by, kink.rising)), False


def _kink(
    probe: Probe,
    look: Callable[[float], Look],
    start: tuple[float, Look],
    end: tuple[float, Look],
    step: float,
) -> Kink:
    """The kink between two looks, with the slopes one step to either side."""
    (low, below), (high, above) = start, end
    under = (below.objective - look(low - step).objective) / step
    over = (look(high + step).objective - above.objective) / step
    at = _roundest(low, high)
    if low >= 0:
        return Kink(at, True, probe.switches(below, above), under, over)
    return Kink(at, False, probe.switches(above, below), over, under)


def _roundest(low: float, high: float) -> float:
    """The number with the fewest digits at about low and high.

    The two are so close that a kink between them may be reported at 0.1 instead of 0.09999….
    """
    width = high - low
    low, high = low - width, high + width
    if low <= 0 <= high:
        return 0.0
    return next(
        rounded
        for digits in range(17)
        if low <= (rounded := float(f"{(low + high) / 2:.{digits}e}")) <= high
    )
