"""What happens in each step of a pass."""

import numpy as np

from app.engine.layers import Conv2d, MaxPool2d
from app.engine.network import Trace
from app.engine.receipt import Cell, Receipt, receipt
from app.engine.timeline import Step
from app.engine.zeros import zeros_of_cells
from app.figures import figure
from app.wording.gradients import shown, sum_line, total
from app.wording.grammar import agree, capital, count, listed, lower
from app.wording.names import cell_name, cell_place, layer_title
from app.wording.sums import added_line, largest, product_line
from app.wording.values import making

MAX_PRODUCTS = 4
"""Of one cell that a sentence tells of."""
MAX_EXAMPLES = 32
"""Cells looked at for a good example: in a large map, those with the largest gradients."""


def step_label(step: Step, trace: Trace) -> str:
    """A step's name under the scrubber."""
    if step.layer is None:
        return {"input": "Input", "start": "Start", "arrive": "Arrive", "done": "Done"}[step.phase]
    layer = trace.network.layers[step.layer]
    kernel = isinstance(layer, Conv2d)
    match step.phase:
        case "forward":
            return layer_title(trace.network, step.layer)
        case "multiply":
            return "× kernel" if kernel else "× weights"
        case "add":
            return "Add"
        case "route":
            return "Route to max"
        case "share":
            return "Share"
        case "pass":
            return f"Through {layer_title(trace.network, step.layer)}"
        case _:
            return "Kernel" if kernel else "Weights"


def step_sentence(step: Step, trace: Trace, among: range | None = None) -> str:
    """What happens in a step, in one sentence with the real numbers.

    Its example is a cell of those it reaches, or of ``among`` (flat).
    """
    network = trace.network
    if step.phase == "start":
        return (
            "The forward pass is done: every value is known, and no gradient yet. Press play to "
            "send the gradients back."
        )
    if step.phase == "done":
        return (
            "Every gradient is known, from the outputs back to the input. Click any number to see "
            "the sum that makes it."
        )
    if step.phase == "input":
        return "The input is given, and so are the weights. Nothing is computed yet."
    if step.phase == "forward" and step.layer is not None:
        cell = Cell(step.layer, 0)
        return f"{cell_name(trace, cell)}. {making(trace, cell)}"
    if step.phase == "arrive" or step.layer is None:
        given = listed([figure(g) for g in trace.gradients[-1].reshape(-1)])
        if network.head.is_loss:
            loss = figure(trace.loss or 0.0)
            return (
                f"The loss is {loss}. Raising an output a little changes it so many times as "
                f"much: {given}."
            )
        many = trace.gradients[-1].size > 1
        return (
            f"The upstream gradient{'s' if many else ''} {given} arrive{'' if many else 's'} at "
            f"the output{'s' if many else ''}."
        )
    below = network.read_by(step.layer)
    bill = example(trace, below, among)
    name, result = cell_name(trace, bill.cell), total(bill)
    source = layer_title(network, step.layer)
    match step.phase:
        case "multiply":
            n = len(bill.products)
            told = largest(bill.products.tolist(), n if n <= MAX_PRODUCTS else MAX_PRODUCTS - 1)
            lines = [
                product_line((bill.upstream[i], bill.factors[i]), bill.products[i]) for i in told
            ]
            products = listed(lines + [f"{n - len(told)} more"] * (len(told) < n))
            each = "kernel weight" if isinstance(network.layers[step.layer], Conv2d) else "weight"
            return (
                f"On its way back, each gradient is multiplied by the {each} it passes. "
                f"Towards {lower(name)}: {products}."
            )
        case "add":
            terms = [(product,) for product in bill.products]
            added = added_line(terms, shown(bill), 6) if terms[1:] else result
            return f"What reaches the same cell adds up. {name} gets {added}."
        case "route":
            return _route_sentence(trace, step.layer, bill)
        case "share":
            return f"Each window shares its gradient equally among its cells. {name} gets {result}."
        case "pass":
            slope = bill.factors[0]
            blocked = int(np.count_nonzero(trace.tapes[step.layer] == 0))
            stopped = f" At {count(blocked, 'cell')} it is flat: nothing gets through there."
            where = cell_place(trace, bill.cell)
            through = (
                f"hands on the gradient unchanged where its slope is 1: {result} at {where}"
                if slope == 1
                else f"multiplies each gradient by its slope: {sum_line(bill)} at {where}"
            )
            return f"{source} {through}.{stopped if blocked else ''}"
        case _:
            weight = _example_parameter(trace, step.layer)
            where = cell_place(trace, weight.cell)
            if isinstance(network.layers[step.layer], Conv2d):
                uses = len(weight.products)
                over = "gradient × input there"
                if uses > 1:
                    over = "the sum of gradient × input over all of them"
                return (
                    f"The kernel was used at {count(uses, 'position')}. Each of its weights gets "
                    f"{over}: the one at {where} gets {total(weight)}."
                )
            return (
                "Each weight gets the gradient after it times the value before it: the one "
                f"{where} gets {sum_line(weight)}."
            )


def _route_sentence(trace: Trace, layer: int, bill: Receipt) -> str:
    """Who wins, how much that is, and what becomes of the others."""
    pool = trace.network.layers[layer]
    assert isinstance(pool, MaxPool2d)
    name, result = cell_place(trace, bill.cell), total(bill)
    windows = int(np.count_nonzero(bill.factors))
    if pool.ties == "split":
        said = "Each window sends its gradient to its maximum, and tied maxima share it"
    elif pool.ties == "all":
        said = "Each maximum is given its window’s whole gradient, also where several are tied"
    else:
        said = "Each window sends its whole gradient to its maximum"
    if windows > 1:
        said += f". {capital(name)} is the maximum of {count(windows, 'window')} and gets {result}."
    else:
        said += f": {result} goes to {name}, which holds {figure(bill.value)}."
    codes = zeros_of_cells(trace, trace.network.read_by(layer))
    lost, unread = codes.count("lost"), codes.count("unread")
    if lost:
        said += f" {capital(count(lost, 'cell'))} lost and {agree(lost, 'gets', 'get')} nothing."
    if unread:
        verb = agree(unread, "is", "are")
        said += f" {capital(count(unread, 'cell'))} {verb} in no window."
    return said


def example(trace: Trace, layer: int, among: range | None = None) -> Receipt:
    """The cell that shows a step best: the first with the most products that are not 0."""
    gradient = trace.gradients[layer + 1].reshape(-1)
    cells = range(gradient.size) if among is None else among
    drawn = gradient[cells[0] : cells[-1] + 1]
    found = np.flatnonzero(drawn)
    if len(found) > MAX_EXAMPLES:
        found = np.sort(np.abs(drawn).argsort(kind="stable")[-MAX_EXAMPLES:])
    bills = [receipt(trace, Cell(layer, cells[at])) for at in found.tolist() or [0]]
    return max(bills, key=lambda bill: int(np.count_nonzero(bill.products)))


def _example_parameter(trace: Trace, layer: int) -> Receipt:
    gradient = np.abs(trace.parameters[layer]["weight"].reshape(-1))
    return receipt(trace, Cell(layer, int(gradient.argmax()), "weight"))
