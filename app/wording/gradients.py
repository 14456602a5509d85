"""Why a gradient is what it is, and where it goes next."""

import numpy as np

from app.engine.heads import CrossEntropy, MeanSquaredError
from app.engine.layers import Activation, AvgPool2d, Conv2d, Flatten, Layer, Linear, MaxPool2d
from app.engine.network import Trace
from app.engine.receipt import Cell, Receipt, figures, reads
from app.equations import Part, Say, equation
from app.figures import figure
from app.wording.grammar import agree, capital, count
from app.wording.names import cell_place, index_of, layer_title, place
from app.wording.sums import added_line


def shown(bill: Receipt) -> float:
    """A gradient as it is shown: 0 where its terms cancel to rounding."""
    return 0.0 if bill.zero else bill.gradient


def total(bill: Receipt) -> str:
    """The same as a figure."""
    return figure(shown(bill))


def sentence(trace: Trace, bill: Receipt) -> str:
    """Why this gradient is what it is, without equations."""
    said = _sentence(trace, bill)
    if bill.zero == "cancelled":
        said += " They are not 0, but together they cancel."
    return said


def _sentence(trace: Trace, bill: Receipt) -> str:
    cell, n, result = bill.cell, len(bill.products), total(bill)
    if bill.source is None:
        if trace.network.head.is_loss:
            return f"The loss reads this output directly{_of_the_loss(trace, bill)}"
        return f"This is where the backward pass starts: the gradient {result} is given."
    source = trace.network.layers[bill.source]
    if cell.parameter is not None:
        return _parameter_sentence(trace, bill, source)
    if n == 0:
        return "Nothing in the next layer reads this cell, so no gradient ever comes back to it."
    if isinstance(source, Activation):
        name = layer_title(trace.network, bill.source)
        if bill.factors[0] == 0:
            return (
                f"{name} is flat at {figure(bill.value)}, so it blocks the "
                f"{figure(bill.upstream[0])} that arrives: changing this cell a little changes "
                "nothing after it."
            )
        if bill.factors[0] == 1:
            return f"{name} passes its gradient on unchanged at {figure(bill.value)}: {result}."
        return (
            f"{name} has the slope {figure(bill.factors[0])} at {figure(bill.value)}, so that "
            f"share of {figure(bill.upstream[0])} comes through: {result}."
        )
    if isinstance(source, MaxPool2d):
        return _routed_sentence(trace, bill)
    if isinstance(source, AvgPool2d):
        return (
            f"{capital(count(n, 'window'))} {agree(n, 'averages', 'average')} over this cell "
            f"and {agree(n, 'sends', 'send')} back an equal share of the gradient; together that "
            f"is {result}."
        )
    if isinstance(source, Linear):
        readers = count(n, "neuron")
        between = "the weight between them"
    else:
        readers = count(n, "map cell") if bill.source == cell.layer + 1 else count(n, "cell")
        between = "the kernel weight that met this cell there"
    if n == 1:
        return f"{capital(readers)} reads it and sends back its gradient times {between}: {result}."
    return (
        f"{capital(readers)} read it. Each sends back its gradient times {between}; "
        f"added up, that is {result}."
    )


def _of_the_loss(trace: Trace, bill: Receipt) -> str:
    head, at = trace.network.head, bill.cell.at
    if isinstance(head, CrossEntropy) and trace.probabilities is not None:
        probability = float(trace.probabilities[at])
        right = at == head.target
        minus = equation(lambda n: n(probability) - n(right), shown(bill))
        return (
            f". Softmax makes it the probability {figure(probability)}, and it is "
            f"{'the right' if right else 'a wrong'} class: its gradient is {minus}."
        )
    if isinstance(head, MeanSquaredError):
        output, target = trace.values[-1].reshape(-1)[at], head.target.reshape(-1)[at]

        def left(n: Say) -> Part:
            twice = n(2) * (n(output) - n(target))
            return twice / n(head.target.size) if head.reduction == "mean" else twice

        return (
            f": it is {figure(output)} and should be {figure(target)}, so its gradient is "
            f"{equation(left, shown(bill))}."
        )
    return f": raising it by a little changes the loss {total(bill)} times as much."


