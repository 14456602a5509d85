"""A number as people type it: ``0,5``, ``1/3``, ``2/3·10⁻³``, ``−2``, ``1e-3``, ``1 234``.

What can be read in two ways is asked back, never guessed. The browser reads its fields alike
(static/js/shared/typed.js); tests/typed.json holds both to the same cases.
"""

import math
import re
import unicodedata
from fractions import Fraction

from app.text.texts import say

MAX_LENGTH = 400
"""Characters of one number."""
_FARTHEST = 2 * MAX_LENGTH
"""Of a power of ten: beyond it, whatever so many digits are multiplied by is 0 or no float64."""
_PLAIN = str.maketrans(
    dict.fromkeys("−–—‐‑‒﹣－", "-")
    | dict.fromkeys("\u00a0\u2009\u202f\t", " ")
    | dict.fromkeys("⁄∕", "/")
    | {"’": "'"}
)
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_POWER = re.compile(
    r"(?:(?P<before>.*?) ?[·⋅×*x] ?|(?P<sign>[+-]?))10"
    r"(?:(?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,6})|(?:\^|\*\*)\(?(?P<written>[+-]?[0-9]{1,6})\)?)"
)
_DECIMAL = re.compile(r"[0-9]+[.,]?[0-9]*|[.,][0-9]+")
_IN_GROUPS = re.compile(
    r"[0-9]{1,3}([ '])[0-9]{3}(?:\1[0-9]{3})*(?:[.,][0-9]+)?"
    r"|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,}"
    r"|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3}){2,}"
)
_TWO_WAYS = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")


class NotANumber(ValueError):
    """A text that is no number: a code of the texts «typed», and what that text names."""

    def __init__(self, code: str, **named: str) -> None:
        super().__init__(say("typed", code, **named))
        self.code, self.named = code, named


def read_number(text: str) -> float:
    """The double nearest to the number that is written.

    >>> read_number("0,5"), read_number("−1/3"), read_number("2/3·10⁻³"), read_number("½")
    (0.5, -0.3333333333333333, 0.0006666666666666666, 0.5)

    Raises:
        NotANumber: it is none, or may be read in two ways, or leaves float64; the reason in words.
    """
    written = text.strip().translate(_PLAIN)
    if len(written) > MAX_LENGTH:
        raise NotANumber("none")
    power = 0
    if raised := _POWER.fullmatch(written):
        power = int((raised["raised"] or raised["written"]).translate(_LOWERED))
        written = f"{raised['sign']}1" if raised["before"] is None else raised["before"]
    sign = -1.0 if written.startswith("-") else 1.0
    written = written.removeprefix("-" if sign < 0 else "+").lstrip(" ")
    if re.fullmatch("[¼-¾⅐-⅞]", written):
        written = unicodedata.normalize("NFKC", written).replace("⁄", "/")
    above, *below = (_plain(part.strip(" ")) for part in written.split("/"))
    if len(below) > 1:
        raise NotANumber("none")
    digits, exponent = above
    if below:
        size = _ratio(digits, below[0][0], exponent - below[0][1] + power)
    else:
        size = float(f"{digits}e{exponent + power}")
    if math.isinf(size):
        raise NotANumber("large")
    return sign * size + 0.0  # no −0


def _plain(part: str) -> tuple[str, int]:
    """Digits with a decimal point if any, and the power of ten behind an e."""
    mantissa, e, power = part.replace("E", "e").partition("e")
    if e and not re.fullmatch("[+-]?[0-9]{1,6}", power):
        raise NotANumber("none")
    if _TWO_WAYS.fullmatch(mantissa):
        first, second = mantissa.replace(",", "."), mantissa.replace(",", "")
        raise NotANumber("two_ways", first=first, second=second)
    if _IN_GROUPS.fullmatch(mantissa):
        *_, last = re.findall("[ ',.]", mantissa)
        # A sign that occurs once, behind the groups, is the decimal one.
        is_decimal = last in ",." and mantissa.count(last) == 1
        whole, rest = mantissa.rsplit(last, 1) if is_decimal else (mantissa, "")
        mantissa = f"{re.sub('[^0-9]', '', whole)}.{rest}"
    elif not _DECIMAL.fullmatch(mantissa):
        raise NotANumber("none")
    return mantissa.replace(",", "."), int(power or 0)


def _ratio(above: str, below: str, power: int) -> float:
    """Above / below · 10^power, rounded once."""
    numerator, denominator = Fraction(above), Fraction(below)
    if not denominator:
        raise NotANumber("zero")
    if not numerator or power < -_FARTHEST:
        return 0.0
    if power > _FARTHEST:
        return math.inf
    try:
        return float(numerator / denominator * Fraction(10) ** power)
    except OverflowError:
        return math.inf
