"""What every layer is, and the few helpers that several kinds share."""

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from app.engine.types import (
    Array,
    Contributions,
    Index,
    Misfit,
    Pair,
    Shape,
    View,
    Zero,
    identity,
)
from app.engine.windows import Windows

ONE = np.ones(1)
"""The local derivative of what only hands on."""


class Layer(ABC):
    """A layer bound to the shape of its input. ``shape`` is the shape of its output."""

    zero: ClassVar[Zero]
    """Why a local derivative of this layer is 0, as a code of the contract."""

    shape: Shape
    input_shape: Shape
    multiply_adds: int
    """How many products one forward pass takes."""
    stays_finite: bool = False
    """Whether it cannot overflow, since nothing it passes on, or back, outgrows what it got."""
    window_reads: int = 0
    """How many numbers its windows copy out of the input."""

    @property
    def cells(self) -> int:
        """How many numbers its output holds, and its padded input where it slides a window."""
        windows: Windows | None = getattr(self, "windows", None)
        framed = 0 if windows is None else self.input_shape[0] * math.prod(windows.frame)
        return math.prod(self.shape) + framed

    @property
    def parameters(self) -> dict[str, Array]:
        """The arrays this layer learns, by the name of their field."""
        return {}

    @abstractmethod
    def forward(self, x: Array) -> tuple[Array, Any]:
        """Input → (output, tape)."""

    @abstractmethod
    def backward(self, tape: Any, upstream: Array, view: View = identity) -> Array:
        """For each input cell, the sum of upstream × view(local derivative) over its readers."""

    def backward_parameters(
        self, tape: Any, upstream: Array, view: View = identity
    ) -> dict[str, Array]:
        """The same for each parameter, over the output cells that use it."""
        return {}

    @abstractmethod
    def contributions_to(self, tape: Any, cells: Index) -> Contributions:
        """The contributions through which some input cells (flat) are read, cell after cell."""

    @abstractmethod
    def contributions_of(self, tape: Any, cell: int) -> Contributions:
        """The contributions that one output cell is made of."""

    def contributions_to_parameter(self, tape: Any, name: str, cell: int) -> Contributions:
        """The contributions through which one parameter is used."""
        raise KeyError(name)

    def weight_between(self, output: int, cell: int) -> int | None:
        """The weight (flat) by which an output reads an input cell; None where there is none."""
        return None

    def with_parameter(self, name: str, array: Array) -> "Layer":
        """This layer with another array in the place of one parameter."""
        raise KeyError(name)


def triples(outputs: Any, inputs: Any, derivatives: Array) -> Contributions:
    """Contributions from flat cells, broadcast to the derivatives."""
    flat = derivatives.reshape(-1)
    n = len(flat)
    return Contributions(
        np.broadcast_to(np.asarray(outputs, np.intp).reshape(-1), n),
        np.broadcast_to(np.asarray(inputs, np.intp).reshape(-1), n),
        flat,
    )


def map_of(shape: Shape) -> tuple[int, Pair]:
    """(channels, (rows, columns)) of a map; a Misfit where the shape is a row."""
    if len(shape) != 3:
        raise Misfit(
            None,
            f"This layer slides over a map, but what reaches it is a row of {shape[0]} numbers. "
            "Give the network an input of channels × rows × columns, or put this layer before "
            "flatten.",
        )
    return shape[0], (shape[1], shape[2])
