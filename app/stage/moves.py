"""The products that travel in each step and to each parameter, for the stage to draw."""

import math
from itertools import groupby
from typing import NotRequired

import numpy as np
from typing_extensions import TypedDict

from app.engine.network import Reader, Trace
from app.engine.receipt import Cell, inputs_multiplied, receipt_of
from app.engine.timeline import Moves, Step, backward, moves
from app.engine.types import Array, Index
from app.stage.bundles import LARGEST, BundleAnswer, ChannelAnswer, bundles, channel_sums
from app.stage.channels import OpenChannels
from app.text import sentences

MAX_POSITIONS = 64
"""With more positions on a map, the page requests the moves of its weights separately."""


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
    weights: NotRequired[list[int]]
    """Where padding copies cells: the weight (flat) of each product."""
    bundles: NotRequired[dict[str, BundleAnswer]]
    """By target, where there are many; of a convolution, ``channels``."""
    channels: NotRequired[dict[str, list[ChannelAnswer]]]
    """Of a convolution with several channels or many products: by target, what each sends."""
    reads: NotRequired[str]
    """For a parameter: the grid that its layer reads."""
    met: NotRequired[list[int]]
    """For a parameter: the cell of that grid that it multiplied for each output; −1 on padding, and
    for a bias."""


def all_moves(channels: OpenChannels) -> dict[str, MovesAnswer | None]:
    """What travels in each step, and to the weights that the sentences mention."""
    trace = channels.trace
    return {
        key: moves_json(trace, step.layer, _travelling(channels, step), step.phase == "skip")
        for step in backward(trace)
        if step.layer is not None and (key := moves_key(step)) and step.phase != "multiply"
    } | _weight_moves(channels)


def _weight_moves(channels: OpenChannels) -> dict[str, MovesAnswer | None]:
    """The moves of the weights over maps that the steps' sentences mention, if they are few.

    The page requests the moves of other weights, and those of large maps, when it shows them.
    """
    trace = channels.trace
    found: dict[str, MovesAnswer | None] = {}
    for step in backward(trace):
        if step.phase != "parameters" or step.layer is None:
            continue
        shape = trace.network.shape_of(step.layer)
        if len(shape) < 2 or math.prod(shape[1:]) > MAX_POSITIONS:
            continue
        example = sentences.step_example(step, trace, channels.goal(step), None)
        if example is not None and example.parameter:
            key = f"{example.layer}.{example.parameter}"
            found[key] = parameter_moves_json(trace, example)
    return found


def moves_key(step: Step) -> str | None:
    """Under which key a picture has what travels in a step."""
    if step.layer is None or step.phase in ("forward", "parameters"):
        return None
    return reader_key(Reader(step.layer, step.skips))


def reader_key(reader: Reader) -> str:
    """The same for a layer, and for its skip connection."""
    return f"{reader.layer}.from" if reader.skips else str(reader.layer)


def _travelling(channels: OpenChannels, step: Step) -> Moves | None:
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
        "upstream": flat_list(moving.upstream),
        "factors": flat_list(moving.factors),
        "products": flat_list(moving.products),
        "running": flat_list(moving.running),
    }
    if trace.network.layers[layer].repeats > 1:
        between = trace.network.layers[layer].weights_between
        # The products between the same two cells follow each other.
        pairs = groupby(zip(answer["sources"], answer["targets"], strict=True))
        answer["weights"] = [weight for pair, _ in pairs for weight in between(*pair)]
    _add_bundles(answer, trace, layer, moving.sources, moving.targets, moving.products)
    return answer


def _add_bundles(
    answer: MovesAnswer, trace: Trace, layer: int, sources: Index, targets: Index, products: Array
) -> None:
    """Add how many products are drawn; nothing where all of them are drawn one by one."""
    if trace.network.layers[layer].family != "convolution":
        if many := bundles(targets, products):
            answer["bundles"] = {str(at): bundle for at, bundle in many.items()}
        return
    channels, *plane = trace.network.shape_of(layer)
    most = np.unique(targets, return_counts=True)[1].max(initial=0)
    if channels > 1 or most > LARGEST:
        sums = channel_sums(sources, targets, products, math.prod(plane))
        answer["channels"] = {str(at): each for at, each in sums.items()}


def parameter_moves_json(trace: Trace, cell: Cell) -> MovesAnswer:
    """The products of one parameter's gradient, as moves from its layer's output.

    Of a batch, those of the shown example; their sums begin at what earlier examples brought.
    """
    receipt = receipt_of(trace, cell)
    own = receipt.of_example(trace.at)
    sources, products = receipt.sources[own], receipt.products[own]
    inputs = inputs_multiplied(trace, cell, sources)
    answer: MovesAnswer = {
        "source": str(cell.layer),
        "target": f"{cell.layer}.{cell.parameter}",
        "sources": sources.tolist(),
        "targets": [cell.at] * len(sources),
        "upstream": flat_list(receipt.upstream[own]),
        "factors": flat_list(receipt.factors[own]),
        "products": flat_list(products),
        "running": flat_list(np.cumsum(receipt.products)[own]),
        "reads": str(trace.network.read_by(cell.layer)),
        "met": [-1 if each is None else each.at for each in inputs],
    }
    _add_bundles(answer, trace, cell.layer, sources, np.full(len(sources), cell.at), products)
    return answer


def flat_list(array: Array) -> list[float]:
    """All numbers of an array in C order; −0 as 0."""
    flat: list[float] = (array.reshape(-1) + 0.0).tolist()
    return flat
