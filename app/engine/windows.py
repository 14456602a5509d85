"""The geometry of sliding windows, which convolution and pooling share.

Sizes follow PyTorch: ``out = floor((size + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1``,
and with ``ceil_mode`` the last window may reach beyond the padding, if it starts inside the input
or the padding before it. Then a window may be larger than its input, if the stride bridges the
rest.
"""

import math
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from app.engine.types import Array, Index, Misfit, Pair, Shape


def _output_size(
    size: int,
    kernel: int,
    stride: int,
    padding: int,
    after: int,
    dilation: int,
    ceil_mode: bool,
) -> int:
    reach = size + padding + after - dilation * (kernel - 1) - 1
    out = (reach + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (out - 1) * stride >= size + padding:
        out -= 1
    return out


SMALL = 2000
"""With fewer cells, one numpy call over all taps is faster than one call for each tap."""


def windows_of(*geometry: Any, **options: Any) -> "Windows":
    """The windows of one geometry; layers with equal geometry share them and their tables."""
    key = (geometry, *options.items())
    windows = _alive.get(key)
    if windows is None:
        _alive[key] = windows = Windows(*geometry, **options)
    return windows


class Windows:
    """The positions of a window that slides over planes of one size.

    A *tap* is a place in the window, a *position* a place of the window on the plane; both are
    numbered in row-major order. ``taps`` and ``positions`` are their numbers, ``out`` the (rows,
    columns) of positions. ``padding`` is the (rows, columns) above and on the left; ``after`` the
    same below and on the right, by default equal to ``padding``. Windows that slide along one axis
    have planes of one row; the arrays that they take and give are without this row.
    """

    def __init__(
        self,
        plane: Pair,
        kernel: Pair,
        stride: Pair,
        padding: Pair,
        dilation: Pair = (1, 1),
        ceil_mode: bool = False,
        kernel_field: str = "kernel",
        after: Pair | None = None,
        axes: int = 2,
    ) -> None:
        self.plane, self.kernel, self.stride = plane, kernel, stride
        self.axes = axes
        self.padding, self.dilation = padding, dilation
        self.after = after = padding if after is None else after
        out_rows, out_columns = (
            _output_size(
                plane[a], kernel[a], stride[a], padding[a], after[a], dilation[a], ceil_mode
            )
            for a in (0, 1)
        )
        self.out = (out_rows, out_columns)
        self.span = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
        if min(self.out) < 1:
            padded = [n + p + q for n, p, q in zip(plane, padding, after, strict=True)]
            covers, has = (
                " × ".join(map(str, sides[-axes:])) for sides in (self.span, tuple(padded))
            )
            raise Misfit(
                kernel_field,
                f"The window covers {covers} cells, but its input has only {has}, padding "
                "included. Use a smaller window or a larger input.",
            )
        self.taps = kernel[0] * kernel[1]
        self.positions = out_rows * out_columns
        # The plane with its padding, extended where ceil_mode lets a window reach beyond it.
        self.frame = tuple(
            max(n + p, (out - 1) * s + span)
            for n, p, out, s, span in zip(plane, padding, self.out, stride, self.span, strict=True)
        )

    @property
    def shape(self) -> Shape:
        """The shape of a channel of outputs: (rows, columns), or (positions) along one axis."""
        return self.out[-self.axes :]

    def _planes(self, x: Array) -> Array:
        """[…, H, W] from an array as layers have it."""
        return x if self.axes == 2 else x[..., None, :]

    def _lines(self, planes: Array) -> Array:
        """[…, H, W] → an array as layers have it."""
        return planes if self.axes == 2 else planes[..., 0, :]

    def _places(self, axis: int) -> Index:
        """[kernel, out] along one axis: the row (or column) in the frame that each tap reads."""
        tap = np.arange(0, self.kernel[axis] * self.dilation[axis], self.dilation[axis])
        return tap[:, None] + np.arange(0, self.out[axis] * self.stride[axis], self.stride[axis])

    @cached_property
    def framed(self) -> Index:
        """[taps, positions]: the flat index in the frame (the padded plane)."""
        rows, columns = self._places(0), self._places(1)
        flat = rows[:, None, :, None] * self.frame[1] + columns[:, None, :]
        return flat.reshape(self.taps, self.positions)

    @cached_property
    def table(self) -> Index:
        """[taps, positions]: the flat index in the unpadded plane, −1 on padding."""
        if self.frame == self.plane:
            return self.framed
        axes = []
        for axis in (0, 1):
            place = self._places(axis) - self.padding[axis]
            axes.append(np.where((place >= 0) & (place < self.plane[axis]), place, -1))
        return self._flat(*axes)

    def _flat(self, rows: Index, columns: Index) -> Index:
        """[kernel, out] along each axis, −1 where nothing is read → [taps, positions]."""
        rows, columns = rows[:, None, :, None], columns[:, None, :]
        flat = np.where((rows < 0) | (columns < 0), -1, rows * self.plane[1] + columns)
        return flat.reshape(self.taps, self.positions)

    @cached_property
    def real(self) -> Array:
        """[taps, positions]: 1 where a tap reads a cell, 0 where it falls on padding."""
        return (self.table >= 0).astype(np.float64)

    @property
    def copies(self) -> int:
        """The most places of the frame that hold one cell: 1, except where padding copies cells."""
        return 1

    @property
    def are_full(self) -> bool:
        """Whether every tap of every window reads a cell."""
        return self.frame == self.plane

    @cached_property
    def every_position(self) -> Index:
        """[positions]: 0, 1, 2 and so on."""
        return np.arange(self.positions)

    @cached_property
    def overlap(self) -> bool:
        """Whether two windows may read the same cell."""
        return any(step < span for step, span in zip(self.stride, self.span, strict=True))

    @property
    def most_readers(self) -> int:
        """No less than the number of windows that read any one cell."""
        return self.taps

    def all_hold_a_cell(self) -> bool:
        """Whether every window reads a cell of the plane. A dilated window can miss them all."""
        for axis in (0, 1):
            if not self.padding[axis]:
                continue
            size, dilation = self.plane[axis], self.dilation[axis]
            start = np.arange(self.out[axis]) * self.stride[axis] - self.padding[axis]
            tap = np.maximum(0, -(start // dilation))  # the first tap not before the plane
            if ((tap >= self.kernel[axis]) | (start + tap * dilation >= size)).any():
                return False
        return True

    def patches(self, x: Array, fill: float = 0.0) -> Array:
        """X […, H, W] → […, taps, positions], ``fill`` on padding (im2col: one copy)."""
        x = self._planes(x)
        planes = x.shape[:-2]
        if x.shape[-2:] != self.frame:
            (top, left), (height, width) = self.padding, self.plane
            framed = np.full((*planes, *self.frame), fill)
            framed[..., top : top + height, left : left + width] = x
            x = framed
        return self._slid(x)

    def _slid(self, framed: Array) -> Array:
        """[…, rows and columns of the frame] → […, taps, positions]."""
        x, planes = np.ascontiguousarray(framed), framed.shape[:-2]
        row, column = x.strides[-2:]
        view: Array = np.ndarray(
            (*planes, *self.kernel, *self.out),
            np.float64,
            x,
            0,
            (
                *x.strides[:-2],
                row * self.dilation[0],
                column * self.dilation[1],
                row * self.stride[0],
                column * self.stride[1],
            ),
        )
        return view.reshape(*planes, self.taps, self.positions)

    def scatter(self, patches: Array) -> Array:
        """[…, taps, positions] → […, H, W], adding overlaps: the transpose of ``patches``."""
        framed = self._added(patches)
        if self.frame != self.plane:
            (top, left), (height, width) = self.padding, self.plane
            framed = np.ascontiguousarray(framed[..., top : top + height, left : left + width])
        return self._lines(framed)

    def _added(self, patches: Array) -> Array:
        """[…, taps, positions] → […, rows and columns of the frame], adding overlaps."""
        planes = patches.shape[:-2]
        count = math.prod(planes)
        if count * self.positions < SMALL:
            size = self.frame[0] * self.frame[1]
            cells = self.framed + np.arange(0, count * size, size)[:, None, None]
            flat = np.bincount(cells.ravel(), patches.ravel(), count * size)
            framed = flat.astype(np.float64, copy=False).reshape(*planes, *self.frame)
        else:
            framed = np.zeros((*planes, *self.frame))
            taps = patches.reshape(*planes, *self.kernel, *self.out)
            (out_h, out_w), (step_h, step_w), (gap_h, gap_w) = self.out, self.stride, self.dilation
            for i in range(self.kernel[0]):
                rows = slice(i * gap_h, i * gap_h + out_h * step_h, step_h)
                for j in range(self.kernel[1]):
                    columns = slice(j * gap_w, j * gap_w + out_w * step_w, step_w)
                    framed[..., rows, columns] += taps[..., i, j, :, :]
        return framed

    def first_maximum(self, patches: Array, maximum: Array) -> Index:
        """[…, taps, positions] and their maximum → […, positions]: the first tap that holds it."""
        if maximum.size < SMALL:
            first: Index = patches.argmax(-2)
            return first
        # argmax would go through the taps of one position after the other, far apart in memory.
        # So count the taps before the first maximum, for all positions at once.
        before = np.zeros(maximum.shape, np.int32)
        lower = np.ones(maximum.shape, np.bool_)
        for tap in range(self.taps - 1):
            lower &= patches[..., tap, :] != maximum
            before += lower
        return before.astype(np.intp)

    def readers(self, cells: Index) -> tuple[Index, Index, Index]:
        """The reads of some cells (flat) of the plane: (index into ``cells``, positions, taps).

        Sorted by cell, then by position.
        """
        along = []
        for axis, place in enumerate(divmod(cells, self.plane[1])):
            taps = np.arange(self.kernel[axis])[::-1]
            start = place[:, None] + self.padding[axis] - taps * self.dilation[axis]
            position = start // self.stride[axis]
            hit = (position * self.stride[axis] == start) & (start >= 0)
            along.append((taps, position, hit & (position < self.out[axis])))
        (tap_rows, rows, hit_rows), (tap_columns, columns, hit_columns) = along
        which, i, j = (hit_rows[:, :, None] & hit_columns[:, None, :]).nonzero()
        positions = rows[which, i] * self.out[1] + columns[which, j]
        return which, positions, tap_rows[i] * self.kernel[1] + tap_columns[j]


class AdaptiveWindows(Windows):
    """As many windows as an output has cells: along an axis, from ⌊i·n/out⌋ to ⌈(i + 1)·n/out⌉.

    They differ in size and overlap, and there may be more of them than cells. A tap is a place in
    the largest window; the smaller ones have none there, as if it fell on padding.
    """

    axes = 2

    def __init__(self, plane: Pair, out: Pair) -> None:
        self.plane = self.frame = plane
        self.out = out
        starts, ends = zip(*(_parts(*axis) for axis in zip(plane, out, strict=True)), strict=True)
        self._starts, self._ends = starts, ends
        rows, columns = (int((end - start).max()) for start, end in zip(starts, ends, strict=True))
        self.kernel = self.span = (rows, columns)
        self.stride = self.dilation = (1, 1)
        self.padding = self.after = (0, 0)
        self.taps = rows * columns
        self.positions = out[0] * out[1]

    def _places(self, axis: int) -> Index:
        place = np.arange(self.kernel[axis])[:, None] + self._starts[axis]
        return np.where(place < self._ends[axis], place, -1)

    @cached_property
    def table(self) -> Index:
        return self._flat(self._places(0), self._places(1))

    @property
    def are_full(self) -> bool:
        return False

    @property
    def most_readers(self) -> int:
        along = [-(-out // n) + 1 for n, out in zip(self.plane, self.out, strict=True)]
        return along[0] * along[1]

    def patches(self, x: Array, fill: float = 0.0) -> Array:
        """X […, H, W] → […, taps, positions], ``fill`` where a window has no such tap."""
        size = self.plane[0] * self.plane[1]
        flat = np.full((*x.shape[:-2], size + 1), fill)
        flat[..., :-1] = x.reshape(*x.shape[:-2], size)
        taken: Array = flat[..., self.table]
        return taken

    def scatter(self, patches: Array) -> Array:
        """[…, taps, positions] → […, H, W], adding overlaps: the transpose of ``patches``."""
        planes, size = patches.shape[:-2], self.plane[0] * self.plane[1] + 1
        count = math.prod(planes)
        cells = np.where(self.table < 0, size - 1, self.table)
        cells = cells + np.arange(0, count * size, size)[:, None, None]
        flat = np.bincount(cells.ravel(), patches.ravel(), count * size)
        inside = flat.astype(np.float64, copy=False).reshape(count, size)[:, :-1]
        return np.ascontiguousarray(inside).reshape(*planes, *self.plane)

    def readers(self, cells: Index) -> tuple[Index, Index, Index]:
        """Who reads some cells of the plane (flat): (which of the cells, positions, taps)."""
        along = []
        for axis, place in enumerate(divmod(cells, self.plane[1])):
            starts, ends = self._starts[axis], self._ends[axis]
            # Both ascend, so the windows that read a place follow each other.
            first = np.searchsorted(ends, place, "right")
            many = np.searchsorted(starts, place, "right") - first
            position = first[:, None] + np.arange(many.max())
            hit = position < (first + many)[:, None]
            position = np.minimum(position, self.out[axis] - 1)
            along.append((place[:, None] - starts[position], position, hit))
        (tap_rows, rows, hit_rows), (tap_columns, columns, hit_columns) = along
        which, i, j = (hit_rows[:, :, None] & hit_columns[:, None, :]).nonzero()
        positions = rows[which, i] * self.out[1] + columns[which, j]
        return which, positions, tap_rows[which, i] * self.kernel[1] + tap_columns[which, j]


def _parts(n: int, out: int) -> tuple[Index, Index]:
    """Where windows along an axis start, and where they end."""
    at = np.arange(out)
    return at * n // out, -(-(at + 1) * n // out)


_alive: WeakValueDictionary[Any, Windows] = WeakValueDictionary()
