"""What somebody takes for a gradient: nested lists, or the text that was pasted for them."""

import math
from typing import Any

import numpy as np
from pydantic_core import PydanticCustomError

from app.check.pasting import Unreadable, parse
from app.document.document import Refusal
from app.document.fields import array_of
from app.engine.mistakes import Given, given
from app.engine.types import Shape

_AXES = {
    1: ("numbers",),
    2: ("outputs", "inputs"),
    3: ("channels", "rows", "columns"),
    4: ("output channels", "input channels", "rows", "columns"),
}


def read_given(array: list[Any] | None, text: str | None, shape: Shape) -> Given:
    """Nested lists, or the text that was pasted for them, with the digits they were given in.

    Pasted text may leave out axes of length 1, as rows of a spreadsheet do for a map's channel,
    and may be one row or column of all numbers, in C order.
    """
    if array is not None and text is None:
        return _from_lists(array, shape)
    if text is not None and array is None:
        return _from_text(text, shape)
    raise Refusal([(("array",), "Send either an array or the text of one.")])


def _from_lists(value: list[Any], shape: Shape) -> Given:
    axes = _AXES[len(shape)]
    if _in_one_row(value, shape):
        wrong = (
            f"Right count, but in one row: the gradient is {_times(shape)} ({' × '.join(axes)}). "
            "Give each row its own brackets."
        )
        raise Refusal([(("array",), wrong)])
    depth, inner = 0, value
    while isinstance(inner, list) and inner:
        depth, inner = depth + 1, inner[0]
    if isinstance(inner, int | float) and depth != len(shape):
        wrong = (
            f"This gradient is {_times(shape)} ({' × '.join(axes)}), so {len(shape)} brackets "
            f"stand before its first number; here {'is' if depth == 1 else 'are'} {depth}."
        )
        raise Refusal([(("array",), wrong)])
    try:
        array = array_of(axes, value)
    except PydanticCustomError as error:
        problems = (error.context or {})["problems"]
        raise Refusal([(("array", *at), message) for at, message in problems]) from None
    if array.shape != shape:
        first = next(i for i, (n, m) in enumerate(zip(array.shape, shape, strict=True)) if n != m)
        raise Refusal([(("array", *[0] * first), _other_shape(array.shape, shape))])
    return given(array.ravel().tolist(), shape)


def _from_text(text: str, shape: Shape) -> Given:
    try:
        nested = parse(text)
    except Unreadable as unreadable:
        raise Refusal([(("text",), str(unreadable))]) from None
    numbers = np.array(nested, dtype=object)
    flat = len(_squeezed(numbers.shape)) <= 1 and numbers.size == math.prod(shape)
    if not flat and _squeezed(numbers.shape) != _squeezed(shape):
        raise Refusal([(("text",), _other_shape(numbers.shape, shape))])
    return given(numbers.ravel().tolist(), shape)


def _in_one_row(value: list[Any], shape: Shape) -> bool:
    """Whether the numbers of several rows stand in a single list."""
    while len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    several = len(_squeezed(shape)) > 1 and len(value) == math.prod(shape)
    return several and not any(isinstance(each, list) for each in value)


def _squeezed(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def _other_shape(found: Shape, shape: Shape) -> str:
    words = (
        f"This is {_times(found)}, but the gradient is {_times(shape)} "
        f"({' × '.join(_AXES[len(shape)])})"
    )
    if _squeezed(found) == _squeezed(shape)[::-1]:
        return f"{words}: exchange rows and columns."
    return f"{words}: give one number for each of its cells."


def _times(shape: Shape) -> str:
    return " × ".join(map(str, shape))
