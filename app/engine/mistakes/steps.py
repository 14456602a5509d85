"""The backward pass of a layer, as steps that can be replaced one by one.

A mistake in a backward pass is nearly always one wrong step of one kind of layer: the weight left
out, the products assigned instead of added. So here a layer's way back is a record of its steps,
whose defaults are right, and a mistake is other values for a few of them. Two mistakes together
are the replacements of both.

Everything is computed from a layer's input ``x`` and not from its tape, because zero padding in a
max pool changes the way forwards too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from app.engine.layers import Activation, AvgPool2d, Conv2d, Layer, Linear, MaxPool2d, Pool
from app.engine.network import Trace
from app.engine.types import Array, Index, Shape, View, identity
from app.engine.windows import Windows

Weighted = Conv2d | Linear

Collect = Literal[
    "add", "assign", "assign_each", "assign_paid", "multiply", "average", "average_paid",
]  # fmt: skip
"""What becomes of the products that reach one cell. ``add`` is right.

``assign`` keeps what the last window (in row-major order) sends, ``assign_paid`` what the last
window sends that sends anything, ``assign_each`` the one product that a loop over outputs and
windows comes to last. ``multiply`` multiplies them all. ``average`` divides their sum by how many
they are, ``average_paid`` by how many are not 0.
"""


def own_weight(layer: Weighted) -> Array:
    """The weights as they are."""
    return layer.weight


def own_slope(layer: Activation, x: Array, upstream: Array) -> Array:
    """The slope at each cell of the input."""
    return np.asarray(layer.forward(x)[1], np.float64)


def own_shares(layer: Pool, patches: Array) -> Array:
    """[C, taps, positions]: the local derivatives of windows that hold ``patches``."""
    if isinstance(layer, AvgPool2d):
        return np.broadcast_to(layer.windows.real / layer.divisor, patches.shape)
    assert isinstance(layer, MaxPool2d)
    maxima = all_maxima(layer, patches)
    if layer.ties == "all":
        return maxima
    if layer.ties == "split":
        shared: Array = maxima / maxima.sum(1, keepdims=True)
        return shared
    taps = layer.windows.taps
    winner = maxima.argmax(1) if layer.ties == "first" else taps - 1 - maxima[:, ::-1].argmax(1)
    won: Array = np.equal(winner[:, None, :], np.arange(taps)[:, None]).astype(np.float64)
    return won


def all_maxima(layer: Pool, patches: Array) -> Array:
    """[C, taps, positions]: 1 where a window's cell holds its maximum."""
    held: Array = np.equal(patches, patches.max(1, keepdims=True)).astype(np.float64)
    return held


def own_products(products: Array, patches: Array) -> Array:
    """The products of a pool as they are."""
    return products


def own_targets(layer: Pool) -> Index:
    """[taps, positions]: the flat index in the plane that a product goes to, −1 for padding."""
    return layer.windows.table


