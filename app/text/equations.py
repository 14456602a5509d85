"""Equations: “=” stands only where the numbers on both sides are equal as they are printed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, reduce
from math import isfinite
from operator import add, mul
from typing import NamedTuple

from app.text.numbers import figure, fixed, read

MAX_DECIMALS = 9
"""More, and nobody would read them."""
MAX_CUT = 5
"""Decimals up to which a number may be cut and still stand in an equation; with more it is exact,
or the equation would hold by chance."""
LARGEST = 1e12
"""From here on no number is written in full."""
CLOSE, EXACT = 5e-5, 1e-12
"""How far from a number, relatively, what is printed of it may be: if it is cut, and if not."""


@dataclass(frozen=True)
class Part:
    """A part of an equation: as it is printed, and what that is worth."""

    text: str
    inside: str
    """The same after a sign, where a negative number stands in brackets."""
    worth: Fraction
    is_sum: bool = False
    is_cut: bool = False
    """Whether words stand for some of it, so that nobody can add up what is printed."""

    def __add__(self, other: "Part") -> "Part":
        return self._joined("+", other, self.worth + other.worth, True)

    def __sub__(self, other: "Part") -> "Part":
        return self._joined("−", other._bracketed(), self.worth - other.worth, True)

    def __mul__(self, other: "Part") -> "Part":
        return self._bracketed()._joined("×", other._bracketed(), self.worth * other.worth, False)

    def __truediv__(self, other: "Part") -> "Part":
        return self._bracketed()._joined("/", other._bracketed(), self.worth / other.worth, False)

    def called(self, words: Callable[[str], str]) -> "Part":
        """The same with words for it: «bias (−1)»."""
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
"""How a number is said in an equation."""


class Equation(NamedTuple):
    """«2 × 0.5 + 3 × (−1)», «=» or «≈», «−2»; and the left side's numbers one by one."""

    left: str
    sign: str
    right: str
    numbers: list[str]
    is_cut: bool

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"


def equation(left: Callable[[Say], Part], right: float, printed: str | None = None) -> Equation:
    """With the fewest digits that make it true as printed; else plain figures and ≈.

    ``printed`` is the right side where it is printed already.

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
    """Their sum; at least one."""
    return reduce(add, parts)


def multiplied(parts: Iterable[Part]) -> Part:
    """Their product; at least one."""
    return reduce(mul, parts)


def product_equation(
    factors: Sequence[float], product: float, printed: str | None = None
) -> Equation:
    """«6 × 1 × (−1) = −6»."""
    return equation(lambda n: multiplied(map(n, factors)), product, printed)


def unseen(text: str, x: float) -> Part:
    """A number that words stand for: «3 more». Nobody sees its digits, so none are cut."""
    # Beyond float64, nobody knows: then the equation is not said to be one.
    worth = read(fixed(x, MAX_DECIMALS)) if isfinite(x) else Fraction(0)
    return Part(text, text, worth, is_cut=True)


class _TooFar(ValueError):
    """So few decimals are not this number any more."""


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
