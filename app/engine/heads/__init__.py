"""Where a backward pass starts: what the end of the network asks each output to change.

A head turns the last layer's output into the first upstream gradients. Under ``upstream`` they are
given; under a loss they are its derivatives.
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
"""Each kind of head by the contract's name."""

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
