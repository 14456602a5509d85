"""The types that the whole engine shares."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Shape = tuple[int, ...]
Pair = tuple[int, int]

Choices = npt.NDArray[np.bool_] | npt.NDArray[np.intp]
"""[cells] or [cells, taps]: the choice of each output cell of a layer that has kinks or jumps."""

View = Callable[[Array], Array]
"""A function of local derivatives: unchanged, absolute, or 1 where they are (not) 0."""


Zero = Literal[
    "lost", "blocked", "weight", "input", "settled", "upstream", "underflow",
    "unread", "mixed", "cancelled",
]  # fmt: skip
"""Why a term or a gradient is 0; the last three apply to gradients only."""


class Contributions(NamedTuple):
    """Triples (output cell, input cell, local derivative) as arrays [n], in the order of addition.

    Cells are flat C-order indexes. ``inputs`` is −1 where a window reads padding; for a parameter's
    contributions it is the flat index in the parameter.
    """

    outputs: Index
    inputs: Index
    derivatives: Array


class Leads(NamedTuple):
    """How far each choice is from changing; arrays of one shape, with an entry per choice."""

    values: Array
    """The value that decides the choice: a window's maximum, or an activation's input."""
    by: Array
    """Its distance from the value where the choice changes; ∞ where it cannot change."""


class Misfit(ValueError):
    """A layer or head does not fit the shape before it. It names the field and the cure."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message
        self.layer: int | None = None


class Overflow(ValueError):
    """A figure at one layer (−1: the input, None: the head) may be too large for float64."""

    def __init__(self, layer: int | None, what: str) -> None:
        super().__init__(what)
        self.layer, self.what = layer, what


def identity(derivatives: Array) -> Array:
    """The local derivatives unchanged; a backward pass with this view gives gradients."""
    return derivatives


def is_open(derivatives: Array) -> Array:
    """1 where a local derivative is not 0; a backward pass with it counts open contributions."""
    return np.not_equal(derivatives, 0).astype(np.float64)


def is_closed(derivatives: Array) -> Array:
    """1 where a local derivative is 0; a backward pass with it counts blocked contributions."""
    return np.equal(derivatives, 0).astype(np.float64)
