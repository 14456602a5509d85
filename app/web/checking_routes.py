"""The page that checks a backward pass, and what its script asks for."""

from functools import lru_cache
from typing import Any

import flask
from flask import Blueprint, Response, abort, render_template

from app.check.matching import places
from app.check.questions import Unclear
from app.check.together import title_of
from app.document.building import run
from app.document.document import MAX_BYTES, Document, Refusal
from app.engine.network import Trace
from app.engine.receipt import shape_of
from app.files.loading import open_files, open_paths
from app.lessons import FIRST, LESSONS
from app.stage.report import report
from app.text.sentences import network_words
from app.text.texts import capital, say
from app.web import assets
from app.web.api import answer
from app.web.checking import check_everything
from app.web.file_routes import posted_choice, posted_files
from app.web.reading import known_traces, takes
from app.web.request_models import CheckRequest, WholeTraceRequest
from app.web.site import Site
from app.web.traces import id_of

blueprint = Blueprint("checking", __name__)

OPENED = "opened"
"""What the network of the command's files is called where lessons have their slug."""


@blueprint.get("/check")
def page() -> str:
    """The page, with the network of the lesson that ``?lesson=`` names."""
    slug = flask.request.args.get("lesson", FIRST.slug)
    document, trace = _network(slug) or _network(FIRST.slug) or abort(404)
    known = slug if slug in LESSONS or slug == OPENED else FIRST.slug
    chosen = flask.request.cookies.get("theme")
    return render_template(
        "check.html",
        theme=chosen if chosen in ("light", "dark") else None,
        base=flask.request.script_root,
        slug=known,
        lessons=_choices(),
        data={"document": document, "slug": known, "most": MAX_BYTES, **_told(trace, document)},
        styles=assets.styles(assets.CHECK_STYLES),
        script=assets.state(assets.check_script()),
    )


@blueprint.get("/check/lesson/<slug>")
def lesson(slug: str) -> Response:
    """A lesson's network, and what the page says of it."""
    known = _network(slug)
    if known is None:
        abort(404)
    document, trace = known
    return answer({"document": document, "slug": slug, **_told(trace, document)})


@blueprint.post("/check/network")
@takes(WholeTraceRequest)
def tell_network(request: WholeTraceRequest, trace: Trace, key: str) -> Response:
    """What the page says of somebody's own network."""
    title = "" if request.network is None else request.network.title or ""
    return answer(_told(trace, {"title": title}, key))


@blueprint.post("/check/open")
def open_network() -> Response:
    """The network that files hold."""
    return answer(open_files(posted_files(), posted_choice()))


@blueprint.post("/check/report")
@takes(CheckRequest)
def judge(request: CheckRequest, trace: Trace, key: str) -> str:
    """The gradients that were pasted or dropped, judged."""
    try:
        checked = check_everything(request, trace)
    except Unclear as unclear:
        return render_template("_check_questions.html", questions=unclear.questions)
    return render_template("_check_report.html", report=report(trace, checked))


# --- what the page shows of a network -----------------------------------------------------------


def _choices() -> list[tuple[str, str]]:
    site: Site = flask.current_app.extensions["site"]
    own = [(OPENED, say("checking.own"))] if site.files else []
    return [*own, *((each.slug, each.title) for each in LESSONS.values())]


def _network(slug: str) -> tuple[dict[str, Any], Trace] | None:
    """A lesson's document and trace, or those of the command's files."""
    if slug in LESSONS:
        document = LESSONS[slug].network
        trace = _trace_of(slug)
    else:
        site: Site = flask.current_app.extensions["site"]
        if slug != OPENED or not site.files:
            return None
        try:
            content, trace = open_paths(site.files)
        except Refusal:  # They have changed since.
            return None
        document = content["network"]
    known_traces().keep(id_of(document), trace, document)
    return document, trace


@lru_cache(maxsize=32)
def _trace_of(slug: str) -> Trace:
    return run(Document.model_validate(LESSONS[slug].network))


def _told(trace: Trace, document: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    arrays = []
    for where in places(trace.network):
        shape = shape_of(trace, where.layer, where.parameter)
        place = {"layer": where.layer, "parameter": where.parameter}
        title = capital(title_of(trace, where))
        arrays.append((place, title, " × ".join(map(str, shape))))
    return {
        "id": key or id_of(document),
        "network": render_template(
            "_check_network.html",
            title=document.get("title") or "",
            lines=network_words(trace.network),
        ),
        "arrays": render_template("_check_arrays.html", arrays=arrays),
    }
