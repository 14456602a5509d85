"""The JSON routes: ask the engine, write the answer. No mathematics here."""

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
from app.document.problems import as_json
from app.engine.gradcheck import gradcheck
from app.engine.layers import KINDS, MaxPool2d
from app.engine.margins import maxima
from app.engine.network import Trace
from app.engine.nudge import nudge
from app.engine.paths import paths
from app.engine.receipt import Receipt, receipt
from app.engine.types import Array, Index, Overflow
from app.explain.gradcheck import report_json
from app.explain.margins import margins_json
from app.explain.nudge import nudge_json
from app.explain.paths import paths_json
from app.export import export
from app.text import sentences
from app.web import requests, schemas
from app.web.openapi import Operation, describe
from app.web.traces import KEPT_ANSWER

blueprint = Blueprint("api", __name__, url_prefix="/api")

OPERATIONS: list[Operation] = []
"""Every route, as its description needs it."""
Work = Callable[[requests.Request, Trace, str], Any]
"""The request, the trace it speaks of and that trace's id → the answer."""


def operation(
    path: str, request: type[requests.Request], answered: type[BaseModel]
) -> Callable[[Work[requests.Request]], Work[requests.Request]]:
    """A route that takes a network or a trace; its docstring describes it."""

    def register(work: Work[requests.Request]) -> Work[requests.Request]:
        def view() -> Response:
            return answer(work(*requests.read(request)))

        blueprint.post(path, endpoint=work.__name__)(view)
        OPERATIONS.append(Operation(f"/api{path}", getdoc(work), request, answered))
        return work

    return register


_told: WeakKeyDictionary[Trace, bytes] = WeakKeyDictionary()
"""Short answers about traces, kept as long as these are remembered."""


@operation("/trace", requests.TraceRequest, schemas.TraceAnswer)
def trace(asked: requests.TraceRequest, traced: Trace, key: str) -> orjson.Fragment:
    """Every value and every gradient of a network."""
    told = _told.get(traced)
    if told is None:
        told = _json(trace_json(traced, key))
        if len(told) <= KEPT_ANSWER:
            _told[traced] = told
    return orjson.Fragment(told)


@operation("/receipt", requests.ReceiptRequest, schemas.ReceiptAnswer)
def take_apart(asked: requests.ReceiptRequest, traced: Trace, key: str) -> dict[str, Any]:
    """One gradient taken apart into upstream × local derivative."""
    return receipt_json(traced, receipt(traced, requests.find_cell(traced, asked.cell)))


@operation("/paths", requests.PathsRequest, schemas.PathsAnswer)
def follow(asked: requests.PathsRequest, traced: Trace, key: str) -> dict[str, Any]:
    """How many paths lead from the loss to a cell, where they stop, and the largest open ones."""
    cell = requests.find_cell(traced, asked.cell)
    return paths_json(traced, paths(traced, cell, asked.most))


@operation("/margins", requests.MarginsRequest, schemas.MarginsAnswer)
def compare(asked: requests.MarginsRequest, traced: Trace, key: str) -> dict[str, Any]:
    """By how much each max pool's winner leads, and what a cell is short of."""
    cell = None if asked.cell is None else requests.find_cell(traced, asked.cell)
    return margins_json(traced, cell)


@operation("/nudge", requests.NudgeRequest, schemas.NudgeAnswer)
def change(asked: requests.NudgeRequest, traced: Trace, key: str) -> dict[str, Any]:
    """One number changed: what its gradient predicts, what happens, and where the kinks are."""
    cell = requests.find_changeable(traced, asked.cell)
    return nudge_json(traced, nudge(traced, cell, requests.find_change(asked), asked.range))


@operation("/gradcheck", requests.TraceRequest, schemas.GradcheckAnswer)
def check_gradients(asked: requests.TraceRequest, traced: Trace, key: str) -> dict[str, Any]:
    """Every gradient of the input and the parameters, held against finite differences."""
    requests.check_is_affordable(traced)
    return report_json(traced, gradcheck(traced))


@operation("/check", requests.CheckRequest, schemas.CheckAnswer)
def check(asked: requests.CheckRequest, traced: Trace, key: str) -> dict[str, Any]:
    """A gradient that somebody worked out: right, or which cells differ, and which mistake does."""
    return check_json(traced, asked)


@operation("/export", requests.TraceRequest, schemas.ExportAnswer)
def take_with_you(asked: requests.TraceRequest, traced: Trace, key: str) -> dict[str, str]:
    """The network as scripts that run without this tool, and assert the numbers on the screen."""
    return export(traced)


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


@blueprint.errorhandler(Overflow)
def too_large(overflow: Overflow) -> Response:
    """A figure that leaves float64 while a question about a trace is answered."""
    return answer(as_json(requests.overflowed(overflow).problems), 422)


def answer(payload: Any, status: int = 200) -> Response:
    """A JSON response; float64 arrays keep every digit."""
    return Response(_json(payload), status, mimetype="application/json")


def _json(payload: Any) -> bytes:
    return orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY)


_NAMES = {kind: name for name, kind in KINDS.items()}


def trace_json(traced: Trace, key: str) -> dict[str, Any]:
    """The contract's form of a trace."""
    layers = []
    for i, layer in enumerate(traced.network.layers):
        own = traced.parameters[i]
        winners = layer.winners(traced.tapes[i]) if isinstance(layer, MaxPool2d) else None
        layers.append(
            {
                "type": _NAMES[type(layer)],
                "shape": layer.shape,
                "value": _plain(traced.values[i + 1]),
                "gradient": _plain(traced.gradients[i + 1]),
                "weight_gradient": _plain(own.get("weight")),
                "bias_gradient": _plain(own.get("bias")),
                "winners": winners,
                "maxima": None if winners is None else _maxima(traced, i, winners),
            }
        )
    return {
        "id": key,
        "loss": traced.loss,
        "probabilities": _plain(traced.probabilities),
        "input": {"value": traced.values[0], "gradient": _plain(traced.gradients[0])},
        "layers": layers,
    }


def _maxima(traced: Trace, layer: int, winners: Index) -> Index | list[Any]:
    """[C][OH][OW], each a list of all flat indexes that hold the maximum of that window."""
    alone, tied = winners[..., None], maxima(traced, layer)
    if not tied:
        return np.ascontiguousarray(alone)
    held: list[Any] = alone.tolist()
    for (channel, row, column), cells in tied.items():
        held[channel][row][column] = cells
    return held


def receipt_json(traced: Trace, bill: Receipt) -> dict[str, Any]:
    """The contract's form of a receipt."""
    shape = traced.network.shape_of(
        len(traced.network.layers) - 1 if bill.source is None else bill.source
    )
    source = "head" if bill.source is None else bill.source
    indexes = np.stack(np.unravel_index(bill.sources, shape), axis=1).tolist()
    columns = (bill.upstream, bill.factors, bill.products)
    terms = [
        {
            "source": {"layer": source, "index": index},
            "upstream": upstream,
            "factor": factor,
            "product": product,
            "zero": zero,
        }
        for index, upstream, factor, product, zero in zip(
            indexes, *((each + 0.0).tolist() for each in columns), bill.zeros, strict=True
        )
    ]
    return {
        "value": bill.value,
        "gradient": bill.gradient + 0.0,
        "terms": terms,
        "zero": bill.zero,
        "sentence": sentences.sentence(traced, bill),
    }


def _plain(array: Array | None) -> Array | None:
    """Contiguous, as orjson needs it, and without −0."""
    return None if array is None else np.ascontiguousarray(array) + 0.0
