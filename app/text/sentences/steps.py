"""Describes each step of a pass."""

import weakref
from collections.abc import Callable
from threading import Lock
from typing import Any, assert_never

import numpy as np
from cachetools import LRUCache, cached

from app.engine.layers import max_pools
from app.engine.network import Reader, Trace
from app.engine.receipt import (
    Cell,
    Receipt,
    reads,
    receipt_of,
    terms_of_cells,
    value_and_gradient,
)
from app.engine.timeline import Step
from app.engine.zeros import zeros_of_cells
from app.text.numbers import figure
from app.text.sentences.gradients import shared_divisor
from app.text.sentences.grammar import listed
from app.text.sentences.names import cell_name, cell_place, layer_title, weight_noun
from app.text.sentences.sums import added_line, largest, product_line
from app.text.sentences.totals import shown, sum_line, total
from app.text.sentences.values import making
from app.text.texts import say

MAX_PRODUCTS = 4
"""The most products of one cell that a sentence lists."""
MAX_EXAMPLES = 32
"""The most cells that are tried as an example: in a large map, those with the largest gradients."""
MAX_KNOWN = 4096
"""Examples that are remembered."""


def step_label(step: Step, trace: Trace) -> str:
    """A step's name in the transport."""
    if step.layer is None:
        return say("steps.label", step.phase)
    name = layer_title(trace.network, step.layer)
    if step.phase == "forward":
        return name
    if step.phase in ("multiply", "parameters"):
        noun = weight_noun(trace.network.layers[step.layer])
        return say("steps.label", f"{step.phase}_{noun}")
    return say("steps.label", step.phase, layer=name)


def step_example(
    step: Step, trace: Trace, among: range | None = None, pinned: Cell | None = None
) -> Cell | None:
    """The cell that a step's sentence is about; None if it is about no cell.

    It is the pinned cell, if the step sends it a gradient; if the step sends the pinned cell's
    gradient on, the cell that gets most of it; else a cell that shows the step well, of ``among``
    (flat) or of all.
    """
    if step.layer is None or step.phase == "arrive":
        return None
    own = pinned if pinned and concerns(step, trace, pinned) else None
    if step.phase == "forward":
        return own or Cell(step.layer, 0)
    if step.phase == "parameters":
        return own or _example_parameter(trace, step.layer, among)
    if own and receipt_of(trace, own).products.any():
        return own
    next_cell = _fed_by(step, trace, pinned, among) if pinned else None
    return next_cell or example(trace, trace.network.read_by(step.layer, step.skips), among)


def follows(step: Step, trace: Trace, cell: Cell) -> bool:
    """Whether a pinned cell decides what a step's sentence is about."""
    return concerns(step, trace, cell) or _sends_on(step, trace, cell)


def _sends_on(step: Step, trace: Trace, cell: Cell) -> bool:
    # Through weights, it goes to many cells, of which another may show the step better.
    if step.layer is None or step.phase not in ("route", "share", "pass"):
        return False
    return cell.parameter is None and trace.network.maker_of(cell.layer) == step.layer


def _fed_by(step: Step, trace: Trace, cell: Cell, among: range | None) -> Cell | None:
    """The drawn cell that gets most of a cell's gradient in a step; None where none gets any."""
    parts = reads(trace, cell) if _sends_on(step, trace, cell) else None
    if parts is None or value_and_gradient(trace, cell)[1] == 0:
        return None
    assert step.layer is not None
    below = trace.network.read_by(step.layer, step.skips)
    sizes = np.abs(parts.factors)
    for i, (layer, at) in enumerate(zip(parts.layers, parts.cells, strict=True)):
        if layer != below or at < 0 or (among is not None and int(at) not in among):
            sizes[i] = 0
    best = int(sizes.argmax())
    return Cell(below, int(parts.cells[best])) if sizes[best] else None


def concerns(step: Step, trace: Trace, cell: Cell) -> bool:
    """Whether a step computes a cell's value, or a part of its gradient."""
    if step.layer is None or step.phase == "arrive":
        return False
    if step.phase == "parameters":
        return (cell.layer, cell.parameter) == (step.layer, "weight")
    of_forward = step.phase == "forward"
    layer = step.layer if of_forward else trace.network.read_by(step.layer, step.skips)
    return (cell.layer, cell.parameter) == (layer, None)


