"""The wrong backward passes that people write, each as the steps it replaces.

A mistake is a function: layer → the steps that someone with this mistake does otherwise there,
none where the mistake does not concern the layer. Where people write one and the same mistake in
several ways, several entries carry its code, and ``variant`` tells them apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from app.engine.layers import (
    Activation,
    Conv2d,
    Flatten,
    Identity,
    Layer,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Pool,
    Relu,
)
from app.engine.mistakes.steps import Weighted, all_maxima, own_input
from app.engine.types import Array, Index, View, identity

Code = Literal[
    "unweighted", "copied", "multiplied", "unflipped", "assigned", "ties_all", "times_activation",
    "negatives_dropped", "zero_padding", "local_index", "spread", "slope_from_gradient",
    "slope_forgotten", "bias_one_cell", "weight_as_factor", "transposed", "half_turned", "averaged",
    "sign_reversed",
]  # fmt: skip
"""The names of the mistakes; `app.diagnosis` says them in words."""

CODES: tuple[Code, ...] = get_args(Code)

Changes = Mapping[str, Any]
"""Fields of ``Steps`` and what a mistake has there."""


@dataclass(frozen=True)
class Mistake:
    """A wrong step of the backward pass."""

    code: Code
    changes: Callable[[Layer], Changes]
    """Layer → the replaced steps; empty where the mistake does not concern it."""
    variant: str = ""
    start: View = identity
    """What it makes of the first upstream gradients, which no layer does."""


# --- weights ------------------------------------------------------------------------------------


def _ones(layer: Weighted) -> Array:
    return np.ones_like(layer.weight)


def _unweighted(layer: Layer) -> Changes:
    return {"weight": _ones} if isinstance(layer, Weighted) else {}


def _in_groups(layer: Layer) -> bool:
    """Whether kernels read some channels only: a loop over all outputs meets other cells there."""
    return isinstance(layer, Conv2d) and layer.groups > 1


def _copied_over_windows(layer: Layer) -> Changes:
    """`dx[:, window] = g[o, i, j]`; with one output neuron, `dx[:] = g`."""
    if _in_groups(layer):
        return {}
    if isinstance(layer, Conv2d) or (isinstance(layer, Linear) and layer.shape == (1,)):
        return {"weight": _ones, "collect": "assign_each"}
    return {}


def _copied_in_place(layer: Layer) -> Changes:
    """`dx = g`, where both have one shape."""
    if not isinstance(layer, Weighted) or layer.shape != layer.input_shape or _in_groups(layer):
        return {}
    if isinstance(layer, Linear):
        return {"weight": lambda layer: np.eye(len(layer.weight))}
    windows = layer.windows
    taps = [p // d for p, d in zip(windows.padding, windows.dilation, strict=True)]
    centred = all(
        tap * d == p and tap < k
        for tap, k, p, d in zip(
            taps, windows.kernel, windows.padding, windows.dilation, strict=True
        )
    )
    if not centred or windows.stride != (1, 1) or windows.after != windows.padding:
        return {}

    def centre(layer: Weighted) -> Array:
        kernels = np.zeros_like(layer.weight)
        kernels[:, :, taps[0], taps[1]] = np.eye(len(kernels))
        return kernels

    return {"weight": centre}


def _has_several_readers(layer: Weighted | Pool) -> bool:
    """Whether any cell of its input has: nothing can be multiplied where there is one number."""
    if _in_groups(layer):
        return False
    if isinstance(layer, Linear) or (isinstance(layer, Conv2d) and len(layer.weight) > 1):
        return len(layer.weight) > 1
    cells = layer.windows.table[layer.windows.table >= 0]
    return bool((np.bincount(cells) > 1).any())


def _products_multiplied(layer: Layer) -> Changes:
    concerned = isinstance(layer, Weighted) and _has_several_readers(layer)
    return {"collect": "multiply"} if concerned else {}


def _gradients_multiplied(layer: Layer) -> Changes:
    concerned = isinstance(layer, Weighted) and _has_several_readers(layer)
    return {"weight": _ones, "collect": "multiply"} if concerned else {}


def _flipped(layer: Weighted) -> Array:
    return layer.weight[:, :, ::-1, ::-1]


def _unflipped(layer: Layer) -> Changes:
    """A gather that does not turn the kernel sends back what a scatter of the turned one would."""
    return {"weight": _flipped} if isinstance(layer, Conv2d) and layer.windows.taps > 1 else {}


def _transposed(layer: Layer) -> Changes:
    """`W @ g` for `W.T @ g`, where W is not square by way of a `reshape`; kernels: rows ↔ columns.

    dL/dW likewise: `outer(x, g)` for `outer(g, x)`.
    """
    if isinstance(layer, Linear) and min(layer.weight.shape) > 1:
        return {
            "weight": lambda layer: layer.weight.reshape(layer.weight.shape[::-1]).T,
            "weight_gradient": lambda gradient: gradient.T.reshape(gradient.shape),
        }
    if isinstance(layer, Conv2d) and layer.windows.kernel[0] == layer.windows.kernel[1] > 1:
        return {
            "weight": lambda layer: layer.weight.swapaxes(2, 3),
            "weight_gradient": lambda gradient: gradient.swapaxes(2, 3),
        }
    return {}


def _channels_transposed(layer: Layer) -> Changes:
    """`weight.reshape(in, out, kh, kw)`, where input and output channels had to change places."""
    if not isinstance(layer, Conv2d) or min(layer.weight.shape[:2]) == 1:
        return {}

    def mixed(layer: Weighted) -> Array:
        out, channels, *kernel = layer.weight.shape
        return layer.weight.reshape(channels, out, *kernel).swapaxes(0, 1)

    return {"weight": mixed}


def _turned(gradient: Array) -> Array:
    return gradient[..., ::-1, ::-1]


def _half_turned(layer: Layer) -> Changes:
    """A gather that turns the gradients for the kernel gives dL/dx turned.

    So does one that slides the gradients' window over the wrong of two maps, with dL/dW.
    """
    if not isinstance(layer, Conv2d):
        return {}
    changes = {}
    if layer.windows.taps > 1:
        changes["weight_gradient"] = _turned
    if layer.windows.plane != (1, 1):
        changes["input_gradient"] = _turned
    return changes


# --- several windows that read one cell ---------------------------------------------------------


def _assigned(layer: Layer) -> Changes:
    """`dx[:, window] = …` for `+=`, the window's zeros included."""
    return {"collect": "assign"} if isinstance(layer, Conv2d | Pool) else {}


