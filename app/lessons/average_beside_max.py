"""Average beside max pooling: the same map, the same gradients, shared instead of routed."""

import numpy as np

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.lessons.founding_question import LESSON as FOUNDING
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.sentences import sum_line

_PINNED = Cell(1, 5)


def _question(trace: Trace) -> str:
    return "And if the pool took the average instead of the maximum?"


def _answer(trace: Trace) -> str:
    paid, cells = np.count_nonzero(trace.gradients[2]), trace.gradients[2].size
    return (
        f"Then no cell wins: each cell of a window gets an equal share of the window's gradient. "
        f"This one gets {sum_line(receipt_of(trace, _PINNED))}. {paid} of {cells} cells get a "
        f"gradient; with a max pool, {figure(trace.gradients[3].size)} do."
    )


LESSON = Lesson(
    slug="average-beside-max",
    title="Average instead of max",
    network={
        **FOUNDING.network,
        "title": "average pool → fully connected",
        "layers": [
            {"type": "avg_pool2d", "kernel": [2, 2]} if layer["type"] == "max_pool2d" else layer
            for layer in FOUNDING.network["layers"]
        ],
    },
    pinned=_PINNED,
    question=_question,
    answer=_answer,
)
