"""Losses of a row of scores, one a class."""

import math
from abc import abstractmethod
from copy import copy
from typing import Self, get_args

import numpy as np
import numpy.typing as npt

from app.engine.finite import within
from app.engine.heads.base import Head, Reduction, Start, check_examples
from app.engine.layers import Setting
from app.engine.layers.softmax import sum_of_others
from app.engine.types import Array, Misfit, Shape


class OfClasses(Head):
    """A loss that is Σ q · (−log p) over the classes: q says how much each of them counts."""

    is_loss = True
    weight: Array | None
    reduction: Reduction

    def _bind(
        self, output_shape: Shape, target: int | Array, weight: Array | None, reduction: Reduction
    ) -> None:
        *batch, self.classes = output_shape
        if len(batch) > 1:
            raise Misfit(None, self._refuses_maps)
        self.target, self.weight, self.reduction = target, weight, reduction
        self.examples = batch[0] if batch else None
        if self.examples is not None:
            if isinstance(target, int):
                raise Misfit(
                    "target",
                    f"The input is a batch of {self.examples}: give a list of {self.examples} "
                    "targets, one for each example.",
                )
            check_examples("target", len(target), self.examples)
        self._names_classes = isinstance(target, int) or (bool(batch) and target.ndim == 1)
        given = {"weight": weight, "target": None if self._names_classes else target}
        for field, array in given.items():
            if isinstance(array, np.ndarray) and array.shape[-1] != self.classes:
                raise Misfit(
                    field,
                    f"This network has {self.classes} scores, and here are {array.shape[-1]} "
                    "numbers: give one for each class.",
                )
        outside = [each for each in self._named if not 0 <= each < self.classes]
        if outside:
            raise Misfit(
                "target",
                f"There is no class {int(outside[0])}: this network has {self.classes} scores, so "
                f"its classes are 0 to {self.classes - 1}.",
            )
        if weight is not None and weight.min() < 0:
            raise Misfit("weight", "The weight of a class must be at least 0.")
        self.divisor = self._divisor()
        """What the sum over classes and examples is divided by."""
        self.roundings = 0 if weight is None else 1 + len(self._named)
        """How many roundings a weight and the sum of all weights bring to a gradient."""
        if self.divisor == 0:
            which = f"class {target}" if self.examples is None else "each target’s class"
            raise Misfit(
                "weight",
                f"A mean divides by the weight of {which}, which is 0. Use another weight, "
                "or the reduction “sum”.",
            )

    @property
    def _named(self) -> list[float]:
        """The right class of each example; empty where each class has a share."""
        if isinstance(self.target, int):
            return [self.target]
        return self.target.tolist() if self._names_classes else []

    def _one(self, at: int) -> Self:
        """A copy that reads one example of a batch, with the batch's divisor."""
        one = copy(self)
        if not isinstance(self.target, int):
            target = self.target[at]
            one.target = int(target) if self._names_classes else np.asarray(target)
        one.examples = None
        return one

    @property
    @abstractmethod
    def _refuses_maps(self) -> str:
        """What is said to a map."""

    @property
    def right(self) -> int | None:
        """The class that is the target; None where each class has a share."""
        return self.target if isinstance(self.target, int) else None

    @property
    def share(self) -> Array:
        """[classes] or [examples, classes]: of the target."""
        if not self._names_classes:
            return np.asarray(self.target, np.float64)
        right = np.asarray(self.target)[..., None]
        share: Array = np.equal(np.arange(self.classes), right).astype(np.float64)
        return share

    @property
    def beside(self) -> tuple[str | None, Array]:
        return ("target" if self.right is None else None), self.share

    def _divisor(self) -> float:
        """What a mean divides by: PyTorch's is the sum of the weights of the right classes."""
        if self.reduction == "sum":
            return 1.0
        if self.weight is None or not self._names_classes:
            return float(self.examples or 1)
        return float(self.weight[np.asarray(self.target, np.intp)].sum())

    @property
    def _weights(self) -> Array:
        return np.ones(self.classes) if self.weight is None else self.weight

    @property
    def arrays(self) -> dict[str, Array]:
        target = {} if isinstance(self.target, int) else {"target": self.target}
        return target if self.weight is None else {**target, "weight": self.weight}

    @property
    def settings(self) -> tuple[Setting, ...]:
        target = Setting("target", tuple(range(self.classes)))
        reduction = Setting("reduction", get_args(Reduction))
        settings = () if self.right is None else (target,)
        return settings if self.weight is None else (*settings, reduction)


