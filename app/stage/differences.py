"""Arrays beside each other, and their difference, as colours on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.check.layouts import Owner, slides_along
from app.engine.types import Array, Shape
from app.text.numbers import figure
from app.text.texts import say

MAX_SIDE = 16
"""Rows and columns of a picture; of a larger map, the part around the worst cell is shown."""
MAX_PLANES = 4
"""Channels or kernels that are shown: those that differ most."""
MAX_WRITTEN = 6
"""Columns of a picture whose cells have room for their numbers."""


class Square(NamedTuple):
    """One cell of a picture."""

    value: float
    level: float
    """−1 to 1: its share of the largest number of all pictures."""
    text: str
    wrong: bool


@dataclass(frozen=True)
class Picture:
    """One of those beside each other."""

    title: str
    rows: list[list[Square]]


@dataclass(frozen=True)
class Comparison:
    """One plane of an array: as it is on both sides, and how far apart they are."""

    name: str
    """Which channel or kernel, and which part of it; empty where there is one."""
    first: list[int]
    """The index of its first cell in the array."""
    is_written: bool
    """Whether the cells have room for numbers."""
    pictures: list[Picture]


def comparisons(
    given: Array, difference: Array, wrong: NDArray[np.bool_], owner: Owner = "cells"
) -> tuple[list[Comparison], str]:
    """The planes that differ most, and a sentence about what is left out."""
    titles = [say("checking.pictures", title) for title in ("yours", "right", "difference")]
    arrays = (given, given - difference, difference)
    marked = (difference != 0) & wrong
    found, left_out = pictured(
        titles, arrays, np.where(marked, np.abs(difference), 0.0), marked, owner=owner
    )
    return found, say("checking.left_out", n=left_out) if left_out else ""


def pictured(
    titles: Sequence[str],
    arrays: Sequence[Array],
    weight: Array,
    marked: NDArray[np.bool_] | None = None,
    most: int = MAX_PLANES,
    scale: float | None = None,
    owner: Owner = "cells",
) -> tuple[list[Comparison], int]:
    """Arrays of one shape beside each other on one scale, and the number of planes left out.

    Planes with the largest ``weight`` are shown; of a large plane, the part around its largest.
    ``scale`` is the number that has the full colour; None: the largest of the arrays. ``marked``
    cells have a mark, except in the second picture, which they are held against.
    """
    sides = weight.shape[-2:] if weight.ndim > 1 else (1, weight.size)
    planes = [array.reshape(-1, *sides) for array in (*arrays, weight)]
    marks = np.zeros(planes[0].shape, bool) if marked is None else marked.reshape(planes[0].shape)
    scale = scale_of(arrays) if scale is None else scale
    worst = planes[-1].max((1, 2))
    order = sorted(np.argsort(-worst, kind="stable")[:most].tolist())
    found = [_plane(titles, planes, marks, k, scale, weight.shape, owner) for k in order]
    return found, len(worst) - len(order)


def scale_of(arrays: Sequence[Array]) -> float:
    """The number that has the full colour."""
    return max(float(np.abs(array).max()) for array in arrays) or 1.0


def _plane(
    titles: Sequence[str],
    planes: list[Array],
    marks: NDArray[np.bool_],
    k: int,
    scale: float,
    shape: Shape,
    owner: Owner,
) -> Comparison:
    sides = planes[-1].shape[-2:]
    worst = np.unravel_index(int(planes[-1][k].argmax()), sides)
    parts = [_part(int(at), side) for at, side in zip(worst, sides, strict=True)]
    rows, columns = parts
    is_written = columns.stop - columns.start <= MAX_WRITTEN
    pictures = [
        Picture(
            title,
            [
                [
                    Square(
                        float(array[k, row, column]),
                        float(array[k, row, column]) / scale,
                        figure(float(array[k, row, column])),
                        bool(marks[k, row, column]) and i != 1,
                    )
                    for column in range(columns.start, columns.stop)
                ]
                for row in range(rows.start, rows.stop)
            ],
        )
        for i, (title, array) in enumerate(zip(titles, planes[:-1], strict=True))
    ]
    before = np.unravel_index(k, shape[:-2]) if len(shape) > 2 else ()
    first = [*map(int, before), rows.start, columns.start][-len(shape) :]
    return Comparison(_name(k, shape, parts, owner), first, is_written, pictures)


def _part(at: int, side: int) -> slice:
    first = max(0, min(at - MAX_SIDE // 2, side - MAX_SIDE))
    return slice(first, min(side, first + MAX_SIDE))


def _name(k: int, shape: Shape, parts: list[slice], owner: Owner) -> str:
    names, axes = [], slides_along(shape, owner)
    if owner == "batch" and axes:
        example, channel = divmod(k, shape[1] if axes == 2 else 1)
        names.append(say("checking.of_example", n=example + 1))
        if axes == 2 and shape[1] > 1:
            names.append(say("checking.channel", at=channel))
    elif owner == "cells" and axes == 2 and shape[0] > 1:
        names.append(say("checking.channel", at=k))
    elif owner == "parameter" and axes == 2:
        out, channel = divmod(k, shape[1])
        names.append(say("checking.kernel", at=out, channel=channel))
    elif owner == "parameter" and axes == 1:  # its input channels are the rows of the picture
        names.append(say("checking.whole_kernel", at=k))
    sides = shape[-2:] if len(shape) > 1 else (1, *shape)
    if any(part.stop - part.start < side for part, side in zip(parts, sides, strict=True)):
        rows, columns = (f"{part.start}–{part.stop - 1}" for part in parts)
        kind = "plane" if axes != 1 else "line" if sides[0] > 1 else "channel"
        names.append(say("checking.part", kind, rows=rows, columns=columns))
    return ", ".join(names)
