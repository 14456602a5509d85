"""The backward pass of a layer, as steps that can be replaced one by one.

A mistake in a backward pass is nearly always one wrong step of one kind of layer: the weight is
left out, or the products are assigned instead of added. So a layer's backward pass is a record of
its steps here. The defaults are correct, and a mistake replaces a few of them. Two mistakes
together make the replacements of both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from app.engine.layers import (
    Activation,
    AvgPool,
    Conv2d,
    Linear,
    MaxPool,
    Pool,
    Ties,
)
from app.engine.types import Array, Index, Pair, View, identity
from app.engine.windows import Windows

Weighted = Conv2d | Linear

Collect = Literal[
    "add", "assign", "assign_each", "assign_paid", "multiply", "average", "average_paid",
    "last_kernel", "first_kernel",
]  # fmt: skip
"""How the products at one cell are combined. ``add`` is correct.

``assign`` keeps the product of the last window (in row-major order), ``assign_paid`` that of the
last window that pays the cell, and ``assign_each`` the last product of a loop over outputs and
windows. ``multiply`` multiplies the products. ``average`` divides their sum by their number,
``average_paid`` by the number of those that are not 0. ``last_kernel`` and ``first_kernel`` add the
products of one kernel only.
"""


Branches = Literal["add", "average", "without_skip", "skip_alone"]
"""What becomes of the gradients that an output gets from several layers. ``add`` is correct.

``average`` divides their sum by their number, ``without_skip`` leaves out what a skip connection
sends, and ``skip_alone`` what the next layer sends.
"""


def own_weight(layer: Weighted) -> Array:
    """The weights unchanged."""
    return layer.weight


def own_slope(layer: Activation, x: Array, upstream: Array) -> Array:
    """The slope at each cell of the input."""
    return np.asarray(layer.slopes(layer.forward(x)[1]), np.float64)


def own_upstream(upstream: Array, output: Array) -> Array:
    """The upstream gradients unchanged."""
    return upstream


def own_shares(layer: Pool, patches: Array) -> Array:
    """[C, taps, positions]: the local derivatives of windows with the values ``patches``."""
    return _SHARES[layer.family](layer, patches)


def _even_shares(layer: AvgPool, patches: Array) -> Array:
    return np.broadcast_to(layer.windows.real / layer.divisor, patches.shape)


def _winners_shares(layer: MaxPool, patches: Array) -> Array:
    return shares_under(layer.ties, layer, patches)


_SHARES: dict[str, Callable[[Any, Array], Array]] = {
    "max_pool": _winners_shares,
    "avg_pool": _even_shares,
}


def shares_under(ties: Ties, layer: Pool, patches: Array) -> Array:
    """The local derivatives of max pooling under a rule for ties."""
    maxima = all_maxima(layer, patches)
    if ties == "all":
        return maxima
    if ties == "split":
        shared: Array = maxima / maxima.sum(1, keepdims=True)
        return shared
    taps = layer.windows.taps
    winner = maxima.argmax(1) if ties == "first" else taps - 1 - maxima[:, ::-1].argmax(1)
    won: Array = np.equal(winner[:, None, :], np.arange(taps)[:, None]).astype(np.float64)
    return won


def all_maxima(layer: Pool, patches: Array) -> Array:
    """[C, taps, positions]: 1 where a cell of a window is its maximum."""
    held: Array = np.equal(patches, patches.max(1, keepdims=True)).astype(np.float64)
    return held


def own_products(products: Array, patches: Array) -> Array:
    """The products of a pool unchanged."""
    return products


def own_targets(layer: Pool | Conv2d) -> Index:
    """[taps, positions]: the flat index in the plane of each product's cell, −1 for padding."""
    return layer.windows.table


def placed(
    windows: Windows,
    stride: Pair | None = None,
    padding: Pair | None = None,
    dilation: Pair | None = None,
) -> Index:
    """[taps, positions]: the cells that the same number of windows read with another geometry."""
    stride = windows.stride if stride is None else stride
    padding = windows.padding if padding is None else padding
    dilation = windows.dilation if dilation is None else dilation
    axes = []
    for axis in (0, 1):
        taps, positions = np.arange(windows.kernel[axis]), np.arange(windows.out[axis])
        place = taps[:, None] * dilation[axis] + positions * stride[axis] - padding[axis]
        axes.append(np.where((place >= 0) & (place < windows.plane[axis]), place, -1))
    rows, columns = axes[0][:, None, :, None], axes[1][:, None, :]
    flat = np.where((rows < 0) | (columns < 0), -1, rows * windows.plane[1] + columns)
    return np.asarray(flat.reshape(windows.taps, windows.positions))


