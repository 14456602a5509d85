"""Numbers as people write them.

``static/js/shared/figures.js`` formats in the same way; both are tested with
``tests/figures.json``.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from math import isfinite, isnan

MINUS = "\N{MINUS SIGN}"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_ORDINARY = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
# Enough digits to hold any float64 exactly, so that a half is a half before it is rounded up.
_EXACT = Context(prec=800, rounding=ROUND_HALF_UP)


@lru_cache(maxsize=50_000)
def figure(x: float, digits: int = 4) -> str:
    """Write integers below 10⁶ in full, other numbers with ``digits`` significant digits; never −0.

    Sizes of at least 10⁶ or below 10⁻⁴ get a power of ten. A mistaken pass may compute infinities
    and NaN, so these are written too.

    >>> figure(-0.5), figure(12345), figure(9999.6), figure(1234567), figure(2e-17)
    ('−0.5', '12345', '10000', '1.235×10⁶', '2×10⁻¹⁷')
    """
    if x == 0:
        return "0"
    if not isfinite(x):
        return "NaN" if isnan(x) else "∞" if x > 0 else f"{MINUS}∞"
    sign, size = (MINUS if x < 0 else ""), abs(x)
    if size < 1e6 and size == int(size):
        return sign + str(int(size))
    with localcontext(_EXACT):
        mantissa, exponent = f"{Decimal(size):.{digits - 1}e}".split("e")
    power = int(exponent)
    if -4 <= power < 6:
        return sign + _plain(Decimal(f"{mantissa}e{exponent}"))
    return f"{sign}{_trimmed(mantissa)}×10{str(power).translate(_SUPERSCRIPTS)}"


def told_apart(x: float, y: float, digits: int = 4) -> tuple[str, str]:
    """Write two numbers with enough digits to see that they differ, and at least ``digits``.

    >>> told_apart(12346, 12345.6), told_apart(0.333, 1 / 3, 3)
    (('12346', '12345.6'), ('0.333', '0.33333'))
    """
    for shown in range(max(digits, 4), 18):
        both = figure(x, shown), figure(y, shown)
        # Whole numbers are printed in full; the other number must not look less exact beside one.
        # In fractions, because the largest numbers of float64, rounded up, lie beyond it.
        apart, lost = abs(Fraction(x) - Fraction(y)), abs(read(both[1]) - Fraction(y))
        if both[0] != both[1] and lost * 20 <= apart:
            return both
    return figure(x), figure(y)


def short(x: float, room: int) -> str:
    """Write a number as exactly as fits into ``room`` characters.

    If it does not fit, drop the leading zero, then digits, but no part of a power of ten; then
    count thousands. If nothing fits, write an ellipsis.

    >>> short(-0.125, 6), short(-0.7979, 6), short(-0.7979, 5), short(1 / 3, 4), short(1e300, 5)
    ('−0.125', '−.7979', '−.798', '.333', '…')
    >>> short(2040, 3), short(-2040, 3), short(123456, 4)
    ('2k', '−2k', '123k')
    """
    for digits in (4, 3, 2, 1):
        text = figure(x, digits)
        for shown in (text, text.replace("0.", ".", 1) if abs(x) < 1 else text):
            if len(shown) <= room:
                return shown
    for digits in (3, 2, 1) if 1000 <= abs(x) < 999_500 else ():
        counted = f"{figure(x / 1000, digits)}k"
        if len(counted) <= room:
            return counted
    return "…"


def written(x: float) -> str:
    """Write all digits as JavaScript does, but with a true minus.

    >>> written(-0.1), written(1e-7), written(1e16)
    ('−0.1', '1e−7', '10000000000000000')
    """
    sign, digits, exponent = Decimal(repr(float(x))).normalize().as_tuple()
    figures, point = "".join(map(str, digits)), len(digits) + int(exponent)
    if not x:
        return "0"
    if len(figures) <= point <= 21:
        text = figures + "0" * (point - len(figures))
    elif 0 < point <= 21:
        text = f"{figures[:point]}.{figures[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{figures}"
    else:
        mantissa = figures[0] + (f".{figures[1:]}" if figures[1:] else "")
        text = f"{mantissa}e{point - 1:+d}".replace("-", MINUS)
    return MINUS + text if sign else text


@lru_cache(maxsize=20_000)
def fixed(x: float, decimals: int) -> str:
    """Write a number with ``decimals`` decimals, without zeros at the end.

    >>> fixed(-2.25, 1), fixed(2.5, 3)
    ('−2.3', '2.5')
    """
    with localcontext(_EXACT):
        return _signed(Decimal(x).quantize(Decimal(1).scaleb(-decimals)))


@lru_cache(maxsize=20_000)
def read(text: str) -> Fraction:
    """Read the exact number that a printed figure means.

    >>> read("−0.5"), read("1.5×10³")
    (Fraction(-1, 2), Fraction(1500, 1))
    """
    digits, _, power = text.translate(_ORDINARY).partition("×10")
    return Fraction(digits) * Fraction(10) ** int(power or 0)


def factor(x: float) -> str:
    """Write a number inside a sum or product: a negative one in brackets.

    >>> factor(-1)
    '(−1)'
    """
    return f"({figure(x)})" if x < 0 else figure(x)


def column(products: Sequence[float], total: float) -> tuple[list[str], str, bool]:
    """Write products and their total with enough digits that the printed column adds up.

    Returns (products, total, whether it adds up). If no reasonable number of digits is enough,
    these are plain figures, to be shown with ≈.

    >>> column([1.0, -3.0, 1.5], -0.5)
    (['1', '−3', '1.5'], '−0.5', True)
    """
    numbers = [*products, total]
    with localcontext(_EXACT):
        for decimals in range(10):
            unit = Decimal(1).scaleb(-decimals)
            printed = [Decimal(x).quantize(unit) for x in numbers]
            if sum(printed[:-1]) == printed[-1] and all(
                abs(float(shown) - x) <= 5e-5 * abs(x)
                for shown, x in zip(printed, numbers, strict=True)
            ):
                words = [_signed(shown) for shown in printed]
                return words[:-1], words[-1], all(abs(x) < 1e12 for x in numbers)
    words = [figure(x) for x in numbers]
    return words[:-1], words[-1], False


def _signed(number: Decimal) -> str:
    return (MINUS if number < 0 else "") + _plain(abs(number))


def _plain(number: Decimal) -> str:
    return _trimmed(f"{number:f}")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
