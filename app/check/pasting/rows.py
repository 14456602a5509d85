"""Rows of numbers: copied from spreadsheets, CSV, Markdown tables and printouts of pandas."""

import re
from collections.abc import Sequence

from app.check.pasting.arrays import Items, Nested, Pasted, dtype_of, pasted
from app.check.pasting.errors import refuse
from app.check.pasting.numerals import Comma, numeral

_RULE = re.compile(r"[\s|:+=-]*-{2,}[\s|:+=-]*|\|?(?:\s*:?-+:?\s*\|)+\s*")
"""A rule between the rows of a table."""
_RULED = "―"
_FOOT = re.compile(
    r"\s*(?:\[\d+ rows x \d+ columns\]|(?:Name: .*?, |Length: \d+, )*dtype: (?P<dtype>\w+))\s*"
)
_LABEL = re.compile(r"\s*[A-Za-z_∂∇][\w.∂∇ /\[\]]*\s*[:=]\s*;?")
_ROW_END = re.compile(r"[;,]\s*$")
SEPARATORS = "\t|&;,"
"""The separators of the cells of a row: the first of these that occurs, else spaces."""


def read_rows(text: str, comma: Comma, keep_heading: bool = False) -> list[Pasted]:
    """The arrays of a text; an empty line begins the next channel of an array.

    ``keep_heading``: a first line of numbers is a row, not a heading.
    """
    lines, dtype, labelled = _lines(text)
    separator = _separator([line for _, line in lines], comma)
    arrays, blocks, name = list[Pasted](), list[Nested](), ""
    block: list[tuple[int, list[str]]] = []

    def close_block() -> None:
        if block:
            rows = [(line, cells[1:]) for line, cells in block] if labelled else block
            blocks.append(_block(rows, comma, keep_heading))
            block.clear()

    def close_array() -> None:
        close_block()
        if blocks:
            whole = blocks[0] if len(blocks) == 1 else Items(blocks)
            arrays.append(pasted(whole, getattr(whole, "line", 1), name, dtype))
            blocks.clear()

    for number, line in lines:
        if not line.strip():
            close_block()
        elif label := _LABEL.fullmatch(line):
            close_array()
            name = label[0].strip(" \t:=;")
        else:
            if (start := _LABEL.match(line)) and numeral_after(line[start.end() :], number, comma):
                close_array()
                name, line = start[0].strip(" \t:=;"), line[start.end() :]
            block.append((number, _cells(line, separator)))
    close_array()
    if not arrays:
        refuse(1, "there is no number here.")
    return arrays


def numeral_after(rest: str, line: int, comma: Comma) -> bool:
    """Whether a number follows directly after a label."""
    first = rest.split()
    return bool(first) and numeral(first[0].strip(SEPARATORS), line, comma) is not None


def has_foot(text: str) -> bool:
    """Whether a text ends with pandas' description of the data."""
    return any(_FOOT.fullmatch(line) for line in text.rstrip().split("\n")[-1:])


def _lines(text: str) -> tuple[list[tuple[int, str]], str | None, bool]:
    """The lines with their line numbers, the arithmetic, and whether each begins with a label."""
    lines, dtype, labelled = [], None, False
    for number, line in enumerate(text.split("\n"), 1):
        if foot := _FOOT.fullmatch(line):
            dtype = dtype_of(foot["dtype"] or "") or dtype
            labelled = labelled or foot["dtype"] is not None  # pandas printed a series
        elif _RULE.fullmatch(line) and "|" in line + "|":
            lines.append((number, _RULED if "|" in text else ""))
        else:
            lines.append((number, line))
    return lines, dtype, labelled


def _separator(lines: Sequence[str], comma: Comma) -> str | None:
    for sign in SEPARATORS:
        if sign == "," and comma == "decimal":
            continue
        if any(sign in _ROW_END.sub("", line).strip() for line in lines):
            return sign
    return None


def _cells(line: str, separator: str | None) -> list[str]:
    line = line.strip(" ")
    if separator == "|":
        line = line.strip().removeprefix("|").removesuffix("|")
    elif separator != "\t":
        line = _ROW_END.sub("", line)
    cells = [cell.strip().strip("\"'") for cell in line.split(separator)]
    if separator and len(cells) > 1 and not cells[-1] and separator not in "|":
        cells.pop()  # a separator at the end of a row
    return cells


def _block(block: list[tuple[int, list[str]]], comma: Comma, keep_heading: bool) -> Nested:
    """The numbers of rows of cells, without headings."""
    rows = list(block)
    ruled = next((i for i, (_, cells) in enumerate(rows) if cells == [_RULED]), None)
    if ruled is not None:
        head = [row for row in rows[:ruled] if keep_heading and _all_numbers(row[1], comma)]
        rows = head + [row for row in rows[ruled + 1 :] if row[1] != [_RULED]]
    rows = _without_labels(rows, comma, keep_heading)
    numbers = Items()
    for line, cells in rows:
        row = Items()
        row.line = line
        for cell in cells:
            if not cell:
                refuse(line, "a cell is empty. Write 0 where a 0 is meant.")
            number = numeral(cell, line, comma)
            if number is None:
                refuse(line, f"“{cell[:20]}” is not a number. {_CURE}")
            row.append(number)
        numbers.append(row)
    if numbers:
        numbers.line = numbers[0].line
    return numbers


_CURE = "Leave everything out but the numbers, and write decimals with a point."


def _without_labels(
    rows: list[tuple[int, list[str]]], comma: Comma, keep_heading: bool
) -> list[tuple[int, list[str]]]:
    """The rows without the line of headings and the column of labels."""
    if len(rows) < 2:
        return rows
    first, rest = rows[0][1], [cells for _, cells in rows[1:]]
    widths = {len(cells) for cells in rest}
    if len(widths) == 1 and len(first) + 1 == widths.pop():  # pandas, without an empty corner
        return [(line, cells[1:]) for line, cells in rows[1:]]
    if not first[0] and len(first) > 1 and all(len(cells) == len(first) for cells in rest):
        return [(line, cells[1:]) for line, cells in rows[1:]]
    if not keep_heading and not any(_is_number(cell, comma) for cell in first):
        rows = rows[1:]
    if all(len(cells) > 1 and not _is_number(cells[0], comma) and cells[0] for _, cells in rows):
        rows = [(line, cells[1:]) for line, cells in rows]
    return rows


def _all_numbers(cells: list[str], comma: Comma) -> bool:
    return all(_is_number(cell, comma) for cell in cells)


def _is_number(cell: str, comma: Comma) -> bool:
    try:
        return numeral(cell, 1, comma) is not None
    except ValueError:
        return True  # NaN and the like: no heading
