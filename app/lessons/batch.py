"""A batch of two: each example's cells keep their own gradients, and the weights' add up."""

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.lessons.lesson import Lesson
from app.text.sentences import added_line, total

_OUTPUT = Cell(0, 0)
_WEIGHT = Cell(0, 0, "weight")


def _question(trace: Trace) -> str:
    return (
        "Two examples share the weights, and the loss is their mean. What does one example’s "
        "output get back, and what does a weight?"
    )


def _answer(trace: Trace) -> str:
    weight = receipt_of(trace, _WEIGHT)
    terms = zip(weight.upstream, weight.factors, strict=True)
    return (
        f"The output belongs to one example, and gets its own {total(receipt_of(trace, _OUTPUT))}; "
        "the mean has divided it by the number of examples. A weight is used by every example, so "
        "what comes from all of them adds up, each upstream gradient times the input that the "
        f"weight met in that example: {added_line(terms, weight.gradient)}."
    )


LESSON = Lesson(
    slug="batch",
    title="A batch of two",
    network={
        "version": 1,
        "title": "two examples, one kernel",
        "input": [[[[1, 2], [0, 1]]], [[[3, 1], [1, 0]]]],
        "layers": [{"type": "conv2d", "weight": [[[[2, 1], [0, 1]]]], "bias": [0]}],
        "head": {"type": "mse", "target": [[[[3]]], [[[6]]]]},
    },
    pinned=_OUTPUT,
    question=_question,
    answer=_answer,
)
