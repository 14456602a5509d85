"""A network of one's own as a page like a lesson's: its texts are about any network."""

from typing import Any

import numpy as np

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.lessons.lesson import Lesson
from app.text import sentences
from app.text.texts import say


def own_title(network: dict[str, Any]) -> str:
    """What the page calls a network: its title, if it has one."""
    title = network.get("title")
    return title if isinstance(title, str) and title.strip() else say("own.untitled")


def own_network(slug: str, title: str, network: dict[str, Any], trace: Trace) -> Lesson:
    """The page opens at the number of the input with the largest gradient."""
    pinned = Cell(-1, int(np.abs(trace.gradients[0]).argmax()))

    def question(trace: Trace) -> str:
        return say("own.question", name=title)

    def answer(trace: Trace) -> str:
        name = sentences.cell_place(trace, pinned)
        return say(
            "own.answer", cell=name, sentence=sentences.sentence(trace, receipt_of(trace, pinned))
        )

    return Lesson(slug, title, network, pinned, question, answer)
