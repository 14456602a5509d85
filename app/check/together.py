"""Checks all gradients of a network at once, and reports them from the loss back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NotRequired

import numpy as np
from typing_extensions import TypedDict

from app.check.files import Source, text_sources, within_limits
from app.check.given import Candidate, Place, from_array, from_lists, from_reading
from app.check.matching import Where, match, places
from app.check.pasting import Unreadable
from app.check.questions import Choice, PlaceAnswer, Question, Unclear
from app.check.verdict import CheckAnswer, judge
from app.check.which_example import place_of_example, the_right_one
from app.document.document import Refusal
from app.engine.mistakes import Budget, Judge, passed_on
from app.engine.network import Trace
from app.engine.receipt import shape_of
from app.engine.types import Shape
from app.text.sentences import layer_title, listed
from app.text.texts import capital, say

MAX_SECONDS = 1.8
"""The most seconds of computing for all arrays of a request together."""


class NamedAnswer(TypedDict):
    """The result for one of several arrays."""

    name: str
    of: PlaceAnswer
    title: str
    """The array's name in words."""
    check: CheckAnswer
    inherits: PlaceAnswer | None
    """Of a wrong array: the gradient, given and wrong too, from which a right backward pass gives
    just these numbers."""


class LeftOutAnswer(TypedDict):
    """An array that could not be checked."""

    name: str
    reason: str


class CheckAllAnswer(TypedDict):
    """The results for all given arrays."""

    right: bool
    """Whether every given array is right, and none was left out."""
    sentence: str
    first: NotRequired[PlaceAnswer]
    """The wrong array nearest the loss; absent if all are right."""
    arrays: list[NamedAnswer]
    """The results, from the loss back."""
    left_out: list[LeftOutAnswer]
    missing: list[PlaceAnswer]
    """The parameters whose gradients were not given and are therefore not checked."""


def named_sources(arrays: Mapping[str, list[Any] | str], reading: str = "") -> list[Source]:
    """The arrays of a JSON object: nested lists, or the text that was pasted for them.

    ``reading``: of several ways of reading a text, the one that is meant.

    Raises:
        Refusal: one of the texts is no array.
    """
    sources: list[Source] = []
    for name, value in arrays.items():
        if isinstance(value, list):
            sources.append(Source(name, None, lists=value))
            continue
        try:
            sources += [
                each._replace(name=name) if len(arrays) > 1 else each
                for each in text_sources(value, name, reading)
            ]
        except Unreadable as unreadable:
            raise Refusal([(("arrays", name), str(unreadable))]) from None
    return within_limits(sources)


def check_all(
    trace: Trace, sources: Sequence[Source], said: Mapping[str, Where] | None = None
) -> CheckAllAnswer:
    """Judge all arrays that were given; ``said``: which gradient the array of a name is.

    Raises:
        Refusal: there are none, or an array cannot be matched with a gradient.
    """
    if not sources:
        raise Refusal([(("arrays",), "There is no array here: give at least one.")])
    network, every = trace.network, places(trace.network)
    said = said or {}
    fits = [
        _fits(trace, source, [said[source.name]] if source.name in said else every)
        for source in sources
    ]
    matched = match(network, [source.name for source in sources], [list(each) for each in fits])
    matched = [
        _the_only_right(trace, fit, left) if len(left) > 1 else left
        for fit, left in zip(fits, matched, strict=True)
    ]
    unclear = [
        (source, left) for source, left in zip(sources, matched, strict=True) if len(left) > 1
    ]
    if unclear:
        raise Unclear(
            [(("arrays", source.name), _unclear(trace, left)) for source, left in unclear],
            [_question(trace, source, left) for source, left in unclear],
        )
    budget = Budget(seconds=MAX_SECONDS)
    decided: list[tuple[str, Where, Place, list[Candidate]]] = []
    left_out: list[LeftOutAnswer] = []
    given: set[Where] = set()
    for source, fit, left in zip(sources, fits, matched, strict=True):
        if not left:
            left_out.append({"name": source.name, "reason": _fits_nowhere(source, fit)})
        elif left[0] in given:
            what = title_of(trace, left[0])
            reason = f"Another array was taken for {what} already."
            left_out.append({"name": source.name, "reason": reason})
        else:
            given.add(left[0])
            place, candidates = fit[left[0]]
            decided.append((source.name, left[0], place, candidates))
    decided.sort(key=lambda each: each[1].from_the_loss)
    judged: list[NamedAnswer] = []
    for name, where, place, candidates in decided:
        # An edit is looked for where one begins to mend: what comes after may only inherit it.
        tells = all(each["check"]["right"] for each in judged)
        judged.append(
            {
                "name": name,
                "of": _place(where),
                "title": title_of(trace, where),
                "check": judge(place, candidates, budget, tells),
                "inherits": None,
            }
        )
    _tell_what_is_inherited(trace, judged)
    missing = [each for each in every if each.parameter is not None and each not in given]
    return _answer(trace, judged, left_out, missing)


