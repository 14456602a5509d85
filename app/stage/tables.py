"""The grids as HTML tables, so that the numbers are on the page before any script runs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.types import Array
from app.stage.channels import in_maps
from app.stage.picture import Grid
from app.text import sentences
from app.text.numbers import figure, short
from app.text.texts import say

VALUE_ROOM, GRADIENT_ROOM = 5, 6
"""The most characters of a value and of a gradient in a cell."""


@dataclass(frozen=True)
class CellView:
    """One cell, as the template needs it."""

    at: list[int]
    name: str
    value: float
    gradient: float
    value_text: str
    gradient_text: str
    zero: str
    won: bool
    label: str

    @property
    def index(self) -> str:
        """The cell's index as the page writes it: «0,1,2»."""
        return ",".join(map(str, self.at))


@dataclass(frozen=True)
class Plane:
    """One table of cells: a channel, a kernel, or a whole matrix."""

    label: str
    rows: list[list[CellView]]


def planes(grid: Grid, hidden: bool = False) -> list[Plane]:
    """The tables of a grid; their cells on the page are in the flat order of the drawn part.

    ``hidden``: the labels do not say the gradients before the reader has guessed.
    """
    cells = list(_cells(grid, hidden))
    columns = grid.columns
    size = math.prod(grid.plane.shape[-2:])
    return [
        Plane(
            _label(grid, grid.plane.first + first),
            [cells[at : at + columns] for at in range(first, first + size, columns)],
        )
        for first in range(0, len(cells), size)
    ]


def _label(grid: Grid, first: int) -> str:
    """The label of a table by its first cell: «Convolution, channel 2»."""
    index = np.unravel_index(first, grid.shape)
    before = len(in_maps(grid.shape, grid.parameter is not None)) - 2
    outer = ("channel", "input_channel")[: max(0, before)]
    if len(grid.plane.shape) == 1 and grid.plane.count > 1:
        outer = ("neuron",)
    names = [
        say("place.axes", name, at=int(at))
        for name, at, size in zip(outer, index, grid.shape, strict=False)
        if size > 1
    ]
    return ", ".join([grid.title, *names])


def _cells(grid: Grid, hidden: bool) -> Iterator[CellView]:
    values, gradients = grid.value.reshape(-1), grid.gradient.reshape(-1)
    for at in grid.plane.cells:
        value, gradient = float(values[at]), float(gradients[at])
        index = tuple(int(i) for i in np.unravel_index(at, grid.shape))
        code = grid.zero[at]
        shown = "0" if code else figure(gradient)
        in_cell = "0" if code else short(gradient, GRADIENT_ROOM)
        name = sentences.named(grid.title, grid.shape, index, grid.parameter)
        won = bool(grid.won and grid.won[at])
        gradient_label = shown
        if code:
            reason, meaning = sentences.zero_words(code)
            gradient_label = say("browser.zero", reason=reason, meaning=meaning)
        if hidden:
            gradient_label = say("question.hidden")
        label = say("browser.cell", name=name, value=figure(value), gradient=gradient_label)
        yield CellView(
            list(index),
            name,
            value,
            gradient + 0.0,
            short(value, VALUE_ROOM),
            in_cell,
            code or "",
            won,
            say("browser.won", label=label) if won and not hidden else label,
        )


def exact(x: float) -> str:
    """A float64 as the shortest text that reads back as the same number."""
    return str(int(x)) if x == int(x) and abs(x) < 1e15 else repr(float(x))


@dataclass(frozen=True)
class Difference:
    """One given number, and its distance from the gradient."""

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
