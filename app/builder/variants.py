"""Variants of a network to compare it with: one kind of its layers does otherwise."""

from collections.abc import Callable
from typing import Any, get_args

from app.builder.needs import kind_of
from app.builder.status import status_of
from app.engine.layers.pooling import Ties
from app.text.texts import say

Fields = dict[str, Any]
"""A document or a layer as JSON."""

_AVERAGES = {"max_pool2d": "avg_pool2d", "adaptive_max_pool2d": "adaptive_avg_pool2d"}
_MAXIMA = {average: maximum for maximum, average in _AVERAGES.items()}
_OF_ONE_KIND = ("ties", "dilation", "count_include_pad", "divisor_override")
"""Fields that only maxima or only averages have."""


def variants(network: Fields) -> list[str]:
    """The codes of the variants that a network allows."""
    return [code for code in CHANGES if variant(network, code) is not None]


def variant(network: Fields, code: str) -> Fields | None:
    """A network's variant; None where it would be the same network, or none at all."""
    if code not in CHANGES:
        return None
    layers = [CHANGES[code](layer) for layer in network["layers"]]
    if layers == network["layers"]:
        return None
    changed = {**network, "layers": layers}
    return changed if status_of(changed).fits else None


def variant_title(code: str) -> str:
    """What is different in a variant, in words."""
    name, _, rule = code.partition("-")
    if name == "ties":
        return say("compare.ties", rule=say("edit.options", rule))
    return say("compare.variants", code)


def _average(layer: Fields) -> Fields:
    return _pool(layer, _AVERAGES)


def _maximum(layer: Fields) -> Fields:
    return _pool(layer, _MAXIMA)


def _pool(layer: Fields, names: dict[str, str]) -> Fields:
    if kind_of(layer) not in names or layer.get("dilation", 1) not in (1, [1, 1]):
        return layer
    kept = {name: value for name, value in layer.items() if name not in _OF_ONE_KIND}
    return {**kept, "type": names[layer["type"]]}


def _ties(layer: Fields, rule: str) -> Fields:
    if kind_of(layer) != "max_pool2d" or layer.get("ties", "first") == rule:
        return layer
    return {**layer, "ties": rule}


def _no_relu(layer: Fields) -> Fields:
    return {"type": "identity"} if kind_of(layer) == "relu" else layer


def _with_ties(rule: str) -> Callable[[Fields], Fields]:
    return lambda layer: _ties(layer, rule)


CHANGES: dict[str, Callable[[Fields], Fields]] = {
    "average": _average,
    "maximum": _maximum,
    **{f"ties-{rule}": _with_ties(rule) for rule in get_args(Ties)},
    "no_relu": _no_relu,
}
"""By code, what a variant makes of each layer."""
