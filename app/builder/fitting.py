"""Arrays brought into the shapes that a network's layers need."""

import math
from typing import Any

import numpy as np

from app.builder.fill import Fill, nested, resized
from app.builder.needs import kind_of, needs, shape_in
from app.builder.status import Status, layer_count, status_of
from app.document.fields import Location
from app.engine.types import Array

MAX_NEW = 2**18
"""Numbers that one edit may make; LeNet has 61,706 weights."""

Json = Any


def fitted(document: Json, fill: Fill) -> tuple[Json, list[Location]]:
    """The document with its arrays in the shapes that its layers need, and the places of these.

    What an array keeps stays in its place; what is new is filled. Where a window is larger than
    its input, or a layer cannot follow the one before it, it stays as it is from there on.
    """
    changed: list[Location] = []
    left = MAX_NEW
    for _ in range(layer_count(document) + 2):
        status = status_of(document)
        if status.fits:
            break
        place, _ = status.problems[0]
        document, places, made = settled(document, place, status, fill, left)
        if not places:
            break
        changed += places
        left -= made
    return document, changed


def settled(
    document: Json, place: Location, status: Status, fill: Fill, most: int
) -> tuple[Json, list[Location], int]:
    """The layer or head at a place, its arrays in the needed shapes.

    Also which of them changed, and how many numbers these hold: at most so many.
    """
    at: int | str
    match place:
        case ("layers", int(at), *_):
            fields, reached = document["layers"][at], status.shapes[at]
        case ("head", *_):
            at, fields, reached = "head", document.get("head"), status.shapes[-1]
        case _:
            return document, [], 0
    if reached is None or not isinstance(fields, dict):
        return document, [], 0
    fields, names, made = dict(fields), list[str](), 0
    # The bias goes by the weight, which comes before it.
    for name in needs(fields, reached):
        needed = needs(fields, reached)[name]
        have = shape_in(fields.get(name))
        if not have or (len(have) != len(needed) and None in needed):
            continue
        own = have if len(have) == len(needed) else (1,) * len(needed)
        shape = tuple(n if want is None else want for n, want in zip(own, needed, strict=True))
        if shape != have and made + math.prod(shape) <= most:
            old = array_in(fields[name])
            fields[name] = nested(resized(old, shape, fill, f"{at}.{name}"))
            names.append(name)
            made += math.prod(shape)
    is_class = kind_of(fields) == "cross_entropy" and type(fields.get("target")) is int
    if is_class and len(reached) == 1 and fields["target"] >= reached[0]:
        fields["target"] = reached[0] - 1
        names.append("target")
    if kind_of(fields) == "binary_cross_entropy" and shape_in(fields.get("target")):
        targets = array_in(fields["target"])
        if targets.min() < 0 or targets.max() > 1:
            fields["target"] = nested(np.clip(targets, 0.0, 1.0))
            names.append("target")
    if at == "head":
        return {**document, "head": fields}, [("head", name) for name in names], made
    layers = [fields if i == at else each for i, each in enumerate(document["layers"])]
    return {**document, "layers": layers}, [("layers", at, name) for name in names], made


def array_in(value: Json) -> Array:
    """Nested lists of numbers as an array."""
    return np.array(value, np.float64)
