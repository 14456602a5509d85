"""Mistakes with the slopes of activations, and with the upstream gradients of a layer."""

from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine.layers import Activation, Family, Layer, LayerName
from app.engine.layers.activations import normal_cdf, sigmoid
from app.engine.mistakes.catalogue.mistake import Change, Changes, Mistake
from app.engine.mistakes.catalogue.pooling import TIMES_WINNERS
from app.engine.mistakes.steps import own_slope
from app.engine.types import Array

Slope = Callable[[Any, Array, Array], Array]
"""(layer, x, upstream) → slopes."""

_ROUNDING = 1e-13
"""Of the largest number: what is exactly 0 by hand may be as far from it in float64."""

_FROM_OUTPUT: dict[LayerName, Callable[[Array], Array]] = {
    "sigmoid": lambda y: y * (1.0 - y),
    "tanh": lambda y: 1.0 - y * y,
}
"""Slopes as functions of the output."""
_HALVES: dict[LayerName, tuple[Callable[[Array], Array], ...]] = {
    "sigmoid": (sigmoid, lambda x: 1.0 - sigmoid(x)),
    "tanh": (lambda x: 1.0 - np.tanh(x), lambda x: 1.0 + np.tanh(x), lambda x: np.tanh(x) ** 2),
    "silu": (sigmoid,),
    "gelu": (normal_cdf,),
}
"""Slopes without one of their factors or terms."""


def _activation(slope: Slope, *names: LayerName) -> dict[Any, Change]:
    """A mistake with a wrong slope, in all activations or only in those with these names."""
    changes = {"slope": slope}
    return {"activation": lambda layer: changes if not names or layer.name in names else {}}


def _from_sign(layer: Any, x: Array, upstream: Array) -> Array:
    """`g * (g > 0)`."""
    low = getattr(layer, "negative_slope", 0.0)
    return np.where(upstream > 0, 1.0, low)


def _none(layer: Activation, x: Array, upstream: Array) -> Array:
    """`g`, as if there were no activation."""
    return np.ones_like(x)


def _unlike_identity(change: Changes) -> dict[Any, Change]:
    return {"activation": lambda layer: {} if layer.name == "identity" else change}


def _at_output(layer: Activation, x: Array, upstream: Array) -> Array:
    return own_slope(layer, layer.forward(x)[0], upstream)


def _curved(change: Changes) -> dict[Any, Change]:
    return {"activation": lambda layer: {} if layer.is_piecewise_linear else change}


def _at_input(layer: Activation, x: Array, upstream: Array) -> Array:
    """`x * (1 − x)`."""
    return _FROM_OUTPUT[layer.name](x)


def _half(k: int) -> dict[Any, Change]:
    def change(layer: Activation) -> Changes:
        halves = _HALVES.get(layer.name, ())
        return {"slope": lambda layer, x, upstream: halves[k](x)} if k < len(halves) else {}

    return {"activation": change}


def _inverted(layer: Activation, x: Array, upstream: Array) -> Array:
    """`g[x > 0] = 0`; for a leaky ReLU, its two slopes exchanged."""
    slope, low = own_slope(layer, x, upstream), getattr(layer, "negative_slope", 0.0)
    return 1.0 + low - slope


def _one_at_edges(layer: Any, x: Array, upstream: Array) -> Array:
    """`x >= 0` for `x > 0`."""
    near = _ROUNDING * max(1.0, float(np.abs(x).max()))
    at_edge = np.any([np.abs(x - edge) <= near for edge in layer.edges], axis=0)
    return np.where(at_edge, 1.0, own_slope(layer, x, upstream))


def _kinked(layer: Any) -> Changes:
    return {"slope": _one_at_edges} if layer.is_piecewise_linear and layer.edges else {}


def _zero_below(layer: Activation, x: Array, upstream: Array) -> Array:
    return np.where(x > 0, own_slope(layer, x, upstream), 0.0)


def _value(layer: Activation, x: Array, upstream: Array) -> Array:
    """`g * y` for `g * (x > 0)`."""
    return layer.forward(x)[0]


ACTIVATIONS: tuple[Mistake, ...] = (
    Mistake("times_activation", _activation(_value, "relu"), pairs=True),
    # in activations and pools alike
    Mistake("times_activation", _activation(_value, "relu") | TIMES_WINNERS, "everywhere"),
    Mistake("slope_from_gradient", _activation(_from_sign, "relu", "leaky_relu"), pairs=True),
    Mistake("slope_forgotten", _unlike_identity({"slope": _none}), pairs=True),
    Mistake("slope_at_output", _curved({"slope": _at_output})),
    Mistake("slope_at_input", _activation(_at_input, *_FROM_OUTPUT)),
    *(Mistake("slope_half", _half(k), str(k)) for k in range(max(map(len, _HALVES.values())))),
    Mistake("mask_inverted", _activation(_inverted, "relu", "leaky_relu")),
    Mistake("slope_at_0", {"activation": _kinked}),
    Mistake("leak_lost", _activation(_zero_below, "leaky_relu", "elu")),
    Mistake("activation_missing", _unlike_identity({"absent": True})),
)


def _dropped(upstream: Array, output: Array) -> Array:
    return np.maximum(upstream, 0.0)


def _nothing_but_ones(upstream: Array, output: Array) -> Array:
    return np.ones_like(upstream)


def _outputs(upstream: Array, output: Array) -> Array:
    return output


def _in(
    families: tuple[Family, ...], upstream: Callable[[Array, Array], Array]
) -> dict[Any, Change]:
    def change(layer: Layer) -> Changes:
        return {"upstream": upstream}

    return dict.fromkeys(families, change)


_ALL: tuple[Family, ...] = (
    "convolution", "fully_connected", "activation", "max_pool", "avg_pool",
)  # fmt: skip

TAKEN: tuple[Mistake, ...] = (
    # `max(g, 0)` before anything else; flatten has no step in which it could happen
    Mistake("negatives_dropped", _in(_ALL, _dropped), pairs=True),
    Mistake("mask_alone", _in(("activation", "max_pool"), _nothing_but_ones)),
    Mistake("outputs_sent_back", _in(_ALL, _outputs)),
)
