"""Cures for a network that does not fit: buttons, each of which makes an edit."""

import contextlib
import math
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, TypedDict

import numpy as np
from pydantic import ValidationError

from app.builder.fill import Fill
from app.builder.fitting import MAX_NEW, array_in, settled
from app.builder.forms import Control, form_of, label_of
from app.builder.needs import Fields, Needed, kind_of, needs, shape_in
from app.builder.status import Status, bind, layer_adapter, layer_count
from app.engine.layers import KINDS, RowWise
from app.engine.layers import Layer as EngineLayer
from app.engine.types import Misfit, Shape
from app.text.texts import say, texts

REACH = 64
"""The largest change of a field that is tried."""
MAX_CHECKED = 10_000
"""The most numbers of a layer for which values are tried while its fields have an error: each try
checks all of them again."""

Json = Any


class Cure(TypedDict):
    """A button: its label, and its edit (see ``app.builder.edits``)."""

    label: str
    edit: dict[str, Any]


def cures(document: Json, status: Status) -> list[Cure]:
    """The edits that solve the first problem, the smallest change first."""
    if status.fits:
        return []
    place, _ = status.problems[0]
    if place[:1] == ("head",):
        reached = status.shapes[-1]
        if reached is None:
            return []
        flat = {"do": "add", "at": layer_count(document), "kind": "flatten"}
        if kind_of(document.get("head")) in ("cross_entropy", "nll") and len(reached) > 1:
            return [{"label": say("cure.flatten"), "edit": flat}]
        _, changed, _ = settled(document, place, status, Fill("zeros"), MAX_NEW)
        return [_refit()] if changed else []
    if place == ("input",):
        return _cures_of_input(document)
    if place[:1] != ("layers",) or len(place) < 2 or not isinstance(place[1], int):
        return []
    at = place[1]
    reached = status.shapes[at]
    if reached is None:
        return []
    layers = document["layers"]
    if kind_of(layers[at]) not in KINDS:
        return [_removal(at)]
    if kind_of(layers[at]) == "add":
        return [*_other_sources(status.shapes, at), _removal(at)]
    _, changed, _ = settled(document, place, status, Fill("zeros"), MAX_NEW)
    cures = [_refit()] if changed else _cures_of_layer(layers, at, reached)
    return [*cures, _removal(at)]


def _cures_of_input(document: Json) -> list[Cure]:
    """An input with an axis too few: lines become maps of one row, or rows a batch."""
    given = document.get("input")
    shape = shape_in(given)
    rows = None
    if len(shape) == 2:
        rows = [[line] for line in given]
    elif len(shape) == 3 and document.get("batch") is True:
        rows = [[[line] for line in example] for example in given]
    cures: list[Cure] = []
    if rows is not None:
        as_rows = {"do": "set", "path": ["input"], "value": rows}
        cures.append({"label": say("cure.rows"), "edit": as_rows})
    if len(shape) == 2:
        as_batch = {"do": "set", "path": ["batch"], "value": True}
        cures.append({"label": say("cure.batch", n=shape[0]), "edit": as_batch})
    return cures


def _other_sources(shapes: list[Shape | None], at: int) -> Iterator[Cure]:
    """The earlier outputs that a skip connection can add, the nearest first."""
    for source in range(at - 1, -2, -1):
        if shapes[source + 1] == shapes[at]:
            yield {
                "label": say("cure.set", field=label_of("from"), value=source),
                "edit": {"do": "set", "path": ["layers", at, "from"], "value": source},
            }


class _Trial:
    """Tries other values of single fields of a layer, with the shape that reaches it."""

    def __init__(self, fields: Json, reached: Shape) -> None:
        self._fields, self._reached = fields, reached
        numbers = sum(math.prod(shape_in(each)) for each in fields.values() if shape_in(each))
        self._is_small = numbers <= MAX_CHECKED
        self._own: Fields | None = None
        with contextlib.suppress(ValidationError):
            checked = layer_adapter().validate_python(fields)
            self._own = {name: each for name, each in vars(checked).items() if name != "type"}

    def fits(self, name: str, value: Any) -> bool:
        """Whether the layer fits with another value of a field."""
        if self._own is None:
            # The layer's fields have an error, so each try checks all of them.
            written = value.tolist() if isinstance(value, np.ndarray) else value
            return (
                self._is_small and bind({**self._fields, name: written}, self._reached) is not None
            )
        own = {**self._own, name: tuple(value) if isinstance(value, list) else value}
        make: Callable[..., EngineLayer] = KINDS[self._fields["type"]]
        try:
            make(self._reached, **own)
        except (Misfit, TypeError):
            return False
        return True


