"""The backward pass of a layer, as steps that can be replaced one by one.

A mistake in a backward pass is nearly always one wrong step of one kind of layer: the weight left
out, the products assigned instead of added. So here a layer's way back is a record of its steps,
whose defaults are right, and a mistake is other values for a few of them. Two mistakes together
are the replacements of both.

Everything is computed from a layer's input ``x`` and not from its tape, because zero padding in a
max pool changes the way forwards too.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from app.engine.layers import (
    Activation,
    AvgPool2d,
    Conv2d,
    Layer,
    Linear,
    MaxPool2d,
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
"""What becomes of the products that reach one cell. ``add`` is right.

``assign`` keeps what the last window (in row-major order) sends, ``assign_paid`` what the last
window sends that sends anything, ``assign_each`` the one product that a loop over outputs and
windows comes to last. ``multiply`` multiplies them all. ``average`` divides their sum by how many
they are, ``average_paid`` by how many are not 0. ``last_kernel`` and ``first_kernel`` add what one
kernel alone sends.
"""


def own_weight(layer: Weighted) -> Array:
    """The weights as they are."""
    return layer.weight


def own_slope(layer: Activation, x: Array, upstream: Array) -> Array:
    """The slope at each cell of the input."""
    return np.asarray(layer.forward(x)[1], np.float64)


def own_upstream(upstream: Array, output: Array) -> Array:
    """The gradients that arrive, whatever the layer put out."""
    return upstream


def own_shares(layer: Pool, patches: Array) -> Array:
    """[C, taps, positions]: the local derivatives of windows that hold ``patches``."""
    return _SHARES[layer.name](layer, patches)


def _even_shares(layer: AvgPool2d, patches: Array) -> Array:
    return np.broadcast_to(layer.windows.real / layer.divisor, patches.shape)


def _winners_shares(layer: MaxPool2d, patches: Array) -> Array:
    return shares_under(layer.ties, layer, patches)


_SHARES: dict[str, Callable[[Any, Array], Array]] = {
    "max_pool2d": _winners_shares,
    "avg_pool2d": _even_shares,
}


def shares_under(ties: Ties, layer: Pool, patches: Array) -> Array:
    """The shares of a maximum, under any rule for ties."""
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
    """[C, taps, positions]: 1 where a window's cell holds its maximum."""
    held: Array = np.equal(patches, patches.max(1, keepdims=True)).astype(np.float64)
    return held


def own_products(products: Array, patches: Array) -> Array:
    """The products of a pool as they are."""
    return products


def own_targets(layer: Pool | Conv2d) -> Index:
    """[taps, positions]: the flat index in the plane that a product goes to, −1 for padding."""
    return layer.windows.table


def placed(
    windows: Windows,
    stride: Pair | None = None,
    padding: Pair | None = None,
    dilation: Pair | None = None,
) -> Index:
    """[taps, positions]: the cells that as many windows read with another geometry."""
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
    """[n, positions]: what each of a kernel's n weights meets at each position.

    [out, n, positions] where kernels of several groups meet other channels.
    """
    if layer.slide is None:  # fully connected
        return x[:, None]
    return _by_group(layer, layer.slide.windows.patches(x))


def met_at(layer: Weighted, table: Index, x: Array) -> Array:
    """The same at the cells of a table, 0 outside the map."""
    planes = x.reshape(len(x), -1)
    return _by_group(layer, np.where(table < 0, 0.0, planes[:, table]))


