"""Random networks over every layer, one for each seed."""

from functools import partial
from typing import Any

import numpy as np

from app.engine.heads import (
    AbsoluteError,
    BinaryCrossEntropy,
    BinaryCrossEntropyWithLogits,
    CrossEntropy,
    Huber,
    MeanSquaredError,
    NegativeLogLikelihood,
    SmoothL1,
    Upstream,
)
from app.engine.layers import (
    KINDS,
    Activation,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    Add,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    LeakyRelu,
    Linear,
    LogSoftmax,
    MaxPool2d,
    PRelu,
    Sigmoid,
    Softmax,
)
from app.engine.network import Network
from tests.engine.plain_loops import Run

ACTIVATIONS: list[Any] = [
    partial(LeakyRelu, negative_slope=0.1) if kind is LeakyRelu else kind
    for kind in KINDS.values()
    if issubclass(kind, Activation) and kind.name not in ("prelu", "dropout")
]


def drawn_network(seed, most_layers=6, every=False):
    """One in three has multiples of 1/8 for numbers, and the others any.

    ``every``: with every layer, option and head there is.
    """
    rng = np.random.default_rng(seed)

    def array(*shape):
        return rng.integers(-12, 13, shape) / 8 if seed % 3 == 0 else rng.uniform(-1.5, 1.5, shape)

    shape = tuple(int(rng.integers(*each)) for each in ((1, 4), (3, 9), (3, 9)))
    x = array(*shape)
    layers: list[Any] = []
    shapes = [shape]
    for _ in range(rng.integers(1, most_layers + 1)):
        flat = ["linear", "linear"] if len(shape) == 1 else ["conv", "conv", "max", "avg"]
        kinds = ["activation", "flatten", *flat]
        alike = [k - 1 for k, each in enumerate(shapes) if each == shape]
        if every:
            kinds += ["softmax"] if len(layers) % 2 else []
            kinds += ["rare", "rare"] + ["add"] * min(4, 2 * (len(alike) - 1))
        kind = str(rng.choice(kinds))
        if kind == "add":  # two different outputs more often than one twice
            make: Any = partial(Add, source=int(rng.choice(alike[:-1])))
        elif kind == "rare":
            make = _rare_layer(rng, shape, array)
        else:
            make = _layer(rng, kind, shape, array, every)
        layers.append(make)
        shape = make(shape).shape
        shapes.append(shape)
    heads: list[Any] = [partial(Upstream, gradient=array(*shape))]
    heads.append(partial(MeanSquaredError, target=array(*shape)))
    if len(shape) == 1:
        heads.append(partial(CrossEntropy, target=int(rng.integers(shape[0]))))
    if every:
        likely = rng.integers(0, 9, shape) / 8
        heads += [partial(BinaryCrossEntropyWithLogits, target=likely)]
        heads += [partial(SmoothL1, target=array(*shape)), partial(Huber, target=array(*shape))]
        heads += [partial(AbsoluteError, target=array(*shape))]
        heads += _heads_of_classes(rng, shape[0]) if len(shape) == 1 else []
        if rng.integers(6) == 0:  # its outputs must be probabilities
            return Network(x, [*layers, Sigmoid], partial(BinaryCrossEntropy, target=likely))
    return Network(x, layers, heads[rng.integers(len(heads))])


