"""Brings arrays into the shapes that a network's layers need."""

import math
from typing import Any

import numpy as np

from app.builder.examples import needs_of_head, needs_of_layer
from app.builder.fill import Fill, nested, resized
from app.builder.needs import Fields, Needed, kind_of, shape_in
from app.builder.status import Status, layer_count, status_of
from app.document.fields import Location
from app.engine.types import Array, Shape

MAX_NEW = 2**18
"""The most numbers that one edit may create; LeNet has 61,706 weights."""

Json = Any


def fitted(document: Json, fill: Fill) -> tuple[Json, list[Location]]:
    """The document with arrays of the shapes that its layers need, and the changed arrays' places.

    Old numbers keep their places; new ones are filled. From the first layer that still does not
    fit (a window larger than its input, for example), everything stays unchanged.
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
    """The document with the arrays of one layer or head in the needed shapes.

    Also the places of the changed arrays, and how many numbers these hold: at most ``most``.
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
    # The weight comes first, because the bias depends on its shape.
    for name in _needs(fields, reached, at, status):
        needed = _needs(fields, reached, at, status)[name]
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
    if kind_of(fields) in ("cross_entropy", "nll") and len(reached) == 1:
        target = _classes_within(fields.get("target"), reached[0])
        if target != fields.get("target"):
            fields["target"] = target
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


def _needs(fields: Fields, reached: Shape, at: int | str, status: Status) -> dict[str, Needed]:
    if at == "head":
        return needs_of_head(fields, reached, status.examples)
    return needs_of_layer(fields, reached, status.examples)


def _classes_within(target: Json, classes: int) -> Json:
    """The number of a class, or one for each example; shares of classes stay as they are."""
    if isinstance(target, list):
        return [_classes_within(each, classes) if type(each) is int else each for each in target]
    return min(target, classes - 1) if type(target) is int else target


def array_in(value: Json) -> Array:
    """Turn nested lists of numbers into an array."""
    return np.array(value, np.float64)
