"""One step of learning in words: the prediction of the gradients beside what happens."""

from typing import Any, Literal

from typing_extensions import TypedDict

from app.builder.fill import nested
from app.engine.network import Trace
from app.engine.step import Step
from app.explain.cells import SwitchAnswer, switch_json
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say

MAX_SWITCHES = 50
"""Listed; the others are counted."""


class StepAnswer(TypedDict):
    """A network after one step of gradient descent."""

    network: dict[str, Any]
    """Its document."""
    rate: float
    of: Literal["loss", "outputs"]
    """What changes: the loss, or the sum of outputs, each times its upstream gradient."""
    before: float
    predicted: float
    """−rate · Σ gradient²."""
    happened: float
    switches: list[SwitchAnswer]
    """The cells that choose anew afterwards: a maximum passes on, or a ReLU turns on or off."""
    switched: int
    """How many there are; the first of them are listed."""
    sentence: str


def step_json(document: dict[str, Any], trace: Trace, made: Step) -> StepAnswer:
    """What a step does to a document and its trace."""
    layers = [
        {**fields, **{name: nested(array) for name, array in own.items()}}
        for fields, own in zip(document["layers"], made.parameters, strict=True)
    ]
    listed = made.switches[:MAX_SWITCHES]
    return {
        "network": {**document, "layers": layers},
        "rate": made.rate,
        "of": "outputs" if trace.loss is None else "loss",
        "before": made.before,
        "predicted": made.predicted,
        "happened": made.happened,
        "switches": [switch_json(trace, switch) for switch in listed],
        "switched": len(made.switches),
        "sentence": _sentence(trace, made),
    }


def _sentence(trace: Trace, made: Step) -> str:
    if not any(made.parameters):
        return say("step.nothing")
    sentence = say(
        "step.made",
        rate=figure(made.rate),
        predicted=figure(made.predicted),
        objective=sentences.objective_name(trace),
        happened=figure(made.happened),
    )
    count = len(made.switches)
    return f"{sentence} {say('step.switched', n=count)}" if count else sentence
