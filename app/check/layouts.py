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
from app.engine.types import Shape

Name = Literal[
    "same", "flat", "channels_last", "channels_last_flat", "hwio", "ohwi", "iohw", "wio", "owi",
    "iow", "in_out", "column_major", "reordered", "padded", "examples_last",
]  # fmt: skip
Owner = Literal["cells", "batch", "parameter"]
"""Whose gradient an array is: that of the cells of one example, of a batch, or of a parameter."""
Order = tuple[int, ...]
"""For each stored axis, the index of the gradient's axis."""

_KNOWN: dict[Owner, dict[Order, Name]] = {
    "cells": {
        (1, 2, 0): "channels_last",
        (1, 0): "channels_last",
        (2, 1, 0): "column_major",
    },
    "batch": {
        (0, 2, 3, 1): "channels_last",
        (0, 2, 1): "channels_last",
        (1, 2, 3, 0): "examples_last",
        (2, 3, 1, 0): "examples_last",
        (1, 2, 0): "examples_last",
        (1, 0): "examples_last",
        (3, 2, 1, 0): "column_major",
        (2, 1, 0): "column_major",
    },
    "parameter": {
        (2, 3, 1, 0): "hwio",
        (0, 2, 3, 1): "ohwi",
        (1, 0, 2, 3): "iohw",
        (2, 1, 0): "wio",
        (0, 2, 1): "owi",
        (1, 0, 2): "iow",
        (1, 0): "in_out",
        (3, 2, 1, 0): "column_major",
    },
}
"""The frameworks' orders of axes."""
_LIKELY: dict[Owner, dict[int, tuple[Order, ...]]] = {
    "cells": {3: ((1, 2, 0),)},
    "batch": {4: ((0, 2, 3, 1),)},
    "parameter": {3: ((2, 1, 0),), 4: ((2, 3, 1, 0), (0, 2, 3, 1))},
}
"""The orders that are tried although the shape allows the usual one, by the number of axes. Orders
with only two axes exchanged are left out, as they may be a missing transpose, which is a mistake;
but (2, 1, 0) is how Keras stores the kernels of a 1-D convolution."""
_AXES: dict[Owner, dict[int, tuple[str, ...]]] = {
    "cells": {
        1: ("numbers",),
        2: ("channels", "positions"),
        3: ("channels", "rows", "columns"),
    },
    "batch": {
        2: ("examples", "numbers"),
        3: ("examples", "channels", "positions"),
        4: ("examples", "channels", "rows", "columns"),
    },
    "parameter": {
        1: ("numbers",),
        2: ("outputs", "inputs"),
        3: ("output channels", "input channels", "positions"),
        4: ("output channels", "input channels", "rows", "columns"),
    },
}


def axes_of(shape: Shape, owner: Owner) -> tuple[str, ...]:
    """What the axes of a gradient are."""
    return _AXES[owner][len(shape)]


def owner_of(trace: Trace, parameter: str | None) -> Owner:
    """Whose gradient an array of a trace is."""
    if parameter is not None:
        return "parameter"
    return "cells" if trace.network.examples is None else "batch"


def slides_along(shape: Shape, owner: Owner) -> int:
    """The number of axes that a window slides along in an array: 2 of maps, 1, or 0 of rows."""
    return max(0, len(shape) - (1 if owner == "cells" else 2))


@dataclass(frozen=True)
class Layout:
    """A layout of a stored array."""

    name: Name
    stored: Shape
    """The array's shape in this layout."""
    order: Order = ()
    """Empty for the usual order."""
    padding: Shape = ()
    """The rows and columns of padding around the map, or the positions along one axis."""
    certain: bool = True
    """Whether the shape alone proves this layout."""
    owner: Owner = "cells"

    def restored(self, array: np.ndarray, shape: Shape) -> np.ndarray:
        """The array in the gradient's shape and order."""
        array = array.reshape(self.stored)
        order = self.order or tuple(range(len(shape)))
        array = array.transpose(np.argsort(order))
        if self.name == "padded":
            cut = (0,) * (len(shape) - len(self.padding)) + self.padding
            array = array[tuple(slice(p, n - p) for p, n in zip(cut, array.shape, strict=True))]
        return np.ascontiguousarray(array).reshape(shape)


