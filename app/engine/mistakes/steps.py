"""The backward pass of a layer, as steps that can be replaced one by one.

A mistake in a backward pass is nearly always one wrong step of one kind of layer: the weight left
out, the products assigned instead of added. So here a layer's way back is a record of its steps,
whose defaults are right, and a mistake is a few other values for them. Two mistakes together are
both replacements.

Everything is computed from a layer's input ``x``, not from its tape: zero padding in a max pool
changes the way forwards too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from app.engine.layers import Activation, Conv2d, Layer, Linear, MaxPool2d, Pool
from app.engine.network import Trace
from app.engine.types import Array, Index, Shape, View, identity
from app.engine.windows import Windows

Collect = Literal["add", "assign", "assign_each", "assign_paid", "multiply"]
"""What becomes of the products that reach one cell.

``add`` is right. ``assign`` keeps those of the last window in row-major order, ``assign_each`` the
single product that a loop over outputs and windows comes to last, ``assign_paid`` that of the last
window that pays the cell anything. ``multiply`` multiplies them all.
"""


def own_weight(layer: Conv2d | Linear) -> Array:
    """The weight as it is."""
    return layer.weight


def own_slope(layer: Activation, x: Array, upstream: Array) -> Array:
    """The activation's slope at its input."""
    _, tape = layer.forward(x)
    return layer.pull(tape, np.ones(layer.shape))


def own_shares(layer: Pool, patches: Array) -> Array:
    """[C or 1, taps, positions]: the local derivatives of windows that hold ``patches``."""
    windows = layer.windows
    if not isinstance(layer, MaxPool2d):
        mean = layer.pull(layer.forward(np.zeros(layer.input_shape))[1], np.ones(layer.shape))
        del mean
        raise TypeError
    raise NotImplementedError(windows)
