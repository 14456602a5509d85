"""The numpy code of each kind of layer, forwards and backwards.

Layers that need more than a line or two call functions of ``worked``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from app.engine.layers import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Elu,
    Gelu,
    Hardtanh,
    Identity,
    Layer,
    LeakyRelu,
    Linear,
    LogSoftmax,
    MaxPool2d,
    PerLayer,
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
from app.export.fields import ceil_mode


class Written(NamedTuple):
    """The numpy code of a kind of layer. ``x`` and ``y`` are the names of its input and output."""

    forward: Callable[[Any, int, str, str, Array], list[str]]
    """(layer, its index, x, y, the numbers of x) → the lines that compute y."""
    backward: Callable[[Any, int, str, str], list[str]]
    """(layer, its index, x, y) → the lines that compute d_x and its parameters' d_ from d_y."""
    functions: tuple[Callable[..., Any], ...] = ()
    """The functions that these lines call."""


def _conv2d(layer: Conv2d, i: int, x: str, y: str, values: Array) -> list[str]:
    added = f" + bias_{i}[:, None, None]" if "bias" in layer.parameters else ""
    lines, read = [], x
    if _padded_before(layer):
        (top, left), (bottom, right) = layer.windows.padding, layer.windows.after
        ends, mode = f"({top}, {bottom}), ({left}, {right})", _mode(layer)
        read = f"padded_{i}"
        if mode:
            _, height, width = layer.input_shape
            grid = f"np.arange({height * width}).reshape({height}, {width})"
            lines.append(f"copied_{i} = np.pad({grid}, ({ends}){mode})  # the cell at each place")
        lines.append(f"{read} = np.pad({x}, ((0, 0), {ends}){mode})")
    if layer.groups == 1:
        return [*lines, f"{y} = conv2d(\n    {read}, weight_{i}, {_slide(layer)},\n){added}"]
    return [
        *lines,
        f"{y} = np.concatenate([  # each group of channels on its own",
        f"    conv2d(some, kernels, {_slide(layer)})",
        f"    for some, kernels in zip({_cut(layer, read)}, {_cut(layer, f'weight_{i}')})",
        f"]){added}",
    ]


def _conv2d_backward(layer: Conv2d, i: int, x: str, y: str) -> list[str]:
    read, back = (f"padded_{i}", f"d_padded_{i}") if _padded_before(layer) else (x, f"d_{x}")
    if layer.groups == 1:
        call = f"conv2d_backward(\n    d_{y}, {read}, weight_{i}, {_slide(layer)},\n)"
        lines = [f"{back}, d_weight_{i} = {call}"]
    else:
        lines = [
            f"{back}, d_weight_{i} = (np.concatenate(parts) for parts in zip(*[",
            f"    conv2d_backward(upstream_of, some, kernels, {_slide(layer)})",
            f"    for upstream_of, some, kernels in zip(\n        {_cut(layer, f'd_{y}')}, "
            f"{_cut(layer, read)}, {_cut(layer, f'weight_{i}')}\n    )",
            "]))",
        ]
    if _mode(layer):
        lines += [
            f"d_{x} = np.zeros({layer.input_shape})",
            f"for c in range({layer.input_shape[0]}):  # copies too send back to their cell",
            f"    np.add.at(d_{x}[c].reshape(-1), copied_{i}, d_padded_{i}[c])",
        ]
    elif _padded_before(layer):
        (top, left), (height, width) = layer.windows.padding, layer.windows.plane
        rows, columns = f"{top}:{top + height}", f"{left}:{left + width}"
        lines.append(f"d_{x} = {back}[:, {rows}, {columns}]  # without the padding")
    if "bias" in layer.parameters:
        added = "  # it is added at every position"
        lines.append(f"d_bias_{i} = d_{y}.sum(axis=(1, 2)){added}")
    return lines


def _padded_before(layer: Conv2d) -> bool:
    """Whether the padding is more than the zeros at both ends that ``worked.conv2d`` can add."""
    return layer.windows.after != layer.windows.padding or bool(_mode(layer))


def _mode(layer: Conv2d) -> str:
    """An argument of numpy's pad; empty for zeros."""
    if layer.windows.copies == 1:
        return ""
    return f', mode="{"edge" if layer.padding_mode == "replicate" else layer.padding_mode}"'


