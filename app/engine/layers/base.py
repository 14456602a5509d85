"""The base class of all layers, and the helpers that several kinds share."""

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
"""The local derivative of a layer that hands its input on."""


class Slide(NamedTuple):
    """How a layer slides windows over its input."""

    windows: Windows
    usual_stride: Pair
    """The default stride."""
    counts_padding: bool
    """Whether padding counts as zeros; if not, windows ignore it."""


class Setting(NamedTuple):
    """An option of a layer or a head that changes no shape."""

    name: str
    choices: tuple[Any, ...] = ()
    """The allowed values; empty if any number is allowed."""


class Layer(ABC):
    """A layer bound to the shape of its input. ``shape`` is the shape of its output.

    Each kind defines here everything that the rest of the program must know of it.
    """

    name: ClassVar[LayerName]

    @property
    @abstractmethod
    def family(self) -> Family:
        """The family of layers that are explained and drawn in the same way."""

    @property
    @abstractmethod
    def passages(self) -> tuple[Passage, ...]:
        """The phases of the backward pass in which gradients go through it.

        Empty for a layer that only relabels cells; such a layer is not shown.
        """

    @property
    @abstractmethod
    def zero(self) -> Zero:
        """The contract's code of the reason why a local derivative of this layer is 0."""

    @property
    @abstractmethod
    def is_piecewise_linear(self) -> bool:
        """Whether it is linear, or linear between kinks."""

    @property
    @abstractmethod
    def keeps_channels(self) -> bool:
        """Whether each output channel reads only the input channel of the same index."""

    @property
    @abstractmethod
    def rounding(self) -> Rounding:
        """Which of its outputs another correct program may round differently."""

    @property
    @abstractmethod
    def slide(self) -> Slide | None:
        """How it slides windows; None for a layer without windows."""

    @property
    @abstractmethod
    def weight_noun(self) -> WeightNoun | None:
        """The word for its weight; None for a layer without weights."""

    shape: Shape
    input_shape: Shape
    multiply_adds: int
    """The number of products of one forward pass."""
    groups: int = 1
    """The number of channel groups; an output reads only the inputs of its own group."""
    skips_from: int | None = None
    """The earlier layer (−1: the input) whose output it adds; None for a layer without a skip."""
    exact_values: tuple[float, ...] = ()
    """Outputs that every correct program gives exactly, whatever its rounding."""
    axes: int = 2
    """The number of axes that its windows slide along: 2 of a map, 1 of [channels, positions]."""
    parameter_zero: Zero = "input"
    """Why a local derivative to a parameter is 0."""
    repeats: int = 1
    """No less than the number of times that one output reads one input cell."""
    own_examples: int | None = None
    """Of how many examples it has numbers of their own; None: all examples share its numbers."""
    window_reads: int = 0
    """The number of cells that its windows read, each read counted."""

    @property
    def cells(self) -> int:
        """The number of cells of its output, and of its padded input if it slides windows."""
        slide = self.slide
        framed = 0 if slide is None else self.input_shape[0] * math.prod(slide.windows.frame)
        return math.prod(self.shape) + framed

    @property
    def parameters(self) -> dict[str, Array]:
        """The arrays that this layer learns, by field name."""
        return {}

    @property
    def constants(self) -> dict[str, Array]:
        """The arrays that it is given and does not learn, by the name of their field."""
        return {}

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The options that change no shape and have an effect in this layer."""
        return ()

    @classmethod
    def default(cls, option: str) -> Any:
        """The default of an option."""
        return inspect.signature(cls).parameters[option].default

    @property
    def relabels(self) -> bool:
        """Whether its outputs are its inputs, only with other indexes."""
        return not self.passages

    # The input and the upstream gradients of the next three may have a leading axis: the examples
    # of a batch. The gradient of a parameter is then the sum over all examples.

    @abstractmethod
    def forward(self, x: Array) -> tuple[Array, Any]:
        """Input → (output, tape)."""

    @abstractmethod
    def backward(self, tape: Any, upstream: Array, view: View = identity) -> Array:
        """For each input cell, the sum of upstream × view(local derivative) over its readers."""

    def backward_parameters(
        self, tape: Any, upstream: Array, view: View = identity
    ) -> dict[str, Array]:
        """For each parameter, the same sum over the output cells that use it."""
        return {}

    def examples(self, x: Array) -> Shape:
        """(number of examples,) if an input is a batch, and () if it is a single example."""
        return x.shape[: x.ndim - len(self.input_shape)]

    def example(self, at: int) -> "Layer":
        """This layer for one example of a batch."""
        return self

    def tape_of(self, tape: Any, example: int) -> Any:
        """The tape of one example, from the tape of a batch."""
        if isinstance(tape, np.ndarray):
            return tape[example]
        if tape is None:
            return None
        parts = [part[example] for part in tape]
        return type(tape)(*parts) if hasattr(tape, "_fields") else tuple(parts)

    # Bounds of its figures (see ``app.engine.bounds``): the largest Σ|products| of each sum, given
    # a bound of each factor.

    @property
    @abstractmethod
    def gain(self) -> float:
        """If inputs (or upstream gradients) are at most n ≥ 1, every bound is at most gain · n."""

    @abstractmethod
    def bound_forward(self, x: Array) -> Array:
        """Bounds of the input → bounds of the output.

        Raises:
            Overflow: a sum that it computes on the way is too large.
        """

    @abstractmethod
    def bound_backward(self, upstream: Array) -> Array:
        """Bounds of the upstream gradients → bounds of the gradients of the input.

        Raises:
            Overflow: a sum that it computes on the way is too large.
        """

    def bound_parameters(self, x: Array, upstream: Array) -> dict[str, Array]:
        """Bounds of the input and of the upstream gradients → bounds of dL/dparameter, by name."""
        return {}

    @abstractmethod
    def contributions_to(self, tape: Any, cells: Index) -> Contributions:
        """The contributions that read some input cells (flat), sorted by cell."""

    @abstractmethod
    def contributions_of(self, tape: Any, cell: int) -> Contributions:
        """The contributions that one output cell (flat) is the sum of."""

    @abstractmethod
    def choices(self, x: Array, tape: Any) -> Choices | None:
        """The choice of each output cell, such as a window's winner; None if the layer has none.

        Where a choice changes there is a kink (or a jump), and no single derivative exists.
        """

    @abstractmethod
    def leads(self, x: Array) -> Leads | None:
        """How far its choices are from changing; None if the layer has none."""

    @abstractmethod
    def follows(self, at: int, choice: Any) -> tuple[int, ...]:
        """The input cells (flat) that get the gradient of output cell ``at`` with this choice."""

    @abstractmethod
    def crossed(self, choice: Any, other: Any) -> tuple[float, ...]:
        """The edges that an output cell's input crosses between two choices; empty for a pool."""

    def winners(self, tape: Any) -> Index | None:
        """The winning input cells, flat in their channel's plane; None for a layer without any."""
        return None

    def contributions_to_parameter(self, tape: Any, name: str, cell: int) -> Contributions:
        """The contributions of one cell (flat) of a parameter."""
        raise KeyError(name)

    def cells_multiplied(self, weight: int, outputs: Index) -> Index:
        """The input cell that a weight (flat) meets at each output that uses it; −1 on padding."""
        return outputs  # A layer that scales its cells one by one meets the same cell.

    def tape_of_change(self, change: Array, view: View) -> Any:
        """A tape in which parameters meet view(local derivative of what they meet) × change."""
        return self.forward(change)[1]

    def weights_between(self, output: int, cell: int) -> list[int]:
        """The weights (flat) through which an output reads an input cell, in adding order.

        Several only where the padding copies cells; empty for a layer without weights.
        """
        return []

    def copy_read(self, output: int, weight: int) -> Shape | None:
        """The (row, column) in the padding that a weight reads for an output; None on the map.

        Along one axis, the (position).
        """
        return None

    def with_parameter(self, name: str, array: Array) -> "Layer":
        """This layer with another array as one of its parameters."""
        raise KeyError(name)


