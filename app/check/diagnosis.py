"""What is wrong with a given gradient, in words: the mistake that makes it, shown at one cell."""

import numpy as np
from typing_extensions import TypedDict

from app.check import arithmetic
from app.check.reasons import example_of, why
from app.engine.layers import MaxPool2d
from app.engine.mistakes import (
    FEWEST_FOR_PAIRS,
    Code,
    Diagnosis,
    Explanation,
    Given,
    Pass,
    Slip,
    concerned_layers,
    wrong_pass,
)
from app.engine.network import Trace
from app.engine.receipt import Cell
from app.engine.types import Array
from app.text.numbers import figure, told_apart
from app.text.sentences import cell_name, cell_place, layer_title, listed

TITLES: dict[Code, str] = {
    "unweighted": "Added without the weights",
    "copied": "Copied back without the weight",
    "multiplied": "Multiplied instead of added",
    "unflipped": "Gathered with an unflipped kernel",
    "assigned": "Assigned instead of added",
    "ties_all": "Every maximum of a tie paid in full",
    "times_activation": "Multiplied by the activation",
    "negatives_dropped": "Negative gradients dropped",
    "zero_padding": "Zeros as padding of a max pool",
    "local_index": "Index in the window taken for the index in the map",
    "spread": "Gradient spread over the whole window",
    "slope_from_gradient": "Slope taken from the gradient’s sign",
    "slope_forgotten": "Slope of the activation forgotten",
    "bias_one_cell": "One cell’s gradient for the bias",
    "weight_as_factor": "Weight instead of input in dL/dW",
    "transposed": "Weight transposed",
    "half_turned": "Gradients turned by half a turn",
    "averaged": "Averaged instead of added",
    "sign_reversed": "All signs reversed",
}
"""The name of each mistake."""


class MistakeAnswer(TypedDict):
    """A mistake, or two made together, that gives all the numbers of a given array."""

    codes: list[Code]
    """One code, or two."""
    title: str
    sentence: str
    """The mistake shown at one cell, with its numbers."""
    layers: list[list[int]]
    """For each code, the layers in which the mistake is made; empty: at the start."""


def explain(trace: Trace, layer: int, parameter: str | None, given: Given, found: Diagnosis) -> str:
    """How much of a given array is right, in one or two sentences."""
    many = found.wrong.size
    if found.right:
        whole = "Right" if many == 1 else f"Right: all {many} numbers"
        return arithmetic.right(trace, found, whole)
    worst = worst_cell(found)
    there = _where(trace, Cell(layer, worst, parameter))
    wrote, right = told_apart(
        float(given.array.reshape(-1)[worst]),
        float(found.true.reshape(-1)[worst]),
        given.significant,
    )
    instead = (
        f"you wrote {wrote}, and {right} is right"
        if wrote != right
        else f"your {wrote} is off by {_figure(found.difference, worst)}"
    )
    n = int(np.count_nonzero(found.wrong))
    if many == 1:
        differ = f"{instead[0].upper()}{instead[1:]}."
    elif n == 1:
        differ = f"One of {many} numbers differs, {there}: {instead}."
    else:
        differ = f"{n} of {many} numbers differ, most {there}: {instead}."
    if found.explanations:
        return differ
    numbers = "this number" if many == 1 else "these numbers"
    both = ", nor do two together" if many >= FEWEST_FOR_PAIRS else ""
    tried = (
        f"No known mistake gives {numbers}{both}."
        if found.complete
        else f"No known mistake that was tried gives {numbers}; the network is too large to "
        "try them all."
    )
    return f"{differ} {tried}"


def worst_cell(found: Diagnosis) -> int:
    """The flat index of the cell that is furthest off."""
    return int(np.where(found.wrong, np.abs(found.difference), -1.0).argmax())


def mistakes(
    trace: Trace, layer: int, parameter: str | None, given: Given, found: Diagnosis
) -> list[MistakeAnswer]:
    """Each explanation: its codes, a title, a sentence, and the layers of each code."""
    return [
        {
            "codes": [slip.code for slip in explanation],
            "title": " · ".join(TITLES[slip.code] for slip in explanation),
            "sentence": _sentence(trace, layer, parameter, given, found, explanation),
            "layers": [list(slip.layers) for slip in explanation],
        }
        for explanation in found.explanations
    ]


