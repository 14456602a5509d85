"""The grids as HTML tables: the numbers are on the page before any script runs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.types import Array
from app.stage.picture import Grid
from app.text import sentences
from app.text.numbers import figure, short
from app.text.texts import say

ROOMS = {"both": (5, 6), "one": (4, 4), "none": (4, 4)}
"""Characters of a value and of a gradient that fit in a cell, by the figures it has room for; as in
static/js/stage/cells.js."""
SHADES = 16
"""Of each sign, in which cells without figures come: thousands of styles would take long. The
heatmaps that join them are exact."""
MAX_COLUMN = 8
"""Neurons that stand in one column."""


@dataclass(frozen=True)
class CellView:
    """One cell as the template writes it."""

    at: list[int]
    name: str
    value: float
    gradient: float
    value_text: str
    gradient_text: str
    value_level: float
    gradient_level: float
    zero: str
    won: bool
    label: str

    @property
    def index(self) -> str:
        """As the page names it: «0,1,2»."""
        return ",".join(map(str, self.at))

    @property
    def shades(self) -> str:
        """The classes of its colours where it has no style of its own."""
        return f"v{round(self.value_level * SHADES)} g{round(self.gradient_level * SHADES)}"


@dataclass(frozen=True)
class Plane:
    """One table of cells: a channel, a kernel, or a whole matrix."""

    label: str
    rows: list[list[CellView]]


def planes(grid: Grid, figures: str = "both") -> list[Plane]:
    """The tables of a grid; the flat order of what is drawn is that of their cells in the page."""
    cells = list(_cells(grid, *ROOMS[figures]))
    columns = columns_of(grid)
    size = math.prod(grid.plane.shape[-2:])
    return [
        Plane(
            _label(grid, grid.plane.first + first),
            [cells[at : at + columns] for at in range(first, first + size, columns)],
        )
        for first in range(0, len(cells), size)
    ]


def _label(grid: Grid, first: int) -> str:
    """«Convolution, channel 2»: what a table is, by its first cell."""
    index = np.unravel_index(first, grid.shape)
    outer = ("channel", "input_channel")[: len(grid.shape) - 2]
    if len(grid.plane.shape) == 1 and grid.plane.count > 1:
        outer = ("neuron",)
    names = [
        say("place.axes", name, at=int(at))
        for name, at, size in zip(outer, index, grid.shape, strict=False)
        if size > 1
    ]
    return ", ".join([grid.title, *names])


def columns_of(grid: Grid) -> int:
    """How many cells wide a grid's tables are; many neurons stand in a rectangle."""
    shape = grid.plane.shape
    if len(shape) > 1:
        return shape[-1]
    if shape[0] <= MAX_COLUMN:
        return 1
    root = math.ceil(math.sqrt(shape[0]))
    return next((n for n in range(root, root + root // 2) if shape[0] % n == 0), root)


def _cells(grid: Grid, value_room: int, gradient_room: int) -> Iterator[CellView]:
    values, gradients = grid.value.reshape(-1), grid.gradient.reshape(-1)
    value_limit, gradient_limit = grid.most
    for at in grid.plane.cells:
        value, gradient = float(values[at]), float(gradients[at])
        index = tuple(int(i) for i in np.unravel_index(at, grid.shape))
        code = grid.zero[at]
        shown = "0" if code else figure(gradient)
        in_cell = "0" if code else short(gradient, gradient_room)
        name = sentences.named(grid.title, grid.shape, index, grid.parameter)
        won = bool(grid.won and grid.won[at])
        said = shown
        if code:
            reason, meaning = sentences.zero_words(code)
            said = say("browser.zero", reason=reason, meaning=meaning)
        label = say("browser.cell", name=name, value=figure(value), gradient=said)
        yield CellView(
            list(index),
            name,
            value,
            gradient + 0.0,
            short(value, value_room),
            in_cell,
            value / value_limit,
            gradient / gradient_limit,
            code or "",
            won,
            say("browser.won", label=label) if won else label,
        )


def exact(x: float) -> str:
    """A float64 as the shortest text that reads back as the same number."""
    return str(int(x)) if x == int(x) and abs(x) < 1e15 else repr(float(x))


@dataclass(frozen=True)
class Difference:
    """One number somebody gave, and how far it is from the gradient."""

    given: float
    difference: float
    level: float
    wrong: bool


def difference_tables(
    given: Array, difference: Array, wrong: NDArray[np.bool_]
) -> list[list[list[Difference]]]:
    """Arrays of one shape as tables: planes of rows of cells."""
    shape = given.shape if given.ndim > 1 else (1, given.size)
    scale = float(np.abs(difference).max()) or 1.0
    cells = [
        Difference(float(one), float(apart), float(apart) / scale, bool(off))
        for one, apart, off in zip(given.flat, difference.flat, wrong.flat, strict=True)
    ]
    rows, columns = shape[-2:]
    return [
        [cells[at + r * columns : at + (r + 1) * columns] for r in range(rows)]
        for at in range(0, len(cells), rows * columns)
    ]
