"""A trace as an answer: every value and every gradient."""

from typing import Annotated

import numpy as np
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from app.document.arrays import IndexMap, Map, Output, Row, Weight, sent_as
from app.engine.layers import KINDS
from app.engine.margins import maxima
from app.engine.network import Trace
from app.engine.types import Array, Index, Shape

Maxima = Annotated[Index | list[list[list[list[int]]]], sent_as(Map[list[int]])]


class InputAnswer(TypedDict):
    """The input and its gradient."""

    value: Output
    gradient: Output


class LayerAnswer(TypedDict):
    """A layer's output and parameters, and their gradients."""

    type: Annotated[str, WithJsonSchema({"type": "string", "enum": list(KINDS)})]
    shape: Shape
    """The shape of the output: [C, H, W] or [N]."""
    value: Output
    gradient: Output
    """dL/d(output)."""
    weight_gradient: Weight | None
    """[out][in], or [out][in][kh][kw]."""
    bias_gradient: Row | None
    winners: IndexMap | None
    """For max pooling: the winning cell of each window, as h·W + w in its channel."""
    maxima: Maxima | None
    """For max pooling: all cells that hold each window's maximum, in the same form."""


class TraceAnswer(TypedDict):
    """Every value and every gradient of a network."""

    id: str
    """Requests may send it instead of the network while the server keeps the trace."""
    loss: float | None
    probabilities: Row | None
    input: InputAnswer
    layers: list[LayerAnswer]


def trace_json(trace: Trace, key: str) -> TraceAnswer:
    """A trace with its id."""
    return {
        "id": key,
        "loss": trace.loss,
        "probabilities": _plain_or_none(trace.probabilities),
        "input": {"value": trace.values[0], "gradient": _plain(trace.gradients[0])},
        "layers": [_layer_json(trace, i) for i in range(len(trace.network.layers))],
    }


def _layer_json(trace: Trace, i: int) -> LayerAnswer:
    layer, gradients = trace.network.layers[i], trace.parameters[i]
    winners = layer.winners(trace.tapes[i])
    return {
        "type": layer.name,
        "shape": layer.shape,
        "value": _plain(trace.values[i + 1]),
        "gradient": _plain(trace.gradients[i + 1]),
        "weight_gradient": _plain_or_none(gradients.get("weight")),
        "bias_gradient": _plain_or_none(gradients.get("bias")),
        "winners": winners,
        "maxima": None if winners is None else _maxima(trace, i, winners),
    }


def _maxima(trace: Trace, layer: int, winners: Index) -> Maxima:
    """[C][OH][OW], each a list of all flat indexes that hold the maximum of that window."""
    alone, tied = winners[..., None], maxima(trace, layer)
    if not tied:
        return np.ascontiguousarray(alone)
    held: list[list[list[list[int]]]] = alone.tolist()
    for (channel, row, column), cells in tied.items():
        held[channel][row][column] = cells
    return held


def _plain(array: Array) -> Array:
    """The array contiguous, as orjson needs it, and without −0."""
    return np.ascontiguousarray(array) + 0.0


def _plain_or_none(array: Array | None) -> Array | None:
    return None if array is None else _plain(array)
