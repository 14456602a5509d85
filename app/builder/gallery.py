"""The gallery: networks to start from."""

from collections.abc import Callable
from typing import Any, NamedTuple

from app.lessons import LESSONS
from app.text.texts import say

Document = dict[str, Any]


class Start(NamedTuple):
    """A network to start from; ``slug`` is its name in the address."""

    slug: str
    title: str
    network: Callable[[], Document]


def gallery() -> dict[str, Start]:
    """All starting points by name, the simplest first."""
    starts = (
        _of_lesson("founding-question"),
        _of_lesson("pool-convolution"),
        _of_lesson("overlapping-windows"),
        _own("sigmoid", _sigmoid),
        _own("two-channels", _two_channels),
        _own("signal", _signal),
        _of_lesson("lenet"),
        _own("fully-connected", _fully_connected),
        _own("empty", _empty),
    )
    return {start.slug: start for start in starts}


def _of_lesson(slug: str) -> Start:
    lesson = LESSONS[slug]
    return Start(slug, lesson.title, lambda: lesson.network)


def _own(slug: str, network: Callable[[Document], Document]) -> Start:
    title = say("gallery", slug)
    return Start(slug, title, lambda: network({"version": 1, "title": title}))


def _sigmoid(start: Document) -> Document:
    """A typical exam question: a filter, a sigmoid and the squared error."""
    return {
        **start,
        "input": [[[1, 0, 2], [0, 1, 1], [2, 1, 0]]],
        "layers": [
            {"type": "conv2d", "weight": [[[[1, -1], [0, 1]]]], "bias": [0]},
            {"type": "sigmoid"},
        ],
        "head": {"type": "mse", "target": [[[1, 0], [0, 1]]], "reduction": "sum"},
    }


def _two_channels(start: Document) -> Document:
    return {
        **start,
        "input": [
            [[1, 2, 0, 1], [0, 1, 3, 1], [2, 0, 1, 0], [1, 1, 0, 2]],
            [[0, 1, 1, 0], [2, 0, 1, 1], [1, 3, 0, 1], [0, 1, 2, 0]],
        ],
        "layers": [
            {
                "type": "conv2d",
                "weight": [
                    [[[1, 0], [-1, 2]], [[0, 1], [1, 0]]],
                    [[[0, -1], [1, 1]], [[2, 0], [0, -1]]],
                ],
                "bias": [0, 1],
            },
            {"type": "relu"},
            {"type": "max_pool2d", "kernel": [2, 2], "stride": [1, 1]},
        ],
        "head": {
            "type": "upstream",
            "gradient": [[[1, 10], [100, 1000]], [[2, -1], [3, 4]]],
        },
    }


def _signal(start: Document) -> Document:
    """Layers along one axis: an edge and a blur over a signal, and the largest of each two."""
    return {
        **start,
        "input": [[0, 1, 3, 2, 5, 4, 1, 2]],
        "layers": [
            {"type": "conv1d", "weight": [[[1, 0, -1]], [[1, 2, 1]]], "bias": [1, -6]},
            {"type": "relu"},
            {"type": "max_pool1d", "kernel": 2},
        ],
        "head": {"type": "upstream", "gradient": [[1, 10, 100], [2, -1, 3]]},
    }


def _fully_connected(start: Document) -> Document:
    return {
        **start,
        "input": [1, -2, 3],
        "layers": [
            {"type": "linear", "weight": [[1, 0, 2], [-1, 1, 1], [2, 1, 0]], "bias": [0, 1, -1]},
            {"type": "relu"},
            {"type": "linear", "weight": [[1, 2, -1], [0, -1, 1]], "bias": [0, 0]},
        ],
        "head": {"type": "cross_entropy", "target": 1},
    }


def _empty(start: Document) -> Document:
    """An empty network; a network needs one layer, so it has one that changes nothing."""
    return {
        **start,
        "input": [[[0] * 4 for _ in range(4)]],
        "layers": [{"type": "identity"}],
        "head": {"type": "upstream", "gradient": [[[1] * 4 for _ in range(4)]]},
    }