def step_sentence(step: Step, trace: Trace, cell: Cell | None) -> str:
    """What happens in a step, in one sentence with the real numbers of its example."""
    match step.phase:
        case "input" | "start" | "done":
            return say("steps.still", step.phase)
        case "arrive":
            return _arrive_sentence(trace)
    assert step.layer is not None
    assert cell is not None
    if step.phase == "forward":
        return say("steps.forward", cell=cell_name(trace, cell), making=making(trace, cell))
    receipt = receipt_of(trace, cell)
    if step.phase == "parameters":
        return _parameters_sentence(trace, step.layer, receipt)
    whole, reader = receipt, Reader(step.layer, step.skips)
    receipt = whole.part(reader)
    name, gradient = cell_name(trace, receipt.cell), total(receipt)
    if not len(receipt.products):  # nor, then, any cell beside it
        return say("steps.no_reader", cell=name)
    said = _passage_sentence(step, trace, receipt, name, gradient)
    if len(whole.readers) == 1 or step.phase == "multiply":
        return said
    return f"{said} {_so_far(trace, whole, reader)}"


def _so_far(trace: Trace, whole: Receipt, reader: Reader) -> str:
    """The running sum of a cell that several layers read, after one of them has sent its part."""
    at = whole.readers.index(reader)
    parts = [shown(whole.part(each)) for each in whole.readers[: at + 1]]
    left = len(whole.readers) - at - 1
    sum_ = shown(whole) if not left else sum(parts)
    line = added_line([(part,) for part in parts], sum_) if at else figure(sum_)
    cell = cell_name(trace, whole.cell)
    if not left:
        return say("steps.complete", cell=cell, sum=line)
    later = layer_title(trace.network, whole.readers[at + 1].layer)
    return say("steps.so_far", cell=cell, sum=line, layer=later)


def _passage_sentence(step: Step, trace: Trace, receipt: Receipt, name: str, gradient: str) -> str:
    """What one layer sends to the example of a step."""
    assert step.layer is not None
    match step.phase:
        case "multiply":
            return _multiply_sentence(trace, step.layer, receipt)
        case "add":
            terms = [(product,) for product in receipt.products]
            added = added_line(terms, shown(receipt), 6) if terms[1:] else gradient
            return say("steps.add", cell=name, sum=added)
        case "route":
            return _route_sentence(trace, step.layer, receipt)
        case "share":
            divisor = shared_divisor(trace, step.layer)
            if divisor is not None:
                return say("steps.divide", divisor=divisor, cell=name, gradient=gradient)
            return say("steps.share", cell=name, gradient=gradient)
        case "mix":
            mixed = layer_title(trace.network, step.layer)
            return say("steps.mix", layer=mixed, cell=name, sum=sum_line(receipt, 6))
        case "skip":
            layer = layer_title(trace.network, step.layer)
            return say("steps.skip", layer=layer, gradient=gradient, cell=name)
        case "pass":
            return _pass_sentence(trace, step.layer, receipt)
    raise ValueError(step.phase)


def _arrive_sentence(trace: Trace) -> str:
    given = listed([figure(g) for g in trace.gradients[-1].reshape(-1)])
    if trace.network.head.is_loss:
        return say(
            "steps.arrive_from_loss",
            loss=figure((trace.batch or trace).loss or 0.0),
            gradients=given,
        )
    return say("steps.arrive", n=trace.gradients[-1].size, gradients=given)


def _multiply_sentence(trace: Trace, layer: int, receipt: Receipt) -> str:
    n = len(receipt.products)
    chosen = largest(receipt.products.tolist(), n if n <= MAX_PRODUCTS else MAX_PRODUCTS - 1)
    lines = [
        product_line((receipt.upstream[i], receipt.factors[i]), receipt.products[i]) for i in chosen
    ]
    if len(chosen) < n:
        lines.append(say("list.more", n=n - len(chosen)))
    noun, cell = weight_noun(trace.network.layers[layer]), cell_name(trace, receipt.cell)
    return say("steps.multiply", noun, cell=cell, products=listed(lines))


