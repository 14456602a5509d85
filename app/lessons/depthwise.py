"""A depthwise convolution beside an ordinary one: who reads a cell."""

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.lessons.lesson import Lesson
from app.text.sentences import sum_line

_INPUT, _MIDDLE = Cell(-1, 4), Cell(0, 0)


def _question(trace: Trace) -> str:
    return "How does the gradient spread over channels, through each kind of convolution?"


def _answer(trace: Trace) -> str:
    depthwise, ordinary = (receipt_of(trace, cell) for cell in (_INPUT, _MIDDLE))
    kernels = trace.network.layers[1].shape[0]
    return (
        "A depthwise convolution has a kernel for each channel, so a cell of the input collects "
        f"from the map of its own channel alone: {sum_line(depthwise)}. An ordinary one mixes: "
        f"each of its {kernels} kernels reads every channel, so a cell between the two collects "
        f"from all {kernels} maps: {sum_line(ordinary)}."
    )


LESSON = Lesson(
    slug="depthwise",
    title="Depthwise and ordinary convolution",
    network={
        "version": 1,
        "title": "depthwise → 1 × 1 convolution",
        "input": [[[1, 2, 0], [3, 1, 2], [0, 1, 1]], [[2, 0, 1], [1, 3, 0], [1, 2, 2]]],
        "layers": [
            {
                "type": "conv2d",
                "weight": [[[[1, 2], [3, -1]]], [[[2, 0], [-1, 1]]]],
                "groups": 2,
            },
            {"type": "conv2d", "weight": [[[[1]], [[2]]], [[[-1]], [[1]]], [[[3]], [[1]]]]},
        ],
        "head": {
            "type": "upstream",
            "gradient": [[[1, 2], [3, 4]], [[2, 0], [0, 1]], [[1, 1], [2, 0]]],
        },
    },
    pinned=_INPUT,
    question=_question,
    answer=_answer,
)
