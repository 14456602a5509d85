"""Sentences about mistakes at the loss and with the whole array, which change all numbers alike."""

from typing import assert_never

import numpy as np

from app.engine.heads import CrossEntropy, Head
from app.engine.mistakes import Diagnosis, Slip
from app.engine.mistakes.catalogue import StartCode, WholeCode
from app.engine.network import Trace
from app.text.numbers import figure

HEDGE = "These few numbers are no more than consistent with that. "
"""Follows the name of a cause that more numbers would have to confirm."""


def start_reason(trace: Trace, code: StartCode, slip: Slip) -> str:
    """The mistake at the loss, as a sentence that follows «You wrote 2, and −2 is right»."""
    head, n = _head(trace), (trace.batch or trace).network.examples or 1
    match code:
        case "sign_reversed":
            start = (
                " At the loss, it begins as what came out minus what should have come out."
                if head.is_loss
                else ""
            )
            return (
                "every sign is reversed. A gradient says where the loss grows; the minus belongs "
                f"to the step that makes it smaller.{start}"
            )
        case "target_forgotten":
            what = "1 of the target" if isinstance(head, CrossEntropy) else "target"
            return (
                f"the {what} was not subtracted. At the loss, a gradient is what came out minus "
                "what should have come out."
            )
        case "softmax_twice":
            return (
                f"the softmax was differentiated once more. {_p_minus_y(head)} is the derivative "
                "with respect to the scores: that of the softmax is in it already."
            )
        case "probability_slope":
            return (
                "−y / p is the derivative with respect to the probability. What goes back to the "
                f"scores is {_p_minus_y(head)}."
            )
        case "other_class":
            return _other_class(trace, head, slip)
        case "scores_minus_target":
            return f"that is score − y, without the softmax. At the loss, it is {_p_minus_y(head)}."
        case "divided_by_classes":
            return (
                "p − y was divided by the number of classes. Cross-entropy is a mean over "
                f"examples, not over classes, and here {'is' if n == 1 else 'are'} "
                f"{'one example' if n == 1 else f'{n} examples'}."
            )
        case _:
            assert_never(code)


def _head(trace: Trace) -> Head:
    """The head; of a batch, the part of it that reads the first example."""
    return (trace if trace.network.examples is None else trace.example(0)).network.head


def _p_minus_y(head: Head) -> str:
    """The gradient at the loss; under a mean over several examples, divided by their number."""
    divisor = head.divisor if isinstance(head, CrossEntropy) else 1.0
    return "p − y" if divisor == 1 else f"(p − y) / {figure(divisor)}"


def _other_class(trace: Trace, head: Head, slip: Slip) -> str:
    target = (isinstance(head, CrossEntropy) and head.right) or 0
    classes = trace.network.shape_of(len(trace.network.layers) - 1)[0]
    after = (int(slip.variant) - (0 if slip.variant.startswith("+") else target)) % classes
    # A variant with a sign counts from the target.
    at = (target + after) % classes if slip.variant.startswith("+") else int(slip.variant)
    near = after in (1, classes - 1) if trace.network.examples else abs(at - target) == 1
    counted = " Are classes counted from 1 in one place, and from 0 in another?" if near else ""
    if trace.network.examples is None:
        return f"the 1 was subtracted at class {at}, and the target is class {target}.{counted}"
    back = classes - after
    n, where = (after, "after") if after <= back else (back, "before")
    apart = "the class" if n == 1 else f"{n} classes"
    return f"in every example, the 1 was subtracted at {apart} {where} the target.{counted}"


def whole_reason(trace: Trace, code: WholeCode, slip: Slip, diagnosis: Diagnosis) -> str:
    """The mistake with a whole array, as a sentence."""
    amount = slip.amount or 0.0
    hedge = "" if slip.certain else HEDGE
    match code:
        case "scaled":
            times = f"All numbers are the right ones times {_factor(amount)}."
            return f"{times} {hedge}{_source(trace, amount)}"
        case "weight_decay":
            return (
                f"All numbers are the right ones plus {figure(amount)} × the weights: a weight "
                f"decay of {figure(amount)} is added to the gradient. {hedge}This network’s loss "
                "has none."
            )
        case "stepped":
            return (
                f"All numbers are the weights minus {figure(amount)} × their gradient: these are "
                f"the new weights after a step with the learning rate {figure(amount)}. {hedge}"
                "The gradient is what is asked for."
            )
        case "clipped" if slip.mistake.variant == "norm":
            own = figure(float(np.linalg.norm(diagnosis.true)))
            return (
                "All numbers are the right ones, scaled down until their norm is "
                f"{figure(amount)}; it was {own}. {hedge}That is gradient clipping: compare before "
                "it."
            )
        case "clipped":
            return (
                f"Whatever is beyond ±{figure(amount)} became ±{figure(amount)}, and all else is "
                f"right. {hedge}That is gradient clipping: compare before it."
            )
        case "reordered":
            order = _order(slip, trace.network.axes)
            return f"These are the right numbers in another order{order}."
        case _:
            assert_never(code)


def _order(slip: Slip, axes: int) -> str:
    words = slip.variant
    if not words:
        what = "rows, columns and channels" if axes == 2 else "channels and positions"
        return f": look at how {what} are counted where they are put together"
    if words.startswith("flip"):
        return f", as np.{words.replace('(', '(dx, axis=(')}) gives them: an axis runs backwards"
    if "reshape" in words:
        return (
            f", as {words} gives them. A reshape does not move axes: where they are stored in "
            "another order, transpose"
        )
    return (
        f", as {words} gives them: right if you store the axes so, and else two of them are "
        "exchanged"
    )


def _factor(factor: float) -> str:
    for below in range(2, 129):
        if abs(abs(factor) * below - 1.0) < 1e-12 and below not in (5, 10, 20, 50, 100):
            return f"{'−' if factor < 0 else ''}1/{below}" if below > 2 else _half(factor)
    return figure(factor)


def _half(factor: float) -> str:
    return "−½" if factor < 0 else "½"


def _source(trace: Trace, factor: float) -> str:
    """The usual origin of a factor."""
    head, outputs = trace.network.head, trace.values[-1].size
    examples = (trace.batch or trace).network.examples or 1
    if head.is_loss and examples > 1:
        if factor == examples:
            return f"The mean over the {examples} examples of the batch is missing."
        if abs(factor * examples - 1.0) < 1e-12:
            return f"That divides by the {examples} examples of the batch once more."
    if head.name == "mse":
        if factor == 0.5:
            return "The 2 of the square is missing: that is the convention of ½ · MSE."
        if factor == 2.0:
            return "That is the 2 of the square, twice."
        if outputs > 1 and factor == outputs:
            return f"That is the sum of the squares, not their mean over the {outputs} outputs."
        if outputs > 1 and abs(factor * outputs - 1.0) < 1e-12:
            return f"That divides by the {outputs} outputs once more."
        if outputs > 1 and abs(factor * outputs - 2.0) < 1e-12:
            return "The 2 of the square is there, and the mean is taken once more."
    if factor < 0:
        return (
            f"That is the step −lr × gradient with the learning rate {figure(-factor)}, not the "
            "gradient."
        )
    if factor == 2.0:
        return "A gradient that is added to the one before, and not set to 0 in between, doubles."
    if factor in (0.5, 0.25) or factor > 1:
        return (
            "Look for a mean where a sum belongs or the other way round, for a batch size, or for "
            "a gradient that is added twice."
        )
    return "Look for a learning rate, a batch size, or a mean where a sum belongs."
