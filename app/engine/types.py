"""The few types that the whole engine shares."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Shape = tuple[int, ...]
Pair = tuple[int, int]

Choices = npt.NDArray[np.bool_] | npt.NDArray[np.intp]
"""[cells] or [cells, taps]: what each output cell of a layer chose, where it may switch."""

View = Callable[[Array], Array]
"""How to look at local derivatives: as they are, by size, or only where they are (not) 0."""


Zero = Literal[
    "lost", "blocked", "weight", "input", "settled", "upstream", "underflow",
    "unread", "mixed", "cancelled",
]  # fmt: skip
"""Why a term or a gradient is 0; the last three are said of gradients only."""


class Contributions(NamedTuple):
    """Triples (output cell, input cell, local derivative), each an array [n], in adding order.

    Cells are flat C-order indexes. ``inputs`` is −1 where a window reads padding, and the
    parameter's own index where the input is a parameter.
    """

    outputs: Index
    inputs: Index
    derivatives: Array


class Leads(NamedTuple):
    """By how much choices are decided; arrays of one shape, an entry a choice."""

    values: Array
    """What is chosen by: a window's maximum, a cell beside an edge."""
    by: Array
    """How far it is from where the choice changes; ∞ where it cannot."""


class Misfit(ValueError):
    """A layer or head that cannot follow what comes before it: which field, and the cure."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message
        self.layer: int | None = None


class Overflow(ValueError):
    """A figure too large for float64, at one layer (−1 the input, None the head)."""

    def __init__(self, layer: int | None, what: str) -> None:
        super().__init__(what)
        self.layer, self.what = layer, what


def identity(derivatives: Array) -> Array:
    """The local derivatives themselves: a backward pass with them gives gradients."""
    return derivatives


def is_open(derivatives: Array) -> Array:
    """1 where a local derivative is not 0: a backward pass with them counts open contributions."""
    return np.not_equal(derivatives, 0).astype(np.float64)


def is_closed(derivatives: Array) -> Array:
    """1 where a local derivative is 0: a backward pass with them counts blocked contributions."""
    return np.equal(derivatives, 0).astype(np.float64)
