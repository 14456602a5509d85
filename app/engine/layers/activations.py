"""Activations: each output cell reads the one input cell in its own place."""

import math
from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from app.engine.layers.base import Layer, Setting
from app.engine.types import (
    Array,
    Choices,
    Contributions,
    Index,
    Leads,
    Shape,
    View,
    identity,
)


class Reach(NamedTuple):
    """How large the outputs and slopes of an activation can get."""

    at_0: float
    """The size of its output at 0."""
    steepest: float
    """The largest size of its slope."""
    highest: float
    """The largest size of an output."""


class Activation(Layer):
    """A function of one number, applied to every cell.

    Its tape is its slope at every cell, which may be a truth value where it is 1 or 0.
    """

    family = "activation"
    passages = ("pass",)
    zero = "blocked"
    keeps_channels = True
    slide = None
    weight_noun = None

    off: ClassVar[tuple[int, ...]] = ()
    """The pieces in which it counts as switched off."""

    @property
    @abstractmethod
    def edges(self) -> tuple[float, ...]:
        """Where its slope or its value jumps, ascending; so many edges make one more pieces."""

    @property
    @abstractmethod
    def reach(self) -> Reach:
        """How large its outputs and slopes can get."""

    def __init__(self, input_shape: Shape) -> None:
        self.input_shape = self.shape = input_shape
        self.multiply_adds = math.prod(input_shape)

    def backward(self, tape: Array, upstream: Array, view: View = identity) -> Array:
        return upstream * view(tape)

    def choices(self, x: Array, tape: Array) -> Choices | None:
        """The piece that each cell is on: how many edges are below it."""
        edges, flat = self.edges, x.reshape(-1)
        if len(edges) == 1:
            return np.greater(flat, edges[0])
        return np.searchsorted(edges, flat) if edges else None

    def leads(self, x: Array) -> Leads | None:
        """Each cell's distance from the nearest edge."""
        if not self.edges:
            return None
        return Leads(x, np.min([np.abs(x - edge) for edge in self.edges], axis=0))

    def follows(self, at: int, choice: Any) -> tuple[int, ...]:
        return () if choice in self.off else (at,)

    def crossed(self, choice: Any, other: Any) -> tuple[float, ...]:
        low, high = sorted((int(choice), int(other)))
        return self.edges[low:high]

    @property
    def gain(self) -> float:
        return max(1.0, self.reach.at_0 + self.reach.steepest)

    def bound_forward(self, x: Array) -> Array:
        return np.minimum(self.reach.at_0 + self.reach.steepest * x, self.reach.highest)

    def bound_backward(self, upstream: Array) -> Array:
        return self.reach.steepest * upstream

    def contributions_to(self, tape: Array, cells: Index) -> Contributions:
        return Contributions(cells, cells, tape.reshape(-1)[cells].astype(np.float64))

    def contributions_of(self, tape: Array, cell: int) -> Contributions:
        return self.contributions_to(tape, np.array([cell]))


class Relu(Activation):
    """max(0, x); its slope at 0 is 0."""

    name = "relu"
    is_piecewise_linear = True
    edges = (0.0,)
    off = (0,)
    rounding = "never"
    exact_values = (0.0,)
    reach = Reach(0.0, 1.0, math.inf)

    def forward(self, x: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
        return np.maximum(x, 0.0), x > 0


class LeakyRelu(Activation):
    """x where x > 0, else slope · x; its slope at 0 is ``negative_slope``."""

    name = "leaky_relu"
    is_piecewise_linear = True
    edges = (0.0,)
    off = (0,)
    rounding = "never"
    settings = (Setting("negative_slope"),)

    def __init__(self, input_shape: Shape, negative_slope: float = 0.01) -> None:
        super().__init__(input_shape)
        self.negative_slope = negative_slope

    @property
    def reach(self) -> Reach:
        return Reach(0.0, max(1.0, abs(self.negative_slope)), math.inf)

    def forward(self, x: Array) -> tuple[Array, Array]:
        slope = np.where(x > 0, 1.0, self.negative_slope)
        return x * slope, slope


class Sigmoid(Activation):
    """1 / (1 + e^−x), slope y(1 − y)."""

    name = "sigmoid"
    is_piecewise_linear = False
    edges = ()
    rounding = "always"
    reach = Reach(0.5, 0.25, 1.0)

    def forward(self, x: Array) -> tuple[Array, Array]:
        y = 1.0 / (1.0 + np.exp(-x))
        return y, y * (1.0 - y)


class Tanh(Activation):
    """tanh x, slope 1 − y²."""

    name = "tanh"
    is_piecewise_linear = False
    edges = ()
    rounding = "always"
    reach = Reach(0.0, 1.0, 1.0)

    def forward(self, x: Array) -> tuple[Array, Array]:
        y = np.tanh(x)
        return y, 1.0 - y * y


class Identity(Activation):
    """x itself, slope 1."""

    name = "identity"
    is_piecewise_linear = True
    edges = ()
    rounding = "never"
    reach = Reach(0.0, 1.0, math.inf)

    def forward(self, x: Array) -> tuple[Array, Array]:
        return x, np.ones_like(x)
