"""A small drawing of a network: a box for each array that flows through it."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from app.engine.types import Shape

HEIGHT = 64
GAP = 14
LEAST, MOST = 8, 48
"""Sides of the smallest and the largest box, in the drawing's units."""
MAX_SHEETS = 4
"""Channels of a map that are drawn, one behind the other."""
_SHIFT = 4


class Box(NamedTuple):
    """A rectangle; ``layer`` is the array it stands for, 0 for the input."""

    x: float
    y: float
    width: float
    height: float
    layer: int


class Sketch(NamedTuple):
    """Boxes from left to right; later ones lie in front."""

    width: float
    height: float
    boxes: list[Box]


def sketch(shapes: Sequence[Shape]) -> Sketch:
    """The drawing of arrays of these shapes, in the order of the layers."""
    boxes, x = list[Box](), 0.0
    for layer, shape in enumerate(shapes):
        sheets = min(shape[0], MAX_SHEETS) if len(shape) == 3 else 1
        width, height = _side(shape[-1]), _side(shape[-2] if len(shape) == 3 else shape[0])
        if len(shape) == 1:
            width = LEAST
        top = (HEIGHT - height - _SHIFT * (sheets - 1)) / 2
        for back in reversed(range(sheets)):
            at = _SHIFT * (sheets - 1 - back)
            boxes.append(Box(x + _SHIFT * back, top + at, width, height, layer))
        x += width + _SHIFT * (sheets - 1) + GAP
    return Sketch(x - GAP, HEIGHT, boxes)


def _side(cells: int) -> float:
    """Of a box, for so many cells: twice as many are as much longer each time."""
    return min(MOST, LEAST + 8 * math.log2(cells + 1) - 4)
