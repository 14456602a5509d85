"""The inspector's view of one cell: its value, its receipt, and where its gradient goes next."""

from dataclasses import dataclass

import numpy as np

from app.engine.gather import gatherer
from app.engine.layers import PerFamily, max_pools
from app.engine.network import Trace
from app.engine.receipt import (
    Cell,
    Receipt,
    copy_of_term,
    input_multiplied,
    reads,
    receipt_of,
    shape_of,
    weight_of_term,
)
from app.text import sentences
from app.text.equations import product_equation
from app.text.numbers import column, figure
from app.text.texts import say

MAX_BARS = 12
"""The most bars of the waterfall; the other terms share one bar."""
FEW_BARS = 6
"""With at most this many terms, the waterfall shows zeros too."""
MAX_ONWARD = 25
"""The most rows of the table that shows where the gradient goes next."""


@dataclass(frozen=True)
class Row:
    """A term: its source, and upstream × local derivative = product, printed and exact."""

    name: str
    key: str
    index: str
    weight: tuple[str, str] | None
    """The cell that the factor is the value of, as (grid, index): a weight, or an input cell."""
    upstream: tuple[str, float]
    factor: tuple[str, float]
    sign: str
    """“=” if the equation is exact as printed, else “≈”."""
    product: tuple[str, float]
    zero: tuple[str, str] | None
    elsewhere: int | None = None
    """The example of a batch that it is of, if that is not the shown one."""


@dataclass(frozen=True)
class View:
    """The data of the inspector's template."""

    key: str
    index: str
    kind: str
    place: str
    value: tuple[str, float]
    gradient: tuple[str, float]
    zero: tuple[str, str] | None
    sentence: str
    source_title: str
    factor_title: str
    rows: list[Row]
    adds_up: bool
    total: str
    bars: list[tuple[str, float, float]]
    """(label, product, running sum) of each bar of the waterfall."""
    making: str
    probability: tuple[str, str] | None
    """The probability that softmax gives an output, and its computation."""
    onward: list[Row]
    onward_sentence: str
    neighbour: tuple[str, str] | None
    line: str
    """The receipt as one line."""
    sections: dict[str, str]
    """The other parts of the inspector for this cell: the name of each, and its title."""


def inspect(trace: Trace, cell: Cell) -> View:
    """The inspector's view of a cell."""
    receipt = receipt_of(trace, cell)
    products, total, adds_up = column(receipt.products.tolist(), receipt.gradient)
    if receipt.zero:
        total = "0"
    rows = [_row(trace, receipt, i, products[i]) for i in range(len(products))]
    onward = _onward(trace, receipt)
    return View(
        key=str(cell.layer) + (f".{cell.parameter}" if cell.parameter else ""),
        index=",".join(map(str, sentences.index_of(trace, cell))),
        kind=sentences.cell_kind(trace, cell),
        place=sentences.cell_name(trace, cell),
        value=(figure(receipt.value), receipt.value + 0.0),
        gradient=(sentences.total(receipt), receipt.gradient + 0.0),
        zero=sentences.zero_words(receipt.zero) if receipt.zero else None,
        sentence=sentences.sentence(trace, receipt),
        source_title=_source_title(trace, receipt),
        factor_title=_factor_title(trace, receipt),
        rows=rows,
        adds_up=adds_up,
        total=total,
        bars=_bars(rows, receipt),
        making=sentences.making(trace, cell),
        probability=_probability(trace, receipt),
        onward=onward,
        onward_sentence=sentences.onward_sentence(trace, receipt),
        neighbour=_neighbour(trace, cell),
        line=sentences.sum_line(receipt),
        sections=_sections(trace, cell),
    )


def _row(trace: Trace, receipt: Receipt, i: int, product: str) -> Row:
    layers, payer = trace.network.layers, receipt.layers[i]
    source = len(layers) - 1 if payer is None else payer
    at = int(receipt.sources[i])
    code = receipt.zeros[i]
    index = sentences.index_of(trace, Cell(source, at))
    name = sentences.place(index, trace.network.shape_of(source)[0])
    if len(receipt.readers) > 1:
        title = sentences.layer_title(trace.network, source)
        name = say("place.named", title=title, place=name)
    copy = copy_of_term(trace, receipt, i)
    if copy is not None:
        name = sentences.copy_place(name, copy)
    example = None if receipt.examples is None else int(receipt.examples[i])
    if example is not None:
        name = say("place.in_example", n=example + 1, place=name)
    factors = receipt.upstream[i], receipt.factors[i]
    equation = product_equation(factors, receipt.products[i], product)
    return Row(
        name=_payer(trace) if payer is None else name,
        key="head" if payer is None else str(source),
        index=",".join(map(str, index)),
        weight=_weight(trace, receipt, i),
        upstream=(equation.numbers[0], receipt.upstream[i] + 0.0),
        factor=(equation.numbers[1], receipt.factors[i] + 0.0),
        sign=equation.sign,
        product=(product, receipt.products[i] + 0.0),
        zero=sentences.zero_words(code) if code else None,
        elsewhere=None if example == trace.at else example,
    )  # fmt: skip


def _payer(trace: Trace) -> str:
    return say("inspector.the_loss" if trace.network.head.is_loss else "inspector.given")


