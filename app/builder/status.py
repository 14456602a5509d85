"""The shape after every layer, also of a network that does not fit yet.

A document is JSON here, as somebody is typing it: it may have any mistake.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from app.document.building import build, check_single
from app.document.document import Document, Refusal
from app.document.fields import Location
from app.document.layers import Layer
from app.document.problems import located
from app.engine.layers import KINDS
from app.engine.layers import Layer as EngineLayer
from app.engine.types import Misfit, Shape

_NO_HEAD = {"type": "upstream", "gradient": [0]}

Json = Any


class Problem(NamedTuple):
    """What does not fit: where, and why."""

    place: Location
    message: str


class Status(NamedTuple):
    """How far a document fits together.

    ``shapes`` [layers + 1]: of the input and of each layer's output, None from the first layer on
    that does not fit. ``problems``: of fields all, of sizes the first.
    """

    shapes: list[Shape | None]
    problems: list[Problem]

    @property
    def fits(self) -> bool:
        """Whether it is a network."""
        return not self.problems


def status_of(document: Json) -> Status:
    """The shapes of a document, and its problems."""
    problems: list[Problem] = []
    try:
        checked = Document.model_validate(document)
    except ValidationError as error:
        problems = [Problem(*each) for each in located(error)]
        start = _start(document, problems)
        if start is None:
            return Status([None] * (layer_count(document) + 1), problems)
        checked = start
    bound: list[EngineLayer] = []
    try:
        check_single(build(checked, bound.append))
    except Refusal as refusal:
        # A placeholder replaces a head with an error in its fields, and need not fit.
        refused = [Problem(*each) for each in refusal.problems]
        problems = [each for each in refused if not problems or each.place[0] != "head"] + problems
    reaching = checked.input.shape[1:] if checked.is_batch else checked.input.shape
    shapes: list[Shape | None] = [reaching, *(layer.shape for layer in bound)]
    shapes = shapes[: layer_count(document) + 1]
    return Status(shapes + [None] * (layer_count(document) + 1 - len(shapes)), problems)


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


def _start(document: Json, problems: list[Problem]) -> Document | None:
    """The layers before the first with a mistake in its fields; None where the input has one."""
    places = [place for place, _ in problems]
    if not isinstance(document, dict) or any(place[:1] in ((), ("input",)) for place in places):
        return None
    layers = document.get("layers")
    if not isinstance(layers, list):
        return None
    broken = [place[1] for place in places if place[:1] == ("layers",) and len(place) > 1]
    first = min((at for at in broken if isinstance(at, int)), default=len(layers))
    some = layers[:first] or [{"type": "identity"}]
    try:
        return Document.model_validate(
            {"input": document.get("input"), "layers": some, "head": _NO_HEAD}
        )
    except ValidationError:
        return None


def layer_count(document: Json) -> int:
    """How many layers a document has; 0 where it has no list of them."""
    layers = document.get("layers") if isinstance(document, dict) else None
    return len(layers) if isinstance(layers, list) else 0
