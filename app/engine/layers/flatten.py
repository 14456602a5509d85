"""Flatten: the same cells as a row."""

import math

import numpy as np

from app.engine.layers.base import ONE, WithoutChoices
from app.engine.types import (
    Array,
    Contributions,
    Index,
    Shape,
    View,
    identity,
)


class Flatten(WithoutChoices):
    """[C, H, W] → [C·H·W]: the same cells as a row, in C order."""

    name = "flatten"
    family = "relabelling"
    passages = ()
    zero = "weight"  # a relabelling's derivative is never 0
    is_piecewise_linear = True
    keeps_channels = True
    rounding = "never"
    slide = None
    weight_noun = None
    gain = 1.0

    def __init__(self, input_shape: Shape) -> None:
        self.input_shape, self.shape = input_shape, (math.prod(input_shape),)
        self.multiply_adds = 0

    def forward(self, x: Array) -> tuple[Array, None]:
        return x.reshape(*self.examples(x), -1), None

    def backward(self, tape: None, upstream: Array, view: View = identity) -> Array:
        examples = upstream.shape[:-1]
        return (upstream * view(ONE)).reshape(*examples, *self.input_shape)

    def bound_forward(self, x: Array) -> Array:
        return x.reshape(-1)

    def bound_backward(self, upstream: Array) -> Array:
        return upstream.reshape(self.input_shape)

    def contributions_to(self, tape: None, cells: Index) -> Contributions:
        return Contributions(cells, cells, np.ones(len(cells)))

    def contributions_of(self, tape: None, cell: int) -> Contributions:
        return self.contributions_to(tape, np.array([cell]))