def own_input(layer: Weighted, x: Array) -> Array:
    """[n, positions]: the input that each of a kernel's n weights multiplies at each position.

    [out, n, positions] with several groups, because their kernels read different channels.
    """
    if layer.slide is None:  # fully connected
        return x[:, None]
    return _by_group(layer, layer.slide.windows.patches(x))


def met_at(layer: Weighted, table: Index, x: Array) -> Array:
    """The inputs at the cells of a table, with 0 outside the map, in the shape of ``own_input``."""
    planes = x.reshape(len(x), -1)
    return _by_group(layer, np.where(table < 0, 0.0, planes[:, table]))


def _by_group(layer: Weighted, patches: Array) -> Array:
    """[C, taps, positions] → the inputs of each kernel, those of its own group."""
    groups = layer.input_shape[0] // layer.weight.shape[1]
    grouped = patches.reshape(groups, -1, patches.shape[-1])
    return grouped[0] if groups == 1 else grouped.repeat(layer.shape[0] // groups, 0)


def all_positions(rows: Array) -> Array:
    """[out, positions] → [out]: dL/dbias adds the gradients of all positions."""
    total: Array = rows.sum(1)
    return total


Examples = Literal["add", "average"] | int
"""How what the examples of a batch bring to a parameter is put together: added up, as is right,
averaged, or that of one example alone."""


@dataclass(frozen=True)
class Steps:
    """The steps of one layer's backward pass. The defaults are correct."""

    upstream: Callable[[Array, Array], Array] = own_upstream
    """(upstream gradients, the layer's output) → the gradients that the layer uses."""
    weight: Callable[[Weighted], Array] = own_weight
    """The weights that multiply the upstream gradients, in the shape of the layer's weights."""
    slope: Callable[[Activation, Array, Array], Array] = own_slope
    """(layer, x, upstream) → the slopes of an activation."""
    padding: float = -np.inf
    """The value of a max pool's padding."""
    absent: bool = False
    """Whether the layer is left out of both passes."""
    shares: Callable[[Pool, Array], Array] = own_shares
    """(layer, patches) → the local derivatives of a pool."""
    products: Callable[[Array, Array], Array] = own_products
    """(upstream × share, patches) → the products of a pool; all [C, taps, positions]."""
    targets: Callable[[Any], Index] = own_targets
    """The cells that the products are added to."""
    collect: Collect = "add"
    """How the products at one cell are combined."""
    branches: Branches = "add"
    """What becomes of the gradients at the output that a skip connection reads."""
    input_gradient: View = identity
    """A change of a convolution's finished dL/dx."""
    input_factors: Callable[[Weighted, Array], Array] = own_input
    """(layer, x) → the factors of dL/dW, [n, positions], [out, n, positions] or [out, n, 1]."""
    upstream_factors: View = identity
    """The gradients [out, rows, columns] that multiply these factors."""
    weight_gradient: View = identity
    """A change of the finished dL/dW."""
    derivatives: View = identity
    """A change of the local derivatives of a layer in which no mistake replaces a step."""
    bias: Callable[[Array], Array] = all_positions
    """[out, positions] → [out]: dL/dbias."""
    examples: Examples = "add"
    """How the examples of a batch are put together in the gradient of a parameter."""


RIGHT = Steps()

BACK = frozenset({
    "upstream", "weight", "slope", "shares", "products", "targets", "collect", "branches",
    "input_gradient",
})  # fmt: skip
"""The steps that lead to the gradient of a layer's input."""
TO_PARAMETER = {
    "weight": frozenset(
        {"upstream", "input_factors", "upstream_factors", "weight_gradient", "examples"}
    ),
    "bias": frozenset({"upstream", "bias", "examples"}),
}
"""The steps that lead to the gradient of each parameter."""
FORWARD = frozenset({"padding", "absent"})
"""The steps that change the forward pass, and therefore all gradients."""


def replaced_by(steps: Steps, changes: Mapping[str, Any]) -> Steps:
    """Replace some of the steps.

    Raises:
        ValueError: one of them is replaced already by another step.
    """
    for name in changes:
        if getattr(steps, name) != getattr(RIGHT, name):
            raise ValueError(f"{name} is replaced already")
    return Steps(**{**vars(steps), **changes})