def one_of_all(trace: Trace, where: Where, check: CheckAnswer) -> CheckAllAnswer:
    """The answer about one array that was judged, as one about all."""
    where = replace(where, example=check.get("example"))
    judged: NamedAnswer = {
        "name": "",
        "of": _place(where),
        "title": title_of(trace, where),
        "check": check,
        "inherits": None,
    }
    every = places(trace.network)
    missing = [each for each in every if each.parameter is not None and each != where]
    return _answer(trace, [judged], [], missing)


def _answer(
    trace: Trace, judged: list[NamedAnswer], left_out: list[LeftOutAnswer], missing: list[Where]
) -> CheckAllAnswer:
    wrong = [each for each in judged if not each["check"]["right"]]
    if wrong:
        sentence = (
            f"{len(wrong)} of {len(judged)} arrays {'is' if len(wrong) == 1 else 'are'} wrong. "
            f"From the loss back, the first is {wrong[0]['title']}: begin there, since what comes "
            "after it on the way back may only inherit it."
        )
    elif judged:
        many = "The array" if len(judged) == 1 else f"All {len(judged)} arrays"
        sentence = f"{many} that {'was' if len(judged) == 1 else 'were'} given "
        sentence += "is right." if len(judged) == 1 else "are right."
    else:
        sentence = "None of these arrays is a gradient of this network."
    if left_out:
        names = listed([f"“{each['name']}”" for each in left_out], 6)
        sentence += f" Not judged: {names}."
    if missing and judged:
        names = listed([title_of(trace, each) for each in missing], 6)
        sentence += f" Nothing is said of what was not given: {names}."
    answer: CheckAllAnswer = {
        "right": bool(judged) and not wrong and not left_out,
        "sentence": sentence,
        "arrays": judged,
        "left_out": left_out,
        "missing": [_place(each) for each in missing],
    }
    if wrong:
        answer["first"] = wrong[0]["of"]
    return answer


Fits = dict[Where, tuple[Place, list[Candidate]]]


def _fits(trace: Trace, source: Source, every: Sequence[Where]) -> Fits:
    """The gradients whose shape an array has in some layout."""
    fits: Fits = {}
    for where in every:
        shape = shape_of(trace, where.layer, where.parameter)
        place = Place(trace, where.layer, where.parameter, shape)
        if where.example is not None:
            place = place_of_example(place, where.example, "places", source.name)
        if candidates := _candidates_or_none(source, place):
            fits[where] = (place, candidates)
        elif place.examples and (candidates := _candidates_or_none(source, place.example(0))):
            for at in range(place.examples):
                fits[replace(where, example=at)] = (place.example(at), candidates)
    # If the shape fits without reordering, drop the places that need reordering.
    plain = {where: fit for where, fit in fits.items() if fit[1][0].layout.name == "same"}
    return plain or fits


def _candidates_or_none(source: Source, place: Place) -> list[Candidate]:
    try:
        return _candidates(source, place)
    except Refusal:
        return []


def _candidates(source: Source, place: Place) -> list[Candidate]:
    if source.lists is not None:
        return from_lists(source.lists, place)
    if source.array is not None:
        return from_array(source.array, place)
    return [each for reading in source.readings for each in from_reading(reading, place)]


