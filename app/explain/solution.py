"""The worked solution: the backward pass written out, for all cells or for one cell.

Of a batch, the cells are those of one example. The sums of parameters go over all examples.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.engine.network import Trace
from app.engine.receipt import Cell, Receipt, receipt_of
from app.engine.timeline import Step, backward
from app.engine.types import Array, Shape
from app.engine.zeros import Codes, zeros_of_cells, zeros_of_parameter
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say

MAX_SUMS, MAX_TERMS = 48, 36
"""The most sums of one array, and products of one sum, that are all written out."""
SOME_SUMS, SOME_TERMS = 8, 6
"""If there are more: how many of the largest sums, and of the first products, are written."""
MAX_NARROW = 44
"""The most characters of a sum that fits in half the width of a page."""
MAX_SIDE, MAX_PLANES = 12, 6
"""The most rows or columns, and planes, of an array that is printed whole."""
MAX_EXAMPLES = 4
"""Of a batch, the examples whose arrays are printed beside a parameter's sums: the first ones."""
SOME_SIDE = 8
"""Of a larger array, the first plane's first rows and columns that are printed."""


@dataclass(frozen=True)
class PrintedPlane:
    """A table of figures: a channel, a kernel, or the whole array; ``name`` may be empty."""

    name: str
    rows: list[list[str]]


@dataclass(frozen=True)
class Table:
    """A printed array; ``left_out`` names the part that is not printed, empty if all is."""

    title: str
    planes: list[PrintedPlane]
    left_out: str


@dataclass(frozen=True)
class Sum:
    """One gradient: its cell, its sum «2 × 0.5 + 3 × (−1) = −2», and a reason."""

    place: str
    line: str
    why: str


@dataclass(frozen=True)
class Part:
    """One step backwards: the known arrays, the rule, the sums and the resulting array."""

    title: str
    rule: str
    known: list[Table]
    sums: list[Sum]
    left_out: str
    result: Table | None

    @property
    def is_narrow(self) -> bool:
        """Whether two of its sums fit side by side."""
        return all(len(sum_.place + sum_.line + sum_.why) <= MAX_NARROW for sum_ in self.sums)


@dataclass(frozen=True)
class Solution:
    """The data of the worked solution's page."""

    subject: str
    question: str
    """The question about one cell; empty for the lesson's question."""
    network: list[str]
    given: list[Table]
    parts: list[Part]
    closing: str


def solve(trace: Trace, cell: Cell | None) -> Solution:
    """Work out the gradient of one cell and those it depends on; with None, all gradients."""
    network = trace.network
    given = [_values(trace, -1)]
    for i, layer in enumerate(network.layers):
        if i != network.read_by(i + 1):
            continue
        given += [_table(_parameter_title(trace, i, name), array)
                  for name, array in layer.parameters.items()]  # fmt: skip
        given.append(_values(trace, i))
    description = sentences.network_words(network)
    if cell is None:
        subject = _of_example(trace, say("solution.whole"))
        return Solution(subject, "", description, given, list(_whole(trace)), "")
    receipt, name = receipt_of(trace, cell), sentences.cell_name(trace, cell)
    subject = name if cell.parameter else _of_example(trace, name)
    return Solution(
        subject=subject,
        question=say("solution.question", cell=subject, gradient=sentences.total(receipt)),
        network=description,
        given=given,
        parts=list(_of_cell(trace, cell)),
        closing=sentences.onward_sentence(trace, receipt),
    )


# --- of the whole pass --------------------------------------------------------------------------


def _whole(trace: Trace) -> Iterable[Part]:
    """A part for every array of gradients, in the order in which they become known."""
    rules: list[str] = []
    for step in backward(trace):
        if step.phase in ("start", "done"):
            continue
        rules.append(sentences.step_sentence(step, trace, sentences.step_example(step, trace)))
        if step.phase in ("multiply", "skip"):
            continue  # It has a part together with what comes next.
        if step.phase == "parameters":
            yield from _of_parameters(trace, step, " ".join(rules))
        elif step.layer is None:
            yield _of_outputs(trace, " ".join(rules))
        else:
            yield _of_layer(trace, step.layer, " ".join(rules))
        rules = []


def _of_outputs(trace: Trace, rule: str) -> Part:
    """The gradients of the outputs, where the backward pass starts."""
    last = trace.network.read_by(len(trace.network.layers))
    sums: list[Sum] = []
    left_out = ""
    if trace.network.head.is_loss:
        sums, left_out = _sums(trace, last, None, sentences.sentence, lined=False)
    title = say("solution.outputs", layer=_named(trace, last))
    return Part(title, rule, [], sums, left_out, _gradients(trace, last))


