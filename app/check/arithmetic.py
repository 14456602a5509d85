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


def precision_json(trace: Trace, found: Diagnosis) -> PrecisionAnswer:
    """The arithmetic of a diagnosis, its error bounds, and the choices that it turns."""
    return {
        "name": "finite_differences" if found.differences else found.precision.name,
        "digits": found.precision.digits,
        "bound": found.bound,
        "turned": [
            {
                "layer": turn.cell.layer,
                "index": [
                    int(i)
                    for i in np.unravel_index(turn.cell.at, trace.network.shape_of(turn.cell.layer))
                ],
            }
            for turn in found.turns
        ],
    }


def right(trace: Trace, found: Diagnosis, whole: str) -> str:
    """A sentence about how exact a right array is; ``whole`` is «Right: all 4 numbers»."""
    if found.differences:
        return f"{whole}, {_as_differences(found.differences)}"
    if found.turns:
        return f"{whole}, {_with_turns(trace, found, list(found.turns))}"
    name = found.precision.name
    match name:
        case "float64":
            return f"{whole}."
        case "float32" | "float16" | "bfloat16":
            return f"{whole}, as exactly as {name} computes them."
        case "decimals" | "significant":
            return f"{whole}, up to rounding on the way. {_by_hand(found)}"
        case _:
            assert_never(name)


def _by_hand(found: Diagnosis) -> str:
    precision = found.precision
    worst = int(np.abs(found.difference).argmax())
    off = abs(float(found.difference.reshape(-1)[worst]))
    digits = "decimals" if precision.name == "decimals" else "significant digits"
    return (
        f"With {precision.digits} {digits} in every intermediate result, a number may end up off "
        f"by a few units of its last digit; yours are off by at most {figure(off)}."
    )


def _as_differences(found: FiniteDifferences) -> str:
    in_float32 = " of a loss in float32" if found.arithmetic == "float32" else ""
    return (
        f"as finite differences{in_float32}. {found.scheme.capitalize()} differences with h = "
        f"{figure(found.step)} give these numbers, and differ from the gradient by no more than "
        f"{figure(found.bound)}."
    )


def _with_turns(trace: Trace, found: Diagnosis, turns: list[Turn]) -> str:
    cells = listed([cell_name(trace, turn.cell) for turn in turns], MAX_TURNS)
    apart = figure(max(turn.apart for turn in turns))
    one = len(turns) == 1
    if found.precision.name == "float64":
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
        f"as {found.precision.name} computes them. {cells[:1].upper()}{cells[1:]} "
        f"{'chooses' if one else 'choose'} otherwise there than in float64: what "
        f"{'it chooses' if one else 'they choose'} between is only {apart} apart, less than "
        f"{found.precision.name} can tell."
    )
