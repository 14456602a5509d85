"""What the JSON routes answer, as models: for their description, and to hold them to it."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from app.document import nested_schema
from app.engine.mistakes import Code


def _nested(item: str) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [nested_schema(rank, item) for rank in (1, 2, 3, 4)]})


class Answer(BaseModel):
    """No coercion, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid")


class MistakeAnswer(Answer):
    """A mistake, or two made together, that gives all the numbers of a given array."""

    codes: list[Code]
    """One code, or two."""
    title: str
    sentence: str
    """The mistake shown at one cell, with its numbers."""
    layers: list[list[int]]
    """For each code, the layers in which the mistake is made."""


class LargestAnswer(Answer):
    """The cell that is furthest off."""

    index: list[int]
    given: float
    gradient: float
    """The right one."""


class CheckAnswer(Answer):
    """Whether a given array is the gradient it was taken for."""

    right: bool
    given: Annotated[list[Any], _nested("number")]
    """As it was read, in the gradient's shape."""
    difference: Annotated[list[Any], _nested("number")]
    """Given − right."""
    mistakes: list[MistakeAnswer]
    """Each explains the numbers on its own. None where the array is right."""
    sentence: str
    wrong: Annotated[list[Any], _nested("boolean")]
    """Which cells differ by more than the digits they were given in."""
    differs: int
    """How many."""
    largest: LargestAnswer | None
    complete: bool
    """Whether there was time to try every mistake and every pair."""


class ExportAnswer(Answer):
    """Scripts of a network that print its numbers and assert them."""

    pytorch: str
    numpy: str
