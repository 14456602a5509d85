"""Mistakes with stride, dilation and padding: the right products are added to wrong cells."""

from typing import Any

import numpy as np

from app.engine.layers import AvgPool2d, Conv2d, Pool
from app.engine.mistakes.catalogue.mistake import Change, Changes, Mistake
from app.engine.mistakes.steps import Weighted, met_at, placed
from app.engine.types import Array, Index
from app.engine.windows import Windows


def _elsewhere(**geometry: Any) -> dict[str, Any]:
    """Windows of another geometry, for dL/dx and for dL/dW."""

    def targets(layer: Pool | Conv2d) -> Index:
        return placed(layer.windows, **geometry)

    def input_factors(layer: Weighted, x: Array) -> Array:
        assert layer.slide is not None
        return met_at(layer, placed(layer.slide.windows, **geometry), x)

    return {"targets": targets, "input_factors": input_factors}


def _stride_forgotten(layer: Conv2d | Pool) -> Changes:
    windows = layer.windows
    several = windows.positions > 1 and windows.stride != (1, 1) and windows.copies == 1
    return _elsewhere(stride=(1, 1)) | _padding_paid(layer) if several else {}


def _padding_paid(layer: Conv2d | Pool) -> dict[str, Any]:
    """An average pays its padding too, which shows once that is no longer cut off."""

    def shares(layer: AvgPool2d, patches: Array) -> Array:
        return np.broadcast_to(1.0 / layer.divisor, patches.shape)

    return {"shares": shares} if isinstance(layer, AvgPool2d) else {}  # max pools have no divisor


def _dilation_forgotten(layer: Conv2d | Pool) -> Changes:
    windows = layer.windows
    wide = windows.taps > 1 and windows.dilation != (1, 1) and windows.copies == 1
    return _elsewhere(dilation=(1, 1)) if wide else {}


def _padded(windows: Windows) -> bool:
    # Cells that padding copies get back what arrives there: cutting it off is another mistake.
    return windows.padding != (0, 0) and windows.copies == 1


def _cut_behind(layer: Conv2d | Pool) -> Changes:
    """`dx[:, :H, :W]` of the padded map, which shifts all gradients by the padding."""
    if not _padded(layer.windows):
        return {}
    cut: dict[str, Any] = {"targets": lambda layer: placed(layer.windows, padding=(0, 0))}
    return cut | _padding_paid(layer)


def _cut_in_front(layer: Conv2d | Pool) -> Changes:
    """`dx[:, 2p:, 2p:]`."""
    if not _padded(layer.windows):
        return {}
    (down, right), (below, beside) = layer.windows.padding, layer.windows.after
    shifted = (down + below, right + beside)
    return {"targets": lambda layer: placed(layer.windows, padding=shifted)} | _padding_paid(layer)


def _unpadded_input(layer: Conv2d) -> Changes:
    """dL/dW with x instead of the padded x."""
    if not _padded(layer.windows):
        return {}

    def input_factors(layer: Weighted, x: Array) -> Array:
        assert layer.slide is not None
        return met_at(layer, placed(layer.slide.windows, padding=(0, 0)), x)

    return {"input_factors": input_factors}


def _unpadded_cut(layer: Conv2d) -> Changes:
    """dL/dW with x instead of the padded x, and without the windows that reach into padding."""
    if not _padded(layer.windows):
        return {}

    def input_factors(layer: Weighted, x: Array) -> Array:
        assert layer.slide is not None
        windows = layer.slide.windows
        whole = (windows.table >= 0).all(0)
        return np.where(whole, met_at(layer, windows.table, x), 0.0)

    return {"input_factors": input_factors}


_POOLS_TOO: tuple[Any, ...] = ("convolution", "max_pool", "avg_pool")


def _all(change: Change) -> dict[Any, Change]:
    return dict.fromkeys(_POOLS_TOO, change)


GEOMETRY: tuple[Mistake, ...] = (
    Mistake("stride_forgotten", _all(_stride_forgotten)),
    Mistake("dilation_forgotten", _all(_dilation_forgotten)),
    Mistake("padding_cut", _all(_cut_behind), "behind"),
    Mistake("padding_cut", _all(_cut_in_front), "in front"),
    Mistake("unpadded_input", {"convolution": _unpadded_input}),
    Mistake("unpadded_input", {"convolution": _unpadded_cut}, "cut"),
)
