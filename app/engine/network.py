"""A network as a chain of layers with fitting shapes, and its trace of both passes."""

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from app.engine import bounds
from app.engine.heads import Head
from app.engine.layers import Layer, reaching, send_back
from app.engine.types import Array, Misfit, Shape

LayerMaker = Callable[[Shape], Layer]
HeadMaker = Callable[[Shape], Head]

MAX_EXAMPLES = 8
"""The most examples whose traces a batch keeps."""


class Reader(NamedTuple):
    """A layer that reads an output, directly or by its skip connection."""

    layer: int
    skips: bool = False


class Network:
    """An input, a chain of layers, and the head that starts the backward pass.

    Layers are numbered from 0; −1 is the input. The input of a batch has the examples as its first
    axis; shapes (``shape_of``, ``Layer.shape``) are always those of one example.
    """

    def __init__(
        self,
        x: Array,
        layers: Iterable[LayerMaker],
        head: HeadMaker,
        admit: Callable[[Layer], None] = lambda layer: None,
        is_batch: bool = False,
    ) -> None:
        """Bind each layer to the shape before it; ``admit`` may refuse a layer that is too large.

        Raises:
            Misfit: naming the first layer that does not fit (``layer`` None: the head).
        """
        self.x = x
        self.examples = len(x) if is_batch else None
        """The number of examples of a batch; None for a network of one example."""
        self.layers: list[Layer] = []
        shape = self.shape_of(-1)
        for i, make in enumerate(layers):
            try:
                layer = make(shape)
                self._check_skip(layer)
                self._check_examples(layer)
                admit(layer)
            except Misfit as misfit:
                misfit.layer = i
                raise
            self.layers.append(layer)
            shape = layer.shape
        self.head = head(shape if self.examples is None else (self.examples, *shape))

    @property
    def axes(self) -> int:
        """The number of axes that its windows slide along: 2 of maps, 1 of [C, L]."""
        return min(layer.axes for layer in self.layers)

    def shape_of(self, layer: int) -> Shape:
        """The shape of a layer's output; for −1, of the input."""
        if layer >= 0:
            return self.layers[layer].shape
        return self.x.shape if self.examples is None else self.x.shape[1:]

    def example(self, at: int) -> "Network":
        """The network of one example of a batch."""
        one = copy(self)
        one.x, one.examples, one.head = self.x[at], None, self.head.example(at)
        one.layers = [layer.example(at) for layer in self.layers]
        return one

    def _check_examples(self, layer: Layer) -> None:
        """Refuse numbers for other examples than those of the input."""
        own = layer.own_examples
        if own not in (None, self.examples):
            reached = "one example" if self.examples is None else f"a batch of {self.examples}"
            raise Misfit(
                "mask",
                f"The mask has {own} entries, but the input is {reached}: give one mask for each "
                "example, or one for all.",
            )

    def _check_skip(self, layer: Layer) -> None:
        """Refuse a skip connection from a later layer, or from an output of another shape."""
        source, at = layer.skips_from, len(self.layers)
        if source is None:
            return
        if not -1 <= source < at:
            raise Misfit(
                "from",
                f"This layer adds the output of an earlier one, and it is layer {at} itself: give "
                f"a number from −1 (the input) to {at - 1}.",
            )
        shapes = {i: self.shape_of(i) for i in range(-1, at)}
        if shapes[source] != layer.input_shape:
            alike = [i for i, shape in shapes.items() if shape == layer.input_shape]
            raise Misfit(
                "from",
                f"What is added must have the same shape: {_times(layer.input_shape)} reaches this "
                f"layer, and {_name(source)} gives {_times(shapes[source])}. The same shape have "
                f"{', '.join(map(_name, alike))}.",
            )

    def direct_readers(self, layer: int) -> list[Reader]:
        """The layers that read an output, flatten included; the one nearest the loss first."""
        readers = [
            Reader(i, skips=True)
            for i, each in enumerate(self.layers)
            if each.skips_from == layer and i > layer
        ]
        if layer + 1 < len(self.layers):
            readers.append(Reader(layer + 1))
        return sorted(readers, key=lambda reader: (-reader.layer, not reader.skips))

    def readers_of(self, layer: int) -> list[Reader]:
        """The layers that read an output, flatten skipped; empty if only the head reads it.

        The order is that of the backward pass: the reader nearest the loss first.
        """
        readers: list[Reader] = []
        for reader in self.direct_readers(layer):
            only_relabels = self.layers[reader.layer].relabels
            readers += self.readers_of(reader.layer) if only_relabels else [reader]
        return sorted(readers, key=lambda reader: (-reader.layer, not reader.skips))

    def reader_of(self, layer: int) -> int | None:
        """The next layer that reads this one's output, flatten skipped; None for the head."""
        for i in range(layer + 1, len(self.layers)):
            if not self.layers[i].relabels:
                return i
        return None

    def inputs_of(self, layer: int) -> tuple[int, ...]:
        """The layers whose outputs a layer reads: the one before it, and its skip's source."""
        skip = self.layers[layer].skips_from
        return (layer - 1,) if skip is None else (layer - 1, skip)

    def read_by(self, layer: int, skips: bool = False) -> int:
        """The layer (or −1) whose output this one reads, flatten skipped.

        ``skips``: the layer that it reads by its skip connection.
        """
        return self.maker_of(self.inputs_of(layer)[1] if skips else layer - 1)

    def maker_of(self, layer: int) -> int:
        """The layer (or −1) that computes an output; for flatten, the one before it."""
        while layer >= 0 and self.layers[layer].relabels:
            layer -= 1
        return layer

    def trace(self) -> "Trace":
        """Compute every value and every gradient.

        Raises:
            Overflow: at the first layer where a figure may leave float64.
            Misfit: the loss is not defined for these outputs.
        """
        bounds.check(self.x, self.layers, self.head, self.examples)
        values, tapes = [self.x], list[Any]()
        # Tiny figures may underflow to 0, and the sigmoid's e^−x may overflow.
        with np.errstate(all="ignore"):
            for i, layer in enumerate(self.layers):
                y, tape = layer.forward(reaching(layer, i, values))
                values.append(y)
                tapes.append(tape)
            self.head.admit(values[-1])
            last = len(self.layers) - 1
            start = self.head.start(values[-1])
            gradients, parameters = {last: start.gradient}, list[dict[str, Array]]()
            for i in reversed(range(len(self.layers))):
                layer, tape, upstream = self.layers[i], tapes[i], gradients[i]
                parameters.append(layer.backward_parameters(tape, upstream))
                send_back(layer, i, layer.backward(tape, upstream), gradients)
        parameters.reverse()
        return Trace(
            self,
            values,
            [gradients[i] for i in range(-1, last + 1)],
            parameters,
            tapes,
            start.loss,
            start.probabilities,
        )


