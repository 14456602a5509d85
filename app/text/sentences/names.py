"""Names of layers, cells and zeros."""

import math
from collections.abc import Sequence

import numpy as np

from app.engine.layers import Layer, PerFamily, Slide
from app.engine.layers.kinds import WeightNoun
from app.engine.network import Network, Trace
from app.engine.receipt import Cell, shape_of
from app.engine.types import Shape, Zero
from app.engine.windows import Windows
from app.text.numbers import figure
from app.text.texts import say, texts


def zeros() -> dict[Zero, tuple[str, str]]:
    """For each code of a zero: its word in the receipt, and its meaning."""
    return {code: zero_words(code) for code in texts("zeros")}


def zero_words(code: Zero) -> tuple[str, str]:
    """The word for a zero in the receipt, and its meaning."""
    return say("zeros", code, "word"), say("zeros", code, "meaning")


def layer_title(network: Network, layer: int) -> str:
    """The name of a layer such as «Max pool», numbered if the network has several of its kind."""
    if layer < 0:
        return say("layers.input")
    name = network.layers[layer].name
    alike = [i for i, each in enumerate(network.layers) if each.name == name]
    title = say("layers", name)
    if len(alike) == 1:
        return title
    return say("place.numbered_layer", title=title, n=alike.index(layer) + 1)


def index_of(trace: Trace, cell: Cell) -> tuple[int, ...]:
    """The index of a cell in its array; of a whole batch, with the example first."""
    shape = shape_of(trace, cell.layer, cell.parameter)
    return tuple(int(i) for i in np.unravel_index(cell.at, shape))


def place(index: tuple[int, ...], channels: int = 1) -> str:
    """The place of an index: «row 0, column 1» or «position 3», with one of several channels."""
    if len(index) == 1:
        return say("place.neuron", at=index[0])
    cell = _within(index[1:])
    return cell if channels == 1 else say("place.in_channel", channel=index[0], cell=cell)


def copy_place(name: str, copy: Sequence[int]) -> str:
    """The name of a cell that is read through a copy at this place in the padding."""
    return say("place.copied", place=name, copy=_within(copy))


def _within(index: Sequence[int]) -> str:
    """A place in a channel."""
    if len(index) == 1:
        return say("place.position", at=figure(index[0]))
    return say("place.cell", row=figure(index[0]), column=figure(index[1]))


def cell_place(trace: Trace, cell: Cell) -> str:
    """The place of a cell in its layer; of a whole batch, with its example."""
    shape, index = shape_of(trace, cell.layer, cell.parameter), index_of(trace, cell)
    if cell.parameter is None and trace.network.examples is not None:
        there = place_in(shape[1:], index[1:], None)
        return say("place.in_example", n=index[0] + 1, place=there)
    return place_in(shape, index, cell.parameter)


def place_in(shape: Shape, index: tuple[int, ...], parameter: str | None) -> str:
    """The place of an index in a layer's output of this shape, or in a parameter."""
    if parameter == "bias":
        return say("place.bias", at=index[0])
    if parameter is None:
        return place(index, shape[0])
    if len(index) == 1:
        return say("place.of_all_channels" if shape == (1,) else "place.of_channel", at=index[0])
    if len(index) == 2:
        return say("place.weight", before=index[1], after=index[0])
    cell = place(index[1:], shape[1])
    return cell if shape[0] == 1 else say("place.in_kernel", kernel=index[0], cell=cell)


def named(title: str, shape: Shape, index: tuple[int, ...], parameter: str | None) -> str:
    """A title with a place: «Max pool, row 0, column 1», «Bias 0», or «Bias» if it is alone."""
    if parameter == "bias":
        return title if shape == (1,) else say("place.numbered_bias", title=title, at=index[0])
    return say("place.named", title=title, place=place_in(shape, index, parameter))


def cell_name(trace: Trace, cell: Cell) -> str:
    """The name of a cell: «Max pool, row 0, column 1»."""
    title = layer_title(trace.network, cell.layer)
    if cell.parameter == "weight":
        title = say("place.weight_of", weight_noun(trace.network.layers[cell.layer]), layer=title)
    return say("place.named", title=title, place=cell_place(trace, cell))


