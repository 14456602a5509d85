"""The JSON API: each route calls the engine and writes its answer. No mathematics here."""

from collections.abc import Callable
from functools import cache
from inspect import getdoc
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import orjson
from flask import Blueprint, Response
from pydantic import BaseModel

from app.check import check_json
from app.document.affordable import check_affordable
from app.document.places import check_changeable
from app.engine.gradcheck import gradcheck
from app.engine.margins import maxima
from app.engine.network import Trace
from app.engine.nudge import nudge
from app.engine.paths import paths
from app.engine.receipt import Receipt, receipt_of
from app.engine.types import Array, Index
from app.explain.gradcheck import report_json
from app.explain.margins import margins_json
from app.explain.nudge import nudge_json
from app.explain.paths import paths_json
from app.export import export
from app.text import sentences
from app.web import schemas
from app.web.openapi import Operation, describe
from app.web.reading import RequestT, cell_in, takes
from app.web.request_models import (
    CheckRequest,
    MarginsRequest,
    NudgeRequest,
    PathsRequest,
    ReceiptRequest,
    TraceRequest,
)
from app.web.traces import KEPT_ANSWER

blueprint = Blueprint("api", __name__, url_prefix="/api")

OPERATIONS: list[Operation] = []
"""Every route, as its description needs it."""
Work = Callable[[RequestT, Trace, str], Any]
"""The request, the trace it is about and that trace's id → what the answer holds."""


def operation(
    path: str, model: type[RequestT], answered: type[BaseModel]
) -> Callable[[Work[RequestT]], Work[RequestT]]:
    """A route that takes a network or a trace; its docstring describes it."""

    def register(work: Work[RequestT]) -> Work[RequestT]:
        @takes(model)
        def view(request: RequestT, trace: Trace, key: str) -> Response:
            return answer(work(request, trace, key))

        blueprint.post(path, endpoint=path[1:])(view)
        OPERATIONS.append(Operation(f"/api{path}", getdoc(work), model, answered))
        return work

    return register


_short_answers: WeakKeyDictionary[Trace, bytes] = WeakKeyDictionary()
"""Answers about traces, kept as long as these are remembered."""


@operation("/trace", TraceRequest, schemas.TraceAnswer)
def trace_network(request: TraceRequest, trace: Trace, key: str) -> orjson.Fragment:
    """Every value and every gradient of a network."""
    content = _short_answers.get(trace)
    if content is None:
        content = _json(trace_json(trace, key))
        if len(content) <= KEPT_ANSWER:
            _short_answers[trace] = content
    return orjson.Fragment(content)


@operation("/receipt", ReceiptRequest, schemas.ReceiptAnswer)
def take_apart(request: ReceiptRequest, trace: Trace, key: str) -> dict[str, Any]:
    """One gradient taken apart into upstream × local derivative."""
    return receipt_json(trace, receipt_of(trace, cell_in(trace, request.cell)))


@operation("/paths", PathsRequest, schemas.PathsAnswer)
def list_paths(request: PathsRequest, trace: Trace, key: str) -> dict[str, Any]:
    """How many paths lead from the loss to a cell, where they stop, and the largest open ones."""
    return paths_json(trace, paths(trace, cell_in(trace, request.cell), request.most))


@operation("/margins", MarginsRequest, schemas.MarginsAnswer)
def compare_margins(request: MarginsRequest, trace: Trace, key: str) -> dict[str, Any]:
    """By how much each max pool's winner leads, and what a cell is short of."""
    return margins_json(trace, None if request.cell is None else cell_in(trace, request.cell))


@operation("/nudge", NudgeRequest, schemas.NudgeAnswer)
def nudge_number(request: NudgeRequest, trace: Trace, key: str) -> dict[str, Any]:
    """One number changed: what its gradient predicts, what happens, and where the kinks are."""
    cell = cell_in(trace, request.cell)
    check_changeable(cell)
    return nudge_json(trace, nudge(trace, cell, request.by, request.range))


