"""Softmax and its logarithm: each output cell reads all cells of its row."""

import math
from abc import abstractmethod
from typing import NamedTuple

import numpy as np

from app.engine.layers.base import WithoutChoices, times
from app.engine.types import (
    Array,
    Contributions,
    Index,
    Misfit,
    Shape,
    View,
    identity,
)


class Shares(NamedTuple):
    """The tape of a softmax; both […, row, positions]."""

    p: Array
    """p, each cell's share of its row."""
    others: Array
    """1 − p as the sum of the other shares: for p near 1, the difference 1 − p loses its digits."""


class RowWise(WithoutChoices):
    """A layer that works on rows: the whole input, or the channels at each place of a map.

    Each output of a row reads all inputs of the row, because they share one sum.
    """

    family = "softmax"
    passages = ("mix",)
    zero = "blocked"
    is_piecewise_linear = False
    keeps_channels = False
    rounding = "always"
    slide = None
    weight_noun = None

    def __init__(self, input_shape: Shape) -> None:
        if len(input_shape) == 2:
            raise Misfit(
                None,
                f"Over the channels of {times(input_shape)}, or over its positions? PyTorch's "
                "own choice differs between one example and a batch. Put flatten before this "
                "layer, for a share of all numbers.",
            )
        self.input_shape = self.shape = input_shape
        self.row, self.positions = input_shape[0], math.prod(input_shape[1:])
        self.multiply_adds = self.row * self.row * self.positions

    @abstractmethod
    def slopes(self, tape: Shares, output: int) -> Array:
        """[row, positions]: the derivatives of one output of the row to each of its inputs."""

    @abstractmethod
    def _gradients(self, tape: Shares, upstream: Array) -> Array:
        """Upstream gradients → gradients of the input, both [row, positions]."""

    def backward(self, tape: Shares, upstream: Array, view: View = identity) -> Array:
        rows = self._rows(upstream)
        if view is identity:
            return self._gradients(tape, rows).reshape(upstream.shape)
        gradients = np.zeros_like(rows)
        for i in range(self.row):
            gradients += rows[..., i : i + 1, :] * view(self.slopes(tape, i))
        return gradients.reshape(upstream.shape)

    def _rows(self, x: Array) -> Array:
        """The cells as […, row, positions]."""
        return x.reshape(*self.examples(x), self.row, self.positions)

    def moved(self, tape: Shares, change: Array, view: View) -> Array:
        """For each output, the sum of view(local derivative) × change over the cells it reads."""
        rows = change.reshape(self.row, -1)
        sums = [(view(self.slopes(tape, i)) * rows).sum(0) for i in range(self.row)]
        return np.stack(sums).reshape(self.shape)

    @property
    def gain(self) -> float:
        return 3.0 + self.row

    def bound_backward(self, upstream: Array) -> Array:
        return np.broadcast_to(upstream.sum(0), self.input_shape)

    def contributions_to(self, tape: Shares, cells: Index) -> Contributions:
        inputs, places = np.divmod(cells, self.positions)
        outputs = np.arange(self.row)[:, None] * self.positions + places
        slopes = np.stack([self.slopes(tape, i)[inputs, places] for i in range(self.row)])
        return Contributions(outputs.T.ravel(), np.repeat(cells, self.row), slopes.T.ravel())

    def contributions_of(self, tape: Shares, cell: int) -> Contributions:
        output, place = divmod(cell, self.positions)
        inputs = np.arange(self.row) * self.positions + place
        return Contributions(
            np.full(self.row, cell), inputs, self.slopes(tape, output)[:, place].copy()
        )

    def _shares(self, x: Array) -> tuple[Array, Array, Shares]:
        """(x minus the largest x of its row, the sums of e to the power of this, the shares)."""
        rows = self._rows(x)
        shifted = rows - rows.max(-2, keepdims=True)  # e^1000 would overflow
        powers = np.exp(shifted)
        total = powers.sum(-2, keepdims=True)
        p = powers / total
        return shifted, total, Shares(p, sum_of_others(p))


class Softmax(RowWise):
    """e^x / the sum of e^x over the row; the slope of output i to input j is pᵢ(δᵢⱼ − pⱼ)."""

    name = "softmax"

    def forward(self, x: Array) -> tuple[Array, Shares]:
        _, _, shares = self._shares(x)
        return shares.p.reshape(x.shape), shares

    def slopes(self, tape: Shares, output: int) -> Array:
        slopes = -tape.p
        slopes[..., output, :] = tape.others[..., output, :]
        return np.asarray(slopes * tape.p[..., output : output + 1, :])

    def _gradients(self, tape: Shares, upstream: Array) -> Array:
        gradients: Array = tape.p * (upstream * tape.others - sum_of_others(upstream * tape.p))
        return gradients

    def bound_forward(self, x: Array) -> Array:
        return np.ones_like(x)


class LogSoftmax(RowWise):
    """The logarithm of softmax; the slope of output i to input j is δᵢⱼ − pⱼ."""

    name = "log_softmax"

    def forward(self, x: Array) -> tuple[Array, Shares]:
        shifted, total, shares = self._shares(x)
        return (shifted - np.log(total)).reshape(x.shape), shares

    def slopes(self, tape: Shares, output: int) -> Array:
        slopes = -tape.p
        slopes[..., output, :] = tape.others[..., output, :]
        return slopes

    def _gradients(self, tape: Shares, upstream: Array) -> Array:
        gradients: Array = upstream * tape.others - tape.p * sum_of_others(upstream)
        return gradients

    def bound_forward(self, x: Array) -> Array:
        return np.asarray(x + x.max(0) + math.log(self.row))


def sum_of_others(rows: Array) -> Array:
    """[…, row, positions] → for each cell, the sum of the others of its row, no subtraction."""
    sums = np.zeros_like(rows)
    np.cumsum(rows[..., :-1, :], axis=-2, out=sums[..., 1:, :])
    sums[..., :-1, :] += np.cumsum(rows[..., :0:-1, :], axis=-2)[..., ::-1, :]
    return sums
