"""Pasted text → arrays of numbers, as typed.

Each family of notations has a file: brackets, rows, printouts under headers, LaTeX. ``read`` gives
every reading of a text: a comma may separate numbers or be a decimal sign, and a line above a table
may be its heading or its first row. The caller knows the right shape; if several readings have it,
the person chooses.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial

from app.check.pasting.arrays import Nested, Pasted, Reading
from app.check.pasting.brackets import read_brackets
from app.check.pasting.cleaning import clean
from app.check.pasting.errors import MAX_LENGTH, MAX_LINES, MAX_NUMBERS, Unreadable, refuse
from app.check.pasting.latex import is_latex, read_latex
from app.check.pasting.numerals import Comma
from app.check.pasting.printouts import is_printout, read_printouts
from app.check.pasting.rows import has_foot, read_rows

__all__ = ["MAX_LENGTH", "Nested", "Pasted", "Reading", "Unreadable", "meant", "parse", "read"]

_NUMBER_START = re.compile(r"(?<![\w.])[\d.]")
_COMMA = re.compile(r"\d,\d")
_BRACKET = re.compile(r"[\[({]\s*[\[({<+.\d\w-]|[\[({]\s*[\])}]")
_POINT = re.compile(r"\d\.\d|\d\.(?!\w)|(?<!\w)\.\d")
_COMMA_IN_CELL = re.compile(
    r"(?:^|[\s;|&\[({])[+-]?\d+,\d+(?:[eE][+-]?\d+)?(?=$|[\s;|&\])}])", re.M
)
_DECIMAL_LAST = re.compile(r"\d\.\d{3},\d")
_SINGLE_COMMA_THOUSANDS = re.compile(r"\d,\d{3}(?!\d)")


def parse(text: str) -> Nested:
    """The first array of the likeliest reading of a text: nested lists of Decimals, not empty.

    Raises:
        Unreadable: with the line and the cure.
    """
    return read(text)[0].arrays[0].nested


def read(text: str) -> list[Reading]:
    """Every reading of a text, the likelier first.

    Raises:
        Unreadable: there is none; with the line and the cure.
    """
    if len(text) > MAX_LENGTH:
        refuse(
            1, f"this is {len(text):,} characters long, and at most {MAX_LENGTH:,} can be pasted."
        )
    if text.count("\n") > MAX_LINES or len(_NUMBER_START.findall(text)) > MAX_NUMBERS:
        most = f"at most {MAX_NUMBERS:,} numbers in {MAX_LINES:,} lines can be pasted."
        refuse(1, f"{most} Send more as a file: .npy, .npz or CSV.")
    text = clean(text)
    readings: list[Reading] = []
    first: Unreadable | None = None
    for how, work in _ways(text):
        try:
            arrays = tuple(work())
        except Unreadable as unreadable:
            first = first or unreadable
            continue
        if all(_outlines(arrays) != _outlines(each.arrays) for each in readings):
            readings.append(Reading(arrays, how))
    if not readings:
        assert first is not None
        raise first
    return readings


def meant(readings: list[Reading], how: str) -> list[Reading]:
    """Of several ways of reading a text, the one that somebody has chosen; all if none."""
    return [each for each in readings if how and each.how == how] or readings


def _outlines(arrays: tuple[Pasted, ...]) -> list[object]:
    return [(each.name, each.nested) for each in arrays]


def _ways(text: str) -> Sequence[tuple[str, Callable[[], list[Pasted]]]]:
    family: Callable[[str, Comma], list[Pasted]]
    if is_latex(text):
        family = read_latex
    elif is_printout(text):
        family = read_printouts
    elif _BRACKET.search(text) and not has_foot(text):
        family = read_brackets
    else:
        family = read_rows
    ways = [(how, partial(family, text, comma)) for how, comma in _commas(text, family)]
    if family is read_rows:
        ways.append(("the first line as numbers", partial(read_rows, text, "none", True)))
    return ways


_DECIMAL = "a comma as the decimal sign"
_BETWEEN = "a comma between two numbers"
_THOUSANDS = "a comma between thousands"


def _commas(text: str, family: object) -> list[tuple[str, Comma]]:
    """The possible meanings of commas, the likelier first."""
    if not _COMMA.search(text):
        return [("", "none")]
    inside = bool(_COMMA_IN_CELL.search(text))
    points = bool(_POINT.search(text))
    ways: list[tuple[str, Comma]] = []
    separated = family is read_latex or (family is read_rows and bool(re.search(r"[\t;|]", text)))
    if separated:  # something else separates the numbers
        if not points or _DECIMAL_LAST.search(text):
            ways.append((_DECIMAL, "decimal"))
        if _SINGLE_COMMA_THOUSANDS.search(text):
            ways.append((_THOUSANDS, "thousands"))
        return [*ways, ("", "none")]
    ways.append((_BETWEEN if inside and not points else "", "none"))
    if inside and not points:
        ways.append((_DECIMAL, "decimal"))
    return ways
