"""The forms of all kinds of layers and heads, derived from the document's schema.

A new kind needs no change here: its fields get the controls that fit their schemas, and their own
names as labels until the texts have better ones.
"""

import re
from functools import cache
from typing import Any, NotRequired, TypedDict

from app.builder.examples import field_of_examples
from app.document.document import Document
from app.engine.layers import KINDS
from app.text.texts import say, texts

Schema = dict[str, Any]
"""A JSON schema, or a part of one."""


class Control(TypedDict):
    """One control for a field.

    ``kind``: flag (true or false), choice, whole, number, pair (rows and columns), text, numbers
    (an array), list (whole numbers, one for each of ``names``), or json for anything else.
    """

    kind: str
    choices: NotRequired[list[str]]
    minimum: NotRequired[float]
    maximum: NotRequired[float]
    axes: NotRequired[list[str]]
    """The names of an array's axes, if the schema has them."""
    length: NotRequired[int]
    """The length of a list."""


class Field(TypedDict):
    """One field of a layer or a head."""

    name: str
    label: str
    controls: list[Control]
    """Usually one control; several if the field allows values of several kinds."""
    required: bool
    optional: bool
    """Whether the field may be null, which means none."""
    of_example: bool
    """Whether each example of a batch has, or can have, its own value."""
    default: Any


class Form(TypedDict):
    """All fields of one kind, in the order of the document's schema."""

    type: str
    label: str
    group: str
    """What kinds it is listed among; empty for a head."""
    about: str
    fields: list[Field]


class Forms(TypedDict):
    """Every kind of layer and of head."""

    layers: list[Form]
    heads: list[Form]


def forms() -> Forms:
    """The forms of all kinds that the document knows."""
    every = _kinds()
    return {
        "layers": [_form(kind, *entry) for kind, entry in every.items() if entry[1] == "layers"],
        "heads": [_form(kind, *entry) for kind, entry in every.items() if entry[1] == "heads"],
    }


def form_of(kind: str) -> Form:
    """The form of one kind.

    Raises:
        KeyError: the document knows no such kind.
    """
    return _form(kind, *_kinds()[kind])


def layer_kinds() -> list[str]:
    """The kinds of layers that the document knows."""
    return [kind for kind, (_, part) in _kinds().items() if part == "layers"]


def head_kinds() -> list[str]:
    """The kinds of heads that the document knows."""
    return [kind for kind, (_, part) in _kinds().items() if part == "heads"]


@cache
def _kinds() -> dict[str, tuple[Schema, str]]:
    """By kind, the schema of its fields, and its part of the document: layers or heads."""
    schema = Document.model_json_schema()
    properties, known = schema["properties"], schema["$defs"]
    parts = {
        "layers": properties["layers"]["items"]["discriminator"]["mapping"],
        "heads": properties["head"]["discriminator"]["mapping"],
    }
    return {
        kind: (known[at.rsplit("/", 1)[1]], part)
        for part, kinds in parts.items()
        for kind, at in kinds.items()
    }


def label_of(field: str) -> str:
    """The label of a field."""
    label: str = texts("fields").get(field, field.replace("_", " "))
    return label


def _form(kind: str, schema: Schema, part: str) -> Form:
    own = field_of_examples({"type": kind}) if part == "heads" else "mask"
    fields = [
        _field(name, each, name in schema.get("required", ()), name == own)
        for name, each in schema["properties"].items()
        if name != "type"
    ]
    names = texts("builder")["heads"] if part == "heads" else texts("layers")
    group = say("builder.groups", str(KINDS[kind].family)) if kind in KINDS else ""
    return {
        "type": kind,
        "label": names.get(kind, kind.replace("_", " ")),
        "group": group,
        "about": schema.get("description", ""),
        "fields": fields,
    }


def _field(name: str, schema: Schema, required: bool, of_example: bool) -> Field:
    choices = list(_alternatives(schema))
    some = [each for each in choices if each.get("type") != "null"]
    return {
        "name": name,
        "label": label_of(name),
        "controls": _controls(some, schema.get("description", "")),
        "required": required,
        "optional": len(some) < len(choices),
        "of_example": of_example,
        "default": schema.get("default"),
    }


def _alternatives(schema: Schema) -> Any:
    """The schemas of an anyOf, nested ones included."""
    if "anyOf" not in schema:
        yield schema
    for each in schema.get("anyOf", ()):
        yield from _alternatives({"description": schema.get("description", ""), **each})


def _controls(schemas: list[Schema], about: str) -> list[Control]:
    controls: list[Control] = []
    for schema in schemas:
        control = _control(schema, schema.get("description") or about)
        # The control of a pair also accepts one whole number.
        if control["kind"] == "pair":
            controls = [each for each in controls if each["kind"] != "whole"]
        if control not in controls:
            controls.append(control)
    return controls


def _control(schema: Schema, about: str) -> Control:
    kind = schema.get("type")
    if "enum" in schema or "const" in schema:
        return {"kind": "choice", "choices": list(schema.get("enum", [schema.get("const")]))}
    if kind in _SIMPLE:
        return _bounded({"kind": _SIMPLE[kind]}, schema)
    inner, rank = schema, 0
    while inner.get("type") == "array":
        inner, rank = inner.get("items", {}), rank + 1
    if rank == 1 and inner.get("type") == "integer":
        length = schema.get("maxItems")
        if length == 2 and schema.get("minItems") == 2:
            return _bounded({"kind": "pair"}, inner)
        some: Control = {"kind": "list"} if length is None else {"kind": "list", "length": length}
        return _bounded(some, inner)
    if rank and inner.get("type") in ("number", "integer"):
        return _bounded({"kind": "numbers", "axes": _axes(about, rank)}, inner)
    return {"kind": "json"}


_SIMPLE = {"boolean": "flag", "integer": "whole", "number": "number", "string": "text"}


def _bounded(control: Control, schema: Schema) -> Control:
    if "minimum" in schema:
        control["minimum"] = schema["minimum"]
    if "maximum" in schema:
        control["maximum"] = schema["maximum"]
    return control


def _axes(about: str, rank: int) -> list[str]:
    """The axis names in a description such as «[outputs][inputs]», if it has ``rank`` of them."""
    for names in re.findall(r"(?:\[[^\]]+\])+", about):
        axes = re.findall(r"\[([^\]]+)\]", names)
        if len(axes) == rank:
            return axes
    return [""] * rank
