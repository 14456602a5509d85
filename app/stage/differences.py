"""An array that was given, the right one and their difference, as colours on one scale."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.engine.types import Array
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
    """−1 to 1: its share of the largest number of all three pictures."""
    text: str
    wrong: bool


@dataclass(frozen=True)
class Picture:
    """One of the three."""

    title: str
    rows: list[list[Square]]


@dataclass(frozen=True)
class Comparison:
    """One plane of an array: as it was given, as it is right, and how far apart they are."""

    name: str
    """Which channel or kernel, and which part of it; empty where there is one."""
    is_written: bool
    """Whether the cells have room for numbers."""
    pictures: list[Picture]


def comparisons(
    given: Array, difference: Array, wrong: NDArray[np.bool_]
) -> tuple[list[Comparison], str]:
    """The planes that differ most, and a sentence about what is left out."""
    shape = given.shape if given.ndim > 1 else (1, given.size)
    planes = [array.reshape(-1, *shape[-2:]) for array in (given, given - difference, difference)]
    off = planes[2] != 0
    off &= wrong.reshape(off.shape)
    scale = max(float(np.abs(array).max()) for array in planes) or 1.0
    worst = np.where(off, np.abs(planes[2]), 0.0).max((1, 2))
    order = sorted(np.argsort(-worst, kind="stable")[:MAX_PLANES].tolist())
    found = [_plane(planes, off, k, scale, shape) for k in order]
    left_out = len(worst) - len(order)
    return found, say("checking.left_out", n=left_out) if left_out else ""


def _plane(
    planes: list[Array], off: NDArray[np.bool_], k: int, scale: float, shape: tuple[int, ...]
) -> Comparison:
    sides = shape[-2:]
    worst = np.unravel_index(int(np.abs(np.where(off[k], planes[2][k], 0.0)).argmax()), sides)
    parts = [_part(int(at), side) for at, side in zip(worst, sides, strict=True)]
    rows, columns = parts
    is_written = columns.stop - columns.start <= MAX_WRITTEN
    titles = ("yours", "right", "difference")
    pictures = [
        Picture(
            say("checking.pictures", title),
            [
                [
                    Square(
                        float(array[k, row, column]),
                        float(array[k, row, column]) / scale,
                        figure(float(array[k, row, column])),
                        bool(off[k, row, column]) and title != "right",
                    )
                    for column in range(columns.start, columns.stop)
                ]
                for row in range(rows.start, rows.stop)
            ],
        )
        for title, array in zip(titles, planes, strict=True)
    ]
    return Comparison(_name(k, shape, parts), is_written, pictures)


def _part(at: int, side: int) -> slice:
    first = max(0, min(at - MAX_SIDE // 2, side - MAX_SIDE))
    return slice(first, min(side, first + MAX_SIDE))


def _name(k: int, shape: tuple[int, ...], parts: list[slice]) -> str:
    names = []
    if len(shape) == 3 and shape[0] > 1:
        names.append(say("checking.channel", at=k))
    if len(shape) == 4:
        out, channel = divmod(k, shape[1])
        names.append(say("checking.kernel", at=out, channel=channel))
    if any(part.stop - part.start < side for part, side in zip(parts, shape[-2:], strict=True)):
        rows, columns = (f"{part.start}–{part.stop - 1}" for part in parts)
        names.append(say("checking.part", rows=rows, columns=columns))
    return ", ".join(names)
