"""Windows that overlap: a cell that wins several of them gets the sum."""

import numpy as np

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.sentences import added_line, shown

_CENTRE = Cell(-1, 4)


def _question(trace: Trace) -> str:
    won = np.count_nonzero(receipt_of(trace, _CENTRE).factors)
    return f"The centre is the maximum of {won} overlapping windows. What does it get?"


def _answer(trace: Trace) -> str:
    receipt = receipt_of(trace, _CENTRE)
    paid = receipt.products[receipt.factors != 0]
    added = added_line([(p,) for p in paid], shown(receipt)) if len(paid) else "0"
    last = figure(paid[-1]) if len(paid) else "0"
    return (
        f"The sum of the gradients of those windows: {added}. Code that assigns instead of "
        f"adding keeps only the last one, {last}. A test finds this mistake only if its windows "
        f"overlap."
    )


LESSON = Lesson(
    slug="overlapping-windows",
    title="Overlapping windows",
    network={
        "version": 1,
        "title": "overlapping windows",
        "input": [[[1, 2, 3], [4, 9, 5], [6, 7, 8]]],
        "layers": [{"type": "max_pool2d", "kernel": [2, 2], "stride": [1, 1]}],
        "head": {"type": "upstream", "gradient": [[[1, 2], [3, 4]]]},
    },
    pinned=_CENTRE,
    question=_question,
    answer=_answer,
)
