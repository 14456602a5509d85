"""Where the grids stand on the stage, and how large their cells are at first."""

import math
from dataclasses import dataclass

from app.engine.layers import PerFamily
from app.engine.network import Network
from app.stage.picture import Grid
from app.stage.tables import columns_of

MIN_CELL, SCENE_PADDING = 34, 44
"""Pixels, as in static/css/stage/stage.css: a cell that holds both its figures, and the edges."""
AROUND, INSPECTOR = 49, 312
"""Pixels of the page beside the stage: edges and a scrollbar; the inspector at its narrowest."""
ONE_FIGURE = 26
"""Pixels of a cell that holds one figure."""
MAX_SIDE, MAX_PARAMETER_SIDE = 104, 70
"""Pixels of a grid's longer side, in a network too large to give every cell its figures."""

FEW = 16
"""Cells of a grid that have room for a figure each, however large the network."""
MAX_ACROSS = 8
"""Thumbnails in a row."""


@dataclass(frozen=True)
class Block:
    """Grids that stand together on the stage, and the columns they take in its layout."""

    grids: list[Grid]
    first: int
    last: int
    gap: int
    """Pixels before it: room for the curves that arrive there."""
    parameters: bool


@dataclass(frozen=True)
class Layout:
    """The stage: ``columns`` and ``rows`` in cells, ``gaps`` in pixels."""

    blocks: list[Block]
    columns: float
    rows: int
    gaps: int
    outputs: int
    """Grids in its first row."""
    is_large: bool
    """Whether its grids have cells of their own sizes, and wrap."""

    @property
    def window(self) -> int:
        """Pixels that a window needs for all grids in one row."""
        return round(self.columns * MIN_CELL + self.gaps + SCENE_PADDING) + AROUND

    @property
    def window_beside(self) -> int:
        """The same with the inspector beside the stage."""
        return 0 if self.is_large else self.window + INSPECTOR

    def cell(self, grid: Grid) -> int | None:
        """Pixels of a grid's cells; None where all grids have the same, as large as fits."""
        if not self.is_large:
            return None
        columns = columns_of(grid)
        rows = math.ceil(math.prod(grid.plane.shape[-2:]) / columns)
        most = MAX_PARAMETER_SIDE if grid.parameter else MAX_SIDE
        few = not grid.parameter and math.prod(grid.plane.shape) <= FEW
        least = ONE_FIGURE if few else 4
        return min(MIN_CELL, max(least, most // max(columns, rows)))

    def can_grow(self, grid: Grid) -> bool:
        """Whether there is a larger size for it, with figures."""
        return self.figures(grid) == "none"

    def has_portrait(self, grid: Grid) -> bool:
        """Whether its values are shown beside it, however it is read: of a picture, the picture."""
        return self.is_large and grid.layer == -1 and grid.plane.shape[0] == 1

    def across(self, grid: Grid) -> int:
        """How many of a grid's channels stand side by side as thumbnails."""
        return min(grid.plane.count, MAX_ACROSS)

    def thumb(self, grid: Grid) -> float:
        """Pixels of a thumbnail's cells; there is one cell of room between two thumbnails."""
        return round(MAX_SIDE / (self.across(grid) * (grid.shape[2] + 1) - 1), 3)

    def figures(self, grid: Grid) -> str:
        """How many figures a grid's cells have room for: none, one or both."""
        cell = self.cell(grid) or MIN_CELL
        return "both" if cell >= MIN_CELL else "one" if cell >= ONE_FIGURE else "none"


def lay_out(network: Network, drawn: list[Grid]) -> Layout:
    """Maps in a row, one column each; a layer's parameters below, between what it joins."""
    outputs = [grid for grid in drawn if grid.parameter is None]
    blocks = _blocks(network, drawn, outputs)
    return Layout(
        blocks=blocks,
        columns=sum(map(_width, outputs)),
        rows=_height(drawn, outputs),
        gaps=sum(block.gap for block in blocks),
        outputs=len(outputs),
        is_large=any(grid.plane.count > 1 for grid in drawn),
    )


def _width(grid: Grid) -> float:
    """In cells; a column of neurons is wider than its cells, for its title."""
    beside = grid.ring.left + grid.ring.right if grid.ring else 0
    return max(1.7, columns_of(grid) + beside)


def _height(drawn: list[Grid], outputs: list[Grid]) -> int:
    """In cells: the highest map, and below it the highest parameter."""

    def height(grid: Grid) -> int:
        shape = grid.plane.shape
        rows = shape[-2] if len(shape) > 1 else math.ceil(shape[0] / columns_of(grid))
        rows += grid.ring.top + grid.ring.bottom if grid.ring else 0
        return rows * (shape[0] if len(shape) > 2 else 1)

    parameters = [height(grid) for grid in drawn if grid.parameter]
    return max(map(height, outputs)) + max(parameters, default=0)


def _blocks(network: Network, drawn: list[Grid], outputs: list[Grid]) -> list[Block]:
    columns = {grid.key: i + 1 for i, grid in enumerate(outputs)}
    blocks: list[Block] = []
    for grid in drawn:
        if grid.parameter is None:
            column = columns[grid.key]
            blocks.append(Block([grid], column, column, _gap(network, grid), False))
        elif blocks[-1].parameters:
            blocks[-1].grids.append(grid)
        else:
            column = columns[str(grid.layer)]
            end = column + 1 if column == len(columns) - 1 else column
            blocks.append(Block([grid], column - 1, end, 0, True))
    return blocks


def _gap(network: Network, grid: Grid) -> int:
    if grid.layer == -1:
        return 0
    if grid.layer is None:
        return 20
    return _GAPS[network.layers[grid.layer].family]


_GAPS: PerFamily[int] = {
    "convolution": 60,
    "fully_connected": 84,
    "activation": 26,
    "softmax": 84,
    "max_pool": 40,
    "avg_pool": 40,
    "relabelling": 40,
}
"""Pixels: the more curves arrive, the wider."""