def _assigned_each(layer: Layer) -> Changes:
    """The same in a loop over the outputs, too: the last output alone is left."""
    concerned = isinstance(layer, Weighted) and not _in_groups(layer)
    return {"collect": "assign_each"} if concerned else {}


def _assigned_to_winners(layer: Layer) -> Changes:
    """`dx[winner] = g`: the other cells of the window are left alone."""
    return {"collect": "assign_paid"} if isinstance(layer, MaxPool2d) else {}


def _averaged(layer: Layer) -> Changes:
    """`.mean()` for `.sum()`: over the readers of a cell, over the positions of a kernel.

    A window of a max pool counts where the cell won it.
    """
    changes: dict[str, Any] = {}
    if isinstance(layer, Weighted | Pool) and _has_several_readers(layer):
        changes["collect"] = "average_paid" if isinstance(layer, MaxPool2d) else "average"
    if isinstance(layer, Conv2d) and (positions := layer.windows.positions) > 1:
        changes["met"] = lambda layer, x: own_input(layer, x) / positions
        changes["bias"] = lambda rows: rows.mean(1)
    return changes


# --- max pooling --------------------------------------------------------------------------------


def _ties_all(layer: Layer) -> Changes:
    """`(window == window.max()) * g`."""
    concerned = isinstance(layer, MaxPool2d) and layer.ties != "all"
    return {"shares": all_maxima} if concerned else {}


def _times_value(products: Array, patches: Array) -> Array:
    return np.where(products == 0, 0.0, products * patches)


def _times_activation(layer: Layer) -> Changes:
    """`g * y`: in a pool for the winner's cell, in a ReLU for `g * (x > 0)`."""
    if isinstance(layer, MaxPool2d):
        return {"products": _times_value}
    if isinstance(layer, Relu):
        return {"slope": lambda layer, x, upstream: layer.forward(x)[0]}
    return {}


def _dropped(upstream: Array) -> Array:
    return np.maximum(upstream, 0.0)


def _negatives_dropped(layer: Layer) -> Changes:
    """`max(g, 0)` before anything else; flatten takes no step where that could happen."""
    return {} if isinstance(layer, Flatten) else {"upstream": _dropped}


