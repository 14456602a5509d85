"""Edits of a network's structure: document → document, both as JSON.

After each edit, the arrays of all layers get the shapes that they now need: old numbers keep their
places, and new ones are filled by a rule.
"""

import copy
import math
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from app.builder.example_edits import (
    CountExamples,
    DuplicateExample,
    ExampleEdit,
    RemoveExample,
    alike,
    with_other_examples,
)
from app.builder.examples import examples_in, for_examples, saying
from app.builder.fill import Fill, Rule, filled, nested, resized
from app.builder.fitting import MAX_NEW, fitted
from app.builder.forms import Control, form_of, head_kinds, layer_kinds
from app.builder.needs import Fields, needs, shape_in
from app.builder.status import status_of
from app.document.building import MAX_CELLS
from app.document.document import Refusal
from app.document.fields import WHOLE, Location, Model, Number
from app.document.layers import MAX_LAYERS
from app.engine.types import Shape

At = Annotated[int, Field(ge=0, le=MAX_LAYERS), WHOLE]
Side = Annotated[int, Field(ge=1, le=MAX_CELLS), WHOLE]
Path = Annotated[list[str | int], Field(min_length=1, max_length=8)]


class Add(Model):
    """Insert a new layer before the layer at this place."""

    do: Literal["add"]
    at: At
    kind: str


class Remove(Model):
    """Remove a layer."""

    do: Literal["remove"]
    at: At


class Duplicate(Model):
    """Insert a copy of a layer behind it."""

    do: Literal["duplicate"]
    at: At


class Move(Model):
    """Move a layer; ``to`` is its new place."""

    do: Literal["move"]
    at: At
    to: At


class Become(Model):
    """Change the kind of a layer or of the head; fields that both kinds have stay."""

    do: Literal["become"]
    at: At | Literal["head"]
    kind: str


class Set(Model):
    """Set a field to a value; without a value, to its default."""

    do: Literal["set"]
    path: Path
    value: Any = None


class Resize(Model):
    """Give an array or the input another shape."""

    do: Literal["resize"]
    path: Path
    shape: Annotated[list[Side], Field(min_length=1, max_length=4)]


class FillArray(Model):
    """Fill an array again, by the rule or with one number."""

    do: Literal["fill"]
    path: Path
    value: Number | None = None


class Refit(Model):
    """Only bring the arrays into the needed shapes."""

    do: Literal["refit"]


Edit = Annotated[
    Add | Remove | Duplicate | Move | Become | Set | Resize | FillArray | ExampleEdit | Refit,
    Field(discriminator="do"),
]
Json = Any


def edited(document: Json, edit: Edit, fill: Fill) -> tuple[Json, list[Location]]:
    """The document after an edit, and the places of the arrays that were filled or cut.

    Raises:
        Refusal: the edit names a place or a kind that does not exist.
    """
    if not isinstance(document, dict) or not isinstance(document.get("layers"), list):
        raise Refusal([(("network",), "An object with a list of layers is needed here.")])
    document, examples = copy.copy(document), examples_in(document)
    match edit:
        case CountExamples() | DuplicateExample() | RemoveExample():
            document = with_other_examples(document, edit)
        case Add():
            layer = new_layer(edit.kind, _reaching(document, edit.at), fill, f"{edit.at}")
            if edit.kind == "add":
                layer["from"] = _skipped(document, edit.at)
            _insert(document, edit.at, layer)
        case Remove():
            _at(document, edit.at)
            _reorder(document, [i for i in range(len(document["layers"])) if i != edit.at])
        case Duplicate():
            _insert(document, edit.at + 1, copy.deepcopy(_at(document, edit.at)))
        case Move():
            _at(document, edit.at)
            order = [i for i in range(len(document["layers"])) if i != edit.at]
            order.insert(edit.to, edit.at)
            _reorder(document, order)
        case Become():
            _become(document, edit, fill)
        case Set():
            document = _with(document, edit.path, lambda old: edit.value, edit)
        case Resize():
            document = _with(document, edit.path, lambda old: _resized(old, edit, fill), edit)
        case FillArray():
            document = _with(document, edit.path, lambda old: _refilled(old, edit, fill), edit)
        case Refit():
            pass
    if not isinstance(document, dict) or not isinstance(document.get("layers"), list):
        raise _refused(
            "path", "This would leave no list of layers: edit one layer, or a field of it."
        )
    match edit:
        case Set(path=["input" | "batch"]) | Resize(path=["input"]):
            pass  # what is given says whether it is a batch
        case CountExamples() | DuplicateExample() | RemoveExample():
            pass
        case Set(path=["input", int(at), *_]) | Resize(path=["input", int(at), *_]) if examples:
            document["input"] = alike(document["input"], at, fill)
            document = saying(document, True)
        case _:
            document = saying(document, examples is not None)
    if len(document["layers"]) > MAX_LAYERS:
        raise _refused("at", f"A network may have at most {MAX_LAYERS} layers.")
    return fitted(document, fill)


def new_layer(kind: str, reached: Shape | None, fill: Fill, name: str) -> Fields:
    """A layer of a kind with its required fields; it fits the shape if any such layer can.

    Raises:
        Refusal: there is no such kind.
    """
    if kind not in layer_kinds():
        raise _refused("kind", f"“{kind[:40]}” is no kind of layer.")
    return _new(kind, reached, fill, name)


# --- layers -------------------------------------------------------------------------------------


