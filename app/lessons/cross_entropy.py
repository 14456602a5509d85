"""A softmax with cross-entropy: where upstream gradients come from in a classifier."""

from app.engine.heads import CrossEntropy
from app.engine.network import Trace
from app.engine.receipt import Cell
from app.lessons.founding_question import LESSON as FOUNDING
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.sentences import listed

_SCALE = 0.125


def _question(trace: Trace) -> str:
    return "Where do the upstream gradients come from, if the network is a classifier?"


def _answer(trace: Trace) -> str:
    head = trace.network.head
    assert isinstance(head, CrossEntropy)  # of no other network this text is told
    assert trace.probabilities is not None
    probabilities = listed([figure(p) for p in trace.probabilities])
    gradients = listed([figure(g) for g in trace.gradients[-1]])
    return (
        f"From the loss. Softmax makes the scores into probabilities {probabilities}; the gradient "
        f"of each score is its probability, minus 1 for the right class ({head.target}): "
        f"{gradients}. They always add up to 0."
    )


LESSON = Lesson(
    slug="cross-entropy",
    title="Softmax with cross-entropy",
    network={
        **FOUNDING.network,
        "title": "pool → fully connected → softmax",
        "layers": [
            {
                **layer,
                "weight": [[w * _SCALE for w in row] for row in layer["weight"]],
            }
            if layer["type"] == "linear"
            else layer
            for layer in FOUNDING.network["layers"]
        ],
        "head": {"type": "cross_entropy", "target": 1},
    },
    pinned=Cell(4, 0),
    question=_question,
    answer=_answer,
)
