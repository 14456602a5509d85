"""Compares two networks: the differences of all grids on one scale, and what causes them."""

from difflib import SequenceMatcher
from typing import Any

import numpy as np
from typing_extensions import TypedDict

from app.builder.forms import label_of
from app.builder.needs import kind_of, shape_in
from app.document.document import Document
from app.document.plain import as_json
from app.engine.network import Trace
from app.engine.types import Array
from app.share.changes import changes
from app.text.numbers import figure
from app.text.sentences import layer_title
from app.text.texts import say, texts

MAX_DIFFERENCES = 50
"""The most differences between two documents that are listed."""


class GridAnswer(TypedDict):
    """The difference of one array: the other network's minus this one's."""

    layer: int
    """The layer of this network; −1 for the input."""
    other: int
    """The corresponding layer of the other network."""
    parameter: str | None
    value: Any
    """The differences in the array's shape; null where the shapes differ."""
    gradient: Any


class ScaleAnswer(TypedDict):
    """The largest absolute value and gradient: the ends of one scale for both networks."""

    value: float
    gradient: float


class ChangeAnswer(TypedDict):
    """One difference between the documents."""

    layer: int | None
    """The layer of this network; null for the head, and for the network as a whole."""
    field: str
    sentence: str


class CompareAnswer(TypedDict):
    """The comparison of two networks."""

    loss: tuple[float | None, float | None]
    grids: list[GridAnswer]
    scale: ScaleAnswer
    """The scale of both networks."""
    apart: ScaleAnswer
    """The scale of the differences."""
    differences: list[ChangeAnswer]
    """The differences of the documents, which cause all others."""


Fields = dict[str, Any]
"""A document, a layer or a head as JSON, with every default."""


def compare_json(this: tuple[Document, Trace], that: tuple[Document, Trace]) -> CompareAnswer:
    """The differences of all grids that both networks have, and of their documents."""
    here, there = this[1], that[1]
    one, other = as_json(this[0]), as_json(that[0])
    grids: list[GridAnswer] = []
    pairs = _pairs(one, other)
    for i, j in [(-1, -1), *pairs]:
        value = _difference(here.values[i + 1], there.values[j + 1])
        gradient = _difference(here.gradients[i + 1], there.gradients[j + 1])
        grids.append({"layer": i, "other": j, "parameter": None, "value": value,
                      "gradient": gradient})  # fmt: skip
        for name, own in _parameters(here, i).items():
            others = _parameters(there, j)
            if name in others:
                grids.append({
                    "layer": i, "other": j, "parameter": name,
                    "value": _difference(own, others[name]),
                    "gradient": _difference(here.parameters[i][name], there.parameters[j][name]),
                })  # fmt: skip
    return {
        "loss": (here.loss, there.loss),
        "grids": grids,
        "scale": {
            "value": _largest([*here.values, *there.values]),
            "gradient": _largest([*here.gradients, *there.gradients]),
        },
        "apart": {
            "value": _largest([each["value"] for each in grids]),
            "gradient": _largest([each["gradient"] for each in grids]),
        },
        "differences": _differences(one, other, pairs, (here, there))[:MAX_DIFFERENCES],
    }


def layers_together(this: Document, that: Document) -> list[tuple[int | None, int | None]]:
    """Both networks' layers in their order, corresponding ones together; None: there is none."""
    one, other = as_json(this), as_json(that)
    together: list[tuple[int | None, int | None]] = []
    at = 0
    for i, j in [*_pairs(one, other), (len(one["layers"]), len(other["layers"]))]:
        done = sum(left is not None for left, _ in together)
        together += [(k, None) for k in range(done, i)]
        together += [(None, k) for k in range(at, j)]
        together.append((i, j))
        at = j + 1
    return together[:-1]


