"""The JSON API: each route calls the engine and writes its answer. No mathematics here."""

from collections.abc import Callable
from functools import cache
from inspect import getdoc
from typing import Any, get_type_hints

import orjson
from flask import Blueprint, Response

from app.check import CheckAllAnswer, CheckAnswer
from app.document.affordable import check_affordable, check_followable
from app.document.document import Document
from app.document.places import check_changeable
from app.document.problems import as_json
from app.engine.gradcheck import gradcheck
from app.engine.network import Trace
from app.engine.nudge import nudge
from app.engine.paths import paths
from app.engine.receipt import receipt_of
from app.engine.step import step
from app.explain.compare import CompareAnswer, compare_json
from app.explain.gradcheck import GradcheckAnswer, report_json
from app.explain.margins import MarginsAnswer, margins_json
from app.explain.nudge import NudgeAnswer, nudge_json
from app.explain.paths import PathsAnswer, paths_json
from app.explain.receipt import ReceiptAnswer, receipt_json
from app.explain.step import StepAnswer, step_json
from app.explain.trace import TraceAnswer, trace_json
from app.export import ExportAnswer, export
from app.web.checking import check_one, check_several
from app.web.openapi import DescriptionAnswer, Operation, describe
from app.web.reading import RequestT, View, cell_in, document_of, takes, traced
from app.web.request_models import (
    CheckRequest,
    CompareRequest,
    MarginsRequest,
    NudgeRequest,
    PathsRequest,
    ReceiptRequest,
    StepRequest,
    WholeTraceRequest,
)

blueprint = Blueprint("api", __name__, url_prefix="/api")

OPERATIONS: list[Operation] = []
"""Every route, as its description needs it."""


def operation(
    path: str, model: type[RequestT]
) -> Callable[[View[RequestT, Any]], View[RequestT, Any]]:
    """A route that takes a network or a trace.

    Its function's docstring and the type it returns describe it.
    """

    def register(view: View[RequestT, Any]) -> View[RequestT, Any]:
        @takes(model)
        def respond(request: RequestT, trace: Trace, key: str) -> Response:
            viewed = view(request, trace, key)
            if not request.readings:
                return answer(viewed)
            return answer({**viewed, "read_as": as_json(request.readings)["errors"]})

        blueprint.post(path, endpoint=path[1:])(respond)
        returned = get_type_hints(view)["return"]
        OPERATIONS.append(Operation(f"/api{path}", getdoc(view), model, returned))
        return view

    return register


@operation("/trace", WholeTraceRequest)
def trace_network(request: WholeTraceRequest, trace: Trace, key: str) -> TraceAnswer:
    """Every value and every gradient of a network."""
    return trace_json(trace, key)


@operation("/receipt", ReceiptRequest)
def take_apart(request: ReceiptRequest, trace: Trace, key: str) -> ReceiptAnswer:
    """One gradient taken apart into upstream × local derivative."""
    return receipt_json(trace, receipt_of(trace, cell_in(trace, request.cell)))


@operation("/paths", PathsRequest)
def list_paths(request: PathsRequest, trace: Trace, key: str) -> PathsAnswer:
    """How many paths lead from the loss to a cell, where they stop, and the largest open ones."""
    cell = cell_in(trace, request.cell)
    check_followable(trace, cell)
    return paths_json(trace, paths(trace, cell, request.most))


@operation("/margins", MarginsRequest)
def compare_margins(request: MarginsRequest, trace: Trace, key: str) -> MarginsAnswer:
    """By how much each max pool's winner leads, and what a cell is short of."""
    return margins_json(trace, None if request.cell is None else cell_in(trace, request.cell))


@operation("/nudge", NudgeRequest)
def nudge_number(request: NudgeRequest, trace: Trace, key: str) -> NudgeAnswer:
    """One number changed: what its gradient predicts, what happens, and where the kinks are."""
    cell = cell_in(trace, request.cell)
    check_changeable(cell)
    return nudge_json(trace.batch or trace, nudge(trace, cell, request.by, request.range))


@operation("/gradcheck", WholeTraceRequest)
def check_gradients(request: WholeTraceRequest, trace: Trace, key: str) -> GradcheckAnswer:
    """Every gradient of the input and the parameters, held against finite differences."""
    check_affordable(trace)
    return report_json(trace, gradcheck(trace))


@operation("/check", CheckRequest)
def check_array(request: CheckRequest, trace: Trace, key: str) -> CheckAnswer | CheckAllAnswer:
    """Gradients that somebody worked out: right, or which cells differ, and which mistake does."""
    return check_several(request, trace) if request.is_several else check_one(request, trace)


@operation("/export", WholeTraceRequest)
def export_scripts(request: WholeTraceRequest, trace: Trace, key: str) -> ExportAnswer:
    """The network as scripts that run without this tool, and assert the numbers on the screen."""
    return export(trace)


@operation("/step", StepRequest)
def learn(request: StepRequest, trace: Trace, key: str) -> StepAnswer:
    """One step of gradient descent: the predicted change beside the real one, and what switches."""
    return step_json(document_of(key), trace, step(trace, request.rate))


@operation("/compare", CompareRequest)
def compare_networks(request: CompareRequest, trace: Trace, key: str) -> CompareAnswer:
    """The difference of every grid that two networks have, on one scale, and what causes it."""
    document = Document.model_validate(document_of(key))
    return compare_json((document, trace), (request.other, traced(request.other)))


@blueprint.get("/openapi.json")
def description() -> Response:
    """This description of all routes."""
    return answer(_description())


OPERATIONS.append(Operation("/api/openapi.json", getdoc(description), None, DescriptionAnswer))


@cache
def _description() -> DescriptionAnswer:
    return describe(OPERATIONS)


def answer(payload: object, status: int = 200) -> Response:
    """A JSON response; float64 arrays keep every digit."""
    content = orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, status, mimetype="application/json")
