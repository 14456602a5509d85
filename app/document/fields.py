"""Types of a request's fields: numbers, pairs and arrays, checked with a message for each place."""

import math
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.document.pool import pooled
from app.engine.finite import is_finite
from app.engine.types import Array

MAX_PROBLEMS = 50
"""How many mistakes one answer lists."""

Location = tuple[str | int, ...]


class Model(BaseModel):
    """Strict: no coercion, no unknown fields."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True
    )


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise PydanticCustomError("number", "{wrong}", {"wrong": _not_a_number(value)})
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise PydanticCustomError("number", "{wrong}", {"wrong": _NOT_FINITE})
    return number + 0.0  # no −0


_NOT_FINITE = "This is not a finite number: use one between −1.8×10³⁰⁸ and 1.8×10³⁰⁸."


def _not_a_number(value: Any) -> str:
    if isinstance(value, bool):
        return "A number is needed here, not true or false: write 1 or 0."
    if isinstance(value, str):
        return "A number is needed here, not a text: write it without quotation marks."
    if isinstance(value, list):
        return "A single number is needed here, not a list."
    return "A number is needed here."


def _positive(value: Any) -> float:
    number = _number(value)
    if number <= 0:
        raise PydanticCustomError("number", "{wrong}", {"wrong": "This must be more than 0."})
    return number


def _share(value: Any) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise PydanticCustomError("number", "{wrong}", {"wrong": "Use a number from 0 to 1."})
    return number


def array_of(axes: Sequence[str], value: Any) -> Array:
    """Nested lists → float64 array with one axis for each name; a refusal lists every bad place."""
    array = _even(value, len(axes))
    if array is not None and is_finite(array):
        return pooled(array + 0.0)  # no −0
    problems: list[tuple[Location, str]] = []
    lengths: list[int | None] = [None] * len(axes)

    def walk(part: Any, depth: int, at: Location) -> None:
        if len(problems) >= MAX_PROBLEMS:
            return
        if not isinstance(part, list):
            levels = " of ".join(
                f"a list of {axis}" if i == 0 else axis for i, axis in enumerate(axes[depth:])
            )
            problems.append((at, f"Expected {levels} here."))
            return
        if not part:
            problems.append((at, f"This list of {axes[depth]} is empty: it needs at least one."))
            return
        if lengths[depth] is None:
            lengths[depth] = len(part)
        elif len(part) != lengths[depth]:
            problems.append(
                (at, f"Expected {lengths[depth]} {axes[depth]} here, as in the first list; "
                     f"found {len(part)}.")
            )  # fmt: skip
        if depth + 1 < len(axes):
            for i, each in enumerate(part):
                walk(each, depth + 1, (*at, i))
        elif not set(map(type, part)) <= {int, float}:
            problems.extend(
                ((*at, i), _not_a_number(each))
                for i, each in enumerate(part)
                if type(each) not in (int, float)
            )

    walk(value, 0, ())
    if not problems:
        bad = np.argwhere(~np.isfinite(np.array(_as_floats(value), np.float64)))
        problems = [(tuple(map(int, at)), _NOT_FINITE) for at in bad[:MAX_PROBLEMS]]
    raise PydanticCustomError("array", "See problems.", {"problems": problems[:MAX_PROBLEMS]})


def _even(value: Any, rank: int) -> Array | None:
    """The array if lists are nested this deep, equally long, and hold numbers; else None.

    ``array_of`` says what is wrong.
    """
    try:
        array = np.array(value, np.float64)
    except (TypeError, ValueError, OverflowError):  # uneven, no number, beyond float64
        return None
    if array.ndim != rank or not array.size:
        return None
    # numpy would read texts and booleans as numbers.
    cells = value
    for _ in range(rank - 1):
        cells = chain.from_iterable(cells)
    return array if set(map(type, cells)) <= {int, float} else None


def _as_floats(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_floats(each) for each in value]
    try:
        return float(value)
    except OverflowError:
        return math.inf


def nested_schema(rank: int, **bounds: Any) -> dict[str, Any]:
    """The JSON schema of numbers nested in ``rank`` lists; ``bounds``: of each of them."""
    schema: dict[str, Any] = {"type": "number", **bounds}
    for _ in range(rank):
        schema = {"type": "array", "items": schema, "minItems": 1}
    return schema


NO_CHANNEL = (
    "This is rows × columns; give the channel too, by one more pair of brackets around it all: "
    "[[[…]]]."
)
"""What is said to two axes that are no batch of rows."""


def _depth(value: Any) -> int:
    depth = 0
    while isinstance(value, list) and value and depth < 4:
        depth, value = depth + 1, value[0]
    return depth


def _map_or_row(value: Any) -> Array:
    """[C][H][W], [C][L] or [N]."""
    depth = _depth(value)
    if depth == 2:
        return array_of(("channels", "positions"), value)
    if _has_four_axes(value):
        raise PydanticCustomError(
            "rank", "This is examples × channels × rows × columns, but all examples of a batch "
            "share this: give it for one of them, [[[…]]]."
        )  # fmt: skip
    return array_of(("numbers",) if depth == 1 else ("channels", "rows", "columns"), value)


def _maps_or_rows(value: Any) -> Array:
    """The same, or a batch: [examples][C][H][W], [examples][C][L] or [examples][N]."""
    if _has_four_axes(value):
        return array_of(("examples", "channels", "rows", "columns"), value)
    return _map_or_row(value)


def _has_four_axes(value: Any) -> bool:
    """Whether numbers stand at depth four, all of them."""
    within = [value]
    for _ in range(4):
        if not within or not all(isinstance(each, list) for each in within):
            return False
        within = [inner for each in within for inner in each]
    return not any(isinstance(each, list) for each in within)


def _nested(*axes: str) -> tuple[PlainValidator, WithJsonSchema]:
    schema = {"description": f"[{']['.join(axes)}].", **nested_schema(len(axes))}
    return PlainValidator(partial(array_of, axes)), WithJsonSchema(schema)


MapsOrRows = Annotated[
    np.ndarray,
    PlainValidator(_maps_or_rows),
    WithJsonSchema(
        {
            "description": "[channels][rows][columns], [channels][positions] before a layer that "
            "slides along one axis, or [numbers] where layers are linear. Of a batch, [examples] "
            "before it.",
            "anyOf": [nested_schema(3), nested_schema(1), nested_schema(4), nested_schema(2)],
        }
    ),
]


def _mask(value: Any) -> Array:
    mask = _maps_or_rows(value)
    other = np.argwhere((mask != 0) & (mask != 1))[:MAX_PROBLEMS]
    if len(other):
        wrong = "A mask is made of 0 (dropped) and 1 (kept)."
        problems = [(tuple(map(int, at)), wrong) for at in other]
        raise PydanticCustomError("mask", "See problems.", {"problems": problems})
    return mask


Mask = Annotated[
    np.ndarray,
    PlainValidator(_mask),
    WithJsonSchema(
        {
            "description": "0 or 1 for each cell: [channels][rows][columns], "
            "[channels][positions] or [numbers]; of a batch also [examples] before it, for masks "
            "of their own.",
            "anyOf": [nested_schema(axes, enum=[0, 1]) for axes in (3, 2, 1, 4)],
        }
    ),
]
Kernels = Annotated[np.ndarray, *_nested("output channels", "input channels", "rows", "columns")]
LineKernels = Annotated[np.ndarray, *_nested("output channels", "input channels", "positions")]
TransposedKernels = Annotated[
    np.ndarray, *_nested("input channels", "output channels", "rows", "columns")
]
Matrix = Annotated[np.ndarray, *_nested("outputs", "inputs")]
Row = Annotated[np.ndarray, *_nested("numbers")]
Number = Annotated[float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
PositiveNumber = Annotated[
    float,
    PlainValidator(_positive),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]
Share = Annotated[
    float,
    PlainValidator(_share),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1}),
]


def whole(value: Any) -> Any:
    """15.0 → 15; any other value unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(whole)
