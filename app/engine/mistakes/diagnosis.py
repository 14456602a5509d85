"""Compares a given gradient with the right one, and names its arithmetic or its mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from app.engine.finite import LIMIT
from app.engine.magnitudes import magnitudes
from app.engine.mistakes.batches import AnyPass
from app.engine.mistakes.choices import Turn, fitting_turns
from app.engine.mistakes.differences import FiniteDifferences, finite_differences
from app.engine.mistakes.digits import FEWEST_SIGNIFICANT, Given
from app.engine.mistakes.errors import Errors, losses
from app.engine.mistakes.precision import FLOAT64, Precision
from app.engine.mistakes.search import FEWEST_FOR_PAIRS, Budget, Search
from app.engine.mistakes.slips import Explanation, gradient_of
from app.engine.network import Trace
from app.engine.types import Array

MAX_UNITS, FEWER_UNITS = 10, 3
"""How many units of the last digit an array computed by hand may be off, because it was rounded on
the way; the second figure is for arrays of three digits or less."""
MAX_SHARE_BY_HAND = 0.002
"""How much of Σ|terms| a number computed by hand may be off. This allows more than the units where
numbers are large and have decimals too."""


@dataclass(frozen=True)
class Diagnosis:
    """The result of comparing a given gradient with the right one, both in the array's shape."""

    right: bool
    true: Array
    difference: Array
    """The given gradient − the right one."""
    wrong: npt.NDArray[np.bool_]
    """The cells that differ by more than their digits and their arithmetic explain."""
    explanations: list[Explanation]
    """Each of them alone explains the numbers. They are single mistakes, one for each code, or,
    where no single mistake fits and there are three numbers or more, pairs of mistakes."""
    complete: bool
    """Whether every mistake and pair was tried; in a large network the budget may end before."""
    precision: Precision
    """The most exact arithmetic in which the array is right; for a wrong array, the least exact
    arithmetic that its digits allow."""
    bound: Array
    """How far each number may be off in that arithmetic, the rounding to its digits included."""
    turns: tuple[Turn, ...] = ()
    """The choices that must be turned to make the array right; usually empty."""
    differences: FiniteDifferences | None = None
    """The finite differences that give this array; None if it has another origin."""


def diagnose(trace: Trace, layer: int, parameter: str | None, given: Given) -> Diagnosis:
    """Compare an array with the gradient of a layer's output (−1: the input) or parameter.

    ``given`` has the gradient's shape. Explanations are in the order of ``MISTAKES``, each code
    with the widest choice of layers that fits; a right array has none. Codes that give the same
    numbers on this network are separate explanations; a pair is one explanation with two slips.
    """
    return Judge(trace, layer, parameter).diagnose(given)


class Judge:
    """Compares arrays with one gradient; computes the errors of each arithmetic only once."""

    def __init__(
        self, trace: Trace, layer: int, parameter: str | None, budget: Budget | None = None
    ) -> None:
        self.trace, self.layer, self.parameter = trace, layer, parameter
        self.budget = budget
        self.true = gradient_of(trace, layer, parameter)
        self._losses: dict[Precision, Errors] = {}

    def agrees(self, given: Given) -> Diagnosis | None:
        """The diagnosis of an array that is right within its digits and an arithmetic, or None."""
        for precision in given.precisions:
            loss = allowed_loss(self.trace, self._lost(precision), self.layer, self.parameter)
            if given.held_in(precision).agrees(self.true, loss):
                return self._judged(given, True, precision, loss)
        return None

    def right(self, given: Given) -> Diagnosis | None:
        """The same, but the array may also need turned choices or be finite differences."""
        if agreeing := self.agrees(given):
            return agreeing
        for precision in given.precisions:
            lost = self._lost(precision)
            loss = allowed_loss(self.trace, lost, self.layer, self.parameter)
            held = given.held_in(precision)
            misses = partial(self._misses, held, loss)
            best = int(np.count_nonzero(held.apart(self.true, loss)))
            if some := fitting_turns(self.trace, self.layer, lost, misses, best):
                return self._judged(given, True, precision, loss, turns=tuple(some))
        differences = finite_differences(self.trace, self.layer, self.parameter, given)
        if differences is None:
            return None
        loss = np.full(self.true.shape, differences.bound)
        return self._judged(given, True, FLOAT64, loss, differences=differences)

    def diagnose(self, given: Given) -> Diagnosis:
        """The diagnosis of an array: right, or wrong with the mistakes that explain it."""
        if right := self.right(given):
            return right
        exact = [each for each in given.precisions if not each.by_hand]
        budget = self.budget or Budget()
        # The digits may allow several arithmetics; the most exact one shows a mistake best.
        usual = exact[min(1, len(exact) - 1)]
        for precision in dict.fromkeys((usual, exact[-1])):
            loss = self._lost(precision).array(self.layer, self.parameter)
            held = given.held_in(precision)
            search = Search(self.trace, self.layer, self.parameter, held, loss, budget)
            explanations = search.singles()
            if not explanations and self.true.size >= FEWEST_FOR_PAIRS:
                explanations = search.pairs()
            if explanations:
                break
        return self._judged(
            given, False, precision, loss, explanations=explanations, complete=not budget.spent
        )

    def _misses(self, given: Given, loss: Array, made: AnyPass) -> int:
        array = made.array(self.layer, self.parameter)
        # What a turned choice sends to another cell is as far off there as where it came from.
        sent = np.where(array == self.true, loss, loss.max(initial=0.0))
        return int(np.count_nonzero(given.apart(array, sent)))

    def _lost(self, precision: Precision) -> Errors:
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
            # The difference overflows only for an absurd array; take float64's largest number.
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


def allowed_loss(trace: Trace, lost: Errors, layer: int, parameter: str | None) -> Array:
    """How far an array may be off and still be called right.

    For arithmetic by hand, this is at most a few units of the last digit.
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
