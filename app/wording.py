"""Numbers → plain sentences. Every word about a figure is made here, from the figure."""

import math

import numpy as np

from app.engine.layers import (
    Activation,
    AvgPool2d,
    Conv2d,
    Flatten,
    Layer,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Relu,
    Sigmoid,
    Tanh,
)
from app.engine.network import Network, Trace
from app.engine.receipt import Cell, Receipt, figures, reads, receipt, shape_of
from app.engine.timeline import Step
from app.engine.types import Shape, Zero
from app.figures import factor, figure

TITLES: dict[type[Layer], str] = {
    Conv2d: "Convolution",
    Relu: "ReLU",
    LeakyRelu: "Leaky ReLU",
    Sigmoid: "Sigmoid",
    Tanh: "Tanh",
    MaxPool2d: "Max pool",
    AvgPool2d: "Average pool",
    Flatten: "Flatten",
    Linear: "Fully connected",
}

ZEROS: dict[Zero, tuple[str, str]] = {
    "lost": ("lost", "another cell was larger and won the maximum"),
    "blocked": ("blocked", "the activation is flat here"),
    "weight": ("weight 0", "the weight between is 0"),
    "input": ("input 0", "the input it met is 0"),
    "settled": ("settled", "the loss asks for no change"),
    "upstream": ("nothing arrives", "the upstream gradient is 0"),
    "underflow": ("too small", "the product is too small for a float64"),
    "unread": ("unread", "nothing reads this cell"),
    "mixed": ("several reasons", "its terms are 0 for different reasons"),
    "cancelled": ("cancelled", "its terms are not 0, but add up to 0"),
}
"""For each code of a zero: a word for the receipt, and what it means."""


# --- names --------------------------------------------------------------------------------------


def layer_title(network: Network, layer: int) -> str:
    """«Max pool», numbered where the network has several of a kind."""
    if layer < 0:
        return "Input"
    kind = type(network.layers[layer])
    alike = [i for i, each in enumerate(network.layers) if type(each) is kind]
    title = TITLES.get(kind, kind.__name__)
    return title if len(alike) == 1 else f"{title} {alike.index(layer) + 1}"


def index_of(trace: Trace, cell: Cell) -> tuple[int, ...]:
    """A flat index in its shape."""
    shape = shape_of(trace, cell.layer, cell.parameter)
    return tuple(int(i) for i in np.unravel_index(cell.at, shape))


def place(index: tuple[int, ...], channels: int = 1) -> str:
    """«row 0, column 1», with the channel where there are several."""
    if len(index) == 1:
        return f"neuron {index[0]}"
    words = f"row {index[-2]}, column {index[-1]}"
    return words if channels == 1 else f"channel {index[0]}, {words}"


def cell_place(trace: Trace, cell: Cell) -> str:
    """Where a cell is within its layer."""
    shape = shape_of(trace, cell.layer, cell.parameter)
    return place_in(shape, index_of(trace, cell), cell.parameter)


def place_in(shape: Shape, index: tuple[int, ...], parameter: str | None) -> str:
    """Where an index is in an array of this shape: a layer's output, or one of its parameters."""
    if parameter == "bias":
        return f"bias {index[0]}"
    if parameter is None:
        return place(index, shape[0])
    if len(index) == 2:
        return f"from neuron {index[1]} to neuron {index[0]}"
    kernels = f"kernel {index[0]}, " if shape[0] > 1 else ""
    channels = f"channel {index[1]}, " if shape[1] > 1 else ""
    return f"{kernels}{channels}row {index[2]}, column {index[3]}"


def cell_name(trace: Trace, cell: Cell) -> str:
    """«Max pool, row 0, column 1»."""
    what = layer_title(trace.network, cell.layer)
    if cell.parameter == "weight":
        what += " kernel" if len(index_of(trace, cell)) == 4 else " weight"
    return f"{what}, {cell_place(trace, cell)}"


def cell_kind(trace: Trace, cell: Cell) -> str:
    """What a cell is, for a heading: «A pooled neuron»."""
    if cell.parameter == "bias":
        return "A bias"
    if cell.parameter == "weight":
        convolution = isinstance(trace.network.layers[cell.layer], Conv2d)
        return "A kernel weight" if convolution else "A weight"
    if cell.layer < 0:
        return "An input cell"
    layer = trace.network.layers[cell.layer]
    if isinstance(layer, MaxPool2d | AvgPool2d):
        return "A pooled neuron"
    if isinstance(layer, Conv2d):
        return "A cell of the map"
    if isinstance(layer, Activation):
        return "An activation"
    if cell.layer == len(trace.network.layers) - 1:
        return "An output neuron"
    return "A neuron"


def _count(n: int, noun: str, plural: str | None = None) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    number = words[n] if n < len(words) else str(n)
    return f"{number} {noun if n == 1 else plural or noun + 's'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- one gradient -------------------------------------------------------------------------------


