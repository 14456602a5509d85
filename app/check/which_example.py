"""Of which example of a batch an array is: named in the request, found by its numbers, or asked."""

from collections.abc import Sequence

import numpy as np

from app.check.given import Candidate, Place
from app.check.questions import Question
from app.document.document import Refusal
from app.engine.mistakes import Judge
from app.text.texts import say

MAX_JUDGED = 4
"""The most examples that are judged: those that come closest."""
MAX_CHOICES = 64
"""The most examples of a batch that a question offers."""


def closest(place: Place, candidates: Sequence[Candidate]) -> list[int]:
    """The examples whose gradients come closest to an array, the closest first."""
    true = place.trace.gradients[place.layer + 1]
    with np.errstate(all="ignore"):
        off = np.min(
            [np.abs(true - each.given.array).reshape(len(true), -1).max(1) for each in candidates],
            axis=0,
        )
    return [int(at) for at in np.argsort(off, kind="stable")[:MAX_JUDGED]]


def the_right_one(place: Place, candidates: Sequence[Candidate]) -> int | None:
    """The example whose gradient an array is, the first of equal ones; None if it is no one's."""
    right = [
        at
        for at in closest(place, candidates)
        if any(
            Judge(place.trace.example(at), place.layer, None).agrees(each.given)
            for each in candidates
        )
    ]
    return min(right, default=None)


def place_of_example(place: Place, at: int, *field: str) -> Place:
    """The gradient of one example of a batch.

    Raises:
        Refusal: there is no such example, or the gradient is not that of an example; ``field`` is
            where the request names it.
    """
    if at >= place.examples:
        wrong = (
            "The gradient of a parameter is the sum over all examples: leave out the example."
            if place.trace.network.examples and place.parameter
            else f"This must be less than {place.examples}, the number of examples."
            if place.examples
            else "This network has one example: leave this out."
        )
        raise Refusal([((*field, "example"), wrong)])
    return place.example(at)


def right_for_none(place: Place) -> str:
    """What is said of an array that has the shape of one example, and is right for none."""
    return (
        f"This has the shape of one example, and is right for none of the {place.examples}: say "
        "which one it is, counted from 0, or give those of all examples."
    )


def ask_for_example(place: Place, name: str) -> Question:
    """The question which example an array is of."""
    return {
        "name": name,
        "asked": say("checking.which_example"),
        "choices": [
            {
                "label": say("checking.example", n=at + 1),
                "place": {"layer": place.layer, "parameter": None, "example": at},
            }
            for at in range(min(place.examples, MAX_CHOICES))
        ],
    }
