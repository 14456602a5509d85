"""The cells and arrays that a request names, found in a trace or refused."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.document.document import Refusal
from app.document.fields import Location
from app.engine.network import Trace
from app.engine.receipt import Cell, shape_of
from app.engine.types import Shape


def find_shape(trace: Trace, layer: int, parameter: str | None, *field: str | int) -> Shape:
    """The shape of a layer's output (−1: the input) or of one of its parameters.

    Raises:
        Refusal: there is no such array; ``field`` is where the request names it.
    """
    layers = trace.network.layers
    if layer >= len(layers):
        wrong = f"There is no layer {layer}: the last one is {len(layers) - 1}."
        raise Refusal([((*field, "layer"), wrong)])
    if parameter is not None:
        known = list(layers[layer].parameters) if layer >= 0 else []
        if parameter not in known:
            has = f"it has {' and '.join(known)}" if known else "it has none"
            wrong = f"This layer has no parameter “{parameter}”: {has}."
            raise Refusal([((*field, "parameter"), wrong)])
    return shape_of(trace, layer, parameter)


def find_example(trace: Trace, at: int) -> Trace:
    """The trace of one example of a batch; a network of one example has only example 0.

    Raises:
        Refusal: there is no such example.
    """
    examples = trace.network.examples or 1
    if at >= examples:
        wrong = f"This must be less than {examples}, the number of examples."
        raise Refusal([(("example",), wrong)])
    return trace if trace.network.examples is None else trace.example(at)


def find_cell(trace: Trace, layer: int, index: Sequence[int], parameter: str | None) -> Cell:
    """The cell at an index of a layer's output, or of one of its parameters.

    Raises:
        Refusal: there is no such cell.
    """
    shape = find_shape(trace, layer, parameter, "cell")
    if len(index) != len(shape):
        wrong = f"Expected {len(shape)} numbers, for the shape {' × '.join(map(str, shape))}."
        raise Refusal([(("cell", "index"), wrong)])
    outside: list[tuple[Location, str]] = [
        (("cell", "index", axis), f"This must be less than {size}.")
        for axis, (at, size) in enumerate(zip(index, shape, strict=True))
        if at >= size
    ]
    if outside:
        raise Refusal(outside)
    return Cell(layer, int(np.ravel_multi_index(index, shape)), parameter)


def find_channels(trace: Trace, chosen: Mapping[str, int]) -> dict[int, int]:
    """The channels that a request opens, by layer; it names a layer by its number as text.

    Raises:
        Refusal: there is no such layer, or no such channel of it.
    """
    known = {str(layer): layer for layer in range(-1, len(trace.network.layers))}
    for name, at in chosen.items():
        if name not in known:
            raise Refusal([(("open", name), f"There is no layer {name}.")])
        channels = trace.network.shape_of(known[name])[0]
        if at >= channels:
            raise Refusal([(("open", name), f"This must be less than {channels}.")])
    return {known[name]: at for name, at in chosen.items()}


def check_changeable(cell: Cell) -> None:
    """Refuse a computed cell: only the input and the parameters can be changed by themselves."""
    if cell.layer >= 0 and cell.parameter is None:
        wrong = (
            "This cell is computed, so it cannot be changed by itself. Choose a cell of the input "
            '(layer −1), or name a parameter of this layer, such as "parameter": "weight".'
        )
        raise Refusal([(("cell",), wrong)])
