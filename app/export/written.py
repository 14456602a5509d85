"""What an export writes of a layer."""

from collections.abc import Callable
from typing import Any, NamedTuple

from app.engine.types import Array


class Written(NamedTuple):
    """The numpy code of a kind of layer. ``x`` and ``y`` are the names of its input and output."""

    forward: Callable[[Any, int, str, str, Array], list[str]]
    """(layer, its index, x, y, the numbers of x) → the lines that compute y."""
    backward: Callable[[Any, int, str, str], list[str]]
    """(layer, its index, x, y) → the lines that compute d_x and its parameters' d_ from d_y."""
    functions: tuple[Callable[..., Any], ...] = ()
    """The functions that these lines call."""