def _by_group(layer: Weighted, patches: Array) -> Array:
    """[C, taps, positions] → what each kernel of its group meets."""
    groups = layer.input_shape[0] // layer.weight.shape[1]
    met = patches.reshape(groups, -1, patches.shape[-1])
    return met[0] if groups == 1 else met.repeat(layer.shape[0] // groups, 0)


def all_positions(rows: Array) -> Array:
    """A bias collects the gradients [out, positions] of every position."""
    total: Array = rows.sum(1)
    return total


@dataclass(frozen=True)
class Steps:
    """How one layer goes backwards. The defaults are right."""

    upstream: Callable[[Array, Array], Array] = own_upstream
    """(upstream gradients, the layer's output) → what the layer takes for its gradients."""
    weight: Callable[[Weighted], Array] = own_weight
    """The weights that gradients come back through, in the shape of the layer's."""
    slope: Callable[[Activation, Array, Array], Array] = own_slope
    """(layer, x, upstream) → the slopes of an activation."""
    padding: float = -np.inf
    """What a max pool reads beside its input."""
    absent: bool = False
    """Whether the layer is left out, forwards and back."""
    shares: Callable[[Pool, Array], Array] = own_shares
    """(layer, patches) → the local derivatives of a pool."""
    products: Callable[[Array, Array], Array] = own_products
    """(upstream × share, patches) → what a pool sends to its cells; both [C, taps, positions]."""
    targets: Callable[[Any], Index] = own_targets
    """The cells that it is sent to."""
    collect: Collect = "add"
    """What becomes of the products that reach one cell."""
    input_gradient: View = identity
    """dL/dx of a convolution, as it is handed over."""
    met: Callable[[Weighted, Array], Array] = own_input
    """(layer, x) → the factors of dL/dW, [n, positions], [out, n, positions] or [out, n, 1]."""
    meeting: View = identity
    """The gradients [out, rows, columns] that meet these factors."""
    weight_gradient: View = identity
    """dL/dW, as it is handed over."""
    bias: Callable[[Array], Array] = all_positions
    """[out, positions] → [out]: which gradients a bias takes."""


RIGHT = Steps()

BACK = frozenset(
    {"upstream", "weight", "slope", "shares", "products", "targets", "collect", "input_gradient"}
)
"""The steps that a layer's gradient to its input takes."""
TO_PARAMETER = {
    "weight": frozenset({"upstream", "met", "meeting", "weight_gradient"}),
    "bias": frozenset({"upstream", "bias"}),
}
"""The steps that the gradients of its parameters take."""
FORWARD = frozenset({"padding", "absent"})
"""The steps that change the way forwards, and with it everything else."""


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


def _through_max_pool(layer: MaxPool2d, x: Array, upstream: Array, steps: Steps) -> Array:
    return _through_pool(layer, layer.windows.patches(x, steps.padding), upstream, steps)


def _through_avg_pool(layer: AvgPool2d, x: Array, upstream: Array, steps: Steps) -> Array:
    return _through_pool(layer, layer.windows.patches(x), upstream, steps)


def _through_pool(layer: Pool, patches: Array, upstream: Array, steps: Steps) -> Array:
    sent = steps.shares(layer, patches) * upstream.reshape(len(patches), 1, -1)
    sent = steps.products(sent, patches)
    targets = steps.targets(layer)
    return _collect(layer.windows, [sent], targets, layer.input_shape, steps.collect)


def _through_unchanged(layer: Layer, x: Array, upstream: Array, steps: Steps) -> Array:
    """Through a layer of which no mistake replaces anything."""
    return layer.backward(layer.forward(x)[1], upstream)


_BACKWARD: PerFamily[Callable[[Any, Array, Array, Steps], Array]] = {
    "convolution": _through_conv2d,
    "fully_connected": _through_linear,
    "activation": _through_activation,
    "softmax": _through_unchanged,
    "max_pool": _through_max_pool,
    "avg_pool": _through_avg_pool,
    "relabelling": _through_unchanged,
    "addition": _through_unchanged,
}


def backward_parameter(
    layer: Weighted, x: Array, upstream: Array, output: Array, name: str, steps: Steps
) -> Array:
    """Gradient of the output → gradient of one parameter, in its shape."""
    upstream = steps.upstream(upstream, output)
    if name == "bias":
        return steps.bias(upstream.reshape(layer.shape[0], -1))
    rows = steps.meeting(upstream).reshape(layer.shape[0], -1)
    met = steps.met(layer, x)
    # Each output's factors on their own where a mistake takes others for each.
    weighed = rows @ met.T if met.ndim == 2 else (met * rows[:, None, :]).sum(2)
    return steps.weight_gradient(weighed.reshape(layer.weight.shape))


def _in_all_channels(layer: Conv2d, weight: Array) -> Array:
    """Kernels of several groups with weights of 0 for the channels that they do not read."""
    if layer.groups == 1:
        return weight
    out, inner, *kernel = weight.shape
    whole = np.zeros((layer.groups, out // layer.groups, layer.groups, inner, *kernel))
    for group, own in enumerate(weight.reshape(layer.groups, -1, inner, *kernel)):
        whole[group, :, group] = own
    return whole.reshape(out, -1, *kernel)


def _collect(
    windows: Windows, sent: list[Array], targets: Index, shape: Shape, how: Collect
) -> Array:
    """Products [C, taps, positions], a list of them in the order of a loop → cells [C, H, W]."""
    if how == "add" and targets is windows.table:
        return windows.scatter(sent[0])
    if how in ("average", "average_paid"):
        paid = (sent[0] != 0).astype(np.float64)
        counted = paid if how == "average_paid" else np.ones_like(paid)
        total = _collect(windows, sent, targets, shape, "add")
        return total / np.maximum(_collect(windows, [counted], targets, shape, "add"), 1.0)
    if how == "add":
        size = shape[1] * shape[2]
        cells = np.where(targets < 0, shape[0] * size, targets + _planes(shape))
        flat = np.bincount(cells.ravel(), sent[0].ravel(), shape[0] * size + 1)
        return flat[:-1].astype(np.float64, copy=False).reshape(shape)
    # A loop comes to one position after the other, and there to one tap after the other.
    order = targets.T.ravel()
    inside = order >= 0
    cells = order[inside]
    planes = np.full((shape[0], shape[1] * shape[2]), 1.0 if how == "multiply" else 0.0)
    for products in sent:
        in_order = products.transpose(0, 2, 1).reshape(len(planes), -1)[:, inside]
        for plane, arriving in zip(planes, in_order, strict=True):
            if how == "multiply":
                np.multiply.at(plane, cells, arriving)
            elif how == "assign_paid":
                paid = arriving != 0
                plane[cells[paid]] = arriving[paid]
            else:
                plane[cells] = arriving
    if how == "multiply":
        planes[:, np.bincount(cells, minlength=planes.shape[1]) == 0] = 0.0  # nothing reads these
    return planes.reshape(shape)


def _planes(shape: Shape) -> Index:
    """[C, 1, 1]: where each channel's cells begin."""
    return np.arange(0, math.prod(shape), shape[1] * shape[2])[:, None, None]


class Pass:
    """A trace's backward pass with the steps of some layers replaced.

    It is the trace's down to the first replaced layer, and from there computed as far as it is
    asked for. ``start`` are other gradients to begin with; ``inputs`` are what some layers have
    seen instead of the trace's values.
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
        begun = trace.gradients[self._top + 1]
        if forwards:  # other values, and with them another start
            self._top = len(layers) - 1
            self.values = trace.values[: min(forwards) + 1]
            with np.errstate(all="ignore"):
                for i in range(min(forwards), len(layers)):
                    x = reaching(layers[i], i, self.values)
                    self.values.append(forward(layers[i], x, self.steps(i)))
                begun = trace.network.head.start(self.values[-1]).gradient
        if start is not None:
            self._top, begun = len(layers) - 1, start(trace)
        if inputs:
            self.values = [inputs.get(i, x) for i, x in enumerate(self.values)]
        self._gradients = {self._top: begun}

    def steps(self, layer: int) -> Steps:
        """How one layer goes backwards here."""
        return self.replaced.get(layer, RIGHT)

    def gradient(self, layer: int) -> Array:
        """Of the output of a layer, of the input for −1."""
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
        """Of a parameter of a layer."""
        weighted: Any = self.trace.network.layers[layer]
        upstream = self.gradient(layer)
        x, output = self.values[layer], self.values[layer + 1]
        with np.errstate(all="ignore"):
            return backward_parameter(weighted, x, upstream, output, name, self.steps(layer))

    def array(self, layer: int, parameter: str | None) -> Array:
        """One or the other."""
        return self.gradient(layer) if parameter is None else self.parameter(layer, parameter)


def replaced_by(steps: Steps, changes: Mapping[str, Any]) -> Steps:
    """Steps with some of them replaced.

    Raises:
        ValueError: one of them is replaced already, by something else.
    """
    for name in changes:
        if getattr(steps, name) != getattr(RIGHT, name):
            raise ValueError(f"{name} is replaced already")
    return Steps(**{**vars(steps), **changes})