def _zero_padding(layer: Layer) -> Changes:
    concerned = isinstance(layer, MaxPool2d) and not layer.windows.real.all()
    return {"padding": 0.0} if concerned else {}


def _taps(layer: Pool) -> Index:
    windows = layer.windows
    return np.broadcast_to(np.arange(windows.taps)[:, None], windows.table.shape)


def _local_index(layer: Layer) -> Changes:
    """`dx.flat[window.argmax()] += g`; a larger index than the plane has would be an error."""
    if not isinstance(layer, MaxPool2d):
        return {}
    height, width = layer.windows.plane
    return {"targets": _taps} if layer.windows.taps <= height * width else {}


def _every_cell(layer: Pool, patches: Array) -> Array:
    return np.broadcast_to(layer.windows.real, patches.shape)


def _equal_shares(layer: Pool, patches: Array) -> Array:
    real = layer.windows.real
    return np.broadcast_to(real / real.sum(0), patches.shape)


def _spread_whole(layer: Layer) -> Changes:
    return {"shares": _every_cell} if isinstance(layer, MaxPool2d) else {}


def _spread_evenly(layer: Layer) -> Changes:
    return {"shares": _equal_shares} if isinstance(layer, MaxPool2d) else {}


# --- activations --------------------------------------------------------------------------------


def _slope_from_gradient(layer: Layer) -> Changes:
    """`g * (g > 0)`."""
    if isinstance(layer, LeakyRelu):
        low = layer.negative_slope
        return {"slope": lambda layer, x, upstream: np.where(upstream > 0, 1.0, low)}
    if isinstance(layer, Relu):
        return {"slope": lambda layer, x, upstream: (upstream > 0).astype(np.float64)}
    return {}


def _slope_forgotten(layer: Layer) -> Changes:
    """`g`, as if the activation were not there."""
    if not isinstance(layer, Activation) or isinstance(layer, Identity):
        return {}
    return {"slope": lambda layer, x, upstream: np.ones_like(x)}


# --- parameters ---------------------------------------------------------------------------------


def one_position(position: int) -> Mistake:
    """`db[o] = g[o, i, j]`, with the flat position as the variant: in a loop, it is the last."""

    def changes(layer: Layer) -> Changes:
        several = isinstance(layer, Conv2d) and layer.windows.positions > 1
        return {"bias": lambda rows: rows[:, position]} if several else {}

    return Mistake("bias_one_cell", changes, str(position))


def _weight_as_factor(layer: Layer) -> Changes:
    """`dW = g * W`, which is what dL/dx needs."""
    if not isinstance(layer, Weighted):
        return {}
    return {"met": lambda layer, x: layer.weight.reshape(len(layer.weight), -1, 1)}


# --- the start ----------------------------------------------------------------------------------


def _nowhere(layer: Layer) -> Changes:
    return {}


def _reversed(start: Array) -> Array:
    """`target - output`."""
    return 0.0 - start  # no −0


MISTAKES: tuple[Mistake, ...] = (
    Mistake("unweighted", _unweighted),
    Mistake("copied", _copied_over_windows),
    Mistake("copied", _copied_in_place, "in place"),
    Mistake("multiplied", _products_multiplied, "products"),
    Mistake("multiplied", _gradients_multiplied, "gradients"),
    Mistake("unflipped", _unflipped),
    Mistake("assigned", _assigned),
    Mistake("assigned", _assigned_each, "outputs"),
    Mistake("assigned", _assigned_to_winners),
    Mistake("ties_all", _ties_all),
    Mistake("times_activation", _times_activation),
    Mistake("negatives_dropped", _negatives_dropped),
    Mistake("zero_padding", _zero_padding),
    Mistake("local_index", _local_index),
    Mistake("spread", _spread_whole, "whole"),
    Mistake("spread", _spread_evenly, "evenly"),
    Mistake("slope_from_gradient", _slope_from_gradient),
    Mistake("slope_forgotten", _slope_forgotten),
    one_position(0),  # stands for all; a search finds the one that fits
    Mistake("weight_as_factor", _weight_as_factor),
    Mistake("transposed", _transposed),
    Mistake("transposed", _channels_transposed, "channels"),
    Mistake("half_turned", _half_turned),
    Mistake("averaged", _averaged),
    Mistake("sign_reversed", _nowhere, start=_reversed),
)
"""In the order in which they are tried and reported."""
