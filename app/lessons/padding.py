"""Padding in a max pool: it never wins, whatever the values."""

import numpy as np

from app.engine.network import Trace
from app.engine.receipt import Cell
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.sentences import listed


def _question(trace: Trace) -> str:
    values = trace.values[0]
    return (
        "Every input is negative and the pool is padded. Do the zeros of the padding win?"
        if (values < 0).all()
        else "The pool is padded. Can the padding win?"
    )


def _answer(trace: Trace) -> str:
    outputs = listed([figure(y) for y in trace.values[1].reshape(-1)])
    zeros = listed([figure(y) for y in np.maximum(trace.values[1], 0).reshape(-1)])
    return (
        f"No: padding is left out of the maximum, as if it were −∞. The outputs are {outputs}, and "
        f"each gradient reaches a real cell. Padding with zeros would give {zeros}, and where a "
        "zero wins, the gradient leaks into the padding."
    )


LESSON = Lesson(
    slug="padding",
    title="Padding never wins",
    network={
        "version": 1,
        "title": "padding",
        "input": [[[-1, -2], [-3, -4]]],
        "layers": [{"type": "max_pool2d", "kernel": [2, 2], "stride": [2, 2], "padding": [1, 1]}],
        "head": {"type": "upstream", "gradient": [[[1, 2], [3, 4]]]},
    },
    pinned=Cell(-1, 0),
    question=_question,
    answer=_answer,
)
