"""One number, taken apart: every ``upstream gradient × local derivative`` that adds up to it."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.engine.network import Trace
from app.engine.types import Array, Contributions, Index, Shape, Zero

EPSILON = float(np.finfo(np.float64).eps)


class Cell(NamedTuple):
    """An output cell of a layer (−1: the input), or one of a layer's parameters. ``at`` is flat."""

    layer: int
    at: int
    parameter: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What makes one gradient. The arrays [n] hold a term each, in the order they are added."""

    cell: Cell
    value: float
    gradient: float
    source: int | None
    """The layer whose outputs pay; None for the head."""
    sources: Index
    upstream: Array
    factors: Array
    products: Array
    zeros: list[Zero | None]
    zero: Zero | None


def shape_of(trace: Trace, layer: int, parameter: str | None) -> Shape:
    """The shape that a cell's index lives in.

    Raises:
        KeyError: the layer has no such parameter.
    """
    if parameter is None:
        return trace.network.shape_of(layer)
    return trace.network.layers[layer].parameters[parameter].shape


def receipt_of(trace: Trace, cell: Cell) -> Receipt:
    """Take one gradient apart, in the time its readers take, whatever the size of the network."""
    source, terms, upstream, zero_factor = terms_of(trace, cell)
    with np.errstate(under="ignore"):
        products = upstream * terms.derivatives
    zeros: list[Zero | None] = [None] * len(products)
    for i in np.flatnonzero(products == 0):
        if terms.derivatives[i] == 0:
            zeros[i] = zero_factor
        else:
            zeros[i] = "upstream" if upstream[i] == 0 else "underflow"
    value, gradient = value_and_gradient(trace, cell)
    return Receipt(
        cell=cell,
        value=value,
        gradient=gradient,
        source=source,
        sources=terms.outputs,
        upstream=upstream,
        factors=terms.derivatives,
        products=products,
        zeros=zeros,
        zero=_zero(gradient, products, zeros),
    )


def value_and_gradient(trace: Trace, cell: Cell) -> tuple[float, float]:
    """The value and the gradient of one cell."""
    layer, at, parameter = cell
    if parameter is not None:
        arrays = (
            trace.network.layers[layer].parameters[parameter],
            trace.parameters[layer][parameter],
        )
    else:
        arrays = trace.values[layer + 1], trace.gradients[layer + 1]
    value, gradient = (float(array.reshape(-1)[at]) for array in arrays)
    return value, gradient


def terms_of(trace: Trace, cell: Cell) -> tuple[int | None, Contributions, Array, Zero]:
    """What a receipt is made from.

    (paying layer, contributions, their upstream gradients, why a derivative of theirs is 0).
    """
    layer, at, parameter = cell
    if parameter is None:
        return terms_of_cells(trace, layer, np.array([at]))
    reader = trace.network.layers[layer]
    terms = reader.contributions_to_parameter(trace.tapes[layer], parameter, at)
    return layer, terms, trace.gradients[layer + 1].reshape(-1)[terms.outputs], "input"


def terms_of_cells(
    trace: Trace, layer: int, cells: Index
) -> tuple[int | None, Contributions, Array, Zero]:
    """The same for many cells (flat) of one layer's output, cell after cell."""
    network = trace.network
    source = network.reader_of(layer)
    if source is None:
        gradient, ones = trace.gradients[-1].reshape(-1)[cells], np.ones(len(cells))
        if network.head.is_loss:
            return None, Contributions(cells, cells, gradient), ones, "settled"
        return None, Contributions(cells, cells, ones), gradient, "settled"
    terms = network.layers[source].contributions_to(trace.tapes[source], cells)
    upstream = trace.gradients[source + 1].reshape(-1)[terms.outputs]
    return source, terms, upstream, network.layers[source].zero


def _zero(gradient: float, products: Array, zeros: list[Zero | None]) -> Zero | None:
    if not len(products):
        return "unread"
    if None not in zeros:
        return zeros[0] if len(set(zeros)) == 1 else "mixed"
    return "cancelled" if abs(gradient) <= rounding(products) else None


def rounding(products: Array) -> float:
    """How far rounding may take a sum of products from the fast pass: 8·n·ε·Σ|products|."""
    return float(8 * len(products) * EPSILON * np.abs(products).sum())


class Reads(NamedTuple):
    """What one output cell is made of, which is also whom it pays. Arrays [n], a term each."""

    layer: int
    """The layer (−1: the input) whose cells it reads."""
    cells: Index
    """Flat, −1 where a window reads padding."""
    values: Array
    factors: Array
    bias: float | None


def reads(trace: Trace, cell: Cell) -> Reads | None:
    """The cells that an output cell reads, with their values and its local derivatives to them.

    None for a parameter and for a cell of the input, which read nothing.
    """
    network = trace.network
    layer = network.maker_of(cell.layer)
    if cell.parameter is not None or layer < 0:
        return None
    terms = network.layers[layer].contributions_of(trace.tapes[layer], cell.at)
    values = trace.values[layer].reshape(-1)[terms.inputs]
    bias = network.layers[layer].parameters.get("bias")
    positions = math.prod(network.shape_of(layer)[1:])
    return Reads(
        network.read_by(layer),
        terms.inputs,
        np.where(terms.inputs < 0, 0.0, values),
        terms.derivatives,
        None if bias is None else float(bias[cell.at // positions]),
    )


def input_met(trace: Trace, weight: Cell, output: int) -> Cell | None:
    """The cell that a weight meets at one output cell (flat) of its layer; None on padding."""
    parts = reads(trace, Cell(weight.layer, output))
    assert parts is not None
    at = int(parts.cells[weight.at % len(parts.cells)])
    return None if at < 0 else Cell(parts.layer, at)
