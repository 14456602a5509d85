"""The arithmetics in which a gradient may have been computed, each given by its rounding."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.engine.types import Array

Name = Literal["float64", "float32", "bfloat16", "float16", "decimals", "significant"]

SPREAD = 6.0
"""The largest rounding error that is allowed, in root mean squares."""


@dataclass(frozen=True)
class Precision:
    """An arithmetic, given by the size of its rounding errors."""

    name: Name
    unit: float
    """The largest rounding error, relative to the number."""
    smallest: float
    """The largest rounding error of a number close to 0, absolute."""
    digits: int
    """The binary digits of a number; the decimal digits for arithmetic by hand."""
    largest: float = math.inf
    """The largest number that it holds."""

    @property
    def by_hand(self) -> bool:
        """Whether only figures that are written down are rounded, not every product and sum."""
        return self.name in ("decimals", "significant")

    def rounded(self, x: Array) -> Array:
        """The numbers as this arithmetic holds them."""
        with np.errstate(all="ignore"):
            match self.name:
                case "float64":
                    return x
                case "float32":
                    return x.astype(np.float32).astype(np.float64)
                case "float16":
                    return x.astype(np.float16).astype(np.float64)
                case "bfloat16":
                    bits = x.astype(np.float32).view(np.uint32)
                    even = ((bits >> 16) & 1) + 0x7FFF
                    rounded = (bits + even.astype(np.uint32)) & np.uint32(0xFFFF0000)
                    return rounded.view(np.float32).astype(np.float64)
                case "decimals":
                    return np.asarray(np.round(x, self.digits), np.float64)
                case "significant":
                    last = 10.0 ** (first_digit(x) - self.digits + 1)
                    return np.asarray(np.where(x == 0, 0.0, np.round(x / last) * last))


FLOAT64 = Precision("float64", 2.0**-53, 0.0, 53, float(np.finfo(np.float64).max))
FLOAT32 = Precision("float32", 2.0**-24, 2.0**-150, 24, float(np.finfo(np.float32).max))
BFLOAT16 = Precision("bfloat16", 2.0**-8, 2.0**-134, 8, (2 - 2.0**-7) * 2.0**127)
FLOAT16 = Precision("float16", 2.0**-11, 2.0**-25, 11, float(np.finfo(np.float16).max))


def to_decimals(n: int) -> Precision:
    """Arithmetic by hand with n decimals."""
    return Precision("decimals", 0.0, 0.5 * 10.0**-n, n)


def to_significant(n: int) -> Precision:
    """Arithmetic by hand with n significant digits."""
    return Precision("significant", 0.5 * 10.0 ** (1 - n), 0.0, n)


def first_digit(x: Array) -> Array:
    """The power of ten of each number's first significant digit; 0 for 0."""
    size = np.abs(x)
    powers: Array = np.floor(np.log10(size, out=np.zeros(x.shape), where=size > 0) + 1e-12)
    return powers
