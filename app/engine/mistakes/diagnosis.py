"""A given gradient beside the right one: in which arithmetic it is right, or what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from app.engine.finite import LIMIT
from app.engine.magnitudes import magnitudes
from app.engine.mistakes.choices import Turn, fitting_turns
from app.engine.mistakes.differences import FiniteDifferences, finite_differences
from app.engine.mistakes.digits import FEWEST_SIGNIFICANT, Given
from app.engine.mistakes.precision import FLOAT64, Losses, Precision, RoughLosses, losses
from app.engine.mistakes.search import (
    FEWEST_FOR_PAIRS,
    Budget,
    Explanation,
    Search,
    gradient_of,
)
from app.engine.mistakes.steps import Pass
from app.engine.network import Trace
from app.engine.types import Array

MAX_UNITS, FEWER_UNITS = 10, 3
"""Of the last digit, by which an array made by hand may be off where it was rounded on the way;
the fewer ones where it has three digits or less."""
MAX_SHARE_BY_HAND = 0.002
"""Of what a number is a sum of, which is more where numbers are large and have decimals besides."""


@dataclass(frozen=True)
class Diagnosis:
    """A given gradient beside the right one, both in the array's shape."""

    right: bool
    true: Array
    difference: Array
    """Given − right."""
    wrong: npt.NDArray[np.bool_]
    """Which cells differ by more than their digits and their arithmetic explain."""
    explanations: list[Explanation]
    """Each gives the numbers on its own. Single mistakes, one for each code; pairs only where no
    single one fits, and only for three numbers or more."""
    complete: bool
    """Whether every mistake and pair was tried; a large network is not worth the time."""
    precision: Precision
    """The most exact arithmetic in which the array is right; of a wrong one, the least exact that
    its digits allow."""
    bound: Array
    """How far each number may be from the truth in that arithmetic, its digits included."""
    turns: tuple[Turn, ...] = ()
    """The choices that this arithmetic makes otherwise, where it is right with them only."""
    differences: FiniteDifferences | None = None
    """The way of taking finite differences that gives this array, where one does."""


def diagnose(trace: Trace, layer: int, parameter: str | None, given: Given) -> Diagnosis:
    """Is this the gradient of a layer's output (−1: the input) or parameter, and if not, why not?

    ``given`` has the gradient's shape. Explanations are in the order of ``MISTAKES``, each code
    with the widest choice of layers that fits; none where the array is right. Codes that coincide
    on this network are explanations each, a pair is one explanation with two slips.
    """
    return Judge(trace, layer, parameter).diagnose(given)


class Judge:
    """Compares arrays with one gradient; what each arithmetic may lose is computed once."""

    def __init__(
        self, trace: Trace, layer: int, parameter: str | None, budget: Budget | None = None
    ) -> None:
        self.trace, self.layer, self.parameter = trace, layer, parameter
        self.budget = budget
        self.true = gradient_of(trace, layer, parameter)
        self._losses: dict[Precision, Losses | RoughLosses] = {}

    def agrees(self, given: Given) -> Diagnosis | None:
        """That an array is right within its digits and an arithmetic; None if it is not."""
        for precision in given.precisions:
            loss = allowed_loss(self.trace, self._lost(precision), self.layer, self.parameter)
            if given.held_in(precision).agrees(self.true, loss):
                return self._judged(given, True, precision, loss)
        return None

    def right(self, given: Given) -> Diagnosis | None:
        """The same, also with other choices of an arithmetic or as finite differences."""
        if agreeing := self.agrees(given):
            return agreeing
        for precision in given.precisions:
            lost = self._lost(precision)
            loss = allowed_loss(self.trace, lost, self.layer, self.parameter)
            held = given.held_in(precision)
            misses = partial(_misses, held, self.layer, self.parameter, loss)
            best = int(np.count_nonzero(held.apart(self.true, loss)))
            if some := fitting_turns(self.trace, self.layer, lost, misses, best):
                return self._judged(given, True, precision, loss, turns=tuple(some))
        differences = finite_differences(self.trace, self.layer, self.parameter, given)
        if differences is None:
            return None
        loss = np.full(self.true.shape, differences.bound)
        return self._judged(given, True, FLOAT64, loss, differences=differences)

    def diagnose(self, given: Given) -> Diagnosis:
        """Right, or which mistakes give these numbers."""
        if right := self.right(given):
            return right
        exact = [each for each in given.precisions if not each.by_hand]
        budget = self.budget or Budget()
        # The digits allow for several arithmetics: a mistake shows best in the most exact one.
        usual = exact[min(1, len(exact) - 1)]
        for precision in dict.fromkeys((usual, exact[-1])):
            loss = self._lost(precision).array(self.layer, self.parameter)
            held = given.held_in(precision)
            search = Search(self.trace, self.layer, self.parameter, held, loss, budget)
            found = search.singles()
            if not found and self.true.size >= FEWEST_FOR_PAIRS:
                found = search.pairs()
            if found:
                break
        return self._judged(
            given, False, precision, loss, explanations=found, complete=not budget.spent
        )

    def _lost(self, precision: Precision) -> Losses | RoughLosses:
        if precision not in self._losses:
            self._losses[precision] = losses(self.trace, precision)
        return self._losses[precision]

    def _judged(
        self,
        given: Given,
        right: bool,
        precision: Precision,
        loss: Array,
        explanations: Sequence[Explanation] = (),
        complete: bool = True,
        turns: tuple[Turn, ...] = (),
        differences: FiniteDifferences | None = None,
    ) -> Diagnosis:
        with np.errstate(over="ignore"):
            # Beyond float64 only where the given array is absurd: then by as much as there is.
            difference = np.nan_to_num(given.array - self.true) + 0.0
            held = given.held_in(precision)
            bound = np.minimum(held.half(self.true, loss) + loss, LIMIT)  # no figure is larger
        return Diagnosis(
            right=right,
            true=self.true,
            difference=difference,
            wrong=np.zeros(self.true.shape, np.bool_) if right else held.apart(self.true, loss),
            explanations=list(explanations),
            complete=complete,
            precision=precision,
            bound=bound,
            turns=turns,
            differences=differences,
        )


def allowed_loss(
    trace: Trace, lost: Losses | RoughLosses, layer: int, parameter: str | None
) -> Array:
    """What an array may lose and still be called right.

    By hand, that is no more than a few units of the last digit.
    """
    loss, precision = lost.array(layer, parameter), lost.precision
    if not precision.by_hand:
        return loss
    sizes = magnitudes(trace)
    size = sizes.gradients[layer + 1] if parameter is None else sizes.parameters[layer][parameter]
    size = np.where(np.isfinite(size), size, 0.0)
    units = FEWER_UNITS if precision.digits <= FEWEST_SIGNIFICANT else MAX_UNITS
    last = 2 * units * (precision.unit * size + precision.smallest)
    return np.minimum(loss, np.maximum(last, MAX_SHARE_BY_HAND * size))


def _misses(given: Given, layer: int, parameter: str | None, loss: Array, made: Pass) -> int:
    return int(np.count_nonzero(given.apart(made.array(layer, parameter), loss)))
