"""Gradients that were checked, as the page tells of them: from the loss back."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.check.layouts import Owner, owner_of
from app.check.matching import Where
from app.check.next_steps import next_steps
from app.check.together import CheckAllAnswer, NamedAnswer, title_of
from app.engine.network import Trace
from app.stage.differences import Comparison, comparisons
from app.stage.twice import TwiceAnswer, twice
from app.text.numbers import figure
from app.text.texts import capital

State = Literal["right", "but", "first", "wrong", "inherits", "missing"]

MAX_PICTURED = 6
"""Wrong arrays whose difference is drawn; the others are told of in words."""
_PLAIN_LAYOUTS = ("same", "flat")


@dataclass(frozen=True)
class Station:
    """One array on the way back."""

    title: str
    state: State
    number: int | None
    """Of the answer's arrays, which one; None where it was not given."""


@dataclass(frozen=True)
class Judged:
    """One array that was given."""

    number: int
    title: str
    state: State
    answer: NamedAnswer
    comparisons: list[Comparison]
    left_out: str
    scale: str
    """The number that has the full colour."""
    furthest: tuple[str, str] | None
    """The cell that is furthest off: what was given, and what is right."""
    twice: TwiceAnswer | None = None
    """Of the first wrong array, the step that goes wrong: right, and as it was given."""


@dataclass(frozen=True)
class Report:
    """The whole answer."""

    answer: CheckAllAnswer
    way: list[Station]
    wrong: list[Judged]
    right: list[Judged]
    next_steps: list[str]


def report(trace: Trace, answer: CheckAllAnswer) -> Report:
    """What the page shows of an answer."""
    judged: list[Judged] = []
    for number, each in enumerate(answer["arrays"]):
        is_first = all(other["check"]["right"] for other in answer["arrays"][:number])
        wrong_before = sum(not other.answer["check"]["right"] for other in judged)
        place = each["of"]
        owner = "cells" if "example" in place else owner_of(trace, place["parameter"])
        told = _judged(number, each, is_first, wrong_before < MAX_PICTURED, owner)
        judged.append(replace(told, twice=twice(trace, each)) if told.state == "first" else told)
    stations = [
        (Where(**each.answer["of"]), Station(each.title, each.state, each.number))
        for each in judged
    ]
    for place in answer["missing"]:
        where = Where(**place)
        stations.append((where, Station(capital(title_of(trace, where)), "missing", None)))
    stations.sort(key=lambda each: each[0].from_the_loss)
    return Report(
        answer,
        [station for _, station in stations],
        [each for each in judged if not each.answer["check"]["right"]],
        [each for each in judged if each.answer["check"]["right"]],
        next_steps(trace, answer),
    )


def _judged(
    number: int, each: NamedAnswer, is_first: bool, is_pictured: bool, owner: Owner
) -> Judged:
    check = each["check"]
    given, difference = np.asarray(check["given"]), np.asarray(check["difference"])
    drawn, left_out = list[Comparison](), ""
    if not check["right"] and is_pictured:
        drawn, left_out = comparisons(given, difference, np.asarray(check["wrong"]), owner)
    largest = check["largest"]
    return Judged(
        number=number,
        title=capital(each["title"]),
        state=_state(each, is_first),
        answer=each,
        comparisons=drawn,
        left_out=left_out,
        scale=figure(float(np.maximum(np.abs(given), np.abs(given - difference)).max())),
        furthest=None
        if largest is None
        else (figure(largest["given"]), figure(largest["gradient"])),
    )


def _state(each: NamedAnswer, is_first: bool) -> State:
    check = each["check"]
    if check["right"]:
        exact = check["precision"]["name"] == "float64" and not check["precision"]["turned"]
        plain = check["layout"]["name"] in _PLAIN_LAYOUTS
        return "right" if exact and plain else "but"
    if each["inherits"] is not None:
        return "inherits"
    return "first" if is_first else "wrong"
