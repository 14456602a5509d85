"""The backward pass of a layer, as steps that can be replaced one by one.

A mistake in a backward pass is nearly always one wrong step of one kind of layer: the weight is
left out, or the products are assigned instead of added. So a layer's backward pass is a record of
its steps here. The defaults are correct, and a mistake replaces a few of them. Two mistakes
together make the replacements of both.

Everything is computed from a layer's input ``x`` and not from its tape, because zero padding in a
max pool changes the forward pass too.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from app.engine.layers import (
    Activation,
    AvgPool,
    Conv2d,
    Layer,
    Linear,
    MaxPool,
    PerFamily,
    Pool,
    Ties,
    reaching,
)
from app.engine.network import Trace
from app.engine.types import Array, Index, Pair, Shape, View, identity
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
    input_gradient: View = identity
    """A change of a convolution's finished dL/dx."""
    met: Callable[[Weighted, Array], Array] = own_input
    """(layer, x) → the factors of dL/dW, [n, positions], [out, n, positions] or [out, n, 1]."""
    meeting: View = identity
    """The gradients [out, rows, columns] that multiply these factors."""
    weight_gradient: View = identity
    """A change of the finished dL/dW."""
    bias: Callable[[Array], Array] = all_positions
    """[out, positions] → [out]: dL/dbias."""


RIGHT = Steps()

BACK = frozenset(
    {"upstream", "weight", "slope", "shares", "products", "targets", "collect", "input_gradient"}
)
"""The steps that lead to the gradient of a layer's input."""
TO_PARAMETER = {
    "weight": frozenset({"upstream", "met", "meeting", "weight_gradient"}),
    "bias": frozenset({"upstream", "bias"}),
}
"""The steps that lead to the gradient of each parameter."""
FORWARD = frozenset({"padding", "absent"})
"""The steps that change the forward pass, and therefore all gradients."""


def forward(layer: Layer, x: Array, steps: Steps) -> Array:
    """Input → output."""
    if steps.absent:
        return x
    if steps.padding != RIGHT.padding and layer.slide is not None:
        best: Array = layer.slide.windows.patches(x, steps.padding).max(1)
        return best.reshape(layer.shape)
    return layer.forward(x)[0]


def backward(layer: Layer, x: Array, upstream: Array, output: Array, steps: Steps) -> Array:
    """Gradient of the output → gradient of the input, in its shape."""
    if steps.absent:
        return upstream
    return _BACKWARD[layer.family](layer, x, steps.upstream(upstream, output), steps)


def _through_activation(layer: Activation, x: Array, upstream: Array, steps: Steps) -> Array:
    return upstream * steps.slope(layer, x, upstream)


def _through_linear(layer: Linear, x: Array, upstream: Array, steps: Steps) -> Array:
    products = upstream[:, None] * steps.weight(layer)
    match steps.collect:
        case "multiply":
            return np.asarray(np.multiply.reduce(products))
        case "average":
            return np.asarray(products.mean(0))
        case "assign_each" | "last_kernel":
            return np.asarray(products[-1])
        case "first_kernel":
            return np.asarray(products[0])
        case _:
            return upstream @ steps.weight(layer)


def _through_conv2d(layer: Conv2d, x: Array, upstream: Array, steps: Steps) -> Array:
    windows, rows = layer.windows, upstream.reshape(layer.shape[0], -1)
    kernels = _in_all_channels(layer, steps.weight(layer)).reshape(len(rows), -1)
    shape = (layer.input_shape[0], windows.taps, windows.positions)
    how = steps.collect
    if how == "average":
        kernels = kernels / len(kernels)
    if how in ("last_kernel", "first_kernel"):
        one = slice(-1, None) if how == "last_kernel" else slice(1)
        kernels, rows, how = kernels[one], rows[one], "add"
    if how in ("add", "assign", "average"):
        sent = [(kernels.T @ rows).reshape(shape)]
    else:
        outputs = zip(kernels, rows, strict=True)
        sent = [np.outer(kernel, row).reshape(shape) for kernel, row in outputs]
    back = _collect(windows, sent, steps.targets(layer), layer.input_shape, how)
    return steps.input_gradient(back)


def _through_max_pool(layer: MaxPool, x: Array, upstream: Array, steps: Steps) -> Array:
    return _through_pool(layer, layer.windows.patches(x, steps.padding), upstream, steps)


