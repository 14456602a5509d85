"""The mistakes behind an answer, made again, so that their steps can be watched."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from app.engine.mistakes import Code, Explanation, Slip, made_array, slips
from app.engine.network import Trace
from app.engine.types import Array

MAX_TRIED = 200
"""Ways of making the mistakes that are compared."""


def made_again(
    trace: Trace,
    layer: int,
    parameter: str | None,
    codes: Sequence[Code],
    layers: Sequence[Sequence[int]],
    given: Array,
) -> Explanation | None:
    """The way of making mistakes, named by code and layers, that comes closest to an array.

    None for mistakes that are made with the whole array after the backward pass.
    """
    named = [
        list(_ways(trace, layer, parameter, code, tuple(places)))
        for code, places in zip(codes, layers, strict=True)
    ]
    closest, least = None, np.inf
    for _, explanation in zip(range(MAX_TRIED), product(*named), strict=False):
        made = made_array(trace, explanation, layer, parameter)
        if made is None or made.shape != given.shape or not np.isfinite(made).all():
            continue
        off = float(np.abs(made - given).max())
        if off < least:
            closest, least = explanation, off
    return closest


def _ways(
    trace: Trace, layer: int, parameter: str | None, code: Code, places: tuple[int, ...]
) -> Iterator[Slip]:
    for slip in slips(trace.network, layer, parameter):
        if slip.code != code or slip.layers != places:
            continue
        if slip.mistake.starts is None:
            yield slip
        else:
            yield from (Slip(slip.mistake, (), name) for name in slip.mistake.starts_of(trace))