def _new(kind: str, reached: Shape | None, fill: Fill, name: str) -> Fields:
    fields: Fields = {"type": kind}
    shape = (1, 2, 2) if reached is None else reached
    sides = shape[1:] if len(shape) > 1 else (2, 2)
    for field in form_of(kind)["fields"]:
        needed = needs(fields, shape).get(field["name"])
        if needed is not None and (field["required"] or len(needed) == 1):
            free = [1, 1, *(min(2, side) for side in sides)] if len(needed) > 2 else [2, 2]
            sizes = [free[i] if n is None else n for i, n in enumerate(needed)]
            # What can be left out changes nothing at first: a scale is 1, a bias is 0.
            none = Fill("ones" if field["name"] == "weight" else "zeros")
            rule = fill if field["required"] else none
            fields[field["name"]] = nested(filled(sizes, rule, f"{name}.{field['name']}"))
        elif field["required"]:
            fields[field["name"]] = _start_value(field["controls"][0], sides)
    return fields


def _skipped(document: Json, at: int) -> int:
    """The earlier output that a new skip connection adds: the nearest before the last that fits."""
    shapes = status_of(document).shapes[: at + 1]
    alike = [i - 1 for i, shape in enumerate(shapes[:-1]) if shape == shapes[-1]]
    return alike[-1] if alike else at - 1


def _start_value(control: Control, sides: Shape) -> Any:
    """A small value of a field that has no default."""
    least = int(control.get("minimum", 0))
    match control["kind"]:
        case "pair":
            return [min(max(2, least), side) for side in sides]
        case "choice":
            return control["choices"][0]
        case "flag":
            return False
        case "whole" if least == 1:  # a size
            return min(2, sides[-1])
        case "whole" | "number":
            return least
        case "numbers":
            return nested(np.ones([1] * len(control["axes"])))
        case _:
            return ""


def _become(document: Json, edit: Become, fill: Fill) -> None:
    if edit.at == "head":
        if edit.kind not in head_kinds():
            raise _refused("kind", f"“{edit.kind[:40]}” is no kind of head.")
        old, reached = document.get("head"), status_of(document).shapes[-1]
        head = _new(edit.kind, reached, Fill("ones"), "head")
        head = for_examples(head, examples_in(document))
        document["head"] = head | _shared(old, edit.kind, head)
        return
    old = _at(document, edit.at)
    layer = new_layer(edit.kind, _reaching(document, edit.at), fill, f"{edit.at}")
    layers = list(document["layers"])
    layers[edit.at] = layer | _shared(old, edit.kind, layer)
    document["layers"] = layers


def _shared(old: Json, kind: str, new: Json) -> Fields:
    """The fields of a layer that the other kind also has, where they allow the same values."""
    if not isinstance(old, dict):
        return {}
    names = {field["name"] for field in form_of(kind)["fields"]}
    return {
        name: value
        for name, value in old.items()
        if name in names
        and len(shape_in(value)) == len(shape_in(new.get(name, value)))
        and isinstance(value, list) == isinstance(new.get(name, value), list)
    }


def _insert(document: Json, at: int, layer: Json) -> None:
    count = len(document["layers"])
    if at > count:
        raise _refused("at", f"There are {count} layers: a new one can stand at 0 to {count}.")
    layers = [_moved(each, lambda i: i + (i >= at)) for each in document["layers"]]
    document["layers"] = [*layers[:at], layer, *layers[at:]]


def _reorder(document: Json, order: list[int]) -> None:
    """Reorder the layers, and update the layers that name an earlier layer by its number."""
    places = {old: new for new, old in enumerate(order)}
    layers = document["layers"]
    document["layers"] = [_moved(layers[old], lambda i: places.get(i, i - 1)) for old in order]


def _moved(layer: Json, place: Any) -> Json:
    """The layer; its «from», if it has one, names the same layer at its new place."""
    source = layer.get("from") if isinstance(layer, dict) else None
    return layer if type(source) is not int or source < 0 else {**layer, "from": place(source)}


def _at(document: Json, at: int) -> Json:
    layers = document["layers"]
    if at >= len(layers):
        raise _refused("at", f"There is no layer {at}: the last one is {len(layers) - 1}.")
    return layers[at]


def _reaching(document: Json, at: int) -> Shape | None:
    shapes = status_of(document).shapes
    return shapes[at] if at < len(shapes) else None


# --- fields and arrays --------------------------------------------------------------------------


def _with(tree: Json, path: list[str | int], change: Any, edit: Any) -> Json:
    """A copy of a tree with the value at a path changed; other branches are shared."""
    if not path:
        return change(tree)
    step, *rest = path
    match tree, step:
        case dict(), str():
            if rest or isinstance(edit, Resize | FillArray):
                if step not in tree:
                    raise _no_place()
                return {**tree, step: _with(tree[step], rest, change, edit)}
            if "value" not in edit.model_fields_set:
                return {name: each for name, each in tree.items() if name != step}
            return {**tree, step: change(None)}
        case list(), int() if 0 <= step < len(tree):
            return [*tree[:step], _with(tree[step], rest, change, edit), *tree[step + 1 :]]
    raise _no_place()


def _resized(old: Json, edit: Resize, fill: Fill) -> Json:
    if math.prod(edit.shape) > MAX_NEW:
        raise _refused("shape", f"Too large: an edit makes at most {MAX_NEW:,} numbers.")
    if not shape_in(old):
        raise _no_place()
    name = ".".join(map(str, edit.path))
    return nested(resized(np.array(old, np.float64), edit.shape, fill, name))


def _refilled(old: Json, edit: FillArray, fill: Fill) -> Json:
    shape = shape_in(old)
    if not shape:
        raise _no_place()
    if edit.value is not None:
        return nested(np.full(shape, edit.value))
    return nested(filled(shape, fill, ".".join(map(str, edit.path))))


def _no_place() -> Refusal:
    return _refused("path", "This is no place of the network: name each field on the way.")


def _refused(field: str, message: str) -> Refusal:
    return Refusal([(("edit", field), message)])


__all__ = ["Edit", "Rule", "edited", "new_layer"]
