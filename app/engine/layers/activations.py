"""Activations: each output cell reads the one input cell in its own place."""

import math

import numpy as np
import numpy.typing as npt

from app.engine.layers.base import Layer
from app.engine.types import (
    Array,
    Contributions,
    Index,
    Shape,
    View,
    identity,
)


class Activation(Layer):
    """A function of one number, applied to every cell.

    Its tape is its slope at every cell, which may be a truth value where it is 1 or 0.
    """

    zero = "blocked"

    def __init__(self, input_shape: Shape) -> None:
        self.input_shape = self.shape = input_shape
        self.multiply_adds = math.prod(input_shape)

    def backward(self, tape: Array, upstream: Array, view: View = identity) -> Array:
        return upstream * view(tape)

    def contributions_to(self, tape: Array, cells: Index) -> Contributions:
        return Contributions(cells, cells, tape.reshape(-1)[cells].astype(np.float64))

    def contributions_of(self, tape: Array, cell: int) -> Contributions:
        return self.contributions_to(tape, np.array([cell]))


class Relu(Activation):
    """max(0, x); its slope at 0 is 0."""

    stays_finite = True

    def forward(self, x: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
        return np.maximum(x, 0.0), x > 0


class LeakyRelu(Activation):
    """x where x > 0, else slope · x; its slope at 0 is ``negative_slope``."""

    def __init__(self, input_shape: Shape, negative_slope: float = 0.01) -> None:
        super().__init__(input_shape)
        self.negative_slope = negative_slope

    def forward(self, x: Array) -> tuple[Array, Array]:
        slope = np.where(x > 0, 1.0, self.negative_slope)
        return x * slope, slope


class Sigmoid(Activation):
    """1 / (1 + e^−x), slope y(1 − y)."""

    stays_finite = True

    def forward(self, x: Array) -> tuple[Array, Array]:
        y = 1.0 / (1.0 + np.exp(-x))
        return y, y * (1.0 - y)


class Tanh(Activation):
    """tanh x, slope 1 − y²."""

    stays_finite = True

    def forward(self, x: Array) -> tuple[Array, Array]:
        y = np.tanh(x)
        return y, 1.0 - y * y


class Identity(Activation):
    """x itself, slope 1."""

    stays_finite = True

    def forward(self, x: Array) -> tuple[Array, Array]:
        return x, np.ones_like(x)
