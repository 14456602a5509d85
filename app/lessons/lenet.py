"""LeNet on a handwritten digit: the same rules in a network of everyday size."""

from typing import Any

import numpy as np

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.engine.types import Array
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.texts import say

DIGIT = """
 0  0  5 13  9  1  0  0
 0  0 13 15 10 15  5  0
 0  3 15  2  0 11  8  0
 0  4 12  0  0  8  8  0
 0  5  8  0  0  9  8  0
 0  4 11  0  1 12  7  0
 0  2 14  5 10 12  0  0
 0  0  6 13 10  0  0  0
"""
"""A handwritten 0, in shades from 0 to 16.

The first picture of scikit-learn's ``load_digits``, which is the test set of «Optical Recognition
of Handwritten Digits» by E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998
(doi:10.24432/C50P49), licence CC BY 4.0. Changed: enlarged to 28 × 28, scaled to 1.
"""
_SIDE = 28
_DECIMALS = 3
_LABEL = 0
_POOLED = 5
"""The second max pool."""


def _enlarged(picture: Array) -> Array:
    """Linear interpolation along both axes, the corners kept: [8, 8] → [28, 28]."""
    old = np.arange(len(picture))
    new = np.linspace(0, len(picture) - 1, _SIDE)
    rows = np.array([np.interp(new, old, row) for row in picture])
    return np.array([np.interp(new, old, column) for column in rows.T]).T


def _layers() -> list[dict[str, Any]]:
    # RandomState draws the same numbers in every version of numpy.
    rng = np.random.RandomState(1998)

    def weighted(kind: str, out: int, *read: int) -> dict[str, Any]:
        scale = np.sqrt(2 / np.prod(read))
        weight = rng.standard_normal((out, *read)) * scale
        bias = rng.standard_normal(out) * scale / 2
        return {"type": kind, "weight": _rounded(weight), "bias": _rounded(bias)}

    relu = {"type": "relu"}
    pool = {"type": "max_pool2d", "kernel": [2, 2]}
    return [
        weighted("conv2d", 6, 1, 5, 5), relu, pool,
        weighted("conv2d", 16, 6, 5, 5), relu, pool, {"type": "flatten"},
        weighted("linear", 120, 256), relu,
        weighted("linear", 84, 120), relu,
        weighted("linear", 10, 84),
    ]  # fmt: skip


def _rounded(array: Array) -> Any:
    """Nested lists; whole numbers as integers, which is how a browser sends them back."""
    if array.ndim:
        return [_rounded(part) for part in array]
    number = round(float(array), _DECIMALS)
    return int(number) if number.is_integer() else number


def _question(trace: Trace) -> str:
    return "Is it still only multiplying and adding, in a network with thousands of neurons?"


def _answer(trace: Trace) -> str:
    layers = [layer for layer in trace.network.layers if layer.parameters]
    weights = sum(array.size for layer in layers for array in layer.parameters.values())
    pooled = receipt_of(trace, _PINNED)
    deeper = receipt_of(trace, Cell(2, int(np.abs(trace.gradients[3]).argmax())))
    neurons = say("counted.neurons", n=len(pooled.products))
    cells = say("counted.cells", n=len(deeper.products))
    return (
        f"Yes, with more terms and {weights:,} weights. The pinned pooled neuron is read by "
        f"{neurons}: {len(pooled.products)} products add up to {figure(pooled.gradient)}. One "
        f"before the second convolution is read by {cells} and gets {figure(deeper.gradient)}."
    )


_PINNED = Cell(_POOLED, 4 * 16 + 3)

LESSON = Lesson(
    slug="lenet",
    title="LeNet on a handwritten digit",
    network={
        "version": 1,
        "title": "LeNet",
        "input": [
            _rounded(_enlarged(np.array(DIGIT.split(), dtype=float).reshape(8, 8)) / 16),
        ],
        "layers": _layers(),
        "head": {"type": "cross_entropy", "target": _LABEL},
    },
    pinned=_PINNED,
    question=_question,
    answer=_answer,
)
