"""The names that other libraries give to layers, heads and their fields, read as ours."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from app.document.document import Refusal
from app.document.fields import MAX_PROBLEMS, Location
from app.document.layouts import OF_LAYERS, Reading
from app.engine.heads import KINDS as HEADS
from app.engine.layers import KINDS as LAYERS

Json = Any

_OTHER_LAYERS = {
    "dense": "linear",
    "fullyconnected": "linear",
    "fc": "linear",
    "maxpooling2d": "max_pool2d",
    "averagepooling2d": "avg_pool2d",
    "maxpooling1d": "max_pool1d",
    "averagepooling1d": "avg_pool1d",
    "conv2dtranspose": "conv_transpose2d",
    "swish": "silu",
}
_OTHER_HEADS = {
    "bcewithlogits": "binary_cross_entropy_with_logits",
    "bce": "binary_cross_entropy",
    "binarycrossentropy": "binary_cross_entropy",
    "negativeloglikelihood": "nll",
    "meansquarederror": "mse",
    "meanabsoluteerror": "l1",
    "mae": "l1",
}
"""Names besides our own, in small letters without «_» and without «Loss» at their end."""


def _table(kinds: Iterable[str], others: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", ""): name for name in kinds} | others


_LAYER_NAMES = _table(LAYERS, _OTHER_LAYERS)
_HEAD_NAMES = _table(HEADS, _OTHER_HEADS)

_EVERYWHERE = {"strides": "stride", "dilation_rate": "dilation"}
_WEIGHTS = {"weights": "weight", "W": "weight", "b": "bias", "biases": "bias"}
_CONVOLUTION = {**_EVERYWHERE, **_WEIGHTS, "kernel": "weight"}
_POOL = {**_EVERYWHERE, "kernel_size": "kernel", "pool_size": "kernel"}
_FIELDS: dict[str, dict[str, str]] = {
    "conv2d": _CONVOLUTION,
    "conv1d": _CONVOLUTION,
    "conv_transpose2d": _CONVOLUTION,
    "linear": {**_WEIGHTS, "kernel": "weight"},
    "max_pool2d": _POOL,
    "avg_pool2d": _POOL,
    "max_pool1d": _POOL,
    "avg_pool1d": _POOL,
    "leaky_relu": {"alpha": "negative_slope", "slope": "negative_slope"},
    "prelu": {"alpha": "weight"},
    "dropout": {"rate": "p"},
    "batch_norm2d": {
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
        "epsilon": "eps",
    },
}
"""By layer: a field's other name, and ours."""

_OF_CONVOLUTION: dict[str, Callable[[Sequence[int], int], Json]] = {
    "in_channels": lambda shape, groups: shape[1] * groups,
    "out_channels": lambda shape, _: shape[0],
    "filters": lambda shape, _: shape[0],
    "kernel_size": lambda shape, _: list(shape[2:]),
    "kernel": lambda shape, _: list(shape[2:]),
}
_IMPLIED: dict[str, dict[str, Callable[[Sequence[int], int], Json]]] = {
    "conv2d": _OF_CONVOLUTION,
    "conv1d": {
        **_OF_CONVOLUTION,
        "kernel_size": lambda shape, _: shape[2],
        "kernel": lambda shape, _: shape[2],
    },
    "conv_transpose2d": {
        "in_channels": lambda shape, _: shape[0],
        "out_channels": lambda shape, groups: shape[1] * groups,
        "kernel_size": lambda shape, _: list(shape[2:]),
        "kernel": lambda shape, _: list(shape[2:]),
    },
    "linear": {
        "in_features": lambda shape, _: shape[1],
        "out_features": lambda shape, _: shape[0],
        "units": lambda shape, _: shape[0],
    },
    "batch_norm2d": {"num_features": lambda shape, _: shape[0]},
}
"""By layer: fields that only repeat what the shape of the weight says."""

_RANKS = {"conv2d": 4, "conv1d": 3, "conv_transpose2d": 4, "linear": 2, "batch_norm2d": 1}
"""How many axes their weights have."""

_MEANS_NOTHING: dict[str, tuple[Json, ...]] = {
    "inplace": (True, False),
    "return_indices": (False,),
    "data_format": ("channels_first",),
    "activation": (None, "linear"),
}
"""Fields that may be left out where they have one of these values."""


def named(raw: Json) -> tuple[Json, list[Reading]]:
    """A document with our names for what has others, and what was read.

    Raises:
        Refusal: a field contradicts another one, or stands for what a document writes otherwise.
    """
    if not isinstance(raw, dict):
        return raw, []
    readings: list[Reading] = []
    document = raw
    if "loss" in raw and "head" not in raw and isinstance(raw["loss"], dict):
        document = {("head" if key == "loss" else key): value for key, value in raw.items()}
        readings.append(Reading(("loss",), "“loss” is read as head."))
    layers = document.get("layers")
    if isinstance(layers, list):
        own = [_layer(layer, ("layers", i), readings) for i, layer in enumerate(layers)]
        if any(new is not old for new, old in zip(own, layers, strict=True)):
            document = {**document, "layers": own}
    head = _head(document.get("head"), readings, _is_batch(document))
    if head is not document.get("head"):
        document = {**document, "head": head}
    return document, readings[:MAX_PROBLEMS]


def _is_batch(document: dict[str, Json]) -> bool:
    """Whether a document seems to be a batch: what is wrong with it is said elsewhere."""
    axes, layers = np.count_nonzero(_shape(document.get("input"))), document.get("layers")
    kinds = (
        [each.get("type") for each in layers if isinstance(each, dict)]
        if isinstance(layers, list)
        else []
    )
    if any(kind in _ALONG_ONE_AXIS for kind in kinds if isinstance(kind, str)):
        return document.get("batch") is True
    return axes in (2, 4)


