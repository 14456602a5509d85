"""Random networks along one axis, one for each seed."""

from functools import partial
from typing import Any

import numpy as np

from app.engine.heads import CrossEntropy, MeanSquaredError, Upstream
from app.engine.layers import (
    Add,
    AvgPool1d,
    Conv1d,
    Dropout,
    Flatten,
    Linear,
    MaxPool1d,
    PRelu,
    Relu,
)
from app.engine.network import Network
from tests.engine.drawn import ACTIVATIONS
from tests.engine.plain_batches import batch_of


def drawn_line(seed, most_layers=5):
    """A random network along one axis; one in three has multiples of 1/8 for numbers."""
    rng = np.random.default_rng(seed)

    def array(*shape):
        return rng.integers(-12, 13, shape) / 8 if seed % 3 == 0 else rng.uniform(-1.5, 1.5, shape)

    shape: tuple[int, ...] = (int(rng.integers(1, 4)), int(rng.integers(4, 13)))
    x, shapes = array(*shape), [shape]
    layers = [_line_layer(rng, str(rng.choice(["conv", "max", "avg"])), shape, array)]
    shape = layers[0](shape).shape
    for _ in range(rng.integers(0, most_layers)):
        shapes.append(shape)
        alike = [k - 1 for k, each in enumerate(shapes) if each == shape]
        kinds = (
            ["linear"] if len(shape) == 1 else ["conv", "conv", "max", "avg", "flatten", "flatten"]
        )
        kinds += ["activation", "relu", "prelu", "dropout"] + ["add"] * min(3, len(alike) - 1)
        kind = str(rng.choice(kinds))
        if kind == "add":
            make: Any = partial(Add, source=int(rng.choice(alike[:-1])))
        else:
            make = _line_layer(rng, kind, shape, array)
        layers.append(make)
        shape = make(shape).shape
    heads: list[Any] = [partial(Upstream, gradient=array(*shape))]
    heads.append(partial(MeanSquaredError, target=array(*shape)))
    if len(shape) == 1:
        heads.append(partial(CrossEntropy, target=int(rng.integers(shape[0]))))
    return Network(x, layers, heads[rng.integers(len(heads))])


def drawn_batch_of_lines(seed, most_layers=4):
    """A batch of two to four examples of such a network."""
    rng = np.random.default_rng(seed)
    return batch_of(drawn_line(seed, most_layers), int(rng.integers(2, 5)), rng)


def _line_layer(rng, kind, shape, array) -> Any:
    if kind == "relu":
        return Relu
    if kind == "activation":
        return ACTIVATIONS[rng.integers(len(ACTIVATIONS))]
    if kind == "prelu":
        return partial(PRelu, weight=array(int(rng.choice([1, shape[0]]))))
    if kind == "dropout":
        return partial(Dropout, mask=rng.integers(0, 2, shape), p=0.5)
    if kind == "flatten":
        return Flatten
    some_bias = bool(rng.integers(2))
    if kind == "linear":
        out = int(rng.integers(1, 6))
        return partial(Linear, weight=array(out, shape[0]), bias=array(out) if some_bias else None)
    side = int(rng.integers(1, min(3, shape[1]) + 1))
    options: dict[str, Any] = {
        "stride": int(rng.integers(1, 3)), "padding": int(rng.integers(0, side // 2 + 1)),
    }  # fmt: skip
    if kind != "avg" and 2 * (side - 1) + 1 <= shape[1] and rng.integers(3) == 0:
        options["dilation"] = 2
    if kind == "conv":
        groups = shape[0] if rng.integers(4) == 0 else 1
        out = groups * int(rng.integers(1, 4))
        if rng.integers(5) == 0:
            options["padding"] = tuple(int(n) for n in rng.integers(0, 2, 2))
        bias = array(out) if some_bias else None
        weight = array(out, shape[0] // groups, side)
        return partial(Conv1d, weight=weight, bias=bias, groups=groups, **options)
    options["ceil_mode"] = bool(rng.integers(4) == 0)
    if kind == "max":
        ties: Any = str(rng.choice(["first", "first", "last", "split"]))
        return partial(MaxPool1d, kernel=side, ties=ties, **options)
    return partial(AvgPool1d, kernel=side, count_include_pad=bool(rng.integers(2)), **options)
