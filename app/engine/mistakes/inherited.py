"""What a right backward pass makes of a wrong gradient: everything below it inherits the fault."""

from typing import NamedTuple

import numpy as np

from app.engine.mistakes.batches import going_on
from app.engine.network import Trace
from app.engine.types import Array

SHARE = 1e-6
"""Of each number, that float32 may lose on the way."""


class Passed(NamedTuple):
    """An array that follows from another gradient above it, both in the array's shape."""

    gradient: Array
    bound: Array
    """How far it may be off, for the digits of the gradient above."""


def passed_on(
    trace: Trace, above: int, upstream: Array, off: Array, layer: int, parameter: str | None
) -> Passed:
    """What the right steps below the output of layer ``above`` make of ``upstream``, its gradient.

    ``off``: how far each number of that may be from what it stands for. ``layer`` and
    ``parameter`` name the array, which is below it: −1 is the input.
    """
    gradient = going_on(trace, above, upstream).array(layer, parameter)
    with np.errstate(all="ignore"):
        moved = [
            np.abs(going_on(trace, above, upstream + off * signs).array(layer, parameter)
                   - gradient)
            for signs in _signs(upstream.shape)
        ]  # fmt: skip
    return Passed(gradient, 2.0 * np.maximum.reduce(moved) + SHARE * np.abs(gradient))


def _signs(shape: tuple[int, ...]) -> list[Array]:
    """Ways in which all numbers may be off at once: all up, and by turns."""
    turns = np.where(np.arange(int(np.prod(shape))) % 2, 1.0, -1.0).reshape(shape)
    return [np.ones(shape), turns]