def _layer(rng, kind, shape, array, every=False):
    if kind == "softmax":
        return Softmax if rng.integers(2) else LogSoftmax
    if kind == "activation":
        return ACTIVATIONS[rng.integers(len(ACTIVATIONS))]
    if kind == "flatten":
        return Flatten
    some_bias = bool(rng.integers(2))
    if kind == "linear":
        out = int(rng.integers(1, 7))
        weight = array(out, shape[0])
        return partial(Linear, weight=weight, bias=array(out) if some_bias else None)
    kernel = tuple(int(rng.integers(1, min(3, side) + 1)) for side in shape[1:])
    options: dict[str, Any] = {
        "stride": tuple(int(rng.integers(1, 3)) for _ in kernel),
        "padding": tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel),
    }
    pool: Any = MaxPool2d if kind == "max" else AvgPool2d
    if every:
        options |= _rare_options(rng, kind, kernel, shape)
    if kind == "conv":
        if (groups := options.get("groups", 1)) > 1:
            out = groups * int(rng.integers(1, 3))
            weight = array(out, shape[0] // groups, *kernel)
            return partial(Conv2d, weight=weight, bias=array(out) if some_bias else None, **options)
        out = int(rng.integers(1, 4))
        bias = array(out) if some_bias else None
        return partial(Conv2d, weight=array(out, shape[0], *kernel), bias=bias, **options)
    return partial(pool, kernel=kernel, **options)


def _heads_of_classes(rng, classes):
    """With weights of classes, label smoothing, and targets that are shared out."""
    right, reduction = int(rng.integers(classes)), str(rng.choice(["mean", "sum"]))
    weight, shares = rng.integers(1, 17, classes) / 8, rng.integers(0, 9, classes) / 8
    smooth = int(rng.integers(1, 4)) / 8
    options: dict[str, Any] = {"weight": weight, "reduction": reduction}
    return [
        partial(CrossEntropy, target=right, **options),
        partial(CrossEntropy, target=right, label_smoothing=smooth),
        partial(CrossEntropy, target=shares, label_smoothing=smooth, **options),
        partial(NegativeLogLikelihood, target=right),
        partial(NegativeLogLikelihood, target=right, **options),
    ]


def _rare_layer(rng, shape, array):
    """A transposed convolution, an adaptive pool, a batch norm, a PReLU or a dropout."""
    kinds = ["prelu", "dropout"]
    kinds += ["transposed", "adaptive", "adaptive", "norm"] if len(shape) == 3 else []
    kind = str(rng.choice(kinds))
    if kind == "prelu":
        return partial(PRelu, weight=array(int(rng.choice([1, shape[0]]))))
    if kind == "dropout":
        p = float(rng.choice([0.25, 0.5, 0.9]))
        return partial(Dropout, mask=rng.integers(0, 2, shape), p=p)
    if kind == "norm":
        channels = shape[0]
        scales = {"weight": array(channels), "bias": array(channels)} if rng.integers(2) else {}
        spread = rng.integers(1, 17, channels) / 8
        mean = array(channels)
        return partial(BatchNorm2d, running_mean=mean, running_var=spread, **scales)
    if kind == "adaptive":
        pool: Any = AdaptiveMaxPool2d if rng.integers(2) else AdaptiveAvgPool2d
        return partial(pool, output_size=tuple(int(rng.integers(1, n + 1)) for n in shape[1:]))
    kernel: Any = rng.integers(1, 4, 2).tolist()
    stride: Any = rng.integers(1, 3, 2).tolist()
    padding: Any = rng.integers(0, 2, 2).tolist()
    axes = zip(shape[1:], kernel, stride, padding, strict=True)
    if any((n - 1) * s - 2 * p + k < 1 or (n - 1) * s + k > 12 for n, k, s, p in axes):
        kernel, stride, padding = [1, 1], [1, 1], [0, 0]
    extra: Any = tuple(int(rng.integers(s)) for s in stride)
    groups = shape[0] if rng.integers(3) == 0 else 1
    outer = int(rng.integers(1, 3))
    bias = array(outer * groups) if rng.integers(2) else None
    return partial(
        ConvTranspose2d, weight=array(shape[0], outer, *kernel), bias=bias, stride=tuple(stride),
        padding=tuple(padding), output_padding=extra, groups=groups,
    )  # fmt: skip


def _rare_options(rng, kind, kernel, shape):
    """Dilation, groups, lopsided padding, windows that run off the end, other ties."""
    options: dict[str, Any] = {}
    room = all(2 * (k - 1) + 1 <= side for k, side in zip(kernel, shape[1:], strict=True))
    if kind != "avg" and room and rng.integers(3) == 0:
        options["dilation"] = (2, 2)
    if kind == "conv":
        if shape[0] > 1 and rng.integers(3) == 0:
            options["groups"] = shape[0]
        if rng.integers(4) == 0:
            options["padding"] = tuple(int(n) for n in rng.integers(0, 2, 4))
        return options
    options["ceil_mode"] = bool(rng.integers(4) == 0)
    if kind == "max":
        options["ties"] = str(rng.choice(["first", "first", "last", "split"]))
    else:
        options["count_include_pad"] = bool(rng.integers(2))
        options["divisor_override"] = int(rng.integers(2, 6)) if rng.integers(5) == 0 else None
    return options


def chooses_alike(net, dtype):
    """Whether every winner and sign survives a format."""
    trace, run = net.trace(), Run(net, dtype)
    values = [run.array(net.x)]
    for i, layer in enumerate(net.layers):
        x = run.reaching(layer, values)
        seen = x.astype(np.float64)
        here = layer.choices(seen, layer.forward(seen)[1])
        there = layer.choices(trace.values[i], trace.tapes[i])
        if here is not None and (np.asarray(here) != np.asarray(there)).any():
            return False
        values.append(getattr(run, f"forward_{layer.name}")(i, layer, x))
    return True
