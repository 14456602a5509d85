"""PReLU: a leaky ReLU that learns its slope."""

from typing import NamedTuple

import numpy as np

from app.engine.layers.activations import Activation, Reach
from app.engine.layers.base import count_words, triples
from app.engine.types import Array, Contributions, Index, Misfit, Shape, View, identity


class _Tape(NamedTuple):
    slope: Array
    below: Array
    """Of each cell what a slope is multiplied by: min(0, x)."""


class PRelu(Activation):
    """x where x > 0, else weight · x: one weight for all cells, or one for each channel.

    Its slope at 0 is the weight. A weight's local derivative is x where x ≤ 0, and 0 elsewhere.
    """

    name = "prelu"
    passages = ("pass", "parameters")
    is_piecewise_linear = True
    edges = (0.0,)
    rounding = "never"
    weight_noun = "slopes"
    parameter_zero = "blocked"

    def __init__(self, input_shape: Shape, weight: Array) -> None:
        if len(weight) not in (1, input_shape[0]):
            raise Misfit(
                "weight",
                f"There are {len(weight)} slopes, and this layer reads "
                f"{count_words(input_shape[0], 'channel')}: give one for each, or one for all.",
            )
        super().__init__(input_shape)
        self.weight = weight

    @property
    def parameters(self) -> dict[str, Array]:
        return {"weight": self.weight}

    @property
    def reach(self) -> Reach:
        return Reach(0.0, max(1.0, float(np.abs(self.weight).max())), np.inf)

    def slopes(self, tape: _Tape) -> Array:
        return tape.slope

    def forward(self, x: Array) -> tuple[Array, _Tape]:
        weight = self.weight.reshape(-1, *(1,) * (len(self.input_shape) - 1))
        slope = np.where(x > 0, 1.0, weight)
        return x * slope, _Tape(slope, np.minimum(x, 0.0))

    def backward_parameters(
        self, tape: _Tape, upstream: Array, view: View = identity
    ) -> dict[str, Array]:
        return {"weight": self._collected(upstream * view(tape.below))}

    def _collected(self, products: Array) -> Array:
        """A product of each cell → their sum for each weight."""
        if self.examples(products):
            products = products.sum(0)
        sums: Array = products.reshape(len(self.weight), -1).sum(1)
        return sums

    def bound_parameters(self, x: Array, upstream: Array) -> dict[str, Array]:
        return {"weight": self._collected(upstream * x)}

    def contributions_to_parameter(self, tape: _Tape, name: str, cell: int) -> Contributions:
        cells: Index = np.arange(self.multiply_adds).reshape(len(self.weight), -1)[cell]
        return triples(cells, cell, tape.below.reshape(-1)[cells])

    def tape_of_change(self, change: Array, view: View) -> _Tape:
        return _Tape(np.ones_like(change), change)

    def with_parameter(self, name: str, array: Array) -> "PRelu":
        return PRelu(self.input_shape, array)
