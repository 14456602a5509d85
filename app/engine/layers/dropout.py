"""Dropout with a given mask: what a training step drew, shown as it was."""

import numpy as np

from app.engine.layers.activations import Activation, Reach
from app.engine.layers.base import Setting, times
from app.engine.layers.kinds import Rounding
from app.engine.types import Array, Misfit, Shape


class Dropout(Activation):
    """x / (1 − p) where the mask is 1, and 0 where it is 0; with p = 1, 0 everywhere.

    The mask has the shape of its input, or of a batch [examples, …]: one for each example.
    """

    name = "dropout"
    is_piecewise_linear = True
    edges = ()
    closed = "masked"

    def __init__(self, input_shape: Shape, mask: Array, p: float = 0.5) -> None:
        if mask.shape != input_shape and mask.shape[1:] != input_shape:
            raise Misfit(
                "mask",
                f"The mask has the shape {times(mask.shape)}, but what reaches this layer is "
                f"{times(input_shape)}: give a 0 or a 1 for each cell.",
            )
        super().__init__(input_shape)
        self.mask, self.p = mask, p
        self.own_examples = len(mask) if mask.ndim > len(input_shape) else None
        self._slope = np.where(mask == 0, 0.0, 0.0 if p == 1 else 1.0 / (1.0 - p))

    @property
    def constants(self) -> dict[str, Array]:
        return {"mask": self.mask}

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (Setting("p"),)

    @property
    def rounding(self) -> Rounding:
        # Others may divide by 1 − p instead of multiplying by its inverse.
        mantissa, _ = np.frexp(1.0 - self.p)
        return "never" if mantissa in (0.0, 0.5) else "always"

    @property
    def reach(self) -> Reach:
        return Reach(0.0, max(1.0, float(self._slope.max())), np.inf)

    def forward(self, x: Array) -> tuple[Array, Array]:
        return x * self._slope, self._slope

    def example(self, at: int) -> "Dropout":
        if self.own_examples is None:
            return self
        return Dropout(self.input_shape, self.mask[at], self.p)

    def tape_of(self, tape: Array, example: int) -> Array:
        return tape if self.own_examples is None else tape[example]
