"""A receipt: all terms ``upstream gradient × local derivative`` that add up to one gradient."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from app.engine.network import Reader, Trace
from app.engine.types import Array, Contributions, Index, Shape, Zero

EPSILON = float(np.finfo(np.float64).eps)


class Cell(NamedTuple):
    """An output cell of a layer (−1: the input) or a cell of a parameter; ``at`` is flat."""

    layer: int
    at: int
    parameter: str | None = None


@dataclass(frozen=True)
class Receipt:
    """The terms of one gradient. The arrays [n] have an entry per term, in order of addition."""

    cell: Cell
    value: float
    gradient: float
    readers: list[Reader]
    """The layers that the gradient comes from, the one nearest the loss first; empty: the head."""
    sizes: list[int]
    """The number of terms from each reader; the terms of one reader follow each other."""
    sources: Index
    upstream: Array
    factors: Array
    products: Array
    zeros: list[Zero | None]
    zero: Zero | None
    examples: Index | None = None
    """The example that each term comes from, of a parameter of a batch."""

    @property
    def source(self) -> int | None:
        """The layer that the gradient comes from, the first of several; None for the head."""
        return self.readers[0].layer if self.readers else None

    @property
    def layers(self) -> list[int | None]:
        """The layer that each term comes from; None for the head."""
        if not self.readers:
            return [None] * len(self.sources)
        sized = zip(self.readers, self.sizes, strict=True)
        return [reader.layer for reader, n in sized for _ in range(n)]

    def of_example(self, at: int) -> slice:
        """The range of the terms of one example; all terms but for a parameter of a batch."""
        if self.examples is None:
            return slice(None)
        own = np.flatnonzero(self.examples == at)
        return slice(int(own[0]), int(own[-1]) + 1) if len(own) else slice(0)

    def terms_from(self, reader: Reader) -> slice:
        """The range of the terms that come from one reader."""
        at = self.readers.index(reader)
        first = sum(self.sizes[:at])
        return slice(first, first + self.sizes[at])

    def part(self, reader: Reader) -> "Receipt":
        """The receipt of the part of the gradient that comes from one reader."""
        some = self.terms_from(reader)
        products, zeros = self.products[some], self.zeros[some]
        gradient = float(products.sum())
        return replace(
            self,
            gradient=gradient,
            readers=[reader],
            sizes=[len(products)],
            sources=self.sources[some],
            upstream=self.upstream[some],
            factors=self.factors[some],
            products=products,
            zeros=zeros,
            zero=_zero(gradient, products, zeros),
        )


class Terms(NamedTuple):
    """The terms of some cells' gradients that come from one reader."""

    reader: Reader | None
    """The reader; None for the head."""
    contributions: Contributions
    upstream: Array
    """[n] the upstream gradients of the contributions."""
    zero: Zero
    """Why a local derivative of this reader is 0."""


def shape_of(trace: Trace, layer: int, parameter: str | None) -> Shape:
    """The shape of the array that a cell's flat index points into.

    The outputs of a batch have the examples as their first axis.

    Raises:
        KeyError: the layer has no such parameter.
    """
    if parameter is None:
        return trace.values[layer + 1].shape
    return trace.network.layers[layer].parameters[parameter].shape


def in_batch(trace: Trace, cell: Cell) -> tuple[Trace, Cell]:
    """The trace of the whole batch that an example is of, and the same cell in it."""
    if trace.batch is None:
        return trace, cell
    if cell.parameter is None:
        cell = cell._replace(at=cell.at + trace.at * trace.values[cell.layer + 1].size)
    return trace.batch, cell


def receipt_of(trace: Trace, cell: Cell) -> Receipt:
    """The terms of one gradient; the time depends on how many there are, not on the network."""
    parts = terms_of(trace, cell)
    sources = np.concatenate([part.contributions.outputs for part in parts])
    factors = np.concatenate([part.contributions.derivatives for part in parts])
    upstream = np.concatenate([part.upstream for part in parts])
    sizes = [len(part.upstream) for part in parts]
    reasons = [part.zero for part, n in zip(parts, sizes, strict=True) for _ in range(n)]
    with np.errstate(under="ignore"):
        products = upstream * factors
    zeros: list[Zero | None] = [None] * len(products)
    for i in np.flatnonzero(products == 0):
        if factors[i] == 0:
            zeros[i] = reasons[i]
        else:
            zeros[i] = "upstream" if upstream[i] == 0 else "underflow"
    value, gradient = value_and_gradient(trace, cell)
    return Receipt(
        cell=cell,
        value=value,
        gradient=gradient,
        readers=[part.reader for part in parts if part.reader is not None],
        sizes=sizes,
        sources=sources,
        upstream=upstream,
        factors=factors,
        products=products,
        zeros=zeros,
        zero=_zero(gradient, products, zeros),
        examples=_examples(trace, cell, len(products)),
    )


