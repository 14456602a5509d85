"""The limits of a file, and the error for a file that cannot be opened."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.engine.types import Array

MAX_ARRAYS = 512
MAX_NUMBERS = 2**20
"""The most numbers in all arrays of a file together; LeNet has 61,706 weights."""
MAX_AXES = 8
MAX_NAME = 200


class BadFile(ValueError):
    """A file cannot be opened; the message says why, and the cure."""


class Room:
    """The number of numbers that a file may still hold. It is checked before any allocation."""

    def __init__(self) -> None:
        self._left, self._arrays = MAX_NUMBERS, MAX_ARRAYS

    def take(self, name: str, shape: Sequence[int]) -> int:
        """Reserve the numbers of one more array, and return how many these are.

        Raises:
            BadFile: the array has too many numbers, or an impossible shape.
        """
        if len(shape) > MAX_AXES or any(not 0 <= n <= MAX_NUMBERS for n in shape):
            raise BadFile(f"“{name}” has a shape that no network’s array has.")
        count = math.prod(shape)
        self._left -= count
        self._arrays -= 1
        if self._left < 0:
            raise BadFile(f"Too large: a file may hold at most {MAX_NUMBERS:,} numbers in all.")
        if self._arrays < 0:
            raise BadFile(f"Too many arrays: a file may hold at most {MAX_ARRAYS}.")
        return count


def as_numbers(name: str, array: npt.NDArray[np.generic]) -> Array:
    """The array as float64, contiguous.

    Raises:
        BadFile: it holds an infinity or NaN.
    """
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(array, np.float64).reshape(array.shape)
    if not np.isfinite(numbers).all():
        raise BadFile(f"“{name}” holds infinities or NaN, which no gradient goes through.")
    return numbers + 0.0  # no −0
