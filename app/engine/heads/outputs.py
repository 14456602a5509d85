"""Losses that add up one figure of each output and its target."""

from abc import abstractmethod
from copy import copy
from typing import Self, get_args

import numpy as np
import numpy.typing as npt

from app.engine.finite import within
from app.engine.heads.base import Head, Reduction, Start, check_shape
from app.engine.layers import Setting
from app.engine.layers.activations import sigmoid
from app.engine.types import Array, Misfit, Shape

CERTAIN = float(np.float32(1e-12))
"""The smallest denominator p(1 − p). PyTorch stores 10⁻¹² as a float32, 4 × 10⁻⁹ off."""


class PerOutput(Head):
    """A loss that computes a figure from each output and its target, and adds or averages them."""

    is_loss = True
    loss_rounding = 0.0

    def __init__(self, output_shape: Shape, target: Array, reduction: Reduction = "mean") -> None:
        check_shape("target", "targets", target, output_shape)
        self.target, self.reduction = target, reduction
        # The divisor of the sum: 1, or for a mean the number of outputs, those of all examples.
        self.count = target.size if reduction == "mean" else 1

    def example(self, at: int) -> Self:
        one = copy(self)
        one.target = self.target[at]
        return one

    @abstractmethod
    def losses(self, output: Array) -> Array:
        """The figure of each output, before a mean divides it."""

    @abstractmethod
    def slopes(self, output: Array) -> Array:
        """The derivative of each figure with respect to its output."""

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
    def beside(self) -> tuple[str, Array]:
        return "target", self.target

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (Setting("reduction", get_args(Reduction)),)

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

    def moved(self, output: Array, off: Array, power: int) -> Array:
        # Every loss here is convex, so its slope never falls: the ends are the furthest.
        ends = self.slopes(output + off), self.slopes(output - off)
        here = self.slopes(output)
        return np.asarray(np.maximum(*(np.abs(end - here) for end in ends)) / self.count)

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

    def parts(self, output: Array) -> tuple[Array, ...]:
        return sigmoid(output), self.target

    def rounds(self, output: Array) -> npt.NDArray[np.bool_]:
        # e to the power −x is rounded unless it is 1, or is lost beside 1.
        return ~np.isin(sigmoid(output), (0.0, 0.5, 1.0))

    def largest(self, output: Array) -> tuple[Array, Array]:
        steepest = 1.0 + np.abs(self.target)
        return 1.0 + output * steepest, np.broadcast_to(steepest, np.shape(output * steepest))


class BinaryCrossEntropy(PerOutput):
    """−log of the probability of the target; the outputs are probabilities.

    PyTorch's conventions: a logarithm is at least −100, the gradient's denominator at least 10⁻¹².
    """

    name = "binary_cross_entropy"
    loss_rounding = 1.0
    divides = True

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

    def moved(self, output: Array, off: Array, power: int) -> Array:
        # A computed probability stays one, however far it is off.
        low, high = np.maximum(output - off, 0.0), np.minimum(output + off, 1.0)
        ends = self.slopes(low), self.slopes(high)
        here = self.slopes(output)
        # People write 10⁻¹² itself where PyTorch has it as a float32. Cells share this difference,
        # so its squares do not add up; only the worst case holds.
        nearly = np.minimum(low * (1.0 - low), high * (1.0 - high)) <= 2 * CERTAIN
        spelled = abs(CERTAIN / 1e-12 - 1.0) * nearly * np.maximum(*map(np.abs, ends))
        far = np.maximum(*(np.abs(end - here) for end in ends))
        alone = np.inf if power == 2 else spelled
        return np.asarray((far + np.where(nearly, alone, 0.0)) / self.count)

    def parts(self, output: Array) -> tuple[Array, ...]:
        denominator = self._denominator(output)
        return output / denominator, self.target / denominator

    def largest(self, output: Array) -> tuple[Array, Array]:
        return np.full(output.shape, 100.0), np.full(output.shape, 1.0 / CERTAIN)


class AbsoluteError(PerOutput):
    """|output − target|; its slope is the sign of the difference, 0 at the target."""

    name = "l1"

    def losses(self, output: Array) -> Array:
        return np.abs(output - self.target)

    def slopes(self, output: Array) -> Array:
        return np.sign(output - self.target)

    def parts(self, output: Array) -> tuple[Array, ...]:
        return self.slopes(output), np.zeros(output.shape)

    def largest(self, output: Array) -> tuple[Array, Array]:
        apart = output + np.abs(self.target)
        return apart, np.ones_like(apart)


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

    def parts(self, output: Array) -> tuple[Array, ...]:
        near = np.abs(output - self.target) <= self.delta
        slope = self.slopes(output)
        return np.where(near, output, slope), np.where(near, self.target, 0.0)

    def largest(self, output: Array) -> tuple[Array, Array]:
        apart = output + np.abs(self.target) + self.delta
        return self.delta * apart, np.full(apart.shape, self.delta)
