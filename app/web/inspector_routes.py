"""The inspector's routes: its parts for one cell, and the checks of gradients, as HTML."""

from flask import Blueprint, abort, render_template

from app.document.affordable import check_affordable, check_followable
from app.document.places import check_changeable
from app.engine.gather import gather
from app.engine.gradcheck import gradcheck
from app.engine.network import Trace
from app.engine.nudge import nudge
from app.engine.paths import paths
from app.explain.gather import gather_view
from app.explain.gradcheck import report_json
from app.explain.inspector import inspect
from app.explain.margins import margins_json
from app.explain.nudge import nudge_json
from app.explain.paths import paths_json
from app.stage.tables import difference_tables
from app.text.texts import say
from app.web.checking import check_one
from app.web.reading import cell_in, takes
from app.web.request_models import (
    CheckRequest,
    NudgeRequest,
    PathsRequest,
    ReceiptRequest,
    WholeTraceRequest,
)

blueprint = Blueprint("inspector", __name__)


@blueprint.post("/inspector")
@takes(ReceiptRequest)
def inspect_cell(request: ReceiptRequest, trace: Trace, key: str) -> str:
    """The inspector's content for one cell."""
    return render_template("_inspector.html", view=inspect(trace, cell_in(trace, request.cell)))


@blueprint.post("/inspector/paths")
@takes(PathsRequest)
def list_paths(request: PathsRequest, trace: Trace, key: str) -> str:
    """Every path from the loss to a cell."""
    cell = cell_in(trace, request.cell)
    check_followable(trace, cell)
    listed = paths(trace, cell, request.most)
    return render_template("_paths.html", answer=paths_json(trace, listed))


@blueprint.post("/inspector/margins")
@takes(ReceiptRequest)
def compare_margins(request: ReceiptRequest, trace: Trace, key: str) -> str:
    """How firmly the windows around a cell hold their maxima."""
    return render_template(
        "_margins.html", answer=margins_json(trace, cell_in(trace, request.cell))
    )


@blueprint.post("/inspector/nudge")
@takes(NudgeRequest)
def nudge_number(request: NudgeRequest, trace: Trace, key: str) -> str:
    """One number changed: what its gradient predicts, and what happens."""
    cell = cell_in(trace, request.cell)
    check_changeable(cell)
    nudged = nudge(trace, cell, request.by, request.range)
    return render_template("_nudge.html", answer=nudge_json(trace.batch or trace, nudged))


@blueprint.post("/inspector/gather")
@takes(ReceiptRequest)
def gather_kernel(request: ReceiptRequest, trace: Trace, key: str) -> str:
    """A convolution's sum, gathered with the flipped kernel."""
    gathered = gather(trace, cell_in(trace, request.cell))
    if gathered is None:
        abort(404, say("gather.none"))
    return render_template("_gather.html", answer=gather_view(trace, gathered))


@blueprint.post("/check")
@takes(CheckRequest)
def check_array(request: CheckRequest, trace: Trace, key: str) -> str:
    """Somebody's gradients, judged: the difference as a picture, and the diagnosis."""
    answer = check_one(request, trace)
    tables = difference_tables(answer["given"], answer["difference"], answer["wrong"])
    return render_template("_check.html", answer=answer, differences=tables)


@blueprint.post("/gradcheck")
@takes(WholeTraceRequest)
def check_gradients(request: WholeTraceRequest, trace: Trace, key: str) -> str:
    """Every gradient of the network held against finite differences."""
    check_affordable(trace)
    return render_template("_gradcheck.html", answer=report_json(trace, gradcheck(trace)))
