"""What every layer is, and the few helpers that several kinds share."""

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from app.engine.layers.kinds import Family, LayerName, Passage, Rounding, WeightNoun
from app.engine.types import (
    Array,
    Choices,
    Contributions,
    Index,
    Leads,
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


class Slide(NamedTuple):
    """How a layer slides windows over its input."""

    windows: Windows
    usual_stride: Pair
    """What the stride is unless one is given."""
    counts_padding: bool
    """Whether padding counts as zeros; else it counts as nothing."""


class Setting(NamedTuple):
    """An option of a layer or a head that can be changed while every shape stays as it is."""

    name: str
    choices: tuple[Any, ...] = ()
    """What it may be; empty for any number."""


class Layer(ABC):
    """A layer bound to the shape of its input. ``shape`` is the shape of its output.

    A kind of layer says here all that the rest of the program must know of it.
    """

    name: ClassVar[LayerName]

    @property
    @abstractmethod
    def family(self) -> Family:
        """The layers it is explained and drawn like."""

    @property
    @abstractmethod
    def passages(self) -> tuple[Passage, ...]:
        """The phases of the backward pass in which gradients go through it.

        None, and it is not shown: it only gives the same cells other names.
        """

    @property
    @abstractmethod
    def zero(self) -> Zero:
        """Why a local derivative of this layer is 0, as a code of the contract."""

    @property
    @abstractmethod
    def is_piecewise_linear(self) -> bool:
        """Whether it is straight, or has kinks with straight lines between them."""

    @property
    @abstractmethod
    def keeps_channels(self) -> bool:
        """Whether a channel of its output reads the same channel of its input, and no other."""

    @property
    @abstractmethod
    def rounding(self) -> Rounding:
        """Where another correct program may round its outputs differently."""

    @property
    @abstractmethod
    def slide(self) -> Slide | None:
        """How it slides windows; None if it slides none."""

    @property
    @abstractmethod
    def weight_noun(self) -> WeightNoun | None:
        """What its weight is called; None if it has none."""

    shape: Shape
    input_shape: Shape
    multiply_adds: int
    """How many products one forward pass takes."""
    groups: int = 1
    """Into how many parts its channels are cut; an output reads those of its own part."""
    skips_from: int | None = None
    """The earlier layer (−1: the input) whose output it reads too, beside the one before it."""
    exact_values: tuple[float, ...] = ()
    """Outputs that every correct program gives to the bit, however it rounds before."""
    window_reads: int = 0
    """How many numbers its windows copy out of the input."""

    @property
    def cells(self) -> int:
        """How many numbers its output holds, and its padded input where it slides a window."""
        slide = self.slide
        framed = 0 if slide is None else self.input_shape[0] * math.prod(slide.windows.frame)
        return math.prod(self.shape) + framed

    @property
    def parameters(self) -> dict[str, Array]:
        """The arrays this layer learns, by the name of their field."""
        return {}

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Its options that leave every shape as it is, and make a difference here."""
        return ()

    @classmethod
    def default(cls, option: str) -> Any:
        """What an option is unless it is given."""
        return inspect.signature(cls).parameters[option].default

    @property
    def relabels(self) -> bool:
        """Whether its outputs are its inputs, cell by cell, under other names."""
        return not self.passages

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

    # How large its figures can get, see ``app.engine.bounds``: the most that the sizes of all
    # products of one sum add up to, given the most that each number they are made of can be.

    @property
    @abstractmethod
    def gain(self) -> float:
        """Inputs of at most n ≥ 1 give no bound of this layer above gain · n, nor do gradients."""

    @abstractmethod
    def bound_forward(self, x: Array) -> Array:
        """Bounds of the input → bounds of the output.

        Raises:
            Overflow: what it adds up on the way is too large.
        """

    @abstractmethod
    def bound_backward(self, upstream: Array) -> Array:
        """Bounds of the upstream gradients → bounds of the gradients of the input.

        Raises:
            Overflow: what it adds up on the way is too large.
        """

    def bound_parameters(self, x: Array, upstream: Array) -> dict[str, Array]:
        """Bounds of the input and of the upstream gradients → those of each parameter's."""
        return {}

    @abstractmethod
    def contributions_to(self, tape: Any, cells: Index) -> Contributions:
        """The contributions through which some input cells (flat) are read, cell after cell."""

    @abstractmethod
    def contributions_of(self, tape: Any, cell: int) -> Contributions:
        """The contributions that one output cell is made of."""

    @abstractmethod
    def choices(self, x: Array, tape: Any) -> Choices | None:
        """What each output cell chooses; None if nothing ever switches.

        Where a choice changes is a kink (or a jump): no single derivative exists there.
        """

    @abstractmethod
    def leads(self, x: Array) -> Leads | None:
        """By how much its choices are decided; None if nothing ever switches."""

    @abstractmethod
    def follows(self, at: int, choice: Any) -> tuple[int, ...]:
        """The input cells (flat) that an output cell follows when it chooses so."""

    @abstractmethod
    def crossed(self, choice: Any, other: Any) -> tuple[float, ...]:
        """The values that an output cell's input crosses between two choices, if by any."""

    def winners(self, tape: Any) -> Index | None:
        """The winning input cells, flat in their channel's plane; None if none can win."""
        return None

    def contributions_to_parameter(self, tape: Any, name: str, cell: int) -> Contributions:
        """The contributions through which one parameter is used."""
        raise KeyError(name)

    def weight_between(self, output: int, cell: int) -> int | None:
        """The weight (flat) by which an output reads an input cell; None where there is none."""
        return None

    def with_parameter(self, name: str, array: Array) -> "Layer":
        """This layer with another array in the place of one parameter."""
        raise KeyError(name)


def reaching(layer: Layer, at: int, outputs: Sequence[Array]) -> Array:
    """What reaches the layer at a place: the output before it, and what a skip adds to that.

    ``outputs[0]`` is the input and ``outputs[i + 1]`` the output of layer i, or their bounds.
    """
    if layer.skips_from is None:
        return outputs[at]
    return outputs[at] + outputs[layer.skips_from + 1]


def send_back(layer: Layer, at: int, sent: Array, gradients: dict[int, Array]) -> None:
    """Add what a layer sends back to the gradient of each output that it reads.

    ``gradients[i]`` is that of layer i's output (−1: the input) as far as its readers have paid.
    """
    reads = (at - 1,) if layer.skips_from is None else (layer.skips_from, at - 1)
    for source in reads:
        arrived = gradients.get(source)
        gradients[source] = sent if arrived is None else arrived + sent


class WithoutChoices(Layer):
    """A layer in which nothing ever switches."""

    def choices(self, x: Array, tape: Any) -> None:
        return None

    def leads(self, x: Array) -> None:
        return None

    def follows(self, at: int, choice: Any) -> tuple[int, ...]:
        raise NotImplementedError(f"{self.name} chooses nothing")

    def crossed(self, choice: Any, other: Any) -> tuple[float, ...]:
        raise NotImplementedError(f"{self.name} chooses nothing")


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
