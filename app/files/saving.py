"""Saves files: the document, all figures of its trace, or one grid."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import orjson

from app.engine.layers import MaxPool
from app.engine.network import Trace
from app.engine.types import Array
from app.files.numpy_files import write_npz
from app.files.packed import DOCUMENT, unpack
from app.files.safetensors import write_safetensors

Format = Literal["json", "npz", "safetensors"]
FORMATS: tuple[Format, ...] = get_args(Format)
Figure = Literal["value", "gradient"]


class Saved(NamedTuple):
    """A file: its bytes, and its media type."""

    data: bytes
    mimetype: str


def save(document: Any, trace: Trace, form: Format) -> Saved:
    """The document as a file that opens again with exactly the same numbers.

    A .npz file also holds all figures of the trace.
    """
    if form == "json":
        return Saved(orjson.dumps(document), "application/json")
    text, arrays = unpack(document)
    if form == "safetensors":
        return Saved(write_safetensors(arrays, {DOCUMENT: text}), "application/octet-stream")
    named: dict[str, npt.NDArray[Any]] = {
        DOCUMENT: np.frombuffer(text.encode(), np.uint8), **arrays, **dict(_figures(trace))
    }  # fmt: skip
    return Saved(write_npz(named), "application/octet-stream")


def grid(trace: Trace, layer: int, parameter: str | None, figure: Figure) -> Array:
    """The values or the gradients of a layer's output (−1: the input), or of a parameter."""
    if parameter is None:
        return (trace.values if figure == "value" else trace.gradients)[layer + 1]
    if figure == "value":
        return trace.network.layers[layer].parameters[parameter]
    return trace.parameters[layer][parameter]


def table(array: Array) -> str:
    """A grid as CSV with all digits: one line per row, and an empty line between channels."""
    if array.ndim < 2:
        array = array.reshape(1, -1)
    planes = array.reshape(-1, *array.shape[-2:])
    return "\n".join(
        "".join(",".join(map(_written, row)) + "\n" for row in plane.tolist()) for plane in planes
    )


def _written(x: float) -> str:
    return str(int(x)) if x.is_integer() and abs(x) < 2**53 else repr(x)


def _figures(trace: Trace) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """All figures by name, as «layers.0.gradient»."""
    yield "input.gradient", trace.gradients[0]
    for i, layer in enumerate(trace.network.layers):
        yield f"layers.{i}.value", trace.values[i + 1]
        yield f"layers.{i}.gradient", trace.gradients[i + 1]
        for name, gradient in trace.parameters[i].items():
            yield f"layers.{i}.{name}.gradient", gradient
        if isinstance(layer, MaxPool):
            yield f"layers.{i}.winners", layer.winners(trace.tapes[i])
    if trace.loss is not None:
        yield "loss", np.array(trace.loss)
    if trace.probabilities is not None:
        yield "probabilities", trace.probabilities
