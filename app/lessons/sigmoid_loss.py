"""Sigmoid with binary cross-entropy: the slope of one cancels against the other."""

from app.engine.network import Trace
from app.engine.receipt import Cell
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.sentences import listed

_SCORES, _PROBABILITIES = 0, 1


def _question(trace: Trace) -> str:
    return "Sigmoid is nearly flat at its ends. Does it choke the gradient of the loss?"


def _answer(trace: Trace) -> str:
    def row(numbers: list[float]) -> str:
        return listed([figure(number) for number in numbers])

    values, gradients = trace.values, trace.gradients
    slopes = trace.tapes[_PROBABILITIES]
    return (
        f"Not with binary cross-entropy. The scores {row(values[_SCORES + 1].tolist())} become the "
        f"probabilities {row(values[_PROBABILITIES + 1].tolist())}, and the loss sends back "
        f"(p − y) / (p × (1 − p)): {row(gradients[_PROBABILITIES + 1].tolist())}. The slope of "
        f"sigmoid is p × (1 − p): {row(slopes.tolist())}. It cancels, and p − y is left for each "
        f"score: {row(gradients[_SCORES + 1].tolist())}, as with softmax and cross-entropy."
    )


LESSON = Lesson(
    slug="sigmoid-loss",
    title="Sigmoid with binary cross-entropy",
    network={
        "version": 1,
        "title": "fully connected → sigmoid",
        "input": [2, 1],
        "layers": [
            {"type": "linear", "weight": [[1, -2], [0.5, 1], [-1, -1]]},
            {"type": "sigmoid"},
        ],
        "head": {"type": "binary_cross_entropy", "target": [1, 0, 0], "reduction": "sum"},
    },
    pinned=Cell(_SCORES, 0),
    question=_question,
    answer=_answer,
)
