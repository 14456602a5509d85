"""Rough errors, for networks so large that propagating every rounding takes too long."""

import math

import numpy as np

from app.engine.magnitudes import magnitudes
from app.engine.mistakes.precision import SPREAD, Precision
from app.engine.network import Trace
from app.engine.types import Array


class RoughLosses:
    """How far each figure of a trace may be off, as a share of Σ|terms|.

    The share is the sum of the shares that all layers lose. No cell is known to be exact.
    """

    def __init__(self, trace: Trace, precision: Precision) -> None:
        self.trace, self.precision = trace, precision
        layers = trace.network.layers
        roundings = sum(
            2 + math.sqrt(each.multiply_adds / math.prod(each.shape)) for each in layers
        )
        roundings *= math.sqrt(trace.network.examples or 1)  # what a parameter's sum adds up
        self._share = SPREAD * precision.unit * 2 * roundings
        self._sizes = magnitudes(trace)

    def value(self, layer: int) -> Array:
        """The errors of a layer's output, in its shape; −1 for the input."""
        return self._of(self._sizes.values[layer + 1])

    def array(self, layer: int, parameter: str | None) -> Array:
        """The errors of the gradient of a layer's output or of a parameter, in its shape."""
        sizes = self._sizes
        return self._of(
            sizes.gradients[layer + 1] if parameter is None else sizes.parameters[layer][parameter]
        )

    def _of(self, size: Array) -> Array:
        finite = np.where(np.isfinite(size), size, 0.0)
        return np.asarray(self._share * finite + self.precision.smallest)
