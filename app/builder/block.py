"""A pasted block of numbers for a grid: what it holds, and whether the grid has room for it."""

import math
from typing import Any, TypedDict

import numpy as np

from app.check.pasting import Unreadable, parse
from app.document.document import Refusal
from app.engine.types import Shape
from app.text.texts import say


class Block(TypedDict):
    """What a text holds."""

    array: list[Any]
    """Nested lists, in the grid's shape where they fit, else as they were pasted."""
    shape: list[int]
    fits: bool
    sentence: str
    """What was found, and where it does not fit, why."""


def read_block(text: str, grid: Shape | None) -> Block:
    """The numbers of a text, for a grid of this shape; None: for whatever they are.

    Axes of length 1 may be missing, as rows of a spreadsheet have no channel, and a single row or
    column of as many numbers as the grid has fills it in C order.

    Raises:
        Refusal: the text holds no array; it says which line, and what to do.
    """
    try:
        found = np.array(parse(text), np.float64) + 0.0  # no −0
    except Unreadable as unreadable:
        raise Refusal([(("text",), str(unreadable))]) from None
    shape = found.shape
    size = say("block.found", shape=_times(shape), n=found.size)
    if grid is None:
        return {"array": found.tolist(), "shape": list(shape), "fits": True, "sentence": size}
    row = len(_squeezed(shape)) <= 1
    fits = _squeezed(shape) == _squeezed(grid) or (row and found.size == math.prod(grid))
    if fits:
        in_rows = row and len(_squeezed(grid)) > 1
        sentence = say("block.in_rows", found=size, grid=_times(grid)) if in_rows else size
        return {
            "array": found.reshape(grid).tolist(),
            "shape": list(grid),
            "fits": True,
            "sentence": sentence,
        }
    more = found.size - math.prod(grid)
    if more:
        reason = say("block.too_many" if more > 0 else "block.too_few", n=abs(more))
    else:
        reason = say("block.other_order")
    if _squeezed(shape) == _squeezed(grid)[::-1]:
        reason = say("block.turned")
    sentence = say("block.misfit", found=size, grid=_times(grid), reason=reason)
    return {"array": found.tolist(), "shape": list(shape), "fits": False, "sentence": sentence}


def _squeezed(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def _times(shape: Shape) -> str:
    return " × ".join(map(str, shape))
