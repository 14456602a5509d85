"""Batch normalization in evaluation mode: each channel is shifted and scaled by fixed numbers."""

import math
from typing import NamedTuple

import numpy as np

from app.engine.finite import size
from app.engine.layers.base import Setting, WithoutChoices, count_words, map_of, triples
from app.engine.layers.kinds import Passage, WeightNoun
from app.engine.types import (
    Array,
    Contributions,
    Index,
    Misfit,
    Shape,
    View,
    identity,
)


class _Tape(NamedTuple):
    normalized: Array
    """(x − running mean) / √(running variance + ε), which a scale meets."""


class BatchNorm2d(WithoutChoices):
    """(x − running mean) / √(running variance + ε) · weight + bias; each has one number a channel.

    The running mean and variance are given: no gradient reaches them.
    """

    name = "batch_norm2d"
    family = "normalization"
    zero = "weight"
    is_piecewise_linear = True
    keeps_channels = True
    rounding = "always"  # a root is taken
    slide = None
    closed = "flat"

    def __init__(
        self,
        input_shape: Shape,
        running_mean: Array,
        running_var: Array,
        weight: Array | None = None,
        bias: Array | None = None,
        eps: float = 1e-5,
        training: bool = False,
    ) -> None:
        channels, _ = map_of(input_shape)
        if training:
            raise Misfit(
                "training",
                "In training mode the mean and the variance are those of a batch, so that each "
                "example would depend on all others. Use “training”: false, with the running mean "
                "and variance that the training has left.",
            )
        given = {
            "running_mean": running_mean,
            "running_var": running_var,
            "weight": weight,
            "bias": bias,
        }
        for field, array in given.items():
            if array is not None and len(array) != channels:
                raise Misfit(
                    field,
                    f"This layer reads {count_words(channels, 'channel')}, and here are "
                    f"{count_words(len(array), 'number')}: give one for each channel.",
                )
        if running_var.min() < 0:
            raise Misfit("running_var", "A variance is never below 0.")
        if bias is not None and weight is None:
            raise Misfit("weight", "With a bias, give a weight too: 1 for each channel, if none.")
        self.running_mean, self.running_var = running_mean, running_var
        self.weight, self.bias, self.eps, self.training = weight, bias, eps, training
        self.input_shape = self.shape = input_shape
        self.multiply_adds = math.prod(input_shape)
        with np.errstate(over="ignore"):
            self.deviation = np.sqrt(running_var + eps)
            scale = np.ones(channels) if weight is None else weight
            self._slope = scale / self.deviation

    @property
    def passages(self) -> tuple[Passage, ...]:
        return ("pass", "parameters") if self.parameters else ("pass",)

    @property
    def weight_noun(self) -> WeightNoun | None:
        return None if self.weight is None else "scales"

    @property
    def parameters(self) -> dict[str, Array]:
        named = {"weight": self.weight, "bias": self.bias}
        return {name: array for name, array in named.items() if array is not None}

    @property
    def constants(self) -> dict[str, Array]:
        return {"running_mean": self.running_mean, "running_var": self.running_var}

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (Setting("eps"),)

    def slopes(self, tape: _Tape) -> Array:
        """[C, H, W]: the local derivative of each output to the input in its own place."""
        return np.broadcast_to(_by_channel(self._slope), self.shape)

    def forward(self, x: Array) -> tuple[Array, _Tape]:
        normalized = (x - _by_channel(self.running_mean)) / _by_channel(self.deviation)
        y = normalized
        if self.weight is not None:
            y = y * _by_channel(self.weight)
        if self.bias is not None:
            y = y + _by_channel(self.bias)
        return y, _Tape(normalized)

    def backward(self, tape: _Tape, upstream: Array, view: View = identity) -> Array:
        return upstream * view(_by_channel(self._slope))

    def backward_parameters(
        self, tape: _Tape, upstream: Array, view: View = identity
    ) -> dict[str, Array]:
        if not self.parameters:
            return {}  # Nothing bounds the products of a scale that is not there.
        return self._collected(upstream * view(tape.normalized), upstream * view(np.ones(1)))

    def _collected(self, of_weight: Array, of_bias: Array) -> dict[str, Array]:
        """Products of each cell → their sums for each parameter."""
        axes = (-2, -1) if of_weight.ndim == 3 else (0, -2, -1)
        sums = {"weight": of_weight.sum(axes), "bias": of_bias.sum(axes)}
        return {name: sums[name] for name in self.parameters}

    def tape_of_change(self, change: Array, view: View) -> _Tape:
        return _Tape(change * view(_by_channel(1.0 / self.deviation)))

    @property
    def gain(self) -> float:
        inverse = size((1.0 / self.deviation,))
        return (
            (1.0 + inverse)
            * (1.0 + size((self.running_mean,)))
            * (1.0 + size(self.parameters.values()))
        )

    def bound_forward(self, x: Array) -> Array:
        sizes = self._bound_normalized(x)
        if self.weight is not None:
            sizes = sizes * np.abs(_by_channel(self.weight))
        if self.bias is not None:
            sizes = sizes + np.abs(_by_channel(self.bias))
        return sizes

    def _bound_normalized(self, x: Array) -> Array:
        return (x + np.abs(_by_channel(self.running_mean))) / _by_channel(self.deviation)

    def bound_backward(self, upstream: Array) -> Array:
        return upstream * np.abs(_by_channel(self._slope))

    def bound_parameters(self, x: Array, upstream: Array) -> dict[str, Array]:
        return self._collected(upstream * self._bound_normalized(x), upstream)

    def contributions_to(self, tape: _Tape, cells: Index) -> Contributions:
        channels = cells // math.prod(self.shape[1:])
        return Contributions(cells, cells, self._slope[channels])

    def contributions_of(self, tape: _Tape, cell: int) -> Contributions:
        return self.contributions_to(tape, np.array([cell]))

    def contributions_to_parameter(self, tape: _Tape, name: str, cell: int) -> Contributions:
        plane = math.prod(self.shape[1:])
        cells = np.arange(cell * plane, (cell + 1) * plane)
        factors = tape.normalized.reshape(-1)[cells] if name == "weight" else np.ones(plane)
        return triples(cells, cell, factors)

    def with_parameter(self, name: str, array: Array) -> "BatchNorm2d":
        weight, bias = (self.weight, array) if name == "bias" else (array, self.bias)
        mean, var = self.running_mean, self.running_var
        return BatchNorm2d(self.input_shape, mean, var, weight, bias, self.eps)


def _by_channel(array: Array) -> Array:
    """[C] → [C, 1, 1]."""
    return array[:, None, None]
