"""Equations: writes “=” only if both sides are equal as they are printed, and else “≈”."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, reduce
from math import isfinite
from operator import add, mul
from typing import NamedTuple

from app.text.numbers import figure, fixed, read

MAX_DECIMALS = 9
"""The most decimals that an equation prints."""
MAX_CUT = 5
"""The most decimals at which a number may be rounded in an equation. With more decimals it must be
exact, or the equation would be true by chance."""
LARGEST = 1e12
"""Numbers of this size and more are not written in full."""
CLOSE, EXACT = 5e-5, 1e-12
"""The largest relative difference between a number and its printed form: rounded, and exact."""


@dataclass(frozen=True)
class Part:
    """A part of an equation: its printed text, and the exact value of that text."""

    text: str
    inside: str
    """Its text after a sign: a negative number in brackets."""
    worth: Fraction
    is_sum: bool = False
    is_cut: bool = False
    """Whether words replace some of its terms, so that the printed numbers do not add up."""

    def __add__(self, other: "Part") -> "Part":
        return self._joined("+", other, self.worth + other.worth, True)

    def __sub__(self, other: "Part") -> "Part":
        return self._joined("−", other._bracketed(), self.worth - other.worth, True)

    def __mul__(self, other: "Part") -> "Part":
        return self._bracketed()._joined("×", other._bracketed(), self.worth * other.worth, False)

    def __truediv__(self, other: "Part") -> "Part":
        return self._bracketed()._joined("/", other._bracketed(), self.worth / other.worth, False)

    def called(self, words: Callable[[str], str]) -> "Part":
        """The same part with a name: «bias (−1)»."""
        text = words(self.inside)
        return Part(text, text, self.worth, self.is_sum, self.is_cut)

    def _joined(self, sign: str, other: "Part", worth: Fraction, is_sum: bool) -> "Part":
        ends = f" {sign} {other.inside}"
        cut = self.is_cut or other.is_cut
        return Part(self.text + ends, self.inside + ends, worth, is_sum, cut)

    def _bracketed(self) -> "Part":
        if not self.is_sum:
            return self
        text = f"({self.text})"
        return Part(text, text, self.worth, is_cut=self.is_cut)


Say = Callable[[float], Part]
"""Writes a number as a part of an equation."""


class Equation(NamedTuple):
    """An equation such as «2 × 0.5 + 3 × (−1)», «=», «−2»; ``numbers`` are those on the left."""

    left: str
    sign: str
    right: str
    numbers: list[str]
    is_cut: bool

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"


def equation(left: Callable[[Say], Part], right: float, printed: str | None = None) -> Equation:
    """Write an equation with the fewest digits that make it true; if there are none, use ≈.

    ``printed`` is the text of the right side, if it is printed already.

    >>> str(equation(lambda n: n(2) * n(0.5) + n(3) * n(-1), -2))
    '2 × 0.5 + 3 × (−1) = −2'
    >>> str(equation(lambda n: n(2.5) * n(10.65), 26.625))
    '2.5 × 10.65 = 26.625'
    >>> str(equation(lambda n: n(1) / n(3), 1 / 3))
    '1 / 3 ≈ 0.3333'
    """
    plain = _written(left, right, printed, figure)
    if plain.sign == "=" or plain.is_cut:
        return plain
    for decimals in range(MAX_DECIMALS + 1):
        try:
            may_cut = decimals <= MAX_CUT or printed is not None
            equation = _written(left, right, printed, partial(_close, decimals, may_cut))
        except _TooFar:
            continue
        if equation.sign == "=":
            return equation
    return plain


def added(parts: Iterable[Part]) -> Part:
    """The sum of at least one part."""
    return reduce(add, parts)


def multiplied(parts: Iterable[Part]) -> Part:
    """The product of at least one part."""
    return reduce(mul, parts)


def product_equation(
    factors: Sequence[float], product: float, printed: str | None = None
) -> Equation:
    """The equation of a product: «6 × 1 × (−1) = −6»."""
    return equation(lambda n: multiplied(map(n, factors)), product, printed)


def unseen(text: str, x: float) -> Part:
    """Words in place of a number: «3 more». Its digits are not printed, so it is exact."""
    # A value beyond float64 is unknown, so the equation gets ≈.
    worth = read(fixed(x, MAX_DECIMALS)) if isfinite(x) else Fraction(0)
    return Part(text, text, worth, is_cut=True)


class _TooFar(ValueError):
    """With so few decimals the text is too far from the number."""


def _close(decimals: int, may_cut: bool, x: float) -> str:
    if abs(x) >= LARGEST:
        raise _TooFar
    text = fixed(x, decimals)
    if abs(float(read(text)) - x) > (CLOSE if may_cut else EXACT) * abs(x):
        raise _TooFar
    return text


def _written(
    left: Callable[[Say], Part], right: float, printed: str | None, write: Callable[[float], str]
) -> Equation:
    numbers: list[str] = []

    def say(x: float) -> Part:
        text = write(x)
        numbers.append(text)
        return Part(text, f"({text})" if x < 0 else text, read(text))

    part = left(say)
    result = printed or write(right)
    sign = "=" if part.worth == read(result) else "≈"
    return Equation(part.text, sign, result, numbers, part.is_cut)
