"""The paths of a cell in figures and words."""

from typing import Literal

from typing_extensions import TypedDict

from app.engine.network import Trace
from app.engine.paths import EXACT, Path, Paths, Stop
from app.engine.receipt import receipt_of
from app.engine.types import Zero
from app.explain.cells import CellAnswer, cell_json
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say


class StopAnswer(TypedDict):
    """How many blocked paths end at one layer: at the zero nearest the loss."""

    layer: int | Literal["head"]
    zero: Zero
    count: int | float
    sentence: str


class PathAnswer(TypedDict):
    """One open path."""

    cells: list[CellAnswer]
    """From the output at the loss to the requested cell."""
    upstream: float
    """The gradient of the first cell."""
    factors: list[float]
    """The local derivative of each cell but the last with respect to the next."""
    product: float
    sentence: str


class PathsAnswer(TypedDict):
    """How many paths lead to a cell, where they stop, and the largest open ones."""

    cell: CellAnswer
    gradient: float
    total: int | float
    open: int | float
    exact: bool
    """Whether the counts are exact; beyond 2⁵³ they are rounded to 16 digits."""
    stops: list[StopAnswer]
    """Nearest the loss first; with the open paths they add up to the total."""
    paths: list[PathAnswer]
    """The largest |product| first."""
    others: int | float
    """How many open paths are not listed."""
    others_sum: float
    """The sum of their products."""
    certain: bool
    """Whether the search was complete; in a huge network it may miss larger paths."""
    sentence: str


def paths_json(trace: Trace, paths: Paths) -> PathsAnswer:
    """Counts, where blocked paths stop, and the largest open ones from the loss to the cell."""
    listed = sum(path.product for path in paths.largest)
    others = paths.open - len(paths.largest)
    return {
        "cell": cell_json(trace, paths.cell),
        "gradient": paths.gradient + 0.0,
        "total": _whole(paths.total),
        "open": _whole(paths.open),
        "exact": paths.total < EXACT,
        "stops": [
            {
                "layer": "head" if stop.layer is None else stop.layer,
                "zero": stop.zero,
                "count": _whole(stop.count),
                "sentence": stop_sentence(trace, stop),
            }
            for stop in paths.stops
        ],
        "paths": [
            {
                "cells": _cells(trace, path),
                "upstream": path.upstream,
                "factors": [each + 0.0 for each in path.factors],
                "product": path.product + 0.0,
                "sentence": sentences.product_line((path.upstream, *path.factors), path.product),
            }
            for path in paths.largest
        ],
        "others": _whole(others),
        "others_sum": paths.gradient - listed if others else 0.0,
        "certain": paths.certain,
        "sentence": paths_sentence(trace, paths),
    }


def _cells(trace: Trace, path: Path) -> list[CellAnswer]:
    if trace.batch is not None and path.example is not None:
        trace = trace.batch.example(path.example)
    return [cell_json(trace, cell) for cell in path.cells]


def paths_sentence(trace: Trace, paths: Paths) -> str:
    """How many paths there are, how many are open, and where the others stop.

    If they stop at several places, ``stop_sentence`` names each.
    """
    total, open_ = paths.total, paths.open
    start = say("paths.from_loss" if trace.network.head.is_loss else "paths.from_upstream")
    this = say("paths.to", paths.cell.parameter or "cell")
    if not total:
        return say("paths.none", start=start, this=this)
    gradient = sentences.total(receipt_of(trace, paths.cell))
    where = _where(trace, paths.stops[0]) if len(paths.stops) == 1 else ""
    if total == 1:
        key = "paths.one_open" if open_ else "paths.one_blocked"
        return say(key, start=start, this=this, gradient=gradient, where=where)
    count = _number(total)
    if not open_:
        key = "paths.all_blocked_there" if where else "paths.all_blocked"
        return say(key, count=count, start=start, this=this, where=where)
    if open_ == total:
        sentence = say("paths.all_open", count=count, start=start, this=this, gradient=gradient)
    else:
        sentence = say(
            "paths.open",
            n=open_,
            count=count,
            open=_number(open_),
            start=start,
            this=this,
            gradient=gradient,
        )
    rest = []
    if paths.stops:
        key = "paths.blocked_there" if where else "paths.blocked"
        rest.append(say(key, n=total - open_, where=where))
    if not paths.certain:
        rest.append(say("paths.uncertain"))
    return " ".join([sentence, *rest])


def stop_sentence(trace: Trace, stop: Stop) -> str:
    """«6 stop at Max pool, where another cell of the window took the gradient.»."""
    where = _where(trace, stop)
    return say("paths.stop", n=stop.count, count=_number(stop.count), where=where)


def _where(trace: Trace, stop: Stop) -> str:
    _, why = sentences.zero_words(stop.zero)
    if stop.layer is None:
        return say("paths.at_start", why=why)
    return say("paths.at_layer", layer=sentences.layer_title(trace.network, stop.layer), why=why)


def _number(count: float) -> str:
    return say("paths.about", count=figure(count)) if count >= EXACT else f"{int(count):,}"


def _whole(count: float) -> int | float:
    return int(count) if count < EXACT else count
