"""Reading requests: JSON body → checked model → trace. Shared by the JSON and the HTML routes."""

import hashlib
import marshal
from typing import Annotated, Any, TypeVar

import numpy as np
from flask import current_app, request
from pydantic import Field, ValidationError
from pydantic_core import from_json
from werkzeug.exceptions import UnsupportedMediaType

from app import document
from app.document import Document, Integer, Location, Model, Refusal
from app.engine.network import Trace
from app.engine.receipt import Cell, shape_of
from app.engine.types import Overflow
from app.problems import located
from app.traces import Traces


class TraceRequest(Model):
    """A network, or the id of a trace that the server still knows."""

    network: Document | None = None
    trace: str | None = None


class CellModel(Model):
    """A cell: its layer (−1 is the input), its index there, and which parameter if it is one."""

    layer: Annotated[Integer, Field(ge=-1, lt=document.MAX_LAYERS)]
    index: Annotated[list[Annotated[Integer, Field(ge=0)]], Field(min_length=1, max_length=4)]
    parameter: str | None = None


class ReceiptRequest(TraceRequest):
    """A network or a trace, and the cell whose gradient is to be taken apart."""

    cell: CellModel


class PictureRequest(TraceRequest):
    """A network or a trace, and the lesson whose texts are to be told with its numbers."""

    lesson: str | None = None


class NotJson(Exception):
    """A body that is not JSON: what the parser said."""


class UnknownTrace(Exception):
    """The id of a trace that the server no longer knows, or never knew."""


Request = TypeVar("Request", bound=TraceRequest)


def read(model: type[Request]) -> tuple[Request, Trace, str]:
    """The checked request, the trace it speaks of, and that trace's id.

    Raises:
        UnsupportedMediaType, NotJson, Refusal, UnknownTrace: answered as 415, 400, 422 and 404.
    """
    raw = _json()
    try:
        asked = model.model_validate(raw)
    except ValidationError as error:
        raise Refusal(located(error)) from None
    traces: Traces = current_app.extensions["traces"]
    if asked.network is not None and asked.trace is None:
        # The same document has the same id, whoever sends it and whenever.
        key = hashlib.blake2b(marshal.dumps(raw["network"], 2), digest_size=12).hexdigest()
        trace = traces.get(key)
        if trace is None:
            trace = run(asked.network)
            traces.put(key, trace)
    elif asked.trace is not None and asked.network is None:
        key, trace = asked.trace, traces.get(asked.trace)
        if trace is None:
            raise UnknownTrace
    else:
        raise Refusal([(("network",), "Send either a network or the id of a trace.")])
    return asked, trace, key


def run(checked: Document) -> Trace:
    """Document → trace; a Refusal names the layer that does not fit or overflows."""
    try:
        return document.build(checked).trace()
    except Overflow as overflow:
        raise document.explain(overflow) from None


def find_cell(trace: Trace, asked: CellModel) -> Cell:
    """The cell a request names, refused where there is none."""
    layers = trace.network.layers
    if asked.layer >= len(layers):
        wrong = f"There is no layer {asked.layer}: the last one is {len(layers) - 1}."
        raise Refusal([(("cell", "layer"), wrong)])
    if asked.parameter is not None:
        known = list(layers[asked.layer].parameters) if asked.layer >= 0 else []
        if asked.parameter not in known:
            has = f"it has {' and '.join(known)}" if known else "it has none"
            wrong = f"This layer has no parameter “{asked.parameter}”: {has}."
            raise Refusal([(("cell", "parameter"), wrong)])
    shape = shape_of(trace, asked.layer, asked.parameter)
    if len(asked.index) != len(shape):
        wrong = f"Expected {len(shape)} numbers, for the shape {' × '.join(map(str, shape))}."
        raise Refusal([(("cell", "index"), wrong)])
    outside: list[tuple[Location, str]] = [
        (("cell", "index", axis), f"This must be less than {size}.")
        for axis, (at, size) in enumerate(zip(asked.index, shape, strict=True))
        if at >= size
    ]
    if outside:
        raise Refusal(outside)
    return Cell(asked.layer, int(np.ravel_multi_index(asked.index, shape)), asked.parameter)


def _json() -> Any:
    if not request.is_json:
        raise UnsupportedMediaType("Send JSON, with the header Content-Type: application/json.")
    try:
        return from_json(request.get_data(cache=False))
    except ValueError as error:
        raise NotJson(str(error)) from None
