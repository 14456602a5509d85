"""The paths of a cell, counted and listed."""

from typing import Any

from app.engine.network import Trace
from app.engine.paths import EXACT, Paths, Stop
from app.engine.receipt import receipt_of
from app.explain.cells import cell_json
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say


def paths_json(trace: Trace, found: Paths) -> dict[str, Any]:
    """Counts, where blocked paths stop, and the largest open ones from the loss to the cell."""
    listed = sum(path.product for path in found.largest)
    others = found.open - len(found.largest)
    return {
        "cell": cell_json(trace, found.cell),
        "gradient": found.gradient + 0.0,
        "total": _whole(found.total),
        "open": _whole(found.open),
        "exact": found.total < EXACT,
        "stops": [
            {
                "layer": "head" if stop.layer is None else stop.layer,
                "zero": stop.zero,
                "count": _whole(stop.count),
                "sentence": stop_sentence(trace, stop),
            }
            for stop in found.stops
        ],
        "paths": [
            {
                "cells": [cell_json(trace, cell) for cell in path.cells],
                "upstream": path.upstream,
                "factors": [each + 0.0 for each in path.factors],
                "product": path.product + 0.0,
                "sentence": sentences.product_line((path.upstream, *path.factors), path.product),
            }
            for path in found.largest
        ],
        "others": _whole(others),
        "others_sum": found.gradient - listed if others else 0.0,
        "certain": found.certain,
        "sentence": paths_sentence(trace, found),
    }


def paths_sentence(trace: Trace, found: Paths) -> str:
    """How many paths there are, how many are open, and where the others stop if in one place.

    Of several places, ``stop_sentence`` tells each.
    """
    total, open_ = found.total, found.open
    start = say("paths.from_loss" if trace.network.head.is_loss else "paths.from_upstream")
    this = say("paths.to", found.cell.parameter or "cell")
    if not total:
        return say("paths.none", start=start, this=this)
    gradient = sentences.total(receipt_of(trace, found.cell))
    where = _where(trace, found.stops[0]) if len(found.stops) == 1 else ""
    if total == 1:
        key = "paths.one_open" if open_ else "paths.one_blocked"
        return say(key, start=start, this=this, gradient=gradient, where=where)
    count = _number(total)
    if not open_:
        key = "paths.all_blocked_there" if where else "paths.all_blocked"
        return say(key, count=count, start=start, this=this, where=where)
    if open_ == total:
        said = say("paths.all_open", count=count, start=start, this=this, gradient=gradient)
    else:
        said = say(
            "paths.open",
            n=open_,
            count=count,
            open=_number(open_),
            start=start,
            this=this,
            gradient=gradient,
        )
    rest = []
    if found.stops:
        key = "paths.blocked_there" if where else "paths.blocked"
        rest.append(say(key, n=total - open_, where=where))
    if not found.certain:
        rest.append(say("paths.uncertain"))
    return " ".join([said, *rest])


def stop_sentence(trace: Trace, stop: Stop) -> str:
    """«6 stop at Max pool, where another cell of the window took the gradient.»."""
    where = _where(trace, stop)
    return say("paths.stop", n=stop.count, count=_number(stop.count), where=where)


def _where(trace: Trace, stop: Stop) -> str:
    _, why = sentences.ZEROS[stop.zero]
    if stop.layer is None:
        return say("paths.at_start", why=why)
    return say("paths.at_layer", layer=sentences.layer_title(trace.network, stop.layer), why=why)


def _number(count: float) -> str:
    return say("paths.about", count=figure(count)) if count >= EXACT else f"{int(count):,}"


def _whole(count: float) -> int | float:
    return int(count) if count < EXACT else count
