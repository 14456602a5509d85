"""Where a backward pass starts: what the end of the network asks each output to change.

A head turns the last layer's output into the first upstream gradients. Under ``upstream`` they are
given; under a loss they are its derivatives.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, Literal, NamedTuple, TypedDict, TypeVar, get_args

import numpy as np

from app.engine.finite import size, within
from app.engine.layers import Setting
from app.engine.types import Array, Misfit, Shape, View

T = TypeVar("T")

HeadName = Literal["upstream", "cross_entropy", "mse"]
"""The contract's name of each kind of head."""
Reduction = Literal["mean", "sum"]


class PerHead(TypedDict, Generic[T]):
    """A table with an entry for each kind of head; mypy names the one that lacks."""

    upstream: T
    cross_entropy: T
    mse: T


class Start(NamedTuple):
    """The start of a backward pass: the gradient [shape of the output], and the loss if any."""

    gradient: Array
    loss: float | None
    probabilities: Array | None


class Head(ABC):
    """A head bound to the shape of the network's output."""

    name: ClassVar[HeadName]

    @property
    @abstractmethod
    def is_loss(self) -> bool:
        """Whether it computes a loss; else the upstream gradients are given."""

    @property
    @abstractmethod
    def loss_rounding(self) -> float:
        """How far rounding moves the loss beyond ε of itself, in ε: what cancels on the way."""

    @property
    @abstractmethod
    def arrays(self) -> dict[str, Array]:
        """What is given to it for each output, by field; empty where that is less."""

    @property
    @abstractmethod
    def settings(self) -> tuple[Setting, ...]:
        """Its options."""

    @abstractmethod
    def start(self, output: Array) -> Start:
        """Output → loss and upstream gradients."""

    # How large its figures can get, see ``app.engine.bounds``.

    @abstractmethod
    def bound(self, output: Array) -> Array:
        """Bounds of the output → bounds of the upstream gradients.

        Raises:
            Overflow: the loss may leave float64.
        """

    @abstractmethod
    def rough_bound(self, output: float) -> float:
        """No less than the loss and any upstream gradient, for outputs of at most ``output``."""

    @abstractmethod
    def spread(self, output: Array, change: Array, view: View) -> Array:
        """For each gradient, the sum of view(∂gradient/∂output) × change over all outputs."""

    @abstractmethod
    def added(self, output: Array) -> tuple[Array, int]:
        """What each gradient is a sum of, by size, and of how many terms."""

    @abstractmethod
    def held(self, output: Array) -> tuple[Array, ...]:
        """The numbers that are added to make the gradients."""


class Upstream(Head):
    """The upstream gradients are given, as in the founding question; there is no loss."""

    name = "upstream"
    is_loss = False
    loss_rounding = 0.0
    settings = ()

    def __init__(self, output_shape: Shape, gradient: Array) -> None:
        _check_shape("gradient", "upstream gradients", gradient, output_shape)
        self.gradient = gradient

    @property
    def arrays(self) -> dict[str, Array]:
        return {"gradient": self.gradient}

    def start(self, output: Array) -> Start:
        return Start(self.gradient, None, None)

    def bound(self, output: Array) -> Array:
        return np.abs(self.gradient)

    def rough_bound(self, output: float) -> float:
        return size((self.gradient,))

    def spread(self, output: Array, change: Array, view: View) -> Array:
        return np.zeros_like(change)

    def added(self, output: Array) -> tuple[Array, int]:
        return np.abs(self.gradient), 0

    def held(self, output: Array) -> tuple[Array, ...]:
        return (self.gradient,)


