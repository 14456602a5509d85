"""Numbers for what is new in a network: by a rule, and drawn alike for the same seed."""

import math
import zlib
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from app.engine.types import Array

Rule = Literal["zeros", "ones", "whole", "kaiming"]
RULES: tuple[Rule, ...] = get_args(Rule)
_DECIMALS = 3
"""Of drawn weights: short enough to read, and no two layers get the same."""
_LARGEST = 3


class Fill(NamedTuple):
    """How new numbers come about: the rule, and the seed where it draws them."""

    rule: Rule = "whole"
    seed: int = 0


def filled(shape: Sequence[int], fill: Fill, name: str) -> Array:
    """An array by a rule; ``name`` tells it from others that the same seed fills.

    «whole» draws from −3 … 3. «kaiming» draws as ``torch.nn.init.kaiming_normal_`` does for a
    ReLU: with variance 2 / n, where n is how many numbers one output reads (all axes but the
    first); what has one axis, as a bias, gets zeros.
    """
    if fill.rule == "zeros":
        return np.zeros(shape)
    if fill.rule == "ones":
        return np.ones(shape)
    # RandomState draws the same numbers in every version of numpy.
    drawn = np.random.RandomState(zlib.crc32(f"{fill.seed} {name}".encode()))
    if fill.rule == "whole":
        return drawn.randint(-_LARGEST, _LARGEST + 1, shape).astype(np.float64)
    if len(shape) == 1:
        return np.zeros(shape)
    deviation = math.sqrt(2 / math.prod(shape[1:]))
    return np.round(drawn.standard_normal(tuple(shape)) * deviation, _DECIMALS) + 0.0


def resized(old: Array, shape: Sequence[int], fill: Fill, name: str) -> Array:
    """``old`` in another shape: what both have stays in its place, what is new is filled."""
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
