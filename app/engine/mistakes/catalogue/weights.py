"""Mistakes with weights: in the gradient of the input, and in the gradients of parameters."""

import math
from typing import Any

import numpy as np

from app.engine.layers import Conv2d, Linear, MaxPool, Pool
from app.engine.mistakes.catalogue.mistake import Change, Changes, Mistake, ones
from app.engine.mistakes.steps import Weighted, own_input
from app.engine.types import Array


def _always(**changes: Any) -> Change:
    return lambda layer: changes


def _one_neuron_copied(layer: Linear) -> Changes:
    """`dx[:] = g`, which runs with one output neuron."""
    return {"weight": ones, "collect": "assign_each"} if layer.shape == (1,) else {}


def _linear_copied_in_place(layer: Linear) -> Changes:
    """`dx = g`, which runs where both have the same shape."""
    square = layer.shape == layer.input_shape
    return {"weight": lambda layer: np.eye(len(layer.weight))} if square else {}


def _not_in_groups(changes: Changes) -> Change:
    """The changes where kernels read all channels; with groups, a loop reaches other cells."""
    return lambda layer: changes if layer.groups == 1 else {}


def _conv_copied_in_place(layer: Conv2d) -> Changes:
    windows = layer.windows
    if layer.shape != layer.input_shape or windows.stride != (1, 1) or layer.groups > 1:
        return {}
    if windows.after != windows.padding:
        return {}
    taps = [p // d for p, d in zip(windows.padding, windows.dilation, strict=True)]
    centred = all(
        tap * d == p and tap < k
        for tap, k, p, d in zip(
            taps, windows.kernel, windows.padding, windows.dilation, strict=True
        )
    )
    if not centred:
        return {}

    def centre(layer: Weighted) -> Array:
        kernels = np.zeros((*layer.weight.shape[:2], windows.taps))
        kernels[:, :, taps[0] * windows.kernel[1] + taps[1]] = np.eye(len(kernels))
        return kernels.reshape(layer.weight.shape)

    return {"weight": centre}


def _linear_has_several_readers(layer: Linear) -> bool:
    return len(layer.weight) > 1


def _pool_has_several_readers(layer: Pool) -> bool:
    cells = layer.windows.table[layer.windows.table >= 0]
    return bool((np.bincount(cells) > 1).any())


def _conv_has_several_readers(layer: Conv2d) -> bool:
    """Whether several outputs read one input cell: ``multiply`` needs at least two products."""
    if layer.groups > 1:
        return False
    cells = layer.windows.table[layer.windows.table >= 0]
    return len(layer.weight) > 1 or bool((np.bincount(cells) > 1).any())


def _multiplied(**changes: Any) -> dict[Any, Change]:
    together = {"collect": "multiply", **changes}
    return {
        "fully_connected": lambda layer: together if _linear_has_several_readers(layer) else {},
        "convolution": lambda layer: together if _conv_has_several_readers(layer) else {},
    }


def _flipped(layer: Weighted) -> Array:
    return np.flip(layer.weight, tuple(range(2, layer.weight.ndim)))


def _unflipped(layer: Conv2d) -> Changes:
    """A gather without flipping the kernel equals a scatter with the flipped kernel."""
    return {"weight": _flipped} if layer.windows.taps > 1 else {}


def _linear_transposed(layer: Linear) -> Changes:
    """`W @ g` for `W.T @ g`, with a `reshape` where W is not square.

    For dL/dW, `outer(x, g)` for `outer(g, x)`.
    """
    if min(layer.weight.shape) == 1:
        return {}
    return {
        "weight": lambda layer: layer.weight.reshape(layer.weight.shape[::-1]).T,
        "weight_gradient": lambda gradient: gradient.T.reshape(gradient.shape),
    }


def _kernels_transposed(layer: Conv2d) -> Changes:
    """Kernels with rows and columns exchanged."""
    if not layer.windows.kernel[0] == layer.windows.kernel[1] > 1:
        return {}
    return {
        "weight": lambda layer: layer.weight.swapaxes(2, 3),
        "weight_gradient": lambda gradient: gradient.swapaxes(2, 3),
    }


def _channels_transposed(layer: Conv2d) -> Changes:
    """`weight.reshape(in, out, kh, kw)`, where a transpose of the channels is needed."""
    if min(layer.weight.shape[:2]) == 1:
        return {}

    def mixed(layer: Weighted) -> Array:
        out, channels, *kernel = layer.weight.shape
        return layer.weight.reshape(channels, out, *kernel).swapaxes(0, 1)

    return {"weight": mixed}


def _turned(gradient: Array) -> Array:
    """Turned by 180°."""
    return gradient[..., ::-1, ::-1]


def _reversed(gradient: Array) -> Array:
    return gradient[..., ::-1]


_TURNED = {1: _reversed, 2: _turned}
"""By the number of axes that a layer slides along."""


def _half_turned(layer: Conv2d) -> Changes:
    """dL/dx turned by 180°: a gather that flips the gradients instead of the kernel.

    And dL/dW turned by 180°: a correlation that exchanges the map and the gradients.
    """
    changes = {}
    if layer.windows.taps > 1:
        changes["weight_gradient"] = _TURNED[layer.axes]
    if layer.windows.plane != (1, 1):
        changes["input_gradient"] = _TURNED[layer.axes]
    return changes


def _one_kernel(which: str) -> dict[Any, Change]:
    """`dx = …` for `dx += …` in a loop over kernels."""
    return {"convolution": lambda layer: {"collect": which} if len(layer.weight) > 1 else {}}


def _averaged_conv(layer: Conv2d) -> Changes:
    """`.mean()` for `.sum()` over the readers of a cell, or over the positions of a kernel."""
    changes: dict[str, Any] = {}
    if _conv_has_several_readers(layer):
        changes["collect"] = "average"
    if (positions := layer.windows.positions) > 1:
        changes["input_factors"] = lambda layer, x: own_input(layer, x) / positions
        changes["bias"] = lambda rows: rows.mean(1)
    return changes


def _averaged_max_pool(layer: MaxPool) -> Changes:
    """`.mean()` for `.sum()` over the windows that a cell won."""
    return {"collect": "average_paid"} if _pool_has_several_readers(layer) else {}


WEIGHTS: tuple[Mistake, ...] = (
    Mistake(
        "unweighted",
        dict.fromkeys(("convolution", "fully_connected"), _always(weight=ones)),
        pairs=True,
    ),
    Mistake(
        "copied",
        {
            # `dx[:, window] = g[o, i, j]`
            "convolution": _not_in_groups({"weight": ones, "collect": "assign_each"}),
            "fully_connected": _one_neuron_copied,
        },
        pairs=True,
    ),
    Mistake(
        "copied",
        {"convolution": _conv_copied_in_place, "fully_connected": _linear_copied_in_place},
        "in place",
        pairs=True,
    ),
    Mistake("multiplied", _multiplied(), "products", pairs=True),
    Mistake("multiplied", _multiplied(weight=ones), "gradients", pairs=True),
    Mistake("unflipped", {"convolution": _unflipped}, pairs=True),
    # `dx[:, window] = …` for `+=`, the window's zeros included
    Mistake(
        "assigned",
        dict.fromkeys(("convolution", "max_pool", "avg_pool"), _always(collect="assign")),
        pairs=True,
    ),
    # the same in a loop over the outputs too: only the last output remains
    Mistake(
        "assigned",
        {
            "convolution": _not_in_groups({"collect": "assign_each"}),
            "fully_connected": _always(collect="assign_each"),
        },
        "outputs",
        pairs=True,
    ),
    # `dx[winner] = g`: the other cells of the window stay unchanged
    Mistake("assigned", {"max_pool": _always(collect="assign_paid")}, "winners", pairs=True),
    # the three together: no loop of the whole pass adds
    Mistake(
        "assigned",
        {
            "convolution": _not_in_groups({"collect": "assign_each"}),
            "fully_connected": _always(collect="assign_each"),
            "max_pool": _always(collect="assign_paid"),
            "avg_pool": _always(collect="assign"),
        },
        "everywhere",
    ),
    Mistake("last_kernel", _one_kernel("last_kernel"), "last"),
    Mistake("last_kernel", _one_kernel("first_kernel"), "first"),
    Mistake(
        "transposed",
        {"fully_connected": _linear_transposed, "convolution": _kernels_transposed},
        pairs=True,
    ),
    Mistake("transposed", {"convolution": _channels_transposed}, "channels", pairs=True),
    Mistake("half_turned", {"convolution": _half_turned}, pairs=True),
    Mistake(
        "averaged",
        {
            "convolution": _averaged_conv,
            "fully_connected": lambda layer: (
                {"collect": "average"} if _linear_has_several_readers(layer) else {}
            ),
            "max_pool": _averaged_max_pool,
            "avg_pool": lambda layer: (
                {"collect": "average"} if _pool_has_several_readers(layer) else {}
            ),
        },
        pairs=True,
    ),
)


def one_position(position: int) -> Mistake:
    """`db[o] = g[o, i, j]`; the variant is the flat position, in a loop the last one."""

    def changes(layer: Conv2d) -> Changes:
        several = layer.windows.positions > 1
        return {"bias": lambda rows: rows[:, position]} if several else {}

    return Mistake("bias_one_cell", {"convolution": changes}, str(position), pairs=True)


def _weight_as_factor(layer: Weighted) -> Changes:
    """`dW = g * W`: the factor of dL/dx, used for dL/dW."""
    return {"input_factors": lambda layer, x: layer.weight.reshape(len(layer.weight), -1, 1)}


def _summed_over_kernels(rows: Array) -> Array:
    return np.full(len(rows), rows.sum())


def _all_kernels(layer: Weighted) -> Changes:
    """`db[:] = g.sum()`."""
    return {"bias": _summed_over_kernels} if len(layer.weight) > 1 else {}


def _convolved(layer: Conv2d) -> Changes:
    """`convolve2d(x, g)` for `correlate2d(x, g)`."""
    return {"upstream_factors": _TURNED[layer.axes]} if layer.windows.positions > 1 else {}


def _first_channel(layer: Conv2d) -> Changes:
    """`x[0]` instead of `x[c]`."""
    channels = layer.input_shape[0]
    if channels == 1 or layer.groups > 1:
        return {}

    def input_factors(layer: Weighted, x: Array) -> Array:
        own = own_input(layer, x)
        taps = math.prod(layer.weight.shape[2:])
        return np.tile(own[:taps], (channels, 1))

    return {"input_factors": input_factors}


PARAMETERS: tuple[Mistake, ...] = (
    one_position(0),  # stands for all positions; the search determines which one fits
    Mistake("bias_all_kernels", {"convolution": _all_kernels, "fully_connected": _all_kernels}),
    Mistake(
        "weight_as_factor",
        {"convolution": _weight_as_factor, "fully_connected": _weight_as_factor},
        pairs=True,
    ),
    Mistake("convolved", {"convolution": _convolved}),
    Mistake("one_channel", {"convolution": _first_channel}),
)
