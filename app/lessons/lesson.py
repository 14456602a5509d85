"""What a lesson is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.document.building import build
from app.document.document import Document
from app.engine.network import Network, Trace
from app.engine.receipt import Cell
from app.text import sentences


@dataclass(frozen=True)
class Lesson:
    """``pinned`` is the cell the page opens at; ``network`` is a network document.

    ``opened`` chooses channels of large maps, by layer.
    """

    slug: str
    title: str
    network: dict[str, Any]
    pinned: Cell
    question: Callable[[Trace], str]
    answer: Callable[[Trace], str]
    opened: dict[int, int] = field(default_factory=dict)

    def fits(self, network: Network) -> bool:
        """Whether a network is this lesson's but for its numbers and settings.

        The texts point at cells, which a network of another shape may not have.
        """
        return _form(network) == self._own_form

    @cached_property
    def _own_form(self) -> tuple[Any, ...]:
        return _form(build(Document.model_validate(self.network)))

    def headline(self, trace: Trace) -> dict[str, str | list[str]]:
        """Both texts, with the trace's numbers in them; the answer also with its sums apart."""
        answer = self.answer(trace)
        return {
            "question": self.question(trace),
            "answer": answer,
            "answer_parts": sentences.sums_apart(answer),
        }


def _form(network: Network) -> tuple[Any, ...]:
    """What kinds of layers and head follow which shape of input, and their shapes."""
    layers = [(layer.name, layer.shape, layer.skips_from) for layer in network.layers]
    return network.x.shape, network.examples, layers, network.head.name
