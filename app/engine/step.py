"""One step of gradient descent, and the change of the loss beside the gradients' prediction."""

from typing import NamedTuple

import numpy as np

from app.engine.network import Network, Trace
from app.engine.probe import Switch, switches_between
from app.engine.types import Array


class Step(NamedTuple):
    """A network, or a batch, before and after a step of gradient descent.

    The objective is the loss, or under given upstream gradients the sum of output × upstream
    gradient. ``predicted`` is the change that the gradients predict: −rate · Σ gradient².
    """

    rate: float
    parameters: list[dict[str, Array]]
    """The parameters after the step, by layer and name."""
    after: Trace
    before: float
    predicted: float
    happened: float
    switches: list[Switch]
    """The cells whose choices the step changes, those nearest the input first."""


def step(trace: Trace, rate: float) -> Step:
    """Add −rate × gradient to every parameter.

    Raises:
        Overflow: at the first layer where a figure may leave float64 after the step.
    """
    moved: list[dict[str, Array]] = []
    layers = []
    predicted = 0.0
    for layer, gradients in zip(trace.network.layers, trace.parameters, strict=True):
        own = {}
        for name, array in layer.parameters.items():
            with np.errstate(all="ignore"):  # the bounds refuse an overflow and name its layer
                own[name] = array - rate * gradients[name]
                predicted -= rate * float((gradients[name] ** 2).sum())
            layer = layer.with_parameter(name, own[name])
        moved.append(own)
        layers.append(layer)
    head = trace.network.head
    makers = [lambda shape, layer=layer: layer for layer in layers]
    is_batch = trace.network.examples is not None
    after = Network(trace.network.x, makers, lambda shape: head, is_batch=is_batch).trace()
    before = objective(trace)
    changed = switches_between(
        layers,
        {i: layer.choices(trace.values[i], trace.tapes[i])
         for i, layer in enumerate(trace.network.layers)},
        {i: layer.choices(after.values[i], after.tapes[i]) for i, layer in enumerate(layers)},
    )  # fmt: skip
    return Step(rate, moved, after, before, predicted, objective(after) - before, changed)


def suggested_rate(trace: Trace) -> float:
    """The largest power of ten, from 10⁻⁶ to 1, at which a step is small.

    Small: no parameter moves by more than a tenth of the largest parameter. Without a parameter
    that is not 0, or without a gradient that is not 0, it is 0.1.
    """
    sizes = [
        float(np.abs(array).max(initial=0))
        for layer in trace.network.layers
        for array in layer.parameters.values()
    ]
    slopes = [
        float(np.abs(array).max(initial=0)) for own in trace.parameters for array in own.values()
    ]
    largest, steepest = max(sizes, default=0.0), max(slopes, default=0.0)
    if largest == 0 or steepest == 0:
        return 0.1
    most = largest / 10 / steepest
    return next((10.0**-n for n in range(6) if 10.0**-n <= most), 1e-6)


def objective(trace: Trace) -> float:
    """The loss, or under given upstream gradients the sum of output × upstream gradient."""
    if trace.loss is not None:
        return trace.loss
    return float((trace.values[-1] * trace.gradients[-1]).sum())
