"""Mistakes with a whole array after the backward pass: scaled, decayed, clipped, reordered.

The factor, decay or bound is computed from the numbers. This needs at least ``FEWEST`` independent
numbers that agree on it: a single number is always some multiple of the right one.
"""

import math
from collections.abc import Callable, Iterator
from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np

from app.engine.mistakes.catalogue.mistake import Mistake
from app.engine.mistakes.digits import Given
from app.engine.types import Array

FEWEST = 3
"""The fewest different numbers that must agree on an amount before it is certain."""
LEAST_SHARE = 1e-7
"""The smallest numbers that can be a factor's, relative to the right ones: smaller ones may be what
float32 leaves of terms that cancel, and nobody chooses a factor as small."""
FEWEST_CLIPPED = 2
"""The fewest numbers at a bound that show clipping."""
_ROUND = (0.0001, 0.001, 0.0005, 0.005, 0.01, 0.05, 0.1, 0.2, 0.25, 0.5, 0.9, 0.99, 1.0, 2.0, 3.0,
          4.0, 5.0, 10.0, 100.0)  # fmt: skip
"""The learning rates, decays and bounds that people choose."""
_CHOSEN = (*_ROUND, *(1.0 / n for n in range(2, 129)), *map(float, range(2, 129)))
"""The same, and the numbers of things that a sum may be divided or multiplied by."""

SCALED = Mistake("scaled", {})
WEIGHT_DECAY = Mistake("weight_decay", {})
STEPPED = Mistake("stepped", {})
CLIPPED_VALUE = Mistake("clipped", {}, "value")
CLIPPED_NORM = Mistake("clipped", {}, "norm")
REORDERED = Mistake("reordered", {})
WHOLE = (SCALED, WEIGHT_DECAY, STEPPED, CLIPPED_VALUE, CLIPPED_NORM, REORDERED)

Agrees = Callable[[Array, Array], bool]
"""(an array, the errors of the right numbers in it) → whether it is the given one."""


class Fit(NamedTuple):
    """A mistake with the whole array that gives the given numbers."""

    mistake: Mistake
    variant: str
    """How another order comes about; empty for the other mistakes."""
    amount: float | None
    """The factor, the decay, the learning rate or the bound."""
    certain: bool
    """Whether enough numbers support it."""


def whole_fits(
    true: Array, weight: Array | None, given: Given, loss: Array, matches: Agrees
) -> Iterator[Fit]:
    """The mistakes of this kind that give an array; ``weight`` is the parameter, if it is one's.

    ``loss``: the rounding errors of the right array.
    """
    some = given.array
    with np.errstate(over="ignore"):
        if not (np.abs(some) > LEAST_SHARE * np.abs(true).max(initial=0.0)).any():
            return  # zeros, as far as rounding goes

    def agrees(array: Array) -> bool:
        return matches(array, loss)

    figures = _figures(true)
    with np.errstate(all="ignore"):
        yield from _clipped(true, some, agrees)
        if figures > 1:
            factor = _scale(true, true * 0.0, some, agrees)
            if factor is not None and factor not in (-1.0, 0.0, 1.0):
                yield Fit(SCALED, "", factor, figures >= FEWEST)
        if weight is not None and _figures(weight) > 1:
            decay = _scale(weight, true, some, agrees)
            if decay:
                yield Fit(WEIGHT_DECAY, "", decay, _figures(weight) >= FEWEST)
        if weight is not None and weight.any() and figures > 1:
            rate = _scale(-true, weight, some, agrees)
            if rate:
                yield Fit(STEPPED, "", rate, figures >= FEWEST)
    yield from _reordered(true, some, loss, matches)


def whole_array(
    mistake: Mistake, variant: str, amount: float | None, true: Array, weight: Array | None
) -> Array:
    """The array that a right gradient becomes."""
    match mistake.code:
        case "scaled":
            return true * (amount or 0.0)
        case "weight_decay":
            return true + (amount or 0.0) * (0.0 if weight is None else weight)
        case "stepped":
            return (0.0 if weight is None else weight) - (amount or 0.0) * true
        case "clipped" if mistake.variant == "norm":
            norm = float(np.linalg.norm(true))
            return true * min(1.0, (amount or 0.0) / norm if norm else 1.0)
        case "clipped":
            return np.clip(true, -(amount or 0.0), amount)
        case _:
            return dict(orders(true)).get(variant, true)