def _probability(trace: Trace, receipt: Receipt) -> tuple[str, str] | None:
    if trace.probabilities is None or receipt.source is not None:
        return None
    at = receipt.cell.at
    return figure(trace.probabilities[at]), sentences.probability(trace, at)


def _weight(trace: Trace, receipt: Receipt, i: int) -> tuple[str, str] | None:
    source = int(receipt.sources[i])
    if receipt.cell.parameter == "weight":
        # There can be hundreds of terms, so only those that are not 0 get one.
        read = input_multiplied(trace, receipt.cell, source) if receipt.products[i] else None
        return read and (str(read.layer), ",".join(map(str, sentences.index_of(trace, read))))
    payer, at = receipt.layers[i], weight_of_term(trace, receipt, i)
    if payer is None or at is None:
        return None
    index = sentences.index_of(trace, Cell(payer, at, "weight"))
    return f"{payer}.weight", ",".join(map(str, index))


def _source_title(trace: Trace, receipt: Receipt) -> str:
    if receipt.source is None or len(receipt.readers) > 1:
        return say("inspector.from")
    return sentences.layer_title(trace.network, receipt.source)


def _factor_title(trace: Trace, receipt: Receipt) -> str:
    return say("inspector.factor", _factor(trace, receipt))


def _factor(trace: Trace, receipt: Receipt) -> str:
    if receipt.source is None:
        return "slope"
    if receipt.cell.parameter:
        if receipt.cell.parameter != "weight":
            return "used"
        own = trace.network.layers[receipt.cell.layer]
        return "normalized" if own.family == "normalization" else "input"
    names = {_FACTORS[trace.network.layers[each.layer].family] for each in receipt.readers}
    return names.pop() if len(names) == 1 else "derivative"


_FACTORS: PerFamily[str] = {
    "convolution": "weight",
    "transposed_convolution": "weight",
    "fully_connected": "weight",
    "activation": "slope",
    "softmax": "slope",
    "max_pool": "slope",
    "avg_pool": "share",
    "normalization": "slope",
    "relabelling": "share",
    "addition": "share",
}
"""The name of a local derivative, by the layer that reads the cell."""


def _bars(rows: list[Row], receipt: Receipt) -> list[tuple[str, float, float]]:
    products = receipt.products + 0.0
    chosen = np.flatnonzero(products) if len(rows) > FEW_BARS else np.arange(len(rows))
    left = 0.0
    if len(chosen) > MAX_BARS:
        largest = np.argsort(-np.abs(products[chosen]), kind="stable")[: MAX_BARS - 1]
        left, chosen = float(np.delete(products[chosen], largest).sum()), chosen[np.sort(largest)]
    bars = [(rows[i].name, float(products[i])) for i in chosen]
    others = np.count_nonzero(products) - np.count_nonzero(products[chosen])
    if others:
        bars.append((say("inspector.others", n=others), left))
    running = np.cumsum([product for _, product in bars])
    return [(*bar, float(sum_)) for bar, sum_ in zip(bars, running, strict=True)]


def _onward(trace: Trace, receipt: Receipt) -> list[Row]:
    parts = reads(trace, receipt.cell)
    if parts is None:
        return []
    network = trace.network
    rows: list[Row] = []
    several = len(set(parts.layers)) > 1
    for layer, at, factor in zip(
        parts.layers, parts.cells.tolist(), parts.factors.tolist(), strict=True
    ):
        if at < 0:
            continue
        index = sentences.index_of(trace, Cell(layer, at))
        name = sentences.place(index, network.shape_of(layer)[0])
        if several:
            title = sentences.layer_title(network, layer)
            name = say("place.named", title=title, place=name)
        product = receipt.gradient * factor
        equation = product_equation((sentences.shown(receipt), factor), product)
        rows.append(
            Row(
                name=name,
                key=str(layer),
                index=",".join(map(str, index)),
                weight=None,
                upstream=(equation.numbers[0], receipt.gradient + 0.0),
                factor=(equation.numbers[1], factor),
                sign=equation.sign,
                product=(equation.right, product + 0.0),
                zero=None,
            )
        )
        if len(rows) == MAX_ONWARD:
            break
    return rows


def _neighbour(trace: Trace, cell: Cell) -> tuple[str, str] | None:
    """The cell beside this one and its sum, as a hint that sums differ between cells."""
    shape = shape_of(trace, cell.layer, cell.parameter)
    width, size = shape[-1], int(np.prod(shape))
    if size < 2:
        return None
    if width > 1:
        at = cell.at + 1 if cell.at % width + 1 < width else cell.at - 1
    else:
        at = cell.at + 1 if cell.at + 1 < size else cell.at - 1
    beside = Cell(cell.layer, at, cell.parameter)
    return sentences.cell_place(trace, beside), sentences.sum_line(receipt_of(trace, beside))


def _sections(trace: Trace, cell: Cell) -> dict[str, str]:
    pools = max_pools(trace.network.layers)
    names = ["paths"]
    concerned = {cell.layer, *(reader.layer for reader in trace.network.readers_of(cell.layer))}
    if cell.parameter is None and concerned & pools.keys():
        names.append("margins")
    if gatherer(trace, cell):
        names.append("gather")
    if cell.layer < 0 or cell.parameter is not None:
        names.append("nudge")
    return {name: say("inspector.sections", name) for name in names}
