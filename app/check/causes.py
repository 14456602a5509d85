"""Sentences about mistakes at the loss and with the whole array, which change all numbers alike."""

from typing import assert_never

import numpy as np

from app.engine.heads import CrossEntropy
from app.engine.mistakes import Diagnosis, Slip
from app.engine.mistakes.catalogue import StartCode, WholeCode
from app.engine.network import Trace
from app.text.numbers import figure


def start_reason(trace: Trace, code: StartCode, slip: Slip) -> str:
    """The mistake at the loss, as a sentence that follows «You wrote 2, and −2 is right»."""
    head = trace.network.head
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
                "the softmax was differentiated once more. p − y is the derivative with respect to "
                "the scores: that of the softmax is in it already."
            )
        case "probability_slope":
            return (
                "−y / p is the derivative with respect to the probability. What goes back to the "
                "scores is p − y."
            )
        case "other_class":
            target = (isinstance(head, CrossEntropy) and head.right) or 0
            near = abs(int(slip.variant) - target) == 1
            counted = " Are classes counted from 1 in one place, and from 0 in another?"
            return (
                f"the 1 was subtracted at class {slip.variant}, and the target is class {target}."
                f"{counted if near else ''}"
            )
        case "scores_minus_target":
            return "that is score − y, without the softmax. At the loss, it is p − y."
        case "divided_by_classes":
            return (
                "p − y was divided by the number of classes. Cross-entropy is a mean over "
                "examples, not over classes, and here is one example."
            )
        case _:
            assert_never(code)


def whole_reason(trace: Trace, code: WholeCode, slip: Slip, diagnosis: Diagnosis) -> str:
    """The mistake with a whole array, as a sentence."""
    amount = slip.amount or 0.0
    hedge = "" if slip.certain else "These few numbers are no more than consistent with that. "
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
            return f"These are the right numbers in another order{_order(slip)}."
        case _:
            assert_never(code)


def _order(slip: Slip) -> str:
    words = slip.variant
    if not words:
        return ": look at how rows, columns and channels are counted where they are put together"
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
