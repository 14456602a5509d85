"""How large the figures of a network can get, and the one place that refuses what leaves float64.

A bound is propagated through the network instead of a value: |input|, then through each layer the
sum of the sizes of all products, and likewise backwards. Nothing cancels in it, and a slope counts
with the most it can be. So no product and no partial sum that anything forms of a trace (a receipt,
a path, a running sum) exceeds it, in whatever order terms are added. And it is computed from
products rounded one by one and added in a fixed order, so that every processor decides alike: what
a matrix product of BLAS gives depends on the processor.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from app.engine.finite import size, within
from app.engine.heads import Head
from app.engine.layers import Layer, reaching, send_back
from app.engine.types import Array, Overflow

FAR = 1e300
"""Below this, a rough bound is proof enough, whatever rounding did to it."""


def check(x: Array, layers: Sequence[Layer], head: Head) -> None:
    """Refuse a network whose figures may leave float64.

    Raises:
        Overflow: at the first layer, forwards and then backwards, where a bound exceeds ``LIMIT``.
    """
    if _rough(x, layers, head) > FAR:
        with np.errstate(all="ignore"):
            _check(x, layers, head)


def check_objective(x: Array, layers: Sequence[Layer], head: Head) -> None:
    """The same of the forward pass only, and of the objective (see ``probe.Look``).

    Raises:
        Overflow: at the first layer where a bound exceeds ``LIMIT``.
    """
    if _rough(x, layers, head) <= FAR:
        return
    with np.errstate(all="ignore"):
        output = _forward(np.abs(x), layers)[-1]
        upstream = head.bound(output)
        if not head.is_loss:
            # Two objectives are subtracted.
            within(2 * (output * upstream).sum(), "the loss")


def _rough(x: Array, layers: Sequence[Layer], head: Head) -> float:
    """No less than any bound, rounding aside."""
    gain, uses = 1.0, 1
    for layer in layers:
        gain *= layer.gain
        uses += layer.multiply_adds  # no parameter is used more often
    values = (1.0 + size((x,))) * gain
    return values * (1.0 + head.rough_bound(values)) * gain * uses


def _check(x: Array, layers: Sequence[Layer], head: Head) -> None:
    values = _forward(np.abs(x), layers)
    gradients = {len(layers) - 1: head.bound(values[-1])}
    for i in reversed(range(len(layers))):
        with _at(i):
            upstream = gradients[i]
            for sizes in layers[i].bound_parameters(values[i], upstream).values():
                within(sizes, "a gradient")
            send_back(layers[i], i, layers[i].bound_backward(upstream), gradients)
            if not layers[i].relabels:
                within(gradients[i - 1], "a gradient")


def _forward(x: Array, layers: Sequence[Layer]) -> list[Array]:
    """|input| → the bounds of every layer's output, the input first."""
    values = [x]
    for i, layer in enumerate(layers):
        with _at(i):
            values.append(layer.bound_forward(reaching(layer, i, values)))
            if not layer.relabels:
                within(values[-1], "a value")
    return values


@contextmanager
def _at(layer: int) -> Iterator[None]:
    """Names the layer of an overflow."""
    try:
        yield
    except Overflow as overflow:
        overflow.layer = layer
        raise
