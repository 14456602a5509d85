"""Sentences about a wrong gradient: the mistake that explains it, shown at one cell."""

import numpy as np
from typing_extensions import TypedDict

from app.check import arithmetic
from app.check.causes import HEDGE, start_reason, whole_reason
from app.check.example import example_of
from app.check.lines import CodeLines, lines_of
from app.check.reasons import why
from app.check.titles import title
from app.engine.mistakes import (
    FEWEST_FOR_PAIRS,
    AnyPass,
    Code,
    Diagnosis,
    Explanation,
    Given,
    Slip,
    concerned_layers,
    wrong_pass,
)
from app.engine.mistakes.catalogue import StepCode
from app.engine.network import Trace
from app.engine.receipt import Cell, in_batch
from app.engine.types import Array
from app.text.numbers import figure, told_apart
from app.text.sentences import added_line, cell_name, cell_place, layer_title, listed


class MistakeAnswer(TypedDict):
    """A mistake, or two mistakes together, that give all numbers of a given array."""

    codes: list[Code]
    """One code, or two."""
    title: str
    sentence: str
    """The mistake shown at one cell, with its numbers."""
    layers: list[list[int]]
    """For each code, the layers of the mistake; empty for the loss and for the whole array."""
    amount: float | None
    """The factor, decay, learning rate or bound that the numbers imply."""
    certain: bool
    """Whether the numbers prove it; if not, they are only consistent with it."""
    lines: CodeLines


def explain(
    trace: Trace, layer: int, parameter: str | None, given: Given, diagnosis: Diagnosis
) -> str:
    """How much of a given array is right, in one or two sentences."""
    many = diagnosis.wrong.size
    if diagnosis.right:
        whole = "Right" if many == 1 else f"Right: all {many} numbers"
        return arithmetic.right(trace, diagnosis, whole)
    worst = worst_cell(diagnosis)
    there = _where(trace, Cell(layer, worst, parameter))
    wrote, right = told_apart(
        float(given.array.reshape(-1)[worst]),
        float(diagnosis.true.reshape(-1)[worst]),
    )
    instead = (
        f"you wrote {wrote}, and {right} is right"
        if wrote != right
        else f"your {wrote} is off by {_figure(diagnosis.difference, worst)}"
    )
    n = int(np.count_nonzero(diagnosis.wrong))
    if many == 1:
        differ = f"{instead[0].upper()}{instead[1:]}."
    elif n == 1:
        differ = f"One of {many} numbers differs, {there}: {instead}."
    else:
        differ = f"{n} of {many} numbers differ, most {there}: {instead}."
    if diagnosis.explanations:
        return differ
    numbers = "this number" if many == 1 else "these numbers"
    both = ", nor do two together" if many >= FEWEST_FOR_PAIRS else ""
    tried = (
        f"No known mistake gives {numbers}{both}."
        if diagnosis.complete
        else f"No known mistake that was tried gives {numbers}; the network is too large to "
        "try them all."
    )
    return f"{differ} {tried}"


def worst_cell(diagnosis: Diagnosis) -> int:
    """The flat index of the wrong cell with the largest error."""
    return int(np.where(diagnosis.wrong, np.abs(diagnosis.difference), -1.0).argmax())


def mistakes(
    trace: Trace, layer: int, parameter: str | None, given: Given, diagnosis: Diagnosis
) -> list[MistakeAnswer]:
    """Each explanation: its codes, a title, a sentence, and the layers of each code."""
    return [
        {
            "codes": [slip.code for slip in explanation],
            "title": " · ".join(title(slip, trace.network.axes) for slip in explanation),
            "sentence": _sentence(trace, layer, parameter, given, diagnosis, explanation),
            "layers": [list(slip.layers) for slip in explanation],
            "amount": explanation[0].amount,
            "certain": all(slip.certain for slip in explanation),
            "lines": lines_of(trace.network, layer, explanation[0]),
        }
        for explanation in diagnosis.explanations
    ]


def _sentence(
    trace: Trace,
    layer: int,
    parameter: str | None,
    given: Given,
    diagnosis: Diagnosis,
    explanation: Explanation,
) -> str:
    if len(explanation) == 2:
        return _pair_sentence(trace, layer, parameter, given, diagnosis, explanation)
    (slip,) = explanation
    if slip.is_whole or slip.certain:
        return _single_sentence(trace, layer, parameter, given, diagnosis, slip)
    return f"{_single_sentence(trace, layer, parameter, given, diagnosis, slip)} {HEDGE.strip()}"