def _cut(layer: Conv2d, array: str) -> str:
    return f"np.split({array}, {layer.groups})"


def _conv_transpose2d(layer: ConvTranspose2d, i: int, x: str, y: str, values: Array) -> list[str]:
    added = f" + bias_{i}[:, None, None]" if "bias" in layer.parameters else ""
    call = f"conv_transpose2d(\n    {x}, weight_{i}, {_laid(layer)},\n){added}"
    return [f"{y} = {call}"]


def _conv_transpose2d_backward(layer: ConvTranspose2d, i: int, x: str, y: str) -> list[str]:
    call = f"conv_transpose2d_backward(\n    d_{y}, {x}, weight_{i}, {_laid(layer)},\n)"
    lines = [f"d_{x}, d_weight_{i} = {call}"]
    if "bias" in layer.parameters:
        lines.append(f"d_bias_{i} = d_{y}.sum(axis=(1, 2))")
    return lines


def _laid(layer: ConvTranspose2d) -> str:
    slide = layer.windows
    return (
        f"stride={slide.stride}, padding={slide.padding}, output={slide.plane},\n"
        f"    groups={layer.groups}, dilation={slide.dilation}"
    )


def _batch_norm2d(layer: BatchNorm2d, i: int, x: str, y: str, values: Array) -> list[str]:
    scaled = f" * weight_{i}[:, None, None]" if "weight" in layer.parameters else ""
    moved = f" + bias_{i}[:, None, None]" if "bias" in layer.parameters else ""
    return [
        f"deviation_{i} = np.sqrt(running_var_{i} + {layer.eps!r})[:, None, None]",
        f"normalized_{i} = ({x} - running_mean_{i}[:, None, None]) / deviation_{i}",
        f"{y} = normalized_{i}{scaled}{moved}",
    ]


def _batch_norm2d_backward(layer: BatchNorm2d, i: int, x: str, y: str) -> list[str]:
    lines, scale = [], "1.0"
    if "weight" in layer.parameters:
        lines.append(f"d_weight_{i} = (d_{y} * normalized_{i}).sum(axis=(1, 2))")
        scale = f"weight_{i}[:, None, None]"
    if "bias" in layer.parameters:
        lines.append(f"d_bias_{i} = d_{y}.sum(axis=(1, 2))")
    return [*lines, f"d_{x} = d_{y} * ({scale} / deviation_{i})"]


def _linear(layer: Linear, i: int, x: str, y: str, values: Array) -> list[str]:
    added = f" + bias_{i}" if "bias" in layer.parameters else ""
    return [f"{y} = weight_{i} @ {x}{added}"]


def _linear_backward(layer: Linear, i: int, x: str, y: str) -> list[str]:
    lines = [f"d_weight_{i} = np.outer(d_{y}, {x})"]
    if "bias" in layer.parameters:
        lines.append(f"d_bias_{i} = d_{y}")
    return [*lines, f"d_{x} = weight_{i}.T @ d_{y}"]


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


def _dropout(layer: Dropout, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"{y} = {x} * mask_{i}{_kept(layer)}"]


def _dropout_backward(layer: Dropout, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} * mask_{i}{_kept(layer)}"]


def _kept(layer: Dropout) -> str:
    return f" / {1.0 - layer.p!r}" if layer.p < 1 else " * 0.0"


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


def _max_pool2d(layer: MaxPool2d, i: int, x: str, y: str, values: Array) -> list[str]:
    return [
        f"{y}, winners_{i} = max_pool2d(\n"
        f"    {x}, {_pool(layer)}, dilation={layer.windows.dilation},\n"
        f'    ceil_mode={ceil_mode(layer)}, ties="{layer.ties}",\n)'
    ]


def _max_pool2d_backward(layer: MaxPool2d, i: int, x: str, y: str) -> list[str]:
    return [f'd_{x} = max_pool2d_backward(d_{y}, {x}, winners_{i}, ties="{layer.ties}")']


def _avg_pool2d(layer: AvgPool2d, i: int, x: str, y: str, values: Array) -> list[str]:
    return [
        f"{y}, divisors_{i} = avg_pool2d(\n    {x}, {_pool(layer)},\n"
        f"    ceil_mode={ceil_mode(layer)}, count_include_pad={layer.count_include_pad},\n"
        f"    divisor_override={layer.divisor_override},\n)"
    ]


