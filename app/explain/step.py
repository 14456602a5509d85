"""One step of gradient descent in figures and words: the prediction beside the real change."""

from typing import Any, Literal

import numpy as np
from typing_extensions import TypedDict

from app.builder.fill import nested
from app.engine.network import Trace
from app.engine.step import Step
from app.explain.cells import SwitchAnswer, switch_json
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say

MAX_SWITCHES = 50
"""The most switches that are listed; the count includes all."""


class StepAnswer(TypedDict):
    """A network after one step of gradient descent."""

    network: dict[str, Any]
    """Its document, after the step."""
    rate: float
    of: Literal["loss", "outputs"]
    """The objective: the loss, or the sum of outputs × upstream gradients."""
    before: float
    predicted: float
    """−rate · Σ gradient²."""
    happened: float
    switches: list[SwitchAnswer]
    """The cells whose choices the step changes: other maxima first, then ReLUs turned on or off."""
    switched: int
    """The number of such cells; only the first are listed."""
    sentence: str


def step_json(document: dict[str, Any], trace: Trace, step: Step) -> StepAnswer:
    """The effect of a step on a document and its trace."""
    layers = [
        {**fields, **{name: nested(array) for name, array in own.items()}}
        for fields, own in zip(document["layers"], step.parameters, strict=True)
    ]
    # Windows come first: among the many ReLUs of a large network, they would not be seen.
    listed = sorted(step.switches, key=lambda switch: not (switch.before and switch.after))
    listed = listed[:MAX_SWITCHES]
    return {
        "network": {**document, "layers": layers},
        "rate": step.rate,
        "of": "outputs" if trace.loss is None else "loss",
        "before": step.before,
        "predicted": step.predicted,
        "happened": step.happened,
        "switches": [switch_json(trace, switch) for switch in listed],
        "switched": len(step.switches),
        "sentence": _sentence(trace, step),
    }


def moves(trace: Trace) -> bool:
    """Whether a step changes any parameter."""
    return any(np.any(gradient) for own in trace.parameters for gradient in own.values())


def _sentence(trace: Trace, step: Step) -> str:
    if not any(step.parameters):
        return say("step.nothing")
    if not moves(trace):
        return say("step.still")
    sentence = say(
        "step.made",
        rate=figure(step.rate),
        predicted=figure(step.predicted),
        objective=sentences.objective_name(trace),
        happened=figure(step.happened),
    )
    count = len(step.switches)
    return f"{sentence} {say('step.switched', n=count)}" if count else sentence
