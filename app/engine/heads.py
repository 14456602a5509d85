"""Heads: where the backward pass starts.

A head turns the last layer's output into the first upstream gradients. The head ``upstream`` takes
them from the document; a loss computes them as its derivatives.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, Literal, NamedTuple, TypedDict, TypeVar, get_args

import numpy as np

from app.engine.finite import size, within
from app.engine.layers import Setting
from app.engine.layers.activations import sigmoid
from app.engine.types import Array, Misfit, Shape, View

T = TypeVar("T")

HeadName = Literal[
    "upstream",
    "cross_entropy",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy",
    "mse",
    "smooth_l1",
    "huber",
]
"""The contract's name of each kind of head."""
Reduction = Literal["mean", "sum"]


class PerHead(TypedDict, Generic[T]):
    """A table with an entry for each kind of head; mypy names a missing one."""

    upstream: T
    cross_entropy: T
    binary_cross_entropy_with_logits: T
    binary_cross_entropy: T
    mse: T
    smooth_l1: T
    huber: T


class Start(NamedTuple):
    """The start of a backward pass: the gradient [shape of the output], and the loss or None."""

    gradient: Array
    loss: float | None
    probabilities: Array | None


class Head(ABC):
    """A head bound to the shape of the network's output."""

    name: ClassVar[HeadName]

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
        """Its arrays with a number for each output (gradients, targets), by field; may be empty."""

    @property
    @abstractmethod
    def settings(self) -> tuple[Setting, ...]:
        """Its options."""

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
    def spread(self, output: Array, change: Array, view: View) -> Array:
        """For each gradient, the sum of view(∂gradient/∂output) × change over all outputs."""

    @abstractmethod
    def added(self, output: Array) -> tuple[Array, int]:
        """(for each gradient, the sum of the sizes of its terms; the number of terms)."""

    @abstractmethod
    def held(self, output: Array) -> tuple[Array, ...]:
        """The numbers that are added to make the gradients."""


class Upstream(Head):
    """The document gives the upstream gradients, as in the founding question; no loss."""

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
        # Subtract the largest score: e^1000 would overflow.
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
        # An error of z becomes a relative error of e^z, so the error of p grows with |z|.
        sizes = self._softmax(output) * (1.0 + output.max() - output)
        sizes[self.target] += 1.0
        return sizes, output.size

    def held(self, output: Array) -> tuple[Array, ...]:
        return (self._softmax(output),)


CERTAIN = float(np.float32(1e-12))
"""The smallest denominator p(1 − p). PyTorch stores 10⁻¹² as a float32, 4 × 10⁻⁹ off."""


class PerOutput(Head):
    """A loss that computes a figure from each output and its target, and adds or averages them."""

    is_loss = True
    loss_rounding = 0.0

    def __init__(self, output_shape: Shape, target: Array, reduction: Reduction = "mean") -> None:
        _check_shape("target", "targets", target, output_shape)
        self.target, self.reduction = target, reduction

    @abstractmethod
    def losses(self, output: Array) -> Array:
        """The figure of each output, before a mean divides it."""

    @abstractmethod
    def slopes(self, output: Array) -> Array:
        """The derivative of each figure with respect to its output."""

    @abstractmethod
    def curvatures(self, output: Array) -> Array:
        """The largest |derivative| of each slope with respect to its output."""

    @abstractmethod
    def parts(self, output: Array) -> tuple[Array, ...]:
        """The numbers that are added to make each slope."""

    @abstractmethod
    def largest(self, output: Array) -> tuple[Array, Array]:
        """Bounds of the output → bounds of the losses, and of the slopes."""

    @property
    def arrays(self) -> dict[str, Array]:
        return {"target": self.target}

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (Setting("reduction", get_args(Reduction)),)

    @property
    def count(self) -> int:
        """The divisor of the sum: 1, or the number of outputs for a mean."""
        return self.target.size if self.reduction == "mean" else 1

    def start(self, output: Array) -> Start:
        loss = float(self.losses(output).sum() / self.count)
        return Start(self.slopes(output) / self.count, loss, None)

    def bound(self, output: Array) -> Array:
        losses, slopes = self.largest(output)
        within(losses.sum(), "the loss")
        return slopes / self.count

    def rough_bound(self, output: float) -> float:
        with np.errstate(over="ignore"):
            losses, slopes = self.largest(np.array([output]))
        return self.target.size * (1.0 + float(losses.max()) + float(slopes.max()))

    def spread(self, output: Array, change: Array, view: View) -> Array:
        return np.asarray(view(self.curvatures(output) / self.count) * change)

    def added(self, output: Array) -> tuple[Array, int]:
        parts = self.held(output)
        return np.asarray(sum(np.abs(part) for part in parts)), len(parts)

    def held(self, output: Array) -> tuple[Array, ...]:
        return tuple(part / self.count for part in self.parts(output))


