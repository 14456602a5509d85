"""The rounding errors of a trace's figures: of one example or of a batch, exactly or roughly."""

from typing import Protocol

import numpy as np

from app.engine.mistakes.losses import Losses
from app.engine.mistakes.precision import Precision
from app.engine.mistakes.rough_losses import RoughLosses
from app.engine.network import Trace
from app.engine.probe import work
from app.engine.types import Array

MAX_FOLLOWED = 30_000_000
"""A network whose forward pass handles more numbers gets ``RoughLosses``."""


class Errors(Protocol):
    """The rounding errors of a trace's figures in an arithmetic."""

    precision: Precision

    def value(self, layer: int) -> Array:
        """The errors of a layer's output, in its shape; −1 for the input."""

    def array(self, layer: int, parameter: str | None) -> Array:
        """The errors of the gradient of a layer's output or of a parameter, in its shape."""


def losses(trace: Trace, precision: Precision) -> Errors:
    """The rounding errors that the figures of a trace may have in an arithmetic."""
    if work(trace.network) > MAX_FOLLOWED:
        return RoughLosses(trace, precision)
    return (Losses if trace.network.examples is None else BatchLosses)(trace, precision)


class BatchLosses:
    """The errors of a batch's figures: those of each example, stacked or added up."""

    def __init__(self, trace: Trace, precision: Precision) -> None:
        self.precision = precision
        examples = range(trace.network.examples or 1)
        self._parts = [Losses(trace.example(at), precision) for at in examples]

    def value(self, layer: int) -> Array:
        """The errors of a layer's output, [examples, …]; −1 for the input."""
        return np.stack([part.value(layer) for part in self._parts])

    def array(self, layer: int, parameter: str | None) -> Array:
        """The errors of the gradient of a layer's output, [examples, …], or of a parameter."""
        if parameter is None:
            return np.stack([part.array(layer, None) for part in self._parts])
        return self._parts[0].of_all(self._parts, layer, parameter)
