"""Edits of the examples of a batch, as ``app.builder.edits`` makes them."""

import math
from typing import Annotated, Any, Literal

from pydantic import Field

from app.builder.examples import examples_in, like_example, numbers_of_example, with_examples
from app.builder.fill import Fill
from app.builder.fitting import MAX_NEW
from app.builder.needs import shape_in
from app.builder.status import status_of
from app.document.building import MAX_CELLS
from app.document.document import Refusal
from app.document.fields import WHOLE, Model

Count = Annotated[int, Field(ge=1, le=MAX_CELLS), WHOLE]
Position = Annotated[int, Field(ge=0, lt=MAX_CELLS), WHOLE]
Json = Any


class CountExamples(Model):
    """Make it a batch of so many examples; new ones copy the last. One example is no batch."""

    do: Literal["examples"]
    count: Count


class DuplicateExample(Model):
    """Insert a copy of an example behind it."""

    do: Literal["duplicate_example"]
    at: Position


class RemoveExample(Model):
    """Remove an example."""

    do: Literal["remove_example"]
    at: Position


ExampleEdit = CountExamples | DuplicateExample | RemoveExample


def with_other_examples(document: Json, edit: ExampleEdit) -> Json:
    """The document after an edit of its examples; of one example, the input is no batch.

    Raises:
        Refusal: there is no such example, it is the only one, or the new ones are too large.
    """
    examples = examples_in(document) or 1
    match edit:
        case CountExamples():
            places = [min(at, examples - 1) for at in range(edit.count)]
            given = "count"
        case DuplicateExample():
            places = [at - (at > edit.at) for at in range(examples + 1)]
            given = "at"
        case RemoveExample():
            places = [at for at in range(examples) if at != edit.at]
            given = "at"
    if not isinstance(edit, CountExamples) and edit.at >= examples:
        raise _refused("at", f"There is no example {edit.at}: the last one is {examples - 1}.")
    if not places:
        raise _refused("at", "This is the only example, and a network needs one.")
    if (len(places) - examples) * numbers_of_example(document) > MAX_NEW:
        raise _refused(given, _TOO_LARGE)
    return with_examples(document, places, status_of(document).shapes)


def alike(inputs: list[Json], at: int, fill: Fill) -> list[Json]:
    """The inputs of a batch, all in the shape of the one that was changed.

    Raises:
        Refusal: this would make too many numbers.
    """
    shape = shape_in(inputs[at])
    others = sum(shape_in(each) != shape for each in inputs)
    if others * math.prod(shape) > MAX_NEW:
        raise _refused("shape", _TOO_LARGE)
    return like_example(inputs, at, fill)


_TOO_LARGE = f"Too large: an edit makes at most {MAX_NEW:,} numbers."


def _refused(field: str, message: str) -> Refusal:
    return Refusal([(("edit", field), message)])
