"""The chain: layers bound to each other's shapes, and one pass forwards and backwards."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.engine import bounds
from app.engine.heads import Head
from app.engine.layers import Layer
from app.engine.types import Array, Misfit, Shape

LayerMaker = Callable[[Shape], Layer]
HeadMaker = Callable[[Shape], Head]


class Network:
    """An input, the layers that follow it, and the head that starts the way back.

    Layers are counted from 0; −1 is the input.
    """

    def __init__(
        self,
        x: Array,
        layers: Iterable[LayerMaker],
        head: HeadMaker,
        admit: Callable[[Layer], None] = lambda layer: None,
    ) -> None:
        """Bind each layer to what comes before it; ``admit`` may refuse one by its size.

        Raises:
            Misfit: naming the first layer that does not fit (``layer`` None: the head).
        """
        self.x = x
        self.layers: list[Layer] = []
        shape = x.shape
        for i, make in enumerate(layers):
            try:
                layer = make(shape)
                admit(layer)
            except Misfit as misfit:
                misfit.layer = i
                raise
            self.layers.append(layer)
            shape = layer.shape
        self.head = head(shape)

    def shape_of(self, layer: int) -> Shape:
        """The shape of a layer's output, of the input for −1."""
        return self.x.shape if layer < 0 else self.layers[layer].shape

    def reader_of(self, layer: int) -> int | None:
        """The layer that reads this one's output, looking through flatten; None: the head."""
        for i in range(layer + 1, len(self.layers)):
            if not self.layers[i].relabels:
                return i
        return None

    def read_by(self, layer: int) -> int:
        """The layer (or −1) whose output this one reads, looking through flatten."""
        return self.maker_of(layer - 1)

    def maker_of(self, layer: int) -> int:
        """The layer (or −1) that made a layer's output: the one before where it only relabels."""
        while layer >= 0 and self.layers[layer].relabels:
            layer -= 1
        return layer

    def trace(self) -> "Trace":
        """Every value and every gradient.

        Raises:
            Overflow: at the first layer where a figure may leave float64.
            Misfit: the loss is not made for such outputs.
        """
        bounds.check(self.x, self.layers, self.head)
        values, tapes = [self.x], list[Any]()
        # Tiny figures may become 0, and the sigmoid forms e^−x beyond float64.
        with np.errstate(all="ignore"):
            for layer in self.layers:
                y, tape = layer.forward(values[-1])
                values.append(y)
                tapes.append(tape)
            self.head.admit(values[-1])
            start = self.head.start(values[-1])
            gradients, parameters = [start.gradient], list[dict[str, Array]]()
            for i in reversed(range(len(self.layers))):
                layer, tape, upstream = self.layers[i], tapes[i], gradients[-1]
                parameters.append(layer.backward_parameters(tape, upstream))
                gradients.append(layer.backward(tape, upstream))
        gradients.reverse()
        parameters.reverse()
        return Trace(self, values, gradients, parameters, tapes, start.loss, start.probabilities)


@dataclass(frozen=True, eq=False)
class Trace:
    """All figures of one pass. Two are never the same, so one can be a key.

    ``values[i + 1]`` and ``gradients[i + 1]`` belong to the output of layer i, and [0] to the
    input; ``parameters[i]`` holds the gradients of layer i's parameters by name; ``tapes[i]`` is
    what layer i remembered.
    """

    network: Network
    values: list[Array]
    gradients: list[Array]
    parameters: list[dict[str, Array]]
    tapes: list[Any]
    loss: float | None
    probabilities: Array | None
