"""Fills new arrays of a network by a rule; the same seed gives the same numbers."""

import math
import zlib
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from app.engine.types import Array

Rule = Literal["zeros", "ones", "whole", "kaiming"]
RULES: tuple[Rule, ...] = get_args(Rule)
_DECIMALS = 3
"""The decimals of drawn weights: few enough to read, enough that layers differ."""
_LARGEST = 3
_UNDRAWN: dict[str, Rule] = {"mask": "ones", "running_var": "ones", "running_mean": "zeros"}
"""Fields that do not take any number, and what they begin with where others are drawn."""


class Fill(NamedTuple):
    """The rule for new numbers, and the seed for rules that draw them."""

    rule: Rule = "whole"
    seed: int = 0


def filled(shape: Sequence[int], fill: Fill, name: str) -> Array:
    """Fill an array by a rule; arrays with different ``name`` get different numbers from a seed.

    «whole» draws from −3 … 3. «kaiming» draws as ``torch.nn.init.kaiming_normal_`` does for a
    ReLU: with variance 2 / n, where n is the number of inputs of one output (all axes but the
    first). An array with one axis, such as a bias, gets zeros. A mask keeps all that is new, and
    a mean and a variance leave it as it is.
    """
    rule = "ones" if name == "head.weight" else fill.rule  # a class without weight divides by 0
    if rule in ("whole", "kaiming"):
        fields = [part for part in name.split(".") if not part.isdecimal()]
        rule = _UNDRAWN.get(fields[-1] if fields else "", rule)
    if rule == "zeros":
        return np.zeros(shape)
    if rule == "ones":
        return np.ones(shape)
    # RandomState draws the same numbers in every version of numpy.
    drawn = np.random.RandomState(zlib.crc32(f"{fill.seed} {name}".encode()))
    if rule == "whole":
        return drawn.randint(-_LARGEST, _LARGEST + 1, shape).astype(np.float64)
    if len(shape) == 1:
        return np.zeros(shape)
    deviation = math.sqrt(2 / math.prod(shape[1:]))
    return np.round(drawn.standard_normal(tuple(shape)) * deviation, _DECIMALS) + 0.0


def resized(old: Array, shape: Sequence[int], fill: Fill, name: str) -> Array:
    """``old`` in another shape: numbers inside both shapes stay, new numbers are filled."""
    new = filled(shape, fill, name)
    if old.ndim == new.ndim:
        both = tuple(slice(min(sizes)) for sizes in zip(old.shape, new.shape, strict=True))
        new[both] = old[both]
    return new


def nested(array: Array) -> Any:
    """Nested lists; whole numbers as integers, which is how a browser sends them."""
    if array.ndim:
        return [nested(part) for part in array]
    number = float(array)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
