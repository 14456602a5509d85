"""One step of learning, as the page shows it."""

from flask import Blueprint, Response, render_template

from app.engine.network import Trace
from app.engine.step import step
from app.explain.step import moves, step_json
from app.text.numbers import figure
from app.text.texts import say
from app.web.api import answer
from app.web.reading import document_of, takes
from app.web.request_models import StepRequest

blueprint = Blueprint("learning", __name__)


@blueprint.post("/step")
@takes(StepRequest)
def learn(request: StepRequest, trace: Trace, key: str) -> Response:
    """The network after the step, and the step as HTML; no network where nothing moves."""
    made = step_json(document_of(key), trace, step(trace, request.rate))
    return answer(
        {
            "network": made["network"] if moves(trace) else None,
            "said": say("step.said", rate=figure(made["rate"])),
            "sentence": made["sentence"],
            "row": render_template("_step_row.html", answer=made),
            "detail": render_template("_step.html", answer=made),
        }
    )
