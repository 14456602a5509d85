"""The figures of a network in one form, from an oracle or from the engine."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.oracle.documents import built

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Answer:
    """Every figure of one network; ``named`` holds them by what they are."""

    named: dict[str, Array]

    def __post_init__(self) -> None:
        for name, array in self.named.items():
            assert np.isfinite(array).all(), name


def names(i: int) -> tuple[str, str, str]:
    """The names of layer i's output, its gradient, and its winners."""
    return f"layer {i}", f"gradient of layer {i}", f"winners of layer {i}"


def parameter_name(i: int, name: str) -> str:
    """The name of a parameter's gradient."""
    return f"gradient of layer {i}'s {name}"


def of_engine(doc: dict[str, Any]) -> tuple[Answer, float]:
    """The engine's answer, and the smallest margin by which anything won or was open."""
    trace = built(doc).trace()
    named: dict[str, Array] = {"gradient of the input": trace.gradients[0]}
    margin = np.inf
    for i, layer in enumerate(trace.network.layers):
        value, gradient, winners = names(i)
        named[value], named[gradient] = trace.values[i + 1], trace.gradients[i + 1]
        for name, own in trace.parameters[i].items():
            named[parameter_name(i, name)] = own
        won = layer.winners(trace.tapes[i])
        if won is not None:
            named[winners] = won
        examples = [trace.values[i]] if trace.network.examples is None else trace.values[i]
        for each in examples:
            leads = layer.leads(each)
            if leads is not None:
                margin = min(margin, float(leads.by.min()))
    if trace.loss is not None:
        named["loss"] = np.array(trace.loss)
    if trace.probabilities is not None:
        named["probabilities"] = trace.probabilities
    return Answer(named), margin
