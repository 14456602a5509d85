"""The margins of max-pooling windows in figures and words."""

import math

import numpy as np
from typing_extensions import TypedDict

from app.document.arrays import IndexMap, Map, MarginMap, MaskMap
from app.engine.layers import max_pools
from app.engine.margins import Margins, margins, maxima, rise
from app.engine.network import Trace
from app.engine.receipt import Cell
from app.explain.cells import CellAnswer, cell_json
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say


class PoolAnswer(TypedDict):
    """The margins of one max-pooling layer, each array [C][OH][OW], or [C][OL]."""

    layer: int
    winners: IndexMap
    """The winners as in the trace."""
    runners_up: list[list[int | None]] | Map[int | None]
    """The cells with the second largest values, in the same form; null in a window of one cell."""
    margins: MarginMap
    """How much the runner-up must rise to win."""
    equality: MaskMap
    """Whether rising by exactly the margin is enough."""
    tied: MaskMap
    sentence: str


class WindowAnswer(TypedDict):
    """One window, named by its output cell."""

    layer: int
    index: list[int]
    winner: CellAnswer
    maxima: list[CellAnswer]
    """All cells that hold the maximum."""
    runner_up: CellAnswer | None
    margin: float | None
    equality: bool
    tied: bool
    rise: float | None
    """How much the requested cell must rise to win here; if negative, how much it may fall."""
    sentence: str


class MarginsAnswer(TypedDict):
    """The margins of all max-pooling layers."""

    layers: list[PoolAnswer]
    windows: list[WindowAnswer]
    """The windows that concern the requested cell, if one is requested."""


def margins_json(trace: Trace, cell: Cell | None) -> MarginsAnswer:
    """Every max-pooling layer's margins, and the windows that concern one cell."""
    pools = {i: margins(trace, i) for i in max_pools(trace.network.layers)}
    return {
        "layers": [_layer_json(trace, of) for of in pools.values()],
        "windows": [] if cell is None else _windows(trace, pools, cell),
    }


def _layer_json(trace: Trace, of: Margins) -> PoolAnswer:
    runners_up = of.runner_up.astype(object)
    runners_up[of.runner_up < 0] = None
    return {
        "layer": of.layer,
        "winners": of.winner,
        "runners_up": runners_up.tolist(),
        "margins": np.where(np.isinf(of.margin), np.nan, of.margin),
        "equality": of.equality_is_enough,
        "tied": of.tied,
        "sentence": layer_sentence(trace, of),
    }


def layer_sentence(trace: Trace, of: Margins) -> str:
    """A sentence about how many windows are tied, and which window has the smallest margin."""
    layer, tied = sentences.layer_title(trace.network, of.layer), int(of.tied.sum())
    if tied > 1:
        sentence = say("margins.several_tied", layer=layer, tied=tied, n=of.tied.size)
    else:
        key = "margins.one_tied" if tied else "margins.none_tied"
        sentence = say(key, layer=layer, n=of.tied.size)
    near = np.where(of.tied, np.inf, of.margin).reshape(-1)
    closest = int(near.argmin())
    if not np.isfinite(near[closest]):
        return sentence
    window = sentences.cell_place(trace, Cell(of.layer, closest))
    return f"{sentence} {say('margins.closest', window=window, margin=figure(near[closest]))}"


def _windows(trace: Trace, pools: dict[int, Margins], cell: Cell) -> list[WindowAnswer]:
    """The window that the cell is the output of, and then the windows that read the cell."""
    if cell.parameter is not None:
        return []
    answers = []
    if cell.layer in pools:
        answers.append(_window_json(trace, pools[cell.layer], cell.at, None))
    for reader, _ in trace.network.readers_of(cell.layer):
        if reader not in pools:
            continue
        pool = trace.network.layers[reader]
        read_at = pool.contributions_to(trace.tapes[reader], np.array([cell.at])).outputs
        answers += [_window_json(trace, pools[reader], at, cell) for at in read_at.tolist()]
    return answers


def _window_json(trace: Trace, of: Margins, at: int, cell: Cell | None) -> WindowAnswer:
    below = trace.network.read_by(of.layer)
    place = sentences.index_of(trace, Cell(of.layer, at))
    runner_up, margin = int(of.runner_up[place]), float(of.margin[place])
    held = maxima(trace, of.layer).get(place, [int(of.winner[place])])
    needed = np.inf if cell is None else rise(trace, of, at, cell.at)[0]
    return {
        "layer": of.layer,
        "index": list(place),
        "winner": cell_json(trace, _in_channel(trace, below, place[0], int(of.winner[place]))),
        "maxima": [cell_json(trace, _in_channel(trace, below, place[0], flat)) for flat in held],
        "runner_up": None
        if runner_up < 0
        else cell_json(trace, _in_channel(trace, below, place[0], runner_up)),
        "margin": margin if np.isfinite(margin) else None,
        "equality": bool(of.equality_is_enough[place]),
        "tied": bool(of.tied[place]),
        "rise": needed if np.isfinite(needed) else None,
        "sentence": window_sentence(trace, of, at)
        if cell is None
        else rise_sentence(trace, of, at, cell),
    }


def window_sentence(trace: Trace, of: Margins, at: int) -> str:
    """A sentence about the winner, the runner-up, and the change that would switch them."""
    pool = max_pools(trace.network.layers)[of.layer]
    place = sentences.index_of(trace, Cell(of.layer, at))
    below = trace.network.read_by(of.layer)

    def name(flat: int) -> str:
        return sentences.cell_place(trace, _in_channel(trace, below, place[0], flat))

    top = figure(trace.values[of.layer + 1][place])
    winner = name(int(of.winner[place]))
    if of.tied[place]:
        cells = sentences.listed([name(flat) for flat in maxima(trace, of.layer)[place]])
        return say("margins.tied", pool.ties, cells=cells, value=top, winner=winner)
    runner_up = int(of.runner_up[place])
    if runner_up < 0:
        return say("margins.alone", winner=winner)
    return say(
        "margins.held" if of.equality_is_enough[place] else "margins.held_more",
        winner=winner,
        value=top,
        next=name(runner_up),
        margin=figure(of.margin[place]),
    )


def rise_sentence(trace: Trace, of: Margins, at: int, cell: Cell) -> str:
    """A sentence about how much a cell must rise to win a window, or may fall and still win it."""
    window = sentences.cell_name(trace, Cell(of.layer, at))
    needed, equality = rise(trace, of, at, cell.at)
    if np.isneginf(needed):
        return say("margins.cell.alone", window=window)
    if needed == 0:
        pool, tape = trace.network.layers[of.layer], trace.tapes[of.layer]
        reads = pool.contributions_to(tape, np.array([cell.at]))
        is_paid = reads.derivatives[reads.outputs == at].any()
        return say("margins.cell.tied_paid" if is_paid else "margins.cell.tied", window=window)
    won = "won" if needed < 0 else "lost"
    key = won if equality else f"{won}_more"
    return say("margins.cell", key, window=window, by=figure(abs(needed)))


def _in_channel(trace: Trace, below: int, channel: int, flat: int) -> Cell:
    shape = trace.network.shape_of(below)
    return Cell(below, channel * math.prod(shape[1:]) + flat)
