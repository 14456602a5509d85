"""What a lesson is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.engine.network import Trace
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

    def headline(self, trace: Trace) -> dict[str, str | list[str]]:
        """Both texts, with the trace's numbers in them; the answer also with its sums apart."""
        answer = self.answer(trace)
        return {
            "question": self.question(trace),
            "answer": answer,
            "answer_parts": sentences.sums_apart(answer),
        }
