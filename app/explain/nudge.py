"""A number changed by hand: the prediction of its gradient beside what happens."""

from typing import Any

from app.engine.network import Trace
from app.engine.nudge import Kink, Nudge
from app.explain.cells import (
    cell_json,
    switch_json,
    switch_sentence,
)
from app.explain.gradcheck import finding_json
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say

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
    said = say(
        "nudge.raised" if found.by > 0 else "nudge.lowered",
        by=figure(abs(found.by)),
        after=figure(found.value + found.by),
        equation=sentences.product_line((found.gradient, found.by), found.predicted),
        objective=sentences.objective_name(trace),
        happened=figure(found.happened),
    )
    return f"{said} {_because(trace, found)}"


def _because(trace: Trace, found: Nudge) -> str:
    """Why prediction and outcome agree, or do not."""
    crossed = [kink for kink in found.kinks if found.crosses(kink)]
    if crossed:
        bends = [kink for kink in crossed if _bends(kink)]
        switch = _first(trace, bends or crossed)
        if not bends:
            return say("nudge.no_bend", switch=switch)
        slope = figure(min(bends, key=lambda kink: abs(kink.by)).after)
        return say("nudge.bend", switch=switch, slope=slope)
    if figure(found.predicted) == figure(found.happened):
        return say("nudge.right")
    if found.more_kinks:
        return say("nudge.too_many")
    head, layers = trace.network.head, trace.network.layers
    straight = not head.is_loss and all(layer.is_piecewise_linear for layer in layers)
    return say("nudge.rounding" if straight else "nudge.curved")


def kink_sentence(trace: Trace, kink: Kink) -> str:
    """«At −0.1, the maximum of Max pool, row 0, column 0 passes from … to …, and …»."""
    key = "nudge.turns" if _bends(kink) else "nudge.stays"
    before, after = figure(kink.before), figure(kink.after)
    return say(key, switch=_at(trace, kink), before=before, after=after)


def _bends(kink: Kink) -> bool:
    """Whether the slopes beside it differ as they are shown."""
    return figure(kink.before) != figure(kink.after)


def _first(trace: Trace, kinks: list[Kink]) -> str:
    nearest = min(kinks, key=lambda kink: abs(kink.by))
    switch, more = _at(trace, nearest), len(kinks) - 1
    return say("nudge.others", switch=switch, n=more) if more else switch


def _at(trace: Trace, kink: Kink) -> str:
    told = [switch_sentence(trace, switch) for switch in kink.switches]
    switches = sentences.listed(told, MAX_SWITCHES)
    if kink.by == 0:
        return say("nudge.rising" if kink.rising else "nudge.falling", switches=switches)
    return say("nudge.at", by=figure(kink.by), switches=switches)
