"""The examples of a batch in a document that is being built, which may have any mistake.

A document is JSON here. The first axis of a batch's input is its examples, and so is that of the
field of the head that has an entry for each example.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.builder.fill import Fill, nested, resized
from app.builder.needs import Fields, Needed, kind_of, needs, shape_in
from app.engine.layers import KINDS
from app.engine.types import Shape

Json = Any

KINDS_ALONG_ONE_AXIS = [name for name, kind in KINDS.items() if kind.axes == 1]


def examples_in(document: Json) -> int | None:
    """How many examples the input of a document has; None where it is no batch."""
    if not isinstance(document, dict):
        return None
    return len(document["input"]) if _reads_as_batch(document, document.get("batch")) else None


def saying(document: Json, is_batch: bool) -> Json:
    """The document with ``batch`` where its input would be read otherwise without it."""
    said = document.get("batch")
    if said is is_batch or not (said is None or isinstance(said, bool)):
        return document
    document = {name: each for name, each in document.items() if name != "batch"}
    if _reads_as_batch(document, None) is is_batch or _axes(document.get("input")) == 4:
        return document
    return {**document, "batch": is_batch}


def with_examples(document: Json, places: Sequence[int], shapes: Sequence[Shape | None]) -> Json:
    """The document with these of its examples, in this order; one of them is no batch.

    ``shapes``: what reaches each layer.
    """
    examples = examples_in(document)

    def chosen(value: Json) -> Json:
        entries = [value] if examples is None else value
        if not isinstance(entries, list) or not entries:
            return value
        entries = [entries[min(at, len(entries) - 1)] for at in places]
        return entries if len(entries) > 1 else entries[0]

    document = {**document, "input": chosen(document.get("input"))}
    head = document.get("head")
    field = field_of_examples(head)
    if isinstance(head, dict) and field in head:
        document["head"] = {**head, field: chosen(head[field])}
    document["layers"] = [
        {**layer, "mask": chosen(layer["mask"])}
        if has_own_masks(layer, reached, examples)
        else layer
        for layer, reached in zip(document["layers"], shapes, strict=False)
    ]
    return saying(document, len(places) > 1)


def numbers_of_example(document: Json) -> int:
    """How many numbers the input of one example has."""
    value = document.get("input")
    is_batch = examples_in(document) is not None
    return math.prod(shape_in(value[0] if is_batch else value))


def like_example(inputs: list[Json], at: int, fill: Fill) -> list[Json]:
    """The inputs of a batch, each in the shape of one of them; old numbers keep their places."""
    shape = shape_in(inputs[at])
    return [
        nested(resized(np.array(each, np.float64), shape, fill, f"input.{i}"))
        if shape and shape_in(each) not in ((), shape)
        else each
        for i, each in enumerate(inputs)
    ]


def field_of_examples(head: Json) -> str:
    """The field of a head that has an entry for each example of a batch."""
    return "gradient" if kind_of(head) == "upstream" else "target"


def for_examples(head: Fields, examples: int | None) -> Fields:
    """The head of one example, as the head of so many."""
    field = field_of_examples(head)
    if examples is None or field not in head:
        return head
    return {**head, field: [head[field]] * examples}


def needs_of_head(head: Fields, reached: Shape, examples: int | None) -> dict[str, Needed]:
    """As ``needs``; what has an entry for each example of a batch has the examples first."""
    field = field_of_examples(head)
    entries = head.get(field)
    if examples is None or not isinstance(entries, list) or not entries:
        return needs(head, reached)
    needed = needs({**head, field: entries[0]}, reached)
    return {name: (examples, *axes) if name == field else axes for name, axes in needed.items()}


def needs_of_layer(layer: Fields, reached: Shape, examples: int | None) -> dict[str, Needed]:
    """As ``needs``; masks of their own have the examples first."""
    needed = needs(layer, reached)
    if has_own_masks(layer, reached, examples):
        needed["mask"] = (examples, *reached)
    return needed


def has_own_masks(layer: Json, reached: Shape | None, examples: int | None) -> bool:
    """Whether a dropout has a mask for each example of a batch."""
    if examples is None or reached is None or kind_of(layer) != "dropout":
        return False
    return _axes(layer.get("mask")) == len(reached) + 1


def _reads_as_batch(document: Json, said: Json) -> bool:
    layers = document.get("layers")
    kinds = [kind_of(each) for each in layers] if isinstance(layers, list) else []
    axes = _axes(document.get("input"))
    if axes == 3:
        return said is True
    first = kinds[0] if kinds else ""
    has_lines = any(kind in KINDS_ALONG_ONE_AXIS for kind in kinds)
    is_rows = said is True or (said is None and first == "linear" and not has_lines)
    return axes == 4 or (axes == 2 and is_rows)


def _axes(value: Json) -> int:
    axes = 0
    while isinstance(value, list) and value:
        value, axes = value[0], axes + 1
    return axes