def _routed_sentence(trace: Trace, bill: Receipt) -> str:
    n, won = len(bill.products), int(np.count_nonzero(bill.factors))
    if won == 0:
        if n > 1:
            return f"It is in {count(n, 'window')}, and in each another cell won: nothing comes."
        rival = reads(trace, Cell(bill.source or 0, int(bill.sources[0])))
        assert rival is not None
        best = int(rival.cells[int(np.argmax(rival.factors))])
        winner = place(
            index_of(trace, Cell(rival.layer, best)), trace.network.shape_of(rival.layer)[0]
        )
        value = figure(trace.values[rival.layer + 1].reshape(-1)[best])
        other = "came first in a tie" if value == figure(bill.value) else f"holds {value}"
        return (
            f"It lost: {winner} {other}, so that cell is the maximum of the window and takes the "
            f"whole gradient. This one gets nothing."
        )
    if n == 1:
        share = bill.factors[0]
        if share == 1:
            return (
                f"It is the maximum of its window, so the window's whole gradient comes here: "
                f"{total(bill)}."
            )
        return (
            f"It shares the maximum of its window, so a part of the gradient comes: {total(bill)}."
        )
    return (
        f"It is in {count(n, 'window')} and is the maximum of {count(won, 'of them', 'of them')}"
        f"; what they send adds up to {total(bill)}."
    )


def _parameter_sentence(trace: Trace, bill: Receipt, layer: Layer) -> str:
    n, result = len(bill.products), total(bill)
    if isinstance(layer, Conv2d):
        uses = f"is used at {count(n, 'position')}"
        if bill.cell.parameter == "bias":
            return f"The bias {uses} of the map, so it collects the gradient of each: {result}."
        return (
            f"This weight {uses}. At each it collects the gradient that arrives there times the "
            f"input it met; added up, that is {result}."
        )
    if bill.cell.parameter == "bias":
        return f"The bias is added to one neuron, so it gets that neuron's gradient: {result}."
    return (
        "This weight joins two neurons. Its gradient is the one that arrives at the later neuron "
        f"times the value of the earlier one: {result}."
    )


def sum_line(bill: Receipt, most: int = 4) -> str:
    """«2 × 0.5 + 3 × (−1) + 6 × 0.25 = −0.5»."""
    if not len(bill.products):
        return "nothing reads it"
    return added_line(zip(bill.upstream, bill.factors, strict=True), shown(bill), most)


def onward_sentence(trace: Trace, bill: Receipt) -> str:
    """Where this gradient goes next."""
    cell, result = bill.cell, total(bill)
    if cell.parameter is not None:
        what = "the loss" if trace.network.head.is_loss else "the weighted sum of the outputs"
        return (
            f"It stops here: raising this {_own(cell)} by a little changes {what} {result} times "
            "as much."
        )
    parts = reads(trace, cell)
    if parts is None:
        return "It stops here: the input is where the network begins."
    i = cell.layer
    if isinstance(trace.network.layers[i], Flatten):
        i = trace.network.read_by(i)
    layer = trace.network.layers[i]
    if bill.gradient == 0 or bill.zero:
        return "It is 0, so it sends nothing further back."
    below = layer_title(trace.network, parts.layer)
    if isinstance(layer, MaxPool2d) and layer.ties in ("first", "last"):
        best = Cell(parts.layer, int(parts.cells[int(np.argmax(parts.factors))]))
        held = figure(figures(trace, best)[0])
        others = count(len(parts.cells) - 1, "other cell")
        rest = f" The {others} of its window lost and get nothing." if len(parts.cells) > 1 else ""
        where = f"{cell_place(trace, best)} of {below}, which holds {held}"
        return f"All of {result} goes to {where}.{rest}"
    if isinstance(layer, Activation):
        share = parts.factors[0]
        if share == 0:
            return (
                f"{layer_title(trace.network, i)} is flat here: nothing of {result} gets through."
            )
        handed = figure(bill.gradient * share)
        return f"{layer_title(trace.network, i)} hands on {handed} to the same place of {below}."
    own = " and adds to the gradient of each of them" if layer.parameters else ""
    return (
        f"It goes on to the {count(len(parts.cells), 'cell')} of {below} that it was made of, "
        f"times the {'weight' if layer.parameters else 'share'} of each{own}."
    )


def _own(cell: Cell) -> str:
    return "bias" if cell.parameter == "bias" else "weight"
