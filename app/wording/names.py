"""What layers, cells and zeros are called."""

import math

import numpy as np

from app.engine.layers import (
    Activation,
    AvgPool2d,
    Conv2d,
    Flatten,
    Layer,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Relu,
    Sigmoid,
    Tanh,
)
from app.engine.network import Network, Trace
from app.engine.receipt import Cell, shape_of
from app.engine.types import Shape, Zero

TITLES: dict[type[Layer], str] = {
    Conv2d: "Convolution",
    Relu: "ReLU",
    LeakyRelu: "Leaky ReLU",
    Sigmoid: "Sigmoid",
    Tanh: "Tanh",
    MaxPool2d: "Max pool",
    AvgPool2d: "Average pool",
    Flatten: "Flatten",
    Linear: "Fully connected",
}

ZEROS: dict[Zero, tuple[str, str]] = {
    "lost": ("lost", "another cell of the window took the gradient"),
    "blocked": ("blocked", "the activation is flat here"),
    "weight": ("weight 0", "the weight between is 0"),
    "input": ("input 0", "the input it met is 0"),
    "settled": ("settled", "changing this output would not change the loss"),
    "upstream": ("nothing arrives", "the upstream gradient is 0"),
    "underflow": ("too small", "the product is too small for a float64"),
    "unread": ("unread", "nothing reads this cell"),
    "mixed": ("several reasons", "its terms are 0 for different reasons"),
    "cancelled": ("cancelled", "its terms are not 0, but add up to 0"),
}
"""For each code of a zero: a word for the receipt, and what it means."""


def layer_title(network: Network, layer: int) -> str:
    """«Max pool», numbered where the network has several of a kind."""
    if layer < 0:
        return "Input"
    kind = type(network.layers[layer])
    alike = [i for i, each in enumerate(network.layers) if type(each) is kind]
    title = TITLES.get(kind, kind.__name__)
    return title if len(alike) == 1 else f"{title} {alike.index(layer) + 1}"


def index_of(trace: Trace, cell: Cell) -> tuple[int, ...]:
    """A flat index in its shape."""
    shape = shape_of(trace, cell.layer, cell.parameter)
    return tuple(int(i) for i in np.unravel_index(cell.at, shape))


def place(index: tuple[int, ...], channels: int = 1) -> str:
    """«row 0, column 1», with the channel where there are several."""
    if len(index) == 1:
        return f"neuron {index[0]}"
    words = f"row {index[-2]}, column {index[-1]}"
    return words if channels == 1 else f"channel {index[0]}, {words}"


def cell_place(trace: Trace, cell: Cell) -> str:
    """Where a cell is within its layer."""
    shape = shape_of(trace, cell.layer, cell.parameter)
    return place_in(shape, index_of(trace, cell), cell.parameter)


def place_in(shape: Shape, index: tuple[int, ...], parameter: str | None) -> str:
    """Where an index is in an array of this shape: a layer's output, or one of its parameters."""
    if parameter == "bias":
        return f"bias {index[0]}"
    if parameter is None:
        return place(index, shape[0])
    if len(index) == 2:
        return f"from neuron {index[1]} to neuron {index[0]}"
    kernels = f"kernel {index[0]}, " if shape[0] > 1 else ""
    channels = f"channel {index[1]}, " if shape[1] > 1 else ""
    return f"{kernels}{channels}row {index[2]}, column {index[3]}"


def named(title: str, shape: Shape, index: tuple[int, ...], parameter: str | None) -> str:
    """«Max pool, row 0, column 1», «Bias 0», and «Bias» where there is one."""
    if parameter == "bias":
        return title if shape == (1,) else f"{title} {index[0]}"
    return f"{title}, {place_in(shape, index, parameter)}"


def cell_name(trace: Trace, cell: Cell) -> str:
    """«Max pool, row 0, column 1»."""
    what = layer_title(trace.network, cell.layer)
    if cell.parameter == "weight":
        what += " kernel" if len(index_of(trace, cell)) == 4 else " weight"
    return f"{what}, {cell_place(trace, cell)}"


def cell_kind(trace: Trace, cell: Cell) -> str:
    """What a cell is, for a heading: «A pooled neuron»."""
    if cell.parameter == "bias":
        return "A bias"
    if cell.parameter == "weight":
        convolution = isinstance(trace.network.layers[cell.layer], Conv2d)
        return "A kernel weight" if convolution else "A weight"
    if cell.layer < 0:
        return "An input cell"
    layer = trace.network.layers[cell.layer]
    if isinstance(layer, MaxPool2d | AvgPool2d):
        return "A pooled neuron"
    if isinstance(layer, Conv2d):
        return "A cell of the map"
    if isinstance(layer, Activation):
        return "An activation"
    if cell.layer == len(trace.network.layers) - 1:
        return "An output neuron"
    return "A neuron"


def side_words(sides: tuple[int, int]) -> str:
    """«2» for a square, else «2 × 3»."""
    return str(sides[0]) if sides[0] == sides[1] else shape_words(sides)


def shape_words(shape: Shape) -> str:
    """«5 × 5», «3 channels of 64 × 64» or «3»."""
    plane = (
        f"{shape[-2]}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{shape[-1]}"
        if len(shape) > 1
        else f"{shape[0]}"
    )
    outer = math.prod(shape[:-2])
    if outer == 1:
        return plane
    return f"{outer} {'channels' if len(shape) == 3 else 'kernels'} of {plane}"
