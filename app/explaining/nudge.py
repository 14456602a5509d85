"""A number changed by hand: the prediction of its gradient beside what happens."""

from typing import Any

from app import wording
from app.engine.layers import Sigmoid, Tanh
from app.engine.network import Trace
from app.engine.nudge import Kink, Nudge
from app.explaining.cells import (
    cell_json,
    objective_name,
    switch_json,
    switch_sentence,
)
from app.explaining.gradcheck import finding_json
from app.figures import figure

MAX_SWITCHES = 3
"""Named in one sentence; the others are counted."""


def nudge_json(trace: Trace, found: Nudge) -> dict[str, Any]:
    """What changes, what was predicted, the curve over a range, its kinks, and a gradient check."""
    return {
        "cell": cell_json(trace, found.cell),
        "value": found.value,
        "gradient": found.gradient + 0.0,
        "of": "loss" if trace.network.head.is_loss else "outputs",
        "before": found.objective,
        "by": found.by,
        "predicted": found.predicted + 0.0,
        "happened": found.happened + 0.0,
        "curve": {
            "by": found.at,
            "happened": found.changes + 0.0,
            "predicted": found.at * found.gradient + 0.0,
        },
        "kinks": [
            {
                "by": kink.by,
                "crossed": found.crosses(kink),
                "before": kink.before + 0.0,
                "after": kink.after + 0.0,
                "switches": [switch_json(trace, switch) for switch in kink.switches],
                "sentence": kink_sentence(trace, kink),
            }
            for kink in found.kinks
        ],
        "more_kinks": found.more_kinks,
        "check": finding_json(trace, found.check),
        "sentence": nudge_sentence(trace, found),
    }


def nudge_sentence(trace: Trace, found: Nudge) -> str:
    """Prediction and outcome, and why they differ if they do."""
    name = objective_name(trace)
    verb = "Raising" if found.by > 0 else "Lowering"
    after = figure(found.value + found.by)
    said = (
        f"{verb} it by {figure(abs(found.by))}, to {after}: its gradient predicts "
        f"{wording.product_line((found.gradient, found.by), found.predicted)}, and {name} changes "
        f"by {figure(found.happened)}."
    )
    as_predicted = figure(found.predicted) == figure(found.happened)
    crossed = [kink for kink in found.kinks if found.crosses(kink)]
    if crossed:
        bends = [kink for kink in crossed if _bends(kink)]
        way = f"On the way, {_first(trace, bends or crossed)}"
        if not bends:
            return f"{said} {way}, but that makes no difference here."
        slope = figure(min(bends, key=lambda kink: abs(kink.by)).after)
        return f"{said} {way}: from there on the slope is {slope}."
    if as_predicted:
        return f"{said} The prediction is right: nothing switches on the way."
    if found.more_kinks:
        return f"{said} So many cells switch on the way that the prediction fails."
    head, layers = trace.network.head, trace.network.layers
    if head.is_loss or any(isinstance(layer, Sigmoid | Tanh) for layer in layers):
        return f"{said} The way is curved: the smaller the change, the better the prediction."
    return f"{said} They differ by rounding."


def kink_sentence(trace: Trace, kink: Kink) -> str:
    """«At −0.1, the maximum of Max pool, row 0, column 0 passes from … to …, and …»."""
    before, after = figure(kink.before), figure(kink.after)
    slope = (
        f"the slope turns from {before} to {after}"
        if before != after
        else f"the slope stays {before}"
    )
    return wording.capital(f"{_at(trace, kink)}: {slope}.")


def _bends(kink: Kink) -> bool:
    """Whether the slopes beside it differ as they are shown."""
    return figure(kink.before) != figure(kink.after)


def _first(trace: Trace, kinks: list[Kink]) -> str:
    nearest = min(kinks, key=lambda kink: abs(kink.by))
    more = len(kinks) - 1
    others = f", and {more} more {'kink follows' if more == 1 else 'kinks follow'}" if more else ""
    return f"{_at(trace, nearest)}{others}"


def _at(trace: Trace, kink: Kink) -> str:
    told = [switch_sentence(trace, switch) for switch in kink.switches]
    where = f"at {figure(kink.by)}"
    if kink.by == 0:
        where = f"as soon as it {'rises' if kink.rising else 'falls'}"
    return f"{where}, {wording.listed(told, MAX_SWITCHES)}"
