"""Arrays as MATLAB, Octave, Julia, R and libtorch print them.

These have rows under a header, slice by slice, some columns at a time, with a common factor before.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Any

from app.check.pasting.arrays import Items, Pasted, dtype_of, pasted
from app.check.pasting.errors import MAX_DEPTH, refuse
from app.check.pasting.numerals import NUMERAL, Comma, numeral

_N = r"[A-Za-z_∂∇][\w.∂∇]*"
LINES: dict[str, re.Pattern[str]] = {
    kind: re.compile(rf"\s*(?:{pattern})\s*")
    for kind, pattern in {
        "slice_behind": rf"(?P<name>{_N})?\(?\[?:, ?:(?P<at>(?:, ?\d+)+)[\])] ?=?",
        "slice_behind_r": r", , (?P<at>\d+(?:, \d+)*)",
        "slice_before": r"\((?P<at>(?:\d+,)+)\.,\.\) ?=?",
        "columns": r"Columns? (?P<first>\d+)(?: (?:through|to|and|thru) \d+)?:?",
        "column_labels": r"(?:\[,\d+\]\s*)+|(?:V\d+\s+)*V\d+",
        "factor": rf"(?P<factor>{NUMERAL}) ?\*",
        "julia": r"(?:\d+(?:[×x]\d+)+|\d+-element) [\w.]+(?:\{(?P<dtype>\w+).*\})?.*:?",
        "libtorch": r"\[ ?(?P<dtype>\w+Type)\{[\d,]*\} ?\]",
        "name": rf"(?P<name>{_N}) ?= ?(?:Tensor)?",
        "type": r"(?P<type>single|double|\d+x\d+ (?:single|double)(?: matrix)?)",
    }.items()
}
"""The lines of such printouts that hold no numbers, by kind."""
UNMISTAKABLE = (
    "slice_behind", "slice_behind_r", "slice_before", "columns", "factor", "julia", "libtorch",
    "column_labels",
)  # fmt: skip
"""The kinds of lines that prove that a text is a printout; one line is enough."""
_ROW_LABEL = re.compile(r"\s*\[(?:\d+,|\d+)\]|\s*\[(?=\d+\] )")
_ROW = re.compile(rf"[\s,]*(?:{NUMERAL}[\s,;]*)+")


def is_printout(text: str) -> bool:
    """Whether one of these programs printed a text."""
    lines = text.split("\n")
    if any(
        LINES[kind].fullmatch(line) for line in lines for kind in UNMISTAKABLE if len(line) < 200
    ):
        return True
    if any(_ROW_LABEL.match(line) and "]" in line and "," not in line.split("]", 1)[1]
           and _ROW.fullmatch(line.split("]", 1)[1]) for line in lines):  # fmt: skip
        return True
    return any(LINES["name"].fullmatch(line) for line in lines) and not re.search(r"[\[({]", text)


@dataclass
class _Array:
    """The part of one array that has been read."""

    name: str = ""
    dtype: str | None = None
    power: int = 0
    behind: bool = False
    """Whether the slices are numbered along the last axes."""
    slices: dict[tuple[int, ...], list[list[Decimal]]] = field(default_factory=dict)
    at: tuple[int, ...] = ()
    row: int | None = None
    """The place of the next row; None begins a new block."""
    line: int = 1


def read_printouts(text: str, comma: Comma) -> list[Pasted]:
    """The arrays of a text."""
    arrays = [_Array()]
    for number, line in enumerate(text.split("\n"), 1):
        kind, match = _kind(line)
        if match is None:
            if line.strip():
                _add_row(arrays[-1], line, number, comma)
            continue
        _HEADERS[kind](arrays, match)
    read = [_whole(each) for each in arrays if each.slices]
    if not read:
        refuse(1, "there is no number here.")
    return read


def _kind(line: str) -> tuple[str, re.Match[str] | None]:
    for kind, pattern in LINES.items() if len(line) < 200 else ():
        if match := pattern.fullmatch(line):
            return kind, match
    return "", None


def _add_row(array: _Array, line: str, number: int, comma: Comma) -> None:
    label = _ROW_LABEL.match(line)
    if label and label[0].rstrip().endswith(",]"):
        line = line[label.end() :]
    elif label:
        line = re.sub(r"^\s*\[\d*,?\]", "", line)
    cells = re.split(r"[\s;]+" if comma == "decimal" else r"[\s,;]+", line.strip().rstrip(";"))
    row = []
    for cell in cells:
        value = numeral(cell, number, comma)
        if value is None:
            refuse(number, f"“{cell[:20]}” is not a number. Leave everything else out.")
        row.append(value)
    block = array.slices.setdefault(array.at, [])
    if not array.slices[array.at] and not block:
        array.line = number
    if array.row is None or array.row >= len(block):
        block.append(row)
        if array.row is not None:
            array.row += 1
    else:  # more columns of the same rows
        block[array.row] += row
        array.row += 1


def _slice(arrays: list[_Array], match: re.Match[str]) -> None:
    groups = match.groupdict()
    at = tuple(int(i) for i in re.findall(r"\d+", groups["at"]))
    behind = "(" not in match[0].split(groups["at"])[0][:1] or ":" in match[0]
    here = arrays[-1]
    name = groups.get("name") or here.name
    if at in here.slices or (here.slices and name != here.name):
        arrays.append(here := _Array(name))
    here.name, here.at, here.row = name, at, None
    here.behind = behind


def _columns(arrays: list[_Array], match: re.Match[str]) -> None:
    arrays[-1].row = 0


def _column_labels(arrays: list[_Array], match: re.Match[str]) -> None:
    # The first header belongs to new rows, the others to more columns of the same rows.
    arrays[-1].row = 0


def _factor(arrays: list[_Array], match: re.Match[str]) -> None:
    factor = numeral(match["factor"], 1)
    assert factor is not None
    arrays[-1].power = factor.adjusted()


def _julia(arrays: list[_Array], match: re.Match[str]) -> None:
    _begin(arrays, "")
    arrays[-1].dtype = dtype_of(match["dtype"] or "")


def _libtorch(arrays: list[_Array], match: re.Match[str]) -> None:
    arrays[-1].dtype = dtype_of(match["dtype"])
    arrays.append(_Array())


def _name(arrays: list[_Array], match: re.Match[str]) -> None:
    _begin(arrays, match["name"])


def _type(arrays: list[_Array], match: re.Match[str]) -> None:
    arrays[-1].dtype = dtype_of(match["type"].split()[-1])


def _begin(arrays: list[_Array], name: str) -> None:
    if arrays[-1].slices:
        arrays.append(_Array())
    arrays[-1].name = name or arrays[-1].name


_HEADERS: dict[str, Callable[[list[_Array], re.Match[str]], None]] = {
    "slice_behind": _slice, "slice_behind_r": _slice, "slice_before": _slice,
    "columns": _columns, "column_labels": _column_labels, "factor": _factor, "julia": _julia,
    "libtorch": _libtorch, "name": _name, "type": _type,
}  # fmt: skip


def _whole(array: _Array) -> Pasted:
    """The array made of its slices; slices numbered behind lie along the last axes."""
    slices = {at: block for at, block in array.slices.items() if at or len(array.slices) == 1}
    axes = {len(at) for at in slices}
    if len(axes) > 1 or max(axes) + 2 > MAX_DEPTH:
        refuse(array.line, "these slices do not make one array.")
    (n,) = axes
    if not n:
        whole: Any = _scaled(next(iter(slices.values())), array.power)
        return pasted(_items(whole, array.line), array.line, array.name, array.dtype)
    sizes = [max(at[axis] for at in slices) for axis in range(n)]
    places = list(product(*(range(1, size + 1) for size in sizes)))
    if missing := [at for at in places if at not in slices]:
        where = ", ".join(map(str, missing[0]))
        refuse(array.line, f"the slice {where} is missing.")
    blocks = {at: _scaled(slices[at], array.power) for at in places}
    if array.behind:
        rows, columns = len(blocks[places[0]]), len(blocks[places[0]][0])
        alike = all(len(b) == rows and {len(r) for r in b} == {columns} for b in blocks.values())
        if not alike:
            refuse(array.line, "these slices are not alike in size.")
        whole = [
            [_along(sizes, (), partial(_cell, blocks, r, c)) for c in range(columns)]
            for r in range(rows)
        ]
    else:
        whole = _along(sizes, (), blocks.__getitem__)
    return pasted(_items(whole, array.line), array.line, array.name, array.dtype)


def _cell(
    blocks: dict[tuple[int, ...], list[list[Decimal]]], row: int, column: int, at: tuple[int, ...]
) -> Decimal:
    return blocks[at][row][column]


def _along(sizes: list[int], at: tuple[int, ...], cell: Callable[[tuple[int, ...]], Any]) -> Any:
    if len(at) == len(sizes):
        return cell(at)
    return [_along(sizes, (*at, i), cell) for i in range(1, sizes[len(at)] + 1)]


def _scaled(block: list[list[Decimal]], power: int) -> list[list[Decimal]]:
    return [[number.scaleb(power) for number in row] for row in block] if power else block


def _items(nested: list[Any], line: int) -> Items:
    items = Items(_items(each, line) if isinstance(each, list) else each for each in nested)
    items.line = line
    return items
