"""The numpy code of activations and of softmax, forwards and backwards."""

from app.engine.layers import (
    Elu,
    Gelu,
    Hardtanh,
    Identity,
    LeakyRelu,
    LogSoftmax,
    PRelu,
    Relu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)
from app.engine.types import Array
from app.export import worked
from app.export.written import Written


def _relu(layer: Relu, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"{y} = np.maximum({x}, 0.0)"]


def _relu_backward(layer: Relu, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} * ({x} > 0)"]


def _leaky_relu(layer: LeakyRelu, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"{y} = np.where({x} > 0, {x}, {layer.negative_slope!r} * {x})"]


def _leaky_relu_backward(layer: LeakyRelu, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} * np.where({x} > 0, 1.0, {layer.negative_slope!r})"]


def _sigmoid(layer: Sigmoid, i: int, x: str, y: str, values: Array) -> list[str]:
    if values.min() < -700:
        # The usual formula would overflow before it gives 0.
        return [f"{y} = np.exp(-np.logaddexp(0.0, -{x}))"]
    return [f"{y} = 1.0 / (1.0 + np.exp(-{x}))"]


def _sigmoid_backward(layer: Sigmoid, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} * {y} * (1.0 - {y})"]


def _tanh(layer: Tanh, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"{y} = np.tanh({x})"]


def _tanh_backward(layer: Tanh, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} * (1.0 - {y} ** 2)"]


def _identity(layer: Identity, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"{y} = {x}"]


def _identity_backward(layer: Identity, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y}"]


def _hardtanh(layer: Hardtanh, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"{y} = np.clip({x}, {layer.min_val!r}, {layer.max_val!r})"]


def _hardtanh_backward(layer: Hardtanh, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} * (({x} > {layer.min_val!r}) & ({x} < {layer.max_val!r}))"]


def _elu(layer: Elu, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"{y} = np.where({x} > 0, {x}, {layer.alpha!r} * np.expm1(np.minimum({x}, 0.0)))"]


def _elu_backward(layer: Elu, i: int, x: str, y: str) -> list[str]:
    slope = f"{layer.alpha!r} * np.exp(np.minimum({x}, 0.0))"
    return [f"d_{x} = d_{y} * np.where({x} > 0, 1.0, {slope})"]


def _gelu(layer: Gelu, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f'{y}, slope_{i} = gelu({x}, approximate="{layer.approximate}")']


def _gelu_backward(layer: Gelu, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} * slope_{i}"]


def _silu(layer: Silu, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"sigmoid_{i} = sigmoid({x})", f"{y} = {x} * sigmoid_{i}"]


def _silu_backward(layer: Silu, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} * sigmoid_{i} * (1.0 + {x} * (1.0 - sigmoid_{i}))"]


def _softplus(layer: Softplus, i: int, x: str, y: str, values: Array) -> list[str]:
    return [
        f"scaled_{i} = {layer.beta!r} * {x}",
        f"straight_{i} = scaled_{i} > {layer.threshold!r}",
        f"{y} = np.where(straight_{i}, {x}, np.logaddexp(0.0, scaled_{i}) / {layer.beta!r})",
    ]


def _softplus_backward(layer: Softplus, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} * np.where(straight_{i}, 1.0, sigmoid(scaled_{i}))"]


def _prelu(layer: PRelu, i: int, x: str, y: str, values: Array) -> list[str]:
    by_channel = f".reshape({(-1, *(1,) * (values.ndim - 1))})" if values.ndim > 1 else ""
    return [
        f"slope_{i} = np.where({x} > 0, 1.0, weight_{i}{by_channel})",
        f"{y} = {x} * slope_{i}",
    ]


def _prelu_backward(layer: PRelu, i: int, x: str, y: str) -> list[str]:
    learned = f"(d_{y} * np.minimum({x}, 0.0)).reshape({len(layer.weight)}, -1).sum(axis=1)"
    return [f"d_weight_{i} = {learned}", f"d_{x} = d_{y} * slope_{i}"]


def _softmax(layer: Softmax, i: int, x: str, y: str, values: Array) -> list[str]:
    return [
        f"powers_{i} = np.exp({x} - {x}.max(axis=0))  # shifted, so that none overflows",
        f"{y} = powers_{i} / powers_{i}.sum(axis=0)",
    ]


def _softmax_backward(layer: Softmax, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = {y} * (d_{y} - (d_{y} * {y}).sum(axis=0))"]


def _log_softmax(layer: LogSoftmax, i: int, x: str, y: str, values: Array) -> list[str]:
    return [
        f"shifted_{i} = {x} - {x}.max(axis=0)  # so that no exponential overflows",
        f"{y} = shifted_{i} - np.log(np.exp(shifted_{i}).sum(axis=0))",
    ]


def _log_softmax_backward(layer: LogSoftmax, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} - np.exp({y}) * d_{y}.sum(axis=0)"]


RELU = Written(_relu, _relu_backward)
LEAKY_RELU = Written(_leaky_relu, _leaky_relu_backward)
SIGMOID = Written(_sigmoid, _sigmoid_backward)
TANH = Written(_tanh, _tanh_backward)
IDENTITY = Written(_identity, _identity_backward)
HARDTANH = Written(_hardtanh, _hardtanh_backward)
ELU = Written(_elu, _elu_backward)
GELU = Written(_gelu, _gelu_backward, (worked.gelu,))
SILU = Written(_silu, _silu_backward, (worked.sigmoid,))
SOFTPLUS = Written(_softplus, _softplus_backward, (worked.sigmoid,))
PRELU = Written(_prelu, _prelu_backward)
SOFTMAX = Written(_softmax, _softmax_backward)
LOG_SOFTMAX = Written(_log_softmax, _log_softmax_backward)
