"""The grids as HTML tables: the numbers are on the page before any script runs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app import wording
from app.figures import figure, short
from app.picture import Grid

WORDS: dict[str, str] = json.loads((Path(__file__).parent / "words.json").read_text("utf-8"))
"""The words that the browser needs too."""


VALUE_ROOM, GRADIENT_ROOM = 5, 6
"""Characters that fit in a cell; as in static/js/cells.js."""


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


@dataclass(frozen=True)
class Plane:
    """One table of cells: a channel, a kernel, or a whole matrix."""

    label: str
    rows: list[list[CellView]]


def planes(grid: Grid) -> list[Plane]:
    """The tables of a grid; flat C order is the order of their cells in the page."""
    cells = list(_cells(grid))
    shape = grid.shape if len(grid.shape) > 1 else (grid.shape[0], 1)
    rows, columns = shape[-2:]
    tables = []
    for first in range(0, len(cells), rows * columns):
        outer = np.unravel_index(first // (rows * columns), shape[:-2]) if shape[:-2] else ()
        several = [
            f"{name} {at}"
            for name, at, size in zip(("channel", "input channel"), outer, shape, strict=False)
            if size > 1
        ]
        tables.append(
            Plane(
                ", ".join([grid.title, *several]),
                [cells[first + r * columns : first + (r + 1) * columns] for r in range(rows)],
            )
        )
    return tables


def _cells(grid: Grid) -> Iterator[CellView]:
    values, gradients = grid.value.reshape(-1), grid.gradient.reshape(-1)
    value_limit, gradient_limit = (float(np.abs(a).max()) or 1.0 for a in (values, gradients))
    for at, (value, gradient) in enumerate(zip(values.tolist(), gradients.tolist(), strict=True)):
        index = tuple(int(i) for i in np.unravel_index(at, grid.shape))
        code = grid.zero[at]
        shown = "0" if code else figure(gradient)
        in_cell = "0" if code else short(gradient, GRADIENT_ROOM)
        name = f"{grid.title}, {wording.place_in(grid.shape, index, grid.parameter)}"
        won = bool(grid.won and grid.won[at])
        said = shown
        if code:
            reason, meaning = wording.ZEROS[code]
            said = WORDS["zero"].format(reason=reason, meaning=meaning)
        label = WORDS["cell"].format(name=name, value=figure(value), gradient=said)
        yield CellView(
            list(index),
            name,
            value,
            gradient + 0.0,
            short(value, VALUE_ROOM),
            in_cell,
            value / value_limit,
            gradient / gradient_limit,
            code or "",
            won,
            WORDS["won"].format(label=label) if won else label,
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


def difference_tables(told: dict[str, Any]) -> list[list[list[Difference]]]:
    """A check's arrays as tables: planes of rows of cells."""
    given, difference, wrong = (np.asarray(told[key]) for key in ("given", "difference", "wrong"))
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
