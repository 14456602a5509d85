"""The layouts in which an array may be stored: channels last, [in][out], padded, in one row.

A right array in another layout is still right. So an array is compared in every layout that gives
its shape, the likelier layouts first. If it has the gradient's own shape, other orders are tried
only if it is not right in the usual order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Literal, assert_never

import numpy as np

from app.engine.network import Trace
from app.engine.types import Pair, Shape

Name = Literal[
    "same", "flat", "channels_last", "channels_last_flat", "hwio", "ohwi", "iohw", "in_out",
    "column_major", "reordered", "padded",
]  # fmt: skip

_KNOWN: dict[tuple[int, ...], Name] = {
    (1, 2, 0): "channels_last",
    (2, 3, 1, 0): "hwio",
    (0, 2, 3, 1): "ohwi",
    (1, 0, 2, 3): "iohw",
    (1, 0): "in_out",
    (2, 1, 0): "column_major",
    (3, 2, 1, 0): "column_major",
}
"""The frameworks' orders of axes: for each stored axis, the index of our axis."""
_LIKELY: dict[int, tuple[tuple[int, ...], ...]] = {
    3: ((1, 2, 0),),
    4: ((2, 3, 1, 0), (0, 2, 3, 1)),
}
"""The orders that are tried although the shape allows the usual one. Orders with only two axes
exchanged are left out: they may be a missing transpose, which is a mistake."""
AXES = {
    1: ("numbers",),
    2: ("outputs", "inputs"),
    3: ("channels", "rows", "columns"),
    4: ("output channels", "input channels", "rows", "columns"),
}


@dataclass(frozen=True)
class Layout:
    """A layout of a stored array."""

    name: Name
    stored: Shape
    """The array's shape in this layout."""
    order: tuple[int, ...] = ()
    """For each stored axis, the index of the gradient's axis; empty for the usual order."""
    padding: Pair = (0, 0)
    """The rows and columns of padding around the map."""
    certain: bool = True
    """Whether the shape alone proves this layout."""

    def restored(self, array: np.ndarray, shape: Shape) -> np.ndarray:
        """The array in the gradient's shape and order."""
        array = array.reshape(self.stored)
        (down, right), order = self.padding, self.order or tuple(range(len(shape)))
        array = array.transpose(np.argsort(order))
        if self.name == "padded":
            array = array[:, down : array.shape[1] - down, right : array.shape[2] - right]
        return np.ascontiguousarray(array).reshape(shape)


def layouts(
    stored: Shape, shape: Shape, trace: Trace, layer: int, parameter: str | None
) -> Iterator[Layout]:
    """Every layout in which an array of shape ``stored`` holds a gradient of shape ``shape``."""
    axes = tuple(range(len(shape)))
    own = _squeezed(stored) == _squeezed(shape)
    if own:
        yield Layout("same", shape)
    in_row = len(_squeezed(stored)) <= 1 < len(_squeezed(shape))
    if in_row and np.prod(stored) == np.prod(shape):
        yield Layout("flat", shape)
        if len(shape) == 3:
            last = tuple(shape[i] for i in (1, 2, 0))
            yield Layout("channels_last_flat", last, (1, 2, 0), certain=False)
        return
    orders = list(_LIKELY.get(len(shape), ())) if own else list(permutations(axes))[1:]
    orders.sort(key=lambda order: order not in _KNOWN)
    for order in orders:
        kept = tuple(shape[i] for i in order)
        if _squeezed(kept) == _squeezed(stored) and min(map(shape.__getitem__, axes)) > 0:
            yield Layout(_KNOWN.get(order, "reordered"), kept, order, certain=not own)
    padding = _padding(trace, layer) if parameter is None and len(shape) == 3 else (0, 0)
    if any(padding):
        (down, right), (channels, rows, columns) = padding, shape
        padded = (channels, rows + 2 * down, columns + 2 * right)
        for order in ((0, 1, 2), (1, 2, 0)):
            kept = tuple(padded[i] for i in order)
            if _squeezed(kept) == _squeezed(stored):
                yield Layout("padded", kept, () if order == axes else order, padding)


def _padding(trace: Trace, layer: int) -> Pair:
    reader = trace.network.reader_of(layer)
    slide = None if reader is None else trace.network.layers[reader].slide
    if slide is None or slide.windows.after != slide.windows.padding or slide.windows.copies > 1:
        return (0, 0)
    return slide.windows.padding


def _squeezed(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def in_words(layout: Layout, shape: Shape) -> str:
    """A sentence about a layout; empty for the usual one."""
    stored = " × ".join(AXES[len(shape)][i] for i in layout.order)
    match layout.name:
        case "same" | "flat":
            return ""
        case "channels_last":
            return f"They are stored channels last ({stored}), and compared so."
        case "channels_last_flat":
            return f"They are stored channels last ({stored}) and in one row, and compared so."
        case "hwio" | "ohwi" | "iohw":
            return f"The kernels are stored as {stored}, and compared so."
        case "in_out":
            return "The weights are stored [in][out], one row for each input, and compared so."
        case "column_major":
            return f"The axes are stored in reverse ({stored}), and compared so."
        case "reordered":
            return f"The axes are stored as {stored}, and compared so."
        case "padded":
            rows, columns = (n + 2 * p for n, p in zip(shape[1:], layout.padding, strict=True))
            return (
                f"{rows} × {columns} is the padded map: cut the padding off, "
                f"{_cut(layout)}. What is left is compared."
            )
        case _:
            assert_never(layout.name)


def _cut(layout: Layout) -> str:
    inner = ", ".join(f"{p}:-{p}" if p else ":" for p in layout.padding)
    return f"dx[{inner}, :]" if layout.order else f"dx[:, {inner}]"
