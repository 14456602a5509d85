"""Reads a pasted block of numbers, and checks whether it fits a grid."""

import math
from typing import Any, TypedDict

import numpy as np

from app.check.pasting import Unreadable, read
from app.document.document import Refusal
from app.engine.types import Array, Shape
from app.text.texts import say


class Block(TypedDict):
    """The numbers of a pasted text."""

    array: list[Any]
    """Nested lists, in the grid's shape if they fit, else in the pasted shape."""
    shape: list[int]
    fits: bool
    sentence: str
    """The shape of the numbers and, if they do not fit, the reason."""
    how: str
    """How an ambiguous text was read, as in «a comma as the decimal sign»; else empty."""


class Pasted(Block):
    """The most likely reading of a text, and the other readings that the person can choose."""

    others: list[Block]


def read_block(text: str, grid: Shape | None) -> Pasted:
    """The numbers of a text for a grid of this shape; None accepts any shape.

    Axes of length 1 may be missing: rows of a spreadsheet have no channel. A single row or column
    with as many numbers as the grid fills it in C order. If several readings of the text fit, the
    answer has all of them.

    Raises:
        Refusal: the text holds no array; the message names the line and the cure.
    """
    try:
        readings = read(text)
    except Unreadable as unreadable:
        raise Refusal([(("text",), str(unreadable))]) from None
    blocks = [
        _block(np.array(each.nested, np.float64) + 0.0, grid, reading.how)  # no −0
        for reading in readings
        for each in reading.arrays
    ]
    fitting = [block for block in blocks if block["fits"]]
    first, *others = _distinct(fitting or blocks[:1])
    return {**first, "others": others}


def _distinct(blocks: list[Block]) -> list[Block]:
    distinct: list[Block] = []
    for block in blocks:
        if all(block["array"] != each["array"] for each in distinct):
            distinct.append(block)
    return distinct


def _block(numbers: Array, grid: Shape | None, how: str) -> Block:
    shape = numbers.shape
    size = say("block.found", shape=_times(shape), n=numbers.size)
    if grid is None:
        return _as_it_is(numbers, True, size, how)
    row = len(_squeezed(shape)) <= 1
    if _squeezed(shape) == _squeezed(grid) or (row and numbers.size == math.prod(grid)):
        in_rows = row and len(_squeezed(grid)) > 1
        sentence = say("block.in_rows", found=size, grid=_times(grid)) if in_rows else size
        return _as_it_is(numbers.reshape(grid), True, sentence, how)
    more = numbers.size - math.prod(grid)
    if _squeezed(shape) == _squeezed(grid)[::-1]:
        reason = say("block.turned")
    elif more:
        reason = say("block.too_many" if more > 0 else "block.too_few", n=abs(more))
    else:
        reason = say("block.other_order")
    sentence = say("block.misfit", found=size, grid=_times(grid), reason=reason)
    return _as_it_is(numbers, False, sentence, how)


def _as_it_is(array: Array, fits: bool, sentence: str, how: str) -> Block:
    return {
        "array": array.tolist(),
        "shape": list(array.shape),
        "fits": fits,
        "sentence": sentence,
        "how": how,
    }


def _squeezed(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def _times(shape: Shape) -> str:
    return " × ".join(map(str, shape))