def _avg_pool2d_backward(layer: AvgPool2d, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = avg_pool2d_backward(d_{y}, {x}, divisors_{i}, {_pool(layer)})"]


def _adaptive_max_pool2d(
    layer: AdaptiveMaxPool2d, i: int, x: str, y: str, values: Array
) -> list[str]:
    return [f"{y}, winners_{i} = adaptive_max_pool2d({x}, {layer.windows.out})"]


def _adaptive_max_pool2d_backward(layer: AdaptiveMaxPool2d, i: int, x: str, y: str) -> list[str]:
    return [f'd_{x} = max_pool2d_backward(d_{y}, {x}, winners_{i}, ties="first")']


def _adaptive_avg_pool2d(
    layer: AdaptiveAvgPool2d, i: int, x: str, y: str, values: Array
) -> list[str]:
    return [f"{y} = adaptive_avg_pool2d({x}, {layer.windows.out})"]


def _adaptive_avg_pool2d_backward(layer: AdaptiveAvgPool2d, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = adaptive_avg_pool2d_backward(d_{y}, {x})"]


def _flatten(layer: Layer, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"{y} = {x}.reshape(-1)"]


def _flatten_backward(layer: Layer, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y}.reshape({x}.shape)"]


def _add(layer: Layer, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"{y} = {x}"]


def _add_backward(layer: Layer, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y}"]


def _slide(layer: Conv2d) -> str:
    slide = layer.windows
    padding = (0, 0) if _padded_before(layer) else slide.padding
    return f"stride={slide.stride}, padding={padding}, dilation={slide.dilation}"


def _pool(layer: MaxPool2d | AvgPool2d) -> str:
    slide = layer.windows
    return f"kernel={slide.kernel}, stride={slide.stride}, padding={slide.padding}"


LAYERS: PerLayer[Written] = {
    "conv2d": Written(
        _conv2d,
        _conv2d_backward,
        (worked.output_size, worked.window_slices, worked.conv2d, worked.conv2d_backward),
    ),
    "conv_transpose2d": Written(
        _conv_transpose2d,
        _conv_transpose2d_backward,
        (worked.laid_cells, worked.conv_transpose2d, worked.conv_transpose2d_backward),
    ),
    "linear": Written(_linear, _linear_backward),
    "batch_norm2d": Written(_batch_norm2d, _batch_norm2d_backward),
    "relu": Written(_relu, _relu_backward),
    "leaky_relu": Written(_leaky_relu, _leaky_relu_backward),
    "sigmoid": Written(_sigmoid, _sigmoid_backward),
    "tanh": Written(_tanh, _tanh_backward),
    "identity": Written(_identity, _identity_backward),
    "hardtanh": Written(_hardtanh, _hardtanh_backward),
    "elu": Written(_elu, _elu_backward),
    "gelu": Written(_gelu, _gelu_backward, (worked.gelu,)),
    "silu": Written(_silu, _silu_backward, (worked.sigmoid,)),
    "softplus": Written(_softplus, _softplus_backward, (worked.sigmoid,)),
    "prelu": Written(_prelu, _prelu_backward),
    "dropout": Written(_dropout, _dropout_backward),
    "softmax": Written(_softmax, _softmax_backward),
    "log_softmax": Written(_log_softmax, _log_softmax_backward),
    "max_pool2d": Written(
        _max_pool2d,
        _max_pool2d_backward,
        (worked.output_size, worked.window_cells, worked.max_pool2d, worked.max_pool2d_backward),
    ),
    "avg_pool2d": Written(
        _avg_pool2d,
        _avg_pool2d_backward,
        (worked.output_size, worked.window_cells, worked.avg_pool2d, worked.avg_pool2d_backward),
    ),
    "adaptive_max_pool2d": Written(
        _adaptive_max_pool2d,
        _adaptive_max_pool2d_backward,
        (worked.adaptive_window, worked.adaptive_max_pool2d, worked.max_pool2d_backward),
    ),
    "adaptive_avg_pool2d": Written(
        _adaptive_avg_pool2d,
        _adaptive_avg_pool2d_backward,
        (worked.adaptive_window, worked.adaptive_avg_pool2d, worked.adaptive_avg_pool2d_backward),
    ),
    "flatten": Written(_flatten, _flatten_backward),
    "add": Written(_add, _add_backward),
}
