"""The cell that shows a mistake best: its wrong number follows from right upstream gradients."""

from dataclasses import dataclass

import numpy as np

from app.engine.mistakes import AnyPass, BatchPass, Pass, parts_of
from app.engine.network import Trace
from app.engine.receipt import Cell, Receipt, receipt_of
from app.engine.types import Array, Index

MAX_TERMS = 6
"""The most terms of a sum in a sentence."""
MAX_EXAMPLES = 64
"""The most cells that are compared to find the best example."""


@dataclass(frozen=True)
class Example:
    """A cell of the first array, counted from the loss, that a mistake makes wrong.

    The upstream gradients of the cell are still right, so its receipt gives the right sum.
    """

    made: Pass
    """Of a batch, that of the example that the cell is of."""
    receipt: Receipt
    """Of a cell that several layers read, the part that comes from one where the mistake is."""
    wrong: float
    others: Array
    """[n]: the right terms that come to the cell from other layers."""


def example_of(trace: Trace, layer: int, parameter: str | None, made: AnyPass) -> Example:
    """The cell that shows a mistake best, in the first array that the mistake makes wrong.

    Of a batch, a cell of its first example that the mistake makes wrong.
    """
    network = trace.network
    above = layer + 1 if parameter is None else layer
    for at in range(len(network.layers) - 2, above - 1, -1):
        if network.layers[at].relabels:
            continue  # the cells below show it: their receipts skip flatten
        for part in parts_of(made):
            wrong = part.gradient(at)
            cells = _far_off(wrong, part.trace.gradients[at + 1])
            if cells.size:
                return _best_cell(at, None, part, wrong, cells)
    if parameter is None and isinstance(made, BatchPass):
        pairs = [(part.gradient(layer), part.trace.gradients[layer + 1]) for part in made.parts]
        far = [_far_off(wrong, true).size > 0 for wrong, true in pairs]
        some = far if any(far) else [bool((wrong != true).any()) for wrong, true in pairs]
        made = made.parts[some.index(True)]
        trace = made.trace
    wrong = made.array(layer, parameter)
    true = trace.gradients[layer + 1] if parameter is None else trace.parameters[layer][parameter]
    cells = _far_off(wrong, true)
    if not cells.size:  # all wrong cells are tiny beside others
        cells = np.flatnonzero(wrong != true)
    return _best_cell(layer, parameter, parts_of(made)[0], wrong, cells)


def _best_cell(
    layer: int, parameter: str | None, made: Pass, wrong: Array, cells: Index
) -> Example:
    receipts = [
        receipt_of(made.trace, Cell(layer, at, parameter)) for at in cells[:MAX_EXAMPLES].tolist()
    ]

    def shows(receipt: Receipt) -> int:
        terms = np.count_nonzero(receipt.products)
        return int(terms) if len(receipt.products) <= MAX_TERMS else 0

    best = max(receipts, key=shows)
    at = best.cell.at
    part, others = best, np.zeros(0)
    mistaken = [reader for reader in best.readers if reader.layer in made.replaced]
    if any(made.steps(reader.layer).branches != "add" for reader in mistaken):
        mistaken = []  # the mistake is in adding up all parts
    if len(best.readers) > 1 and mistaken:
        part = best.part(mistaken[0])
        others = np.delete(
            best.products, np.arange(len(best.products))[best.terms_from(mistaken[0])]
        )
    return Example(made, part, float(wrong.reshape(-1)[at]), others)


def _far_off(wrong: Array, true: Array) -> Index:
    """The flat indexes of the cells that differ by more than the rounding of the largest cell."""
    return np.flatnonzero(np.abs(wrong - true) > 1e-9 * np.abs(true).max())
