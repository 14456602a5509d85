"""A pasted block of numbers for a grid: what it holds, and whether the grid has room for it."""

import math
from typing import Any, TypedDict

import numpy as np

from app.check.pasting import Unreadable, read
from app.document.document import Refusal
from app.engine.types import Array, Shape
from app.text.texts import say


class Block(TypedDict):
    """What a text holds."""

    array: list[Any]
    """Nested lists, in the grid's shape where they fit, else as they were pasted."""
    shape: list[int]
    fits: bool
    sentence: str
    """What was found, and where it does not fit, why."""
    how: str
    """What was taken how, where that was a choice: «a comma as the decimal sign»."""


class Pasted(Block):
    """The likeliest way of reading a text, and the others where the person has to choose."""

    others: list[Block]


def read_block(text: str, grid: Shape | None) -> Pasted:
    """The numbers of a text, for a grid of this shape; None: for whatever they are.

    Axes of length 1 may be missing, as rows of a spreadsheet have no channel, and a single row or
    column of as many numbers as the grid has fills it in C order. Where several ways of reading
    the text fit, all of them are given.

    Raises:
        Refusal: the text holds no array; it says which line, and what to do.
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
    kept: list[Block] = []
    for block in blocks:
        if all(block["array"] != each["array"] for each in kept):
            kept.append(block)
    return kept


def _block(found: Array, grid: Shape | None, how: str) -> Block:
    shape = found.shape
    size = say("block.found", shape=_times(shape), n=found.size)
    if grid is None:
        return _as_it_is(found, True, size, how)
    row = len(_squeezed(shape)) <= 1
    if _squeezed(shape) == _squeezed(grid) or (row and found.size == math.prod(grid)):
        in_rows = row and len(_squeezed(grid)) > 1
        sentence = say("block.in_rows", found=size, grid=_times(grid)) if in_rows else size
        return _as_it_is(found.reshape(grid), True, sentence, how)
    more = found.size - math.prod(grid)
    if _squeezed(shape) == _squeezed(grid)[::-1]:
        reason = say("block.turned")
    elif more:
        reason = say("block.too_many" if more > 0 else "block.too_few", n=abs(more))
    else:
        reason = say("block.other_order")
    sentence = say("block.misfit", found=size, grid=_times(grid), reason=reason)
    return _as_it_is(found, False, sentence, how)


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
