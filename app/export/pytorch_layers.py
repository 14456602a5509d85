"""The PyTorch code of each kind of layer and head; autograd computes the gradients."""

from collections.abc import Callable
from typing import Any

from app.engine.heads import (
    AbsoluteError,
    CrossEntropy,
    Huber,
    MeanSquaredError,
    NegativeLogLikelihood,
    PerHead,
    PerOutput,
    SmoothL1,
    Upstream,
)
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
from app.export.fields import ceil_mode, sides


def _bias(layer: Layer, i: int) -> str:
    return f"bias_{i}" if "bias" in layer.parameters else "None"


def _conv2d(layer: Conv2d, i: int, x: str, y: str) -> str:
    slide = layer.windows
    read, padding = x, slide.padding
    if slide.after != slide.padding or slide.copies > 1:
        (top, left), (bottom, right) = slide.padding, slide.after
        mode = f', mode="{layer.padding_mode}"' if slide.copies > 1 else ""
        ends = (left, right, top, bottom)[: 2 * layer.axes]
        read, padding = f"F.pad({x}, {ends}{mode})", (0, 0)
    stride, padded, dilation = (
        sides(layer, pair) for pair in (slide.stride, padding, slide.dilation)
    )
    groups = f" groups={layer.groups}," if layer.groups > 1 else ""
    return (
        f"{y} = F.{layer.name}(\n    {read}, weight_{i}, {_bias(layer, i)},\n    stride={stride}, "
        f"padding={padded}, dilation={dilation},{groups}\n)"
    )


def _conv_transpose2d(layer: ConvTranspose2d, i: int, x: str, y: str) -> str:
    slide = layer.windows
    return (
        f"{y} = F.conv_transpose2d(\n    {x}, weight_{i}, {_bias(layer, i)},\n"
        f"    stride={slide.stride}, padding={slide.padding}, "
        f"output_padding={layer.output_padding},\n"
        f"    groups={layer.groups}, dilation={slide.dilation},\n)"
    )


def _batch_norm2d(layer: BatchNorm2d, i: int, x: str, y: str) -> str:
    weight = f"weight_{i}" if "weight" in layer.parameters else "None"
    return (
        f"{y} = F.batch_norm(\n    {x}[None], running_mean_{i}, running_var_{i}, {weight}, "
        f"{_bias(layer, i)}, eps={layer.eps!r},\n)[0]"
    )


def _linear(layer: Linear, i: int, x: str, y: str) -> str:
    return f"{y} = F.linear({x}, weight_{i}, {_bias(layer, i)})"


def _relu(layer: Relu, i: int, x: str, y: str) -> str:
    return f"{y} = F.relu({x})"


def _leaky_relu(layer: LeakyRelu, i: int, x: str, y: str) -> str:
    return f"{y} = F.leaky_relu({x}, {layer.negative_slope!r})"


def _sigmoid(layer: Sigmoid, i: int, x: str, y: str) -> str:
    return f"{y} = torch.sigmoid({x})"


def _tanh(layer: Tanh, i: int, x: str, y: str) -> str:
    return f"{y} = torch.tanh({x})"


def _identity(layer: Identity, i: int, x: str, y: str) -> str:
    return f"{y} = {x}.clone()"


def _hardtanh(layer: Hardtanh, i: int, x: str, y: str) -> str:
    return f"{y} = F.hardtanh({x}, {layer.min_val!r}, {layer.max_val!r})"


def _elu(layer: Elu, i: int, x: str, y: str) -> str:
    return f"{y} = F.elu({x}, {layer.alpha!r})"


def _gelu(layer: Gelu, i: int, x: str, y: str) -> str:
    return f'{y} = F.gelu({x}, approximate="{layer.approximate}")'


def _silu(layer: Silu, i: int, x: str, y: str) -> str:
    return f"{y} = F.silu({x})"


def _softplus(layer: Softplus, i: int, x: str, y: str) -> str:
    return f"{y} = F.softplus({x}, {layer.beta!r}, {layer.threshold!r})"


def _prelu(layer: PRelu, i: int, x: str, y: str) -> str:
    # It counts channels along the second axis.
    return f"{y} = F.prelu({x}[None], weight_{i})[0]"


def _dropout(layer: Dropout, i: int, x: str, y: str) -> str:
    return f"{y} = {x} * mask_{i}" + (f" / {1.0 - layer.p!r}" if layer.p < 1 else " * 0.0")


def _softmax(layer: Softmax, i: int, x: str, y: str) -> str:
    return f"{y} = torch.softmax({x}, 0)"


def _log_softmax(layer: LogSoftmax, i: int, x: str, y: str) -> str:
    return f"{y} = torch.log_softmax({x}, 0)"


