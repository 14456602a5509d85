"""The pages: a lesson's, and the worked solution to print."""

import re
from functools import lru_cache
from pathlib import PurePath
from typing import Any

import flask
import orjson
from flask import Blueprint, Flask, Response, abort, render_template, url_for
from markupsafe import Markup, escape

from app.builder.gallery import Start, gallery
from app.builder.sketch import sketch
from app.builder.status import status_of
from app.document.building import overflows_refused, run
from app.document.document import Document, Refusal
from app.document.problems import as_json
from app.engine.network import Trace
from app.engine.types import Shape
from app.explain.inspector import inspect
from app.explain.solution import solve
from app.files.loading import open_paths
from app.lessons import FIRST, LESSONS, lesson_of
from app.lessons.lesson import Lesson
from app.lessons.own import own_network, own_title
from app.stage.channels import OpenChannels
from app.stage.layout import layout_of
from app.stage.picture import grids, picture
from app.stage.question import ask
from app.stage.story import story
from app.stage.tables import exact, planes
from app.text import sentences
from app.text.numbers import figure, written
from app.text.texts import Language, say, spoken
from app.web import (
    assets,
    checking_routes,
    comparing_routes,
    inspector_routes,
    learning_routes,
    stage_routes,
)
from app.web.api import answer
from app.web.compression import compressed
from app.web.page_parts import parts_of
from app.web.reading import NotJson, UnknownTrace, cell_in, known_traces, read
from app.web.request_models import SolutionRequest
from app.web.site import Site
from app.web.traces import id_of

blueprint = Blueprint("pages", __name__)
# Nested, so that the error handlers below also answer what the page's scripts request.
blueprint.register_blueprint(stage_routes.blueprint)
blueprint.register_blueprint(inspector_routes.blueprint)
blueprint.register_blueprint(checking_routes.blueprint)
blueprint.register_blueprint(comparing_routes.blueprint)
blueprint.register_blueprint(learning_routes.blueprint)

THEMES = ("light", "dark")
"""What a reader may choose instead of the system's theme."""


@blueprint.get("/")
def first() -> Response:
    """The founding lesson."""
    return lesson(FIRST.slug)


@blueprint.get("/lesson/<slug>")
def lesson(slug: str) -> Response:
    """A lesson's page; 304 to a browser that has this version of it."""
    if slug not in LESSONS:
        abort(404)
    page, state, key, trace = _page(slug, _theme(), flask.request.script_root, spoken())
    known_traces().keep(key, trace, LESSONS[slug].network)
    return _kept_by_browsers(page, state)


@blueprint.get("/new")
def new() -> str:
    """The networks to start one's own from."""
    starts = [
        {
            "slug": start.slug,
            "title": start.title,
            "sketch": sketch(_whole_shapes(start)),
            "layers": say("new.layers", n=len(start.network()["layers"])),
        }
        for start in gallery().values()
    ]
    return render_template(
        "new.html",
        theme=_theme(),
        base=flask.request.script_root,
        starts=starts,
        styles=assets.styles(),
        script=assets.state(assets.drafts_script()),
    )


@blueprint.get("/new/<slug>")
def own(slug: str) -> Response:
    """The page of one's own network, which begins as a lesson or as a start of the gallery."""
    if slug not in LESSONS and slug not in gallery():
        abort(404)
    page, state, key, trace = _own_page(slug, _theme(), flask.request.script_root, spoken())
    known_traces().keep(key, trace, _start(slug))
    return _kept_by_browsers(page, state)


@blueprint.get("/opened")
def opened() -> Response | tuple[str, int]:
    """The page of the files that the command was given; they are read each time."""
    site: Site = flask.current_app.extensions["site"]
    if not site.files:
        abort(404)
    try:
        content, trace = open_paths(site.files)
    except Refusal as refusal:  # They have changed since.
        said = " ".join(message for _, message in refusal.problems)
        return render_template("error.html", status=422, name=say("own.refused"), said=said), 422
    network = content["network"]
    name = network.get("title") or PurePath(site.files[0]).stem
    network = {**network, "title": name}
    shown = first_shown(trace)
    lesson = own_network("opened", name, network, shown)
    page, state, key = _rendered(lesson, shown, _theme(), flask.request.script_root)
    known_traces().keep(key, trace, network)
    return _kept_by_browsers(page, state)


def _kept_by_browsers(page: bytes, state: str) -> Response:
    """A page; 304 to a browser that has it in this state."""
    response = Response(page, mimetype="text/html")
    response.cache_control.no_cache = True
    response.vary.add("Cookie")
    response.set_etag(state)
    response.make_conditional(flask.request)
    return compressed(response)


