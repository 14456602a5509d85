"""The catalogue of mistakes, each with the steps of the backward pass that it replaces."""

from app.engine.mistakes.catalogue.activations import ACTIVATIONS, TAKEN
from app.engine.mistakes.catalogue.batches import BATCHES, one_example
from app.engine.mistakes.catalogue.branches import BRANCHES
from app.engine.mistakes.catalogue.geometry import GEOMETRY
from app.engine.mistakes.catalogue.losses import LOSSES
from app.engine.mistakes.catalogue.mistake import (
    CODES,
    Changes,
    Code,
    ForwardCode,
    Mistake,
    PerCode,
    StartCode,
    StepCode,
    WholeCode,
    step_code,
)
from app.engine.mistakes.catalogue.pooling import AVERAGE_POOLING, MAX_POOLING
from app.engine.mistakes.catalogue.weights import PARAMETERS, WEIGHTS, one_position

__all__ = [
    "CODES",
    "MISTAKES",
    "Changes",
    "Code",
    "ForwardCode",
    "Mistake",
    "PerCode",
    "StartCode",
    "StepCode",
    "WholeCode",
    "one_example",
    "one_position",
    "step_code",
]

MISTAKES: tuple[Mistake, ...] = (
    *WEIGHTS, *MAX_POOLING, *AVERAGE_POOLING, *ACTIVATIONS, *TAKEN, *PARAMETERS, *BATCHES,
    *GEOMETRY, *BRANCHES, *LOSSES,
)  # fmt: skip
"""The mistakes in the order of a report; those that change a whole array are in ``whole``."""
