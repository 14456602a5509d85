"""Mistakes of pooling: which cells get a window's gradient, and how much of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from app.engine.layers import AvgPool, AvgPool2d, MaxPool, Pool, Ties
from app.engine.mistakes.catalogue.mistake import Change, Changes, Mistake
from app.engine.mistakes.steps import all_maxima, shares_under
from app.engine.types import Array, Index

Shares = Callable[[Pool, Array], Array]


def _ties(rule: Ties) -> dict[Any, Change]:
    shares: Shares = all_maxima if rule == "all" else partial(shares_under, rule)
    return {"max_pool": lambda layer: {"shares": shares} if layer.ties != rule else {}}


_BELOW_0 = float(np.nextafter(0.0, -1.0))
"""A padding of 0 that loses a tie with a cell that is 0."""


def _zero_padding(padding: float) -> dict[Any, Change]:
    changes = {"padding": padding}

    def change(layer: MaxPool) -> Changes:
        return changes if _all_alike(layer) and not layer.windows.real.all() else {}

    return {"max_pool": change}


def _all_alike(layer: Pool) -> bool:
    """Whether all its windows have one size; those of an adaptive pool have not."""
    return layer.slide is not None


def _taps(layer: Pool) -> Index:
    windows = layer.windows
    return np.broadcast_to(np.arange(windows.taps)[:, None], windows.table.shape)


def _local_index(layer: MaxPool) -> Changes:
    """`dx.flat[window.argmax()] += g`; only where the plane has this index."""
    height, width = layer.windows.plane
    fits = _all_alike(layer) and layer.windows.taps <= height * width
    return {"targets": _taps} if fits else {}


def _exchanged_in_window(layer: Pool) -> Index:
    """The winner's row and column exchanged; the same as an index in column-major order."""
    windows = layer.windows
    taps = np.indices(windows.kernel).reshape(2, -1, 1)
    positions = np.indices(windows.out).reshape(2, 1, -1)
    rows, columns = (
        positions[axis] * windows.stride[axis]
        + taps[1 - axis] * windows.dilation[axis]
        - windows.padding[axis]
        for axis in (0, 1)
    )
    height, width = windows.plane
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return np.where(inside, rows * width + columns, -1)


def _exchanged_in_map(layer: Pool) -> Index:
    table, (height, width) = layer.windows.table, layer.windows.plane
    rows, columns = np.divmod(table, width)
    return np.where(table < 0, -1, columns * height + rows)


def _exchanged_window(layer: MaxPool) -> Changes:
    several = _all_alike(layer) and layer.windows.taps > 1 and layer.axes == 2
    return {"targets": _exchanged_in_window} if several else {}


def _exchanged_map(layer: MaxPool) -> Changes:
    return {"targets": _exchanged_in_map} if min(layer.windows.plane) > 1 else {}


def _every_cell(layer: Pool, patches: Array) -> Array:
    return np.broadcast_to(layer.windows.real, patches.shape)


def _equal_shares(layer: Pool, patches: Array) -> Array:
    real = layer.windows.real
    return np.broadcast_to(real / real.sum(0), patches.shape)


def _spread(shares: Shares) -> dict[Any, Change]:
    return {"max_pool": lambda layer: {"shares": shares} if layer.windows.taps > 1 else {}}


def _times_value(products: Array, patches: Array) -> Array:
    return np.where(products == 0, 0.0, products * patches)


TIMES_WINNERS: dict[Any, Change] = {"max_pool": lambda layer: {"products": _times_value}}
"""The gradient of each winner, multiplied by what it holds."""

MAX_POOLING: tuple[Mistake, ...] = (
    # `(window == window.max()) * g`
    Mistake("ties_all", _ties("all"), pairs=True),
    Mistake("ties_other", _ties("last"), "last"),
    Mistake("ties_other", _ties("split"), "split"),
    Mistake("ties_other", _ties("first"), "first"),
    Mistake("zero_padding", _zero_padding(0.0), pairs=True),
    Mistake("zero_padding", _zero_padding(_BELOW_0), "cells first"),
    Mistake("local_index", {"max_pool": _local_index}, pairs=True),
    Mistake("winner_exchanged", {"max_pool": _exchanged_window}, "window"),
    Mistake("winner_exchanged", {"max_pool": _exchanged_map}, "map"),
    Mistake("spread", _spread(_every_cell), "whole", pairs=True),
    Mistake("spread", _spread(_equal_shares), "evenly", pairs=True),
    Mistake("times_activation", TIMES_WINNERS, pairs=True),
)


def _divided_twice(layer: AvgPool, patches: Array) -> Array:
    return np.asarray(_every_cell(layer, patches) / layer.divisor**2)


def _by_side(layer: AvgPool, patches: Array) -> Array:
    return np.asarray(_every_cell(layer, patches) / layer.windows.kernel[0])


def _to_maximum(layer: AvgPool, patches: Array) -> Array:
    real = np.where(layer.windows.real > 0, patches, -np.inf)
    return shares_under("first", layer, real)


def _other_padding(layer: AvgPool2d, patches: Array) -> Array:
    windows = layer.windows
    other = windows.real.sum(0) if layer.count_include_pad else float(windows.taps)
    return np.asarray(_every_cell(layer, patches) / other)


def _divides(layer: AvgPool) -> bool:
    """Whether a window's sum is divided by another number than 1."""
    return layer.windows.taps > 1 or layer.divisor_override not in (None, 1)


def _avg(shares: Callable[[AvgPool, Array], Array]) -> dict[Any, Change]:
    return {"avg_pool": lambda layer: {"shares": shares} if _divides(layer) else {}}


def _padding_counts(layer: AvgPool) -> Changes:
    counts = isinstance(layer, AvgPool2d) and layer.divisor_override is None  # no other asks that
    return {"shares": _other_padding} if counts and layer.windows.taps > 1 else {}


def _divided_by_side(layer: AvgPool) -> Changes:
    has_sides = _all_alike(layer) and layer.axes == 2
    return {"shares": _by_side} if has_sides and _divides(layer) else {}


AVERAGE_POOLING: tuple[Mistake, ...] = (
    Mistake("avg_undivided", _avg(_every_cell)),
    Mistake("avg_divided_twice", _avg(_divided_twice)),
    Mistake("avg_by_side", {"avg_pool": _divided_by_side}),
    Mistake("avg_to_maximum", _avg(_to_maximum)),
    Mistake("avg_padding", {"avg_pool": _padding_counts}),
)
