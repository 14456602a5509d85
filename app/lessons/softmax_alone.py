"""A softmax without its loss: p(1 − p) is only one of the terms."""

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.sentences import listed, sum_line

_SCORE = Cell(-1, 0)


def _question(trace: Trace) -> str:
    return "The slope of softmax is p × (1 − p). Is that times the upstream gradient all there is?"


def _answer(trace: Trace) -> str:
    receipt = receipt_of(trace, _SCORE)
    own = receipt.products[_SCORE.at]
    outputs = listed([figure(p) for p in trace.values[1]])
    return (
        f"No: that is one term, {figure(own)}. The outputs {outputs} always add up to 1, so "
        "raising one score lowers every other output too, by p × p of the two. Each sends its part "
        f"back, and the score gets {sum_line(receipt)}."
    )


LESSON = Lesson(
    slug="softmax-alone",
    title="Softmax without its loss",
    network={
        "version": 1,
        "title": "softmax",
        "input": [0, 0],
        "layers": [{"type": "softmax"}],
        "head": {"type": "upstream", "gradient": [2, 6]},
    },
    pinned=_SCORE,
    question=_question,
    answer=_answer,
)
