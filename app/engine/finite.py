"""Whether figures stay within float64: sizes of arrays, and the limit they are held to."""

import math
from collections.abc import Iterable

import numpy as np

from app.engine.types import Array, Overflow

LIMIT = 1e308
"""The largest bound that is admitted; the rest of float64's range is left to rounding."""


def within(sizes: Array | np.float64, what: str) -> Array:
    """The bounds themselves.

    Raises:
        Overflow: one of them exceeds ``LIMIT``; of no layer yet.
    """
    if not np.max(sizes) <= LIMIT:
        raise Overflow(None, what)
    return np.asarray(sizes)


def product(a: Array, b: Array) -> Array:
    """A @ b with each product rounded and added in order, the same on every processor."""
    a, b = np.ascontiguousarray(a.T), np.ascontiguousarray(b)
    total = np.zeros((a.shape[1], b.shape[1]))
    products = np.empty_like(total)
    for k in range(len(b)):
        total += np.multiply(a[k, :, None], b[k], out=products)
    return total


def size(arrays: Iterable[Array]) -> float:
    """No less than the sum of the sizes of all cells, rounding aside; quick, infinite above 1e154.

    What is lost where squares underflow is below 1e-150.
    """
    total = 0.0
    for each in arrays:
        total += math.sqrt(each.size * float(np.vdot(each, each)))
    return total


def is_finite(array: Array) -> bool:
    """Whether no cell is infinite or NaN."""
    # Infinities and NaN survive a sum of squares, so one dot product clears an array; one that
    # overflows by itself is looked at cell by cell.
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())
