"""Is this gradient right? What was given or pasted, read, judged and answered."""

from typing import Any

import numpy as np
from typing_extensions import TypedDict

from app.check import arithmetic, diagnosis
from app.check.arithmetic import PrecisionAnswer
from app.check.diagnosis import MistakeAnswer
from app.check.given import read_given
from app.document.arrays import AnyArray, AnyMask
from app.document.places import find_shape
from app.engine.mistakes import diagnose
from app.engine.network import Trace


class LargestAnswer(TypedDict):
    """The cell that is furthest off."""

    index: list[int]
    given: float
    gradient: float
    """The right one."""


class CheckAnswer(TypedDict):
    """Whether a given array is the gradient it was taken for."""

    right: bool
    given: AnyArray
    """As it was read, in the gradient's shape."""
    difference: AnyArray
    """Given − right."""
    mistakes: list[MistakeAnswer]
    """Each explains the numbers on its own. None where the array is right."""
    sentence: str
    wrong: AnyMask
    """Which cells differ by more than the digits they were given in."""
    differs: int
    """How many."""
    largest: LargestAnswer | None
    complete: bool
    """Whether there was time to try every mistake and every pair."""
    precision: PrecisionAnswer


def check_json(
    trace: Trace, layer: int, parameter: str | None, array: list[Any] | None, text: str | None
) -> CheckAnswer:
    """Whether an array is the gradient of a layer's output (−1: the input) or parameter.

    Raises:
        Refusal: there is no such array, or what was given has not its shape.
    """
    brought = read_given(array, text, find_shape(trace, layer, parameter, "of"))
    found = diagnose(trace, layer, parameter, brought)
    worst = diagnosis.worst_cell(found)
    return {
        "right": found.right,
        "difference": found.difference,
        "mistakes": diagnosis.mistakes(trace, layer, parameter, brought, found),
        "sentence": diagnosis.explain(trace, layer, parameter, brought, found),
        "given": brought.array,
        "wrong": found.wrong,
        "differs": int(np.count_nonzero(found.wrong)),
        "largest": None
        if found.right
        else {
            "index": [int(i) for i in np.unravel_index(worst, found.true.shape)],
            "given": brought.array.reshape(-1)[worst],
            "gradient": found.true.reshape(-1)[worst] + 0.0,
        },
        "complete": found.complete,
        "precision": arithmetic.precision_json(trace, found),
    }
