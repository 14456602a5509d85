"""Whether figures stay within float64: the sizes of arrays, and the limit for them."""

import math
from collections.abc import Iterable

import numpy as np

from app.engine.types import Array, Overflow

LIMIT = 1e308
"""The largest bound that is accepted; the rest of float64's range leaves room for rounding."""


def within(sizes: Array | np.float64, what: str) -> Array:
    """Return the bounds unchanged if they are within the limit.

    Raises:
        Overflow: one of them exceeds ``LIMIT``. The error names no layer yet.
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
    """An upper limit of Σ|cell|, apart from rounding; quick to compute, infinite above 1e154.

    Squares that underflow take less than 1e-150 from it.
    """
    total = 0.0
    for each in arrays:
        total += math.sqrt(each.size * float(np.vdot(each, each)))
    return total


def is_finite(array: Array) -> bool:
    """Whether no cell is infinite or NaN."""
    # A sum of squares with an infinity or NaN in it is not finite, so a finite dot product proves
    # that all cells are finite. If the sum itself overflows, check cell by cell.
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())