def _through_avg_pool(layer: AvgPool, x: Array, upstream: Array, steps: Steps) -> Array:
    return _through_pool(layer, layer.windows.patches(x), upstream, steps)


def _through_pool(layer: Pool, patches: Array, upstream: Array, steps: Steps) -> Array:
    shares = steps.shares(layer, patches)
    sent = steps.products(shares * upstream.reshape(len(patches), 1, -1), patches)
    targets = steps.targets(layer)
    return _collect(layer.windows, [sent], targets, layer.input_shape, steps.collect, shares)


def _through_unchanged(layer: Layer, x: Array, upstream: Array, steps: Steps) -> Array:
    """Through a layer in which no mistake replaces a step."""
    return layer.backward(layer.forward(x)[1], upstream)


_BACKWARD: PerFamily[Callable[[Any, Array, Array, Steps], Array]] = {
    "convolution": _through_conv2d,
    "transposed_convolution": _through_unchanged,
    "fully_connected": _through_linear,
    "activation": _through_activation,
    "softmax": _through_unchanged,
    "max_pool": _through_max_pool,
    "avg_pool": _through_avg_pool,
    "normalization": _through_unchanged,
    "relabelling": _through_unchanged,
    "addition": _through_unchanged,
}


def backward_parameter(
    layer: Any, x: Array, upstream: Array, output: Array, name: str, steps: Steps
) -> Array:
    """Gradient of the output → gradient of one parameter, in its shape."""
    upstream = steps.upstream(upstream, output)
    if not isinstance(layer, Conv2d | Linear):  # of no other kind a mistake replaces how it learns
        gradients: dict[str, Array] = layer.backward_parameters(layer.forward(x)[1], upstream)
        return gradients[name]
    if name == "bias":
        return steps.bias(upstream.reshape(layer.shape[0], -1))
    rows = steps.meeting(upstream).reshape(layer.shape[0], -1)
    factors = steps.met(layer, x)
    # With three dimensions, each output has factors of its own.
    weighed = rows @ factors.T if factors.ndim == 2 else (factors * rows[:, None, :]).sum(2)
    return steps.weight_gradient(weighed.reshape(layer.weight.shape))


