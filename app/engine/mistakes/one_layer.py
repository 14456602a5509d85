"""One layer's backward pass, with its steps, right or replaced.

Everything is computed from a layer's input ``x`` and not from its tape, because zero padding in a
max pool changes the forward pass too.
"""

import math
from collections.abc import Callable
from typing import Any

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
)
from app.engine.mistakes.steps import RIGHT, Collect, Steps
from app.engine.types import Array, Index, Shape
from app.engine.windows import Windows


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
    weight = steps.weight(layer)
    match steps.collect:
        case "multiply":
            return np.asarray(np.multiply.reduce(upstream[:, None] * weight))
        case "average":
            return np.asarray((upstream[:, None] * weight).mean(0))
        case "assign_each" | "last_kernel":
            return np.asarray(upstream[-1] * weight[-1])
        case "first_kernel":
            return np.asarray(upstream[0] * weight[0])
        case _:
            return upstream @ weight


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
    if how == "assign_each":  # every output writes to the same cells, so that the last one remains
        kernels, rows, how = kernels[-1:], rows[-1:], "assign"
    if how == "multiply":  # the products of all outputs at a cell, before those of its windows
        kernels, rows = kernels.prod(0, keepdims=True), rows.prod(0, keepdims=True)
    sent = (kernels.T @ rows).reshape(shape)
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
    return _collect(layer.windows, sent, targets, layer.input_shape, steps.collect, shares)


def _through_unchanged(layer: Layer, x: Array, upstream: Array, steps: Steps) -> Array:
    """Through a layer in which no mistake replaces a step."""
    return layer.backward(layer.forward(x)[1], upstream, steps.derivatives)


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
        tape = layer.forward(x)[1]
        gradients: dict[str, Array] = layer.backward_parameters(tape, upstream, steps.derivatives)
        return gradients[name]
    if name == "bias":
        return steps.bias(upstream.reshape(layer.shape[0], -1))
    rows = steps.upstream_factors(upstream).reshape(layer.shape[0], -1)
    factors = steps.input_factors(layer, x)
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
    sent: Array,
    targets: Index,
    shape: Shape,
    how: Collect,
    shares: Array | None = None,
) -> Array:
    """Products [C, taps, positions] → cells [C, H, W], or [C, L] along one axis.

    ``shares``: what a pool pays to each, 0 where it pays nothing.
    """
    if how == "add" and targets is windows.table:
        return windows.scatter(sent)
    if how in ("average", "average_paid"):
        not_0 = ((sent if shares is None else shares) != 0).astype(np.float64)
        counted = not_0 if how == "average_paid" else np.ones_like(not_0)
        total = _collect(windows, sent, targets, shape, "add")
        return total / np.maximum(_collect(windows, counted, targets, shape, "add"), 1.0)
    if how == "add":
        size = math.prod(shape[1:])
        cells = np.where(targets < 0, shape[0] * size, targets + _planes(shape))
        flat = np.bincount(cells.ravel(), sent.ravel(), shape[0] * size + 1)
        return flat[:-1].astype(np.float64, copy=False).reshape(shape)
    # The loop runs over the positions and, inside, over the taps.
    order = targets.T.ravel()
    inside = order >= 0
    cells = order[inside]
    planes = np.full((shape[0], math.prod(shape[1:])), 1.0 if how == "multiply" else 0.0)
    in_order = sent.transpose(0, 2, 1).reshape(len(planes), -1)[:, inside]
    if how == "multiply":
        for plane, arriving in zip(planes, in_order, strict=True):
            np.multiply.at(plane, cells, arriving)
    elif how == "assign_paid":
        paid = sent if shares is None else shares
        pays = paid.transpose(0, 2, 1).reshape(len(planes), -1)[:, inside] != 0
        for plane, arriving, share in zip(planes, in_order, pays, strict=True):
            plane[cells[share]] = arriving[share]
    else:
        planes[:, cells] = in_order
    if how == "multiply":
        planes[:, np.bincount(cells, minlength=planes.shape[1]) == 0] = 0.0  # no window reads these
    return planes.reshape(shape)


def _planes(shape: Shape) -> Index:
    """[C, 1, 1]: the flat index of each channel's first cell."""
    return np.arange(0, math.prod(shape), math.prod(shape[1:]))[:, None, None]