def total(bill: Receipt) -> str:
    """A gradient as it is shown: 0 where its terms cancel to rounding."""
    return "0" if bill.zero else figure(bill.gradient)


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
            return (
                f"The loss reads this output directly: raising it by a little changes the loss by "
                f"{result} times as much."
            )
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
            f"{_capital(_count(n, 'window'))} {_agree(n, 'averages', 'average')} over this cell "
            f"and {_agree(n, 'sends', 'send')} back an equal share of the gradient; together that "
            f"is {result}."
        )
    if isinstance(source, Linear):
        readers = _count(n, "neuron")
        between = "the weight between them"
    else:
        readers = _count(n, "map cell") if bill.source == cell.layer + 1 else _count(n, "cell")
        between = "the kernel weight that met this cell there"
    if n == 1:
        return (
            f"{_capital(readers)} reads it and sends back its gradient times {between}: {result}."
        )
    return (
        f"{_capital(readers)} read it. Each sends back its gradient times {between}; "
        f"added up, that is {result}."
    )


def _agree(n: int, one: str, many: str) -> str:
    return one if n == 1 else many


def _routed_sentence(trace: Trace, bill: Receipt) -> str:
    n, won = len(bill.products), int(np.count_nonzero(bill.factors))
    if won == 0:
        if n > 1:
            return f"It is in {_count(n, 'window')}, and in each another cell won: nothing comes."
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
        f"It is in {_count(n, 'window')} and is the maximum of {_count(won, 'of them', 'of them')}"
        f"; what they send adds up to {total(bill)}."
    )


def _parameter_sentence(trace: Trace, bill: Receipt, layer: Layer) -> str:
    n, result = len(bill.products), total(bill)
    if isinstance(layer, Conv2d):
        uses = f"is used at {_count(n, 'position')}"
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
    n = len(bill.products)
    shown = [
        f"{factor(u) if i else figure(u)} × {factor(f)}"
        for i, (u, f) in enumerate(zip(bill.upstream, bill.factors, strict=True))
    ][:most]
    more = [f"{n - most} more"] if n > most else []
    return f"{' + '.join(shown + more) or '0'} = {total(bill)}"


# --- one value ----------------------------------------------------------------------------------


def making(trace: Trace, cell: Cell) -> str:
    """How a value came about in the forward pass."""
    value, _ = figures(trace, cell)
    parts = reads(trace, cell)
    if parts is None:
        given = "parameter" if cell.parameter else "input"
        return f"{figure(value)} is a given {given}: edit it below."
    i = cell.layer if not isinstance(trace.network.layers[cell.layer], Flatten) else cell.layer - 1
    layer = trace.network.layers[i]
    if isinstance(layer, Activation):
        return f"{layer_title(trace.network, i)} of {figure(parts.values[0])} is {figure(value)}."
    if isinstance(layer, MaxPool2d):
        listed = ", ".join(map(figure, parts.values[:25]))
        return f"{figure(value)} is the largest of the {len(parts.values)} cells {listed}."
    if isinstance(layer, AvgPool2d):
        listed = " + ".join(map(factor, parts.values[:25]))
        divisor = layer.divisor[cell.at % layer.windows.positions]
        return f"The mean of its window: ({listed}) / {figure(divisor)} = {figure(value)}."
    shown = [
        f"{factor(v) if j else figure(v)} × {factor(f)}"
        for j, (v, f) in enumerate(zip(parts.values, parts.factors, strict=True))
    ]
    if len(shown) > 12:
        shown = [*shown[:11], f"{len(shown) - 11} more products"]
    if parts.bias is not None:
        shown.append(f"bias {factor(parts.bias)}")
    return f"Each input times its weight, added up: {' + '.join(shown)} = {figure(value)}."


# --- one step -----------------------------------------------------------------------------------


def step_label(step: Step, trace: Trace) -> str:
    """A step's name under the scrubber."""
    if step.layer is None:
        return {"input": "Input", "start": "Start", "arrive": "Arrive"}[step.phase]
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


