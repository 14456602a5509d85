"""What each figure of a trace is a sum of, by size: Σ|products|, for all figures at once.

Rounding is measured against it. Two right programs may add in another order, and where terms
cancel, what is left of them differs by a share not of itself but of what was added.
"""

from dataclasses import dataclass

import numpy as np

from app.engine.layers import Layer, reaching, send_back
from app.engine.network import Trace
from app.engine.types import Array


@dataclass(frozen=True)
class Magnitudes:
    """Arranged as the figures of a ``Trace`` are; none is smaller than the figure's size."""

    values: list[Array]
    gradients: list[Array]
    parameters: list[dict[str, Array]]


def magnitudes(trace: Trace) -> Magnitudes:
    """The sums of all terms' sizes."""
    layers = trace.network.layers
    sizes = [np.abs(array) for array in trace.values]
    values, gradients = [sizes[0]], {len(layers) - 1: np.abs(trace.gradients[-1])}
    parameters = []
    for i, layer in enumerate(layers):
        values.append(_added(layer, reaching(layer, i, sizes), trace.values[i + 1]))
    for i in reversed(range(len(layers))):
        upstream = np.abs(trace.gradients[i + 1])
        parameters.append(layers[i].backward_parameters(trace.tapes[i], upstream, np.abs))
        if layers[i].relabels:  # the same cells: what was added to them stays
            upstream = gradients[i]
        send_back(layers[i], i, layers[i].backward(trace.tapes[i], upstream, np.abs), gradients)
    of_outputs = [gradients[i] for i in range(-1, len(layers))]
    return Magnitudes(values, of_outputs, parameters[::-1])


def _added(layer: Layer, x: Array, y: Array) -> Array:
    if layer.rounding != "sums":
        return np.abs(y)  # nothing is added here
    for name, array in layer.parameters.items():
        layer = layer.with_parameter(name, np.abs(array))
    return layer.forward(x)[0]