def layouts(
    stored: Shape, shape: Shape, trace: Trace, layer: int, parameter: str | None
) -> Iterator[Layout]:
    """Every layout in which an array of shape ``stored`` holds a gradient of shape ``shape``."""
    axes, owner = tuple(range(len(shape))), owner_of(trace, parameter)
    likely, known = _LIKELY[owner], _KNOWN[owner]
    outer = 1 if owner == "batch" else 0
    last = (*axes[:outer], *axes[outer + 1 :], outer)
    is_map = parameter is None and slides_along(shape, owner) > 0
    own = _squeezed(stored) == _squeezed(shape)
    if own:
        yield Layout("same", shape, owner=owner)
    in_rows: list[Shape] = [()] if len(_squeezed(stored)) <= 1 < len(_squeezed(shape)) else []
    in_rows += [shape[:1]] if outer and len(shape) > 2 and not own else []  # a row an example
    if any(_squeezed(stored) == _squeezed(_in_rows(shape, before)) for before in in_rows):
        yield Layout("flat", shape, owner=owner)
        if is_map:
            kept = tuple(shape[i] for i in last)
            yield Layout("channels_last_flat", kept, last, certain=False, owner=owner)
        return
    orders = list(likely.get(len(shape), ())) if own else list(permutations(axes))[1:]
    orders.sort(key=lambda order: order not in known)
    for order in orders:
        kept = tuple(shape[i] for i in order)
        if _squeezed(kept) == _squeezed(stored) and min(map(shape.__getitem__, axes)) > 0:
            name = known.get(order, "reordered")
            yield Layout(name, kept, order, certain=not own, owner=owner)
    padding = _padding(trace, layer) if is_map else ()
    if any(padding):
        whole = shape[: -len(padding)]
        padded = (*whole, *_padded(shape, padding))
        for order in (axes, last):
            kept = tuple(padded[i] for i in order)
            if _squeezed(kept) == _squeezed(stored):
                moved = () if order == axes else order
                yield Layout("padded", kept, moved, padding, owner=owner)


def _padded(shape: Shape, padding: Shape) -> Shape:
    """The sides of a map with its padding."""
    sides = shape[-len(padding) :]
    return tuple(n + 2 * p for n, p in zip(sides, padding, strict=True))


def _in_rows(shape: Shape, outer: Shape) -> Shape:
    """The shape of an array whose other axes are one row."""
    return (*outer, int(np.prod(shape[len(outer) :])))


def _padding(trace: Trace, layer: int) -> Shape:
    """The padding of what reads a layer's output; empty if it has none that is cut off alike."""
    reader = trace.network.reader_of(layer)
    slide = None if reader is None else trace.network.layers[reader].slide
    if slide is None or slide.windows.after != slide.windows.padding or slide.windows.copies > 1:
        return ()
    return slide.windows.padding[-slide.windows.axes :]


def _squeezed(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def in_words(layout: Layout, shape: Shape) -> str:
    """A sentence about a layout; empty for the usual one."""
    axes = axes_of(shape, layout.owner)
    stored = " × ".join(axes[i] for i in layout.order)
    match layout.name:
        case "same" | "flat":
            return ""
        case "channels_last":
            return f"They are stored channels last ({stored}), and compared so."
        case "channels_last_flat":
            return f"They are stored channels last ({stored}) and in one row, and compared so."
        case "hwio" | "ohwi" | "iohw" | "wio" | "owi" | "iow":
            return f"The kernels are stored as {stored}, and compared so."
        case "in_out":
            return "The weights are stored [in][out], one row for each input, and compared so."
        case "examples_last":
            return f"The examples are stored last ({stored}), and compared so."
        case "column_major":
            return f"The axes are stored in reverse ({stored}), and compared so."
        case "reordered":
            return f"The axes are stored as {stored}, and compared so."
        case "padded":
            sides = " × ".join(map(str, _padded(shape, layout.padding)))
            what = "map" if len(layout.padding) == 2 else "channel"
            return (
                f"{sides} is the padded {what}: cut the padding off, {_cut(layout)}. What is left "
                "is compared."
            )
        case _:
            assert_never(layout.name)


def _cut(layout: Layout) -> str:
    inner = ", ".join(f"{p}:-{p}" if p else ":" for p in layout.padding)
    outer = ":, " if layout.owner == "batch" else ""
    return f"dx[{outer}{inner}, :]" if layout.order else f"dx[{outer}:, {inner}]"
