"""Windows over planes whose padding holds copies of their cells."""

import math
from functools import cached_property
from typing import Any, Literal

import numpy as np

from app.engine.types import Array, Index, Misfit, Pair
from app.engine.windows import Windows

PaddingMode = Literal["zeros", "reflect", "replicate"]
"""What padding holds: zeros, the map mirrored at its edge cells, or the nearest edge cell."""


class CopiedWindows(Windows):
    """Windows that read a cell in its own place, and in each place of the padding that copies it.

    PyTorch's rule: ``reflect`` mirrors the map at its edge cells, which are not repeated, so the
    padding must be smaller than the map; ``replicate`` repeats the edge cells, as far as needed.
    """

    def __init__(self, mode: PaddingMode, plane: Pair, *geometry: Any, **options: Any) -> None:
        super().__init__(plane, *geometry, **options)
        self.mode = mode
        names = ("row", "column" if self.axes == 2 else "position")
        for axis, name in enumerate(names):
            size, most = plane[axis], max(self.padding[axis], self.after[axis])
            if mode == "reflect" and most >= size:
                raise Misfit(
                    "padding",
                    f"The map has {size} {name}{'' if size == 1 else 's'}, and mirrored at its "
                    f"edge it can fill {size - 1} more, but the padding has {most}. Use less "
                    "padding, or the padding mode “replicate” or “zeros”.",
                )

    @cached_property
    def sources(self) -> tuple[Index, Index]:
        """For each row of the frame, and for each column, the row or column it is a copy of."""
        rows, columns = (self._source(axis) for axis in (0, 1))
        return rows, columns

    def _source(self, axis: int) -> Index:
        place = np.arange(self.frame[axis]) - self.padding[axis]
        last = self.plane[axis] - 1
        if self.mode == "replicate":
            return np.clip(place, 0, last)
        place = np.abs(place)
        return np.where(place > last, 2 * last - place, place)

    @cached_property
    def table(self) -> Index:
        """[taps, positions]: the flat index of the cell in the plane; no tap reads zeros."""
        rows, columns = (self.sources[axis][self._places(axis)] for axis in (0, 1))
        return self._flat(rows, columns)

    @property
    def copies(self) -> int:
        rows, columns = (int(np.bincount(source).max()) for source in self.sources)
        return rows * columns

    @property
    def are_full(self) -> bool:
        return True

    def patches(self, x: Array, fill: float = 0.0) -> Array:
        """X […, H, W] → […, taps, positions]; ``fill`` is not needed."""
        rows, columns = self.sources
        return self._slid(self._planes(x)[..., rows[:, None], columns])

    def scatter(self, patches: Array) -> Array:
        """[…, taps, positions] → […, H, W]: each cell gets what arrives at all its places."""
        framed = self._added(patches)
        planes, size = framed.shape[:-2], math.prod(self.plane)
        count = math.prod(planes)
        rows, columns = self.sources
        cells = rows[:, None] * self.plane[1] + columns
        cells = cells + np.arange(0, count * size, size)[:, None, None]
        flat = np.bincount(cells.ravel(), framed.ravel(), count * size)
        return self._lines(flat.astype(np.float64, copy=False).reshape(*planes, *self.plane))

    @cached_property
    def _by_cell(self) -> tuple[Index, Index]:
        """(positions · taps + tap) of all reads, sorted by cell; where those of each cell start."""
        cells = self.table.T.ravel()
        order = cells.argsort(kind="stable")
        return order, np.searchsorted(cells[order], np.arange(math.prod(self.plane) + 1))

    def readers(self, cells: Index) -> tuple[Index, Index, Index]:
        """The reads of some cells (flat) of the plane: (index into ``cells``, positions, taps).

        Sorted by cell, position and tap; a window that reads a cell at several places has several.
        """
        order, starts = self._by_cell
        counts = starts[cells + 1] - starts[cells]
        which = np.repeat(np.arange(len(cells)), counts)
        within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        positions, taps = np.divmod(order[starts[cells][which] + within], self.taps)
        return which, positions, taps
