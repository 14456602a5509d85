"""The paths of a cell, counted and listed."""

from typing import Any

from app import wording
from app.engine.network import Trace
from app.engine.paths import EXACT, Paths, Stop
from app.engine.receipt import receipt
from app.explaining.cells import cell_json
from app.figures import figure


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
                "sentence": wording.product_line((path.upstream, *path.factors), path.product),
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
    start = "the loss" if trace.network.head.is_loss else "the upstream gradients"
    this = f"this {found.cell.parameter or 'cell'}"
    if not total:
        return f"No path leads from {start} to {this}: nothing reads it."
    result = wording.total(receipt(trace, found.cell))
    if total == 1:
        said = f"One path leads from {start} to {this}"
        if open_:
            return f"{said}, and it is open: its product is the whole gradient, {result}."
        return f"{said}, and it is blocked: {_where(trace, found.stops[0])}."
    said = f"{_number(total)} paths lead from {start} to {this}"
    where = f": {_where(trace, found.stops[0])}" if len(found.stops) == 1 else ""
    if not open_:
        return f"{said}, and all are blocked{where}."
    if open_ == total:
        said += f". All are open, and their products add up to {result}."
    elif open_ == 1:
        said += f". One is open, and its product is the whole gradient, {result}."
    else:
        said += f". {_number(open_)} are open, and their products add up to {result}."
    if found.stops:
        others = "The other is" if total - open_ == 1 else "The others are"
        said += f" {others} blocked{where}."
    if not found.certain:
        said += " The network is so large that not every way was searched for the largest."
    return said


def stop_sentence(trace: Trace, stop: Stop) -> str:
    """«6 stop at Max pool: another cell was larger and won the maximum»."""
    stops = "stops" if stop.count == 1 else "stop"
    return f"{_number(stop.count)} {stops} {_where(trace, stop)}."


def _where(trace: Trace, stop: Stop) -> str:
    _, why = wording.ZEROS[stop.zero]
    if stop.layer is None:
        return f"at the start, where {why}"
    place = wording.layer_title(trace.network, stop.layer)
    return f"at {place}, where {why}"


def _number(count: float) -> str:
    return wording.capital(f"about {figure(count)}") if count >= EXACT else f"{int(count):,}"


def _whole(count: float) -> int | float:
    return int(count) if count < EXACT else count