@dataclass(frozen=True, eq=False)
class Trace:
    """All figures of one forward and backward pass. It compares by identity, so it can be a key.

    ``values[i + 1]`` and ``gradients[i + 1]`` belong to the output of layer i, and [0] to the
    input; ``parameters[i]`` holds the gradients of layer i's parameters by name; ``tapes[i]`` is
    the tape that layer i's ``forward`` returned. Of a batch, values, gradients, tapes and
    probabilities have the examples as their first axis; parameters' gradients are sums over them.
    """

    network: Network
    values: list[Array]
    gradients: list[Array]
    parameters: list[dict[str, Array]]
    tapes: list[Any]
    loss: float | None
    probabilities: Array | None
    batch: "Trace | None" = None
    """The trace of the whole batch, if this is the trace of one of its examples."""
    at: int = 0
    """Which example of the batch it is."""
    _examples: dict[int, "Trace"] = field(default_factory=dict, repr=False)
    """The last examples that were asked for: what is kept about a trace is kept by its identity."""

    def example(self, at: int) -> "Trace":
        """The trace of one example of a batch.

        Its loss is what this example adds to the batch's. The gradients of the parameters remain
        those of the batch.

        Raises:
            IndexError: the batch has no such example.
        """
        if at not in self._examples:
            for oldest in list(self._examples)[: 1 - MAX_EXAMPLES or None]:
                self._examples.pop(oldest, None)
            self._examples[at] = self._example(at)
        return self._examples.get(at) or self._example(at)

    def _example(self, at: int) -> "Trace":
        network = self.network.example(at)
        layers = self.network.layers
        with np.errstate(all="ignore"):
            loss = network.head.start(self.values[-1][at]).loss
        return Trace(
            network,
            [each[at] for each in self.values],
            [each[at] for each in self.gradients],
            self.parameters,
            [layer.tape_of(tape, at) for layer, tape in zip(layers, self.tapes, strict=True)],
            loss,
            None if self.probabilities is None else self.probabilities[at],
            self,
            at,
        )


def _times(shape: Shape) -> str:
    return " × ".join(map(str, shape))


def _name(layer: int) -> str:
    return "the input (−1)" if layer < 0 else f"layer {layer}"
