"""The names of all kinds of layers, and the tables that must have an entry for each.

A table is a ``PerLayer`` (an entry a kind) or a ``PerFamily`` (an entry a family). Of one that
lacks an entry mypy says which: ``Missing key "relu" for TypedDict``.
"""

from typing import Generic, Literal, TypedDict, TypeVar

T = TypeVar("T")

LayerName = Literal[
    "conv2d",
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
    "softmax",
    "log_softmax",
    "max_pool2d",
    "avg_pool2d",
    "flatten",
    "add",
]
"""The contract's name of each kind of layer."""


class PerLayer(TypedDict, Generic[T]):
    """A table with an entry for each kind of layer."""

    conv2d: T
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
    softmax: T
    log_softmax: T
    max_pool2d: T
    avg_pool2d: T
    flatten: T
    add: T


Family = Literal[
    "convolution",
    "fully_connected",
    "activation",
    "softmax",
    "max_pool",
    "avg_pool",
    "relabelling",
    "addition",
]
"""Layers of one family are explained, drawn and stepped through alike."""


class PerFamily(TypedDict, Generic[T]):
    """A table with an entry for each family of layers."""

    convolution: T
    fully_connected: T
    activation: T
    softmax: T
    max_pool: T
    avg_pool: T
    relabelling: T
    addition: T


Passage = Literal["multiply", "add", "route", "share", "mix", "pass", "skip", "parameters"]
"""The phases of a backward pass in which gradients go through one layer."""

Rounding = Literal["never", "sums", "always"]
"""Where two correct programs may round a layer's outputs differently: nowhere, for each output is a
copy or one product; where they add in another order; everywhere, for a function such as e^x
differs in its last digit from one library to another."""

WeightNoun = Literal["kernel", "weights"]
"""What the weight of a layer is called; a key of the texts."""