@blueprint.post("/solution")
def solution() -> str | tuple[str, int]:
    """The worked solution of one cell or of the whole backward pass, as a page to print.

    A form posts it, not a script, so that it opens beside the page as any link does.
    """
    try:
        request, trace, _ = read(SolutionRequest, field="asked")
        cell = None if request.cell is None else cell_in(trace, request.cell)
        with overflows_refused(trace.network):
            solved = solve(trace, cell)
    except (Refusal, NotJson, UnknownTrace) as error:
        said = say("solution.refused")
        if isinstance(error, Refusal):
            said = " ".join(message for _, message in error.problems)
        name = say("solution.refused_name")
        return render_template("error.html", status=422, name=name, said=said), 422
    lesson = lesson_of(trace.network, request.lesson)
    return render_template(
        "solution.html",
        headline=None if lesson is None else lesson.headline(trace),
        solution=solved,
    )


@blueprint.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    """Says what is wrong with something a reader typed, which is no fault of the page.

    So it is answered with 200: of any other status, browsers log an error in the console.
    """
    return answer(as_json(refusal.problems))


@blueprint.errorhandler(UnknownTrace)
def forgotten(_: UnknownTrace) -> tuple[str, int]:
    """Makes the page send the whole network. Not a 404: browsers would log an error."""
    return "", 204


# --- making a page ------------------------------------------------------------------------------


def _theme() -> str | None:
    """The theme that the reader has chosen; None: the system's."""
    chosen = flask.request.cookies.get("theme")
    return chosen if chosen in THEMES else None


def _start(slug: str) -> dict[str, Any]:
    """The document that a network of one's own begins as."""
    return LESSONS[slug].network if slug in LESSONS else gallery()[slug].network()


def _whole_shapes(start: Start) -> list[Shape]:
    """The shapes of all arrays that flow through a network to start from."""
    return [shape for shape in status_of(start.network()).shapes if shape is not None]


@lru_cache(maxsize=64)
def _own_page(
    slug: str, theme: str | None, base: str, language: Language
) -> tuple[bytes, str, str, Trace]:
    """The same as ``_page``, of a network of one's own as it begins."""
    network = _start(slug)
    trace = run(Document.model_validate(network))
    shown = first_shown(trace)
    lesson = own_network(f"new-{slug}", own_title(network), network, shown)
    page, state, key = _rendered(lesson, shown, theme, base, builds=True)
    return page, state, key, trace


@lru_cache(maxsize=64)
def _page(
    slug: str, theme: str | None, base: str, language: Language
) -> tuple[bytes, str, str, Trace]:
    """A lesson's page, what names its state, its trace's id and that trace.

    Its addresses are below the path ``base``; ``language`` is the one that is spoken.

    Nobody's edits are in it: it is made once.
    """
    lesson = LESSONS[slug]
    trace = run(Document.model_validate(lesson.network))
    page, state, key = _rendered(lesson, first_shown(trace), theme, base)
    return page, state, key, trace


def first_shown(trace: Trace) -> Trace:
    """The trace that a page opens with: of a batch, the first example's."""
    return trace if trace.network.examples is None else trace.example(0)


def _rendered(
    lesson: Lesson, trace: Trace, theme: str | None, base: str, builds: bool = False
) -> tuple[bytes, str, str]:
    """The page of a lesson or of somebody's own network, what names its state, its trace's id.

    ``builds``: the builder is open.
    """
    channels = OpenChannels(trace, lesson.opened)
    drawn = grids(channels)
    view = inspect(trace, lesson.pinned)
    key = id_of(lesson.network)
    headline = lesson.headline(trace)
    shown = {
        "id": key,
        "layout": layout_of(trace),
        **headline,
        **picture(channels, drawn),
        **story(channels, lesson.pinned),
    }
    page = render_template(
        "page.html",
        theme=theme,
        base=base,
        builds=builds,
        own=url_for("pages.own", slug=lesson.slug) if lesson.slug in LESSONS else None,
        lesson=lesson,
        lessons=LESSONS.values(),
        shipped=lesson.slug in LESSONS,
        headline=headline,
        question=ask(trace, lesson.pinned),
        view=view,
        picture=shown,
        **parts_of(channels, drawn, lesson.pinned),
        zeros=sentences.zeros(),
        styles=assets.styles(),
        script=assets.state(assets.page_script()),
        plotly=assets.state(assets.plotly_script()),
    ).encode()
    return page, assets.state(page), key


def script_json(payload: Any) -> Markup:
    """JSON that can stand inside a script element."""
    text = orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY)
    return Markup(text.decode().replace("<", "\\u003c"))


def keys(text: str) -> Markup:
    """«[Esc] lets go», with keys as HTML marks them."""
    return Markup(re.sub(r"\[(.+?)\]", r"<kbd>\1</kbd>", str(escape(text))))


def register(app: Flask, language: Language) -> None:
    """Give the templates what they call, and the words of a language."""
    app.jinja_env.globals |= {
        "exact": exact,
        "figure": figure,
        "language": language.tag,
        "planes": planes,
        "say": say,
        "words": language.words,
        "written": written,
    }
    app.jinja_env.filters["json"] = script_json
    app.jinja_env.filters["keys"] = keys
    app.jinja_env.filters["unbroken"] = sentences.unbroken
    app.register_blueprint(assets.blueprint)
    app.register_blueprint(blueprint)
