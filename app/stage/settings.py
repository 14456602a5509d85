"""The settings of the form, without the arrays."""

from dataclasses import dataclass
from typing import Any

from app.engine.network import Trace
from app.text import sentences
from app.text.texts import say


@dataclass(frozen=True)
class Choice:
    """A setting of the form: its place in the document, and its options.

    ``options`` is empty for a number.
    """

    path: tuple[str | int, ...]
    label: str
    value: Any
    options: list[Any]


def choices(trace: Trace) -> list[Choice]:
    """The settings that change no shape, so that the picture can be redrawn at once."""
    network, head = trace.network, trace.network.head
    example = () if trace.batch is None else (trace.at,)  # each example has a target of its own
    return [
        Choice(
            ("layers", i, setting.name),
            say("edit.settings", setting.name, layer=sentences.layer_title(network, i)),
            getattr(layer, setting.name),
            list(setting.choices),
        )
        for i, layer in enumerate(network.layers)
        for setting in layer.settings
    ] + [
        Choice(
            ("head", setting.name, *(example if setting.name == "target" else ())),
            say("edit.head", setting.name),
            getattr(head, setting.name),
            list(setting.choices),
        )
        for setting in head.settings
    ]