class MeanSquaredError(PerOutput):
    """The mean (or the sum) of (output − target)², without a factor ½."""

    name = "mse"

    def losses(self, output: Array) -> Array:
        apart = output - self.target
        return apart * apart

    def slopes(self, output: Array) -> Array:
        return 2.0 * (output - self.target)

    def curvatures(self, output: Array) -> Array:
        return np.full(output.shape, 2.0)

    def parts(self, output: Array) -> tuple[Array, ...]:
        return 2.0 * output, 2.0 * self.target

    def largest(self, output: Array) -> tuple[Array, Array]:
        apart = output + np.abs(self.target)
        return apart * apart, 2.0 * apart


class BinaryCrossEntropyWithLogits(PerOutput):
    """Sigmoid, then −log of the probability of the target; the gradient is p − y."""

    name = "binary_cross_entropy_with_logits"
    loss_rounding = 1.0

    def losses(self, output: Array) -> Array:
        # e^1000 would overflow, so use log(1 + e^x) = x + log(1 + e^−x).
        soft = np.log1p(np.exp(-np.abs(output)))
        return np.asarray(np.maximum(output, 0.0) - output * self.target + soft)

    def slopes(self, output: Array) -> Array:
        return sigmoid(output) - self.target

    def curvatures(self, output: Array) -> Array:
        p = sigmoid(output)
        return np.asarray(p * (1.0 - p))

    def parts(self, output: Array) -> tuple[Array, ...]:
        return sigmoid(output), self.target

    def largest(self, output: Array) -> tuple[Array, Array]:
        steepest = 1.0 + np.abs(self.target)
        return 1.0 + output * steepest, np.broadcast_to(steepest, np.shape(output * steepest))


class BinaryCrossEntropy(PerOutput):
    """−log of the probability of the target; the outputs are probabilities.

    PyTorch's conventions: a logarithm is at least −100, the gradient's denominator at least 10⁻¹².
    """

    name = "binary_cross_entropy"
    loss_rounding = 1.0

    def __init__(self, output_shape: Shape, target: Array, reduction: Reduction = "mean") -> None:
        super().__init__(output_shape, target, reduction)
        if target.min() < 0 or target.max() > 1:
            raise Misfit("target", "Each target is a probability: use numbers from 0 to 1.")

    def admit(self, output: Array) -> None:
        if output.min() < 0 or output.max() > 1:
            raise Misfit(
                None,
                "Binary cross-entropy reads probabilities, but an output here is not between 0 and "
                "1: add sigmoid before it, or use binary_cross_entropy_with_logits.",
            )

    def losses(self, output: Array) -> Array:
        # A nudge may move p out of 0…1, where the logarithm is not defined.
        p = np.clip(output, 0.0, 1.0)
        with np.errstate(divide="ignore"):
            hit, miss = np.maximum(np.log(p), -100.0), np.maximum(np.log1p(-p), -100.0)
        return np.asarray(-(self.target * hit + (1.0 - self.target) * miss))

    def _denominator(self, output: Array) -> Array:
        return np.maximum(output * (1.0 - output), CERTAIN)

    def slopes(self, output: Array) -> Array:
        return np.asarray((output - self.target) / self._denominator(output))

    def curvatures(self, output: Array) -> Array:
        hit, miss = np.maximum(output, CERTAIN), np.maximum(1.0 - output, CERTAIN)
        return np.asarray(self.target / hit**2 + (1.0 - self.target) / miss**2)

    def parts(self, output: Array) -> tuple[Array, ...]:
        denominator = self._denominator(output)
        return output / denominator, self.target / denominator

    def largest(self, output: Array) -> tuple[Array, Array]:
        return np.full(output.shape, 100.0), np.full(output.shape, 1.0 / CERTAIN)


