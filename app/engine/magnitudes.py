"""Σ|terms| of each figure of a trace, for all figures at once.

Rounding errors are proportional to this sum. Two correct programs may add the terms in different
orders. Where terms cancel, the results differ by a share of Σ|terms|, not of the small result.
"""

from dataclasses import dataclass

import numpy as np

from app.engine.layers import Layer, reaching, send_back
from app.engine.network import Trace
from app.engine.types import Array


@dataclass(frozen=True)
class Magnitudes:
    """Σ|terms| in the layout of a ``Trace``; each is at least the size of its figure."""

    values: list[Array]
    gradients: list[Array]
    parameters: list[dict[str, Array]]


def magnitudes(trace: Trace) -> Magnitudes:
    """Compute Σ|terms| for every figure of a trace."""
    layers = trace.network.layers
    sizes = [np.abs(array) for array in trace.values]
    values, gradients = [sizes[0]], {len(layers) - 1: np.abs(trace.gradients[-1])}
    parameters = []
    for i, layer in enumerate(layers):
        values.append(_added(layer, reaching(layer, i, sizes), trace.values[i + 1]))
    for i in reversed(range(len(layers))):
        upstream = np.abs(trace.gradients[i + 1])
        parameters.append(layers[i].backward_parameters(trace.tapes[i], upstream, np.abs))
        if layers[i].relabels:  # the same cells have the same sums
            upstream = gradients[i]
        send_back(layers[i], i, layers[i].backward(trace.tapes[i], upstream, np.abs), gradients)
    of_outputs = [gradients[i] for i in range(-1, len(layers))]
    return Magnitudes(values, of_outputs, parameters[::-1])


def _added(layer: Layer, x: Array, y: Array) -> Array:
    if layer.family == "normalization":
        return layer.bound_forward(x)
    if layer.rounding != "sums":
        return np.abs(y)  # each output has one term
    for name, array in layer.parameters.items():
        layer = layer.with_parameter(name, np.abs(array))
    return np.abs(layer.forward(x)[0])  # a pool may divide by less than 0
