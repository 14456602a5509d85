"""A trace as an answer: every value and every gradient."""

from typing import Annotated, Any

import numpy as np
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from app.document.arrays import IndexMaps, Nested, Outputs, Row, Rows, Weight, sent_as
from app.engine.layers import KINDS
from app.engine.margins import maxima
from app.engine.network import Trace
from app.engine.types import Array, Index, Shape

Maxima = Annotated[Index | list[Any], sent_as(Nested[list[int]])]


class InputAnswer(TypedDict):
    """The input and its gradient."""

    value: Outputs
    gradient: Outputs


class LayerAnswer(TypedDict):
    """A layer's output and parameters, and their gradients."""

    type: Annotated[str, WithJsonSchema({"type": "string", "enum": list(KINDS)})]
    shape: Shape
    """The shape of one example's output: [C, H, W], [C, L] or [N]."""
    value: Outputs
    gradient: Outputs
    """dL/d(output)."""
    weight_gradient: Weight | None
    """[out][in], [out][in][kh][kw] or [out][in][k]."""
    bias_gradient: Row | None
    winners: IndexMaps | None
    """For max pooling: the winning cell of each window, as h·W + w (or l) in its channel."""
    maxima: Maxima | None
    """For max pooling: all cells that hold each window's maximum, in the same form."""


class TraceAnswer(TypedDict):
    """Every value and every gradient of a network.

    Of a batch, values, gradients, winners, maxima and probabilities have the examples as their
    first axis; the gradients of weights and biases are the sums over all examples.
    """

    id: str
    """Requests may send it instead of the network while the server keeps the trace."""
    loss: float | None
    probabilities: Rows | None
    input: InputAnswer
    layers: list[LayerAnswer]


def trace_json(trace: Trace, key: str) -> TraceAnswer:
    """A trace with its id."""
    some_pool = any(layer.family == "max_pool" for layer in trace.network.layers)
    examples = range(trace.network.examples or 0 if some_pool else 0)
    each = [trace.example(at) for at in examples]
    return {
        "id": key,
        "loss": trace.loss,
        "probabilities": _plain_or_none(trace.probabilities),
        "input": {"value": trace.values[0], "gradient": _plain(trace.gradients[0])},
        "layers": [_layer_json(trace, i, each) for i in range(len(trace.network.layers))],
    }


def _layer_json(trace: Trace, i: int, examples: list[Trace]) -> LayerAnswer:
    layer, gradients = trace.network.layers[i], trace.parameters[i]
    winners = layer.winners(trace.tapes[i])
    held: Maxima | None = None
    if winners is not None and examples:
        pairs = zip(examples, winners, strict=True)
        held = [_nested(_maxima(example, i, won)) for example, won in pairs]
    elif winners is not None:
        held = _maxima(trace, i, winners)
    return {
        "type": layer.name,
        "shape": layer.shape,
        "value": _plain(trace.values[i + 1]),
        "gradient": _plain(trace.gradients[i + 1]),
        "weight_gradient": _plain_or_none(gradients.get("weight")),
        "bias_gradient": _plain_or_none(gradients.get("bias")),
        "winners": winners,
        "maxima": held,
    }


def _nested(array: Any) -> Any:
    return array.tolist() if isinstance(array, np.ndarray) else array


def _maxima(trace: Trace, layer: int, winners: Index) -> Any:
    """[C][OH][OW] or [C][OL], each a list of all flat indexes that hold a window's maximum."""
    alone, tied = winners[..., None], maxima(trace, layer)
    if not tied:
        return np.ascontiguousarray(alone)
    held: Any = alone.tolist()
    for (*before, last), cells in tied.items():
        within = held
        for at in before:
            within = within[at]
        within[last] = cells
    return held


def _plain(array: Array) -> Array:
    """The array contiguous, as orjson needs it, and without −0."""
    return np.ascontiguousarray(array) + 0.0


def _plain_or_none(array: Array | None) -> Array | None:
    return None if array is None else _plain(array)