def reaching(layer: Layer, at: int, outputs: Sequence[Array]) -> Array:
    """The input of layer ``at``: the output before it, plus the output that a skip adds.

    ``outputs[0]`` is the input and ``outputs[i + 1]`` the output of layer i, or their bounds.
    """
    if layer.skips_from is None:
        return outputs[at]
    return outputs[at] + outputs[layer.skips_from + 1]


def send_back(layer: Layer, at: int, sent: Array, gradients: dict[int, Array]) -> None:
    """Add a layer's gradient ``sent`` to the gradient of each output that it reads.

    ``gradients[i]`` is the gradient of layer i's output (−1: the input), so far.
    """
    reads = (at - 1,) if layer.skips_from is None else (layer.skips_from, at - 1)
    for source in reads:
        arrived = gradients.get(source)
        gradients[source] = sent if arrived is None else arrived + sent


class WithoutChoices(Layer):
    """A layer without choices: it has no kinks and no jumps."""

    def choices(self, x: Array, tape: Any) -> None:
        return None

    def leads(self, x: Array) -> None:
        return None

    def follows(self, at: int, choice: Any) -> tuple[int, ...]:
        raise NotImplementedError(f"{self.name} chooses nothing")

    def crossed(self, choice: Any, other: Any) -> tuple[float, ...]:
        raise NotImplementedError(f"{self.name} chooses nothing")