def _of_layer(trace: Trace, layer: int, rule: str) -> Part:
    """The gradients of the cells that a layer reads."""
    network = trace.network
    below = network.read_by(layer)
    sums, left_out = _sums(trace, below, None, _reason)
    known = _readers_gradients(trace, below)
    if "weight" in network.layers[layer].parameters:
        title = _parameter_title(trace, layer, "weight")
        known.append(_table(title, network.layers[layer].parameters["weight"]))
    else:
        known.append(_values(trace, below))
    title = say("solution.back", layer=_named(trace, layer), below=_named(trace, below))
    return Part(title, rule, known, sums, left_out, _gradients(trace, below))


def _of_parameters(trace: Trace, step: Step, rule: str) -> Iterable[Part]:
    i = step.layer or 0
    for name, gradient in trace.parameters[i].items():
        sums, left_out = _sums(trace, i, name, _reason)
        codes = zeros_of_parameter(trace, i, name)
        title = _parameter_title(trace, i, name)
        known, others = _known_of_parameter(trace, i, name)
        told = (
            rule
            if name == "weight"
            else sentences.sentence(trace, receipt_of(trace, Cell(i, 0, name)))
        )
        yield Part(
            say("solution.parameters", name=title),
            " ".join(filter(None, (told, others))),
            known,
            sums,
            left_out,
            _table(say("solution.gradient", name=title), gradient, codes),
        )


def _known_of_parameter(trace: Trace, layer: int, name: str) -> tuple[list[Table], str]:
    """The arrays that meet in a parameter's sums, and a sentence about those of other examples."""
    below = trace.network.read_by(layer)
    if trace.batch is None:
        return [
            _gradients(trace, layer),
            *([_values(trace, below)] if name == "weight" else []),
        ], ""
    examples = trace.batch.network.examples or 1
    known = []
    for at in range(min(examples, MAX_EXAMPLES)):
        example = trace.batch.example(at)
        tables = [_gradients(example, layer)]
        tables += [_values(example, below)] if name == "weight" else []
        known += [replace(each, title=_of_example(example, each.title)) for each in tables]
    if examples == 1:
        return known, ""
    others = say("solution.all_examples", n=examples, example=trace.at + 1)
    if examples > MAX_EXAMPLES:
        others += " " + say("solution.first_examples", n=MAX_EXAMPLES)
    return known, others


def _of_example(trace: Trace, what: str) -> str:
    """«the whole backward pass, example 1 of 2»; the same words where there is no batch."""
    if trace.batch is None:
        return what
    examples = trace.batch.network.examples or 1
    return say("solution.of_example", what=what, at=trace.at + 1, of=examples)


# --- of one cell --------------------------------------------------------------------------------


def _of_cell(trace: Trace, cell: Cell) -> Iterable[Part]:
    """A part for each layer between the loss and a cell, with the cells that its gradient needs."""
    levels = [([receipt_of(trace, cell)], "")]
    waiting = _payers(trace, levels[0][0])
    while waiting:
        layer = min(waiting)
        levels.append(_chosen_receipts(trace, layer, sorted(waiting.pop(layer))))
        for above, cells in _payers(trace, levels[-1][0]).items():
            waiting[above] = waiting.get(above, set()) | cells
    for receipts, left_out in reversed(levels):
        here = receipts[0].cell
        if here == cell:
            title = say("solution.cell", cell=sentences.cell_name(trace, cell))
        else:
            title = say("solution.on_the_way", layer=_named(trace, here.layer))
        known, others = [_gradients(trace, layer) for layer in _paying(receipts[0])], ""
        if here.parameter is not None and trace.batch is not None:
            known, others = _known_of_parameter(trace, here.layer, here.parameter)
        sums = [_sum(trace, receipt, sentences.sentence) for receipt in receipts]
        yield Part(title, others, known, sums, left_out, None)


def _payers(trace: Trace, receipts: list[Receipt]) -> dict[int, set[int]]:
    """The cells that these gradients come from, by layer; empty if they come from the loss.

    Of a parameter of a batch, those of this example.
    """
    by_layer: dict[int, set[int]] = {}
    for receipt in receipts:
        own = receipt.of_example(trace.at)
        terms = receipt.layers[own], receipt.sources[own], receipt.factors[own]
        for layer, at, factor in zip(*terms, strict=True):
            if layer is not None and factor != 0:
                by_layer.setdefault(layer, set()).add(int(at))
    return by_layer


def _paying(receipt: Receipt) -> list[int]:
    """The layers that pay a cell, each once."""
    return list(dict.fromkeys(reader.layer for reader in receipt.readers))


