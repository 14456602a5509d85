"""Sentences about the arithmetic in which an array is right."""

from typing import Literal, assert_never

import numpy as np
from typing_extensions import TypedDict

from app.document.arrays import AnyArray
from app.engine.mistakes import Diagnosis, FiniteDifferences, Turn
from app.engine.mistakes.precision import Name
from app.engine.network import Trace
from app.text.numbers import figure
from app.text.sentences import cell_name, listed

PrecisionName = Literal[Name, "finite_differences"]


class TurnedAnswer(TypedDict):
    """An output cell whose choice (a winner, or a side of 0) differs in another arithmetic."""

    layer: int
    index: list[int]


class PrecisionAnswer(TypedDict):
    """The arithmetic in which the array is right; for a wrong array, the one that was assumed."""

    name: PrecisionName
    digits: int
    """The binary digits of a number; the decimal digits of arithmetic by hand."""
    bound: AnyArray
    """How far each number may be off in that arithmetic, the rounding to its digits included."""
    turned: list[TurnedAnswer]
    """The cells whose choices differ from those in float64."""


MAX_TURNS = 3
"""The most turned choices that a sentence names."""


def precision_json(trace: Trace, diagnosis: Diagnosis) -> PrecisionAnswer:
    """The arithmetic of a diagnosis, its error bounds, and the choices that it turns."""
    return {
        "name": "finite_differences" if diagnosis.differences else diagnosis.precision.name,
        "digits": diagnosis.precision.digits,
        "bound": diagnosis.bound,
        "turned": [
            {
                "layer": turn.cell.layer,
                "index": [
                    int(i)
                    for i in np.unravel_index(turn.cell.at, trace.values[turn.cell.layer + 1].shape)
                ],
            }
            for turn in diagnosis.turns
        ],
    }


def right(trace: Trace, diagnosis: Diagnosis, whole: str) -> str:
    """A sentence about how exact a right array is; ``whole`` is «Right: all 4 numbers»."""
    if diagnosis.differences:
        return f"{whole}, {_as_differences(diagnosis.differences)}"
    if diagnosis.turns:
        return f"{whole}, {_with_turns(trace, diagnosis, list(diagnosis.turns))}"
    name = diagnosis.precision.name
    match name:
        case "float64":
            return f"{whole}."
        case "float32" | "float16" | "bfloat16":
            return f"{whole}, as exactly as {name} computes them."
        case "decimals" | "significant":
            return f"{whole}, up to rounding on the way. {_by_hand(diagnosis)}"
        case _:
            assert_never(name)


def _by_hand(diagnosis: Diagnosis) -> str:
    precision = diagnosis.precision
    worst = int(np.abs(diagnosis.difference).argmax())
    off = abs(float(diagnosis.difference.reshape(-1)[worst]))
    digits = "decimals" if precision.name == "decimals" else "significant digits"
    return (
        f"With {precision.digits} {digits} in every intermediate result, a number may end up off "
        f"by a few units of its last digit; yours are off by at most {figure(off)}."
    )


def _as_differences(differences: FiniteDifferences) -> str:
    in_float32 = " of a loss in float32" if differences.arithmetic == "float32" else ""
    return (
        f"as finite differences{in_float32}. {differences.scheme.capitalize()} differences with "
        f"h = {figure(differences.step)} give these numbers, and differ from the gradient by no "
        f"more than {figure(differences.bound)}."
    )


def _with_turns(trace: Trace, diagnosis: Diagnosis, turns: list[Turn]) -> str:
    cells = listed([cell_name(trace, turn.cell) for turn in turns], MAX_TURNS)
    apart = figure(max(turn.apart for turn in turns))
    one = len(turns) == 1
    if diagnosis.precision.name == "float64":
        kinks = {trace.network.layers[turn.cell.layer].family == "activation" for turn in turns}
        if kinks == {True}:
            exact = f"what goes into {cells} is exactly 0, where its slope changes,"
        elif kinks == {False}:
            exact = f"two cells in the window of {cells} hold exactly the same,"
        else:
            exact = f"{cells} {'chooses' if one else 'choose'} between equals,"
        return (
            f"in exact arithmetic. There, {exact} and float64 sees a difference of {apart} by "
            "rounding alone. This tool’s numbers follow float64."
        )
    return (
        f"as {diagnosis.precision.name} computes them. {cells[:1].upper()}{cells[1:]} "
        f"{'chooses' if one else 'choose'} otherwise there than in float64: what "
        f"{'it chooses' if one else 'they choose'} between is only {apart} apart, less than "
        f"{diagnosis.precision.name} can tell."
    )
