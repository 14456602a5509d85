"""Bounds the size of every figure of a network, and refuses a network that may leave float64.

The bounds start from |input|. Each layer adds the absolute values of all its products, forwards and
then backwards. Nothing cancels in such a sum, and each slope counts with its largest possible size.
So no product and no partial sum computed from a trace (for a receipt, a path or a running sum)
exceeds its bound, whatever the order of addition. The products are rounded one by one and added in
a fixed order: the result of a BLAS matrix product depends on the processor, and every processor
must refuse the same networks.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from app.engine.finite import size, within
from app.engine.heads import Head
from app.engine.layers import Layer, reaching, send_back
from app.engine.types import Array, Overflow

FAR = 1e300
"""A rough bound below this proves that no figure leaves float64, even with its rounding errors."""


def check(x: Array, layers: Sequence[Layer], head: Head, examples: int | None = None) -> None:
    """Refuse a network whose figures may leave float64.

    ``x`` is [examples, …] for a batch. Its bounds start from the largest |input| that any example
    has in each place, and the gradient of a parameter adds up as many as there are examples.

    Raises:
        Overflow: at the first layer, forwards and then backwards, where a bound exceeds ``LIMIT``.
    """
    if _rough(x, layers, head) * (examples or 1) > FAR:
        with np.errstate(all="ignore"):
            _check(x, layers, head, examples)


def check_objective(
    x: Array, layers: Sequence[Layer], head: Head, examples: int | None = None
) -> None:
    """Check the forward pass and the objective only (see ``probe.Look``).

    ``x`` is [examples, …] for a batch, as for ``check``.

    Raises:
        Overflow: at the first layer where a bound exceeds ``LIMIT``.
    """
    if _rough(x, layers, head) * (examples or 1) <= FAR:
        return
    with np.errstate(all="ignore"):
        output = _forward(_largest(x, examples), layers)[-1]
        upstream = head.bound(output)
        if not head.is_loss:
            # The nudge subtracts two objectives.
            within(2 * (output * upstream).sum(), "the loss")


def _rough(x: Array, layers: Sequence[Layer], head: Head) -> float:
    """An upper limit of all bounds, apart from rounding."""
    gain, uses = 1.0, 1
    for layer in layers:
        gain *= layer.gain
        uses += layer.multiply_adds  # no parameter is used more often
    values = (1.0 + size((x,))) * gain
    return values * (1.0 + head.rough_bound(values)) * gain * uses


def _check(x: Array, layers: Sequence[Layer], head: Head, examples: int | None = None) -> None:
    values = _forward(_largest(x, examples), layers)
    start = head.bound(values[-1])
    if start.ndim > values[-1].ndim:
        start = start.max(0)
    gradients = {len(layers) - 1: start}
    for i in reversed(range(len(layers))):
        with _at(i):
            upstream = gradients[i]
            for sizes in layers[i].bound_parameters(values[i], upstream).values():
                within((examples or 1) * sizes, "a gradient")
            send_back(layers[i], i, layers[i].bound_backward(upstream), gradients)
            if not layers[i].relabels:
                within(gradients[i - 1], "a gradient")


def _largest(x: Array, examples: int | None) -> Array:
    """|input|; of a batch, the largest that any example has in each place."""
    sizes = np.abs(x)
    return sizes if examples is None else np.asarray(sizes.max(0))


def _forward(x: Array, layers: Sequence[Layer]) -> list[Array]:
    """|input| → the bounds of the input and of each layer's output, in this order."""
    values = [x]
    for i, layer in enumerate(layers):
        with _at(i):
            values.append(layer.bound_forward(reaching(layer, i, values)))
            if not layer.relabels:
                within(values[-1], "a value")
    return values


@contextmanager
def _at(layer: int) -> Iterator[None]:
    """Add the layer to an overflow raised inside."""
    try:
        yield
    except Overflow as overflow:
        overflow.layer = layer
        raise