def _chosen_receipts(trace: Trace, layer: int, cells: list[int]) -> tuple[list[Receipt], str]:
    chosen, left_out = _chosen(trace.gradients[layer + 1].reshape(-1)[cells])
    return [receipt_of(trace, Cell(layer, cells[i])) for i in chosen], left_out


def _readers_gradients(trace: Trace, layer: int) -> list[Table]:
    """The gradients of every layer that reads this one's output."""
    layers = dict.fromkeys(reader.layer for reader in trace.network.readers_of(layer))
    return [_gradients(trace, each) for each in layers]


# --- sums and arrays ----------------------------------------------------------------------------


def _sums(
    trace: Trace,
    layer: int,
    parameter: str | None,
    why: Callable[[Trace, Receipt], str],
    lined: bool = True,
) -> tuple[list[Sum], str]:
    """The sums of an array, and a note about those left out."""
    gradient = trace.parameters[layer][parameter] if parameter else trace.gradients[layer + 1]
    chosen, left_out = _chosen(gradient.reshape(-1))
    receipts = [receipt_of(trace, Cell(layer, at, parameter)) for at in chosen]
    return [_sum(trace, receipt, why, lined) for receipt in receipts], left_out


def _chosen(gradients: Array) -> tuple[Sequence[int], str]:
    """The cells whose sums are written out, and a note about the others."""
    n = len(gradients)
    if n <= MAX_SUMS:
        return range(n), ""
    largest = np.argsort(-np.abs(gradients), kind="stable")[:SOME_SUMS]
    note = say("solution.largest", some=SOME_SUMS, n=n, others=n - SOME_SUMS)
    return sorted(largest.tolist()), note


def _sum(
    trace: Trace, receipt: Receipt, why: Callable[[Trace, Receipt], str], lined: bool = True
) -> Sum:
    line = ""
    if lined and receipt.source is not None:
        limit = MAX_TERMS if len(receipt.products) <= MAX_TERMS else SOME_TERMS
        line = sentences.sum_line(receipt, limit)
    return Sum(
        say("solution.place", place=sentences.cell_place(trace, receipt.cell)),
        line,
        why(trace, receipt),
    )


def _reason(trace: Trace, receipt: Receipt) -> str:
    return sentences.zero_words(receipt.zero)[0] if receipt.zero else ""


def _values(trace: Trace, layer: int) -> Table:
    title = sentences.layer_title(trace.network, layer)
    return _table(title, trace.values[layer + 1])


def _gradients(trace: Trace, layer: int) -> Table:
    title = say("solution.gradient", name=_named(trace, layer))
    return _table(title, trace.gradients[layer + 1], zeros_of_cells(trace, layer))


def _parameter_title(trace: Trace, layer: int, name: str) -> str:
    noun = sentences.parameter_noun(trace.network.layers[layer], name)
    return say("solution.parameter", noun, layer=_named(trace, layer))


def _named(trace: Trace, layer: int) -> str:
    return sentences.layer_title(trace.network, layer)


def _table(title: str, array: Array, codes: Codes | None = None) -> Table:
    """An array in planes of rows, as much as fits; cells with a zero code print as 0."""
    shape: Shape = array.shape if array.ndim > 1 else (1, array.size)
    *outer, rows, columns = shape
    coded = np.array([code is not None for code in codes or [None] * array.size])
    stacked = np.where(coded.reshape(shape), 0, array.reshape(shape)).reshape(-1, rows, columns)
    names = ("kernel", "channel") if len(outer) == 2 else ("channel",)
    is_whole = len(stacked) <= MAX_PLANES and max(rows, columns) <= MAX_SIDE
    side = MAX_SIDE if is_whole else SOME_SIDE
    planes = []
    for at, plane in enumerate(stacked if is_whole else stacked[:1]):
        index = np.unravel_index(at, outer) if outer else ()
        several = zip(names, index, outer, strict=False)
        name = ", ".join(
            say("solution.axes", name, at=int(i)) for name, i, size in several if size > 1
        )
        corner = plane[:side, :side].tolist()
        planes.append(PrintedPlane(name, [[figure(x) for x in row] for row in corner]))
    return Table(title, planes, "" if is_whole else _left_out(shape))


def _left_out(shape: Shape) -> str:
    """«the first 8 × 8 of 6 channels of 24 × 24»."""
    *_, rows, columns = shape
    high, wide = min(rows, SOME_SIDE), min(columns, SOME_SIDE)
    if rows == 1:
        return say("solution.corner", some=wide, all=columns)
    corner = sentences.shape_words((high, wide))
    return say("solution.corner", some=corner, all=sentences.shape_words(shape))
