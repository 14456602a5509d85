"""The shape after every layer, also of a network that does not fit yet, and what would make it fit.

A document is JSON here, as somebody is typing it: it may have any mistake.
"""

import math
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, TypedDict

import numpy as np
from pydantic import TypeAdapter, ValidationError

from app.builder.fill import Fill, nested, resized
from app.builder.forms import Control, form_of, label_of
from app.builder.needs import kind_of, needs, shape_in
from app.document.document import MAX_CELLS, Document, Layer, Refusal, build
from app.document.fields import Location
from app.document.problems import located
from app.engine.layers import KINDS
from app.engine.layers import Layer as EngineLayer
from app.engine.types import Array, Misfit, Shape
from app.text.texts import say

REACH = 64
"""How far from its value a field is looked at for one that fits."""
_NO_HEAD = {"type": "upstream", "gradient": [0]}

Json = Any


class Problem(NamedTuple):
    """What does not fit: where, and why."""

    place: Location
    message: str


class Cure(TypedDict):
    """A button: what it says, and the edit that it stands for (see ``app.builder.edits``)."""

    label: str
    edit: dict[str, Any]


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
            return Status([None] * (_count(document) + 1), problems)
        checked = start
    bound: list[EngineLayer] = []
    try:
        build(checked, bound.append)
    except Refusal as refusal:
        # The head in the place of one with a mistake in its fields need not fit.
        found = [Problem(*each) for each in refusal.problems]
        problems = [each for each in found if not problems or each.place[0] != "head"] + problems
    shapes: list[Shape | None] = [checked.input.shape, *(layer.shape for layer in bound)]
    shapes = shapes[: _count(document) + 1]
    return Status(shapes + [None] * (_count(document) + 1 - len(shapes)), problems)


def fitted(document: Json, fill: Fill) -> tuple[Json, list[Location]]:
    """The document with its arrays in the shapes that its layers need, and the places of these.

    What an array keeps stays in its place; what is new is filled. Where a window is larger than
    its input, or a layer cannot follow the one before it, it stays as it is from there on.
    """
    changed: list[Location] = []
    for _ in range(_count(document) + 2):
        status = status_of(document)
        if status.fits:
            break
        place, _ = status.problems[0]
        document, places = _settled(document, place, status, fill)
        if not places:
            break
        changed += places
    return document, changed


def cures(document: Json, status: Status) -> list[Cure]:
    """What would solve the first problem, the smallest change first."""
    if status.fits:
        return []
    place, _ = status.problems[0]
    if place[:1] == ("head",):
        reached = status.shapes[-1]
        if reached is None:
            return []
        flat = {"do": "add", "at": _count(document), "kind": "flatten"}
        if kind_of(document.get("head")) == "cross_entropy" and len(reached) == 3:
            return [{"label": say("cure.flatten"), "edit": flat}]
        _, changed = _settled(document, place, status, Fill("zeros"))
        return [_refit()] if changed else []
    if place[:1] != ("layers",) or len(place) < 2 or not isinstance(place[1], int):
        return []
    at = place[1]
    reached = status.shapes[at]
    if reached is None:
        return []
    layers = document["layers"]
    known = kind_of(layers[at]) in KINDS
    return [*(_cures_of_layer(layers, at, reached) if known else ()), _removal(at)]


# --- what fits ----------------------------------------------------------------------------------


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
    checked = _layers().validate_python(fields)
    own = {name: value for name, value in vars(checked).items() if name != "type"}
    make: Callable[..., EngineLayer] = KINDS[checked.type]
    return make(reached, **own)


@cache
def _layers() -> TypeAdapter[Any]:
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


def _count(document: Json) -> int:
    layers = document.get("layers") if isinstance(document, dict) else None
    return len(layers) if isinstance(layers, list) else 0


# --- arrays in the shapes that are needed --------------------------------------------------------


