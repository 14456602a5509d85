"""One number of a text → Decimal, with its digits: ``−0,5``, ``5/2``, ``½``, ``1.2×10⁻³``."""

import math
import re
import unicodedata
from decimal import Context, Decimal, localcontext
from typing import Literal

from app.check.pasting.errors import MAX_NUMBER_LENGTH, refuse

Comma = Literal["decimal", "thousands", "none"]
"""The meaning of a comma in a number; ``none``: numbers have no commas."""

# The quantifiers are possessive, so that matching never backtracks.
DIGITS = r"(?:\d[\d_]*+\.?+\d*+|\.\d++)"
EXPONENT = r"(?:[eEdD][+-]?+\d{1,9}+|\*\^[+-]?+\d{1,9}+)"
NUMERAL = rf"[+-]?+{DIGITS}{EXPONENT}?+[fFlL]?+(?:/\d++(?:\.\d*+)?+{EXPONENT}?+)?+"
"""A number as programs print it, fractions and C's ``1.5f`` included."""
_PLAIN = re.compile(NUMERAL)
_COMMAS = re.compile(r"[+-]?\d+(?:,\d+)?(?:[eE][+-]?\d{1,9})?")
_GROUPS = re.compile(r"[+-]?\d{1,3}(?:([,.' ])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
_NO_NUMBERS = {"nan", "inf", "infinity", "-inf", "+inf", "-nan", "na", "none", "null", "∞", "-∞"}
_EXACT = Context(prec=40, traps=[])
"""A number beyond its range becomes 0, or infinite and is then refused as too large."""
_MAX_POWER = 10**6


def numeral(text: str, line: int, comma: Comma = "none") -> Decimal | None:
    """The number, or None if the text is no number.

    Raises:
        Unreadable: it is NaN, infinite, a division by 0, too long or ambiguous.
    """
    if len(text) > MAX_NUMBER_LENGTH:
        refuse(line, f"this number has more than {MAX_NUMBER_LENGTH} characters.")
    if text.lower() in _NO_NUMBERS:
        refuse(line, f"“{text}” is not a number. {_WHENCE}")
    if len(text) == 1 and unicodedata.category(text) == "No":
        text = unicodedata.normalize("NFKC", text).replace("\N{FRACTION SLASH}", "/")
    if _PLAIN.fullmatch(text):
        return _decimal(text, line)
    if comma == "decimal" and _COMMAS.fullmatch(text):
        return _decimal(text.replace(",", "."), line)
    if groups := _GROUPS.fullmatch(text):
        sign = groups[1]
        if comma == "decimal" and sign == ".":
            return _decimal(text.replace(".", "").replace(",", "."), line)
        if sign in "' " or (sign == "," and (comma == "thousands" or text.count(",") > 1)):
            return _decimal(text.replace(sign, "").replace(",", "."), line)
    return None


_WHENCE = (
    "A gradient that is not finite has no right value to compare with: look for a division by 0, "
    "or a logarithm of 0, where it comes from."
)


def _decimal(text: str, line: int) -> Decimal:
    plain = text.replace("_", "").rstrip("fFlL")
    above, slash, below = plain.partition("/")
    below, _, power = below.partition("*^")
    number = Decimal(above.replace("*^", "e").replace("d", "e").replace("D", "e"))
    if slash:
        divisor = Decimal(below.replace("d", "e").replace("D", "e"))
        if not divisor:
            refuse(line, f"“{text[:20]}” divides by 0.")
        with localcontext(_EXACT):
            number = number / divisor
            short = number.normalize()
            number = short if len(short.as_tuple().digits) < 30 else number
            number = number.scaleb(max(-_MAX_POWER, min(_MAX_POWER, int(power or 0))))
    if math.isinf(float(number)):
        refuse(line, f"{text[:20]} is too large: numbers end at 1.8×10³⁰⁸.")
    return number
