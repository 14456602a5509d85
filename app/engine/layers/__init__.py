"""Every kind of layer.

A layer is a set of *contributions*: triples (output cell, input cell, local derivative). Each kind
says so three times, side by side: ``forward``; ``backward`` (and ``backward_parameters``), the fast
backward pass that sums ``upstream gradient × local derivative`` over all contributions at once; and
``contributions_to`` / ``_of`` / ``_to_parameter``, the same triples for one cell. Tests hold the
three against each other.

``forward`` returns the output and a *tape*, whatever the other methods need to remember of the
input. ``view`` looks at the local derivatives before they are used (see ``types.View``): with
``identity`` ``backward`` gives gradients, with ``np.ones_like`` it counts readers, and so on.

Conventions are PyTorch's: [C, H, W] in C order, cross-correlation, ReLU'(0) = 0,
LeakyReLU'(0) = slope; a tie goes to the first maximum and padding never wins.
"""

from app.engine.layers.activations import (
    Activation,
    Identity,
    LeakyRelu,
    Relu,
    Sigmoid,
    Tanh,
)
from app.engine.layers.base import Layer
from app.engine.layers.flatten import Flatten
from app.engine.layers.pooling import AvgPool2d, MaxPool2d, Pool, Ties
from app.engine.layers.weighted import Conv2d, Linear

KINDS: dict[str, type[Layer]] = {
    "conv2d": Conv2d,
    "relu": Relu,
    "leaky_relu": LeakyRelu,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "identity": Identity,
    "max_pool2d": MaxPool2d,
    "avg_pool2d": AvgPool2d,
    "flatten": Flatten,
    "linear": Linear,
}
"""The contract's name of each kind of layer."""

__all__ = [
    "KINDS",
    "Activation",
    "AvgPool2d",
    "Conv2d",
    "Flatten",
    "Identity",
    "Layer",
    "LeakyRelu",
    "Linear",
    "MaxPool2d",
    "Pool",
    "Relu",
    "Sigmoid",
    "Tanh",
    "Ties",
]