@operation("/gradcheck", TraceRequest, schemas.GradcheckAnswer)
def check_gradients(request: TraceRequest, trace: Trace, key: str) -> dict[str, Any]:
    """Every gradient of the input and the parameters, held against finite differences."""
    check_affordable(trace)
    return report_json(trace, gradcheck(trace))


@operation("/check", CheckRequest, schemas.CheckAnswer)
def check_array(request: CheckRequest, trace: Trace, key: str) -> dict[str, Any]:
    """A gradient that somebody worked out: right, or which cells differ, and which mistake does."""
    return check_json(trace, request.of.layer, request.of.parameter, request.array, request.text)


@operation("/export", TraceRequest, schemas.ExportAnswer)
def export_scripts(request: TraceRequest, trace: Trace, key: str) -> dict[str, str]:
    """The network as scripts that run without this tool, and assert the numbers on the screen."""
    return export(trace)


@blueprint.get("/openapi.json")
def description() -> Response:
    """This description of all routes."""
    return answer(_description())


OPERATIONS.append(
    Operation("/api/openapi.json", getdoc(description), None, schemas.DescriptionAnswer)
)


@cache
def _description() -> dict[str, Any]:
    return describe(OPERATIONS)


def answer(payload: Any, status: int = 200) -> Response:
    """A JSON response; float64 arrays keep every digit."""
    return Response(_json(payload), status, mimetype="application/json")


def _json(payload: Any) -> bytes:
    return orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY)


def trace_json(trace: Trace, key: str) -> dict[str, Any]:
    """The contract's form of a trace."""
    layers = []
    for i, layer in enumerate(trace.network.layers):
        own = trace.parameters[i]
        winners = layer.winners(trace.tapes[i])
        layers.append(
            {
                "type": layer.name,
                "shape": layer.shape,
                "value": _plain(trace.values[i + 1]),
                "gradient": _plain(trace.gradients[i + 1]),
                "weight_gradient": _plain(own.get("weight")),
                "bias_gradient": _plain(own.get("bias")),
                "winners": winners,
                "maxima": None if winners is None else _maxima(trace, i, winners),
            }
        )
    return {
        "id": key,
        "loss": trace.loss,
        "probabilities": _plain(trace.probabilities),
        "input": {"value": trace.values[0], "gradient": _plain(trace.gradients[0])},
        "layers": layers,
    }


def _maxima(trace: Trace, layer: int, winners: Index) -> Index | list[Any]:
    """[C][OH][OW], each a list of all flat indexes that hold the maximum of that window."""
    alone, tied = winners[..., None], maxima(trace, layer)
    if not tied:
        return np.ascontiguousarray(alone)
    held: list[Any] = alone.tolist()
    for (channel, row, column), cells in tied.items():
        held[channel][row][column] = cells
    return held


def receipt_json(trace: Trace, receipt: Receipt) -> dict[str, Any]:
    """The contract's form of a receipt."""
    shape = trace.network.shape_of(
        len(trace.network.layers) - 1 if receipt.source is None else receipt.source
    )
    source = "head" if receipt.source is None else receipt.source
    indexes = np.stack(np.unravel_index(receipt.sources, shape), axis=1).tolist()
    columns = (receipt.upstream, receipt.factors, receipt.products)
    terms = [
        {
            "source": {"layer": source, "index": index},
            "upstream": upstream,
            "factor": factor,
            "product": product,
            "zero": zero,
        }
        for index, upstream, factor, product, zero in zip(
            indexes, *((each + 0.0).tolist() for each in columns), receipt.zeros, strict=True
        )
    ]
    return {
        "value": receipt.value,
        "gradient": receipt.gradient + 0.0,
        "terms": terms,
        "zero": receipt.zero,
        "sentence": sentences.sentence(trace, receipt),
    }


def _plain(array: Array | None) -> Array | None:
    """Contiguous, as orjson needs it, and without −0."""
    return None if array is None else np.ascontiguousarray(array) + 0.0
