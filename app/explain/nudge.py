"""A nudge in figures and words: the gradient's prediction beside the real change."""

from typing import Literal

from typing_extensions import TypedDict

from app.document.arrays import Row
from app.engine.network import Trace
from app.engine.nudge import Kink, Nudge
from app.explain.cells import (
    CellAnswer,
    SwitchAnswer,
    cell_json,
    switch_json,
    switch_sentence,
)
from app.explain.gradcheck import FindingAnswer, finding_json
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say

MAX_SWITCHES = 3
"""The most switches that one sentence names; it counts the others."""


class CurveAnswer(TypedDict):
    """The real changes over a range of nudges, beside the predicted ones."""

    by: Row
    happened: Row
    predicted: Row


class KinkAnswer(TypedDict):
    """A change at which a winner or the side of a ReLU switches."""

    by: float
    crossed: bool
    """Whether it lies between 0 and the requested change."""
    before: float
    """The slope on the side of 0."""
    after: float
    switches: list[SwitchAnswer]
    sentence: str


class NudgeAnswer(TypedDict):
    """One number changed."""

    cell: CellAnswer
    value: float
    gradient: float
    of: Literal["loss", "outputs"]
    """The objective: the loss, or the sum of outputs × upstream gradients."""
    before: float
    """The objective before the change."""
    by: float
    predicted: float
    """gradient × by."""
    happened: float
    curve: CurveAnswer
    kinks: list[KinkAnswer]
    more_kinks: bool
    """Whether there are more kinks that are not listed."""
    check: FindingAnswer
    sentence: str


def nudge_json(trace: Trace, nudge: Nudge) -> NudgeAnswer:
    """The prediction, the real change, the curve over a range, its kinks and a gradient check."""
    return {
        "cell": cell_json(trace, nudge.cell),
        "value": nudge.value,
        "gradient": nudge.gradient + 0.0,
        "of": "loss" if trace.network.head.is_loss else "outputs",
        "before": nudge.objective,
        "by": nudge.by,
        "predicted": nudge.predicted + 0.0,
        "happened": nudge.happened + 0.0,
        "curve": {
            "by": nudge.at,
            "happened": nudge.changes + 0.0,
            "predicted": nudge.at * nudge.gradient + 0.0,
        },
        "kinks": [
            {
                "by": kink.by,
                "crossed": nudge.crosses(kink),
                "before": kink.before + 0.0,
                "after": kink.after + 0.0,
                "switches": [switch_json(trace, switch) for switch in kink.switches],
                "sentence": kink_sentence(trace, kink),
            }
            for kink in nudge.kinks
        ],
        "more_kinks": nudge.more_kinks,
        "check": finding_json(trace, nudge.check),
        "sentence": nudge_sentence(trace, nudge),
    }


def nudge_sentence(trace: Trace, nudge: Nudge) -> str:
    """A sentence about prediction and outcome, and why they differ if they do."""
    sentence = say(
        "nudge.raised" if nudge.by > 0 else "nudge.lowered",
        by=figure(abs(nudge.by)),
        after=figure(nudge.value + nudge.by),
        equation=sentences.product_line((nudge.gradient, nudge.by), nudge.predicted),
        objective=sentences.objective_name(trace),
        happened=figure(nudge.happened),
    )
    return f"{sentence} {_because(trace, nudge)}"


def _because(trace: Trace, nudge: Nudge) -> str:
    """The reason why prediction and outcome agree or differ."""
    crossed = [kink for kink in nudge.kinks if nudge.crosses(kink)]
    if crossed:
        bends = [kink for kink in crossed if _bends(kink)]
        switch = _first(trace, bends or crossed)
        if not bends:
            return say("nudge.no_bend", switch=switch)
        slope = figure(min(bends, key=lambda kink: abs(kink.by)).after)
        return say("nudge.bend", switch=switch, slope=slope)
    if figure(nudge.predicted) == figure(nudge.happened):
        return say("nudge.right")
    if nudge.more_kinks:
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
    """Whether the printed slopes on its two sides differ."""
    return figure(kink.before) != figure(kink.after)


def _first(trace: Trace, kinks: list[Kink]) -> str:
    nearest = min(kinks, key=lambda kink: abs(kink.by))
    switch, more = _at(trace, nearest), len(kinks) - 1
    return say("nudge.others", switch=switch, n=more) if more else switch


def _at(trace: Trace, kink: Kink) -> str:
    names = [switch_sentence(trace, switch) for switch in kink.switches]
    switches = sentences.listed(names, MAX_SWITCHES)
    if kink.by == 0:
        return say("nudge.rising" if kink.rising else "nudge.falling", switches=switches)
    return say("nudge.at", by=figure(kink.by), switches=switches)
