"""Why a number is wrong, in words: a mistake at the cell that shows it best, and what is right."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.engine.layers import Conv2d, Flatten, Linear, MaxPool2d
from app.engine.mistakes import Pass, Slip
from app.engine.network import Trace
from app.engine.receipt import Cell, Receipt, receipt, shape_of
from app.engine.types import Array, Index
from app.text.numbers import factor, figure
from app.text.sentences import added_line, cell_place, layer_title, listed, place, shown, total

MAX_TERMS = 6
"""Of a sum that a sentence writes out."""
MAX_EXAMPLES = 64
"""Cells among which the one that shows a mistake best is looked for."""


@dataclass(frozen=True)
class Example:
    """A cell of the first array, from the head, that a mistake makes wrong.

    What its readers hold is still right there, so its receipt says what it should have been.
    """

    made: Pass
    bill: Receipt
    wrong: float


def example_of(trace: Trace, layer: int, parameter: str | None, made: Pass) -> Example:
    """The cell that shows best what a mistake does, in the first array that it makes wrong."""
    network = trace.network
    above = layer + 1 if parameter is None else layer
    for at in range(len(network.layers) - 2, above - 1, -1):
        if isinstance(network.layers[at], Flatten):
            continue  # the receipts of the cells below look through it
        wrong = made.gradient(at)
        cells = _far_off(wrong, trace.gradients[at + 1])
        if cells.size:
            return _best_cell(trace, at, None, made, wrong, cells)
    wrong = made.array(layer, parameter)
    true = trace.gradients[layer + 1] if parameter is None else trace.parameters[layer][parameter]
    cells = _far_off(wrong, true)
    if not cells.size:  # beside others that are larger by far
        cells = np.flatnonzero(wrong != true)
    return _best_cell(trace, layer, parameter, made, wrong, cells)


def _best_cell(
    trace: Trace, layer: int, parameter: str | None, made: Pass, wrong: Array, cells: Index
) -> Example:
    bills = [receipt(trace, Cell(layer, at, parameter)) for at in cells[:MAX_EXAMPLES].tolist()]

    def shows(bill: Receipt) -> int:
        terms = np.count_nonzero(bill.products)
        return int(terms) if len(bill.products) <= MAX_TERMS else 0

    best = max(bills, key=shows)
    return Example(made, best, float(wrong.reshape(-1)[best.cell.at]))


def _far_off(wrong: Array, true: Array) -> Index:
    """The flat indices of the cells that differ by more than rounding among the largest of them."""
    return np.flatnonzero(np.abs(wrong - true) > 1e-9 * np.abs(true).max())


def why(trace: Trace, slip: Slip, example: Example) -> str:
    """How a mistake comes to the wrong number of this cell, and the sum that is right."""
    bill = example.bill
    one = len(bill.products) == 1
    right = _right(bill)
    match slip.code:
        case "unweighted" | "copied" if one:
            return f"that is the gradient as it arrived, without its weight. It must be {right}."
        case "unweighted":
            added = _joined(bill.upstream, " + ")
            return (
                f"that is {added}, added without the weights. Each must come back through its own "
                f"weight: {right}."
            )
        case "copied":
            return (
                "that is the gradient of one of its readers, copied back as it is. Each must come "
                f"back through its own weight, and all are added: {right}."
            )
        case "multiplied":
            what = "gradients" if slip.mistake.variant == "gradients" else "products"
            numbers = bill.upstream if what == "gradients" else bill.products
            return (
                f"that is {_joined(numbers, ' × ')}, the {what} multiplied. What reaches one cell "
                f"from several readers is added: {right}."
            )
        case "unflipped":
            return (
                f"that is {_with_wrong_weights(trace, example)}, the kernel as it stands. A cell "
                "that gathers from its readers must turn it by half a turn, since the first of "
                f"them read it through the last weight: {right}."
            )
        case "transposed":
            return _transposed(trace, slip, example, right)
        case "assigned":
            readers = "readers" if isinstance(_reader(trace, bill), Linear) else "windows"
            return (
                f"that is what the last of its {readers} sends, alone. What all of them send is "
                f"added, not assigned: {right}."
            )
        case "ties_all":
            return _ties_all(trace, bill)
        case "times_activation":
            return (
                f"that is {total(bill)} × {factor(bill.value)}, multiplied by what the cell "
                f"holds. The local derivative is 1, whatever it holds: {total(bill)}."
            )
        case "negatives_dropped":
            negative = listed([figure(x) for x in bill.upstream[bill.upstream < 0]], MAX_TERMS)
            return (
                f"{negative}, which arrived, became 0. Negative gradients pass like all others: "
                f"{right}."
            )
        case "local_index":
            return _local_index(trace, bill, example)
        case "spread":
            how = "shared among" if slip.mistake.variant == "evenly" else "given to"
            return (
                f"that is the window’s gradient {how} all its cells. The maximum alone made the "
                f"output, so it gets everything, and this cell gets {total(bill)}."
            )
        case "slope_from_gradient":
            return (
                f"the gradient {figure(bill.upstream[0])} was asked for its sign. The slope "
                f"depends on what went in, {figure(bill.value)}: {right}."
            )
        case "slope_forgotten":
            name = layer_title(trace.network, bill.source or 0)
            return (
                f"that is the gradient as it arrived. The slope of {name} at "
                f"{figure(bill.value)} is {figure(bill.factors[0])}: {right}."
            )
        case "bias_one_cell":
            cell = divmod(int(slip.mistake.variant), trace.network.shape_of(bill.cell.layer)[-1])
            return (
                f"that is the gradient of {place(cell)} alone. The bias is added at all "
                f"{len(bill.products)} cells, so it collects all their gradients: "
                f"{_added([(x,) for x in bill.upstream], shown(bill))}."
            )
        case "half_turned":
            return _half_turned(trace, bill, right)
        case "averaged":
            return _averaged(trace, bill, right)
        case _:  # weight_as_factor; zero_padding and sign_reversed are told without an example
            arrived = float(bill.upstream.sum())
            return (
                f"that is {figure(arrived)} × {factor(bill.value)}, the gradient times the weight. "
                f"dL/dW takes the input that the weight met: {right}."
            )


def _transposed(trace: Trace, slip: Slip, example: Example, right: str) -> str:
    bill = example.bill
    rows = "input and output channels" if slip.mistake.variant == "channels" else "rows and columns"
    if bill.cell.parameter is not None:
        return f"here the {rows} of dL/dW have changed places. At this place stands {right}."
    return (
        f"that is {_with_wrong_weights(trace, example)}, the {rows} of the weights exchanged. "
        f"Each gradient comes back through the weight it went through: {right}."
    )


def _half_turned(trace: Trace, bill: Receipt, right: str) -> str:
    at, shape = bill.cell.at, shape_of(trace, bill.cell.layer, bill.cell.parameter)
    plane = shape[-2] * shape[-1]
    opposite = bill.cell._replace(at=at - 2 * (at % plane) + plane - 1)
    return (
        f"that belongs at {cell_place(trace, opposite)}. The gradients came out turned by half a "
        f"turn; here stands {right}."
    )


def _averaged(trace: Trace, bill: Receipt, right: str) -> str:
    reader, n = _reader(trace, bill), len(bill.products)
    if bill.cell.parameter is not None:
        what = "positions"
    elif isinstance(reader, MaxPool2d):
        what, n = "windows that it won", int(np.count_nonzero(bill.products))
    else:
        what = "readers"
    return (
        f"that is {total(bill)} ÷ {n}, the average over the {n} {what}. What comes from them is "
        f"added, and not divided: {right}."
    )


def _ties_all(trace: Trace, bill: Receipt) -> str:
    pool = _reader(trace, bill)
    assert isinstance(pool, MaxPool2d)
    rule = {
        "first": "The first of them in its window gets it",
        "last": "The last of them in its window gets it",
        "split": "They share it",
        "all": "",
    }[pool.ties]
    return (
        f"every cell that holds a maximum of {figure(bill.value)} was paid in full. One gradient "
        f"arrives at a window, and no more may leave it. {rule}, so here it is {total(bill)}."
    )


def _local_index(trace: Trace, bill: Receipt, example: Example) -> str:
    reader = bill.source
    assert reader is not None
    pool = trace.network.layers[reader]
    assert isinstance(pool, MaxPool2d)
    winners = pool.winners(trace.tapes[reader]).reshape(pool.shape[0], -1)
    upstream = trace.gradients[reader + 1].reshape(winners.shape)
    tap = (pool.windows.table[None] == winners[:, None]).argmax(1)
    astray = np.argwhere((tap != winners) & (upstream != 0))
    channel, position = max(map(tuple, astray), key=lambda at: int(tap[at]))
    window = (channel, *divmod(position, pool.windows.out[1]))
    return (
        "the winner’s place in its window was taken for its place in the map. In the window of "
        f"{place(window, pool.shape[0])} of {layer_title(trace.network, reader)}, the winner has "
        f"the index {tap[channel, position]}, but in the map it has "
        f"{winners[channel, position]}; this cell gets {total(bill)}."
    )


def _with_wrong_weights(trace: Trace, example: Example) -> str:
    """The sum a cell gets through the weights that a mistake puts in their place."""
    bill = example.bill
    assert bill.source is not None
    layer = trace.network.layers[bill.source]
    assert isinstance(layer, Conv2d | Linear)
    weight = example.made.steps(bill.source).weight(layer)
    mistaken = layer.with_parameter("weight", np.ascontiguousarray(weight))
    terms = mistaken.contributions_to(trace.tapes[bill.source], np.array([bill.cell.at]))
    return _sum(bill.upstream, terms.derivatives)


def _joined(numbers: Array, sign: str) -> str:
    """«2 + 3 + 6»; of a long sum the zeros are left out."""
    if len(numbers) > MAX_TERMS and sign == " + ":
        numbers = numbers[numbers != 0]
    return _short([figure(x) if i == 0 else factor(x) for i, x in enumerate(numbers)], sign)


def _sum(upstream: Array, factors: Array) -> str:
    """«2 × 0.5 + 3 × (−1) + 6 × 0.25»; of a long sum the zeros are left out."""
    terms = [
        f"{factor(u) if i else figure(u)} × {factor(f)}"
        for i, (u, f) in enumerate(_telling(zip(upstream, factors, strict=True)))
    ]
    return _short(terms, " + ")


def _right(bill: Receipt) -> str:
    """«2 × 0.5 + 3 × (−1) = −2»: a gradient as it should be."""
    return _added(zip(bill.upstream, bill.factors, strict=True), shown(bill))


def _added(products: Iterable[tuple[float, ...]], result: float) -> str:
    terms = _telling(products)
    return added_line(terms, result, MAX_TERMS) if terms else figure(result)


def _telling(products: Iterable[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Of a long sum, the terms that are not 0."""
    terms = list(products)
    return terms if len(terms) <= MAX_TERMS else [each for each in terms if math.prod(each)]


def _short(terms: list[str], sign: str) -> str:
    if len(terms) > MAX_TERMS:
        terms = [*terms[:MAX_TERMS], f"{len(terms) - MAX_TERMS} more"]
    return sign.join(terms) or "0"


def _reader(trace: Trace, bill: Receipt) -> Any:
    assert bill.source is not None
    return trace.network.layers[bill.source]
