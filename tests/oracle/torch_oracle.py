"""The same networks in PyTorch: its own layers, its own autograd, float64."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from app.engine.layers import LayerName, PerLayer
from tests.oracle.answer import Answer, Array, names, parameter_name


def answer(doc: dict[str, Any]) -> Answer:
    """Run a document in PyTorch."""
    torch.set_num_threads(1)
    x = _leaf(doc["input"])
    has_lines = any(layer["type"].endswith("1d") for layer in doc["layers"])
    is_batch = bool(doc.get("batch")) if has_lines else x.dim() in (2, 4)
    named: dict[str, Array] = {}
    wanted = {"gradient of the input": x}
    y = x
    outputs = [x]
    for i, layer in enumerate(doc["layers"]):
        value, gradient, winners = names(i)
        parameters = {
            name: _leaf(layer[name]) for name in ("weight", "bias") if layer.get(name) is not None
        }
        if layer["type"] == "add":
            y = FORWARD["add"](y, {"other": outputs[layer["from"] + 1]})
        elif layer["type"] in WITH_WINNERS:
            find = WITH_WINNERS[layer["type"]]
            pairs = [find(each, layer) for each in (y if is_batch else [y])]
            outputs_of, won_of = zip(*pairs, strict=True)
            y = torch.stack(outputs_of) if is_batch else outputs_of[0]
            named[winners] = (torch.stack(won_of) if is_batch else won_of[0]).numpy()
        else:
            kind: LayerName = layer["type"]
            # PyTorch adds up what each example sends back to a parameter.
            passed = [
                FORWARD[kind](each, _of_example(layer, at, each), **parameters)
                for at, each in enumerate(y if is_batch else [y])
            ]
            y = torch.stack(passed) if is_batch else passed[0]
        # Where a layer passes its input on as it is, autograd must still tell the two apart.
        y = y.view_as(y)
        outputs.append(y)
        named[value] = y.detach().numpy()
        wanted[gradient] = y
        for name, own in parameters.items():
            wanted[parameter_name(i, name)] = own
    objective = _objective(y, doc["head"], named)
    gradients = torch.autograd.grad(objective, list(wanted.values()))
    for name, found in zip(wanted, gradients, strict=True):
        named[name] = found.numpy()
    return Answer({name: np.array(array) for name, array in named.items()})


def _of_example(layer: dict[str, Any], at: int, x: Tensor) -> dict[str, Any]:
    """A layer with the mask of one example, where each has its own."""
    if layer["type"] != "dropout" or np.ndim(layer["mask"]) == x.dim():
        return layer
    return {**layer, "mask": layer["mask"][at]}


def _leaf(array: Any) -> Tensor:
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def _pair(field: Any) -> Any:
    return (field, field) if isinstance(field, int) else tuple(field)


def _sides(field: Any, axes: int) -> Any:
    """A number for each axis."""
    return (field,) * axes if isinstance(field, int) else tuple(field)


_CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d}
_MODULES = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d}
"""By the number of axes."""


def _pads(padding: Any) -> tuple[int, ...]:
    """(top, bottom, left, right), or (left, right), in the order that ``pad`` takes: last first."""
    pairs = [padding[at : at + 2] for at in range(0, len(padding), 2)]
    return tuple(end for pair in reversed(pairs) for end in pair)


def _conv(x: Tensor, layer: dict[str, Any], weight: Tensor, bias: Any = None) -> Tensor:
    axes = weight.dim() - 2
    options = {key: _sides(layer[key], axes) for key in ("stride", "dilation") if key in layer}
    padding, mode = layer.get("padding", 0), layer.get("padding_mode", "zeros")
    if mode != "zeros":
        # The module's own way to pad; four numbers are no padding that it takes.
        return _padded_module(x, layer, weight, bias)
    if isinstance(padding, list) and len(padding) == 2 * axes:
        x, padding = functional.pad(x, _pads(padding)), 0
    elif not isinstance(padding, str):
        padding = _sides(padding, axes)
    groups = layer.get("groups", 1)
    with warnings.catch_warnings():
        # PyTorch warns that lopsided padding takes a copy.
        warnings.simplefilter("ignore", UserWarning)
        run = _CONVOLUTIONS[axes]
        return run(x[None], weight, bias, padding=padding, groups=groups, **options)[0]


def _padded_module(x: Tensor, layer: dict[str, Any], weight: Tensor, bias: Any) -> Tensor:
    """``torch.nn.Conv1d`` and ``Conv2d``, which alone know paddings that hold no zeros."""
    axes = weight.dim() - 2
    options = {key: _sides(layer[key], axes) for key in ("stride", "dilation") if key in layer}
    padding, mode = layer.get("padding", 0), layer["padding_mode"]
    if isinstance(padding, list) and len(padding) == 2 * axes:
        x, padding = functional.pad(x[None], _pads(padding), mode=mode)[0], 0
    elif not isinstance(padding, str):
        padding = _sides(padding, axes)
    groups = layer.get("groups", 1)
    module = _MODULES[axes](
        weight.shape[1] * groups, weight.shape[0], _sides(list(weight.shape[2:]), axes),
        padding=padding, groups=groups,
        padding_mode=mode, bias=bias is not None, dtype=torch.float64, **options,
    )  # fmt: skip
    named = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    y: Tensor = torch.func.functional_call(module, named, (x[None],))
    return y[0]


def _conv_transpose2d(x: Tensor, layer: dict[str, Any], weight: Tensor, bias: Any = None) -> Tensor:
    names = ("stride", "padding", "output_padding", "dilation")
    options = {key: _pair(layer[key]) for key in names if key in layer}
    groups = layer.get("groups", 1)
    return functional.conv_transpose2d(x[None], weight, bias, groups=groups, **options)[0]


def _batch_norm2d(x: Tensor, layer: dict[str, Any], weight: Any = None, bias: Any = None) -> Tensor:
    mean, var = (
        torch.tensor(layer[key], dtype=torch.float64) for key in ("running_mean", "running_var")
    )
    eps = layer.get("eps", 1e-5)
    return functional.batch_norm(x[None], mean, var, weight, bias, eps=eps)[0]


def _linear(x: Tensor, layer: dict[str, Any], weight: Tensor, bias: Any = None) -> Tensor:
    return functional.linear(x, weight, bias)


def _avg_pool1d(x: Tensor, layer: dict[str, Any]) -> Tensor:
    options = {key: value for key, value in layer.items() if key not in ("type", "kernel")}
    return functional.avg_pool1d(x[None], layer["kernel"], **options)[0]


def _avg_pool2d(x: Tensor, layer: dict[str, Any]) -> Tensor:
    options: dict[str, Any] = {
        key: layer[key]
        for key in ("ceil_mode", "count_include_pad", "divisor_override")
        if key in layer
    }
    options |= {key: _pair(layer[key]) for key in ("stride", "padding") if key in layer}
    return functional.avg_pool2d(x[None], _pair(layer["kernel"]), **options)[0]


def _dropout(x: Tensor, layer: dict[str, Any]) -> Tensor:
    """The backward pass of PyTorch's own dropout, which is linear in what it is given."""
    mask, p = torch.tensor(layer["mask"], dtype=torch.bool), layer.get("p", 0.5)
    scale = 0.0 if p == 1 else 1.0 / (1.0 - p)
    return _Dropped.apply(x, mask, scale)


