"""Runs the network again with one array changed, and reports the kinks that the change crosses.

A kink is where a max pool's winner or the side of a ReLU changes. There the slope of the loss
jumps, and no single derivative exists.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from app.engine.bounds import check_objective
from app.engine.finite import within
from app.engine.layers import Layer, reaching
from app.engine.network import Network, Trace
from app.engine.types import Array, Choices


class Look(NamedTuple):
    """The result of one run of the network."""

    objective: float
    """The loss, or under given upstream gradients the sum of output × upstream gradient."""
    choices: dict[int, Choices]
    """The choices of each layer that has kinks."""


class Switch(NamedTuple):
    """An output cell whose choice differs between two looks.

    ``before`` and ``after`` are the cells of the layer's input (flat) that its gradient goes to:
    the winner of a window (all maxima where they share), or the input of a ReLU that is on; none
    where it is off. ``crossed`` are the edges of an activation that its input crosses; none for a
    pool.
    """

    layer: int
    at: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    crossed: tuple[float, ...] = ()


class Probe:
    """One array of a network (the input for layer −1, or a parameter) that can be changed."""

    def __init__(self, trace: Trace, layer: int, parameter: str | None = None) -> None:
        """Take all other arrays from ``trace``.

        Raises:
            KeyError: the layer has no such parameter.
            ValueError: the array is an output of a layer, which is computed and cannot be changed.
            Overflow: at the first layer where a value may leave float64.
        """
        if (parameter is None) != (layer < 0):
            raise ValueError("Only the input and parameters can be changed.")
        self.trace, self.layer, self.parameter = trace, layer, parameter
        if parameter is None:
            self.array, self.gradient = trace.values[0], trace.gradients[0]
        else:
            self.array = trace.network.layers[layer].parameters[parameter]
            self.gradient = trace.parameters[layer][parameter]
        self._cleared = self._clear(np.abs(self.array))
        self.here = self._look(self.array)

    def _clear(self, sizes: Array) -> Array:
        """Return the sizes if no array within them can overflow any figure of the network.

        Raises:
            Overflow: at the first layer where a figure may overflow.
        """
        within(sizes, "the change")
        x, layers = self.trace.values[0], list(self.trace.network.layers)
        if self.parameter is None:
            x = sizes
        else:
            layers[self.layer] = layers[self.layer].with_parameter(self.parameter, sizes)
        network = self.trace.network
        check_objective(x, layers, network.head, network.examples)
        return sizes

    def _look(self, array: Array) -> Look:
        """Run the network with ``array`` instead of the probed one."""
        layers, head = self.trace.network.layers, self.trace.network.head
        choices: dict[int, Choices] = {}
        first = max(self.layer, 0)
        outputs = [array] if self.parameter is None else self.trace.values[: first + 1]
        with np.errstate(all="ignore"):
            for i in range(first, len(layers)):
                layer, x = layers[i], reaching(layers[i], i, outputs)
                if i == self.layer and self.parameter is not None:
                    layer = layer.with_parameter(self.parameter, array)
                y, tape = layer.forward(x)
                chosen = layer.choices(x, tape)
                if chosen is not None:
                    choices[i] = chosen
                outputs.append(y)
            x = outputs[-1]
            start = head.start(x)
            objective = float((x * start.gradient).sum()) if start.loss is None else start.loss
        return Look(objective, choices)

    def look_along(self, direction: Array, h: float) -> tuple[Array, Look]:
        """The array moved by h × direction, and the result of a run with it.

        Raises:
            Overflow: at the first layer where a value may leave float64.
        """
        with np.errstate(over="ignore"):
            array = self.array + h * direction
            # This check also holds for every shorter step along these cells.
            sizes = np.abs(self.array) + abs(h) * (direction != 0)
        if not (sizes <= self._cleared).all():
            self._cleared = self._clear(sizes)
        return array, self._look(array)

    def switches(self, before: Look, after: Look) -> list[Switch]:
        """The cells whose choices differ, those nearest the input first."""
        return switches_between(self.trace.network.layers, before.choices, after.choices)


def switches_between(
    layers: Sequence[Layer],
    before: Mapping[int, Choices | None],
    after: Mapping[int, Choices | None],
) -> list[Switch]:
    """The cells whose choices differ, those nearest the input first; choices are given by layer."""
    switches = []
    for i, chosen in before.items():
        layer, other = layers[i], after[i]
        if chosen is None or other is None:
            continue
        changed = chosen != other
        if changed.any():
            cells = np.flatnonzero(changed.reshape(len(changed), -1).any(1))
            switches += [
                Switch(
                    i,
                    at,
                    layer.follows(at, chosen[at]),
                    layer.follows(at, other[at]),
                    layer.crossed(chosen[at], other[at]),
                )
                for at in cells.tolist()
            ]
    return switches


def work(network: Network) -> int:
    """Roughly how many numbers one run of the network handles, of a batch for all examples."""
    layers = network.layers
    one = sum(layer.multiply_adds + layer.window_reads + layer.cells for layer in layers)
    return (network.examples or 1) * one


def switched(before: Look, after: Look) -> bool:
    """Whether the choice of any cell differs."""
    return any((before.choices[i] != after.choices[i]).any() for i in before.choices)
