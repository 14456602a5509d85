"""The fields of each kind of head, where the backward pass starts: what JSON may say of it."""

from typing import Annotated, Literal

from pydantic import Field

from app.document.fields import (
    ClassOrClasses,
    ClassOrShares,
    MapsOrRows,
    Model,
    PositiveNumber,
    Row,
    Share,
)


class Upstream(Model):
    """The gradients that arrive from above, one for each output."""

    type: Literal["upstream"]
    gradient: MapsOrRows


class CrossEntropy(Model):
    """Softmax and cross-entropy; the target is one class, or a share of each class."""

    type: Literal["cross_entropy"]
    target: ClassOrShares
    weight: Row | None = None
    reduction: Literal["mean", "sum"] = "mean"
    label_smoothing: Share = 0.0


class NegativeLogLikelihood(Model):
    """The output of one class, a logarithm of its probability, times −1."""

    type: Literal["nll"]
    target: ClassOrClasses
    weight: Row | None = None
    reduction: Literal["mean", "sum"] = "mean"


class BinaryCrossEntropyWithLogits(Model):
    """Sigmoid and cross-entropy, each output on its own; a target is 0 or 1, or between."""

    type: Literal["binary_cross_entropy_with_logits"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"


class BinaryCrossEntropy(Model):
    """The same of probabilities, as sigmoid gives them."""

    type: Literal["binary_cross_entropy"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"


class MeanSquaredError(Model):
    """The mean or the sum of (output − target)²."""

    type: Literal["mse"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"


class AbsoluteError(Model):
    """The mean or the sum of |output − target|."""

    type: Literal["l1"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"


class SmoothL1(Model):
    """|output − target| − beta / 2, and a parabola where that is less than beta apart."""

    type: Literal["smooth_l1"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"
    beta: PositiveNumber = 1.0


class Huber(Model):
    """(output − target)² / 2, and a straight line where that is more than delta apart."""

    type: Literal["huber"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"
    delta: PositiveNumber = 1.0


Head = Annotated[
    Upstream
    | CrossEntropy
    | NegativeLogLikelihood
    | BinaryCrossEntropyWithLogits
    | BinaryCrossEntropy
    | MeanSquaredError
    | AbsoluteError
    | SmoothL1
    | Huber,
    Field(discriminator="type"),
]