def own_input(layer: Weighted, x: Array) -> Array:
    """[n, positions]: what each of a kernel's n weights meets at each position.

    [out, n, positions] where kernels of several groups meet other channels.
    """
    if isinstance(layer, Linear):
        return x[:, None]
    patches = layer.windows.patches(x).reshape(layer.groups, -1, layer.windows.positions)
    return patches[0] if layer.groups == 1 else patches.repeat(layer.shape[0] // layer.groups, 0)


def all_positions(rows: Array) -> Array:
    """A bias collects the gradients [out, positions] of every position."""
    total: Array = rows.sum(1)
    return total


@dataclass(frozen=True)
class Steps:
    """How one layer goes backwards. The defaults are right."""

    upstream: View = identity
    """The upstream gradients, as the layer takes them."""
    weight: Callable[[Weighted], Array] = own_weight
    """The weights that gradients come back through, in the shape of the layer's."""
    slope: Callable[[Activation, Array, Array], Array] = own_slope
    """(layer, x, upstream) → the slopes of an activation."""
    padding: float = -np.inf
    """What a max pool reads beside its input."""
    shares: Callable[[Pool, Array], Array] = own_shares
    """(layer, patches) → the local derivatives of a pool."""
    products: Callable[[Array, Array], Array] = own_products
    """(upstream × share, patches) → what a pool sends to its cells; both [C, taps, positions]."""
    targets: Callable[[Pool], Index] = own_targets
    """The cells that it is sent to."""
    collect: Collect = "add"
    """What becomes of the products that reach one cell."""
    input_gradient: View = identity
    """dL/dx of a convolution, as it is handed over."""
    met: Callable[[Weighted, Array], Array] = own_input
    """(layer, x) → the factors of dL/dW, [n, positions], [out, n, positions] or [out, n, 1]."""
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
    "weight": frozenset({"upstream", "met", "weight_gradient"}),
    "bias": frozenset({"upstream", "bias"}),
}
"""The steps that the gradients of its parameters take."""
FORWARD = frozenset({"padding"})
"""The step that changes the way forwards, and with it everything else."""


def forward(layer: Layer, x: Array, steps: Steps) -> Array:
    """Input → output."""
    if isinstance(layer, MaxPool2d) and steps.padding != RIGHT.padding:
        best: Array = layer.windows.patches(x, steps.padding).max(1)
        return best.reshape(layer.shape)
    return layer.forward(x)[0]


def backward(layer: Layer, x: Array, upstream: Array, steps: Steps) -> Array:
    """Gradient of the output → gradient of the input, in its shape."""
    upstream = steps.upstream(upstream)
    if isinstance(layer, Activation):
        return upstream * steps.slope(layer, x, upstream)
    if isinstance(layer, Linear):
        products = upstream[:, None] * steps.weight(layer)
        if steps.collect == "multiply":
            return np.asarray(np.multiply.reduce(products))
        if steps.collect == "average":
            return np.asarray(products.mean(0))
        return products[-1] if steps.collect == "assign_each" else upstream @ steps.weight(layer)
    if isinstance(layer, Conv2d):
        rows = upstream.reshape(layer.shape[0], -1)
        return steps.input_gradient(_backward_conv2d(layer, rows, steps))
    if isinstance(layer, Pool):
        windows = layer.windows
        patches = windows.patches(x, steps.padding if isinstance(layer, MaxPool2d) else 0.0)
        sent = steps.shares(layer, patches) * upstream.reshape(len(patches), 1, -1)
        sent = steps.products(sent, patches)
        return _collect(windows, [sent], steps.targets(layer), layer.input_shape, steps.collect)
    return layer.backward(layer.forward(x)[1], upstream)  # nothing that a mistake replaces


def backward_parameter(
    layer: Weighted, x: Array, upstream: Array, name: str, steps: Steps
) -> Array:
    """Gradient of the output → gradient of one parameter, in its shape."""
    rows = steps.upstream(upstream).reshape(layer.shape[0], -1)
    if name == "bias":
        return steps.bias(rows)
    met = steps.met(layer, x)
    # Each output's factors on their own where a mistake takes others for each.
    weighed = rows @ met.T if met.ndim == 2 else (met * rows[:, None, :]).sum(2)
    return steps.weight_gradient(weighed.reshape(layer.weight.shape))


