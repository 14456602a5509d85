"""A ReLU after the fully connected layer: the activation's slope is part of the sum."""

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.lessons.founding_question import LESSON as FOUNDING
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.sentences import listed, sum_line

_POOLED, _LINEAR = Cell(2, 0), 4


def _question(trace: Trace) -> str:
    return "And if each output first went through a ReLU?"


def _answer(trace: Trace) -> str:
    given = listed([figure(g) for g in trace.gradients[-1]])
    after = listed([figure(g) for g in trace.gradients[_LINEAR + 1]])
    outputs = listed([figure(y) for y in trace.values[_LINEAR + 1]])
    return (
        f"Then the slope of the ReLU is a factor too: 1 where the output is positive, 0 where it "
        f"is not. The outputs are {outputs}, so the gradients {given} become {after}, and the "
        f"pooled neuron gets {sum_line(receipt_of(trace, _POOLED))}."
    )


LESSON = Lesson(
    slug="activation-slope",
    title="The activation’s slope in the sum",
    network={
        **FOUNDING.network,
        "title": "pool → fully connected → ReLU",
        "layers": [*FOUNDING.network["layers"], {"type": "relu"}],
    },
    pinned=_POOLED,
    question=_question,
    answer=_answer,
)
