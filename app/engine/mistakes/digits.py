"""How exact written numbers are: 0.333 stands for any number between 0.3325 and 0.3335.

A written array is rounded in one of two ways. numpy and PyTorch print all numbers with the same
number of decimals; people and this tool write all numbers with the same number of significant
digits. An array agrees with another if it agrees under one of the two. A whole number is not always
exact: beside 56790, 12350 has four significant digits.

The digits also tell in which arithmetic the numbers may have been computed.
"""

import math
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
"""With fewer significant digits, the digits of one number say nothing about numbers of another
size: in 0.5 and 7, the 7 is exact."""
MOST_BY_HAND = 7
"""The most significant digits with which people calculate by hand."""
_DIGITS_PRINTED = {FLOAT32: 9, FLOAT16: 5, BFLOAT16: 4}
"""The significant digits that distinguish any two numbers of an arithmetic, and the most that a
printout of it has."""


_MOST_DIGITS = 17
"""The most significant digits that it takes to tell a float from all others."""
_ROUNDING = 1e-9
"""More than a logarithm is off."""


@dataclass(frozen=True)
class Given:
    """A given array, and how far each number may be from the number that it stands for."""

    array: Array
    readings: tuple[tuple[Array, Array], ...]
    """(numbers, half a unit of each one's last digit), for each way of rounding."""
    precisions: tuple[Precision, ...]
    """The arithmetics in which it may have been computed, the most exact first."""
    significant: int = 17
    """The number of significant digits of the number that has the most."""

    def held_in(self, precision: Precision) -> "Given":
        """The same array, read as a printout of this arithmetic too.

        A printout has only the digits that distinguish a number from its neighbours, so each
        printed number stands for the closest number of the arithmetic, exactly.
        """
        if precision.by_hand or precision == FLOAT64:
            return self
        held = precision.rounded(self.array), np.zeros(self.array.shape)
        return replace(self, readings=(*self.readings, held))

    def of_example(self, at: int) -> "Given":
        """The part of a batch's array that belongs to one example."""
        readings = tuple((array[at], half[at]) for array, half in self.readings)
        return replace(self, array=self.array[at], readings=readings)

    def apart(self, other: Array, loss: Array | float = 0.0) -> npt.NDArray[np.bool_]:
        """The cells where another array differs, under the reading with the fewest differences.

        ``loss`` is how far each number of the other array may be off before it was written down.
        """
        return min(self._apart(other, loss), key=np.count_nonzero)

    def agrees(self, other: Array, loss: Array | float = 0.0) -> bool:
        """Whether another array equals this one within its digits."""
        return not self.apart(other, loss).any()

    def first_agreeing(self, others: Array, loss: Array | float = 0.0) -> int | None:
        """The index of the first of these arrays that agrees; None if none agrees."""
        axes = tuple(range(1, others.ndim))
        agree = [~apart.any(axes) for apart in self._apart(others, loss)]
        which = np.flatnonzero(np.logical_or.reduce(agree))
        return int(which[0]) if len(which) else None

    def half(self, other: Array, loss: Array | float = 0.0) -> Array:
        """How far each number may be off, under the reading with the fewest differences.

        This is half a unit of its last digit, and its distance from the number it stands for.
        """
        apart = self._apart(other, loss)
        best = min(range(len(apart)), key=lambda k: np.count_nonzero(apart[k]))
        array, half = self.readings[best]
        return half + np.abs(array - self.array)

    def _apart(self, other: Array, loss: Array | float) -> list[npt.NDArray[np.bool_]]:
        with np.errstate(all="ignore"):
            # Decimal digits become binary here, so allow two more roundings.
            close = 4 * FLOAT64.unit * np.abs(other) + loss
            return [~(np.abs(array - other) <= half + close) for array, half in self.readings]


def given(
    numbers: Iterable[Decimal | float], shape: tuple[int, ...], dtype: str | None = None
) -> Given:
    """Make an array from its numbers in C order.

    A Decimal keeps the digits that were typed, zeros at the end included. A float stands for the
    shortest number that reads back as the same float. ``dtype`` is the arithmetic that a printout
    names, if it names one.
    """
    written = list(numbers)
    array = np.array(written, np.float64).reshape(shape) + 0.0  # no −0
    typed = [_of_decimal(number) for number in written if isinstance(number, Decimal)]
    floats = array if not typed else np.array([x for x in written if not isinstance(x, Decimal)])
    read = [*typed, _of_floats(floats)]
    significant, decimals = (max(each) for each in zip(*read, strict=True))
    several = significant >= FEWEST_SIGNIFICANT
    # Whole numbers of one or two digits are exact: a 0 beside a 7 does not stand for 0.4.
    halves = [np.full(shape, 0.5 * 10.0**-decimals if decimals or several else 0.0)]
    if several:
        unit = np.where(array == 0, 0.0, 10.0 ** (first_digit(array) - significant + 1))
        halves.append(0.5 * unit)
    readings = tuple((array, half) for half in halves)
    precisions = _precisions(written, readings, significant, decimals, dtype)
    return Given(array, readings, precisions, significant)


def _precisions(
    written: Sequence[Decimal | float],
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
    # Three digits say nothing about bfloat16: any arithmetic may give numbers as short.
    if dtype == "bfloat16" or (
        dtype is None
        and significant > _DIGITS_PRINTED[BFLOAT16]
        and _held(BFLOAT16, readings, significant)
    ):
        possible.append(BFLOAT16)
    return tuple(possible)


def _held(precision: Precision, readings: Sequence[tuple[Array, Array]], significant: int) -> bool:
    """Whether every number is, within its digits, a number of this arithmetic."""
    if precision == FLOAT32 and significant <= _DIGITS_PRINTED[FLOAT32]:
        return True
    return any(
        bool(
            (np.abs(precision.rounded(array) - array) <= half * 1.001 + 1e-15 * np.abs(array)).all()
        )
        for array, half in readings
    )


def _is_printed_float16(written: Sequence[Decimal | float], significant: int) -> bool:
    """Whether each number has only the digits that distinguish it from its float16 neighbours."""
    with np.errstate(over="ignore"):
        return significant <= _DIGITS_PRINTED[FLOAT16] and all(
            abs(float(each)) < 65504 and Decimal(str(np.float16(each))) == Decimal(str(each))
            for each in written
        )


def _of_decimal(number: Decimal) -> tuple[int, int]:
    """The significant digits and the decimals of a number as it was typed."""
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)  # neither NaN nor infinity
    if exponent < 0:
        return len(digits), -exponent
    # The zeros at the end of a whole number do not count.
    return len("".join(map(str, digits)).rstrip("0")), 0


def _of_floats(array: Array) -> tuple[int, int]:
    """The most significant digits of floats, and the most decimals.

    Of each counts the shortest number that reads back as the same float; 7 for 7.0.
    """
    significant = decimals = 0
    for size in np.unique(np.abs(array[array != 0])).tolist():
        first = math.floor(math.log10(size) - _ROUNDING)
        if significant == _MOST_DIGITS and decimals >= _MOST_DIGITS - 1 - first:
            break  # all that follow are larger, and have no more decimals
        text, _, power = repr(size).partition("e")
        whole, _, fraction = text.partition(".")
        fraction = fraction.rstrip("0")
        significant = max(significant, len((whole + fraction).strip("0")))
        decimals = max(decimals, len(fraction) - int(power or 0))
    return significant, decimals
