"""The networks of the measurements, as documents and in PyTorch."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import orjson

from app.document.building import build
from app.document.document import Document
from app.engine.network import Network
from scripts.measuring.report import Figures

try:
    import torch
except ImportError:
    torch = None


def conv(rng: np.random.Generator, out: int, read: int, size: int, padding: int = 0) -> Figures:
    """A convolution with random weights."""
    scale = (read * size * size) ** -0.5
    weight = rng.normal(0, scale, (out, read, size, size))
    bias = rng.normal(0, scale, out)
    return {
        "type": "conv2d",
        "weight": weight.tolist(),
        "bias": bias.tolist(),
        "padding": padding,
    }


def linear(rng: np.random.Generator, out: int, read: int) -> Figures:
    """A linear layer with random weights."""
    scale = read**-0.5
    weight, bias = rng.normal(0, scale, (out, read)), rng.normal(0, scale, out)
    return {"type": "linear", "weight": weight.tolist(), "bias": bias.tolist()}


RELU, POOL, FLATTEN = {"type": "relu"}, {"type": "max_pool2d", "kernel": 2}, {"type": "flatten"}


def tiny(side: int = 6) -> Figures:
    """1×6×6 → conv 2@3×3 → relu → pool 2 → fc 3 → cross-entropy; or a larger input."""
    rng = np.random.default_rng(1)
    pooled = (side - 2) // 2
    layers = [conv(rng, 2, 1, 3), RELU, POOL, FLATTEN, linear(rng, 3, 2 * pooled * pooled)]
    return _network(rng, (1, side, side), layers)


def lenet() -> Figures:
    """1×28×28 → 6@5×5 → relu → pool → 16@5×5 → relu → pool → 120 → 84 → 10 → cross-entropy."""
    rng = np.random.default_rng(2)
    maps = [conv(rng, 6, 1, 5), RELU, POOL, conv(rng, 16, 6, 5), RELU, POOL, FLATTEN]
    rows = [linear(rng, 120, 256), RELU, linear(rng, 84, 120), RELU, linear(rng, 10, 84)]
    return _network(rng, (1, 28, 28), maps + rows)


def lenets(examples: int = 32) -> Figures:
    """LeNet with a batch of inputs, each with a class of its own."""
    rng = np.random.default_rng(4)
    batch = rng.normal(0, 1, (examples, 1, 28, 28)).tolist()
    target = [at % 10 for at in range(examples)]
    return {**lenet(), "input": batch, "head": {"type": "cross_entropy", "target": target}}


def wide() -> Figures:
    """3×64×64 → 32@3×3 pad 1 → relu → pool → 64@3×3 pad 1 → relu → pool → 10 → cross-entropy."""
    rng = np.random.default_rng(3)
    maps = [conv(rng, 32, 3, 3, 1), RELU, POOL, conv(rng, 64, 32, 3, 1), RELU, POOL, FLATTEN]
    return _network(rng, (3, 64, 64), [*maps, linear(rng, 10, 64 * 16 * 16)])


def widest() -> Figures:
    """3×64×64 → 32@5×5 pad 2 → relu → 64@5×5 pad 2 → relu → pool → 4 → cross-entropy.

    Close to the limits: 220 million multiply-adds.
    """
    rng = np.random.default_rng(5)
    maps = [conv(rng, 32, 3, 5, 2), RELU, conv(rng, 64, 32, 5, 2), RELU, POOL, FLATTEN]
    return _network(rng, (3, 64, 64), [*maps, linear(rng, 4, 64 * 32 * 32)])


def _network(rng: np.random.Generator, shape: tuple[int, ...], layers: list[Figures]) -> Figures:
    head = {"type": "cross_entropy", "target": 1}
    return {"version": 1, "input": rng.normal(0, 1, shape).tolist(), "layers": layers, "head": head}


def built(network: Figures) -> Network:
    """The engine's network for a document."""
    return build(Document.model_validate(network))


def distinct(network: Figures, count: int) -> Iterator[bytes]:
    """Different requests, which no cache can answer."""
    rng = random.Random(0)
    rest = {key: value for key, value in network.items() if key != "input"}
    for _ in range(count):
        plane = [list(row) for row in network["input"][0]]
        plane[0][0] = rng.random()
        yield orjson.dumps({"network": {**rest, "input": [plane]}})


def in_torch(network: Figures) -> Callable[[], list[Any]]:
    """The network in eager PyTorch: forward, then all gradients of parameters and the input."""

    def leaf(array: Any) -> Any:
        return torch.tensor(array, dtype=torch.float64, requires_grad=True)

    functional = torch.nn.functional
    given, target = network["input"], network["head"]["target"]
    is_batch = isinstance(target, list)
    x = leaf(given if is_batch else [given])
    leaves, steps = [x], list[Callable[[Any], Any]]()
    for layer in network["layers"]:
        match layer["type"]:
            case "conv2d":
                w, b, p = leaf(layer["weight"]), leaf(layer["bias"]), layer["padding"]
                leaves += [w, b]
                steps.append(partial(functional.conv2d, weight=w, bias=b, padding=p))
            case "linear":
                w, b = leaf(layer["weight"]), leaf(layer["bias"])
                leaves += [w, b]
                steps.append(partial(functional.linear, weight=w, bias=b))
            case "relu":
                steps.append(functional.relu)
            case "max_pool2d":
                steps.append(lambda y: functional.max_pool2d(y, 2))
            case "flatten":
                steps.append(lambda y: torch.flatten(y, 1))
    classes = torch.tensor(target if is_batch else [target])

    def call() -> list[Any]:
        y = x
        for step in steps:
            y = step(y)
        return list(torch.autograd.grad(functional.cross_entropy(y, classes), leaves))

    return call
