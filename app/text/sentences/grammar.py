"""Joins words into lists, and marks the sums in a text."""

import re

from app.text.texts import say

_NUMBER = r"\(?−?\d+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴-⁹]+)?\)?"
_SUM = re.compile(rf"({_NUMBER}(?: [×+=≈] {_NUMBER})+[.,;:]?)")


def listed(words: list[str], most: int = 12) -> str:
    """Join words as «2, 3 and 6»."""
    if len(words) > most:
        words = [*words[: most - 1], say("list.more", n=len(words) - most + 1)]
    if len(words) == 1:
        return words[0]
    return say("list.pair", before=", ".join(words[:-1]), last=words[-1])


def unbroken(text: str) -> str:
    """A text whose lines never end beside a «×»: a product stays in one piece."""
    return text.replace(" × ", "\xa0×\xa0")


def sums_apart(text: str) -> list[str]:
    r"""Split a text: every second piece is a sum whose products must not be split over lines.

    >>> sums_apart("The sum: 1 + 2 × (−3) = −5.")
    ['The sum: ', '1 + 2\xa0×\xa0(−3) = −5.', '']
    """
    return [unbroken(part) if i % 2 else part for i, part in enumerate(_SUM.split(text))]
