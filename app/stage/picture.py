"""The stage's picture of a trace: grids of values and gradients, and the steps of both passes."""

import math
from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property
from typing import NotRequired

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from app.engine.layers import max_pools
from app.engine.network import Network, Trace
from app.engine.receipt import Cell
from app.engine.types import Array, Shape, is_open
from app.engine.zeros import Codes, zeros_of_cells, zeros_of_parameter
from app.stage.batch import BatchAnswer, batch_json
from app.stage.channels import OpenChannels, Plane, in_maps
from app.stage.losses import ComparedAnswer, compared
from app.stage.moves import MovesAnswer, all_moves, flat_list
from app.stage.normalized import NormalizedAnswer, normalized
from app.stage.windows import Ring, WindowsAnswer, ring_around, windows_json
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say

Levels = NDArray[np.int8]

MAX_COLUMN = 8
"""The most neurons of one column."""


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
    def largest(self) -> tuple[float, float]:
        """(largest |value|, largest |gradient|), the ends of its colour scales."""
        value, gradient = (float(np.abs(a).max()) or 1.0 for a in (self.value, self.gradient))
        return value, gradient

    @property
    def levels(self) -> tuple[Levels, Levels]:
        """Values and gradients as int8, where ±127 stands for ``largest``."""
        value, gradient = (
            np.rint(127 * (array / largest)).astype(np.int8)
            for array, largest in zip((self.value, self.gradient), self.largest, strict=True)
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
    """Every array to draw in reading order: the input, then each layer's parameters and output.

    Of a batch, cells are those of the shown example, and gradients of parameters are sums over all.
    """
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
                    _note_of_parameter(trace, array.shape),
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
        ("input", *example_place(trace)) if layer < 0 else None,
        trace.values[layer + 1],
        trace.gradients[layer + 1],
        zeros_of_cells(trace, layer),
        won,
        channels.output(layer),
        ring_around(network, layer),
    )


def _note_of_parameter(trace: Trace, shape: Shape) -> str:
    size = sentences.parameter_words(shape)
    if trace.batch is None:
        return size
    return say("batch.summed", size=size, n=trace.batch.network.examples or 1)


def _note(network: Network, layer: int) -> str:
    note = sentences.output_words(network.shape_of(layer))
    slides = network.layers[layer] if layer >= 0 else None
    if slides is None or slides.slide is None:
        return note
    if not slides.parameters:  # a kernel already shows the size of the windows
        windows = slides.slide.windows
        window = sentences.side_words(windows.kernel[-windows.axes :])
        note = say("note.window", size=note, window=window)
    for name, sides in sentences.options_of(slides.slide):
        note = say("note.slides", name, note=note, sides=sides)
    return note


def example_place(trace: Trace) -> tuple[int, ...]:
    """Where the numbers of the shown example of a batch stand in an array of the document."""
    return () if trace.batch is None else (trace.at,)


def _head(trace: Trace) -> Grid:
    head, gradient = trace.network.head, trace.gradients[-1]
    if trace.probabilities is None:
        field, value = head.beside
        path: tuple[str | int, ...] | None = (
            ("head", field, *example_place(trace)) if field else None
        )
    else:
        value, path = trace.probabilities, None
    codes: Codes = [None if g else "settled" if head.is_loss else "upstream"
                    for g in gradient.reshape(-1).tolist()]  # fmt: skip
    title = say("heads", head.name, "title")
    note = say("heads", head.name, "note", loss=figure((trace.batch or trace).loss or 0.0))
    plane = Plane(in_maps(gradient.shape))
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
    """All values and all gradients as int8, base64, for thumbnails; ±127 stands for ``largest``."""
    stopped: NotRequired[dict[str, int]]
    """How many cells of a whole large layer get no gradient because they lost, or are blocked."""
    compared: NotRequired[ComparedAnswer]
    """Of a loss that compares each output with its target."""
    normalized: NotRequired[NormalizedAnswer]
    """Of a batch normalization."""


class PictureAnswer(TypedDict):
    """Everything that the stage draws."""

    batch: BatchAnswer | None
    """The shown example of a batch; null where the network has one example."""

    loss: float | None
    open: dict[str, int]
    """The open channel of each layer that makes channels."""
    grids: list[GridAnswer]
    signs: list[str]
    """What the legend explains: the reasons of zeros in all arrays, «weight» and «won»."""
    moves: dict[str, MovesAnswer | None]
    """By layer, and «2.from» by the skip connection of layer 2; null where nothing travels, or too
    much to list."""


def picture(channels: OpenChannels, drawn: list[Grid]) -> PictureAnswer:
    """The picture's numbers as JSON."""
    trace = channels.trace
    return {
        "batch": batch_json(trace),
        "loss": (trace.batch or trace).loss,
        "open": {str(layer): at for layer, at in channels.by_layer.items()},
        "grids": [grid_json(grid, trace) for grid in drawn],
        "signs": _signs(drawn),
        "moves": all_moves(channels),
    }


def _signs(drawn: list[Grid]) -> list[str]:
    signs: set[str] = {code for grid in drawn for code in grid.zero if code}
    if any(grid.parameter == "weight" for grid in drawn):
        signs.add("weight")
    if any(grid.won for grid in drawn):
        signs.add("won")
    return sorted(signs)


def grid_json(grid: Grid, trace: Trace) -> GridAnswer:
    """One array of the picture as JSON."""
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
        "most": grid.largest,
        "value": flat_list(grid.value.reshape(-1)[grid.drawn]),
        "gradient": flat_list(grid.gradient.reshape(-1)[grid.drawn]),
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
    if not grid.parameter and (between := normalized(trace, grid.layer, grid.drawn)):
        answer["normalized"] = between
    return answer


def cell_of(grid: Grid, at: int, network: Network) -> Cell:
    """The engine's cell of a drawn cell; a cell of the head stands for its output cell."""
    return Cell(len(network.layers) - 1 if grid.layer is None else grid.layer, at, grid.parameter)