def _pairs(one: Fields, other: Fields) -> list[tuple[int, int]]:
    """The pairs of corresponding layers: of the same kind, or at the same place between such."""
    own, theirs = ([kind_of(layer) for layer in each["layers"]] for each in (one, other))
    matcher = SequenceMatcher(None, own, theirs, autojunk=False)
    pairs: list[tuple[int, int]] = []
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal" or (tag == "replace" and i_end - i == j_end - j):
            pairs += zip(range(i, i_end), range(j, j_end), strict=True)
    return pairs


def _difference(one: Array, other: Array) -> Array | None:
    if one.shape != other.shape:
        return None
    with np.errstate(over="ignore"):
        difference = other - one + 0.0
    return np.ascontiguousarray(difference) if np.isfinite(difference).all() else None


def _parameters(trace: Trace, layer: int) -> dict[str, Array]:
    return {} if layer < 0 else trace.network.layers[layer].parameters


def _largest(arrays: list[Array | None]) -> float:
    return max((float(np.abs(each).max()) for each in arrays if each is not None), default=0.0)


# --- what differs -------------------------------------------------------------------------------


def _differences(
    one: Fields, other: Fields, pairs: list[tuple[int, int]], traces: tuple[Trace, Trace]
) -> list[ChangeAnswer]:
    here, there = (trace.network for trace in traces)
    listed = _fields(None, {"input": one["input"]}, {"input": other["input"]}, say("layers.input"))
    paired, facing = {i for i, _ in pairs}, {j for _, j in pairs}
    for i in range(len(one["layers"])):
        if i not in paired:
            sentence = say("compare.gone", name=layer_title(here, i))
            listed.append({"layer": i, "field": "", "sentence": sentence})
    for j in range(len(other["layers"])):
        if j not in facing:
            sentence = say("compare.new", name=layer_title(there, j))
            listed.append({"layer": None, "field": "", "sentence": sentence})
    for i, j in pairs:
        listed += _fields(i, one["layers"][i], other["layers"][j], layer_title(here, i))
    return listed + _fields(None, one["head"], other["head"], say("compare.head"))


def _fields(layer: int | None, one: Fields, other: Fields, name: str) -> list[ChangeAnswer]:
    listed: list[ChangeAnswer] = []
    fields = one.keys() | other.keys()
    if kind_of(one) != kind_of(other):
        # Another kind has other fields, all of which would seem to differ.
        before = _kind(one) if layer is None else name
        sentence = say("compare.kind", before=before, after=_kind(other))
        listed.append({"layer": layer, "field": "type", "sentence": sentence})
        fields = one.keys() & other.keys() - {"type"}
    for field in sorted(fields):
        own, theirs = one.get(field), other.get(field)
        if own == theirs:
            continue
        label = say("compare.input") if field == "input" else label_of(field)
        if shape_in(own) and shape_in(own) == shape_in(theirs) and not _is_short(own):
            count = sum(len(change[0]) > 0 for change in changes(own, theirs))
            sentence = say("compare.numbers", name=name, field=label, n=count)
        elif shape_in(own) and not _is_short(own):
            sentence = say("compare.shape", name=name, field=label)
        else:
            sentence = say("compare.field", name=name, field=label, before=_words(own),
                           after=_words(theirs))  # fmt: skip
        listed.append({"layer": layer, "field": field, "sentence": sentence})
    return listed


def _kind(fields: Fields) -> str:
    """The name of a layer's or a head's kind."""
    names = {**texts("builder")["heads"], **texts("layers")}
    return str(names.get(kind_of(fields), kind_of(fields)))


def _is_short(value: Any) -> bool:
    """Whether a list is a pair such as a stride, and not an array."""
    return isinstance(value, list) and len(value) <= 2 and not isinstance(value[0], list)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return " × ".join(map(_words, value))
    if value is None or isinstance(value, bool):
        return say("compare.set", "yes" if value else "no")
    if isinstance(value, int | float):
        return figure(value)
    return str(texts("edit")["options"].get(value, value))