def step_sentence(step: Step, trace: Trace) -> str:
    """What happens in a step, in one sentence with the real numbers."""
    network = trace.network
    last = len(network.layers) - 1
    if step.phase == "start":
        return (
            "The forward pass is done: every value is known, and no gradient yet. Press play to "
            "send the gradients back."
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
            return f"The loss is {loss}. It asks each output to change by its gradient: {given}."
        many = trace.gradients[-1].size > 1
        return (
            f"The upstream gradient{'s' if many else ''} {given} arrive{'' if many else 's'} at "
            f"{layer_title(network, last).lower()}."
        )
    below = network.read_by(step.layer)
    bill = _example(trace, below)
    name, result = cell_name(trace, bill.cell), total(bill)
    source = layer_title(network, step.layer)
    kept = np.count_nonzero(trace.gradients[below + 1])
    size = trace.gradients[below + 1].size
    match step.phase:
        case "multiply":
            products = listed(
                [
                    f"{figure(u)} × {factor(f)} = {figure(p)}"
                    for u, f, p in zip(bill.upstream, bill.factors, bill.products, strict=True)
                ],
                4,
            )
            each = "kernel weight" if isinstance(network.layers[step.layer], Conv2d) else "weight"
            return (
                f"Each gradient of {source.lower()} is multiplied by each {each} it came "
                f"through. Towards {_lower(name)}: {products}."
            )
        case "add":
            products = " + ".join(
                [figure(p) if i == 0 else factor(p) for i, p in enumerate(bill.products[:6])]
            )
            more = f" + {len(bill.products) - 6} more" if len(bill.products) > 6 else ""
            added = f"{products}{more} = {result}" if len(bill.products) > 1 else result
            return f"What reaches the same cell adds up. {name} gets {added}."
        case "route":
            winner = _capital(cell_place(trace, bill.cell))
            return (
                f"Each window sends its whole gradient to its maximum: {result} goes to "
                f"{_lower(winner)}, which holds {figure(bill.value)}. The other cells lost and get "
                f"nothing: {kept} of {size} cells are paid."
            )
        case "share":
            return f"Each window shares its gradient equally among its cells. {name} gets {result}."
        case "pass":
            slope = bill.factors[0]
            blocked = int(np.count_nonzero(trace.tapes[step.layer] == 0))
            through = "unchanged" if slope == 1 else f"times its slope {figure(slope)}"
            stopped = (
                f"{_capital(_count(blocked, 'cell'))} where it is flat "
                f"{_agree(blocked, 'lets', 'let')} nothing through."
                if blocked
                else "No cell blocks."
            )
            return (
                f"{source} passes each gradient {through} where it has a slope: "
                f"{figure(bill.upstream[0])} at {cell_place(trace, bill.cell)}. {stopped}"
            )
        case _:
            weight = _example_parameter(trace, step.layer)
            uses = _count(len(weight.products), "position")
            if isinstance(network.layers[step.layer], Conv2d):
                return (
                    f"The same kernel was used at {uses}, so each of its weights adds up what all "
                    f"of them ask for: {_lower(cell_name(trace, weight.cell))} gets "
                    f"{total(weight)}."
                )
            return (
                "Each weight gets the gradient after it times the value before it: "
                f"{_lower(cell_name(trace, weight.cell))} gets {sum_line(weight)}."
            )


def _example(trace: Trace, layer: int) -> Receipt:
    """The cell that shows a step best: the first with the most products that are not 0."""
    gradient = trace.gradients[layer + 1].reshape(-1)
    candidates = [int(at) for at in np.flatnonzero(gradient)[:64]] or [0]
    bills = [receipt(trace, Cell(layer, at)) for at in candidates]
    return max(bills, key=lambda bill: int(np.count_nonzero(bill.products)))


def _example_parameter(trace: Trace, layer: int) -> Receipt:
    gradient = np.abs(trace.parameters[layer]["weight"].reshape(-1))
    return receipt(trace, Cell(layer, int(gradient.argmax()), "weight"))


def listed(words: list[str], most: int = 12) -> str:
    """«2, 3 and 6»."""
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _lower(text: str) -> str:
    return text if text[:2].isupper() or text.startswith("ReLU") else text[:1].lower() + text[1:]


def shape_words(shape: Shape) -> str:
    """«5 × 5», «3 channels of 64 × 64» or «3»."""
    plane = (
        f"{shape[-2]}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{shape[-1]}"
        if len(shape) > 1
        else f"{shape[0]}"
    )
    outer = math.prod(shape[:-2])
    if outer == 1:
        return plane
    return f"{outer} {'channels' if len(shape) == 3 else 'kernels'} of {plane}"


def onward_sentence(trace: Trace, bill: Receipt) -> str:
    """Where this gradient goes next."""
    cell, result = bill.cell, total(bill)
    if cell.parameter is not None:
        return (
            f"It stops here: this is how the loss depends on this {_own(cell)}. A step of gradient "
            "descent would move it the other way."
            if trace.network.head.is_loss
            else f"It stops here: this is what the upstream gradients ask of this {_own(cell)}."
        )
    if cell.layer < 0:
        return "It stops here: the input is where the network begins."
    parts = reads(trace, cell)
    assert parts is not None
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
        others = _count(len(parts.cells) - 1, "other cell")
        rest = f" The {others} of its window lost and get nothing." if len(parts.cells) > 1 else ""
        return f"All of {result} goes to {cell_place(trace, best)} of {below}, which holds {held}.{rest}"
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
        f"It goes on to the {_count(len(parts.cells), 'cell')} of {below} that it was made of, "
        f"times the {'weight' if layer.parameters else 'share'} of each{own}."
    )


def _own(cell: Cell) -> str:
    return "bias" if cell.parameter == "bias" else "weight"
