"""How exactly numbers were given: 0.333 says no more than that it is between 0.3325 and 0.3335.

A written array is rounded in one of two ways. As numpy and PyTorch print it, every number has the
same decimals; as people and this tool write it, every number has the same significant digits. An
array agrees with another if it does so under one of the two.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from app.engine.types import Array

FEWEST_SIGNIFICANT = 3
"""With fewer significant digits, nothing is said about numbers of another size: beside 0.5, the
7 is exact."""
SINGLE = 1e-6
"""What float32 may lose on the way, relative; taken where every number fits into one."""
DOUBLE = 1e-9
"""What float64 may lose on the way, relative."""
CANCELLED = 0.01
"""The share of that which may be lost of what cancels."""
SINGLE_DIGITS = 9
"""A float32 printed in full has at most so many digits."""


@dataclass(frozen=True)
class Given:
    """An array as it was given, and how far each number may be from what it stands for."""

    array: Array
    halves: tuple[Array, ...]
    """Half a unit of each number's last digit, for each way of rounding."""
    slack: float
    """What the arithmetic behind the numbers may have lost besides, relative."""

    def apart(self, other: Array, added: Array | float = 0.0) -> npt.NDArray[np.bool_]:
        """Where another array of this shape differs, under the rounding that explains most.

        ``added`` is how much its cells are sums of, by size: of what cancels, less is certain.
        """
        return min(self._apart(other, added), key=np.count_nonzero)

    def agrees(self, other: Array, added: Array | float = 0.0) -> bool:
        """Whether another array is this one within its digits."""
        return not self.apart(other, added).any()

    def first_agreeing(self, others: Array, added: Array | float = 0.0) -> int | None:
        """Which of these arrays of this shape is the first that agrees."""
        axes = tuple(range(1, others.ndim))
        agree = [~apart.any(axes) for apart in self._apart(others, added)]
        found = np.flatnonzero(np.logical_or.reduce(agree))
        return int(found[0]) if len(found) else None

    def _apart(self, other: Array, added: Array | float) -> list[npt.NDArray[np.bool_]]:
        with np.errstate(all="ignore"):
            slack = self.slack * (np.abs(other) + CANCELLED * added)
            return [~(np.abs(self.array - other) <= half + slack) for half in self.halves]


def given(numbers: Iterable[Decimal | float], shape: tuple[int, ...]) -> Given:
    """The numbers of an array in C order.

    A Decimal has the digits it was typed with, zeros at the end included; of a float, which has
    forgotten those, the shortest number that reads back as the same.
    """
    values = []
    decimals = significant = 0
    for number in numbers:
        values.append(float(number))
        written = number if isinstance(number, Decimal) else _shortest(values[-1])
        _, digits, exponent = written.as_tuple()
        assert isinstance(exponent, int)  # no NaN, no infinity
        decimals = max(decimals, -exponent)
        if exponent:  # of a whole number, nothing tells which zeros at its end are meant
            significant = max(significant, len(digits))
    array = np.array(values).reshape(shape) + 0.0  # no −0
    # Whole numbers alone are taken at their word: a 0 beside them is no 0.4.
    halves = [np.full(shape, 0.5 * 10.0**-decimals if decimals else 0.0)]
    if significant >= FEWEST_SIGNIFICANT:
        first = np.floor(np.log10(np.abs(array), out=np.zeros(shape), where=array != 0) + 1e-12)
        unit = np.where(array == 0, 0.0, 10.0 ** (first - significant + 1))
        halves.append(0.5 * unit)
    with np.errstate(all="ignore"):
        single = significant <= SINGLE_DIGITS or bool((array == array.astype(np.float32)).all())
    return Given(array, tuple(halves), SINGLE if single else DOUBLE)


def _shortest(value: float) -> Decimal:
    """As it is usually printed: 7 for 7.0, and with no more digits than it takes."""
    if value.is_integer():
        return Decimal(int(value))
    return Decimal(repr(value))
