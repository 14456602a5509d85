"""How exactly numbers were given: 0.333 says no more than that it is between 0.3325 and 0.3335.

A written array is rounded in one of two ways. As numpy and PyTorch print it, every number has the
same decimals; as people and this tool write it, every number has the same significant digits. An
array agrees with another if it does so under one of the two. A whole number is not exact because
it is whole: beside 56790, 12350 has four digits.

The digits also say in which arithmetic the numbers may have been computed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from app.engine.mistakes.precision import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    Precision,
    first_digit,
    to_decimals,
    to_significant,
)
from app.engine.types import Array

FEWEST_SIGNIFICANT = 3
"""With fewer significant digits, nothing is said about numbers of another size: beside 0.5, the
7 is exact."""
MOST_BY_HAND = 7
"""Significant digits with which people calculate by hand."""
_DIGITS_PRINTED = {FLOAT32: 9, FLOAT16: 5, BFLOAT16: 4}
"""Significant digits that tell any two numbers of an arithmetic apart; none prints more."""


@dataclass(frozen=True)
class Given:
    """An array as it was given, and how far each number may be from what it stands for."""

    array: Array
    readings: tuple[tuple[Array, Array], ...]
    """(numbers, half a unit of each one's last digit), for each way of rounding."""
    precisions: tuple[Precision, ...]
    """The arithmetics that may have computed it, the most exact one first."""
    significant: int = 17
    """The most significant digits of any number."""

    def held_in(self, precision: Precision) -> "Given":
        """The same, read as a printout of this arithmetic too.

        That has the fewest digits that tell a number from its neighbours, so it stands for the
        number of the arithmetic that is closest, exactly.
        """
        if precision.by_hand or precision == FLOAT64:
            return self
        held = precision.rounded(self.array), np.zeros(self.array.shape)
        return replace(self, readings=(*self.readings, held))

    def apart(self, other: Array, loss: Array | float = 0.0) -> npt.NDArray[np.bool_]:
        """Where another array of this shape differs, under the reading that explains most.

        ``loss`` is how far each number of the other may be off before it was written down.
        """
        return min(self._apart(other, loss), key=np.count_nonzero)

    def agrees(self, other: Array, loss: Array | float = 0.0) -> bool:
        """Whether another array is this one within its digits."""
        return not self.apart(other, loss).any()

    def first_agreeing(self, others: Array, loss: Array | float = 0.0) -> int | None:
        """Which of these arrays of this shape is the first that agrees."""
        axes = tuple(range(1, others.ndim))
        agree = [~apart.any(axes) for apart in self._apart(others, loss)]
        which = np.flatnonzero(np.logical_or.reduce(agree))
        return int(which[0]) if len(which) else None

    def half(self, other: Array, loss: Array | float = 0.0) -> Array:
        """How far the numbers are from what they stand for, under the reading that explains most.

        Half a unit of their last digits, unless they stand for other numbers.
        """
        apart = self._apart(other, loss)
        best = min(range(len(apart)), key=lambda k: np.count_nonzero(apart[k]))
        array, half = self.readings[best]
        return half + np.abs(array - self.array)

    def _apart(self, other: Array, loss: Array | float) -> list[npt.NDArray[np.bool_]]:
        with np.errstate(all="ignore"):
            # The digits are decimal and the comparison is not: two roundings of slack.
            close = 4 * FLOAT64.unit * np.abs(other) + loss
            return [~(np.abs(array - other) <= half + close) for array, half in self.readings]


def given(
    numbers: Iterable[Decimal | float], shape: tuple[int, ...], dtype: str | None = None
) -> Given:
    """The numbers of an array in C order.

    A Decimal has the digits it was typed with, zeros at the end included; of a float, which has
    forgotten those, the shortest number that reads back as the same. ``dtype`` is the arithmetic
    that the numbers were printed with, where it was.
    """
    written = [each if isinstance(each, Decimal) else _shortest(float(each)) for each in numbers]
    array = np.array([float(each) for each in written]).reshape(shape) + 0.0  # no −0
    decimals = significant = 0
    for number in written:
        _, digits, exponent = number.as_tuple()
        assert isinstance(exponent, int)  # no NaN, no infinity
        decimals = max(decimals, -exponent)
        significant = max(significant, _significant(digits, exponent))
    several = significant >= FEWEST_SIGNIFICANT
    # With one or two digits, whole numbers are taken at their word: a 0 beside a 7 is no 0.4.
    halves = [np.full(shape, 0.5 * 10.0**-decimals if decimals or several else 0.0)]
    if several:
        unit = np.where(array == 0, 0.0, 10.0 ** (first_digit(array) - significant + 1))
        halves.append(0.5 * unit)
    readings = tuple((array, half) for half in halves)
    precisions = _precisions(written, readings, significant, decimals, dtype)
    return Given(array, readings, precisions, significant)


def _precisions(
    written: Sequence[Decimal],
    readings: Sequence[tuple[Array, Array]],
    significant: int,
    decimals: int,
    dtype: str | None,
) -> tuple[Precision, ...]:
    possible = [FLOAT64]
    if dtype in ("float32", "float16", "bfloat16") or _held(FLOAT32, readings, significant):
        possible.append(FLOAT32)
    if max(significant, decimals) >= FEWEST_SIGNIFICANT and significant <= MOST_BY_HAND:
        possible += [to_decimals(decimals), to_significant(significant)]
    if dtype == "float16" or (
        dtype is None
        and significant >= FEWEST_SIGNIFICANT
        and (_held(FLOAT16, readings, significant) or _is_printed_float16(written, significant))
    ):
        possible.append(FLOAT16)
    # Its three digits tell nothing: whatever is as short may be any arithmetic's.
    if dtype == "bfloat16" or (
        dtype is None
        and significant > _DIGITS_PRINTED[BFLOAT16]
        and _held(BFLOAT16, readings, significant)
    ):
        possible.append(BFLOAT16)
    return tuple(possible)


def _held(precision: Precision, readings: Sequence[tuple[Array, Array]], significant: int) -> bool:
    """Whether every number, within its digits, is one of this arithmetic."""
    if precision == FLOAT32 and significant <= _DIGITS_PRINTED[FLOAT32]:
        return True
    return any(
        bool(
            (np.abs(precision.rounded(array) - array) <= half * 1.001 + 1e-15 * np.abs(array)).all()
        )
        for array, half in readings
    )


def _is_printed_float16(written: Sequence[Decimal], significant: int) -> bool:
    """Whether each number has the fewest digits that tell it from its neighbours in float16."""
    with np.errstate(over="ignore"):
        return significant <= _DIGITS_PRINTED[FLOAT16] and all(
            abs(number) < 65504 and Decimal(str(np.float16(number))) == number for number in written
        )


def _significant(digits: tuple[int, ...], exponent: int) -> int:
    """How many digits are meant: of a whole number, not the zeros at its end."""
    if exponent < 0:
        return len(digits)
    return len("".join(map(str, digits)).rstrip("0"))


def _shortest(value: float) -> Decimal:
    """As it is usually printed: 7 for 7.0, and with no more digits than it takes."""
    return Decimal(repr(value)).normalize()
