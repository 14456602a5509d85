"""The shape that each array of a layer or head must have, given the shape that reaches it.

An axis of free length is None: the number of kernels, their rows and columns.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine.types import Shape

Fields = dict[str, Any]
"""A layer or head as JSON."""
Needed = tuple[int | None, ...]
Need = Callable[[Shape, Fields], dict[str, Needed]]
"""The shape that reaches it, and its fields → the shapes of its arrays by field."""


def needs(fields: Fields, reached: Shape) -> dict[str, Needed]:
    """The shapes of the arrays of a layer or head; empty where they cannot be known."""
    need = NEEDS.get(kind_of(fields))
    return {} if need is None else need(reached, fields)


def kind_of(fields: Any) -> str:
    """The type of a layer or head; empty without a type."""
    kind = fields.get("type") if isinstance(fields, dict) else None
    return kind if isinstance(kind, str) else ""


def shape_in(value: Any) -> Shape:
    """Of nested lists; () where they are no array."""
    if not isinstance(value, list):
        return ()
    try:
        array = np.array(value)
    except (TypeError, ValueError, OverflowError):
        return ()
    return array.shape if array.dtype.kind in "iuf" else ()


def _conv2d(reached: Shape, fields: Fields) -> dict[str, Needed]:
    if len(reached) != 3:
        return {}
    return _convolution(reached, fields)


def _conv1d(reached: Shape, fields: Fields) -> dict[str, Needed]:
    return _convolution(reached, fields) if len(reached) == 2 else {}


def _convolution(reached: Shape, fields: Fields) -> dict[str, Needed]:
    groups = fields.get("groups", 1)
    fits = isinstance(groups, int) and groups > 0 and reached[0] % groups == 0
    channels = reached[0] // groups if fits else reached[0]
    sides = (None,) * (len(reached) - 1)
    return {"weight": (None, channels, *sides), "bias": (_outputs(fields),)}


def _conv_transpose2d(reached: Shape, fields: Fields) -> dict[str, Needed]:
    if len(reached) != 3:
        return {}
    shape, groups = shape_in(fields.get("weight")), fields.get("groups", 1)
    outputs = shape[1] * groups if len(shape) == 4 and isinstance(groups, int) else None
    return {"weight": (reached[0], None, None, None), "bias": (outputs,)}


def _batch_norm2d(reached: Shape, fields: Fields) -> dict[str, Needed]:
    names = ("running_mean", "running_var", "weight", "bias")
    return dict.fromkeys(names, reached[:1]) if len(reached) == 3 else {}


def _linear(reached: Shape, fields: Fields) -> dict[str, Needed]:
    return {"weight": (None, reached[0]), "bias": (_outputs(fields),)} if len(reached) == 1 else {}


def _prelu(reached: Shape, fields: Fields) -> dict[str, Needed]:
    given = shape_in(fields.get("weight"))
    return {"weight": (1 if given == (1,) else reached[0],)}


def _classes(reached: Shape, fields: Fields) -> dict[str, Needed]:
    """Of what can be left out, or is one number, as much as is given."""
    return {name: (reached[0],) for name in ("weight", "target") if shape_in(fields.get(name))}


def _outputs(fields: Fields) -> int | None:
    shape = shape_in(fields.get("weight"))
    return shape[0] if shape else None


NEEDS: dict[str, Need] = {
    "conv2d": _conv2d,
    "conv1d": _conv1d,
    "conv_transpose2d": _conv_transpose2d,
    "linear": _linear,
    "batch_norm2d": _batch_norm2d,
    "prelu": _prelu,
    "dropout": lambda reached, fields: {"mask": reached},
    "upstream": lambda reached, fields: {"gradient": reached},
    "cross_entropy": _classes,
    "nll": _classes,
    **dict.fromkeys(
        (
            "l1",
            "binary_cross_entropy_with_logits",
            "binary_cross_entropy",
            "mse",
            "smooth_l1",
            "huber",
        ),
        lambda reached, fields: {"target": reached},
    ),
}
