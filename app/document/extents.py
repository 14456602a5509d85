"""Types of the whole numbers that place windows: sizes, strides, paddings, divisors."""

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.document.fields import Location, whole

MAX_EXTENT = 4096
"""Of one kernel, stride, padding or dilation."""


def _divisor(value: Any) -> int:
    divisor = whole(value)
    wrong = None
    if type(divisor) is not int:
        wrong = "A whole number is needed here."
    elif not 0 < abs(divisor) <= MAX_EXTENT**2:
        wrong = f"This must not be 0, and its size at most {MAX_EXTENT**2}."
    if wrong:
        raise PydanticCustomError("divisor", "{wrong}", {"wrong": wrong})
    return int(divisor)


Divisor = Annotated[
    int,
    PlainValidator(_divisor),
    WithJsonSchema(
        {
            "type": "integer",
            "minimum": -(MAX_EXTENT**2),
            "maximum": MAX_EXTENT**2,
            "not": {"const": 0},
        }
    ),
]


def _pair(least: int, value: Any) -> tuple[int, int]:
    """Two whole numbers; a single one is taken for both."""
    if isinstance(value, list) and len(value) != 2:
        raise PydanticCustomError("pair", "One whole number, or a list of two, is needed here.")
    pair = [whole(each) for each in (value if isinstance(value, list) else [value])]
    problems: list[tuple[Location, str]] = []
    for i, each in enumerate(pair):
        at = (i,) if isinstance(value, list) else ()
        if type(each) is not int:
            problems.append((at, "A whole number is needed here."))
        elif not least <= each <= MAX_EXTENT:
            problems.append((at, f"This must be at least {least} and at most {MAX_EXTENT}."))
    if problems:
        raise PydanticCustomError("pair", "See problems.", {"problems": problems})
    return pair[0], pair[-1]


def _pair_from(least: int) -> tuple[PlainValidator, WithJsonSchema]:
    one = {"type": "integer", "minimum": least, "maximum": MAX_EXTENT}
    two = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
    schema = {"description": "For rows and columns: one for both, or two.", "anyOf": [one, two]}
    return PlainValidator(partial(_pair, least)), WithJsonSchema(schema)


Extents = Annotated[tuple[int, int], *_pair_from(1)]
Paddings = Annotated[tuple[int, int], *_pair_from(0)]


def _side(least: int, value: Any) -> int:
    """One whole number, which may be in a list of its own."""
    if isinstance(value, list) and len(value) != 1:
        raise PydanticCustomError(
            "side", "One whole number is needed here, because this layer slides along one axis."
        )
    return _pair(least, value[0] if isinstance(value, list) else value)[0]


def _side_from(least: int) -> tuple[PlainValidator, WithJsonSchema]:
    one = {"type": "integer", "minimum": least, "maximum": MAX_EXTENT}
    return PlainValidator(partial(_side, least)), WithJsonSchema(one)


Extent = Annotated[int, *_side_from(1)]
Padding = Annotated[int, *_side_from(0)]


def _line_padding(value: Any) -> Any:
    """The words “same” and “valid”, one whole number, or two: left, right."""
    if isinstance(value, str):
        return _padding(value)
    return _pair(0, value) if isinstance(value, list) and len(value) == 2 else _side(0, value)


def _padding(value: Any) -> Any:
    """The words “same” and “valid”, one or two whole numbers, or four: top, bottom, left, right."""
    if isinstance(value, str):
        if value in ("same", "valid"):
            return value
        raise PydanticCustomError(
            "padding", "Padding is “same”, “valid”, or given in whole numbers."
        )
    if isinstance(value, list) and len(value) == 4:
        problems: list[tuple[Location, str]] = []
        ends: list[int] = []
        for i, half in enumerate((value[:2], value[2:])):
            try:
                ends += _pair(0, half)
            except PydanticCustomError as error:
                found = (error.context or {}).get("problems", [])
                problems += [((2 * i + at[0],), message) for at, message in found]
        if problems:
            raise PydanticCustomError("padding", "See problems.", {"problems": problems})
        return tuple(ends)
    if isinstance(value, list) and len(value) != 2:
        raise PydanticCustomError(
            "padding",
            "One whole number is needed here, a list of two (rows, columns), or of four (top, "
            "bottom, left, right).",
        )
    return _pair(0, value)


_END = {"type": "integer", "minimum": 0, "maximum": MAX_EXTENT}
ConvPaddings = Annotated[
    Literal["same", "valid"] | tuple[int, int] | tuple[int, int, int, int],
    PlainValidator(_padding),
    WithJsonSchema(
        {
            "description": "For rows and columns: one for both, or two; top, bottom, left and "
            "right; or “same”, which keeps the size, or “valid”, which is none.",
            "anyOf": [
                _END,
                {"type": "array", "items": _END, "minItems": 2, "maxItems": 2},
                {"type": "array", "items": _END, "minItems": 4, "maxItems": 4},
                {"enum": ["same", "valid"]},
            ],
        }
    ),
]
LineConvPaddings = Annotated[
    Literal["same", "valid"] | int | tuple[int, int],
    PlainValidator(_line_padding),
    WithJsonSchema(
        {
            "description": "One number for both ends, or two, left and right; or “same”, which "
            "keeps the size, or “valid”, which is none.",
            "anyOf": [
                _END,
                {"type": "array", "items": _END, "minItems": 2, "maxItems": 2},
                {"enum": ["same", "valid"]},
            ],
        }
    ),
]
