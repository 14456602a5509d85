"""A document as named arrays and JSON of the rest, and back, for .npz and .safetensors."""

import json
from functools import cache
from typing import Any

import numpy as np

from app.builder.fill import nested
from app.builder.forms import forms
from app.builder.needs import shape_in
from app.engine.types import Array
from app.files.limits import BadFile

DOCUMENT = "document"
"""The name of the JSON in both kinds of files."""
_HERE = {"array": True}
"""The placeholder for an array in the JSON."""

Json = Any


def unpack(document: Json) -> tuple[str, dict[str, Array]]:
    """The document's JSON without its arrays, and the arrays by place, as «layers.0.weight»."""
    arrays: dict[str, Array] = {}

    def walk(part: Json, place: str) -> Json:
        if isinstance(part, dict):
            return {name: walk(each, f"{place}.{name}" if place else name)
                    for name, each in part.items()}  # fmt: skip
        if place.rsplit(".", 1)[-1] in _array_names() and shape_in(part):
            arrays[place] = np.array(part, np.float64) + 0.0
            return _HERE
        if isinstance(part, list):
            return [walk(each, f"{place}.{i}") for i, each in enumerate(part)]
        return part

    return json.dumps(walk(document, ""), ensure_ascii=False), arrays


@cache
def _array_names() -> frozenset[str]:
    kinds = [*forms()["layers"], *forms()["heads"]]
    fields = [field for form in kinds for field in form["fields"]]
    return frozenset({"input"}) | {
        field["name"]
        for field in fields
        if any(control["kind"] == "numbers" for control in field["controls"])
    }


def pack(written: str, arrays: dict[str, Array]) -> Json:
    """The document of JSON and arrays.

    Raises:
        BadFile: the text is no JSON, or an array that it names is missing.
    """

    def walk(part: Json, place: str) -> Json:
        if part == _HERE:
            if place not in arrays:
                raise BadFile(f"The array “{place}” of this network is missing.")
            return nested(arrays[place])
        if isinstance(part, dict):
            return {name: walk(each, f"{place}.{name}" if place else name)
                    for name, each in part.items()}  # fmt: skip
        if isinstance(part, list):
            return [walk(each, f"{place}.{i}") for i, each in enumerate(part)]
        return part

    try:
        document = json.loads(written)
        return walk(document, "")
    except (RecursionError, json.JSONDecodeError):
        raise BadFile("What this file says about its network cannot be read.") from None