def _the_only_right(trace: Trace, fit: Fits, left: list[Where]) -> list[Where]:
    """Of the gradients that an array may be, the one that it is; all where that does not tell."""
    right = []
    for layer in dict.fromkeys(where.layer for where in left if where.example is not None):
        _, candidates = fit[next(w for w in left if w.layer == layer and w.example is not None)]
        whole = Place(trace, layer, None, shape_of(trace, layer, None))
        at = the_right_one(whole, candidates)
        right += [w for w in left if w.layer == layer and w.example is not None and w.example == at]
    for where in left:
        if where.example is not None:
            continue
        place, candidates = fit[where]
        held = Judge(place.trace, place.layer, place.parameter)
        if any(held.agrees(each.given) for each in candidates):
            right.append(where)
    return right if len(right) == 1 else left


def _question(trace: Trace, source: Source, left: Sequence[Where]) -> Question:
    name = "" if source.name.startswith("#") else source.name
    what = f"“{name}”" if name else f"array {source.name}" if source.name else "this array"
    choices: list[Choice] = [
        {"label": capital(title_of(trace, where)), "place": _place(where)} for where in left
    ]
    return {"name": source.name, "asked": f"Which gradient is {what}?", "choices": choices}


def _unclear(trace: Trace, left: Sequence[Where]) -> str:
    names = listed([title_of(trace, each) for each in left], 4)
    first = left[0]
    say = "input" if first.layer < 0 else f"{first.layer}"
    if first.parameter:
        say = f"{say}.{first.parameter}"
    if first.example is not None:
        say = f"{say}[{first.example}]"
    counted = "layer’s number" if first.example is None else "numbers of the layer and the example"
    return f"This may be {names}: call it “{say}”, with the {counted} from 0, to say which."


def _fits_nowhere(source: Source, fit: Fits) -> str:
    if fit:
        return "Every gradient of its shape is another array’s."
    shape = " × ".join(map(str, _shape(source)))
    return f"No gradient of this network has its shape ({shape}), in any layout."


def _shape(source: Source) -> Shape:
    if source.array is not None:
        return source.array.shape
    if source.lists is None:
        return source.readings[0].arrays[0].shape
    shape: list[int] = []
    inner: Any = source.lists
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    return tuple(shape)


def _tell_what_is_inherited(trace: Trace, judged: list[NamedAnswer]) -> None:
    """Of each wrong array, whether its own step is right and only what came down to it is not."""
    above: NamedAnswer | None = None
    for each in judged:
        place, check = each["of"], each["check"]
        if check["right"]:
            continue
        is_below = above is not None and above["of"]["layer"] > place["layer"] - (
            place["parameter"] is not None
        )
        # What one example alone sends on reaches nothing but that example.
        if above is not None and is_below and above["of"].get("example") == place.get("example"):
            example = place.get("example")
            passed = passed_on(
                trace if example is None else trace.example(example),
                above["of"]["layer"],
                np.asarray(above["check"]["given"]),
                np.asarray(above["check"]["precision"]["bound"]),
                place["layer"],
                place["parameter"],
            )
            off = np.abs(np.asarray(check["given"]) - passed.gradient)
            if (off <= passed.bound + np.asarray(check["precision"]["bound"])).all():
                each["inherits"] = above["of"]
        if place["parameter"] is None:
            above = each


def _place(where: Where) -> PlaceAnswer:
    place: PlaceAnswer = {"layer": where.layer, "parameter": where.parameter}
    if where.example is not None:
        place["example"] = where.example
    return place


def title_of(trace: Trace, where: Where) -> str:
    """«weight of layer 4, Fully connected»."""
    if where.layer < 0:
        place = say("checking.place", "input")
    else:
        title = layer_title(trace.network, where.layer)
        place = say("checking.place", where.parameter or "output", n=where.layer, title=title)
    if where.example is None:
        return place
    return say("checking.place", "of_example", place=place, n=where.example + 1)
