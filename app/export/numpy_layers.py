"""The numpy code of each kind of layer, forwards and backwards.

Layers that need more than a line or two call functions of ``worked``.
"""

import math

from app.engine.layers import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Layer,
    Linear,
    MaxPool2d,
    PerLayer,
)
from app.engine.types import Array
from app.export import numpy_activations as activations
from app.export import worked, worked_lines
from app.export.fields import ceil_mode, sides
from app.export.written import Written


def _conv2d(layer: Conv2d, i: int, x: str, y: str, values: Array) -> list[str]:
    added = f" + bias_{i}[:{', None' * layer.axes}]" if "bias" in layer.parameters else ""
    lines, read, call = [], x, f"conv{layer.axes}d"
    if _padded_before(layer):
        pairs = list(zip(layer.windows.padding, layer.windows.after, strict=True))[-layer.axes :]
        ends, mode = ", ".join(map(str, pairs)), _mode(layer)
        read = f"padded_{i}"
        if mode:
            plane = layer.input_shape[1:]
            grid = f"np.arange({math.prod(plane)}).reshape({', '.join(map(str, plane))})"
            lines.append(f"copied_{i} = np.pad({grid}, ({ends}){mode})  # the cell at each place")
        lines.append(f"{read} = np.pad({x}, ((0, 0), {ends}){mode})")
    if layer.groups == 1:
        return [*lines, f"{y} = {call}(\n    {read}, weight_{i}, {_slide(layer)},\n){added}"]
    return [
        *lines,
        f"{y} = np.concatenate([  # each group of channels on its own",
        f"    {call}(some, kernels, {_slide(layer)})",
        f"    for some, kernels in zip({_cut(layer, read)}, {_cut(layer, f'weight_{i}')})",
        f"]){added}",
    ]


def _conv2d_backward(layer: Conv2d, i: int, x: str, y: str) -> list[str]:
    name = f"conv{layer.axes}d_backward"
    read, back = (f"padded_{i}", f"d_padded_{i}") if _padded_before(layer) else (x, f"d_{x}")
    if layer.groups == 1:
        call = f"{name}(\n    d_{y}, {read}, weight_{i}, {_slide(layer)},\n)"
        lines = [f"{back}, d_weight_{i} = {call}"]
    else:
        lines = [
            f"{back}, d_weight_{i} = (np.concatenate(parts) for parts in zip(*[",
            f"    {name}(upstream_of, some, kernels, {_slide(layer)})",
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
        axes = zip(layer.windows.padding, layer.windows.plane, strict=True)
        kept = ", ".join([f"{before}:{before + size}" for before, size in axes][-layer.axes :])
        lines.append(f"d_{x} = {back}[:, {kept}]  # without the padding")
    if "bias" in layer.parameters:
        added = "  # it is added at every position"
        axes_of = "(1, 2)" if layer.axes == 2 else "1"
        lines.append(f"d_bias_{i} = d_{y}.sum(axis={axes_of}){added}")
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


def _dropout(layer: Dropout, i: int, x: str, y: str, values: Array) -> list[str]:
    return [f"{y} = {x} * mask_{i}{_kept(layer)}"]


def _dropout_backward(layer: Dropout, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = d_{y} * mask_{i}{_kept(layer)}"]


def _kept(layer: Dropout) -> str:
    return f" / {1.0 - layer.p!r}" if layer.p < 1 else " * 0.0"


def _max_pool2d(layer: MaxPool2d, i: int, x: str, y: str, values: Array) -> list[str]:
    return [
        f"{y}, winners_{i} = {layer.name}(\n"
        f"    {x}, {_pool(layer)}, dilation={sides(layer, layer.windows.dilation)},\n"
        f'    ceil_mode={ceil_mode(layer)}, ties="{layer.ties}",\n)'
    ]


def _max_pool2d_backward(layer: MaxPool2d, i: int, x: str, y: str) -> list[str]:
    return [f'd_{x} = {layer.name}_backward(d_{y}, {x}, winners_{i}, ties="{layer.ties}")']


def _avg_pool2d(layer: AvgPool2d, i: int, x: str, y: str, values: Array) -> list[str]:
    override = f"    divisor_override={layer.divisor_override},\n" if layer.axes == 2 else ""
    return [
        f"{y}, divisors_{i} = {layer.name}(\n    {x}, {_pool(layer)},\n"
        f"    ceil_mode={ceil_mode(layer)}, count_include_pad={layer.count_include_pad},\n"
        f"{override})"
    ]


def _avg_pool2d_backward(layer: AvgPool2d, i: int, x: str, y: str) -> list[str]:
    return [f"d_{x} = {layer.name}_backward(d_{y}, {x}, divisors_{i}, {_pool(layer)})"]


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
    stride, padded, dilation = (
        sides(layer, pair) for pair in (slide.stride, padding, slide.dilation)
    )
    return f"stride={stride}, padding={padded}, dilation={dilation}"


def _pool(layer: MaxPool2d | AvgPool2d) -> str:
    slide = layer.windows
    kernel, stride, padding = (
        sides(layer, pair) for pair in (slide.kernel, slide.stride, slide.padding)
    )
    return f"kernel={kernel}, stride={stride}, padding={padding}"


LAYERS: PerLayer[Written] = {
    "conv2d": Written(
        _conv2d,
        _conv2d_backward,
        (worked.output_size, worked.window_slices, worked.conv2d, worked.conv2d_backward),
    ),
    "conv1d": Written(
        _conv2d,
        _conv2d_backward,
        (
            worked.output_size,
            worked.window_slices,
            worked.conv2d,
            worked.conv2d_backward,
            worked_lines.conv1d,
            worked_lines.conv1d_backward,
        ),
    ),
    "conv_transpose2d": Written(
        _conv_transpose2d,
        _conv_transpose2d_backward,
        (worked.laid_cells, worked.conv_transpose2d, worked.conv_transpose2d_backward),
    ),
    "linear": Written(_linear, _linear_backward),
    "batch_norm2d": Written(_batch_norm2d, _batch_norm2d_backward),
    "relu": activations.RELU,
    "leaky_relu": activations.LEAKY_RELU,
    "sigmoid": activations.SIGMOID,
    "tanh": activations.TANH,
    "identity": activations.IDENTITY,
    "hardtanh": activations.HARDTANH,
    "elu": activations.ELU,
    "gelu": activations.GELU,
    "silu": activations.SILU,
    "softplus": activations.SOFTPLUS,
    "prelu": activations.PRELU,
    "dropout": Written(_dropout, _dropout_backward),
    "softmax": activations.SOFTMAX,
    "log_softmax": activations.LOG_SOFTMAX,
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
    "max_pool1d": Written(
        _max_pool2d,
        _max_pool2d_backward,
        (
            worked.output_size,
            worked.window_cells,
            worked.max_pool2d,
            worked.max_pool2d_backward,
            worked_lines.max_pool1d,
            worked_lines.max_pool1d_backward,
        ),
    ),
    "avg_pool1d": Written(
        _avg_pool2d,
        _avg_pool2d_backward,
        (
            worked.output_size,
            worked.window_cells,
            worked.avg_pool2d,
            worked.avg_pool2d_backward,
            worked_lines.avg_pool1d,
            worked_lines.avg_pool1d_backward,
        ),
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
