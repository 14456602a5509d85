"""Heads: where the backward pass starts.

A head turns the last layer's output into the first upstream gradients. The head ``upstream`` takes
them from the document; a loss computes them as its derivatives.
"""

from app.engine.heads.base import Head, HeadName, PerHead, Reduction, Start, Upstream
from app.engine.heads.classes import CrossEntropy, NegativeLogLikelihood
from app.engine.heads.outputs import (
    CERTAIN,
    AbsoluteError,
    BinaryCrossEntropy,
    BinaryCrossEntropyWithLogits,
    Huber,
    MeanSquaredError,
    PerOutput,
    SmoothL1,
)

_CLASSES: list[type[Head]] = [
    Upstream,
    CrossEntropy,
    NegativeLogLikelihood,
    BinaryCrossEntropyWithLogits,
    BinaryCrossEntropy,
    MeanSquaredError,
    AbsoluteError,
    SmoothL1,
    Huber,
]
KINDS: dict[HeadName, type[Head]] = {kind.name: kind for kind in _CLASSES}
"""The class of each kind of head, by the contract's name."""

__all__ = [
    "CERTAIN",
    "KINDS",
    "AbsoluteError",
    "BinaryCrossEntropy",
    "BinaryCrossEntropyWithLogits",
    "CrossEntropy",
    "Head",
    "HeadName",
    "Huber",
    "MeanSquaredError",
    "NegativeLogLikelihood",
    "PerHead",
    "PerOutput",
    "Reduction",
    "SmoothL1",
    "Start",
    "Upstream",
]
