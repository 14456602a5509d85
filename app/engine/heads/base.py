"""The base class of all heads, and the head whose gradients the document gives."""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, Literal, NamedTuple, Self, TypedDict, TypeVar

import numpy as np
import numpy.typing as npt

from app.engine.finite import size
from app.engine.layers import Setting
from app.engine.types import Array, Misfit, Shape

T = TypeVar("T")

HeadName = Literal[
    "upstream",
    "cross_entropy",
    "nll",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy",
    "mse",
    "l1",
    "smooth_l1",
    "huber",
]
"""The contract's name of each kind of head."""
Reduction = Literal["mean", "sum"]


class PerHead(TypedDict, Generic[T]):
    """A table with an entry for each kind of head; mypy names a missing one."""

    upstream: T
    cross_entropy: T
    nll: T
    binary_cross_entropy_with_logits: T
    binary_cross_entropy: T
    mse: T
    l1: T
    smooth_l1: T
    huber: T


class Start(NamedTuple):
    """The start of a backward pass: the gradient [shape of the output], and the loss or None.

    Of a batch, ``loss`` is one number for all examples.
    """

    gradient: Array
    loss: float | None
    probabilities: Array | None


class Head(ABC):
    """A head bound to the shape of the network's output; of a batch, [examples, …]."""

    name: ClassVar[HeadName]
    divides: ClassVar[bool] = False
    """Whether it divides by figures of its outputs, so that one close to 0 must be exact."""

    @property
    @abstractmethod
    def is_loss(self) -> bool:
        """Whether it computes a loss; if not, the document gives the upstream gradients."""

    @property
    @abstractmethod
    def loss_rounding(self) -> float:
        """How far cancellation moves the loss beyond ε × its size, in units of ε."""

    @property
    @abstractmethod
    def arrays(self) -> dict[str, Array]:
        """The arrays that the document gives it, by field."""

    @property
    @abstractmethod
    def beside(self) -> tuple[str | None, Array]:
        """A number for each output, to stand beside it, and the field that gives it if one does."""

    @property
    @abstractmethod
    def settings(self) -> tuple[Setting, ...]:
        """Its options."""

    @abstractmethod
    def example(self, at: int) -> Self:
        """The part of a batch's head that reads one example; a mean keeps the batch's divisor."""

    @abstractmethod
    def start(self, output: Array) -> Start:
        """Output → loss and upstream gradients."""

    def admit(self, output: Array) -> None:
        """Refuse outputs for which the loss is not defined.

        Raises:
            Misfit: it says the cure.
        """
        return None

    # Bounds of its figures; see ``app.engine.bounds``.

    @abstractmethod
    def bound(self, output: Array) -> Array:
        """Bounds of the output → bounds of the upstream gradients.

        Raises:
            Overflow: the loss may leave float64.
        """

    @abstractmethod
    def rough_bound(self, output: float) -> float:
        """An upper limit of the loss and the upstream gradients, for outputs up to ``output``."""

    @abstractmethod
    def moved(self, output: Array, off: Array, power: int) -> Array:
        """The largest change of each gradient while every output is off by up to ``off``.

        ``power``: how changes by several outputs join. 1: all of them add up; 2: the root of the
        sum of their squares, or infinity where errors of several outputs are not independent.
        """

    @abstractmethod
    def added(self, output: Array) -> tuple[Array, int]:
        """(for each gradient, the sum of the sizes of its terms; the number of terms)."""

    @abstractmethod
    def held(self, output: Array) -> tuple[Array, ...]:
        """The numbers that are added to make the gradients."""

    def rounds(self, output: Array) -> npt.NDArray[np.bool_]:
        """For each gradient, whether computing its terms rounds even those that can be held.

        A term may come from an exponential: ½ as e to the power −log 2.
        """
        return np.full(output.shape, self.divides)


class Upstream(Head):
    """The document gives the upstream gradients, as in the founding question; no loss."""

    name = "upstream"
    is_loss = False
    loss_rounding = 0.0
    settings = ()

    def __init__(self, output_shape: Shape, gradient: Array) -> None:
        check_shape("gradient", "upstream gradients", gradient, output_shape)
        self.gradient = gradient

    @property
    def arrays(self) -> dict[str, Array]:
        return {"gradient": self.gradient}

    @property
    def beside(self) -> tuple[str, Array]:
        return "gradient", self.gradient

    def example(self, at: int) -> "Upstream":
        return Upstream(self.gradient.shape[1:], self.gradient[at])

    def start(self, output: Array) -> Start:
        return Start(self.gradient, None, None)

    def bound(self, output: Array) -> Array:
        return np.abs(self.gradient)

    def rough_bound(self, output: float) -> float:
        return size((self.gradient,))

    def moved(self, output: Array, off: Array, power: int) -> Array:
        return np.zeros_like(off)

    def added(self, output: Array) -> tuple[Array, int]:
        return np.abs(self.gradient), 0

    def held(self, output: Array) -> tuple[Array, ...]:
        return (self.gradient,)


def check_shape(field: str, what: str, given: Array, needed: Shape) -> None:
    """Refuse an array that has not one number for each output."""
    if given.shape[1:] == needed[1:] and given.ndim in (2, 4):
        check_examples(field, len(given), needed[0])
    if given.shape != needed:
        raise Misfit(
            field,
            f"The {what} have the shape {' × '.join(map(str, given.shape))}, but the last layer "
            f"gives {' × '.join(map(str, needed))}: give one for each output.",
        )


def check_examples(field: str, given: int, examples: int) -> None:
    """Refuse another number of entries than the batch has examples."""
    if given != examples:
        raise Misfit(
            field,
            f"The input is a batch of {examples}, and here are the entries of {given}: give one "
            "entry for each example.",
        )