def cell_kind(trace: Trace, cell: Cell) -> str:
    """The kind of a cell, for a heading: «A pooled neuron»."""
    return say("kinds", _kind(trace, cell))


def _kind(trace: Trace, cell: Cell) -> str:
    layers = trace.network.layers
    if cell.parameter is not None:
        return parameter_noun(layers[cell.layer], cell.parameter)
    if cell.layer < 0:
        return "input"
    kind = _CELLS[layers[cell.layer].family]
    return "output" if kind == "neuron" and cell.layer == len(layers) - 1 else kind


_CELLS: PerFamily[str] = {
    "convolution": "map",
    "transposed_convolution": "map",
    "fully_connected": "neuron",
    "activation": "activation",
    "softmax": "activation",
    "max_pool": "pooled",
    "avg_pool": "pooled",
    "normalization": "map",
    "relabelling": "neuron",
    "addition": "sum",
}
"""The kind of an output cell, as a key of the texts «kinds»."""


def weight_noun(layer: Layer) -> WeightNoun:
    """The name of a layer's weight, as a key of the texts."""
    assert layer.weight_noun is not None
    return layer.weight_noun


def parameter_noun(layer: Layer, parameter: str) -> str:
    """The name of a parameter, as a key of the texts."""
    return "bias" if parameter == "bias" else weight_noun(layer)


def options_of(slide: Slide) -> list[tuple[str, str]]:
    """The options of sliding windows that differ from the defaults: (option, «2 × 3»)."""
    windows = slide.windows
    lopsided = windows.after != windows.padding
    said = [
        (name, side_words(pair[-windows.axes :]))
        for name, pair, usual in (
            ("stride", windows.stride, slide.usual_stride),
            ("padding", windows.padding, (0, 0)),
            ("dilation", windows.dilation, (1, 1)),
        )
        if pair != usual and not (name == "padding" and lopsided)
    ]
    return [*said, ("padding", _ends_words(windows))] if lopsided else said


def _ends_words(windows: Windows) -> str:
    """The padding at each end: «0 above, 1 below, 0 left, 1 right»."""
    (top, left), (bottom, right) = windows.padding, windows.after
    if windows.axes == 1:
        return say("shape.two_ends", left=left, right=right)
    return say("shape.ends", top=top, bottom=bottom, left=left, right=right)


def side_words(sides: tuple[int, ...]) -> str:
    """One side, or two: «2» for a square, else «2 × 3»."""
    return str(sides[0]) if len(set(sides)) == 1 else shape_words(sides)


def window_words(windows: Windows) -> str:
    """The size of a window: «2 × 2», or «3» along one axis."""
    return shape_words(windows.kernel[-windows.axes :])


def output_words(shape: Shape) -> str:
    """The shape of an output: «2 channels of 5 × 5», «2 channels of 9 positions» or «3»."""
    return _line_words(shape, "shape.channels") if len(shape) == 2 else shape_words(shape)


def parameter_words(shape: Shape) -> str:
    """The shape of a parameter: «4 kernels of 3 × 3», «4 kernels of 3 positions» or «3 × 2»."""
    return _line_words(shape, "shape.kernels") if len(shape) == 3 else shape_words(shape)


def _line_words(shape: Shape, several: str) -> str:
    outer, line = math.prod(shape[:-1]), say("shape.positions", n=shape[-1])
    return line if outer == 1 else say(several, n=outer, plane=line)


def shape_words(shape: Shape) -> str:
    """A shape: «5 × 5», «3 channels of 64 × 64» or «3»."""
    if len(shape) == 1:
        return str(shape[0])
    plane = say("shape.plane", rows=shape[-2], columns=shape[-1])
    outer = math.prod(shape[:-2])
    if outer == 1:
        return plane
    return say("shape.channels" if len(shape) == 3 else "shape.kernels", n=outer, plane=plane)