def _figures(array: Array) -> int:
    """The number of different absolute values of an array."""
    sizes = np.sort(np.abs(array[array != 0]))
    return int(np.count_nonzero(np.diff(sizes) > 1e-9 * sizes[1:])) + (sizes.size > 0)


def is_chosen(amount: float) -> bool:
    """Whether people choose such a factor, rate or bound: a round number, a count, or 1 of many."""
    return abs(amount) in _CHOSEN


def _scale(part: Array, rest: Array, some: Array, agrees: Callable[[Array], bool]) -> float | None:
    """The factor with which rest + factor × part gives an array; a round one is preferred."""
    with np.errstate(all="ignore"):
        size = float((part * part).sum())
        factor = float(((some - rest) * part).sum() / size) if size else math.nan
    if not math.isfinite(factor):
        return None
    # Of rounded numbers the best factor is a little off, too much for those at the edge of a digit.
    sign = -1.0 if factor < 0 else 1.0
    near = min(_CHOSEN, key=lambda each: abs(each - abs(factor)))
    if abs(near - abs(factor)) <= 0.02 * near and agrees(rest + sign * near * part):
        return sign * near
    return factor if agrees(rest + factor * part) else None


def _clipped(true: Array, some: Array, agrees: Callable[[Array], bool]) -> Iterator[Fit]:
    limit = float(np.abs(some).max())
    over = np.count_nonzero(np.abs(true) > limit)
    within = np.count_nonzero((np.abs(true) < limit) & (true != 0))
    # A single number at the bound may be an error of its own. Where all are at it, more are needed.
    shows = over >= FEWEST_CLIPPED if within else over >= FEWEST
    # If all are at it, their signs and sizes show it, even if they have a digit only.
    shown = over == np.count_nonzero(true) and np.array_equal(some, np.clip(true, -limit, limit))
    if shows and (shown or agrees(np.clip(true, -limit, limit))):
        yield Fit(CLIPPED_VALUE, "", limit, bool(within and over + within >= FEWEST))
    norm, own = float(np.linalg.norm(some)), float(np.linalg.norm(true))
    if not (0 < norm < own) or not math.isfinite(own):
        return
    near = min(_ROUND, key=lambda each: abs(each - norm))
    if abs(near - norm) <= 2e-3 * norm and agrees(true * (near / own)):
        yield Fit(CLIPPED_NORM, "", near, _figures(true) >= FEWEST)


def orders(true: Array) -> Iterator[tuple[str, Array]]:
    """The wrong orders of a gradient's numbers that people produce, with their names."""
    shape, axes = true.shape, tuple(range(true.ndim))
    for order in permutations(axes) if true.ndim > 1 else ():
        if order == axes:
            continue
        moved = true.transpose(order)
        words = ", ".join(map(str, order))
        if moved.shape == shape:
            yield f"transpose({words})", moved
        else:
            yield f"transpose({words}).reshape", moved.reshape(shape)
            back = true.reshape(moved.shape).transpose(np.argsort(order))
            yield f"reshape.transpose({', '.join(map(str, np.argsort(order)))})", back
    for n in range(1, min(true.ndim, 2) + 1):
        for flipped in combinations(axes[-2:], n):
            yield f"flip({', '.join(map(str, flipped))})", np.flip(true, flipped)


def _reordered(true: Array, some: Array, loss: Array, matches: Agrees) -> Iterator[Fit]:
    if _figures(true) < FEWEST or true.size < 4:
        return
    for (words, array), (_, moved) in zip(orders(true), orders(loss), strict=True):
        if matches(array, moved):
            yield Fit(REORDERED, words, None, True)
            return
    ascending, back = np.argsort(true, axis=None), np.argsort(some, axis=None)
    matched, moved = np.empty(true.size), np.empty(true.size)
    matched[back], moved[back] = true.ravel()[ascending], loss.ravel()[ascending]
    if _figures(true) > FEWEST and matches(matched.reshape(true.shape), moved.reshape(true.shape)):
        yield Fit(REORDERED, "", None, True)
