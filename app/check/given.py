"""Brings a given gradient into the right shape, in every reading that fits."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from pydantic_core import PydanticCustomError

from app.check.layouts import Layout, axes_of, layouts, owner_of
from app.check.pasting import Pasted, Reading, Unreadable, meant, read
from app.document.document import Refusal
from app.document.fields import array_of
from app.engine.mistakes import Given, given
from app.engine.network import Trace
from app.engine.types import Shape

MAX_CANDIDATES = 24
"""The most readings of one array that are compared."""


@dataclass(frozen=True)
class Candidate:
    """A reading of a given array, in the gradient's shape."""

    given: Given
    layout: Layout
    how: str = ""
    """How the text was read; empty if there is only one way."""


@dataclass(frozen=True)
class Place:
    """The gradient that an array is compared with."""

    trace: Trace
    layer: int
    parameter: str | None
    shape: Shape

    @property
    def axes(self) -> tuple[str, ...]:
        """What the axes of the gradient are."""
        return axes_of(self.shape, owner_of(self.trace, self.parameter))

    @property
    def examples(self) -> int:
        """The number of examples that the gradient has a part for; 0 if it is not of a batch."""
        return (self.trace.network.examples or 0) if self.parameter is None else 0

    def example(self, at: int) -> "Place":
        """The gradient of one example of a batch."""
        return Place(self.trace.example(at), self.layer, None, self.shape[1:])


def from_lists(value: list[Any], place: Place) -> list[Candidate]:
    """The readings of nested lists from JSON, with or without a batch of one around them.

    Raises:
        Refusal: they have the gradient's shape in no layout.
    """
    shape, axes = place.shape, place.axes
    if _depth(value) == len(shape) + 1 and len(value) == 1:
        value = value[0]  # a batch axis
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
    candidates = _candidates(array, place)
    if not candidates:
        first = next(i for i, (n, m) in enumerate(zip(array.shape, shape, strict=True)) if n != m)
        raise Refusal([(("array", *[0] * first), _other_shape(array.shape, place))])
    return candidates


def from_text(text: str, place: Place, reading: str = "") -> list[Candidate]:
    """The readings of a pasted text that fit.

    Axes of length 1 may be missing: rows of a spreadsheet have no channel. All numbers may be in
    one row or column. ``reading``: the way that is meant, where there are several.

    Raises:
        Refusal: the text holds no array, or none of this shape, or several.
    """
    try:
        readings = meant(read(text), reading)
    except Unreadable as unreadable:
        raise Refusal([(("text",), str(unreadable))]) from None
    candidates: list[Candidate] = []
    for way in readings:
        fitting = [(each, _from_pasted(each, way, place)) for each in way.arrays]
        fitting = [(each, some) for each, some in fitting if some]
        if len(fitting) > 1:
            raise Refusal([(("text",), _several([each for each, _ in fitting]))])
        candidates += [candidate for _, some in fitting for candidate in some]
    if not candidates:
        shapes = [each.shape for each in readings[0].arrays]
        raise Refusal([(("text",), _other_shape(shapes[0], place, len(shapes)))])
    return candidates[:MAX_CANDIDATES]


def from_array(array: np.ndarray[Any, Any], place: Place) -> list[Candidate]:
    """The readings of a file's array, whose numbers are exact; empty if its shape does not fit."""
    # Whole numbers have no arithmetic of their own: they were typed.
    return _candidates(array, place, array.dtype.name if array.dtype.kind == "f" else None)


def from_reading(reading: Reading, place: Place) -> list[Candidate]:
    """The candidates of one reading of a text with one array; empty if its shape does not fit."""
    return [each for one in reading.arrays[:1] for each in _from_pasted(one, reading, place)]


def _from_pasted(each: Pasted, reading: Reading, place: Place) -> list[Candidate]:
    return _candidates(np.array(each.nested, dtype=object), place, each.dtype, reading.how)


def _candidates(
    array: np.ndarray[Any, Any], place: Place, dtype: str | None = None, how: str = ""
) -> list[Candidate]:
    shape = place.shape
    candidates = []
    for layout in layouts(array.shape, shape, place.trace, place.layer, place.parameter):
        numbers: list[Decimal | float] = layout.restored(array, shape).ravel().tolist()
        candidates.append(Candidate(given(numbers, shape, dtype), layout, how))
    return candidates


def _depth(value: Any) -> int:
    depth = 0
    while isinstance(value, list) and value:
        depth, value = depth + 1, value[0]
    return depth


def _in_one_row(value: list[Any], shape: Shape) -> bool:
    """Whether a single list holds the numbers of several rows."""
    while len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    several = len([n for n in shape if n != 1]) > 1 and len(value) == np.prod(shape)
    return several and not any(isinstance(each, list) for each in value)


def _several(arrays: list[Pasted]) -> str:
    names = ", ".join(f"“{each.name}”" for each in arrays if each.name)
    which = f" ({names})" if names else ""
    return (
        f"This holds {len(arrays)} arrays of the gradient’s shape{which}: paste the one that is "
        "meant, or check them all at once."
    )


def _other_shape(pasted: Shape, place: Place, many: int = 1) -> str:
    shape, axes = place.shape, " × ".join(place.axes)
    examples = place.trace.network.examples
    if examples and place.parameter and pasted == (examples, *shape):
        return (
            f"These are {examples} gradients, one for each example, and the gradient of a "
            f"{place.parameter} is their sum, {_times(shape)} ({axes}): add them up."
        )
    if len(pasted) == len(shape) + 1 and pasted[1:] == shape:
        return (
            f"These are {pasted[0]} examples of a batch, and the gradient is {_times(shape)} "
            f"({axes}): give one of them, such as x[0]."
        )
    this = f"None of these {many} arrays fits" if many > 1 else f"This is {_times(pasted)}"
    return (
        f"{this}, but the gradient is {_times(shape)} ({axes}): give one number for each of its "
        "cells."
    )


def _times(shape: Shape) -> str:
    return " × ".join(map(str, shape))
