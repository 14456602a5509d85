"""What the form of each kind of layer and head asks, derived from the document's own schema.

A kind that the document gains needs nothing here: its fields appear with the control that their
schema asks for, and under their own names until the texts have better ones.
"""

import re
from functools import cache
from typing import Any, NotRequired, TypedDict

from app.document.document import Document
from app.text.texts import texts


class Control(TypedDict):
    """One way to give a field.

    ``kind``: flag (true or false), choice, whole, number, pair (rows and columns), text, numbers
    (an array), list (whole numbers, one for each of ``names``), or json for anything else.
    """

    kind: str
    choices: NotRequired[list[str]]
    minimum: NotRequired[float]
    maximum: NotRequired[float]
    axes: NotRequired[list[str]]
    """Of an array, as far as the schema names them."""
    length: NotRequired[int]
    """Of a list."""


class Field(TypedDict):
    """One field of a layer or a head."""

    name: str
    label: str
    controls: list[Control]
    """Usually one; several where a field takes values of several kinds."""
    required: bool
    optional: bool
    """Whether null is a value, and means that there is none."""
    default: Any


class Form(TypedDict):
    """All fields of one kind, in the order of the document's schema."""

    type: str
    label: str
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
        "layers": [_form(kind, *found) for kind, found in every.items() if found[1] == "layers"],
        "heads": [_form(kind, *found) for kind, found in every.items() if found[1] == "heads"],
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
def _kinds() -> dict[str, tuple[dict[str, Any], str]]:
    """By kind, the schema of its fields, and the part of the document that it stands in."""
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
    """What the form calls a field."""
    label: str = texts("fields").get(field, field.replace("_", " "))
    return label


def _form(kind: str, schema: dict[str, Any], part: str) -> Form:
    fields = [
        _field(name, each, name in schema.get("required", ()))
        for name, each in schema["properties"].items()
        if name != "type"
    ]
    label = texts(part).get(kind, kind.replace("_", " "))
    return {"type": kind, "label": label, "about": schema.get("description", ""), "fields": fields}


def _field(name: str, schema: dict[str, Any], required: bool) -> Field:
    choices = list(_alternatives(schema))
    some = [each for each in choices if each.get("type") != "null"]
    return {
        "name": name,
        "label": label_of(name),
        "controls": _controls(some, schema.get("description", "")),
        "required": required,
        "optional": len(some) < len(choices),
        "default": schema.get("default"),
    }


def _alternatives(schema: dict[str, Any]) -> Any:
    """The schemas within an anyOf, and those within these."""
    if "anyOf" not in schema:
        yield schema
    for each in schema.get("anyOf", ()):
        yield from _alternatives({"description": schema.get("description", ""), **each})


def _controls(schemas: list[dict[str, Any]], about: str) -> list[Control]:
    found: list[Control] = []
    for schema in schemas:
        control = _control(schema, schema.get("description") or about)
        # One whole number that may stand for a pair is the pair's own.
        if control["kind"] == "pair":
            found = [each for each in found if each["kind"] != "whole"]
        if control not in found:
            found.append(control)
    return found


def _control(schema: dict[str, Any], about: str) -> Control:
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


def _bounded(control: Control, schema: dict[str, Any]) -> Control:
    if "minimum" in schema:
        control["minimum"] = schema["minimum"]
    if "maximum" in schema:
        control["maximum"] = schema["maximum"]
    return control


def _axes(about: str, rank: int) -> list[str]:
    """The names in «[outputs][inputs]», of as many axes; «[numbers]» among several too."""
    for names in re.findall(r"(?:\[[^\]]+\])+", about):
        axes = re.findall(r"\[([^\]]+)\]", names)
        if len(axes) == rank:
            return axes
    return [""] * rank
