"""Mistakes at the loss: the backward pass starts with wrong gradients."""

from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np

from app.engine.heads import CrossEntropy, PerOutput
from app.engine.mistakes.catalogue.mistake import Mistake
from app.engine.network import Trace
from app.engine.types import Array

MAX_CLASSES = 64
"""The most other classes that are tried as the target."""


def _reversed(trace: Trace) -> Mapping[str, Array]:
    """`target - output`."""
    return {"": 0.0 - trace.gradients[-1]}  # no −0


def _classes(trace: Trace) -> tuple[Any, Array] | None:
    """The head and its probabilities, where its gradient is p − y, divided by the examples."""
    head, p = trace.network.head, trace.probabilities
    if not isinstance(head, CrossEntropy) or p is None:
        return None
    return (head, p) if head.is_plain or head.is_mean_of_plain else None


def _target_forgotten(trace: Trace) -> Mapping[str, Array]:
    """`p` for `p - y`, and `2 * output / n` for `2 * (output - target) / n`."""
    if classes := _classes(trace):
        head, p = classes
        return {"": p / head.divisor}
    of_outputs = trace.network.head
    if not isinstance(of_outputs, PerOutput):
        return {}
    without = copy(of_outputs)
    without.target = np.zeros_like(of_outputs.target)
    with np.errstate(all="ignore"):
        return {"": without.start(trace.values[-1]).gradient}


def _softmax_twice(trace: Trace) -> Mapping[str, Array]:
    """`p - y` multiplied by the softmax's derivative, which `p - y` already contains."""
    if not (classes := _classes(trace)):
        return {}
    _, p = classes
    g = trace.gradients[-1]
    return {"": g * p * (1.0 - p), "whole": p * (g - (p * g).sum())}


def _probability_slope(trace: Trace) -> Mapping[str, Array]:
    """`-y / p`: the derivative with respect to the probability, not to the score."""
    if not (classes := _classes(trace)):
        return {}
    head, p = classes
    with np.errstate(all="ignore"):
        start = np.zeros_like(p)
        start[head.target] = -1.0 / p[head.target] / head.divisor
    return {"": start}


def _other_class(trace: Trace) -> Mapping[str, Array]:
    """By the class that the 1 is subtracted at; of a batch, by how far it lies after the right one.

    The examples of a batch have different classes, so one distance is meant for all: +1 where
    classes are counted from 1 in one place. After the last class comes class 0, as in an index.
    """
    if not (classes := _classes(trace)):
        return {}
    head, p = classes
    starts = {}
    nearest = sorted(range(len(p)), key=lambda k: abs(k - head.target))[1 : MAX_CLASSES + 1]
    for k in nearest:
        after = (k - head.target) % len(p)
        name = str(k) if trace.batch is None else f"+{after}"
        starts[name] = (p - (np.arange(len(p)) == k)) / head.divisor
    return starts


def _scores(trace: Trace) -> Mapping[str, Array]:
    """`z - y`, without the softmax."""
    if not (classes := _classes(trace)):
        return {}
    head, _ = classes
    start = trace.values[-1].copy()
    start[head.target] -= 1.0
    start /= head.divisor
    return {"": start}


def _divided(trace: Trace) -> Mapping[str, Array]:
    """`(p - y) / n`: a mean over the classes."""
    classes = _classes(trace)
    return {"": trace.gradients[-1] / len(classes[1])} if classes and len(classes[1]) > 1 else {}


LOSSES: tuple[Mistake, ...] = (
    Mistake("sign_reversed", {}, starts=_reversed, pairs=True),
    Mistake("target_forgotten", {}, starts=_target_forgotten),
    Mistake("other_class", {}, starts=_other_class),
    Mistake("softmax_twice", {}, starts=_softmax_twice),
    Mistake("probability_slope", {}, starts=_probability_slope),
    Mistake("scores_minus_target", {}, starts=_scores),
    Mistake("divided_by_classes", {}, starts=_divided),
)