def _backward_conv2d(layer: Conv2d, rows: Array, steps: Steps) -> Array:
    windows = layer.windows
    kernels = _in_all_channels(layer, steps.weight(layer)).reshape(len(rows), -1)
    shape = (layer.input_shape[0], windows.taps, windows.positions)
    if steps.collect == "average":
        kernels = kernels / len(kernels)
    if steps.collect in ("add", "assign", "average"):
        sent = [(kernels.T @ rows).reshape(shape)]
    else:
        outputs = zip(kernels, rows, strict=True)
        sent = [np.outer(kernel, row).reshape(shape) for kernel, row in outputs]
    return _collect(windows, sent, windows.table, layer.input_shape, steps.collect)


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
    # A loop comes to one position after the other, and there to one tap after the other.
    order = targets.T.ravel()
    inside = order >= 0
    cells = order[inside]
    planes = np.full((shape[0], shape[1] * shape[2]), 1.0 if how == "multiply" else 0.0)
    for products in sent:
        in_order = products.transpose(0, 2, 1).reshape(len(planes), -1)[:, inside]
        for plane, arriving in zip(planes, in_order, strict=True):
            if how == "add":
                np.add.at(plane, cells, arriving)
            elif how == "multiply":
                np.multiply.at(plane, cells, arriving)
            elif how == "assign_paid":
                paid = arriving != 0
                plane[cells[paid]] = arriving[paid]
            else:
                plane[cells] = arriving
    if how == "multiply":
        planes[:, np.bincount(cells, minlength=planes.shape[1]) == 0] = 0.0  # nothing reads these
    return planes.reshape(shape)


class Pass:
    """A trace's backward pass with the steps of some layers replaced.

    It is the trace's down to the first replaced layer, and from there computed as far as it is
    asked for. ``view`` is how it takes the gradients that it starts from; ``inputs`` are what some
    layers have seen instead of the trace's values.
    """

    def __init__(
        self,
        trace: Trace,
        replaced: Mapping[int, Steps],
        view: View = identity,
        inputs: Mapping[int, Array] | None = None,
    ) -> None:
        self.trace, self.replaced = trace, dict(replaced)
        self.values = trace.values
        layers = trace.network.layers
        forwards = [i for i, steps in self.replaced.items() if steps.padding != RIGHT.padding]
        changed = [*self.replaced, *(inputs or ())]
        self._top = max(changed, default=-1) if view is identity else len(layers) - 1
        start = trace.gradients[self._top + 1]
        if forwards:  # other values, and with them another start
            self._top = len(layers) - 1
            self.values = trace.values[: min(forwards) + 1]
            with np.errstate(all="ignore"):
                for i in range(min(forwards), len(layers)):
                    self.values.append(forward(layers[i], self.values[-1], self.steps(i)))
                start = trace.network.head.start(self.values[-1]).gradient
        if inputs:
            self.values = [inputs.get(i, x) for i, x in enumerate(self.values)]
        self._gradients = {self._top: view(start)}

    def steps(self, layer: int) -> Steps:
        """How one layer goes backwards here."""
        return self.replaced.get(layer, RIGHT)

    def gradient(self, layer: int) -> Array:
        """Of the output of a layer, of the input for −1."""
        if layer > self._top:
            return self.trace.gradients[layer + 1]
        layers = self.trace.network.layers
        with np.errstate(all="ignore"):
            for i in range(min(self._gradients), layer, -1):
                upstream = self._gradients[i]
                self._gradients[i - 1] = backward(
                    layers[i], self.values[i], upstream, self.steps(i)
                )
        return self._gradients[layer]

    def parameter(self, layer: int, name: str) -> Array:
        """Of a parameter of a layer."""
        weighted = self.trace.network.layers[layer]
        assert isinstance(weighted, Conv2d | Linear)
        upstream = self.gradient(layer)
        with np.errstate(all="ignore"):
            return backward_parameter(
                weighted, self.values[layer], upstream, name, self.steps(layer)
            )

    def array(self, layer: int, parameter: str | None) -> Array:
        """One or the other."""
        return self.gradient(layer) if parameter is None else self.parameter(layer, parameter)


def replace(steps: Steps, changes: Mapping[str, Any]) -> Steps:
    """Steps with some of them replaced.

    Raises:
        ValueError: one of them is replaced already, by something else.
    """
    for name in changes:
        if getattr(steps, name) != getattr(RIGHT, name):
            raise ValueError(f"{name} is replaced already")
    return Steps(**{**vars(steps), **changes})
