"""Networks for tests: those of the worked examples, and random ones."""

from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from app.engine.heads import (
    AbsoluteError,
    CrossEntropy,
    MeanSquaredError,
    NegativeLogLikelihood,
    Upstream,
)
from app.engine.layers import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    Add,
    AvgPool1d,
    AvgPool2d,
    BatchNorm2d,
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Elu,
    Flatten,
    Gelu,
    Hardtanh,
    Identity,
    LeakyRelu,
    Linear,
    LogSoftmax,
    MaxPool1d,
    MaxPool2d,
    PRelu,
    Relu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)
from app.engine.network import HeadMaker, Network


def numbers(nested):
    return np.array(nested, np.float64)


def network(x, *layers, gradient=None, head=None):
    """Layers bound to an input; a head, or the upstream gradients."""
    return Network(numbers(x), layers, head or partial(Upstream, gradient=numbers(gradient)))


def conv(weight, bias=None, **options):
    bias = None if bias is None else numbers(bias)
    return partial(Conv2d, weight=numbers(weight), bias=bias, **options)


def linear(weight, bias=None):
    return partial(Linear, weight=numbers(weight), bias=None if bias is None else numbers(bias))


def max_pool(kernel=(2, 2), **options):
    return partial(MaxPool2d, kernel=kernel, **options)


def founding_question():
    """Worked example A: pool → fully connected."""
    return network(
        [[[0, 3, 1, 2, 0], [1, 2, 2, 2, 1], [1, 3, 3, 3, 1], [3, 2, 1, 3, 0], [2, 0, 0, 1, 1]]],
        conv([[[[1, -1], [2, 1]]]], [0]),
        Relu,
        max_pool(),
        Flatten,
        linear([[0.5, 1, -0.25, 0], [-1, 0, 0.5, 1], [0.25, -0.5, 1, -1]], [0, 0, 0]),
        gradient=[2, 3, 6],
    )


def pool_convolution():
    """Worked example B: pool → convolution."""
    return network(
        [[[1, 2, 9, 3, 4, 5], [3, 7, 1, 2, 8, 6], [6, 1, 2, 4, 3, 9],
          [5, 2, 8, 1, 7, 2], [1, 6, 3, 5, 2, 1], [4, 2, 7, 6, 3, 8]]],
        max_pool(),
        conv([[[[1, 2], [3, 4]]]], [0]),
        gradient=[[[1, 10], [100, 1000]]],
    )  # fmt: skip


def tie(ties):
    """Worked example 9: two cells hold the maximum."""
    return network([[[5, 5], [1, 2]]], max_pool(ties=ties), gradient=[[[6]]])


