"""The edit that tells causes of the same numbers apart, in words and as a place of the document."""

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from app.engine.mistakes import Explanation, separating_change
from app.engine.mistakes.separating import Change
from app.engine.network import Trace
from app.text.numbers import figure
from app.text.sentences import layer_title


class EditAnswer(TypedDict):
    """A number to change, so that the causes give different arrays."""

    path: list[str | int] | None
    """Where it stands in the network's document; null where no single number does it."""
    value: NotRequired[float]
    """What to write there; absent with the place."""
    sentence: str
    tells: int
    """Into how many groups it puts the causes."""


def edit_json(
    trace: Trace, explanations: Sequence[Explanation], layer: int, parameter: str | None
) -> EditAnswer | None:
    """The edit, where an array has several causes; None where it has one or none."""
    if len(explanations) < 2:
        return None
    separation = separating_change(trace, explanations, layer, parameter)
    n, change = len(explanations), separation.change
    if change is None:
        return {
            "path": None,
            "tells": 1,
            "sentence": (
                f"No change of a single number that was tried tells these {n} causes apart: look "
                "at your code for each."
            ),
        }
    told = "all of them" if n > 2 else "the two"
    if separation.groups < n:
        told = f"{separation.groups} groups of them"
    return {
        "path": _path(change),
        "value": change.value,
        "tells": separation.groups,
        "sentence": (
            f"To tell {told} apart, change {_name(trace, change)} from {figure(change.was)} to "
            f"{figure(change.value)}, run your code once more, and paste what it gives then."
        ),
    }


def _path(change: Change) -> list[str | int]:
    if change.layer < 0:
        return ["input", *change.at]
    if change.parameter is None:
        return ["head", "gradient", *change.at]
    return ["layers", change.layer, change.parameter, *change.at]


def _name(trace: Trace, change: Change) -> str:
    at, whose = change.at, ""
    if change.parameter is None and (trace.batch or trace).network.examples is not None:
        at, whose = at[1:], f" of example {at[0] + 1}"
    index = "".join(f"[{i}]" for i in at)
    if change.layer < 0:
        return f"the input{whose} at {index}"
    if change.parameter is None:
        return f"the given gradient{whose} at {index}"
    title = layer_title(trace.network, change.layer)
    return f"the {change.parameter} {index} of layer {change.layer}, {title},"