class SmoothL1(PerOutput):
    """With d = |output − target|: d − β/2, or d² / 2β where d < β."""

    name = "smooth_l1"

    def __init__(
        self, output_shape: Shape, target: Array, reduction: Reduction = "mean", beta: float = 1.0
    ) -> None:
        if beta <= 0:
            raise Misfit("beta", f"Smooth L1 divides by its beta: use one above 0, not {beta:g}.")
        super().__init__(output_shape, target, reduction)
        self.beta = beta

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (*super().settings, Setting("beta"))

    def losses(self, output: Array) -> Array:
        apart = np.abs(output - self.target)
        # Beyond beta the square may overflow and is not used.
        near = np.minimum(apart, self.beta)
        return np.where(apart < self.beta, 0.5 * near * near / self.beta, apart - 0.5 * self.beta)

    def slopes(self, output: Array) -> Array:
        apart = output - self.target
        return np.where(np.abs(apart) < self.beta, apart / self.beta, np.sign(apart))

    def curvatures(self, output: Array) -> Array:
        return np.full(output.shape, 1.0 / self.beta)

    def parts(self, output: Array) -> tuple[Array, ...]:
        near = np.abs(output - self.target) < self.beta
        slope = self.slopes(output)
        return np.where(near, output / self.beta, slope), np.where(near, self.target / self.beta, 0)

    def largest(self, output: Array) -> tuple[Array, Array]:
        apart = output + np.abs(self.target)
        return apart + self.beta, np.ones_like(apart)


class Huber(PerOutput):
    """With d = |output − target|: d² / 2, or δ(d − δ/2) where d > δ."""

    name = "huber"

    def __init__(
        self, output_shape: Shape, target: Array, reduction: Reduction = "mean", delta: float = 1.0
    ) -> None:
        if delta <= 0:
            raise Misfit("delta", f"Huber's delta must be more than 0, not {delta:g}.")
        super().__init__(output_shape, target, reduction)
        self.delta = delta

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (*super().settings, Setting("delta"))

    def losses(self, output: Array) -> Array:
        apart, delta = np.abs(output - self.target), self.delta
        near = np.minimum(apart, delta)
        return np.where(apart <= delta, 0.5 * near * near, delta * (apart - 0.5 * delta))

    def slopes(self, output: Array) -> Array:
        return np.clip(output - self.target, -self.delta, self.delta)

    def curvatures(self, output: Array) -> Array:
        return np.ones(output.shape)

    def parts(self, output: Array) -> tuple[Array, ...]:
        near = np.abs(output - self.target) <= self.delta
        slope = self.slopes(output)
        return np.where(near, output, slope), np.where(near, self.target, 0.0)

    def largest(self, output: Array) -> tuple[Array, Array]:
        apart = output + np.abs(self.target) + self.delta
        return self.delta * apart, np.full(apart.shape, self.delta)


def _check_shape(field: str, what: str, given: Array, needed: Shape) -> None:
    if given.shape != needed:
        raise Misfit(
            field,
            f"The {what} have the shape {' × '.join(map(str, given.shape))}, but the last layer "
            f"gives {' × '.join(map(str, needed))}: give one for each output.",
        )


_CLASSES: list[type[Head]] = [
    Upstream,
    CrossEntropy,
    BinaryCrossEntropyWithLogits,
    BinaryCrossEntropy,
    MeanSquaredError,
    SmoothL1,
    Huber,
]
KINDS: dict[HeadName, type[Head]] = {kind.name: kind for kind in _CLASSES}
"""The class of each kind of head, by the contract's name."""