def _route_sentence(trace: Trace, layer: int, receipt: Receipt) -> str:
    """The winner, its gradient, and how many cells lost or are not read."""
    rule = say("steps.rules", max_pools(trace.network.layers)[layer].ties)
    cell, gradient = cell_place(trace, receipt.cell), total(receipt)
    windows = int(np.count_nonzero(receipt.factors))
    if windows > 1:
        several = say("counted.windows", n=windows)
        said = say(
            "steps.route_of_several", rule=rule, cell=cell, windows=several, gradient=gradient
        )
    else:
        value = figure(receipt.value)
        said = say("steps.route", rule=rule, gradient=gradient, cell=cell, value=value)
    codes = zeros_of_cells(trace, trace.network.read_by(layer))
    lost, unread = codes.count("lost"), codes.count("unread")
    rest = [say("steps.lost", n=lost)] if lost else []
    rest += [say("steps.unread", n=unread)] if unread else []
    return " ".join([said, *rest])


def _pass_sentence(trace: Trace, layer: int, receipt: Receipt) -> str:
    name, cell = layer_title(trace.network, layer), cell_place(trace, receipt.cell)
    if trace.network.layers[layer].skips_from is not None:
        return say("steps.pass_both", layer=name, gradient=total(receipt), cell=cell)
    if receipt.factors[0] == 1:
        said = say("steps.pass", layer=name, gradient=total(receipt), cell=cell)
    else:
        said = say("steps.pass_slope", layer=name, equation=sum_line(receipt), cell=cell)
    activation: Any = trace.network.layers[layer]
    flat = int(np.count_nonzero(activation.slopes(trace.tapes[layer]) == 0))
    if not flat:
        return said
    return f"{said} {say('steps.closed', activation.closed, cells=say('counted.cells', n=flat))}"


def _parameters_sentence(trace: Trace, layer: int, weight: Receipt) -> str:
    cell = cell_place(trace, weight.cell)
    match weight_noun(trace.network.layers[layer]):
        case "kernel":
            uses = len(weight.products)
            return say("steps.parameters_kernel", n=uses, cell=cell, gradient=total(weight))
        case "weights":
            return say("steps.parameters_weights", cell=cell, sum=sum_line(weight))
        case "slopes":
            return say("steps.parameters_slopes", cell=cell, sum=sum_line(weight))
        case "scales":
            return say("steps.parameters_scales", cell=cell, sum=sum_line(weight))
        case noun:
            assert_never(noun)


def example(trace: Trace, layer: int, among: range | None = None) -> Cell:
    """The cell that shows a step best: the first with the most products that are not 0.

    Where no gradient arrives anywhere, the first with the most products.
    """
    return _example(weakref.ref(trace), layer, among)


# Several steps and the picture ask for the example of the same layer.
@cached(LRUCache(MAX_KNOWN), lock=Lock())
def _example(trace_of: Callable[[], Trace | None], layer: int, among: range | None) -> Cell:
    trace = trace_of()
    assert trace is not None
    gradient = trace.gradients[layer + 1].reshape(-1)
    cells = range(gradient.size) if among is None else among
    drawn = gradient[cells[0] : cells[-1] + 1]
    nonzero = np.flatnonzero(drawn)
    if len(nonzero) > MAX_EXAMPLES:
        nonzero = np.sort(np.abs(drawn).argsort(kind="stable")[-MAX_EXAMPLES:])
    candidates = (nonzero if len(nonzero) else np.arange(len(drawn))[:MAX_EXAMPLES]) + cells[0]
    live = np.zeros(cells[-1] + 1)
    for _, terms, upstream, _ in terms_of_cells(trace, layer, candidates):
        paid = terms.inputs[upstream * terms.derivatives != 0] if len(nonzero) else terms.inputs
        live += np.bincount(paid, minlength=len(live))
    return Cell(layer, int(candidates[live[candidates].argmax()]))


def _example_parameter(trace: Trace, layer: int, among: range | None) -> Cell:
    gradient = np.abs(trace.parameters[layer]["weight"].reshape(-1))
    first, size = (among[0], len(among)) if among else (0, gradient.size)
    return Cell(layer, first + int(gradient[first : first + size].argmax()), "weight")