class CrossEntropy(OfClasses):
    """Softmax, then −log of the target's probability; the gradient is p − y.

    ``target`` is a class, or a share of each class; ``label_smoothing`` moves as much of it to all
    classes evenly; ``weight`` [classes] makes some count more.
    """

    name = "cross_entropy"
    _refuses_maps = (
        "Cross-entropy compares a row of scores, one a class, but the last layer gives a "
        "map: add flatten before it."
    )

    def __init__(
        self,
        output_shape: Shape,
        target: int | Array,
        weight: Array | None = None,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        self._bind(output_shape, target, weight, reduction)
        self.label_smoothing = label_smoothing
        shares = (1.0 - label_smoothing) * self.share + label_smoothing / self.classes
        with np.errstate(over="ignore"):  # the bounds refuse what is too large
            self.shares = self._weights * shares / self.divisor
            self.together = float(self.shares.sum())

    def example(self, at: int) -> "CrossEntropy":
        one = self._one(at)
        one.shares = self.shares[at]
        one.together = float(one.shares.sum())
        return one

    @property
    def is_plain(self) -> bool:
        """Whether one class is right, and all count alike: the gradient is p − y."""
        return self._counts_alike and self.divisor == 1

    @property
    def is_mean_of_plain(self) -> bool:
        """The same, but a mean over several examples divides it: the gradient is (p − y) / N."""
        return self._counts_alike and self.divisor > 1

    @property
    def _counts_alike(self) -> bool:
        return self.right is not None and self.weight is None and not self.label_smoothing

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (*super().settings, Setting("label_smoothing"))

    @property
    def loss_rounding(self) -> float:
        return max(1.0, self._most)  # each is the logarithm of a sum that is at least 1

    def start(self, output: Array) -> Start:
        # Subtract the largest score: e^1000 would overflow.
        shifted = output - output.max(-1, keepdims=True)
        exponentials = np.exp(shifted)
        total = exponentials.sum(-1, keepdims=True)
        probabilities = exponentials / total
        if self.is_plain:
            gradient = probabilities.copy()
            gradient[self.target] -= 1.0
            loss = np.log(total[0]) - shifted[self.target]
        else:
            together = self.shares.sum(-1, keepdims=True)
            gradient = together * probabilities - self.shares
            loss = (self.shares * (np.log(total) - shifted)).sum()
        return Start(gradient, float(loss), probabilities)

    @property
    def _most(self) -> float:
        """The sizes of all shares together."""
        with np.errstate(over="ignore"):
            return float(np.abs(self.shares).sum())

    def bound(self, output: Array) -> Array:
        largest = 2 * output.max() + np.log(self.classes)  # two scores are subtracted
        within(np.maximum(1.0, self._most) * largest, "the loss")
        return np.full(output.shape, max(1.0, 2 * self._most))

    def rough_bound(self, output: float) -> float:
        return max(1.0, 2 * self._most) * (1.0 + self.classes + 2 * output)

    def _softmax(self, output: Array) -> Array:
        exponentials = np.exp(output - output.max())
        return np.asarray(exponentials / exponentials.sum())

    def moved(self, output: Array, off: Array, power: int) -> Array:
        # ∂pᵢ/∂zⱼ is pᵢ(1 − pᵢ) on the diagonal and −pᵢpⱼ beside it. While every z is off by δ or
        # less, p and 1 − p stay within a factor e^2δ.
        p = self._softmax(output)
        others = sum_of_others(p[:, None])[:, 0]
        beside = sum_of_others(((p * off) ** power)[:, None])[:, 0]
        moved = p * ((others * off) ** power + beside) ** (1.0 / power)
        grown = np.exp(np.minimum(4.0 * off.max(), 100.0)) * moved
        return np.asarray(abs(self.together) * np.fmin(grown, 1.0))

    def added(self, output: Array) -> tuple[Array, int]:
        # An error of z becomes a relative error of e^z, so the error of p grows with |z|.
        p = self._softmax(output)
        sizes = abs(self.together) * p * (1.0 + output.max() - output) + np.abs(self.shares)
        alone = self.classes == 1  # its share minus itself is exactly 0
        return np.where(alone, 0.0, sizes), output.size + self.roundings

    def held(self, output: Array) -> tuple[Array, ...]:
        return self._softmax(output), self.shares

    def rounds(self, output: Array) -> npt.NDArray[np.bool_]:
        # PyTorch's p is e to the power log p, which is rounded unless p is 0 or 1.
        return ~np.isin(self._softmax(output), (0.0, 1.0))


class NegativeLogLikelihood(OfClasses):
    """The right class's output times −1: what cross-entropy is after log_softmax."""

    name = "nll"
    loss_rounding = 0.0
    _refuses_maps = (
        "The negative log-likelihood reads a row of logarithms, one a class, but the last layer "
        "gives a map: add flatten before it."
    )

    def __init__(
        self,
        output_shape: Shape,
        target: int | Array,
        weight: Array | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        self._bind(output_shape, target, weight, reduction)
        with np.errstate(over="ignore"):  # the bounds refuse what is too large
            self.slopes = np.where(self.share > 0, -self._weights / self.divisor, 0.0)

    def example(self, at: int) -> "NegativeLogLikelihood":
        one = self._one(at)
        one.slopes = self.slopes[at]
        return one

    def start(self, output: Array) -> Start:
        return Start(self.slopes, float((output * self.slopes).sum()), None)

    def bound(self, output: Array) -> Array:
        sizes = np.abs(self.slopes)
        within((output * sizes).sum(), "the loss")
        return sizes

    def rough_bound(self, output: float) -> float:
        return float(np.abs(self.slopes).sum()) * (1.0 + output)

    def moved(self, output: Array, off: Array, power: int) -> Array:
        return np.zeros_like(off)

    def added(self, output: Array) -> tuple[Array, int]:
        return np.abs(self.slopes), max(1, self.roundings)

    def held(self, output: Array) -> tuple[Array, ...]:
        return (self.slopes,)

    def rounds(self, output: Array) -> npt.NDArray[np.bool_]:
        # PyTorch multiplies a weight by 1 / divisor: w · (1 / w) need not be 1.
        is_power_of_2 = math.frexp(self.divisor)[0] == 0.5
        return np.full(output.shape, not is_power_of_2)
