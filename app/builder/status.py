"""The shape after every layer, also of a network that does not fit yet.

A document is JSON here, as somebody is typing it: it may have any mistake.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from app.builder.examples import KINDS_ALONG_ONE_AXIS, examples_in
from app.builder.needs import kind_of
from app.document.building import build
from app.document.document import Document, Refusal
from app.document.fields import Location
from app.document.layers import Layer
from app.document.problems import located
from app.engine.layers import KINDS
from app.engine.layers import Layer as EngineLayer
from app.engine.types import Misfit, Shape

_ALONG_ONE_AXIS = {"type": "avg_pool1d", "kernel": 1}
"""A placeholder that changes nothing: it says that an input of two axes has no rows."""

Json = Any


class Problem(NamedTuple):
    """What does not fit: where, and why."""

    place: Location
    message: str


class Status(NamedTuple):
    """How far a document fits together.

    ``shapes`` [layers + 1]: of the input and of each layer's output, None from the first layer on
    that does not fit; of a batch, those of one example. ``problems``: of fields all, of sizes the
    first. ``examples``: of a batch, how many there are.
    """

    shapes: list[Shape | None]
    problems: list[Problem]
    examples: int | None

    @property
    def fits(self) -> bool:
        """Whether it is a network."""
        return not self.problems


def status_of(document: Json) -> Status:
    """The shapes of a document, and its problems."""
    problems: list[Problem] = []
    examples = examples_in(document)
    try:
        checked = Document.model_validate(document)
    except ValidationError as error:
        problems = [Problem(*each) for each in located(error)]
        start = _start(document, problems)
        if start is None:
            return Status([None] * (layer_count(document) + 1), problems, examples)
        checked = start
    unfit = checked.batch_problems()
    if unfit and unfit[0][0][:1] == ("head",) and not problems:
        # The layers have shapes, even if the head has an entry too many or too few.
        problems = [Problem(*each) for each in unfit]
        checked = _start(document, problems) or checked
    sound = _sound(document, problems)
    bound: list[EngineLayer] = []
    try:
        build(checked, bound.append)
    except Refusal as refusal:
        # Placeholders replace the head and what is wrong in its fields; they need not fit.
        refused = [
            Problem(place, message)
            for place, message in refusal.problems
            if not problems
            or (place[:1] != ("head",) and (place[:1] != ("layers",) or int(place[1]) < sound))
        ]
        problems = refused + problems
    reaching = checked.input.shape[1:] if checked.is_batch else checked.input.shape
    shapes: list[Shape | None] = [reaching, *(layer.shape for layer in bound)]
    shapes = shapes[: sound + 1]
    return Status(shapes + [None] * (layer_count(document) + 1 - len(shapes)), problems, examples)


def bind(fields: Json, reached: Shape) -> EngineLayer | None:
    """A layer bound to the shape that reaches it; None where it does not fit."""
    try:
        return _bound(fields, reached)
    except (ValidationError, Misfit, TypeError):
        return None


def why_not(fields: Json, reached: Shape) -> str:
    """Why a layer does not fit the shape that reaches it; empty where it does."""
    try:
        _bound(fields, reached)
    except ValidationError as error:
        (place, message), *_ = located(error)
        return f"{place[-1]}: {message}" if place else message
    except Misfit as misfit:
        return str(misfit)
    return ""


def _bound(fields: Json, reached: Shape) -> EngineLayer:
    checked = layer_adapter().validate_python(fields)
    own = {name: value for name, value in vars(checked).items() if name != "type"}
    make: Callable[..., EngineLayer] = KINDS[checked.type]
    return make(reached, **own)


@cache
def layer_adapter() -> TypeAdapter[Any]:
    """What checks one layer's fields."""
    return TypeAdapter(Layer)


def _sound(document: Json, problems: list[Problem]) -> int:
    """How many layers come before the first with a mistake in its fields."""
    broken = [place[1] for place, _ in problems if place[:1] == ("layers",) and len(place) > 1]
    return min([at for at in broken if isinstance(at, int)] + [layer_count(document)])


def _start(document: Json, problems: list[Problem]) -> Document | None:
    """The layers before the first with a mistake in its fields; None where the input has one."""
    places = [place for place, _ in problems]
    if not isinstance(document, dict) or any(place[:1] in ((), ("input",)) for place in places):
        return None
    layers = document.get("layers")
    if not isinstance(layers, list):
        return None
    first = _sound(document, problems)
    some = layers[:first] or [{"type": "identity"}]
    if any(kind_of(each) in KINDS_ALONG_ONE_AXIS for each in layers[first:]):
        some = [*some, _ALONG_ONE_AXIS]
    start = {"input": document.get("input"), "layers": some}
    examples = examples_in(document)
    gradient: Json = [0]
    if examples is not None:
        gradient = [[0]] * examples
        start["batch"] = True
    try:
        return Document.model_validate(
            {**start, "head": {"type": "upstream", "gradient": gradient}}
        )
    except ValidationError:
        return None


def layer_count(document: Json) -> int:
    """How many layers a document has; 0 where it has no list of them."""
    layers = document.get("layers") if isinstance(document, dict) else None
    return len(layers) if isinstance(layers, list) else 0
