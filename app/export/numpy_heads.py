"""The numpy code of each kind of head, forwards and backwards."""

from collections.abc import Callable
from typing import Any, NamedTuple

from app.engine.heads import (
    CERTAIN,
    AbsoluteError,
    CrossEntropy,
    Huber,
    MeanSquaredError,
    NegativeLogLikelihood,
    PerHead,
    PerOutput,
    SmoothL1,
    Upstream,
)


class WrittenHead(NamedTuple):
    """The numpy code of a kind of head. ``y`` is the name of the last layer's output."""

    forward: Callable[[Any, str], list[str]]
    """(head, y) → the lines that compute the loss, and the probabilities if there are any."""
    backward: Callable[[Any, str], list[str]]
    """(head, y) → the lines that compute d_y."""


def _upstream(head: Upstream, y: str) -> list[str]:
    return []


def _upstream_backward(head: Upstream, y: str) -> list[str]:
    return [f"d_{y} = upstream"]


def _cross_entropy(head: CrossEntropy, y: str) -> list[str]:
    softmax = [
        "# Softmax, shifted by the largest score so that no exponential overflows.",
        f"exponentials = np.exp({y} - {y}.max())",
        "probabilities = exponentials / exponentials.sum()",
    ]
    if head.is_plain:
        loss = f"np.log(exponentials.sum()) - ({y}[{head.target}] - {y}.max())"
        return [*softmax, f"loss = {loss}"]
    share = "target"
    if head.right is not None:
        softmax = [f"target = np.eye({head.classes})[{head.right}]", *softmax]
    if head.label_smoothing:
        kept, even = 1.0 - head.label_smoothing, head.label_smoothing / head.classes
        share = f"({kept!r} * target + {even!r})"
    if head.weight is not None:
        share += " * class_weights"
    return [
        *softmax,
        "# How much each class counts.",
        f"shares = {share}{_of_weight(head)}",
        f"loss = (shares * (np.log(exponentials.sum()) - ({y} - {y}.max()))).sum()",
    ]


def _cross_entropy_backward(head: CrossEntropy, y: str) -> list[str]:
    if not head.is_plain:
        return [f"d_{y} = shares.sum() * probabilities - shares"]
    return [f"d_{y} = probabilities.copy()", f"d_{y}[{head.target}] -= 1.0  # p − y"]


def _of_weight(head: CrossEntropy | NegativeLogLikelihood) -> str:
    """What a mean divides by where classes have weights: that of the right one."""
    divides = head.weight is not None and head.right is not None and head.reduction == "mean"
    return f" / class_weights[{head.right}]" if divides else ""


def _nll(head: NegativeLogLikelihood, y: str) -> list[str]:
    weighed = f" * class_weights[{head.target}]" if head.weight is not None else ""
    return [f"loss = -{y}[{head.target}]{weighed}{_of_weight(head)}"]


def _nll_backward(head: NegativeLogLikelihood, y: str) -> list[str]:
    weight = f"class_weights[{head.target}]" if head.weight is not None else "1.0"
    return [
        f"d_{y} = np.zeros_like({y})",
        f"d_{y}[{head.target}] = -{weight}{_of_weight(head)}",
    ]


def _mse(head: MeanSquaredError, y: str) -> list[str]:
    return [f"loss = (({y} - target) ** 2).{head.reduction}()"]


def _mse_backward(head: MeanSquaredError, y: str) -> list[str]:
    return [f"d_{y} = 2.0 * ({y} - target){_of_mean(head)}"]


def _binary_with_logits(head: PerOutput, y: str) -> list[str]:
    return [
        f"probabilities = np.exp(-np.logaddexp(0.0, -{y}))  # sigmoid; nothing overflows",
        f"loss = (np.logaddexp(0.0, {y}) - {y} * target).{head.reduction}()",
    ]


def _binary_with_logits_backward(head: PerOutput, y: str) -> list[str]:
    return [f"d_{y} = (probabilities - target){_of_mean(head)}  # p − y"]


def _binary(head: PerOutput, y: str) -> list[str]:
    return [
        'with np.errstate(divide="ignore"):  # logarithms are cut at −100',
        f"    hit, miss = (np.maximum(np.log(p), -100.0) for p in ({y}, 1.0 - {y}))",
        f"loss = -(target * hit + (1.0 - target) * miss).{head.reduction}()",
    ]


def _binary_backward(head: PerOutput, y: str) -> list[str]:
    slope = f"({y} - target) / np.maximum({y} * (1.0 - {y}), {CERTAIN!r})"
    return [f"d_{y} = {slope}{_of_mean(head)}"]


def _l1(head: AbsoluteError, y: str) -> list[str]:
    return [f"loss = np.abs({y} - target).{head.reduction}()"]


def _l1_backward(head: AbsoluteError, y: str) -> list[str]:
    return [f"d_{y} = np.sign({y} - target){_of_mean(head)}"]


def _smooth_l1(head: SmoothL1, y: str) -> list[str]:
    near = f"apart**2 / {2 * head.beta!r}"
    return [
        f"apart = np.abs({y} - target)",
        f"far = apart - {0.5 * head.beta!r}",
        f"loss = np.where(apart < {head.beta!r}, {near}, far).{head.reduction}()",
    ]


def _smooth_l1_backward(head: SmoothL1, y: str) -> list[str]:
    return [f"d_{y} = np.clip(({y} - target) / {head.beta!r}, -1.0, 1.0){_of_mean(head)}"]


def _huber(head: Huber, y: str) -> list[str]:
    far = f"{head.delta!r} * (apart - {0.5 * head.delta!r})"
    return [
        f"apart = np.abs({y} - target)",
        f"loss = np.where(apart <= {head.delta!r}, apart**2 / 2, {far}).{head.reduction}()",
    ]


def _huber_backward(head: Huber, y: str) -> list[str]:
    return [f"d_{y} = np.clip({y} - target, {-head.delta!r}, {head.delta!r}){_of_mean(head)}"]


def _of_mean(head: PerOutput) -> str:
    return f" / {head.target.size}" if head.reduction == "mean" else ""


HEADS: PerHead[WrittenHead] = {
    "upstream": WrittenHead(_upstream, _upstream_backward),
    "cross_entropy": WrittenHead(_cross_entropy, _cross_entropy_backward),
    "binary_cross_entropy_with_logits": WrittenHead(
        _binary_with_logits, _binary_with_logits_backward
    ),
    "binary_cross_entropy": WrittenHead(_binary, _binary_backward),
    "nll": WrittenHead(_nll, _nll_backward),
    "mse": WrittenHead(_mse, _mse_backward),
    "l1": WrittenHead(_l1, _l1_backward),
    "smooth_l1": WrittenHead(_smooth_l1, _smooth_l1_backward),
    "huber": WrittenHead(_huber, _huber_backward),
}
