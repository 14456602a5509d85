"""Checks all gradients of a network at once, and reports them from the loss back."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

from typing_extensions import TypedDict

from app.check.answers import CheckAnswer, judge
from app.check.files import Source, text_sources, within_limits
from app.check.given import Candidate, Place, from_array, from_lists, from_reading
from app.check.matching import Where, match, places
from app.check.pasting import Unreadable
from app.document.document import Refusal
from app.engine.mistakes import Budget
from app.engine.network import Trace
from app.text.sentences import layer_title, listed

MAX_SECONDS = 2.5
"""The most seconds of computing for all arrays of a request together."""


class PlaceAnswer(TypedDict):
    """An array of a network: a layer's output (−1: the input) or a parameter."""

    layer: int
    parameter: str | None


class NamedAnswer(TypedDict):
    """The result for one of several arrays."""

    name: str
    of: PlaceAnswer
    title: str
    """The array's name in words."""
    check: CheckAnswer


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


def named_sources(arrays: Mapping[str, list[Any] | str]) -> list[Source]:
    """The arrays of a JSON object: nested lists, or the text that was pasted for them.

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
                for each in text_sources(value, name)
            ]
        except Unreadable as unreadable:
            raise Refusal([(("arrays", name), str(unreadable))]) from None
    return within_limits(sources)


def check_all(trace: Trace, sources: Sequence[Source]) -> CheckAllAnswer:
    """Check all given arrays.

    Raises:
        Refusal: there are none, or an array cannot be matched with a gradient.
    """
    if not sources:
        raise Refusal([(("arrays",), "There is no array here: give at least one.")])
    network, every = trace.network, places(trace.network)
    fits = [_fits(trace, source, every) for source in sources]
    matched = match(network, [source.name for source in sources], [list(each) for each in fits])
    unclear = [
        (("arrays", source.name), _unclear(trace, source, left))
        for source, left in zip(sources, matched, strict=True)
        if len(left) > 1
    ]
    if unclear:
        raise Refusal(unclear)
    budget = Budget(seconds=MAX_SECONDS)
    judged: list[NamedAnswer] = []
    left_out: list[LeftOutAnswer] = []
    given: set[Where] = set()
    for source, fit, left in zip(sources, fits, matched, strict=True):
        if not left:
            left_out.append({"name": source.name, "reason": _fits_nowhere(fit)})
        elif left[0] in given:
            what = _title(trace, left[0])
            reason = f"Another array was taken for {what} already."
            left_out.append({"name": source.name, "reason": reason})
        else:
            given.add(left[0])
            place, candidates = fit[left[0]]
            judged.append(
                {
                    "name": source.name,
                    "of": {"layer": left[0].layer, "parameter": left[0].parameter},
                    "title": _title(trace, left[0]),
                    "check": judge(place, candidates, budget),
                }
            )
    judged.sort(key=lambda each: Where(**each["of"]).from_the_loss)
    missing = [each for each in every if each.parameter is not None and each not in given]
    return _answer(trace, judged, left_out, missing)


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
        names = listed([_title(trace, each) for each in missing], 6)
        sentence += f" Nothing is said of what was not given: {names}."
    answer: CheckAllAnswer = {
        "right": bool(judged) and not wrong and not left_out,
        "sentence": sentence,
        "arrays": judged,
        "left_out": left_out,
        "missing": [{"layer": each.layer, "parameter": each.parameter} for each in missing],
    }
    if wrong:
        answer["first"] = wrong[0]["of"]
    return answer


Fits = dict[Where, tuple[Place, list[Candidate]]]


def _fits(trace: Trace, source: Source, every: Sequence[Where]) -> Fits:
    """The gradients whose shape an array has in some layout."""
    fits: Fits = {}
    for where in every:
        shape = (
            trace.network.shape_of(where.layer)
            if where.parameter is None
            else trace.network.layers[where.layer].parameters[where.parameter].shape
        )
        place = Place(trace, where.layer, where.parameter, shape)
        try:
            candidates = _candidates(source, place)
        except Refusal:
            continue
        if candidates:
            fits[where] = (place, candidates)
    # If the shape fits without reordering, drop the places that need reordering.
    plain = {where: fit for where, fit in fits.items() if fit[1][0].layout.name == "same"}
    return plain or fits


def _candidates(source: Source, place: Place) -> list[Candidate]:
    if source.lists is not None:
        return from_lists(source.lists, place)
    if source.array is not None:
        return from_array(source.array, place)
    return [each for reading in source.readings for each in from_reading(reading, place)]


def _unclear(trace: Trace, source: Source, left: Sequence[Where]) -> str:
    names = listed([_title(trace, each) for each in left], 4)
    example = left[0]
    say = "input" if example.layer < 0 else f"{example.layer}"
    if example.parameter:
        say = f"{say}.{example.parameter}"
    return f"This may be {names}: call it “{say}”, with the layer’s number from 0, to say which."


def _fits_nowhere(fit: Fits) -> str:
    if fit:
        return "Every gradient of its shape is another array’s."
    return "No gradient of this network has its shape, in any layout."


def _title(trace: Trace, where: Where) -> str:
    if where.layer < 0:
        return "the input"
    title = layer_title(trace.network, where.layer)
    number = f"layer {where.layer}, {title}"
    return f"{where.parameter} of {number}" if where.parameter else f"output of {number}"
