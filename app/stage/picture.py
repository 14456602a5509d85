"""The stage's picture of a trace: grids of values and gradients, and the steps of both passes."""

import math
import weakref
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import prod
from threading import Lock
from typing import NotRequired

import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray
from typing_extensions import TypedDict

from app.engine.layers import max_pools
from app.engine.network import Network, Reader, Trace
from app.engine.receipt import Cell, input_met, inputs_met, receipt_of
from app.engine.timeline import Moves, Phase, Step, backward, forward, moves
from app.engine.types import Array, Shape, is_open
from app.engine.zeros import Codes, zeros_of_cells, zeros_of_parameter
from app.stage.bundles import BundleAnswer, bundles
from app.stage.channels import OpenChannels, Plane
from app.stage.losses import ComparedAnswer, compared
from app.stage.pairs import PairAnswer, pair_json
from app.stage.windows import Ring, WindowsAnswer, ring_around, windows_json
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import Language, say, spoken

Levels = NDArray[np.int8]

MAX_COLUMN = 8
"""The most neurons of one column."""
MAX_TOLD = 4096
"""Steps in words that are kept, of about 1 kB each: those of 200 lessons."""
MAX_POSITIONS = 64
"""With more positions of a kernel, the page requests the moves of its weights separately."""


@dataclass(frozen=True)
class Grid:
    """One array of the picture. ``key`` names it: «0», «0.weight» or «head»; −1 is the input."""

    key: str
    layer: int | None
    """None for the head."""
    parameter: str | None
    title: str
    owner: str
    """A prefix of a parameter's title such as «Convolution: »; empty for a layer's output."""
    note: str
    path: tuple[str | int, ...] | None
    """The place of its values in the document; None for computed values."""
    value: Array
    gradient: Array
    zero: Codes
    won: list[bool] | None
    """Whether each cell wins a window of the max pool that reads it; None without a max pool."""
    plane: Plane
    """The part of the array that is drawn."""
    ring: Ring | None = None
    """The padding that the next layer adds around it."""

    @property
    def shape(self) -> Shape:
        """The shape of both arrays."""
        return self.value.shape

    @property
    def drawn(self) -> slice:
        """The flat cells of its plane."""
        return slice(self.plane.cells.start, self.plane.cells.stop)

    @cached_property
    def most(self) -> tuple[float, float]:
        """(largest |value|, largest |gradient|), the ends of its colour scales."""
        value, gradient = (float(np.abs(a).max()) or 1.0 for a in (self.value, self.gradient))
        return value, gradient

    @property
    def levels(self) -> tuple[Levels, Levels]:
        """Values and gradients as int8, where ±127 stands for ``most``."""
        value, gradient = (
            np.rint(127 * (array / most)).astype(np.int8)
            for array, most in zip((self.value, self.gradient), self.most, strict=True)
        )
        return value, gradient

    @property
    def columns(self) -> int:
        """Its drawn width in cells; many neurons are drawn as a rectangle."""
        shape = self.plane.shape
        if len(shape) > 1:
            return shape[-1]
        if shape[0] <= MAX_COLUMN:
            return 1
        root = math.ceil(math.sqrt(shape[0]))
        return next((n for n in range(root, root + root // 2) if shape[0] % n == 0), root)

    @property
    def has_thumbnails(self) -> bool:
        """Whether small pictures of all its channels are drawn beside the open one."""
        return self.parameter is None and self.plane.count > 1


def grids(channels: OpenChannels) -> list[Grid]:
    """Every array to draw in reading order: the input, then each layer's parameters and output."""
    trace = channels.trace
    network = trace.network
    drawn = [_cells(channels, -1)]
    for i, layer in enumerate(network.layers):
        if layer.relabels:
            continue
        for name, array in layer.parameters.items():
            drawn.append(
                Grid(
                    f"{i}.{name}",
                    i,
                    name,
                    say("parameters", sentences.parameter_noun(layer, name)),
                    say("place.owner", layer=sentences.layer_title(network, i)),
                    sentences.shape_words(array.shape),
                    ("layers", i, name),
                    array,
                    trace.parameters[i][name],
                    zeros_of_parameter(trace, i, name),
                    None,
                    channels.parameter(i, name),
                )
            )
        drawn.append(_cells(channels, i))
    drawn.append(_head(trace))
    return drawn


def _cells(channels: OpenChannels, layer: int) -> Grid:
    trace = channels.trace
    network = trace.network
    pools = max_pools(network.layers)
    won = None
    for source, _ in network.readers_of(layer):
        if source in pools:
            paid = pools[source].backward(
                trace.tapes[source], np.ones_like(trace.gradients[source + 1]), is_open
            )
            won = (paid.reshape(-1) > 0).tolist()
    return Grid(
        str(layer),
        layer,
        None,
        sentences.layer_title(network, layer),
        "",
        _note(network, layer),
        ("input",) if layer < 0 else None,
        trace.values[layer + 1],
        trace.gradients[layer + 1],
        zeros_of_cells(trace, layer),
        won,
        channels.output(layer),
        ring_around(network, layer),
    )


def _note(network: Network, layer: int) -> str:
    note = sentences.shape_words(network.shape_of(layer))
    slides = network.layers[layer] if layer >= 0 else None
    if slides is None or slides.slide is None:
        return note
    if not slides.parameters:  # a kernel already shows the size of the windows
        window = sentences.side_words(slides.slide.windows.kernel)
        note = say("note.window", size=note, window=window)
    for name, sides in sentences.options_of(slides.slide):
        note = say("note.slides", name, note=note, sides=sides)
    return note


def _head(trace: Trace) -> Grid:
    head, gradient = trace.network.head, trace.gradients[-1]
    if trace.probabilities is None:
        field, value = head.beside
        path: tuple[str | int, ...] | None = ("head", field) if field else None
    else:
        value, path = trace.probabilities, None
    codes: Codes = [None if g else "settled" if head.is_loss else "upstream"
                    for g in gradient.reshape(-1).tolist()]  # fmt: skip
    title = say("heads", head.name, "title")
    note = say("heads", head.name, "note", loss=figure(trace.loss or 0.0))
    plane = Plane(gradient.shape)
    return Grid("head", None, None, title, "", note, path, value, gradient, codes, None, plane)


class GridAnswer(TypedDict):
    """The drawn part of one array, flat."""

    key: str
    title: str
    note: str
    shape: Shape
    """The shape of the whole array."""
    first: int
    """The flat index of the first drawn cell in the whole array."""
    drawn: Shape
    """The shape of the drawn part."""
    columns: int
    """The drawn width in cells."""
    planes: int
    """The number of planes; one of them is drawn."""
    editable: bool
    most: tuple[float, float]
    """[largest |value|, largest |gradient|] of the whole array."""
    value: list[float]
    gradient: list[float]
    zero: Codes
    won: list[bool] | None
    ring: Ring | None
    windows: WindowsAnswer | None
    levels: NotRequired[list[str]]
    """All values and all gradients as int8, base64, for thumbnails; ±127 stands for ``most``."""
    stopped: NotRequired[dict[str, int]]
    """How many cells of a whole large layer get no gradient because they lost, or are blocked."""
    compared: NotRequired[ComparedAnswer]
    """Of a loss that compares each output with its target."""


class MovesAnswer(TypedDict):
    """The products that move through a layer, as flat arrays with an entry per product."""

    source: str
    target: str
    sources: list[int]
    targets: list[int]
    upstream: list[float]
    factors: list[float]
    products: list[float]
    running: list[float]
    """The target's sum after this product is added."""
    bundles: NotRequired[dict[str, BundleAnswer]]
    """By target, where there are many; a kernel's products are drawn over its map instead."""
    reads: NotRequired[str]
    """For a parameter: the grid that its layer reads."""
    met: NotRequired[list[int]]
    """For a parameter: the cell of that grid that it multiplied for each output; −1 on padding, and
    for a bias."""


class PictureAnswer(TypedDict):
    """Everything that the stage draws."""

    loss: float | None
    open: dict[str, int]
    """The open channel of each layer that makes channels."""
    grids: list[GridAnswer]
    moves: dict[str, MovesAnswer | None]
    """By layer, and «2.from» by the skip connection of layer 2; null where nothing travels, or too
    much to list."""


class PlaceAnswer(TypedDict):
    """A drawn cell: its grid, and its flat index there."""

    key: str
    at: int


class MeetingAnswer(TypedDict):
    """The largest product of a weight's gradient."""

    output: PlaceAnswer
    """The cell whose gradient is the upstream gradient."""
    input: PlaceAnswer | None
    """The cell whose value is the local derivative; null on padding."""
    upstream: float
    factor: float
    is_all: bool
    """Whether all other products are 0."""


class StepAnswer(TypedDict):
    """One step of a pass: the arrays that are known after it, and its sentence."""

    phase: Phase
    layer: int | None
    moves: str | None
    """Which moves it shows; null where none are listed."""
    gradients_from: int
    parameters_from: int
    values_to: int
    label: str
    sentence: str
    example: PlaceAnswer | None
    """The cell that the sentence is about."""
    pair: PairAnswer | None
    meeting: MeetingAnswer | None


class StoryAnswer(TypedDict):
    """The steps of both passes."""

    forward: list[StepAnswer]
    steps: list[StepAnswer]
    """The steps of the backward pass."""
    longest: str
    """The longest sentence; the page reserves room for it."""


def picture(channels: OpenChannels, drawn: list[Grid]) -> PictureAnswer:
    """The picture's numbers as JSON."""
    trace = channels.trace
    return {
        "loss": trace.loss,
        "open": {str(layer): at for layer, at in channels.by_layer.items()},
        "grids": [_grid(grid, trace) for grid in drawn],
        "moves": {
            key: moves_json(trace, step.layer, _moves(channels, step), step.phase == "skip")
            for step in backward(trace)
            if step.layer is not None and (key := moves_key(step)) and step.phase != "multiply"
        }
        | _kernel_moves(channels),
    }


def _kernel_moves(channels: OpenChannels) -> dict[str, MovesAnswer | None]:
    """The moves of the kernel weights that the steps' sentences mention, if they are few.

    The page requests the moves of other weights, and those of large maps, when it shows them.
    """
    trace = channels.trace
    moves: dict[str, MovesAnswer | None] = {}
    for step in backward(trace):
        if step.phase != "parameters" or step.layer is None:
            continue
        layer = trace.network.layers[step.layer]
        if layer.slide is None or prod(trace.network.shape_of(step.layer)[-2:]) > MAX_POSITIONS:
            continue
        below = trace.network.read_by(step.layer)
        example = sentences.step_example(step, trace, channels.output(below).cells, None)
        if example is not None and example.parameter:
            key = f"{example.layer}.{example.parameter}"
            moves[key] = parameter_moves_json(trace, example)
    return moves


def story(channels: OpenChannels, pinned: Cell | None = None) -> StoryAnswer:
    """The steps of both passes with their sentences, which take longer to compute than the numbers.

    A step's sentence is about the pinned cell if the step concerns it.
    """
    ahead, steps = (
        [_step(channels, step, pinned) for step in passed(channels.trace)]
        for passed in (forward, backward)
    )
    longest = max((step["sentence"] for step in ahead + steps), key=len)
    return {"forward": ahead, "steps": steps, "longest": longest}


def _step(channels: OpenChannels, step: Step, pinned: Cell | None) -> StepAnswer:
    trace = channels.trace
    reached = -1 if step.layer is None else trace.network.read_by(step.layer, step.skips)
    if pinned and not sentences.concerns(step, trace, pinned):
        pinned = None
    return _told(weakref.ref(trace), step, channels.output(reached).cells, pinned, spoken())


# A click changes the sentences of a few steps; the others are said again word for word.
@cached(LRUCache(MAX_TOLD), lock=Lock())
def _told(
    trace_of: Callable[[], Trace | None],
    step: Step,
    among: range,
    pinned: Cell | None,
    language: Language,
) -> StepAnswer:
    """A step in words. It refers to its trace weakly, so that a trace is forgotten all the same."""
    trace = trace_of()
    assert trace is not None
    example = sentences.step_example(step, trace, among, pinned)
    return {
        "phase": step.phase,
        "layer": step.layer,
        "moves": moves_key(step),
        "gradients_from": step.gradients_from,
        "parameters_from": step.parameters_from,
        "values_to": step.values_to,
        "label": sentences.step_label(step, trace),
        "sentence": sentences.step_sentence(step, trace, example),
        "pair": pair_json(trace.network, step),
        "example": None if example is None else _place(example),
        "meeting": _meeting(trace, example) if example and example.parameter else None,
    }


def _place(cell: Cell) -> PlaceAnswer:
    key = f"{cell.layer}.{cell.parameter}" if cell.parameter else str(cell.layer)
    return {"key": key, "at": cell.at}


def _meeting(trace: Trace, weight: Cell) -> MeetingAnswer:
    """The largest product of a weight's gradient: its output cell and its input cell."""
    receipt = receipt_of(trace, weight)
    term = int(np.abs(receipt.products).argmax())
    output = int(receipt.sources[term])
    read = input_met(trace, weight, output)
    return {
        "output": _place(Cell(weight.layer, output)),
        "input": None if read is None else _place(read),
        "upstream": float(receipt.upstream[term]) + 0.0,
        "factor": float(receipt.factors[term]) + 0.0,
        "is_all": int(np.count_nonzero(receipt.products)) <= 1,
    }


def _grid(grid: Grid, trace: Trace) -> GridAnswer:
    answer: GridAnswer = {
        "key": grid.key,
        "title": grid.title,
        "note": grid.note,
        "shape": grid.shape,
        "first": grid.plane.first,
        "drawn": grid.plane.shape,
        "columns": grid.columns,
        "planes": grid.plane.count,
        "editable": grid.path is not None,
        "most": grid.most,
        "value": _flat(grid.value.reshape(-1)[grid.drawn]),
        "gradient": _flat(grid.gradient.reshape(-1)[grid.drawn]),
        "zero": grid.zero[grid.drawn],
        "won": grid.won and grid.won[grid.drawn],
        "ring": grid.ring,
        "windows": None if grid.parameter else windows_json(trace.network, grid.layer),
    }
    if grid.has_thumbnails:
        answer["levels"] = [b64encode(levels.tobytes()).decode() for levels in grid.levels]
        answer["stopped"] = {code: grid.zero.count(code) for code in ("lost", "blocked")}
    rows = compared(trace) if grid.layer is None else None
    if rows:
        answer["compared"] = rows
    return answer


def moves_key(step: Step) -> str | None:
    """Under which key a picture has what travels in a step."""
    if step.layer is None or step.phase in ("forward", "parameters"):
        return None
    return reader_key(Reader(step.layer, step.skips))


def reader_key(reader: Reader) -> str:
    """The same for a layer, and for its skip connection."""
    return f"{reader.layer}.from" if reader.skips else str(reader.layer)


def _moves(channels: OpenChannels, step: Step) -> Moves | None:
    """All that travels through a layer, or as much of it as can be watched.

    If all are too many, the moves to the drawn cells; if these are too many, the moves to the cell
    that the step's sentence is about.
    """
    trace = channels.trace
    assert step.layer is not None
    layer, skips = step.layer, step.skips
    below = trace.network.read_by(layer, skips)
    drawn = channels.output(below)
    whole = moves(trace, layer, skips=skips) if drawn.count == 1 else None
    some = whole or moves(trace, layer, drawn.cells, skips)
    if some:
        return some
    return moves(trace, layer, [sentences.example(trace, below, drawn.cells).at], skips)


def moves_json(
    trace: Trace, layer: int, moving: Moves | None, skips: bool = False
) -> MovesAnswer | None:
    """The moves through a layer as flat arrays."""
    if moving is None:
        return None
    answer: MovesAnswer = {
        "source": str(layer),
        "target": str(trace.network.read_by(layer, skips)),
        "sources": moving.sources.tolist(),
        "targets": moving.targets.tolist(),
        "upstream": _flat(moving.upstream),
        "factors": _flat(moving.factors),
        "products": _flat(moving.products),
        "running": _flat(moving.running),
    }
    reader = trace.network.layers[layer]
    if reader.slide is None or not reader.parameters:
        many = bundles(moving.targets, moving.products)
        if many:
            answer["bundles"] = {str(at): bundle for at, bundle in many.items()}
    return answer


def parameter_moves_json(trace: Trace, cell: Cell) -> MovesAnswer:
    """The products of one parameter's gradient, as moves from its layer's output."""
    receipt = receipt_of(trace, cell)
    inputs = inputs_met(trace, cell, receipt.sources)
    return {
        "source": str(cell.layer),
        "target": f"{cell.layer}.{cell.parameter}",
        "sources": receipt.sources.tolist(),
        "targets": [cell.at] * len(receipt.sources),
        "upstream": _flat(receipt.upstream),
        "factors": _flat(receipt.factors),
        "products": _flat(receipt.products),
        "running": _flat(np.cumsum(receipt.products)),
        "reads": str(trace.network.read_by(cell.layer)),
        "met": [-1 if each is None else each.at for each in inputs],
    }


def _flat(array: Array) -> list[float]:
    flat: list[float] = (array.reshape(-1) + 0.0).tolist()
    return flat


def cell_of(grid: Grid, at: int, network: Network) -> Cell:
    """The engine's cell of a drawn cell; a cell of the head stands for its output cell."""
    return Cell(len(network.layers) - 1 if grid.layer is None else grid.layer, at, grid.parameter)