class _Dropped(torch.autograd.Function):
    """What ``native_dropout`` does once it has drawn its mask."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, mask: Tensor, scale: float) -> Tensor:
        ctx.mask, ctx.scale = mask, scale
        return x * mask * scale

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Any:
        return torch.ops.aten.native_dropout_backward(upstream, ctx.mask, ctx.scale), None, None


def _function(call: Callable[..., Tensor]) -> Callable[[Tensor, dict[str, Any]], Tensor]:
    """A function of one number, whose options PyTorch calls as we do."""

    def run(x: Tensor, layer: dict[str, Any]) -> Tensor:
        return call(x, **{name: value for name, value in layer.items() if name != "type"})

    return run


FORWARD: PerLayer[Callable[..., Tensor]] = {
    "conv2d": _conv,
    "conv1d": _conv,
    "conv_transpose2d": _conv_transpose2d,
    "batch_norm2d": _batch_norm2d,
    "linear": _linear,
    "relu": _function(functional.relu),
    "leaky_relu": _function(functional.leaky_relu),
    "sigmoid": _function(torch.sigmoid),
    "tanh": _function(torch.tanh),
    "identity": _function(torch.clone),
    "hardtanh": _function(functional.hardtanh),
    "elu": _function(functional.elu),
    "gelu": _function(functional.gelu),
    "silu": _function(functional.silu),
    "softplus": _function(functional.softplus),
    "prelu": lambda x, layer, weight: functional.prelu(x[None], weight)[0],
    "dropout": _dropout,
    "softmax": lambda x, layer: torch.softmax(x, 0),
    "log_softmax": lambda x, layer: torch.log_softmax(x, 0),
    "max_pool2d": lambda x, layer: _max_pool(x, layer)[0],
    "avg_pool2d": _avg_pool2d,
    "max_pool1d": lambda x, layer: _max_pool1d(x, layer)[0],
    "avg_pool1d": _avg_pool1d,
    "adaptive_max_pool2d": lambda x, layer: _adaptive_max_pool(x, layer)[0],
    "adaptive_avg_pool2d": lambda x, layer: functional.adaptive_avg_pool2d(
        x, _pair(layer["output_size"])
    ),
    "flatten": _function(torch.flatten),
    "add": lambda x, layer: x + layer["other"],
}
"""(input, fields, parameters by name) → output."""


_SLIDES = ("stride", "padding", "dilation")


def _max_pool(x: Tensor, layer: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """(output, winners). PyTorch knows the rule ``first``; the others are built from its parts."""
    kernel, ties = _pair(layer["kernel"]), layer.get("ties", "first")
    options = {key: _pair(layer[key]) for key in _SLIDES if key in layer}
    y, first = functional.max_pool2d(
        x, kernel, ceil_mode=layer.get("ceil_mode", False), return_indices=True, **options
    )
    if ties == "first":
        return y, first
    taps, cells = _taps(x, kernel, y.shape[1:], **options)
    if ties == "split":
        # The gradient of amax is shared evenly between equal maxima.
        return taps.amax(0), first
    won = taps == y.detach()
    if ties == "all":
        paid = torch.where(won, taps, 0.0).sum(0)
        return y.detach() + paid - paid.detach(), first
    last = taps.shape[0] - 1 - won.flip(0).to(torch.int64).argmax(0, keepdim=True)
    return taps.gather(0, last)[0], cells.gather(0, last)[0]


def _max_pool1d(x: Tensor, layer: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """The same along one axis; the other rules for ties are built as those of one row."""
    options = {key: layer[key] for key in (*_SLIDES, "ceil_mode") if key in layer}
    if layer.get("ties", "first") == "first":
        found: tuple[Tensor, Tensor] = functional.max_pool1d(
            x, layer["kernel"], return_indices=True, **options
        )
        return found
    in_rows = {**layer, "padding": (0, *_sides(layer.get("padding", 0), 1))}
    others = [key for key in ("kernel", "stride", "dilation") if key in layer]
    in_rows |= {key: (1, *_sides(layer[key], 1)) for key in others}
    y, winners = _max_pool(x[:, None], in_rows)
    return y[:, 0], winners[:, 0]


def _adaptive_max_pool(x: Tensor, layer: dict[str, Any]) -> tuple[Tensor, Tensor]:
    found: tuple[Tensor, Tensor] = functional.adaptive_max_pool2d(
        x, _pair(layer["output_size"]), return_indices=True
    )
    return found


WITH_WINNERS: dict[str, Callable[[Tensor, dict[str, Any]], tuple[Tensor, Tensor]]] = {
    "max_pool2d": _max_pool,
    "max_pool1d": _max_pool1d,
    "adaptive_max_pool2d": _adaptive_max_pool,
}
"""(input, fields) → (output, winners)."""


def _taps(
    x: Tensor,
    kernel: tuple[int, int],
    out: Any,
    stride: Any = None,
    padding: Any = (0, 0),
    dilation: Any = (1, 1),
) -> tuple[Tensor, Tensor]:
    """[taps, C, OH, OW]: what each tap reads (−∞ on padding), and from which cell of its plane."""
    stride = stride or kernel
    beyond = [kernel[axis] * dilation[axis] + stride[axis] for axis in (0, 1)]
    frame = (padding[1], padding[1] + beyond[1], padding[0], padding[0] + beyond[0])
    height, width = x.shape[1:]
    cells = torch.arange(height * width).reshape(1, height, width).expand(x.shape)
    framed = functional.pad(x, frame, value=-torch.inf), functional.pad(cells, frame, value=-1)
    stacks = []
    for each in framed:
        taps = []
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                top, left = i * dilation[0], j * dilation[1]
                rows = slice(top, top + (out[0] - 1) * stride[0] + 1, stride[0])
                columns = slice(left, left + (out[1] - 1) * stride[1] + 1, stride[1])
                taps.append(each[:, rows, columns])
        stacks.append(torch.stack(taps))
    return stacks[0], stacks[1]


_LOSSES: dict[str, Callable[..., Tensor]] = {
    "binary_cross_entropy_with_logits": functional.binary_cross_entropy_with_logits,
    "binary_cross_entropy": functional.binary_cross_entropy,
    "mse": functional.mse_loss,
    "l1": functional.l1_loss,
    "smooth_l1": functional.smooth_l1_loss,
    "huber": functional.huber_loss,
}


_OPTIONS = ("reduction", "beta", "delta", "label_smoothing")


def _objective(y: Tensor, head: dict[str, Any], named: dict[str, Array]) -> Tensor:
    """What is differentiated; notes the loss and the probabilities where there are any."""
    if head["type"] == "upstream":
        return (y * torch.tensor(head["gradient"], dtype=torch.float64)).sum()
    target = torch.tensor(head["target"], dtype=torch.float64)
    options = {key: head[key] for key in _OPTIONS if key in head}
    if head["type"] in ("cross_entropy", "nll"):
        if target.dim() == y.dim() - 1:
            target = target.long()
        if "weight" in head:
            options["weight"] = torch.tensor(head["weight"], dtype=torch.float64)
        if head["type"] == "cross_entropy":
            named["probabilities"] = torch.softmax(y, -1).detach().numpy()
            loss = functional.cross_entropy(y, target, **options)
        else:
            loss = functional.nll_loss(y, target, **options)
    else:
        loss = _LOSSES[head["type"]](y, target, **options)
    named["loss"] = loss.detach().numpy()
    return loss