def _cures_of_layer(layers: list[Json], at: int, reached: Shape) -> Iterator[Cure]:
    fields = layers[at]
    flat = {"do": "add", "at": at, "kind": "flatten"}
    before = kind_of(layers[at - 1]) if at else ""
    is_softmax = issubclass(KINDS[fields["type"]], RowWise)
    if (len(reached) > 1 and fields["type"] == "linear") or (len(reached) == 2 and is_softmax):
        yield {"label": say("cure.flatten"), "edit": flat}
        return
    other = _for_axes(fields["type"], len(reached) - 1)
    if other:
        label = say("cure.become", layer=texts("layers")[other])
        yield {"label": label, "edit": {"do": "become", "at": at, "kind": other}}
        return
    if len(reached) == 1 and before == "flatten":
        yield {"label": say("cure.no_flatten"), "edit": {"do": "remove", "at": at - 1}}
    needed = needs(fields, reached)
    if any(_differs(fields.get(name), each) for name, each in needed.items()):
        return  # An edit may not make so many numbers.
    trial = _Trial(fields, reached)
    yield from _smaller_kernels(trial, fields, at, needed)
    for field in form_of(fields["type"])["fields"]:
        own = fields.get(field["name"], field["default"])
        for control in field["controls"]:
            value = _nearest(trial, field["name"], control, own)
            if value is None or (isinstance(value, int) and isinstance(own, list | tuple)):
                continue
            words = " × ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield {
                "label": say("cure.set", field=label_of(field["name"]), value=words),
                "edit": {"do": "set", "path": ["layers", at, field["name"]], "value": value},
            }


def _for_axes(kind: str, axes: int) -> str | None:
    """The kind that does along so many axes what this one does along others, if there is one."""
    other = re.sub("[12]d$", f"{axes}d", kind)
    return other if other != kind and other in KINDS else None


def _smaller_kernels(
    trial: _Trial, fields: Json, at: int, needed: dict[str, Needed]
) -> Iterator[Cure]:
    """The largest smaller kernel that fits."""
    for name, axes in needed.items():
        have = shape_in(fields.get(name))
        if len(axes) < 3 or len(have) != len(axes):
            continue

        def shape(side: int, have: Shape = have) -> Shape:
            return (*have[:2], *(min(each, side) for each in have[2:]))

        array = array_in(fields[name])
        # If a kernel fits, every smaller one fits, so bisection finds the largest.
        fitting, too_large = 0, max(have[2:])
        while too_large - fitting > 1:
            side = (fitting + too_large) // 2
            smaller = array[tuple(map(slice, shape(side)))]
            if trial.fits(name, smaller):
                fitting = side
            else:
                too_large = side
        if fitting:
            words = " × ".join(map(str, shape(fitting)[2:]))
            yield {
                "label": say("cure.kernel", size=words),
                "edit": {"do": "resize", "path": ["layers", at, name], "shape": [*shape(fitting)]},
            }


def _nearest(trial: _Trial, name: str, control: Control, own: Json) -> Any:
    """The value of one field nearest to its present value with which the layer fits."""
    if control["kind"] not in ("pair", "whole") or own is None:
        return None
    lowest, highest = int(control.get("minimum", 0)), int(control.get("maximum", 4096))
    pair = own if isinstance(own, list | tuple) else (own, own)
    if len(pair) != 2 or any(type(each) is not int for each in pair):
        return None
    for by in chain.from_iterable((by, -by) for by in range(1, REACH)):
        moved = [min(max(each + by, lowest), highest) for each in pair]
        value: Any = moved if control["kind"] == "pair" else moved[0]
        if moved != list(pair) and trial.fits(name, value):
            return value
    return None


def _differs(value: Json, needed: tuple[int | None, ...]) -> bool:
    have = shape_in(value)
    return len(have) == len(needed) and any(
        want not in (None, own) for own, want in zip(have, needed, strict=True)
    )


def _refit() -> Cure:
    return {"label": say("cure.refit"), "edit": {"do": "refit"}}


def _removal(at: int) -> Cure:
    return {"label": say("cure.remove"), "edit": {"do": "remove", "at": at}}
