"""The names of all kinds of layers, and the types of tables with an entry for each.

A table is a ``PerLayer`` (an entry per kind) or a ``PerFamily`` (an entry per family). Mypy names
an entry that is missing: ``Missing key "relu" for TypedDict``.
"""

from typing import Generic, Literal, NoReturn, TypedDict, TypeVar

T = TypeVar("T")

LayerName = Literal[
    "conv2d",
    "conv1d",
    "conv_transpose2d",
    "linear",
    "relu",
    "leaky_relu",
    "sigmoid",
    "tanh",
    "identity",
    "hardtanh",
    "elu",
    "gelu",
    "silu",
    "softplus",
    "prelu",
    "dropout",
    "softmax",
    "log_softmax",
    "max_pool2d",
    "avg_pool2d",
    "max_pool1d",
    "avg_pool1d",
    "adaptive_max_pool2d",
    "adaptive_avg_pool2d",
    "batch_norm2d",
    "flatten",
    "add",
]
"""The contract's name of each kind of layer."""


class PerLayer(TypedDict, Generic[T]):
    """A table with an entry for each kind of layer."""

    conv2d: T
    conv1d: T
    conv_transpose2d: T
    linear: T
    relu: T
    leaky_relu: T
    sigmoid: T
    tanh: T
    identity: T
    hardtanh: T
    elu: T
    gelu: T
    silu: T
    softplus: T
    prelu: T
    dropout: T
    softmax: T
    log_softmax: T
    max_pool2d: T
    avg_pool2d: T
    max_pool1d: T
    avg_pool1d: T
    adaptive_max_pool2d: T
    adaptive_avg_pool2d: T
    batch_norm2d: T
    flatten: T
    add: T


Family = Literal[
    "convolution",
    "transposed_convolution",
    "fully_connected",
    "activation",
    "softmax",
    "max_pool",
    "avg_pool",
    "normalization",
    "relabelling",
    "addition",
]
"""Layers of one family are explained, drawn and stepped through in the same way."""


class PerFamily(TypedDict, Generic[T]):
    """A table with an entry for each family of layers."""

    convolution: T
    transposed_convolution: T
    fully_connected: T
    activation: T
    softmax: T
    max_pool: T
    avg_pool: T
    normalization: T
    relabelling: T
    addition: T


Passage = Literal["multiply", "add", "route", "share", "mix", "pass", "skip", "parameters"]
"""The phases of a backward pass in which gradients go through one layer."""

Rounding = Literal["never", "sums", "always"]
"""Which outputs two correct programs may round differently: none, because each output is a copy or
one product; sums, because the order of addition may differ; or all, because the last digit of a
function such as e^x differs between libraries."""

WeightNoun = Literal["kernel", "weights", "slopes", "scales"]
"""The key of the text that names a layer's weight."""


def never_asked(*_: object) -> NoReturn:
    """An entry that nothing asks for: receipts, for example, skip layers that only relabel.

    Raises:
        AssertionError: always.
    """
    raise AssertionError("Nothing is said of this family here.")
