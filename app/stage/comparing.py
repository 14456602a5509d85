"""Two networks beside each other: each layer's values and gradients on one scale, in words too."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.builder.forms import label_of
from app.check.layouts import Owner, owner_of
from app.document.document import Document
from app.engine.network import Trace
from app.engine.types import Array
from app.explain.compare import ChangeAnswer, compare_json, layers_together
from app.stage.differences import Comparison, pictured, scale_of
from app.text.numbers import figure
from app.text.sentences import layer_title
from app.text.texts import capital, say

MAX_PLANES = 2
"""Planes of an array that are drawn: those that differ most."""
MAX_SQUARES = 2_000
"""Squares that are drawn at once; further layers are drawn when the reader opens them."""

Side = tuple[Document, Trace]


@dataclass(frozen=True)
class Sides:
    """One array, on both sides or on one."""

    title: str
    said: str
    """How far the sides differ, or why they cannot be compared; empty: they are the same."""
    scale: str
    """The number that has the full colour."""
    comparisons: list[Comparison]
    left_out: str

    @property
    def squares(self) -> int:
        """The number of squares to draw."""
        return sum(
            len(row)
            for each in self.comparisons
            for picture in each.pictures
            for row in picture.rows
        )


@dataclass(frozen=True)
class Part:
    """One layer, on both sides or on one."""

    number: int
    title: str
    said: str
    arrays: list[Sides]
    is_drawn: bool


@dataclass(frozen=True)
class Report:
    """The whole comparison."""

    sentence: str
    losses: tuple[str, str] | None
    differences: list[ChangeAnswer]
    parts: list[Part]


def compare_report(left: Side, right: Side) -> Report:
    """What the page shows of two networks."""
    answer = compare_json(left, right)
    parts, room = list[Part](), MAX_SQUARES
    for number, place in enumerate(_places(left, right)):
        part = _part(left[1], right[1], number, place)
        squares = sum(array.squares for array in part.arrays)
        differs = any(array.said for array in part.arrays)
        is_drawn = differs and squares <= room
        room -= squares if is_drawn else 0
        parts.append(Part(number, part.title, part.said, part.arrays, is_drawn))
    before, after = answer["loss"]
    n = sum(any(array.said for array in part.arrays) for part in parts)
    return Report(
        say("compare.verdict", n=n) if n else say("compare.same"),
        None if before is None or after is None else (figure(before), figure(after)),
        answer["differences"],
        parts,
    )


def compare_part(left: Side, right: Side, number: int) -> Part:
    """One layer of a comparison.

    Raises:
        IndexError: there is no such layer.
    """
    return _part(left[1], right[1], number, _places(left, right)[number])


Place = tuple[int | None, int | None]
"""A layer of the left network, and the one of the right that stands beside it."""


def _part(left: Trace, right: Trace, number: int, place: Place) -> Part:
    i, j = place
    of_outputs = owner_of(left, None), owner_of(right, None)
    arrays = [
        _sides(title, ours, theirs, of_outputs if of_cells else ("parameter", "parameter"))
        for title, ours, theirs, of_cells in _arrays(left, right, i, j)
    ]
    names = [
        layer_title(trace.network, layer)
        for trace, layer in ((left, i), (right, j))
        if layer is not None
    ]
    only = "left" if j is None else "right" if i is None else ""
    if only:
        said = say("compare.only", only)
    else:
        n = sum(bool(array.said) for array in arrays)
        said = say("compare.differing", n=n) if n else say("compare.alike")
    title = names[0] if len(set(names)) == 1 else say("compare.pair", left=names[0], right=names[1])
    return Part(number, title, said, arrays, True)


def _places(left: Side, right: Side) -> list[Place]:
    """Layers beside each other, the input (−1) first; what flatten relabels is not shown twice."""
    together = [(-1, -1), *layers_together(left[0], right[0])]
    return [
        (i, j) for i, j in together if not (_is_flatten(left[1], i) and _is_flatten(right[1], j))
    ]


def _is_flatten(trace: Trace, layer: int | None) -> bool:
    return layer is None or (layer >= 0 and trace.network.layers[layer].name == "flatten")


Found = tuple[str, Array | None, Array | None, bool]
"""An array's title, the array on both sides, and whether it is one of cells, not a parameter."""


def _arrays(left: Trace, right: Trace, i: int | None, j: int | None) -> Iterator[Found]:
    yield (
        say("compare.arrays.value"),
        None if i is None else left.values[i + 1],
        None if j is None else right.values[j + 1],
        True,
    )
    yield (
        say("compare.arrays.gradient"),
        None if i is None else left.gradients[i + 1],
        None if j is None else right.gradients[j + 1],
        True,
    )
    own, others = _parameters(left, i), _parameters(right, j)
    for name in [*own, *(each for each in others if each not in own)]:
        label = label_of(name)
        (value, slope), (other, slope_there) = own.get(name, _NONE), others.get(name, _NONE)
        yield capital(label), value, other, False
        yield say("compare.arrays.gradient_of", name=label), slope, slope_there, False


_NONE = (None, None)


def _parameters(trace: Trace, layer: int | None) -> dict[str, tuple[Array, Array]]:
    """By name, a layer's parameters and their gradients."""
    if layer is None or layer < 0:
        return {}
    values = trace.network.layers[layer].parameters
    return {name: (value, trace.parameters[layer][name]) for name, value in values.items()}


def _sides(
    title: str, left: Array | None, right: Array | None, owners: tuple[Owner, Owner]
) -> Sides:
    """An array of both networks, and whose it is in each."""
    ours, theirs = owners
    names = {name: say("compare.pictures", name) for name in ("left", "right", "difference")}
    if left is not None and right is not None and left.shape == right.shape and ours == theirs:
        with np.errstate(over="ignore"):
            difference = right - left
        apart = np.abs(difference)
        largest = float(apart.max())
        if largest == 0:
            return _alone(title, "", [(say("compare.pictures", "both"), left, ours)])
        if np.isfinite(largest):
            arrays = (left, right, difference)
            drawn, left_out = pictured(
                [*names.values()], arrays, apart, most=MAX_PLANES, owner=ours
            )
            said = say("compare.apart", figure=figure(largest))
            more = say("checking.left_out", n=left_out) if left_out else ""
            return Sides(title, said, figure(scale_of(arrays)), drawn, more)
    sides = [
        (names[name], array, owner)
        for name, array, owner in (("left", left, ours), ("right", right, theirs))
        if array is not None
    ]
    only = "right" if left is None else "left"
    said = say("compare.shapes") if len(sides) == 2 else say("compare.only", only)
    return _alone(title, said, sides)


def _alone(title: str, said: str, sides: list[tuple[str, Array, Owner]]) -> Sides:
    """Arrays that have no difference, each by itself, on one scale."""
    scale = scale_of([array for _, array, _ in sides])
    drawn, left_out = list[Comparison](), 0
    for name, array, owner in sides:
        found, more = pictured(
            [name], [array], np.abs(array), most=MAX_PLANES, scale=scale, owner=owner
        )
        drawn += found
        left_out += more
    hidden = say("compare.hidden", n=left_out) if left_out else ""
    return Sides(title, said, figure(scale), drawn, hidden)