class CrossEntropy(Head):
    """Softmax, then −log of the target's probability; the gradient is p − y."""

    name = "cross_entropy"
    is_loss = True
    loss_rounding = 1.0  # the logarithm of a sum that is at least 1

    def __init__(self, output_shape: Shape, target: int) -> None:
        if len(output_shape) != 1:
            raise Misfit(
                None,
                "Cross-entropy compares a row of scores, one a class, but the last layer gives a "
                "map: add flatten before it.",
            )
        if not 0 <= target < output_shape[0]:
            raise Misfit(
                "target",
                f"There is no class {target}: this network has {output_shape[0]} scores, so its "
                f"classes are 0 to {output_shape[0] - 1}.",
            )
        self.target, self.classes = target, output_shape[0]

    @property
    def arrays(self) -> dict[str, Array]:
        return {}

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (Setting("target", tuple(range(self.classes))),)

    def start(self, output: Array) -> Start:
        # Shifted by the largest score, so that e^1000 is never asked for.
        shifted = output - output.max()
        exponentials = np.exp(shifted)
        total = exponentials.sum()
        probabilities = exponentials / total
        gradient = probabilities.copy()
        gradient[self.target] -= 1.0
        return Start(gradient, float(np.log(total) - shifted[self.target]), probabilities)

    def bound(self, output: Array) -> Array:
        within(2 * output.max(), "the loss")  # two scores are subtracted
        return np.ones_like(output)

    def rough_bound(self, output: float) -> float:
        return 1.0 + 2 * output

    def _softmax(self, output: Array) -> Array:
        exponentials = np.exp(output - output.max())
        return np.asarray(exponentials / exponentials.sum())

    def spread(self, output: Array, change: Array, view: View) -> Array:
        # ∂pᵢ/∂zⱼ is pᵢ(1 − pᵢ) on the diagonal and −pᵢpⱼ beside it.
        p = self._softmax(output)
        weighed = view(p) * change
        beside = weighed.sum() - weighed
        return np.asarray(view(p * (1.0 - p)) * change + view(p) * np.maximum(beside, 0.0))

    def added(self, output: Array) -> tuple[Array, int]:
        # e^z takes the rounding of z, so the loss of p grows with the size of z.
        sizes = self._softmax(output) * (1.0 + output.max() - output)
        sizes[self.target] += 1.0
        return sizes, output.size

    def held(self, output: Array) -> tuple[Array, ...]:
        return (self._softmax(output),)


class MeanSquaredError(Head):
    """The mean (or the sum) of (output − target)², without a factor ½."""

    name = "mse"
    is_loss = True
    loss_rounding = 0.0
    settings = (Setting("reduction", get_args(Reduction)),)

    def __init__(self, output_shape: Shape, target: Array, reduction: Reduction = "mean") -> None:
        _check_shape("target", "targets", target, output_shape)
        self.target, self.reduction = target, reduction

    @property
    def arrays(self) -> dict[str, Array]:
        return {"target": self.target}

    def start(self, output: Array) -> Start:
        apart = output - self.target
        count = apart.size if self.reduction == "mean" else 1
        return Start(2.0 * apart / count, float((apart * apart).sum() / count), None)

    def bound(self, output: Array) -> Array:
        apart = output + np.abs(self.target)
        within((apart * apart).sum(), "the loss")
        return 2.0 * apart / (apart.size if self.reduction == "mean" else 1)

    def rough_bound(self, output: float) -> float:
        apart = output + size((self.target,))
        return 2.0 * self.target.size * (1.0 + apart) * (1.0 + apart)

    @property
    def _factor(self) -> float:
        return 2.0 / (self.target.size if self.reduction == "mean" else 1)

    def spread(self, output: Array, change: Array, view: View) -> Array:
        factor = view(np.array([self._factor]))
        return np.asarray(factor * change)

    def added(self, output: Array) -> tuple[Array, int]:
        return self._factor * (np.abs(output) + np.abs(self.target)), 2

    def held(self, output: Array) -> tuple[Array, ...]:
        return self._factor * output, self._factor * self.target


def _check_shape(field: str, what: str, given: Array, needed: Shape) -> None:
    if given.shape != needed:
        raise Misfit(
            field,
            f"The {what} have the shape {' × '.join(map(str, given.shape))}, but the last layer "
            f"gives {' × '.join(map(str, needed))}: give one for each output.",
        )


_CLASSES: list[type[Head]] = [Upstream, CrossEntropy, MeanSquaredError]
KINDS: dict[HeadName, type[Head]] = {kind.name: kind for kind in _CLASSES}
"""Each kind of head by the contract's name."""