def _sentence(
    trace: Trace,
    layer: int,
    parameter: str | None,
    given: Given,
    found: Diagnosis,
    explanation: Explanation,
) -> str:
    if len(explanation) == 2:
        return _pair_sentence(trace, layer, parameter, given, found, explanation)
    (slip,) = explanation
    made = wrong_pass(trace, explanation)
    assert made is not None
    names = _only(trace, layer, parameter, slip)
    only = f" This is so in {names} only; the other layers go back right." if names else ""
    if slip.code == "zero_padding":
        return _zero_padding(trace, made) + only
    if slip.code == "sign_reversed":
        return _sign_reversed(trace, layer, parameter, given, found)
    example = example_of(trace, layer, parameter, made)
    cell = example.receipt.cell
    if (cell.layer, cell.parameter) == (layer, parameter):
        lead = f"You wrote {_figure(given.array, cell.at)} {_where(trace, cell)}: "
    else:
        lead = (
            f"Your numbers come out if {cell_name(trace, cell)}, is given {figure(example.wrong)}: "
        )
    return lead + why(trace, slip, example) + only


def _pair_sentence(
    trace: Trace,
    layer: int,
    parameter: str | None,
    given: Given,
    found: Diagnosis,
    explanation: Explanation,
) -> str:
    at = worst_cell(found)
    alone, where = [], ""
    for slip in explanation:
        made = wrong_pass(trace, (slip,))
        assert made is not None
        title = f"“{TITLES[slip.code]}”"
        alone.append(f"{title} alone gives {_figure(made.array(layer, parameter), at)} there")
        if names := _only(trace, layer, parameter, slip):
            where += f" {title} is so in {names} only."
    return (
        f"Two mistakes together: you wrote {_figure(given.array, at)} "
        f"{_where(trace, Cell(layer, at, parameter))}, and {_figure(found.true, at)} is right. "
        f"{alone[0]}, {alone[1]}, and both give your number.{where}"
    )


def _only(trace: Trace, layer: int, parameter: str | None, slip: Slip) -> str:
    """The layers in which a mistake is made, if not all that it concerns."""
    if slip.layers == concerned_layers(slip.mistake, trace.network, layer, parameter):
        return ""
    return listed([layer_title(trace.network, i) for i in slip.layers])


def _zero_padding(trace: Trace, made: Pass) -> str:
    for i in sorted(made.replaced):
        pool = trace.network.layers[i]
        assert isinstance(pool, MaxPool2d)
        right, wrong = trace.values[i + 1].reshape(-1), made.values[i + 1].reshape(-1)
        for at in np.flatnonzero((wrong == 0) & (right <= 0)):
            name = cell_name(trace, Cell(i, int(at)))
            if right[at] < 0:
                return (
                    f"With zeros as padding, {name} is 0 instead of {figure(right[at])}: the zero "
                    "wins the maximum, and the window’s gradient is lost in the padding. Padding "
                    "must never win, as if it were −∞."
                )
    return (
        "With zeros as padding, a zero outside the map ties with one inside and may take its "
        "gradient. Padding must never win, as if it were −∞."
    )


def _sign_reversed(
    trace: Trace, layer: int, parameter: str | None, given: Given, found: Diagnosis
) -> str:
    at = worst_cell(found)
    start = (
        " At the loss, it begins as what came out minus what should have come out."
        if trace.network.head.is_loss
        else ""
    )
    return (
        f"You wrote {_figure(given.array, at)} {_where(trace, Cell(layer, at, parameter))}, and "
        f"{_figure(found.true, at)} is right: every sign is reversed. A gradient says where the "
        f"loss grows; the minus belongs to the step that makes it smaller.{start}"
    )


def _where(trace: Trace, cell: Cell) -> str:
    """«at row 0, column 1», «for bias 0»."""
    place = cell_place(trace, cell)
    if cell.parameter == "bias":
        return f"for {place}"
    return f"for the weight {place}" if place.startswith("from") else f"at {place}"


def _figure(array: Array, at: int) -> str:
    return figure(float(array.reshape(-1)[at]))
