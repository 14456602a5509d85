"""Add: adds the output of an earlier layer to the output of the layer before."""

import math

import numpy as np

from app.engine.layers.base import ONE, WithoutChoices
from app.engine.types import Array, Contributions, Index, Shape, View, identity


class Add(WithoutChoices):
    """A skip connection: the layer before + layer ``source`` (−1: the input), cell by cell.

    The network computes the sum (see ``base.reaching``). Each output cell reads the cell at the
    same place of both layers, with the local derivative 1.
    """

    name = "add"
    family = "addition"
    passages = ("skip", "pass")
    zero = "weight"  # never used: the derivative is always 1
    is_piecewise_linear = True
    keeps_channels = True
    rounding = "sums"
    slide = None
    weight_noun = None
    gain = 2.0

    def __init__(self, input_shape: Shape, source: int) -> None:
        self.input_shape = self.shape = input_shape
        self.skips_from = source
        self.multiply_adds = math.prod(input_shape)

    def forward(self, x: Array) -> tuple[Array, None]:
        return x, None

    def backward(self, tape: None, upstream: Array, view: View = identity) -> Array:
        return np.asarray(upstream * view(ONE))

    def bound_forward(self, x: Array) -> Array:
        return x

    def bound_backward(self, upstream: Array) -> Array:
        return upstream

    def contributions_to(self, tape: None, cells: Index) -> Contributions:
        return Contributions(cells, cells, np.ones(len(cells)))

    def contributions_of(self, tape: None, cell: int) -> Contributions:
        return self.contributions_to(tape, np.array([cell]))
