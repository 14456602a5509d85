"""Pool → fully connected: the question the product began with (worked out in the README)."""

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.sentences import listed, sum_line

_POOLED = 2


def _question(trace: Trace) -> str:
    given = listed([figure(g) for g in trace.gradients[-1]])
    return f"The next layer’s gradients are {given}. What does the first pooled neuron get?"


def _answer(trace: Trace) -> str:
    first, second = (receipt_of(trace, Cell(_POOLED, at)) for at in (0, 1))
    naive = figure(trace.gradients[-1].sum())
    return (
        f"Each gradient comes back through its own weight, and what comes back is added: "
        f"{sum_line(first)}. Its neighbour has other weights: {sum_line(second)}. Adding without "
        f"the weights would say {naive} for both."
    )


LESSON = Lesson(
    slug="founding-question",
    title="Pool → fully connected",
    network={
        "version": 1,
        "title": "pool → fully connected",
        "input": [
            [[0, 3, 1, 2, 0], [1, 2, 2, 2, 1], [1, 3, 3, 3, 1], [3, 2, 1, 3, 0], [2, 0, 0, 1, 1]]
        ],
        "layers": [
            {"type": "conv2d", "weight": [[[[1, -1], [2, 1]]]], "bias": [0]},
            {"type": "relu"},
            {"type": "max_pool2d", "kernel": [2, 2]},
            {"type": "flatten"},
            {
                "type": "linear",
                "weight": [[0.5, 1, -0.25, 0], [-1, 0, 0.5, 1], [0.25, -0.5, 1, -1]],
                "bias": [0, 0, 0],
            },
        ],
        "head": {"type": "upstream", "gradient": [2, 3, 6]},
    },
    pinned=Cell(_POOLED, 0),
    question=_question,
    answer=_answer,
)
