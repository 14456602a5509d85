"""The settings of the form that are no arrays."""

from dataclasses import dataclass
from typing import Any, get_args

from app.document.document import (
    AvgPool2d,
    CrossEntropy,
    Document,
    LeakyRelu,
    MaxPool2d,
    MeanSquaredError,
)
from app.engine.layers import Ties
from app.engine.network import Trace
from app.text import sentences
from app.text.texts import say


@dataclass(frozen=True)
class Choice:
    """A setting of the form that is no array: where it stands in the document, and what it may be.

    ``options`` is empty for a number.
    """

    path: tuple[str | int, ...]
    label: str
    value: Any
    options: list[Any]


def choices(document: Document, trace: Trace) -> list[Choice]:
    """The settings that leave every shape as it is, so that the picture can follow at once."""
    found = []
    for i, layer in enumerate(document.layers):
        title = sentences.layer_title(trace.network, i)
        if isinstance(layer, MaxPool2d):
            rules = list(get_args(Ties))
            found.append(
                Choice(("layers", i, "ties"), say("edit.ties", layer=title), layer.ties, rules)
            )
        elif isinstance(layer, AvgPool2d) and any(layer.padding):
            count = layer.count_include_pad
            path, label = (
                ("layers", i, "count_include_pad"),
                say("edit.count_include_pad", layer=title),
            )
            found.append(Choice(path, label, count, [True, False]))
        elif isinstance(layer, LeakyRelu):
            label = say("edit.negative_slope", layer=title)
            found.append(Choice(("layers", i, "negative_slope"), label, layer.negative_slope, []))
    head = document.head
    if isinstance(head, CrossEntropy):
        classes = list(range(trace.gradients[-1].size))
        found.append(Choice(("head", "target"), say("edit.target"), head.target, classes))
    elif isinstance(head, MeanSquaredError):
        reductions = ["mean", "sum"]
        found.append(
            Choice(("head", "reduction"), say("edit.reduction"), head.reduction, reductions)
        )
    return found