@st.composite
def networks(draw, curved=True, losses=True, most_layers=5, lines=True):
    """Any order of layers that fits, with numbers that are multiples of 1/8: ties are frequent.

    ``lines``: also with layers along one axis.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def array(*shape):
        return rng.integers(-12, 13, shape) / 8

    shape: tuple[int, ...] = tuple(draw(st.integers(*each)) for each in ((1, 2), (2, 6), (2, 6)))
    ranks = [shape, shape, shape[-1:], shape[-1:], *([shape[::2]] if lines else [])]
    shape = draw(st.sampled_from(ranks))
    x, layers, shapes = array(*shape), [], [shape]
    flat = [Relu, partial(LeakyRelu, negative_slope=0.25), Identity]
    flat += [Hardtanh, partial(Hardtanh, min_val=-0.5, max_val=0.25)]
    if curved and len(shape) != 2:  # over which axis of two, is refused
        flat += [Softmax, LogSoftmax]
    if curved:
        flat += [
            Sigmoid,
            Tanh,
            Silu,
            Gelu,
            partial(Gelu, approximate="tanh"),
            Elu,
        ]
        flat += [partial(Elu, alpha=0.5), Softplus, partial(Softplus, beta=2.0, threshold=0.75)]
    for _ in range(draw(st.integers(1, most_layers))):
        kinds = ["activation", "flatten", "add"]
        kinds += {
            1: ["linear"],
            2: ["line_conv", "line_max_pool", "line_avg_pool"],
            3: ["conv", "transposed", "batch_norm", "max_pool", "avg_pool", "adaptive"],
        }[len(shape)]
        kind = draw(st.sampled_from(kinds))
        if kind == "activation":
            prelu = partial(PRelu, weight=array(draw(st.sampled_from([1, shape[0]]))))
            dropout = partial(Dropout, mask=numbers(rng.integers(0, 2, shape)))
            make = draw(st.sampled_from([*flat, prelu, dropout]))
        elif kind == "flatten":
            make = Flatten
        elif kind == "add":
            alike = [i - 1 for i, each in enumerate(shapes) if each == shape]
            make = partial(Add, source=draw(st.sampled_from(alike)))
        elif kind == "adaptive":
            out_sides = tuple(draw(st.integers(1, side + 1)) for side in shape[1:])
            pool = draw(st.sampled_from([AdaptiveMaxPool2d, AdaptiveAvgPool2d]))
            make = partial(pool, output_size=out_sides)
        elif kind == "transposed":
            out, stride = draw(st.integers(1, 2)), draw(st.integers(1, 2))
            make = partial(
                ConvTranspose2d,
                weight=array(shape[0], out, *(draw(st.integers(1, 2)) for _ in (0, 1))),
                bias=_maybe(draw, array(out)),
                stride=(stride, 1),
                output_padding=(draw(st.integers(0, stride - 1)), 0),
            )
        elif kind == "batch_norm":
            mean, var = array(shape[0]), np.abs(array(shape[0]))
            weight, bias = _maybe(draw, array(shape[0])), array(shape[0])
            make = partial(
                BatchNorm2d,
                running_mean=mean,
                running_var=var,
                weight=weight,
                bias=None if weight is None else _maybe(draw, bias),
                eps=0.25,
            )
        elif kind == "linear":
            out = draw(st.integers(1, 4))
            make = partial(Linear, weight=array(out, shape[0]), bias=_maybe(draw, array(out)))
        elif kind.startswith("line"):
            k = draw(st.integers(1, min(3, shape[1])))
            sides = {"stride": draw(st.integers(1, 3)), "padding": draw(st.integers(0, k // 2))}
            if kind == "line_conv":
                out = draw(st.integers(1, 2))
                weight, bias = array(out, shape[0], k), _maybe(draw, array(out))
                make = partial(Conv1d, weight=weight, bias=bias, **sides)
            elif kind == "line_max_pool":
                ties = draw(st.sampled_from(["first", "last", "split"]))
                make = partial(MaxPool1d, kernel=k, ties=ties, **sides)
            else:
                make = partial(AvgPool1d, kernel=k, **sides)
        else:
            kernel = tuple(draw(st.integers(1, min(3, side))) for side in shape[1:])
            options: dict[str, Any] = {
                "stride": tuple(draw(st.integers(1, 3)) for _ in kernel),
                "padding": tuple(draw(st.integers(0, k // 2)) for k in kernel),
            }
            if kind == "conv":
                out = draw(st.integers(1, 2))
                weight, bias = array(out, shape[0], *kernel), _maybe(draw, array(out))
                make = partial(Conv2d, weight=weight, bias=bias, **options)
            elif kind == "max_pool":
                ties = draw(st.sampled_from(["first", "last", "split"]))
                ceil = draw(st.booleans())
                make = partial(MaxPool2d, kernel=kernel, ties=ties, ceil_mode=ceil, **options)
            else:
                make = partial(AvgPool2d, kernel=kernel, **options)
        layers.append(make)
        shape = make(shape).shape
        shapes.append(shape)
    heads: list[HeadMaker] = [partial(Upstream, gradient=array(*shape))]
    if losses:
        heads.append(partial(MeanSquaredError, target=array(*shape)))
        heads.append(partial(AbsoluteError, target=array(*shape)))
    if losses and len(shape) == 1:
        weight = 1 + np.abs(array(shape[0]))
        heads += [
            partial(CrossEntropy, target=shape[0] - 1),
            partial(CrossEntropy, target=0, weight=weight, label_smoothing=0.25),
            partial(CrossEntropy, target=np.abs(array(shape[0])), reduction="sum"),
            partial(NegativeLogLikelihood, target=0, weight=weight),
        ]
    return Network(x, layers, draw(st.sampled_from(heads)))


def _maybe(draw, array):
    return array if draw(st.booleans()) else None
