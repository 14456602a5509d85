"""Σ|terms| of the figures of a backward pass with mistakes, along the whole way from the loss.

The rounding errors of a wrong array are proportional to this sum. Where the terms cancel, only
rounding errors remain, and no two programs have the same ones.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from app.engine.mistakes.backward_pass import Pass
from app.engine.mistakes.batches import AnyPass, BatchPass, going_on, parts_of
from app.engine.mistakes.steps import Steps
from app.engine.network import Trace
from app.engine.types import Array


def wrong_magnitude(made: AnyPass, layer: int, parameter: str | None) -> Array:
    """Σ|terms| of the gradient of a layer's output (−1: the input) or parameter, in its shape."""
    sizes = [np.abs(_Sizes(part).array(layer, parameter)) for part in parts_of(made)]
    if not isinstance(made, BatchPass):
        return sizes[0]
    return np.stack(sizes) if parameter is None else made.joined(layer, np.stack(sizes))


def right_magnitude(trace: Trace, layer: int, parameter: str | None) -> Array:
    """The same of the right pass."""
    last = len(trace.network.layers) - 1
    return wrong_magnitude(going_on(trace, last, trace.gradients[-1]), layer, parameter)


class _Sizes(Pass):
    """A pass in which each gradient is Σ|terms| of another pass's gradient."""

    def __init__(self, made: Pass) -> None:
        super().__init__(made.trace, {})
        self._made, self.values = made, made.values
        self._top = made.top
        self._gradients = {self._top: np.abs(made.gradient(self._top))}

    def gradient(self, layer: int) -> Array:
        if layer > self._top:
            return np.abs(self._made.gradient(layer))
        return super().gradient(layer)

    def steps(self, layer: int) -> Steps:
        return _absolute(self._made.steps(layer), self._made.gradient(layer))


def _absolute(steps: Steps, upstream: Array) -> Steps:
    """The steps with the sizes of all factors; slopes may depend on the actual ``upstream``."""
    return replace(
        steps,
        upstream=_size_of(steps.upstream),
        weight=_size_of(steps.weight),
        slope=lambda layer, x, sizes: np.abs(steps.slope(layer, x, upstream)),
        shares=_size_of(steps.shares),
        products=_size_of(steps.products),
        input_factors=_size_of(steps.input_factors),
        derivatives=np.abs,
    )


def _size_of(step: Callable[..., Array]) -> Callable[..., Any]:
    return lambda *given: np.abs(step(*given))
