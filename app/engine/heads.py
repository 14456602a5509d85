"""Where a backward pass starts: what the end of the network asks each output to change.

A head turns the last layer's output into the first upstream gradients. Under ``upstream`` they are
given; under a loss they are its derivatives.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from app.engine.types import Array, Misfit, Shape


class Start(NamedTuple):
    """The start of a backward pass: the gradient [shape of the output], and the loss if any."""

    gradient: Array
    loss: float | None
    probabilities: Array | None


class Head(ABC):
    """A head bound to the shape of the network's output."""

    is_loss: ClassVar[bool] = True

    @abstractmethod
    def start(self, output: Array) -> Start:
        """Output → loss and upstream gradients."""


class Upstream(Head):
    """The upstream gradients are given, as in the founding question; there is no loss."""

    is_loss = False

    def __init__(self, output_shape: Shape, gradient: Array) -> None:
        _check_shape("gradient", "upstream gradients", gradient, output_shape)
        self.gradient = gradient

    def start(self, output: Array) -> Start:
        return Start(self.gradient, None, None)


class CrossEntropy(Head):
    """Softmax, then −log of the target's probability; the gradient is p − y."""

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
        self.target = target

    def start(self, output: Array) -> Start:
        # Shifted by the largest score, so that e^1000 is never asked for.
        shifted = output - output.max()
        exponentials = np.exp(shifted)
        total = exponentials.sum()
        probabilities = exponentials / total
        gradient = probabilities.copy()
        gradient[self.target] -= 1.0
        return Start(gradient, float(np.log(total) - shifted[self.target]), probabilities)


class MeanSquaredError(Head):
    """The mean (or the sum) of (output − target)², without a factor ½."""

    def __init__(
        self, output_shape: Shape, target: Array, reduction: Literal["mean", "sum"] = "mean"
    ) -> None:
        _check_shape("target", "targets", target, output_shape)
        self.target, self.reduction = target, reduction

    def start(self, output: Array) -> Start:
        apart = output - self.target
        count = apart.size if self.reduction == "mean" else 1
        return Start(2.0 * apart / count, float((apart * apart).sum() / count), None)


def _check_shape(field: str, what: str, given: Array, needed: Shape) -> None:
    if given.shape != needed:
        raise Misfit(
            field,
            f"The {what} have the shape {' × '.join(map(str, given.shape))}, but the last layer "
            f"gives {' × '.join(map(str, needed))}: give one for each output.",
        )


KINDS: dict[str, type[Head]] = {
    "upstream": Upstream,
    "cross_entropy": CrossEntropy,
    "mse": MeanSquaredError,
}
"""The contract's name of each kind of head."""
