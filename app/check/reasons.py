"""Why a number is wrong, in words: a mistake at the cell that shows it best, and what is right."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.engine.layers import Conv2d, Flatten, Linear, MaxPool2d
from app.engine.mistakes import Pass, Slip
from app.engine.network import Trace
from app.engine.receipt import Cell, Receipt, receipt_of, shape_of
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
    receipt: Receipt
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
    receipts = [
        receipt_of(trace, Cell(layer, at, parameter)) for at in cells[:MAX_EXAMPLES].tolist()
    ]

    def shows(receipt: Receipt) -> int:
        terms = np.count_nonzero(receipt.products)
        return int(terms) if len(receipt.products) <= MAX_TERMS else 0

    best = max(receipts, key=shows)
    return Example(made, best, float(wrong.reshape(-1)[best.cell.at]))


def _far_off(wrong: Array, true: Array) -> Index:
    """The flat indices of the cells that differ by more than rounding among the largest of them."""
    return np.flatnonzero(np.abs(wrong - true) > 1e-9 * np.abs(true).max())


def why(trace: Trace, slip: Slip, example: Example) -> str:
    """How a mistake comes to the wrong number of this cell, and the sum that is right."""
    receipt = example.receipt
    one = len(receipt.products) == 1
    right = _right(receipt)
    match slip.code:
        case "unweighted" | "copied" if one:
            return f"that is the gradient as it arrived, without its weight. It must be {right}."
        case "unweighted":
            added = _joined(receipt.upstream, " + ")
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
            numbers = receipt.upstream if what == "gradients" else receipt.products
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
            readers = "readers" if isinstance(_reader(trace, receipt), Linear) else "windows"
            return (
                f"that is what the last of its {readers} sends, alone. What all of them send is "
                f"added, not assigned: {right}."
            )
        case "ties_all":
            return _ties_all(trace, receipt)
        case "times_activation":
            return (
                f"that is {total(receipt)} × {factor(receipt.value)}, multiplied by what the cell "
                f"holds. The local derivative is 1, whatever it holds: {total(receipt)}."
            )
        case "negatives_dropped":
            negative = listed(
                [figure(x) for x in receipt.upstream[receipt.upstream < 0]], MAX_TERMS
            )
            return (
                f"{negative}, which arrived, became 0. Negative gradients pass like all others: "
                f"{right}."
            )
        case "local_index":
            return _local_index(trace, receipt, example)
        case "spread":
            how = "shared among" if slip.mistake.variant == "evenly" else "given to"
            return (
                f"that is the window’s gradient {how} all its cells. The maximum alone made the "
                f"output, so it gets everything, and this cell gets {total(receipt)}."
            )
        case "slope_from_gradient":
            return (
                f"the gradient {figure(receipt.upstream[0])} was asked for its sign. The slope "
                f"depends on what went in, {figure(receipt.value)}: {right}."
            )
        case "slope_forgotten":
            name = layer_title(trace.network, receipt.source or 0)
            return (
                f"that is the gradient as it arrived. The slope of {name} at "
                f"{figure(receipt.value)} is {figure(receipt.factors[0])}: {right}."
            )
        case "bias_one_cell":
            cell = divmod(int(slip.mistake.variant), trace.network.shape_of(receipt.cell.layer)[-1])
            return (
                f"that is the gradient of {place(cell)} alone. The bias is added at all "
                f"{len(receipt.products)} cells, so it collects all their gradients: "
                f"{_added([(x,) for x in receipt.upstream], shown(receipt))}."
            )
        case "half_turned":
            return _half_turned(trace, receipt, right)
        case "averaged":
            return _averaged(trace, receipt, right)
        case _:  # weight_as_factor; zero_padding and sign_reversed are told without an example
            arrived = float(receipt.upstream.sum())
            return (
                f"that is {figure(arrived)} × {factor(receipt.value)}, the gradient times the "
                f"weight. dL/dW takes the input that the weight met: {right}."
            )


def _transposed(trace: Trace, slip: Slip, example: Example, right: str) -> str:
    receipt = example.receipt
    rows = "input and output channels" if slip.mistake.variant == "channels" else "rows and columns"
    if receipt.cell.parameter is not None:
        return f"here the {rows} of dL/dW have changed places. At this place stands {right}."
    return (
        f"that is {_with_wrong_weights(trace, example)}, the {rows} of the weights exchanged. "
        f"Each gradient comes back through the weight it went through: {right}."
    )


def _half_turned(trace: Trace, receipt: Receipt, right: str) -> str:
    at, shape = receipt.cell.at, shape_of(trace, receipt.cell.layer, receipt.cell.parameter)
    plane = shape[-2] * shape[-1]
    opposite = receipt.cell._replace(at=at - 2 * (at % plane) + plane - 1)
    return (
        f"that belongs at {cell_place(trace, opposite)}. The gradients came out turned by half a "
        f"turn; here stands {right}."
    )


def _averaged(trace: Trace, receipt: Receipt, right: str) -> str:
    reader, n = _reader(trace, receipt), len(receipt.products)
    if receipt.cell.parameter is not None:
        what = "positions"
    elif isinstance(reader, MaxPool2d):
        what, n = "windows that it won", int(np.count_nonzero(receipt.products))
    else:
        what = "readers"
    return (
        f"that is {total(receipt)} ÷ {n}, the average over the {n} {what}. What comes from them is "
        f"added, and not divided: {right}."
    )


def _ties_all(trace: Trace, receipt: Receipt) -> str:
    pool = _reader(trace, receipt)
    assert isinstance(pool, MaxPool2d)
    rule = {
        "first": "The first of them in its window gets it",
        "last": "The last of them in its window gets it",
        "split": "They share it",
        "all": "",
    }[pool.ties]
    return (
        f"every cell that holds a maximum of {figure(receipt.value)} was paid in full. One "
        f"gradient arrives at a window, and no more may leave it. {rule}, so here "
        f"it is {total(receipt)}."
    )


def _local_index(trace: Trace, receipt: Receipt, example: Example) -> str:
    reader = receipt.source
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
        f"{winners[channel, position]}; this cell gets {total(receipt)}."
    )


def _with_wrong_weights(trace: Trace, example: Example) -> str:
    """The sum a cell gets through the weights that a mistake puts in their place."""
    receipt = example.receipt
    assert receipt.source is not None
    layer = trace.network.layers[receipt.source]
    assert isinstance(layer, Conv2d | Linear)
    weight = example.made.steps(receipt.source).weight(layer)
    mistaken = layer.with_parameter("weight", np.ascontiguousarray(weight))
    terms = mistaken.contributions_to(trace.tapes[receipt.source], np.array([receipt.cell.at]))
    return _sum(receipt.upstream, terms.derivatives)


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


def _right(receipt: Receipt) -> str:
    """«2 × 0.5 + 3 × (−1) = −2»: a gradient as it should be."""
    return _added(zip(receipt.upstream, receipt.factors, strict=True), shown(receipt))


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


def _reader(trace: Trace, receipt: Receipt) -> Any:
    assert receipt.source is not None
    return trace.network.layers[receipt.source]
