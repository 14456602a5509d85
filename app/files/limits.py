"""What a file may hold, and how it is said that one holds something else."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.engine.types import Array

MAX_ARRAYS = 512
MAX_NUMBERS = 2**20
"""In all arrays of a file together; LeNet has 61,706 weights."""
MAX_AXES = 8
MAX_NAME = 200


class BadFile(ValueError):
    """A file that cannot be opened: what is wrong with it, and the cure."""


class Room:
    """How many numbers a file has left. Asked before anything is allocated."""

    def __init__(self) -> None:
        self._left, self._arrays = MAX_NUMBERS, MAX_ARRAYS

    def take(self, name: str, shape: Sequence[int]) -> int:
        """The numbers of one more array.

        Raises:
            BadFile: it has too many, or a shape that no array has.
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
