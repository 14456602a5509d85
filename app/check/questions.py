"""What is asked back where something can be taken in several ways: a question with its answers."""

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from app.document.document import Refusal
from app.document.fields import Location


class PlaceAnswer(TypedDict):
    """An array of a network: a layer's output (−1: the input) or a parameter."""

    layer: int
    parameter: str | None
    example: NotRequired[int]
    """Of a batch: the example, where the array is that of one example."""


class Choice(TypedDict):
    """One way to take it; the request says so in ``reading``, or in ``places`` for the name."""

    label: str
    reading: NotRequired[str]
    place: NotRequired[PlaceAnswer]


class Question(TypedDict):
    """What is asked of one array."""

    name: str
    """The array's; empty where it has none."""
    asked: str
    choices: list[Choice]


class Unclear(Refusal):
    """What was given can be taken in several ways, and none of them is right as it stands."""

    def __init__(
        self, problems: Sequence[tuple[Location, str]], questions: Sequence[Question]
    ) -> None:
        super().__init__(problems)
        self.questions = list(questions)