def _max_pool2d(layer: MaxPool2d, i: int, x: str, y: str) -> str:
    slide = layer.windows
    if layer.ties == "first":
        kernel, stride, padding, dilation = (
            sides(layer, pair)
            for pair in (slide.kernel, slide.stride, slide.padding, slide.dilation)
        )
        return (
            f"{y}, winners_{i} = F.{layer.name}(\n    {x}, {kernel}, "
            f"stride={stride}, padding={padding}, dilation={dilation},\n"
            f"    ceil_mode={ceil_mode(layer)}, return_indices=True,\n)"
        )
    options = f"stride={slide.stride}, padding={slide.padding}, dilation={slide.dilation}"
    taken = x if layer.axes == 2 else f"{_whole(x)}[:, None]"  # as a map of one row
    call = (
        f"max_pool2d_with_ties(\n    {taken}, {slide.kernel}, {options},\n"
        f'    out={slide.out}, ties="{layer.ties}",\n)'
    )
    if layer.axes == 1:
        call = f"(each[:, 0] for each in {call})"
    return f"{y}, winners_{i} = {call}"


def _whole(x: str) -> str:
    """The input in brackets if it is a sum."""
    return f"({x})" if " " in x else x


def _avg_pool2d(layer: AvgPool2d, i: int, x: str, y: str) -> str:
    slide = layer.windows
    kernel, stride, padding = (
        sides(layer, pair) for pair in (slide.kernel, slide.stride, slide.padding)
    )
    override = f" divisor_override={layer.divisor_override}," if layer.axes == 2 else ""
    return (
        f"{y} = F.{layer.name}(\n    {x}, {kernel}, stride={stride}, padding={padding},\n"
        f"    ceil_mode={ceil_mode(layer)}, count_include_pad={layer.count_include_pad},"
        f"{override}\n)"
    )


def _adaptive_max_pool2d(layer: AdaptiveMaxPool2d, i: int, x: str, y: str) -> str:
    call = f"F.adaptive_max_pool2d({x}, {layer.windows.out}, return_indices=True)"
    return f"{y}, winners_{i} = {call}"


def _adaptive_avg_pool2d(layer: AdaptiveAvgPool2d, i: int, x: str, y: str) -> str:
    return f"{y} = F.adaptive_avg_pool2d({x}, {layer.windows.out})"


def _flatten(layer: Layer, i: int, x: str, y: str) -> str:
    return f"{y} = {x}.reshape(-1)"  # flatten would give a row back itself


def _add(layer: Layer, i: int, x: str, y: str) -> str:
    return f"{y} = {x}"


LAYERS: PerLayer[Callable[[Any, int, str, str], str]] = {
    "conv2d": _conv2d,
    "conv1d": _conv2d,
    "conv_transpose2d": _conv_transpose2d,
    "linear": _linear,
    "batch_norm2d": _batch_norm2d,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "identity": _identity,
    "hardtanh": _hardtanh,
    "elu": _elu,
    "gelu": _gelu,
    "silu": _silu,
    "softplus": _softplus,
    "prelu": _prelu,
    "dropout": _dropout,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "max_pool1d": _max_pool2d,
    "avg_pool1d": _avg_pool2d,
    "adaptive_max_pool2d": _adaptive_max_pool2d,
    "adaptive_avg_pool2d": _adaptive_avg_pool2d,
    "flatten": _flatten,
    "add": _add,
}
"""(layer, its index, the name of its input, the name of its output) → a statement."""


def _upstream(head: Upstream, y: str) -> list[str]:
    return []


def _cross_entropy(head: CrossEntropy, y: str) -> list[str]:
    return [
        f"probabilities = torch.softmax({y}, 0)",
        f"loss = F.cross_entropy({y}, {_classes(head)}{_weighed(head)}"
        + (f", label_smoothing={head.label_smoothing!r})" if head.label_smoothing else ")"),
    ]


def _classes(head: CrossEntropy | NegativeLogLikelihood) -> str:
    return "target" if head.right is None else f"torch.tensor({head.right})"


def _weighed(head: CrossEntropy | NegativeLogLikelihood) -> str:
    if head.weight is None:
        return ""
    return f', weight=class_weights, reduction="{head.reduction}"'


def _nll(head: NegativeLogLikelihood, y: str) -> list[str]:
    return [f"loss = F.nll_loss({y}, {_classes(head)}{_weighed(head)})"]


def _l1(head: AbsoluteError, y: str) -> list[str]:
    return [f'loss = F.l1_loss({y}, target, reduction="{head.reduction}")']


def _mse(head: MeanSquaredError, y: str) -> list[str]:
    return [f'loss = F.mse_loss({y}, target, reduction="{head.reduction}")']


def _binary(head: PerOutput, y: str) -> list[str]:
    return [f'loss = F.{head.name}({y}, target, reduction="{head.reduction}")']


def _smooth_l1(head: SmoothL1, y: str) -> list[str]:
    options = f'reduction="{head.reduction}", beta={head.beta!r}'
    return [f"loss = F.smooth_l1_loss({y}, target, {options})"]


def _huber(head: Huber, y: str) -> list[str]:
    options = f'reduction="{head.reduction}", delta={head.delta!r}'
    return [f"loss = F.huber_loss({y}, target, {options})"]


HEADS: PerHead[Callable[[Any, str], list[str]]] = {
    "upstream": _upstream,
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy_with_logits": _binary,
    "binary_cross_entropy": _binary,
    "nll": _nll,
    "mse": _mse,
    "l1": _l1,
    "smooth_l1": _smooth_l1,
    "huber": _huber,
}
"""(head, the name of the last output) → the lines that compute the loss."""
