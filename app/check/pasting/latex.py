r"""Matrices in LaTeX: ``&`` between numbers, ``\\`` between rows."""

import re

from app.check.pasting.arrays import Items, Pasted, pasted
from app.check.pasting.errors import refuse
from app.check.pasting.numerals import Comma, numeral

_BODY = re.compile(
    r"\\begin\{(\w*(?:matrix|array)\*?)\}(?:\[\w+\])?(?:\{[^}\n]*\})?(.*?)\\end\{\1\}", re.S
)
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
_DECORATION = re.compile(r"\\(?:left|right|displaystyle|hline|,|;|!|quad|mathbf|phantom\{[^}]*\})")
_NAME = re.compile(r"([A-Za-z]\w*)\s*=[^=]*$")


def is_latex(text: str) -> bool:
    """Whether a text has a LaTeX matrix in it."""
    return "\\begin{" in text


def read_latex(text: str, comma: Comma) -> list[Pasted]:
    """The matrices of a text."""
    arrays = []
    for body in _BODY.finditer(text):
        line = text.count("\n", 0, body.start()) + 1
        inner = _FRACTION.sub(r"\1/\2", _DECORATION.sub(" ", body[2]))
        rows = Items()
        rows.line = line
        for row in re.split(r"\\\\(?:\[[^\]]*\])?", inner):
            if row.strip():
                cells = Items(_cell(cell, line, comma) for cell in row.split("&"))
                cells.line = line
                rows.append(cells)
        name = _NAME.search(text, 0, body.start())
        arrays.append(pasted(rows, line, name[1] if name else ""))
    if not arrays:
        refuse(1, "the matrix does not end: an \\end{…} is missing.")
    return arrays


def _cell(cell: str, line: int, comma: Comma) -> object:
    written = re.sub(r"[\s{}$]", "", cell)
    if not written:
        refuse(line, "a cell is empty. Write 0 where a 0 is meant.")
    number = numeral(written, line, comma)
    if number is None:
        refuse(line, f"“{written[:20]}” is not a number.")
    return number