def side_by_side(rows: Array) -> Array:
    """[examples, …, n] → […, examples · n]; the rows [m, n] of a single example are unchanged."""
    if rows.ndim == 2:
        return rows
    return rows.transpose(1, 0, 2).reshape(rows.shape[1], -1)


def triples(outputs: Any, inputs: Any, derivatives: Array) -> Contributions:
    """Contributions from flat cells, broadcast to the shape of the derivatives."""
    flat = derivatives.reshape(-1)
    n = len(flat)
    return Contributions(
        np.broadcast_to(np.asarray(outputs, np.intp).reshape(-1), n),
        np.broadcast_to(np.asarray(inputs, np.intp).reshape(-1), n),
        flat,
    )


def count_words(n: int, noun: str) -> str:
    """«1 channel» or «3 channels», for a refusal."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def times(shape: Shape) -> str:
    """«2 × 5 × 5», for a refusal."""
    return " × ".join(map(str, shape))


def map_of(shape: Shape, axes: int = 2) -> tuple[int, Pair]:
    """(channels, (rows, columns)) of a map; with one axis, [channels, positions] has one row.

    Raises:
        Misfit: it is a row, or a map with another number of axes.
    """
    if len(shape) == 1:
        row = "a single number" if shape[0] == 1 else f"a row of {shape[0]} numbers"
        raise Misfit(
            None,
            f"This layer slides {_SLIDES[axes]}, but what reaches it is {row}. Give the network an "
            f"input of {_SIDES[axes]}, or put this layer before flatten.",
        )
    if len(shape) != axes + 1:
        other = 3 - axes
        examples = " If it has the examples first, say “batch”: true." if axes == 1 else ""
        raise Misfit(
            None,
            f"This layer slides {_SLIDES[axes]}, but what reaches it is {times(shape)}, "
            f"{_SIDES[other]}. Use the layer for {other} {'axis' if other == 1 else 'axes'}, as "
            f"conv{other}d, max_pool{other}d or avg_pool{other}d, or give the network an input of "
            f"{_SIDES[axes]}.{examples}",
        )
    return shape[0], (shape[1] if axes == 2 else 1, shape[-1])


_SLIDES = {1: "along one axis", 2: "over a map"}
_SIDES = {1: "channels × positions", 2: "channels × rows × columns"}
"""By the number of axes that a layer slides along, for a refusal."""


def weight_and_bias(weight: Array, bias: Array | None) -> dict[str, Array]:
    """The parameters of a layer whose bias may be left out."""
    return {"weight": weight} if bias is None else {"weight": weight, "bias": bias}


def check_bias(bias: Array | None, out: int) -> None:
    """Raises a Misfit where a bias does not have a number for each of ``out`` outputs."""
    if bias is not None and len(bias) != out:
        raise Misfit(
            "bias",
            f"This layer has {count_words(out, 'output')}, so its bias needs {out}: it has "
            f"{len(bias)}.",
        )