def _in_all_channels(layer: Conv2d, weight: Array) -> Array:
    """Grouped kernels, padded with weights of 0 for the channels that they do not read."""
    if layer.groups == 1:
        return weight
    out, inner, *kernel = weight.shape
    whole = np.zeros((layer.groups, out // layer.groups, layer.groups, inner, *kernel))
    for group, own in enumerate(weight.reshape(layer.groups, -1, inner, *kernel)):
        whole[group, :, group] = own
    return whole.reshape(out, -1, *kernel)


def _collect(
    windows: Windows,
    sent: list[Array],
    targets: Index,
    shape: Shape,
    how: Collect,
    shares: Array | None = None,
) -> Array:
    """Products [C, taps, positions], a list of them in the order of a loop → cells [C, H, W].

    ``shares``: what a pool pays to each, 0 where it pays nothing.
    """
    if how == "add" and targets is windows.table:
        return windows.scatter(sent[0])
    if how in ("average", "average_paid"):
        not_0 = ((sent[0] if shares is None else shares) != 0).astype(np.float64)
        counted = not_0 if how == "average_paid" else np.ones_like(not_0)
        total = _collect(windows, sent, targets, shape, "add")
        return total / np.maximum(_collect(windows, [counted], targets, shape, "add"), 1.0)
    if how == "add":
        size = shape[1] * shape[2]
        cells = np.where(targets < 0, shape[0] * size, targets + _planes(shape))
        flat = np.bincount(cells.ravel(), sent[0].ravel(), shape[0] * size + 1)
        return flat[:-1].astype(np.float64, copy=False).reshape(shape)
    # The loop runs over the positions and, inside, over the taps.
    order = targets.T.ravel()
    inside = order >= 0
    cells = order[inside]
    planes = np.full((shape[0], shape[1] * shape[2]), 1.0 if how == "multiply" else 0.0)
    for products in sent:
        paying = products if shares is None else shares
        in_order, pays = (
            each.transpose(0, 2, 1).reshape(len(planes), -1)[:, inside]
            for each in (products, paying)
        )
        for plane, arriving, share in zip(planes, in_order, pays, strict=True):
            if how == "multiply":
                np.multiply.at(plane, cells, arriving)
            elif how == "assign_paid":
                not_0 = share != 0
                plane[cells[not_0]] = arriving[not_0]
            else:
                plane[cells] = arriving
    if how == "multiply":
        planes[:, np.bincount(cells, minlength=planes.shape[1]) == 0] = 0.0  # no window reads these
    return planes.reshape(shape)


def _planes(shape: Shape) -> Index:
    """[C, 1, 1]: the flat index of each channel's first cell."""
    return np.arange(0, math.prod(shape), shape[1] * shape[2])[:, None, None]


class Pass:
    """A trace's backward pass with the steps of some layers replaced.

    Between the loss and the first replaced layer it equals the trace's pass; from there on it is
    computed on demand. ``start`` gives other upstream gradients to begin with; ``inputs`` replace
    the trace's inputs of some layers.
    """

    def __init__(
        self,
        trace: Trace,
        replaced: Mapping[int, Steps],
        start: Callable[[Trace], Array] | None = None,
        inputs: Mapping[int, Array] | None = None,
    ) -> None:
        self.trace, self.replaced = trace, dict(replaced)
        self.values = trace.values
        layers = trace.network.layers
        forwards = [
            i
            for i, steps in self.replaced.items()
            if steps.absent or steps.padding != RIGHT.padding
        ]
        self._top = max([*self.replaced, *(inputs or ())], default=-1)
        first = trace.gradients[self._top + 1]
        if forwards:  # other values give another start
            self._top = len(layers) - 1
            self.values = trace.values[: min(forwards) + 1]
            with np.errstate(all="ignore"):
                for i in range(min(forwards), len(layers)):
                    x = reaching(layers[i], i, self.values)
                    self.values.append(forward(layers[i], x, self.steps(i)))
                first = trace.network.head.start(self.values[-1]).gradient
        if start is not None:
            self._top, first = len(layers) - 1, start(trace)
        if inputs:
            self.values = [inputs.get(i, x) for i, x in enumerate(self.values)]
        self._gradients = {self._top: first}

    @classmethod
    def going_on(cls, trace: Trace, layer: int, gradient: Array) -> "Pass":
        """The right steps below a layer, from another gradient of its output."""
        made = cls(trace, {})
        made._top, made._gradients = layer, {layer: gradient}
        return made

    def steps(self, layer: int) -> Steps:
        """The steps of one layer in this pass."""
        return self.replaced.get(layer, RIGHT)

    def gradient(self, layer: int) -> Array:
        """The gradient of a layer's output; −1 for the input."""
        if layer > self._top:
            return self.trace.gradients[layer + 1]
        layers = self.trace.network.layers
        with np.errstate(all="ignore"):
            for i in range(min(self._gradients) - 1, layer - 1, -1):
                for j, _ in self.trace.network.direct_readers(i):
                    upstream = self.gradient(j)
                    x, output = self.values[j], self.values[j + 1]
                    sent = backward(layers[j], x, upstream, output, self.steps(j))
                    arrived = self._gradients.get(i)
                    self._gradients[i] = sent if arrived is None else arrived + sent
        return self._gradients[layer]

    def parameter(self, layer: int, name: str) -> Array:
        """The gradient of a parameter of a layer."""
        weighted: Any = self.trace.network.layers[layer]
        upstream = self.gradient(layer)
        x, output = self.values[layer], self.values[layer + 1]
        with np.errstate(all="ignore"):
            return backward_parameter(weighted, x, upstream, output, name, self.steps(layer))

    def array(self, layer: int, parameter: str | None) -> Array:
        """The gradient of a layer's output, or of its parameter if one is named."""
        return self.gradient(layer) if parameter is None else self.parameter(layer, parameter)


def replaced_by(steps: Steps, changes: Mapping[str, Any]) -> Steps:
    """Replace some of the steps.

    Raises:
        ValueError: one of them is replaced already by another step.
    """
    for name in changes:
        if getattr(steps, name) != getattr(RIGHT, name):
            raise ValueError(f"{name} is replaced already")
    return Steps(**{**vars(steps), **changes})
