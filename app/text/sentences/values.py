"""Explains how values are computed in the forward pass."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine.layers import AvgPool, BatchNorm2d, Layer, PerFamily, RowWise, never_asked
from app.engine.network import Trace
from app.engine.receipt import Cell, Reads, reads, value_and_gradient
from app.engine.types import Array
from app.text.equations import Part, Say, equation
from app.text.numbers import figure
from app.text.sentences.grammar import listed
from app.text.sentences.names import layer_title
from app.text.sentences.sums import some
from app.text.texts import say

LARGE = 300.0
"""Of a score so far from 0, e to its power is no number that fits."""


def probability(trace: Trace, at: int) -> str:
    """Explains how softmax computes an output's probability."""
    assert trace.probabilities is not None
    return _share(trace.values[-1].reshape(-1), at, float(trace.probabilities[at]))


def _share(scores: Array, at: int, probability: float) -> str:
    too_large = float(np.abs(scores).max()) > LARGE
    if too_large:
        scores = scores - scores.max()
    powers = np.exp(scores)
    power, together = float(powers[at]), float(powers.sum())
    share = equation(lambda n: n(power) / n(together), probability)
    return say(
        "value.probability_of_large" if too_large else "value.probability",
        score=figure(scores[at]),
        power=figure(power),
        together=figure(together),
        equation=share,
    )


def making(trace: Trace, cell: Cell) -> str:
    """Explains how a value is computed in the forward pass."""
    value, _ = value_and_gradient(trace, cell)
    parts = reads(trace, cell)
    if parts is None:
        return say("value.parameter" if cell.parameter else "value.input", value=figure(value))
    made = trace.network.maker_of(cell.layer)
    layer = trace.network.layers[made]
    return _MAKING[layer.family](trace, Cell(made, cell.at), layer, parts, value)


def _activation(trace: Trace, cell: Cell, layer: Layer, parts: Reads, value: float) -> str:
    name, given = layer_title(trace.network, cell.layer), figure(parts.values[0])
    return say("value.activation", layer=name, input=given, value=figure(value))


def _softmax(trace: Trace, cell: Cell, layer: RowWise, parts: Reads, value: float) -> str:
    at = cell.at // layer.positions
    if layer.name == "softmax":
        return _share(parts.values, at, value)
    scores = parts.values
    largest = float(scores.max())
    together = float(np.log(np.exp(scores - largest).sum())) + largest
    made = equation(lambda n: n(float(scores[at])) - n(together), value)
    return say("value.log_softmax", logarithm=figure(together), equation=made)


def _largest(trace: Trace, cell: Cell, layer: Layer, parts: Reads, value: float) -> str:
    if len(parts.values) == 1:
        return say("value.only", value=figure(value))
    cells = listed([figure(x) for x in parts.values], 25)
    return say("value.largest", value=figure(value), n=len(parts.values), cells=cells)


def _mean(trace: Trace, cell: Cell, layer: AvgPool, parts: Reads, value: float) -> str:
    divisor = layer.divisor[cell.at % layer.windows.positions]
    mean = equation(lambda n: some(n, [(x,) for x in parts.values], 25) / n(divisor), value)
    return say("value.mean" if layer.divisor_override is None else "value.divided", equation=mean)


def _normalized(trace: Trace, cell: Cell, layer: BatchNorm2d, parts: Reads, value: float) -> str:
    channel = cell.at // math.prod(layer.shape[1:])
    mean, deviation = float(layer.running_mean[channel]), float(layer.deviation[channel])

    def left(n: Say) -> Part:
        made = (n(parts.values[0]) - n(mean)) / n(deviation)
        if layer.weight is not None:
            made = made * n(float(layer.weight[channel]))
        return (
            made
            if layer.bias is None
            else made + n(float(layer.bias[channel])).called(_called_bias)
        )

    key = "value.normalized" if layer.weight is None else "value.scaled"
    return say(key, equation=equation(left, value))


def _weighted(trace: Trace, cell: Cell, layer: Layer, parts: Reads, value: float) -> str:
    pairs, bias = list(zip(parts.values, parts.factors, strict=True)), parts.bias
    if not pairs:  # between two positions of a transposed convolution
        return say("value.unreached" if bias is None else "value.only_bias", value=figure(value))

    def left(n: Say) -> Part:
        inputs = some(n, pairs)
        return inputs if bias is None else inputs + n(bias).called(_called_bias)

    return say("value.weighted", equation=equation(left, value))


def _sum(trace: Trace, cell: Cell, layer: Layer, parts: Reads, value: float) -> str:
    names = [layer_title(trace.network, each) for each in parts.layers]
    terms = [(x,) for x in parts.values]
    return say("value.sum", of=listed(names), equation=equation(lambda n: some(n, terms), value))


_MAKING: PerFamily[Callable[[Trace, Cell, Any, Reads, float], str]] = {
    "convolution": _weighted,
    "transposed_convolution": _weighted,
    "fully_connected": _weighted,
    "activation": _activation,
    "softmax": _softmax,
    "max_pool": _largest,
    "avg_pool": _mean,
    "normalization": _normalized,
    "relabelling": never_asked,
    "addition": _sum,
}


def _called_bias(number: str) -> str:
    return say("sums.bias", number=number)
