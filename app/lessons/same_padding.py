"""Padding that keeps the size, under a kernel of even size: it cannot be the same on both sides."""

import math

from app.engine.network import Trace
from app.engine.receipt import Cell, Receipt, receipt_of
from app.lessons.lesson import Lesson
from app.text.sentences import sum_line

_FIRST = Cell(-1, 0)


def _question(trace: Trace) -> str:
    return "The map keeps its size under an even kernel. Where does the odd row of padding go?"


def _answer(trace: Trace) -> str:
    last = Cell(-1, math.prod(trace.network.x.shape) - 1)
    first_sum, last_sum = receipt_of(trace, _FIRST), receipt_of(trace, last)
    return (
        "Below and to the right, in PyTorch and TensorFlow alike. So the corners are not treated "
        f"alike: the first cell is read {_times(first_sum)} and gets "
        f"{sum_line(first_sum)}; the last one is read {_times(last_sum)} and gets "
        f"{sum_line(last_sum)}."
    )


def _times(receipt: Receipt) -> str:
    n = len(receipt.products)
    return "once" if n == 1 else f"{n} times"


LESSON = Lesson(
    slug="same-padding",
    title="Padding that is lopsided",
    network={
        "version": 1,
        "title": "same padding",
        "input": [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]],
        "layers": [{"type": "conv2d", "weight": [[[[1, 2], [3, 4]]]], "padding": "same"}],
        "head": {"type": "upstream", "gradient": [[[1, 1, 1], [1, 10, 100], [1, 1, 1000]]]},
    },
    pinned=_FIRST,
    question=_question,
    answer=_answer,
)
