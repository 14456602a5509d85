"""Every kind of layer.

A layer is a set of *contributions*: triples (output cell, input cell, local derivative). Each kind
of layer defines it in three ways, side by side: ``forward``; ``backward`` (and
``backward_parameters``), the fast backward pass that adds ``upstream gradient × local derivative``
over all contributions at once; and ``contributions_to`` / ``_of`` / ``_to_parameter``, which list
the triples of one cell. Tests compare the three.

``forward`` returns the output and a *tape*, the numbers that the other methods need from the
forward pass. ``view`` is applied to the local derivatives before they are used (see
``types.View``): with ``identity``, ``backward`` gives gradients; with ``np.ones_like``, it counts
readers.

Conventions are PyTorch's: [C, H, W] in C order, cross-correlation, ReLU'(0) = 0,
LeakyReLU'(0) = slope; a tie goes to the first maximum and padding never wins.
"""

from app.engine.copied import PaddingMode
from app.engine.layers.activations import (
    Activation,
    Approximate,
    Elu,
    Gelu,
    Hardtanh,
    Identity,
    LeakyRelu,
    Relu,
    Sigmoid,
    Silu,
    Softplus,
    Tanh,
)
from app.engine.layers.add import Add
from app.engine.layers.base import Layer, Setting, Slide, reaching, send_back
from app.engine.layers.convolution import Conv2d
from app.engine.layers.dropout import Dropout
from app.engine.layers.flatten import Flatten
from app.engine.layers.kinds import Family, LayerName, PerFamily, PerLayer, never_asked
from app.engine.layers.linear import Linear
from app.engine.layers.normalization import BatchNorm2d
from app.engine.layers.one_axis import AvgPool1d, Conv1d, MaxPool1d
from app.engine.layers.pooling import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool,
    AvgPool2d,
    MaxPool,
    MaxPool2d,
    Pool,
    Ties,
    max_pools,
)
from app.engine.layers.prelu import PRelu
from app.engine.layers.softmax import LogSoftmax, RowWise, Softmax
from app.engine.layers.transposed import ConvTranspose2d

_CLASSES: list[type[Layer]] = [
    Conv2d,
    Conv1d,
    ConvTranspose2d,
    Linear,
    Relu,
    LeakyRelu,
    Sigmoid,
    Tanh,
    Identity,
    Hardtanh,
    Elu,
    Gelu,
    Silu,
    Softplus,
    PRelu,
    Dropout,
    Softmax,
    LogSoftmax,
    MaxPool2d,
    AvgPool2d,
    MaxPool1d,
    AvgPool1d,
    AdaptiveMaxPool2d,
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Flatten,
    Add,
]
KINDS: dict[LayerName, type[Layer]] = {kind.name: kind for kind in _CLASSES}
"""The class of each kind of layer, by the contract's name."""

__all__ = [
    "KINDS",
    "Activation",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool2d",
    "Add",
    "Approximate",
    "AvgPool",
    "AvgPool1d",
    "AvgPool2d",
    "BatchNorm2d",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Elu",
    "Family",
    "Flatten",
    "Gelu",
    "Hardtanh",
    "Identity",
    "Layer",
    "LayerName",
    "LeakyRelu",
    "Linear",
    "LogSoftmax",
    "MaxPool",
    "MaxPool1d",
    "MaxPool2d",
    "PRelu",
    "PaddingMode",
    "PerFamily",
    "PerLayer",
    "Pool",
    "Relu",
    "RowWise",
    "Setting",
    "Sigmoid",
    "Silu",
    "Slide",
    "Softmax",
    "Softplus",
    "Tanh",
    "Ties",
    "max_pools",
    "never_asked",
    "reaching",
    "send_back",
]