def _settled(
    document: Json, place: Location, status: Status, fill: Fill
) -> tuple[Json, list[Location]]:
    """The layer or head at a place, its arrays in the needed shapes; which of them changed."""
    at: int | str
    match place:
        case ("layers", int(at), *_):
            fields, reached = document["layers"][at], status.shapes[at]
        case ("head", *_):
            at, fields, reached = "head", document.get("head"), status.shapes[-1]
        case _:
            return document, []
    if reached is None or not isinstance(fields, dict):
        return document, []
    fields, names = dict(fields), []
    # The bias goes by the weight, which comes before it.
    for name in needs(fields, reached):
        needed = needs(fields, reached)[name]
        have = shape_in(fields.get(name))
        if not have or (len(have) != len(needed) and None in needed):
            continue
        own = have if len(have) == len(needed) else (1,) * len(needed)
        shape = tuple(n if want is None else want for n, want in zip(own, needed, strict=True))
        if shape != have and math.prod(shape) <= MAX_CELLS:
            old = _array(fields[name])
            fields[name] = nested(resized(old, shape, fill, f"{at}.{name}"))
            names.append(name)
    is_class = kind_of(fields) == "cross_entropy" and type(fields.get("target")) is int
    if is_class and len(reached) == 1 and fields["target"] >= reached[0]:
        fields["target"] = reached[0] - 1
        names.append("target")
    if kind_of(fields) == "binary_cross_entropy" and shape_in(fields.get("target")):
        targets = _array(fields["target"])
        if targets.min() < 0 or targets.max() > 1:
            fields["target"] = nested(np.clip(targets, 0.0, 1.0))
            names.append("target")
    if at == "head":
        return {**document, "head": fields}, [("head", name) for name in names]
    layers = [fields if i == at else each for i, each in enumerate(document["layers"])]
    return {**document, "layers": layers}, [("layers", at, name) for name in names]


def _array(value: Json) -> Array:
    return np.array(value, np.float64)


# --- cures --------------------------------------------------------------------------------------


def _cures_of_layer(layers: list[Json], at: int, reached: Shape) -> Iterator[Cure]:
    fields = layers[at]
    flat = {"do": "add", "at": at, "kind": "flatten"}
    before = kind_of(layers[at - 1]) if at else ""
    if len(reached) == 3 and bind({**fields}, reached) is None and fields["type"] == "linear":
        yield {"label": say("cure.flatten"), "edit": flat}
        return
    if len(reached) == 1 and before == "flatten":
        yield {"label": say("cure.no_flatten"), "edit": {"do": "remove", "at": at - 1}}
    needed = needs(fields, reached)
    wrong = [name for name, each in needed.items() if _differs(fields.get(name), each)]
    if wrong:
        yield _refit()
        return
    yield from _smaller_arrays(fields, at, reached, needed)
    for field in form_of(fields["type"])["fields"]:
        for control in field["controls"]:
            value = _nearest(fields, field["name"], control, field["default"], reached)
            if value is not None:
                words = " × ".join(map(str, value)) if isinstance(value, list) else str(value)
                yield {
                    "label": say("cure.set", field=label_of(field["name"]), value=words),
                    "edit": {"do": "set", "path": ["layers", at, field["name"]], "value": value},
                }


def _smaller_arrays(fields: Json, at: int, reached: Shape, needed: Any) -> Iterator[Cure]:
    """A kernel of fewer rows and columns."""
    for name, axes in needed.items():
        have = shape_in(fields.get(name))
        if len(axes) != 4 or len(have) != 4:
            continue
        for side in range(max(have[2:]) - 1, 0, -1):
            shape = [*have[:2], min(have[2], side), min(have[3], side)]
            smaller = nested(resized(_array(fields[name]), shape, Fill("zeros"), name))
            if bind({**fields, name: smaller}, reached) is not None:
                words = " × ".join(map(str, shape[2:]))
                yield {
                    "label": say("cure.kernel", size=words),
                    "edit": {"do": "resize", "path": ["layers", at, name], "shape": shape},
                }
                break


def _nearest(fields: Json, name: str, control: Control, default: Any, reached: Shape) -> Any:
    """The value of one field, nearest to its own, with which the layer fits."""
    if control["kind"] not in ("pair", "whole"):
        return None
    own = fields.get(name, default)
    if own is None:
        return None
    least, most = int(control.get("minimum", 0)), int(control.get("maximum", 4096))
    pair = own if isinstance(own, list | tuple) else (own, own)
    if len(pair) != 2 or any(type(each) is not int for each in pair):
        return None
    steps = chain.from_iterable((by, -by) for by in range(1, REACH))
    for by in steps:
        moved = [min(max(each + by, least), most) for each in pair]
        if moved == list(pair):
            continue
        value: Any = moved if control["kind"] == "pair" else moved[0]
        if bind({**fields, name: value}, reached) is not None:
            return value
    return None


def _differs(value: Json, needed: tuple[int | None, ...]) -> bool:
    have = shape_in(value)
    return len(have) == len(needed) and any(
        want not in (None, own) for own, want in zip(have, needed, strict=True)
    )


def _refit() -> Cure:
    return {"label": say("cure.refit"), "edit": {"do": "refit"}}


def _removal(at: int) -> Cure:
    return {"label": say("cure.remove"), "edit": {"do": "remove", "at": at}}
