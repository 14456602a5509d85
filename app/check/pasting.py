"""Pasted text → nested list of numbers, as typed.

Three forms are read: lists in Python's brackets, with ``array(…)`` or ``tensor(…)`` around them or
not; what numpy and PyTorch print; and rows of numbers as spreadsheets copy them, where an empty
line begins the next channel.
"""

import math
import re
from decimal import Decimal
from typing import Any, NoReturn

MAX_DEPTH = 4
"""A kernel weight is [out][in][rows][columns]; nothing is deeper."""
MAX_BRACKETS = 12
"""Open at once, those of `array(` and the like included."""
MAX_NUMBER_LENGTH = 400
"""Characters of one number."""
MAX_LENGTH = 1_000_000
"""Characters; what is longer is better sent as JSON."""

Nested = list[Any]
"""Lists of lists of Decimals, all of one level equally long."""


class Unreadable(ValueError):
    """Text that is no array: which line (from 1), what is wrong there and what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line


# Possessive, so that no text takes more than one look.
_NUMBER = r"[+-]?+(?:\d[\d_]*+\.?+\d*+|\.\d++)(?:[eE][+-]?+\d{1,9}+)?+"
_TOKEN = re.compile(
    rf"""
      (?P<space>   \s+ )
    | (?P<comma>   , )
    | (?P<number>  {_NUMBER} (?![\w.]) )
    | (?P<wrapper> [A-Za-z_][\w.]*+ \( )  # array(  np.array(  torch.tensor(  np.float64(
    | (?P<option>  [A-Za-z_]\w*+ =         # dtype=torch.float64  device='cpu'  grad_fn=<…>
                   (?: <[^>\n]{{0,200}}> | '[^'\n]{{0,200}}' | [\w.]++ ) )
    | (?P<open>    [\[(] )
    | (?P<close>   [\])] )
    | (?P<other>   [^\s,\[\]()]++ )
    """,
    re.VERBOSE,
)
_ASSIGNMENT = re.compile(r"\s*(?:>>> )?[A-Za-z_]\w* ?= ?(?=[\[(A-Za-z])")
_POWER = re.compile(r" ?[×*] ?10(?:([⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?:\^|\*\*)([+-]?\d+))")
_SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_ELLIPSIS = re.compile(r"\.\.\.|…")


def parse(text: str) -> Nested:
    """Text → nested list of Decimals, regular and not empty.

    Raises:
        Unreadable: naming the line and the cure.
    """
    if len(text) > MAX_LENGTH:
        raise Unreadable(
            1, f"this is {len(text):,} characters long, and at most {MAX_LENGTH:,} can be pasted."
        )
    text = text.replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", " ")
    # As this tool writes large and small numbers: 1.235×10⁶.
    text = _POWER.sub(lambda power: f"e{(power[1] or power[2]).translate(_SUPERSCRIPTS)}", text)
    left_out = _ELLIPSIS.search(text)
    if left_out:
        _refuse(
            text,
            left_out.start(),
            "numbers are left out here (…). Print them all first: with "
            "np.set_printoptions(threshold=np.inf), or torch.set_printoptions(profile='full').",
        )
    if not text.strip():
        raise Unreadable(1, "there is nothing here. Paste a list, a printed array or rows.")
    return _brackets(text) if re.search(r"[\[(]", text) else _rows(text)


# --- lists in brackets --------------------------------------------------------------------------


def _brackets(text: str) -> Nested:
    root: Nested = []
    # Open brackets: the list that each fills, and what closes it. What a wrapper such as `array(`
    # holds goes into the list around it.
    stack: list[tuple[Nested, str]] = [(root, "")]
    depth, last = 0, ""
    assignment = _ASSIGNMENT.match(text)
    for token in _TOKEN.finditer(text, assignment.end() if assignment else 0):
        at, written, kind = token.start(), token[0], token.lastgroup or ""
        if kind == "space":
            continue
        if kind in ("open", "wrapper"):
            depth += kind == "open"
            if depth > MAX_DEPTH or len(stack) > MAX_BRACKETS:
                _refuse(text, at, f"lists may stand in each other at most {MAX_DEPTH} deep.")
            closing = "]" if written == "[" else ")"
            stack.append(([] if kind == "open" else stack[-1][0], closing))
        elif kind == "close":
            depth -= _close(text, at, written, stack)
        elif kind == "number":
            _put(text, at, stack[-1][0], _decimal(text, at, written))
        elif kind == "comma" and last == "comma":
            _refuse(text, at, "a number is missing between two commas.")
        elif kind == "other":
            cure = "Leave everything out but the numbers and their brackets."
            _refuse(text, at, f"“{written[:20]}” is not a number. {cure}")
        last = kind
    if len(stack) > 1:
        _refuse(text, len(text), f"the array does not end: a “{stack[-1][1]}” is missing.")
    if not root:
        _refuse(text, 0, "there is no number here.")
    # A list that stands alone is the array; several are its rows, as a loop prints them.
    return root[0] if len(root) == 1 and isinstance(root[0], list) else root


def _close(text: str, at: int, written: str, stack: list[tuple[Nested, str]]) -> bool:
    """Close the last bracket; whether it was a list and not a wrapper."""
    held, expected = stack[-1]
    if written != expected:
        wanted = f"“{expected}” is missing before it" if expected else "no bracket is open"
        _refuse(text, at, f"“{written}” closes nothing here: {wanted}.")
    stack.pop()
    outer = stack[-1][0]
    if held is outer:
        return False
    if not held:
        _refuse(text, at, "this list is empty: it needs at least one number.")
    _put(text, at, outer, held)
    return True


def _put(text: str, at: int, into: Nested, item: Any) -> None:
    """Append, refusing what does not have the shape of the items before it."""
    if into:
        first = into[0]
        if isinstance(first, list) != isinstance(item, list):
            _refuse(text, at, "numbers and lists are mixed in one list.")
        if isinstance(first, list) and _shape(first) != _shape(item):
            _refuse(
                text,
                at,
                f"this list holds {_count(item)}, but the first one {_count(first)}. All must be "
                "alike.",
            )
    into.append(item)


# --- rows ---------------------------------------------------------------------------------------


def _rows(text: str) -> Nested:
    blocks: list[Nested] = [[]]
    at = 0
    for line in text.splitlines(keepends=True):
        if not line.strip():
            if blocks[-1]:
                blocks.append([])
        else:
            _put(text, at, blocks[-1], _row(text, at, line))
        at += len(line)
    if not blocks[-1]:
        blocks.pop()
    whole: Nested = []
    for block in blocks:
        _put(text, len(text), whole, block)
    return whole[0] if len(whole) == 1 else whole


def _row(text: str, at: int, line: str) -> Nested:
    separator = next((sign for sign in "\t;," if sign in line), None)
    cells = [cell.strip() for cell in line.split(separator)]
    if separator and not cells[-1]:
        cells.pop()  # a separator at the end of a row
    row: Nested = []
    for cell in cells:
        cell = cell.strip("\"'")
        if not cell:
            _refuse(text, at, "a cell is empty. Write 0 where a 0 is meant.")
        if not re.fullmatch(_NUMBER, cell):
            cure = "Leave headings out, and write decimals with a point."
            _refuse(text, at, f"“{cell[:20]}” is not a number. {cure}")
        row.append(_decimal(text, at, cell))
    return row


# --- helpers ------------------------------------------------------------------------------------


def _decimal(text: str, at: int, written: str) -> Decimal:
    if len(written) > MAX_NUMBER_LENGTH:
        _refuse(text, at, f"this number has more than {MAX_NUMBER_LENGTH} characters.")
    number = Decimal(written)
    if math.isinf(float(number)):
        _refuse(text, at, f"{written[:20]} is too large: numbers end at 1.8×10³⁰⁸.")
    return number


def _shape(part: Any) -> tuple[int, ...]:
    shape: tuple[int, ...] = ()
    while isinstance(part, list):
        shape, part = (*shape, len(part)), part[0]
    return shape


def _count(part: Nested) -> str:
    shape = _shape(part)
    if len(shape) == 1:
        return "1 number" if shape == (1,) else f"{shape[0]} numbers"
    return " × ".join(map(str, shape))


def _refuse(text: str, at: int, message: str) -> NoReturn:
    raise Unreadable(text.count("\n", 0, at) + 1, message)
