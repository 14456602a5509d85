"""How a value came about."""

import numpy as np

from app.engine.layers import Activation, AvgPool2d, Flatten, MaxPool2d
from app.engine.network import Trace
from app.engine.receipt import Cell, reads, value_and_gradient
from app.text.equations import Part, Say, equation
from app.text.numbers import figure
from app.text.sentences.grammar import listed
from app.text.sentences.names import layer_title
from app.text.sentences.sums import some
from app.text.texts import say

LARGE = 300.0
"""Of a score so far from 0, e to its power is no number that fits."""


def probability(trace: Trace, at: int) -> str:
    """How softmax makes an output its probability."""
    assert trace.probabilities is not None
    scores = trace.values[-1].reshape(-1)
    too_large = float(np.abs(scores).max()) > LARGE
    if too_large:
        scores = scores - scores.max()
    powers = np.exp(scores)
    power, together = float(powers[at]), float(powers.sum())
    share = equation(lambda n: n(power) / n(together), float(trace.probabilities[at]))
    return say(
        "value.probability_of_large" if too_large else "value.probability",
        score=figure(scores[at]),
        power=figure(power),
        together=figure(together),
        equation=share,
    )


def making(trace: Trace, cell: Cell) -> str:
    """How a value came about in the forward pass."""
    value, _ = value_and_gradient(trace, cell)
    parts = reads(trace, cell)
    if parts is None:
        return say("value.parameter" if cell.parameter else "value.input", value=figure(value))
    i = cell.layer
    if isinstance(trace.network.layers[i], Flatten):
        i = trace.network.read_by(i)
    layer = trace.network.layers[i]
    if isinstance(layer, Activation):
        name, given = layer_title(trace.network, i), figure(parts.values[0])
        return say("value.activation", layer=name, input=given, value=figure(value))
    if isinstance(layer, MaxPool2d):
        if len(parts.values) == 1:
            return say("value.only", value=figure(value))
        cells = listed([figure(x) for x in parts.values], 25)
        return say("value.largest", value=figure(value), n=len(parts.values), cells=cells)
    if isinstance(layer, AvgPool2d):
        divisor = layer.divisor[cell.at % layer.windows.positions]
        mean = equation(lambda n: some(n, [(x,) for x in parts.values], 25) / n(divisor), value)
        return say("value.mean", equation=mean)
    pairs, bias = list(zip(parts.values, parts.factors, strict=True)), parts.bias

    def left(n: Say) -> Part:
        inputs = some(n, pairs)
        return inputs if bias is None else inputs + n(bias).called(_called_bias)

    return say("value.weighted", equation=equation(left, value))


def _called_bias(number: str) -> str:
    return say("sums.bias", number=number)