def _single_sentence(
    trace: Trace,
    layer: int,
    parameter: str | None,
    given: Given,
    diagnosis: Diagnosis,
    slip: Slip,
) -> str:
    code = slip.code
    match code:
        case "scaled" | "weight_decay" | "stepped" | "clipped" | "reordered":
            return whole_reason(trace, code, slip, diagnosis)
        case (
            "sign_reversed" | "target_forgotten" | "softmax_twice" | "probability_slope"
            | "other_class" | "scores_minus_target" | "divided_by_classes"
        ):  # fmt: skip
            worst = Cell(layer, worst_cell(diagnosis), parameter)
            wrote, right = _figure(given.array, worst.at), _figure(diagnosis.true, worst.at)
            lead = f"You wrote {wrote} {_where(trace, worst)}, and {right} is right"
            return f"{lead}: {start_reason(trace, code, slip)}"
        case "zero_padding" | "activation_missing":
            made = wrong_pass(trace, (slip,))
            assert made is not None
            told = _zero_padding if code == "zero_padding" else _activation_missing
            return told(trace, made) + _only(trace, layer, parameter, slip)
        case _:
            return _step_sentence(trace, layer, parameter, given, code, slip)


def _step_sentence(
    trace: Trace, layer: int, parameter: str | None, given: Given, code: StepCode, slip: Slip
) -> str:
    made = wrong_pass(trace, (slip,))
    assert made is not None
    example = example_of(trace, layer, parameter, made)
    whole, cell = trace, example.receipt.cell
    if trace.network.examples is not None:
        whole, cell = in_batch(example.made.trace, cell)
    if (cell.layer, cell.parameter) == (layer, parameter):
        lead = f"You wrote {_figure(given.array, cell.at)} {_where(whole, cell)}: "
    else:
        lead = (
            f"Your numbers come out if {cell_name(whole, cell)}, is given {figure(example.wrong)}: "
        )
    if example.others.size:
        lead += f"of what {layer_title(trace.network, example.receipt.source or 0)} sends back, "
    said = lead + why(code, slip, example)
    if example.others.size:
        parts = [(example.receipt.gradient,), (float(example.others.sum()),)]
        together = added_line(parts, example.receipt.gradient + parts[1][0])
        said += f" With what the others send, the gradient is {together}."
    return said + _only(trace, layer, parameter, slip)


def _pair_sentence(
    trace: Trace,
    layer: int,
    parameter: str | None,
    given: Given,
    diagnosis: Diagnosis,
    explanation: Explanation,
) -> str:
    at = worst_cell(diagnosis)
    alone, where = [], ""
    for slip in explanation:
        made = wrong_pass(trace, (slip,))
        assert made is not None
        name = f"“{title(slip, trace.network.axes)}”"
        alone.append(f"{name} alone gives {_figure(made.array(layer, parameter), at)} there")
        if names := _names(trace, layer, parameter, slip):
            where += f" {name} is so in {names} only."
    return (
        f"Two mistakes together: you wrote {_figure(given.array, at)} "
        f"{_where(trace, Cell(layer, at, parameter))}, and {_figure(diagnosis.true, at)} is right. "
        f"{alone[0]}, {alone[1]}, and both give your number.{where}"
    )


def _only(trace: Trace, layer: int, parameter: str | None, slip: Slip) -> str:
    names = _names(trace, layer, parameter, slip)
    return f" This is so in {names} only; the other layers go back right." if names else ""


def _names(trace: Trace, layer: int, parameter: str | None, slip: Slip) -> str:
    """The layers in which a mistake is made; empty if these are all that it concerns."""
    if slip.layers == concerned_layers(slip.mistake, trace.network, layer, parameter):
        return ""
    return listed([layer_title(trace.network, i) for i in slip.layers])


def _zero_padding(trace: Trace, made: AnyPass) -> str:
    for i in sorted(made.replaced):
        right, wrong = trace.values[i + 1].reshape(-1), made.values[i + 1].reshape(-1)
        for at in np.flatnonzero((np.abs(wrong) < np.finfo(np.float64).tiny) & (right <= 0)):
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


def _activation_missing(trace: Trace, made: AnyPass) -> str:
    names = listed([layer_title(trace.network, i) for i in sorted(made.replaced)])
    return (
        f"These numbers come out if {names} is left out, forwards too: what follows then sees "
        "other values, and the gradients follow those."
    )


def _where(trace: Trace, cell: Cell) -> str:
    """«at row 0, column 1», «for bias 0»."""
    place = cell_place(trace, cell)
    if cell.parameter == "bias":
        return f"for {place}"
    return f"for the weight {place}" if place.startswith("from") else f"at {place}"


def _figure(array: Array, at: int) -> str:
    return figure(float(array.reshape(-1)[at]))