_ALONG_ONE_AXIS = {name for name, kind in LAYERS.items() if kind.axes == 1}


def _layer(layer: Json, place: Location, readings: list[Reading]) -> Json:
    layer = _typed(layer, place, _LAYER_NAMES, LAYERS, readings)
    if not isinstance(layer, dict) or not isinstance(layer.get("type"), str):
        return layer
    kind = layer["type"]
    layer = _renamed(layer, place, _FIELDS.get(kind, {}), readings)
    implied = _IMPLIED.get(kind, {})
    for field, value in list(layer.items()):
        at = (*place, field)
        if field in implied and "weight" in layer:
            _check_implied(at, value, implied[field], layer)
            layer = _without(layer, field)
            readings.append(Reading(at, f"“{field}” is what the shape of the weight says already."))
        elif field == "activation" and value not in _MEANS_NOTHING[field]:
            cure = f'put {{"type": "{value}"}} after this layer as a layer of its own'
            raise _refused(at, f"An activation is not a field here: {cure}.")
        elif field in _MEANS_NOTHING and value in _MEANS_NOTHING[field]:
            layer = _without(layer, field)
            readings.append(Reading(at, f"“{field}” changes nothing, and is left out."))
        elif field in ("bias", "use_bias") and isinstance(value, bool):
            layer = _without_bias(layer, field, value, at, readings)
        elif field == "padding" and isinstance(value, str) and value != value.lower():
            layer = {**layer, field: value.lower()}
            readings.append(Reading(at, f"“{value}” is read as “{value.lower()}”."))
    return layer


def _renamed(
    layer: dict[str, Json], place: Location, others: dict[str, str], readings: list[Reading]
) -> dict[str, Json]:
    """A layer with our names of its fields; a kernel that is a size is no weight."""
    ours = layer
    for field, value in layer.items():
        name = others.get(field)
        if name is None or (field == "kernel" and _shape(value)[1] == 0):
            continue
        at = (*place, field)
        if name in layer:
            raise _refused(at, f"This is “{name}” by another name: leave one out.")
        ours = {**_without(ours, field), name: value}
        readings.append(Reading(at, f"“{field}” is read as {name}."))
    return ours


def _without_bias(
    layer: dict[str, Json], field: str, value: bool, at: Location, readings: list[Reading]
) -> dict[str, Json]:
    if value and (field == "bias" or "bias" not in layer):
        raise _refused(at, "Give the numbers of the bias as a list, or leave this out for none.")
    readings.append(Reading(at, f"“{field}” only says whether there is a bias, and is left out."))
    return _without(layer, field)


def _check_implied(
    at: Location,
    value: Json,
    implied: Callable[[Sequence[int], int], Json],
    layer: dict[str, Json],
) -> None:
    shape, groups = _shape(layer["weight"]), layer.get("groups", 1)
    layout = OF_LAYERS.get(layer["type"])
    shapes = [shape, [shape[axis] for axis in layout.axes]] if layout else [shape]
    says = [implied(each, groups if type(groups) is int else 1) for each in shapes]
    if 0 in shape[: _RANKS[layer["type"]]]:
        return  # What is wrong with the weight is said elsewhere.
    both = [value, value] if isinstance(says[0], list) and type(value) is int else value
    if isinstance(says[0], int) and isinstance(value, list) and len(value) == 1:
        both = value[0]
    if both not in says:
        raise _refused(
            at,
            f"This says {_written(value)}, but the weight’s shape says {_written(says[0])}. "
            "Correct the weight, or leave this field out.",
        )


def _written(size: Json) -> str:
    return " × ".join(map(str, size)) if isinstance(size, list) else str(size)


def _head(head: Json, readings: list[Reading], is_batch: bool) -> Json:
    head = _typed(head, ("head",), _HEAD_NAMES, HEADS, readings)
    if not isinstance(head, dict):
        return head
    target = head.get("target")
    is_nll = head.get("type") == "nll" and not is_batch
    if is_nll and isinstance(target, list) and _is_one_hot(target):
        at = [float(each) for each in target].index(1)
        readings.append(Reading(("head", "target"), f"The one-hot target is read as class {at}."))
        return {**head, "target": at}
    return head


def _is_one_hot(target: list[Json]) -> bool:
    numbers = [each for each in target if type(each) in (int, float)]
    return (
        len(numbers) == len(target) and sorted(numbers)[-1:] == [1] and sum(map(abs, numbers)) == 1
    )


def _typed(
    part: Json, place: Location, names: dict[str, str], known: Any, readings: list[Reading]
) -> Json:
    """A layer or a head with our name of its kind."""
    if not isinstance(part, dict):
        return part
    name = part.get("type")
    if not isinstance(name, str) or name in known:
        return part
    plain = name.rpartition(".")[2].replace("_", "").lower()
    ours = names.get(plain) or names.get(plain.removesuffix("loss"))
    if ours is None:
        return part
    readings.append(Reading((*place, "type"), f"“{name}” is read as {ours}."))
    return {**part, "type": ours}


def _without(part: dict[str, Json], field: str) -> dict[str, Json]:
    return {key: value for key, value in part.items() if key != field}


def _shape(nested: Json) -> list[int]:
    """The shape of nested lists, along the first entry of each."""
    shape: list[int] = []
    while isinstance(nested, list) and nested and len(shape) < 4:
        shape.append(len(nested))
        nested = nested[0]
    return shape + [0] * (4 - len(shape))


def _refused(place: Location, message: str) -> Refusal:
    return Refusal([(place, message)])
