"""Chooses the plane of each large array that the stage draws.

A plane is a channel of a map, one kernel's weights for one input channel, or the weights of one
neuron.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.engine.network import Trace
from app.engine.timeline import Step
from app.engine.types import Shape

MAX_DRAWN = 128
"""Arrays with more cells are drawn one plane at a time."""


@dataclass(frozen=True)
class Plane:
    """The part of an array that is drawn: plane ``at`` of ``count`` planes."""

    shape: Shape
    count: int = 1
    at: int = 0
    chooser: int | None = None
    """The layer whose channel or neuron the person chooses to open another plane; None where the
    plane follows other choices, or is the only one."""

    @property
    def size(self) -> int:
        """The number of its cells."""
        return math.prod(self.shape)

    @property
    def first(self) -> int:
        """Its first cell, flat in the whole array."""
        return self.at * self.size

    @property
    def cells(self) -> range:
        """Its cells, flat in the whole array."""
        return range(self.first, self.first + self.size)


@dataclass(frozen=True)
class OpenChannels:
    """The open channel of each layer, and the open neuron of each fully connected layer.

    ``chosen`` holds the reader's choices by layer. In all other layers, the channel with the
    largest gradients is open. Pools and activations keep channels apart, so they show the same
    channel as the layer before them.
    """

    trace: Trace
    chosen: Mapping[int, int] = field(default_factory=dict)

    def chooser(self, layer: int) -> int:
        """The layer (−1: the input) whose channels this layer's output has."""
        network = self.trace.network
        while layer >= 0 and network.layers[layer].keeps_channels:
            layer = network.read_by(layer)
        return layer

    def channel(self, layer: int) -> int:
        """The open channel of a layer's output; of a fully connected one, a neuron."""
        layer = self.chooser(layer)
        if layer in self.chosen:
            return self.chosen[layer]
        gradient = self.trace.gradients[layer + 1]
        return int(np.abs(gradient.reshape(len(gradient), -1)).max(axis=1).argmax())

    @property
    def by_layer(self) -> dict[int, int]:
        """The open channel of every layer that makes channels, the chosen ones and the others."""
        layers = range(-1, len(self.trace.network.layers))
        return {layer: self.channel(layer) for layer in layers if self.chooser(layer) == layer}

    def output(self, layer: int) -> Plane:
        """The drawn plane of a layer's output (−1: the input)."""
        shape = in_maps(self.trace.network.shape_of(layer))
        if not is_large(shape) or len(shape) < 3 or shape[0] == 1:
            return Plane(shape)
        return Plane(shape[1:], shape[0], self.channel(layer), self.chooser(layer))

    def parameter(self, layer: int, name: str) -> Plane:
        """The drawn plane of a layer's weight or bias."""
        network = self.trace.network
        shape = in_maps(network.layers[layer].parameters[name].shape, is_parameter=True)
        if not is_large(shape) or len(shape) < 2:
            return Plane(shape)
        if len(shape) == 2:
            return Plane(shape[1:], shape[0], self.channel(layer), layer)
        read = self.channel(network.read_by(layer))
        return Plane(shape[2:], shape[0] * shape[1], self.channel(layer) * shape[1] + read)

    def goal(self, step: Step) -> range:
        """The drawn cells (flat in the whole array) among which a step has its example.

        They are those of the weight that learns, or of the output that the step's layer reads.
        """
        if step.phase == "parameters" and step.layer is not None:
            return self.parameter(step.layer, "weight").cells
        network = self.trace.network
        below = -1 if step.layer is None else network.read_by(step.layer, step.skips)
        return self.output(below).cells


def in_maps(shape: Shape, is_parameter: bool = False) -> Shape:
    """The shape in which an array is drawn: a channel or kernel along one axis is a map of one row.

    Only they have two axes, [C, L], or as a parameter three, [out, in, k].
    """
    along_one_axis = len(shape) == (3 if is_parameter else 2)
    return (*shape[:-1], 1, shape[-1]) if along_one_axis else shape


def is_large(shape: Shape) -> bool:
    """Whether an array is drawn one plane at a time, if it has several."""
    return math.prod(shape) > MAX_DRAWN
