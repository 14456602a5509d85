"""Activations: each output cell reads one input cell, the one at the same place."""

import math
from abc import abstractmethod
from typing import Any, ClassVar, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from app.engine.layers.base import Layer, Setting
from app.engine.layers.kinds import Passage, WeightNoun
from app.engine.types import (
    Array,
    Choices,
    Contributions,
    Index,
    Leads,
    Misfit,
    Shape,
    View,
    identity,
)

Approximate = Literal["none", "tanh"]


class Reach(NamedTuple):
    """Bounds of the outputs and slopes of an activation."""

    at_0: float
    """|output| for the input 0."""
    steepest: float
    """The largest |slope|."""
    highest: float
    """The largest |output|."""


class Activation(Layer):
    """A function of one number, applied to every cell.

    Its tape is the slope at every cell, or holds it (see ``slopes``). The slopes are boolean where
    each of them is 1 or 0.
    """

    family = "activation"
    passages: tuple[Passage, ...] = ("pass",)
    zero = "blocked"
    keeps_channels = True
    slide = None
    weight_noun: WeightNoun | None = None

    off: ClassVar[tuple[int, ...]] = ()
    """The pieces on which it counts as off (see ``choices``)."""
    closed: ClassVar[Literal["flat", "masked"]] = "flat"
    """Why its slope is 0 where it is; a key of the texts."""

    @property
    @abstractmethod
    def edges(self) -> tuple[float, ...]:
        """The inputs where its slope or value jumps, ascending; n edges separate n + 1 pieces."""

    @property
    @abstractmethod
    def reach(self) -> Reach:
        """The bounds of its outputs and slopes."""

    def __init__(self, input_shape: Shape) -> None:
        self.input_shape = self.shape = input_shape
        self.multiply_adds = math.prod(input_shape)

    def slopes(self, tape: Any) -> Array:
        """Its slope at every cell."""
        slopes: Array = tape
        return slopes

    def backward(self, tape: Any, upstream: Array, view: View = identity) -> Array:
        return upstream * view(self.slopes(tape))

    def choices(self, x: Array, tape: Any) -> Choices | None:
        """The piece on which each cell is: the number of edges below it."""
        edges, flat = self.edges, x.reshape(-1)
        if len(edges) == 1:
            return np.greater(flat, edges[0])
        return np.searchsorted(edges, flat) if edges else None

    def leads(self, x: Array) -> Leads | None:
        """Each cell's distance from the nearest edge."""
        if not self.edges:
            return None
        with np.errstate(over="ignore"):
            return Leads(x, np.min([np.abs(x - edge) for edge in self.edges], axis=0))

    def follows(self, at: int, choice: Any) -> tuple[int, ...]:
        return () if choice in self.off else (at,)

    def crossed(self, choice: Any, other: Any) -> tuple[float, ...]:
        low, high = sorted((int(choice), int(other)))
        return tuple(dict.fromkeys(self.edges[low:high]))

    @property
    def gain(self) -> float:
        return max(1.0, self.reach.at_0 + self.reach.steepest)

    def bound_forward(self, x: Array) -> Array:
        return np.minimum(self.reach.at_0 + self.reach.steepest * x, self.reach.highest)

    def bound_backward(self, upstream: Array) -> Array:
        return self.reach.steepest * upstream

    def contributions_to(self, tape: Any, cells: Index) -> Contributions:
        slopes = self.slopes(tape).reshape(-1)[cells]
        return Contributions(cells, cells, slopes.astype(np.float64))

    def contributions_of(self, tape: Any, cell: int) -> Contributions:
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


