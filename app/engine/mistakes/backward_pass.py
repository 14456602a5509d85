"""A whole backward pass, with the steps of some layers replaced."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.engine.layers import reaching
from app.engine.mistakes.one_layer import backward, backward_parameter, forward
from app.engine.mistakes.steps import RIGHT, Steps
from app.engine.network import Reader, Trace
from app.engine.types import Array


class Pass:
    """A trace's backward pass with the steps of some layers replaced.

    Between the loss and the first replaced layer it equals the trace's pass; from there on it is
    computed on demand. ``start`` gives other upstream gradients to begin with; ``inputs`` replace
    the trace's inputs of some layers.
    """

    def __init__(
        self,
        trace: Trace,
        replaced: Mapping[int, Steps],
        start: Array | None = None,
        inputs: Mapping[int, Array] | None = None,
    ) -> None:
        self.trace, self.replaced = trace, dict(replaced)
        self.values = trace.values
        layers = trace.network.layers
        forwards = [
            i
            for i, steps in self.replaced.items()
            if steps.absent or steps.padding != RIGHT.padding
        ]
        self._top = max([*self.replaced, *(inputs or ())], default=-1)
        first = trace.gradients[self._top + 1]
        if forwards:  # other values give another start
            self._top = len(layers) - 1
            self.values = trace.values[: min(forwards) + 1]
            with np.errstate(all="ignore"):
                for i in range(min(forwards), len(layers)):
                    x = reaching(layers[i], i, self.values)
                    self.values.append(self._forward(i, x))
                first = trace.network.head.start(self.values[-1]).gradient
        if start is not None:
            self._top, first = len(layers) - 1, start
        if inputs:
            self.values = [inputs.get(i, x) for i, x in enumerate(self.values)]
        self._gradients = {self._top: first}

    @classmethod
    def going_on(cls, trace: Trace, layer: int, gradient: Array) -> "Pass":
        """The right steps below a layer, from another gradient of its output."""
        made = cls(trace, {})
        made._top, made._gradients = layer, {layer: gradient}
        return made

    @property
    def top(self) -> int:
        """The layer from whose output on the gradients are computed."""
        return self._top

    def steps(self, layer: int) -> Steps:
        """The steps of one layer in this pass."""
        return self.replaced.get(layer, RIGHT)

    def gradient(self, layer: int) -> Array:
        """The gradient of a layer's output; −1 for the input."""
        if layer > self._top:
            return self.trace.gradients[layer + 1]
        with np.errstate(all="ignore"):
            for i in range(min(self._gradients) - 1, layer - 1, -1):
                readers = self.trace.network.direct_readers(i)
                for reader in readers:
                    share = 1.0 if len(readers) == 1 else self.share(i, reader)
                    sent = self._backward(reader.layer, self.gradient(reader.layer))
                    sent = sent if share == 1 else share * sent
                    arrived = self._gradients.get(i)
                    self._gradients[i] = sent if arrived is None else arrived + sent
        return self._gradients[layer]

    def _forward(self, layer: int, x: Array) -> Array:
        return forward(self.trace.network.layers[layer], x, self.steps(layer))

    def _backward(self, layer: int, upstream: Array) -> Array:
        """What a layer sends back for the gradient of its output."""
        x, output = self.values[layer], self.values[layer + 1]
        return backward(self.trace.network.layers[layer], x, upstream, output, self.steps(layer))

    def share(self, source: int, reader: Reader) -> float:
        """How much of what a layer sends back is added to an output that it reads; 1 is right."""
        readers = self.trace.network.direct_readers(source)
        ways = {self.steps(each.layer).branches for each in readers if each.skips}
        if "average" in ways:
            return 1.0 / len(readers)
        if reader.skips:
            return float(self.steps(reader.layer).branches != "without_skip")
        return float("skip_alone" not in ways)

    def parameter(self, layer: int, name: str) -> Array:
        """The gradient of a parameter of a layer."""
        weighted: Any = self.trace.network.layers[layer]
        upstream = self.gradient(layer)
        x, output = self.values[layer], self.values[layer + 1]
        with np.errstate(all="ignore"):
            return backward_parameter(weighted, x, upstream, output, name, self.steps(layer))

    def array(self, layer: int, parameter: str | None) -> Array:
        """The gradient of a layer's output, or of its parameter if one is named."""
        return self.gradient(layer) if parameter is None else self.parameter(layer, parameter)
