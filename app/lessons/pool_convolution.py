"""Pool → convolution: the second half of the founding question."""

import numpy as np

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.sentences import sum_line

_ASKED, _CENTRE = Cell(0, 3), Cell(0, 4)


def _question(trace: Trace) -> str:
    return "A convolution follows the pooling. Are the gradients multiplied together, or added?"


def _answer(trace: Trace) -> str:
    asked, centre = receipt_of(trace, _ASKED), receipt_of(trace, _CENTRE)
    multiplied = figure(float(np.prod(asked.products)))
    return (
        f"You add: each gradient times the kernel weight it came through, {sum_line(asked)}. "
        f"Multiplying the products would give {multiplied}. The centre is read at four positions: "
        f"{sum_line(centre)}."
    )


LESSON = Lesson(
    slug="pool-convolution",
    title="Pool → convolution",
    network={
        "version": 1,
        "title": "pool → convolution",
        "input": [
            [
                [1, 2, 9, 3, 4, 5],
                [3, 7, 1, 2, 8, 6],
                [6, 1, 2, 4, 3, 9],
                [5, 2, 8, 1, 7, 2],
                [1, 6, 3, 5, 2, 1],
                [4, 2, 7, 6, 3, 8],
            ]
        ],
        "layers": [
            {"type": "max_pool2d", "kernel": [2, 2]},
            {"type": "conv2d", "weight": [[[[1, 2], [3, 4]]]], "bias": [0]},
        ],
        "head": {"type": "upstream", "gradient": [[[1, 10], [100, 1000]]]},
    },
    pinned=_ASKED,
    question=_question,
    answer=_answer,
)