def _examples(trace: Trace, cell: Cell, terms: int) -> Index | None:
    if cell.parameter is None or trace.batch is None:
        return None
    # Every example has as many terms, because the outputs that use a parameter are the same.
    examples = trace.batch.network.examples or 1
    return np.repeat(np.arange(examples), terms // examples)


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


def terms_of(trace: Trace, cell: Cell) -> list[Terms]:
    """The terms of one cell's gradient, one entry per reader.

    Those of a parameter of a batch come from all examples, one example after the other.
    """
    layer, at, parameter = cell
    if parameter is None:
        return terms_of_cells(trace, layer, np.array([at]))
    reader = trace.network.layers[layer]
    if trace.batch is None:
        terms = reader.contributions_to_parameter(trace.tapes[layer], parameter, at)
        upstream = trace.gradients[layer + 1].reshape(-1)[terms.outputs]
    else:
        tape, gradients = trace.batch.tapes[layer], trace.batch.gradients[layer + 1]
        each = [
            reader.contributions_to_parameter(reader.tape_of(tape, i), parameter, at)
            for i in range(len(gradients))
        ]
        terms = Contributions(*(np.concatenate(arrays) for arrays in zip(*each, strict=True)))
        pairs = zip(gradients, each, strict=True)
        upstream = np.concatenate([sent.reshape(-1)[one.outputs] for sent, one in pairs])
    return [Terms(Reader(layer), terms, upstream, reader.parameter_zero)]


def terms_of_cells(trace: Trace, layer: int, cells: Index) -> list[Terms]:
    """The terms of many cells (flat) of one layer's output; each entry is sorted by cell."""
    network = trace.network
    readers = network.readers_of(layer)
    if not readers:
        gradient, ones = trace.gradients[-1].reshape(-1)[cells], np.ones(len(cells))
        if network.head.is_loss:
            return [Terms(None, Contributions(cells, cells, gradient), ones, "settled")]
        return [Terms(None, Contributions(cells, cells, ones), gradient, "settled")]
    parts = []
    for reader in readers:
        terms = network.layers[reader.layer].contributions_to(trace.tapes[reader.layer], cells)
        upstream = trace.gradients[reader.layer + 1].reshape(-1)[terms.outputs]
        parts.append(Terms(reader, terms, upstream, network.layers[reader.layer].zero))
    return parts


def _zero(gradient: float, products: Array, zeros: list[Zero | None]) -> Zero | None:
    if not len(products):
        return "unread"
    if None not in zeros:
        return zeros[0] if len(set(zeros)) == 1 else "mixed"
    return "cancelled" if abs(gradient) <= rounding(products) else None


def rounding(products: Array) -> float:
    """How far a sum of products may differ from the fast pass by rounding: 8·n·ε·Σ|products|."""
    return float(8 * len(products) * EPSILON * np.abs(products).sum())


def weight_of_term(trace: Trace, receipt: Receipt, i: int) -> int | None:
    """The weight (flat) that is the factor of a cell's term; None where there is none."""
    payer, source = receipt.layers[i], int(receipt.sources[i])
    if payer is None or receipt.cell.parameter:
        return None
    weights = trace.network.layers[payer].weights_between(source, receipt.cell.at)
    # The terms that come from one output follow each other.
    before = 0
    while before < i and len(weights) > 1 and receipt.sources[i - before - 1] == source:
        before += 1
    return weights[before] if weights else None


def copy_of_term(trace: Trace, receipt: Receipt, i: int) -> Shape | None:
    """The (row, column), or (position), in the padding whose copy of the cell a source reads.

    None where it reads the cell in its own place.
    """
    payer = receipt.layers[i]
    if payer is None or trace.network.layers[payer].repeats == 1:
        return None
    weight = weight_of_term(trace, receipt, i)
    if weight is None:
        return None
    return trace.network.layers[payer].copy_read(int(receipt.sources[i]), weight)


class Reads(NamedTuple):
    """The inputs that an output cell reads; its gradient flows back to them. Arrays are [n]."""

    layer: int
    """The layer (−1: the input) of these inputs; of two that it adds, the first."""
    layers: list[int]
    """The layer of each input."""
    cells: Index
    """Flat indexes; −1 where a window reads padding."""
    values: Array
    factors: Array
    bias: float | None


def reads(trace: Trace, cell: Cell) -> Reads | None:
    """The inputs that an output cell reads, with their values and the local derivatives.

    None for a parameter and for a cell of the network's input: they read nothing.
    """
    network = trace.network
    layer = network.maker_of(cell.layer)
    if cell.parameter is not None or layer < 0:
        return None
    terms = network.layers[layer].contributions_of(trace.tapes[layer], cell.at)
    sources = network.inputs_of(layer)
    values = [trace.values[source + 1].reshape(-1)[terms.inputs] for source in sources]
    cells = np.tile(terms.inputs, len(sources))
    bias = network.layers[layer].parameters.get("bias")
    positions = math.prod(network.shape_of(layer)[1:])
    return Reads(
        network.read_by(layer),
        [network.maker_of(source) for source in sources for _ in terms.inputs],
        cells,
        np.where(cells < 0, 0.0, np.concatenate(values)),
        np.tile(terms.derivatives, len(sources)),
        None if bias is None else float(bias[cell.at // positions]),
    )


def inputs_multiplied(trace: Trace, parameter: Cell, outputs: Index) -> list[Cell | None]:
    """The input cells that a weight multiplies for some outputs (flat).

    None where there is none: on padding, and of a bias.
    """
    if parameter.parameter == "bias":
        return [None] * len(outputs)
    network = trace.network
    below = network.read_by(parameter.layer)
    multiplied = network.layers[parameter.layer].cells_multiplied(parameter.at, outputs)
    return [None if at < 0 else Cell(below, at) for at in multiplied.tolist()]


def input_multiplied(trace: Trace, parameter: Cell, output: int) -> Cell | None:
    """The input cell that a weight multiplies for one output (flat); else None."""
    return inputs_multiplied(trace, parameter, np.array([output]))[0]
