"""How firmly windows hold their maxima."""

from typing import Any

import numpy as np

from app import wording
from app.engine.layers import MaxPool2d
from app.engine.margins import Margins, margins, maxima, rise
from app.engine.network import Trace
from app.engine.receipt import Cell
from app.explaining.cells import cell_json
from app.figures import figure


def margins_json(trace: Trace, cell: Cell | None) -> dict[str, Any]:
    """Every max-pooling layer's margins, and the windows that concern one cell."""
    found = {
        i: margins(trace, i)
        for i, layer in enumerate(trace.network.layers)
        if isinstance(layer, MaxPool2d)
    }
    return {
        "layers": [_layer_json(trace, of) for of in found.values()],
        "windows": [] if cell is None else _windows(trace, found, cell),
    }


def _layer_json(trace: Trace, of: Margins) -> dict[str, Any]:
    runners = of.runner_up.astype(object)
    runners[of.runner_up < 0] = None
    return {
        "layer": of.layer,
        "winners": of.winner,
        "runners_up": runners.tolist(),
        "margins": np.where(np.isinf(of.margin), np.nan, of.margin),
        "equality": of.equality_is_enough,
        "tied": of.tied,
        "sentence": layer_sentence(trace, of),
    }


def layer_sentence(trace: Trace, of: Margins) -> str:
    """How many windows are tied, and which one is the closest."""
    name, tied = wording.layer_title(trace.network, of.layer), int(of.tied.sum())
    windows = "window" if of.tied.size == 1 else "windows"
    said = (
        f"{name}: {tied or 'none'} of {of.tied.size} {windows} {'is' if tied < 2 else 'are'} tied."
    )
    near = np.where(of.tied, np.inf, of.margin).reshape(-1)
    closest = int(near.argmin())
    if np.isfinite(near[closest]):
        place = wording.cell_place(trace, Cell(of.layer, closest))
        said += f" The closest call is {place}: its maximum leads by {figure(near[closest])}."
    return said


def _windows(trace: Trace, found: dict[int, Margins], cell: Cell) -> list[dict[str, Any]]:
    """The window a pooled cell is the maximum of, then the windows that read the cell."""
    if cell.parameter is not None:
        return []
    answers = []
    if cell.layer in found:
        answers.append(_window_json(trace, found[cell.layer], cell.at, None))
    reader = trace.network.reader_of(cell.layer)
    if reader is not None and reader in found:
        pool = trace.network.layers[reader]
        read_at = pool.contributions_to(trace.tapes[reader], cell.at).outputs
        answers += [_window_json(trace, found[reader], at, cell) for at in read_at.tolist()]
    return answers


def _window_json(trace: Trace, of: Margins, at: int, cell: Cell | None) -> dict[str, Any]:
    below = trace.network.read_by(of.layer)
    window = Cell(of.layer, at)
    place = wording.index_of(trace, window)
    runner_up, margin = int(of.runner_up[place]), float(of.margin[place])
    held = maxima(trace, of.layer).get(place, [int(of.winner[place])])
    answer = {
        **cell_json(trace, window),
        "winner": cell_json(trace, _in_channel(trace, below, place[0], int(of.winner[place]))),
        "maxima": [cell_json(trace, _in_channel(trace, below, place[0], flat)) for flat in held],
        "runner_up": None
        if runner_up < 0
        else cell_json(trace, _in_channel(trace, below, place[0], runner_up)),
        "margin": margin if np.isfinite(margin) else None,
        "equality": bool(of.equality_is_enough[place]),
        "tied": bool(of.tied[place]),
    }
    if cell is None:
        return {**answer, "rise": None, "sentence": window_sentence(trace, of, at)}
    needed, _ = rise(trace, of, at, cell.at)
    return {
        **answer,
        "rise": needed if np.isfinite(needed) else None,
        "sentence": rise_sentence(trace, of, at, cell),
    }


def window_sentence(trace: Trace, of: Margins, at: int) -> str:
    """Who holds a window, who comes next, and what it takes for the route to switch."""
    pool = trace.network.layers[of.layer]
    assert isinstance(pool, MaxPool2d)
    place = wording.index_of(trace, Cell(of.layer, at))
    below = trace.network.read_by(of.layer)

    def name(flat: int) -> str:
        return wording.cell_place(trace, _in_channel(trace, below, place[0], flat))

    top = figure(trace.values[of.layer + 1][place])
    if of.tied[place]:
        held = maxima(trace, of.layer)[place]
        who = {
            "first": f"the first of them, {name(int(of.winner[place]))}, takes the gradient",
            "last": f"the last of them, {name(int(of.winner[place]))}, takes the gradient",
            "split": "they share the gradient evenly",
            "all": "each of them is given the whole gradient",
        }[pool.ties]
        return f"Tied: {wording.listed([name(flat) for flat in held])} hold {top}, and {who}."
    winner, runner_up = name(int(of.winner[place])), int(of.runner_up[place])
    if runner_up < 0:
        return f"{wording.capital(winner)} is alone in the window: it always holds the maximum."
    return (
        f"{wording.capital(winner)} holds the maximum, {top}. Next is {name(runner_up)}: "
        f"{_threshold(of, place)}."
    )


def _threshold(of: Margins, place: tuple[int, ...]) -> str:
    margin = figure(of.margin[place])
    if of.equality_is_enough[place]:
        return f"if it rises by {margin}, the route switches"
    return f"if it rises by more than {margin}, the route switches"


def rise_sentence(trace: Trace, of: Margins, at: int, cell: Cell) -> str:
    """What a cell is short of in one window, or how much it can lose and still be paid."""
    window = wording.cell_name(trace, Cell(of.layer, at))
    needed, equality = rise(trace, of, at, cell.at)
    if np.isneginf(needed):
        return f"{window}: it is alone in the window and always wins."
    if needed == 0:
        paid = trace.network.layers[of.layer].contributions_to(trace.tapes[of.layer], cell.at)
        if paid.derivatives[paid.outputs == at].any():
            return f"{window}: it is tied for the maximum and paid; if it falls at all, it loses."
        return f"{window}: it is tied for the maximum; if it rises at all, it wins."
    by = figure(abs(needed))
    if needed < 0:
        lost = f"by {by}" if equality else f"by more than {by}"
        return f"{window}: it wins, and would lose if it fell {lost}."
    won = f"by {by}" if equality else f"by more than {by}"
    return f"{window}: it lost, and would win if it rose {won}."


def _in_channel(trace: Trace, below: int, channel: int, flat: int) -> Cell:
    shape = trace.network.shape_of(below)
    return Cell(below, channel * shape[1] * shape[2] + flat)
