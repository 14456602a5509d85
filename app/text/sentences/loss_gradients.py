"""Why the loss gives an output its gradient."""

from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine.heads import (
    AbsoluteError,
    BinaryCrossEntropy,
    BinaryCrossEntropyWithLogits,
    CrossEntropy,
    Huber,
    MeanSquaredError,
    NegativeLogLikelihood,
    PerHead,
    PerOutput,
    SmoothL1,
    Upstream,
)
from app.engine.layers.activations import sigmoid
from app.engine.network import Trace
from app.engine.receipt import Receipt
from app.text.equations import Part, Say, equation
from app.text.numbers import figure
from app.text.sentences.totals import shown, total
from app.text.texts import say


def _given(trace: Trace, head: Upstream, receipt: Receipt) -> str:
    return say("gradient.given", gradient=total(receipt))


def _of_cross_entropy(trace: Trace, head: CrossEntropy, receipt: Receipt) -> str:
    assert trace.probabilities is not None
    at = receipt.cell.at
    probability, right = float(trace.probabilities[at]), at == head.right
    if head.is_mean_of_plain:
        many = int(head.divisor)
        return say(
            "gradient.class_of_batch",
            "right" if right else "wrong",
            probability=figure(probability),
            examples=many,
            equation=equation(lambda n: (n(probability) - n(right)) / n(many), shown(receipt)),
        )
    if not head.is_plain:
        share = float(head.shares[at])
        return say(
            "gradient.shared_class",
            probability=figure(probability),
            together=figure(head.together),
            share=figure(share),
            equation=equation(
                lambda n: n(head.together) * n(probability) - n(share), shown(receipt)
            ),
        )
    return say(
        "gradient.right_class" if right else "gradient.wrong_class",
        probability=figure(probability),
        equation=equation(lambda n: n(probability) - n(right), shown(receipt)),
    )


def _of_logarithm(trace: Trace, head: NegativeLogLikelihood, receipt: Receipt) -> str:
    if receipt.cell.at != head.right:
        return say("gradient.wrong_logarithm")
    return say("gradient.right_logarithm", gradient=total(receipt))


def _of_distance(trace: Trace, head: AbsoluteError, receipt: Receipt) -> str:
    output, target = _output_and_target(trace, head, receipt)
    if output == target:
        return say("gradient.arrived", output=figure(output))
    side = 1 if output > target else -1
    return say(
        "gradient.distance",
        output=figure(output),
        target=figure(target),
        equation=equation(lambda n: _divided(head, n(side), n), shown(receipt)),
    )


def _output_and_target(trace: Trace, head: PerOutput, receipt: Receipt) -> tuple[float, float]:
    at = receipt.cell.at
    return float(trace.values[-1].reshape(-1)[at]), float(head.target.reshape(-1)[at])


def _divided(head: PerOutput, slope: Part, n: Say) -> Part:
    return slope if head.count == 1 else slope / n(head.count)


def _of_logit(trace: Trace, head: BinaryCrossEntropyWithLogits, receipt: Receipt) -> str:
    output, target = _output_and_target(trace, head, receipt)
    p = float(sigmoid(np.array([output]))[0])
    return say(
        "gradient.logit",
        probability=figure(p),
        target=figure(target),
        equation=equation(lambda n: _divided(head, n(p) - n(target), n), shown(receipt)),
    )


def _of_probability(trace: Trace, head: BinaryCrossEntropy, receipt: Receipt) -> str:
    p, target = _output_and_target(trace, head, receipt)

    def left(n: Say) -> Part:
        return _divided(head, (n(p) - n(target)) / (n(p) * n(1 - p)), n)

    key = "gradient.probability" if 0 < p < 1 else "gradient.certain"
    made = equation(left, shown(receipt)) if 0 < p < 1 else total(receipt)
    return say(key, output=figure(p), target=figure(target), equation=made)


def _of_smooth_l1(trace: Trace, head: SmoothL1, receipt: Receipt) -> str:
    output, target = _output_and_target(trace, head, receipt)

    def near(n: Say) -> Part:
        apart = n(output) - n(target)
        return _divided(head, apart if head.beta == 1 else apart / n(head.beta), n)

    return _near_or_far(trace, head, receipt, head.beta, near, 1.0)


def _of_huber(trace: Trace, head: Huber, receipt: Receipt) -> str:
    output, target = _output_and_target(trace, head, receipt)

    def near(n: Say) -> Part:
        return _divided(head, n(output) - n(target), n)

    return _near_or_far(trace, head, receipt, head.delta, near, head.delta)


def _near_or_far(
    trace: Trace,
    head: PerOutput,
    receipt: Receipt,
    limit: float,
    near: Callable[[Say], Part],
    steepest: float,
) -> str:
    output, target = _output_and_target(trace, head, receipt)
    is_near = abs(output - target) < limit
    slope = steepest if output > target else -steepest
    left = near if is_near else lambda n: _divided(head, n(slope), n)
    return say(
        "gradient.target_near" if is_near else "gradient.target_far",
        output=figure(output),
        target=figure(target),
        limit=figure(limit),
        equation=equation(left, shown(receipt)),
    )


def _of_squared_error(trace: Trace, head: MeanSquaredError, receipt: Receipt) -> str:
    output, target = _output_and_target(trace, head, receipt)

    def left(n: Say) -> Part:
        twice = n(2) * (n(output) - n(target))
        return twice / n(head.count) if head.reduction == "mean" else twice

    return say(
        "gradient.target",
        output=figure(output),
        target=figure(target),
        equation=equation(left, shown(receipt)),
    )


OF_HEAD: PerHead[Callable[[Trace, Any, Receipt], str]] = {
    "upstream": _given,
    "cross_entropy": _of_cross_entropy,
    "binary_cross_entropy_with_logits": _of_logit,
    "binary_cross_entropy": _of_probability,
    "nll": _of_logarithm,
    "mse": _of_squared_error,
    "l1": _of_distance,
    "smooth_l1": _of_smooth_l1,
    "huber": _of_huber,
}
"""Why an output gets its gradient, by the head."""