"""Takes 15.0 for 15. It must come last, or the schema loses the bounds before it."""


def _class_or_shares(value: Any) -> int | Array:
    if isinstance(value, list):
        if _depth(value) == 2:
            return array_of(("examples", "classes"), value)
        return array_of(("classes",), value)
    wrong = "A whole number is needed here, the number of a class, or a list of their shares."
    return _class(value, wrong)


def _class_or_classes(value: Any) -> int | Array:
    if isinstance(value, list):
        return array_of(("examples",), value)
    return _class(value, "A whole number is needed here.")


def _class(value: Any, wrong: str) -> int:
    at = whole(value)
    if type(at) is not int:
        raise PydanticCustomError("class", "{wrong}", {"wrong": wrong})
    if at < 0:
        raise PydanticCustomError("class", "{wrong}", {"wrong": "This must be at least 0."})
    return at


ClassOrShares = Annotated[
    int | np.ndarray,
    PlainValidator(_class_or_shares),
    WithJsonSchema(
        {
            "description": "The number of the right class, or the share of each: [classes]. Of a "
            "batch, the class of each example, [examples], or its shares, [examples][classes].",
            "anyOf": [{"type": "integer", "minimum": 0}, nested_schema(1), nested_schema(2)],
        }
    ),
]
ClassOrClasses = Annotated[
    int | np.ndarray,
    PlainValidator(_class_or_classes),
    WithJsonSchema(
        {
            "description": "The number of the right class; of a batch, of each example.",
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
            ],
        }
    ),
]
