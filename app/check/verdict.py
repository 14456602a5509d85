"""The answer about one array: right or wrong, in which arithmetic and layout, and why."""

from typing import Any, NotRequired

import numpy as np
from typing_extensions import TypedDict

from app.check import arithmetic
from app.check.arithmetic import PrecisionAnswer
from app.check.diagnosis import MistakeAnswer, explain, mistakes, worst_cell
from app.check.given import Candidate, Place, from_lists, from_text
from app.check.layouts import Name as LayoutName
from app.check.layouts import in_words
from app.check.questions import Choice, Unclear
from app.check.separating import EditAnswer, edit_json
from app.check.which_example import (
    ask_for_example,
    place_of_example,
    right_for_none,
    the_right_one,
)
from app.document.arrays import AnyArray, AnyMask
from app.document.document import Refusal
from app.document.places import find_shape
from app.engine.mistakes import Budget, Diagnosis, Judge
from app.engine.network import Trace
from app.text.texts import capital


class LargestAnswer(TypedDict):
    """The cell with the largest error."""

    index: list[int]
    given: float
    gradient: float
    """The right gradient."""


class LayoutAnswer(TypedDict):
    """The order in which the axes of the array were stored."""

    name: LayoutName
    sentence: str
    """The layout in words, and what to do; empty if it is as expected."""


class CheckAnswer(TypedDict):
    """Whether a given array is the right gradient."""

    right: bool
    given: AnyArray
    """The given numbers in the gradient's shape."""
    difference: AnyArray
    """The given gradient − the right one."""
    mistakes: list[MistakeAnswer]
    """The mistakes, each of which alone explains the numbers; empty if the array is right."""
    sentence: str
    wrong: AnyMask
    """The cells that differ by more than their digits explain."""
    differs: int
    """How many cells are wrong."""
    largest: LargestAnswer | None
    complete: bool
    """Whether every mistake and every pair was tried before the time was over."""
    precision: PrecisionAnswer
    layout: LayoutAnswer
    example: NotRequired[int]
    """Of a batch: the example, if the array is that of one example alone; else absent."""
    edit: EditAnswer | None
    """Where several mistakes give the numbers: what to change to tell them apart."""


def check_json(
    trace: Trace,
    layer: int,
    parameter: str | None,
    array: list[Any] | None,
    text: str | None,
    reading: str = "",
    example: int | None = None,
) -> CheckAnswer:
    """Whether an array is the gradient of a layer's output (−1: the input) or parameter.

    ``reading``: of several ways of reading the text, the one that is meant. ``example``: of a
    batch, the example, if the array is that of one example alone.

    Raises:
        Refusal: there is no such array, or the given numbers do not have its shape.
    """
    place = Place(trace, layer, parameter, find_shape(trace, layer, parameter, "of"))
    if (array is None) == (text is None):
        raise Refusal([(("array",), "Send either an array or the text of one.")])

    def candidates(place: Place) -> list[Candidate]:
        if array is not None:
            return from_lists(array, place)
        return from_text(text or "", place, reading)

    if example is not None:
        place = place_of_example(place, example, "of")
        return judge(place, candidates(place))
    try:
        return judge(place, candidates(place))
    except Unclear:
        raise
    except Refusal:
        if not place.examples:
            raise
        try:
            of_one = candidates(place.example(0))
        except Refusal:
            of_one = []
        if not of_one:
            raise
    at = 0 if place.examples == 1 else the_right_one(place, of_one)
    if at is None:
        raise Unclear([(("of",), right_for_none(place))], [ask_for_example(place, "")])
    return judge(place.example(at), of_one)


READ_IN_SEVERAL_WAYS = (
    "This text can be read in several ways, and is right in none. Which is meant?"
)


def judge(
    place: Place, candidates: list[Candidate], budget: Budget | None = None, tells: bool = True
) -> CheckAnswer:
    """The answer about one array; if one reading of its text makes it right, this one counts.

    ``tells``: whether an edit is looked for that tells several causes apart.

    Raises:
        Refusal: no reading makes it right, and its text can be read in two ways.
    """
    judge = Judge(place.trace, place.layer, place.parameter, budget)
    first = candidates[0]
    for each in candidates:
        right = judge.right(each.given) if each.layout.certain else judge.agrees(each.given)
        if right is not None:
            return _answer(place, each, right, False)
    ways = list(dict.fromkeys(each.how for each in candidates if each.layout.certain))
    if len(ways) > 1:
        wrong = (
            f"This can be read in two ways: with {ways[0]}, or with {ways[1]}. Write decimals with "
            "a point, and put a space or a tab between two numbers."
        )
        choices: list[Choice] = [{"label": capital(how), "reading": how} for how in ways]
        raise Unclear(
            [(("text",), wrong)], [{"name": "", "asked": READ_IN_SEVERAL_WAYS, "choices": choices}]
        )
    return _answer(place, first, judge.diagnose(first.given), tells)


def _answer(place: Place, candidate: Candidate, diagnosis: Diagnosis, tells: bool) -> CheckAnswer:
    trace, layer, parameter = place.trace, place.layer, place.parameter
    brought = candidate.given
    worst = worst_cell(diagnosis)
    layout = in_words(candidate.layout, place.shape)
    alone = place.trace.batch is not None
    sentence = explain(trace, layer, parameter, brought, diagnosis)
    answer: CheckAnswer = {
        "right": diagnosis.right,
        "difference": diagnosis.difference,
        "mistakes": mistakes(trace, layer, parameter, brought, diagnosis),
        "sentence": " ".join(filter(None, (sentence, _of_one_example(place), layout))),
        "given": brought.array,
        "wrong": diagnosis.wrong,
        "differs": int(np.count_nonzero(diagnosis.wrong)),
        "largest": None
        if diagnosis.right
        else {
            "index": [int(i) for i in np.unravel_index(worst, diagnosis.true.shape)],
            "given": brought.array.reshape(-1)[worst],
            "gradient": diagnosis.true.reshape(-1)[worst] + 0.0,
        },
        "complete": diagnosis.complete,
        "precision": arithmetic.precision_json(trace, diagnosis),
        "layout": {"name": candidate.layout.name, "sentence": layout},
        "edit": edit_json(trace, diagnosis.explanations, layer, parameter) if tells else None,
    }
    if alone:
        answer["example"] = trace.at
    return answer


def _of_one_example(place: Place) -> str:
    """Which example alone was compared; empty where it was everything."""
    batch = place.trace.batch
    if batch is None or batch.network.examples == 1:
        return ""
    return (
        f"This is example {place.trace.at + 1} of {batch.network.examples} alone; the others are "
        "not looked at."
    )
