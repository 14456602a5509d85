"""Whether an array with mistakes is the given one, within its digits and rounding errors."""

import numpy as np
import numpy.typing as npt

from app.engine.mistakes.batches import AnyPass
from app.engine.mistakes.digits import Given
from app.engine.mistakes.wrong_magnitudes import right_magnitude, wrong_magnitude
from app.engine.network import Trace
from app.engine.types import Array

FEWEST_SHARE = 1e-9
"""The smallest relative error allowed for a wrong number, however exact the arithmetic is: no real
mistake is as small."""
MOST_SHARE = 0.1
"""The largest relative error of a right number that says something about the errors of others."""
FEWEST_PER_TERM = 1e-14
"""The smallest error allowed for a wrong number, relative to its Σ|terms| along the whole way."""
CLOSE = 0.01
"""Of the largest number: arrays that are further apart than this differ by more than rounding."""
SEPARATED = 3.9
"""A mistake that changes a number by this many times the number's uncertainty changes it clearly.
The opposite of a number of one digit, such as −0.1 for 0.1, is 4 times 0.05 away."""
FEWEST_EXACT = 3
"""The fewest wrong numbers, each exactly that of a mistake, that make a smaller change certain."""


class Agreement:
    """Compares arrays with mistakes with a given array and with the right one.

    ``loss``: the rounding errors of the right array, in its shape.
    """

    def __init__(
        self,
        trace: Trace,
        layer: int,
        parameter: str | None,
        true: Array,
        given: Given,
        loss: Array,
    ) -> None:
        self._trace, self._layer, self._parameter = trace, layer, parameter
        self._true, self._given, self._loss = true, given, loss
        with np.errstate(all="ignore"):
            self._kept = loss <= MOST_SHARE * np.abs(true)
            """The cells that do not lose nearly all their digits, as those of saturated
            probabilities do."""
            self._largest = max(float(np.abs(x).max(initial=0.0)) for x in (true, given.array))
        self.share = max(FEWEST_SHARE, self._typical(np.abs(true)))
        """The rounding errors of a wrong array, relative to its numbers."""
        self._shares = np.maximum(self.share, self._of_each_cell())
        self._lost_per_term: float | None = None

    def of(self, array: Array, loss: Array | None = None) -> bool:
        """Whether an array is the given one, and not the right one.

        ``loss``: its rounding errors, if right numbers have changed places with theirs.
        """
        return self._holds(array) and self._within(array, self.lost(array, loss))

    def of_pass(self, wrong: AnyPass, array: Array) -> bool:
        """The same, with rounding errors as large as the terms on the way to the array make them.

        ``array``: that of the pass. Where terms cancel, its numbers are rounding errors.
        """
        return self._within(array, self._lost_on_the_way(wrong))

    def may_be_rounding(self, array: Array) -> bool:
        """Whether rounding errors may be what is left between an array and the given one."""
        if not self._holds(array):
            return False
        largest = max(float(np.abs(each).max(initial=0.0)) for each in (array, self._true))
        return bool((_apart(array, self._given.array) <= CLOSE * largest).all())

    def may_hold(self, at: int, array: Array) -> bool:
        """Whether one example's numbers allow that ``of`` or ``may_be_rounding`` hold of a batch's.

        A batch that is the given one is about as large as it, so its rounding errors are, too.
        """
        if not np.isfinite(array).all():
            return False
        apart = _apart(array, self._given.array[at])
        if (apart <= 2 * CLOSE * self._largest).all():
            return True
        with np.errstate(all="ignore"):
            written = self._given.array, *(each + half for each, half in self._given.readings)
            most = [self._grown(2 * np.abs(each), self._kept) for each in written]
            grown = np.maximum.reduce(most)[at]
            lost = np.nan_to_num(self._shares[at] * np.abs(array) + grown * self._loss[at])
        return self._given.of_example(at).agrees(array, lost)

    def is_certain(self, array: Array) -> bool:
        """Whether the numbers are enough to tell this array, the given one, from the right one."""
        if self._is_clear(array, self.lost(array)):
            return True
        wrong = np.count_nonzero(self._given.apart(self._true, self._loss))
        return self.is_given(array) and int(wrong) >= FEWEST_EXACT

    def is_given(self, array: Array) -> bool:
        """Whether an array equals the given one as far as float64 goes."""
        size = float(np.abs(self._given.array).max(initial=0.0))
        return bool((_apart(array, self._given.array) <= FEWEST_SHARE * size).all())

    def lost(self, array: Array, loss: Array | None = None) -> Array:
        """The rounding errors of a wrong array: as large, relative to it, as the right one's."""
        share = self._shares if loss is None else self.share
        sizes = np.abs(array)
        with np.errstate(all="ignore"):
            kept = self._kept if loss is None else loss <= MOST_SHARE * sizes
            loss = self._loss if loss is None else loss
            lost = np.asarray(share * sizes) + self._grown(sizes, kept) * loss
        return np.nan_to_num(lost, nan=0.0, posinf=0.0)

    def _grown(self, sizes: Array, kept: npt.NDArray[np.bool_]) -> Array:
        """How much larger a wrong array's numbers are than the right ones, at least 1; by cell.

        One that loses nearly all its digits may be as large as it likes: it counts for such alone.
        """
        true = np.abs(self._true)
        own = float(sizes[kept].sum()) / (float(true[self._kept].sum()) or np.inf)
        whole = float(sizes.sum()) / (float(true.sum()) or np.inf)
        return np.asarray(np.where(kept, max(1.0, own), max(1.0, whole)))

    def _holds(self, array: Array) -> bool:
        return array.shape == self._true.shape and bool(np.isfinite(array).all())

    def _within(self, array: Array, lost: Array) -> bool:
        if not self._given.agrees(array, lost):
            return False
        # An array that equals the right one within the digits explains nothing.
        return self._is_clear(array, lost) or (
            self.is_given(array) and not self._given.agrees(self._true, self._loss)
        )

    def _is_clear(self, array: Array, lost: Array) -> bool:
        unsure = SEPARATED * (self._given.half(array, lost) + self._loss)
        return bool((_apart(array, self._true) > unsure).any())

    def _lost_on_the_way(self, wrong: AnyPass) -> Array:
        if self._lost_per_term is None:
            terms = right_magnitude(self._trace, self._layer, self._parameter)
            self._lost_per_term = max(FEWEST_PER_TERM, self._typical(terms))
        with np.errstate(all="ignore"):
            lost = self._lost_per_term * wrong_magnitude(wrong, self._layer, self._parameter)
        return np.nan_to_num(lost, nan=0.0, posinf=0.0)

    def _of_each_cell(self) -> Array:
        """How far each right number is off, relative to it; 0 where that is no small part of it."""
        true = np.abs(self._true)
        known = (self._loss <= CLOSE * true) & (true > 0)
        return np.divide(self._loss, true, out=np.zeros(true.shape), where=known)

    def _typical(self, sizes: Array) -> float:
        """The right array's rounding errors as a share of these sizes.

        Cells that lose nearly all their digits do not count: with their share, any number of
        another cell would agree.
        """
        kept = self._kept
        with np.errstate(all="ignore"):
            share = float(self._loss[kept].sum() / sizes[kept].sum()) if kept.any() else 0.0
        return share if np.isfinite(share) else 0.0


def _apart(one: Array, other: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(np.abs(one - other))