class Hardtanh(Activation):
    """x, clipped to ``min_val`` and ``max_val``; its slope is 0 at both."""

    name = "hardtanh"
    is_piecewise_linear = True
    off = (0, 2)
    rounding = "never"
    settings = (Setting("min_val"), Setting("max_val"))

    def __init__(self, input_shape: Shape, min_val: float = -1.0, max_val: float = 1.0) -> None:
        if min_val > max_val:
            raise Misfit(
                "min_val",
                f"The smallest output, {min_val:g}, is above the largest, {max_val:g}. Use a "
                "min_val that is at most max_val.",
            )
        super().__init__(input_shape)
        self.min_val, self.max_val = min_val, max_val
        self.exact_values = (min_val, max_val)

    @property
    def edges(self) -> tuple[float, ...]:
        return self.min_val, self.max_val

    @property
    def reach(self) -> Reach:
        at_0 = abs(float(np.clip(0.0, self.min_val, self.max_val)))
        return Reach(at_0, 1.0, max(abs(self.min_val), abs(self.max_val)))

    def forward(self, x: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
        return np.clip(x, self.min_val, self.max_val), (x > self.min_val) & (x < self.max_val)


class Elu(Activation):
    """x where x > 0, else α(e^x − 1), whose slope is αe^x; at 0 it is α."""

    name = "elu"
    is_piecewise_linear = False
    rounding = "always"
    settings = (Setting("alpha"),)

    def __init__(self, input_shape: Shape, alpha: float = 1.0) -> None:
        super().__init__(input_shape)
        self.alpha = alpha

    @property
    def edges(self) -> tuple[float, ...]:
        return () if self.alpha == 1 else (0.0,)

    @property
    def reach(self) -> Reach:
        return Reach(0.0, max(1.0, abs(self.alpha)), math.inf)

    def forward(self, x: Array) -> tuple[Array, Array]:
        below = np.minimum(x, 0.0)
        y = np.where(x > 0, x, self.alpha * np.expm1(below))
        return y, np.where(x > 0, 1.0, self.alpha * np.exp(below))


class Gelu(Activation):
    """x · Φ(x), where Φ is the standard normal distribution; slope Φ(x) + x · φ(x).

    ``approximate`` "tanh": x/2 · (1 + tanh u) with u = √(2/π) · (x + 0.044715x³).
    """

    name = "gelu"
    is_piecewise_linear = False
    edges = ()
    rounding = "always"
    reach = Reach(0.0, 1.13, math.inf)  # steepest at √2
    settings = (Setting("approximate", get_args(Approximate)),)

    def __init__(self, input_shape: Shape, approximate: Approximate = "none") -> None:
        super().__init__(input_shape)
        self.approximate = approximate

    def forward(self, x: Array) -> tuple[Array, Array]:
        # Beyond ±100 the slope is 0 or 1 to the last digit, and powers of x may overflow.
        near = np.clip(x, -100.0, 100.0)
        if self.approximate == "tanh":
            root = math.sqrt(2.0 / math.pi)
            bent = np.tanh(root * (near + 0.044715 * near**3))
            share = 0.5 * (1.0 + bent)
            rise = 0.5 * (1.0 - bent * bent) * root * (1.0 + 3.0 * 0.044715 * near * near)
        else:
            share = normal_cdf(near)
            rise = np.exp(-0.5 * near * near) / math.sqrt(2.0 * math.pi)
        return x * share, share + near * rise


class Silu(Activation):
    """x · s where s = 1 / (1 + e^−x), the sigmoid; slope s(1 + x(1 − s))."""

    name = "silu"
    is_piecewise_linear = False
    edges = ()
    rounding = "always"
    reach = Reach(0.0, 1.1, math.inf)  # steepest at 2.4

    def forward(self, x: Array) -> tuple[Array, Array]:
        share = sigmoid(x)
        return x * share, share * (1.0 + x * (1.0 - share))


class Softplus(Activation):
    """ln(1 + e^βx) / β, and x where βx > ``threshold``, with a small jump at this point."""

    name = "softplus"
    is_piecewise_linear = False
    rounding = "always"
    settings = (Setting("beta"), Setting("threshold"))

    def __init__(self, input_shape: Shape, beta: float = 1.0, threshold: float = 20.0) -> None:
        if beta <= 0:
            raise Misfit("beta", f"Softplus divides by its beta: use one above 0, not {beta:g}.")
        super().__init__(input_shape)
        self.beta, self.threshold = beta, threshold

    @property
    def edges(self) -> tuple[float, ...]:
        return (self.threshold / self.beta,)

    @property
    def reach(self) -> Reach:
        return Reach(math.log(2.0) / self.beta, 1.0, math.inf)

    def forward(self, x: Array) -> tuple[Array, Array]:
        scaled = self._scaled(x)
        straight = scaled > self.threshold
        y = np.where(straight, x, np.logaddexp(0.0, scaled) / self.beta)
        return y, np.where(straight, 1.0, sigmoid(scaled))

    def choices(self, x: Array, tape: Any) -> Choices:
        """The piece of each cell, by the very comparison that ``forward`` makes."""
        return np.greater(self._scaled(x.reshape(-1)), self.threshold)

    def _scaled(self, x: Array) -> Array:
        with np.errstate(over="ignore"):
            scaled: Array = self.beta * x
        return scaled


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^−x), without an overflow for large negative x."""
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1.0) / (1.0 + small)


def normal_cdf(x: Array) -> Array:
    """Φ(x), the share of a standard normal distribution that is below x: erfc(−x/√2) / 2.

    C's ``erfc`` is correct to one or two ulp, and keeps its digits where 1 + erf would cancel.
    """
    scaled = (-math.sqrt(0.5) * x).reshape(-1).tolist()
    tails = np.fromiter(map(math.erfc, scaled), np.float64, len(scaled))
    return 0.5 * tails.reshape(x.shape)
