"""The HTML routes: the page of a lesson, and the inspector's part of it."""

import re
from functools import cache
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, abort, render_template, request
from markupsafe import Markup, escape

from app.check import check_json
from app.document.document import Document, Refusal
from app.document.problems import as_json
from app.engine.gather import gather
from app.engine.gradcheck import gradcheck
from app.engine.network import Trace
from app.engine.nudge import nudge
from app.engine.paths import paths
from app.engine.timeline import moves
from app.engine.types import Overflow
from app.explain.gather import gather_view
from app.explain.gradcheck import report_json
from app.explain.inspector import inspect
from app.explain.margins import margins_json
from app.explain.nudge import nudge_json
from app.explain.paths import paths_json
from app.explain.solution import solve
from app.lessons import FIRST, LESSONS
from app.stage.channels import Opening
from app.stage.layout import lay_out
from app.stage.picture import grids, moves_json, picture, story
from app.stage.settings import choices
from app.stage.tables import SHADES, columns_of, difference_tables, exact, planes, written
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import LANGUAGE, WORDS, say
from app.web import assets, requests
from app.web.api import answer
from app.web.compression import compressed

blueprint = Blueprint("pages", __name__)

THEMES = ("light", "dark")
"""What a reader may choose instead of the system's theme."""
MAX_FIELDS = 100
"""Cells of one array that the form still shows as fields; larger ones are edited in the picture."""


@blueprint.get("/")
def first() -> Response:
    """The founding lesson."""
    return lesson(FIRST.slug)


@blueprint.get("/lesson/<slug>")
def lesson(slug: str) -> Response:
    """Any lesson by its name; nothing is sent to a browser that still has it as it is."""
    if slug not in LESSONS:
        abort(404)
    chosen = request.cookies.get("theme")
    page, state, key, trace = _page(slug, chosen if chosen in THEMES else None)
    requests.remember(key, trace, LESSONS[slug].network)
    response = Response(page, mimetype="text/html")
    response.cache_control.no_cache = True
    response.vary.add("Cookie")
    response.set_etag(state)
    response.make_conditional(request)
    return compressed(response)


@blueprint.post("/picture")
def draw() -> Response:
    """What the stage draws: every figure, why each zero is 0, and what travels."""
    asked, trace, key = requests.read(requests.PictureRequest)
    lesson = LESSONS.get(asked.lesson or "")
    headline = {} if lesson is None else lesson.headline(trace)
    opening = requests.find_opening(trace, asked)
    return answer({"id": key, **headline, **picture(opening, grids(opening))})


@blueprint.post("/story")
def tell() -> Response:
    """The steps of both passes in words. Asked for once the picture is there."""
    asked, trace, _ = requests.read(requests.PictureRequest)
    cell = None if asked.cell is None else requests.find_cell(trace, asked.cell)
    return answer(story(requests.find_opening(trace, asked), cell))


@blueprint.post("/opened")
def opened() -> Response:
    """The tables of what is drawn one channel at a time, with other channels open, as HTML."""
    asked, trace, _ = requests.read(requests.PictureRequest)
    return answer(
        {
            grid.key: render_template("_planes.html", grid=grid)
            for grid in grids(requests.find_opening(trace, asked))
            if grid.plane.count > 1
        }
    )


@blueprint.post("/moves")
def moves_to() -> Response:
    """What travels to one cell, of a layer where all that travels is too much."""
    asked, trace, _ = requests.read(requests.ReceiptRequest)
    cell = requests.find_cell(trace, asked.cell)
    reader = trace.network.reader_of(cell.layer)
    if reader is None or cell.parameter:
        return answer({})
    return answer({str(reader): moves_json(trace, reader, moves(trace, reader, [cell.at]))})


@blueprint.post("/inspector")
def inspector() -> str:
    """The inspector's content for one cell, as HTML."""
    asked, trace, _ = requests.read(requests.ReceiptRequest)
    return render_template(
        "_inspector.html", view=inspect(trace, requests.find_cell(trace, asked.cell))
    )


@blueprint.post("/inspector/paths")
def paths_section() -> str:
    """Every path from the loss to a cell."""
    asked, trace, _ = requests.read(requests.PathsRequest)
    found = paths(trace, requests.find_cell(trace, asked.cell), asked.most)
    return render_template("_paths.html", told=paths_json(trace, found))


@blueprint.post("/inspector/margins")
def margins_section() -> str:
    """How firmly the windows around a cell hold their maxima."""
    asked, trace, _ = requests.read(requests.ReceiptRequest)
    told = margins_json(trace, requests.find_cell(trace, asked.cell))
    return render_template("_margins.html", told=told)


@blueprint.post("/inspector/nudge")
def nudge_section() -> str:
    """One number changed: what its gradient predicts, and what happens."""
    asked, trace, _ = requests.read(requests.NudgeRequest)
    cell = requests.find_changeable(trace, asked.cell)
    found = nudge(trace, cell, requests.find_change(asked), asked.range)
    return render_template("_nudge.html", told=nudge_json(trace, found))


@blueprint.post("/inspector/gather")
def gather_section() -> str:
    """A convolution's sum, gathered with the flipped kernel."""
    asked, trace, _ = requests.read(requests.ReceiptRequest)
    found = gather(trace, requests.find_cell(trace, asked.cell))
    if found is None:
        abort(404, say("gather.none"))
    return render_template("_gather.html", told=gather_view(trace, found))


@blueprint.post("/check")
def check() -> str:
    """Somebody's gradients, judged: the difference as a picture, and the diagnosis."""
    asked, trace, _ = requests.read(requests.CheckRequest)
    told = check_json(trace, asked)
    return render_template("_check.html", told=told, differences=difference_tables(told))


@blueprint.post("/gradcheck")
def check_gradients() -> str:
    """Every gradient of the network held against finite differences."""
    _, trace, _ = requests.read(requests.TraceRequest)
    requests.check_is_affordable(trace)
    return render_template("_gradcheck.html", told=report_json(trace, gradcheck(trace)))


@blueprint.post("/solution")
def solution() -> str | tuple[str, int]:
    """The worked solution of one cell or of the whole backward pass, as a page to print.

    A form posts it, not a script, so that it opens beside the page as any link does.
    """
    try:
        asked, trace, _ = requests.read(requests.SolutionRequest, field="asked")
        cell = None if asked.cell is None else requests.find_cell(trace, asked.cell)
    except (Refusal, requests.NotJson, requests.UnknownTrace) as error:
        said = say("solution.refused")
        if isinstance(error, Refusal):
            said = " ".join(message for _, message in error.problems)
        name = say("solution.refused_name")
        return render_template("error.html", status=422, name=name, said=said), 422
    lesson = LESSONS.get(asked.lesson or "")
    return render_template(
        "solution.html",
        headline=None if lesson is None else lesson.headline(trace),
        solution=solve(trace, cell),
    )


@blueprint.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    """What the reader typed does not fit: said in words, and no error of the page's.

    So it is answered with 200: of any other status, browsers log an error in the console.
    """
    return answer(as_json(refusal.problems))


@blueprint.errorhandler(requests.UnknownTrace)
def forgotten(_: requests.UnknownTrace) -> tuple[str, int]:
    """The page asks again with the whole network; of a 404, browsers would log an error."""
    return "", 204


@blueprint.errorhandler(Overflow)
def overflowed(overflow: Overflow) -> Response:
    """A figure that leaves float64 while a question about a trace is answered."""
    return refused(requests.overflowed(overflow))


# --- the page -----------------------------------------------------------------------------------


@cache
def _page(slug: str, theme: str | None) -> tuple[bytes, str, str, Trace]:
    """A lesson's page, what names its state, its trace's id and that trace.

    Nobody's edits are in it: it is made once.
    """
    lesson = LESSONS[slug]
    document = Document.model_validate(lesson.network)
    trace = requests.run(document)
    opening = Opening(trace, lesson.opened)
    drawn = grids(opening)
    view = inspect(trace, lesson.pinned)
    key = requests.id_of(lesson.network)
    shown = {"id": key, **picture(opening, drawn), **story(opening, lesson.pinned)}
    page = render_template(
        "page.html",
        theme=theme,
        lesson=lesson,
        lessons=LESSONS.values(),
        headline=lesson.headline(trace),
        layout=lay_out(trace.network, drawn),
        fields=[grid for grid in drawn if grid.path and grid.value.size <= MAX_FIELDS],
        too_large=any(grid.path and grid.value.size > MAX_FIELDS for grid in drawn),
        choices=choices(document, trace),
        view=view,
        pinned={"key": str(lesson.pinned.layer), "index": view.index},
        picture=shown,
        arrays=[grid for grid in drawn if grid.layer is not None],
        used_zeros=[code for code in sentences.ZEROS if any(code in grid.zero for grid in drawn)],
        zeros=sentences.ZEROS,
        styles=assets.styles(),
        script=assets.state(assets.page_script()),
        plotly=assets.state(assets.plotly_script()),
    ).encode()
    return page, assets.state(page), key, trace


def script_json(payload: Any) -> Markup:
    """JSON that may stand inside a script element."""
    text = orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY)
    return Markup(text.decode().replace("<", "\\u003c"))


def keys(text: str) -> Markup:
    """«[Esc] lets go», with keys as HTML marks them."""
    return Markup(re.sub(r"\[(.+?)\]", r"<kbd>\1</kbd>", str(escape(text))))


def register(app: Flask) -> None:
    """Give the templates what they call."""
    app.jinja_env.globals |= {
        "columns_of": columns_of,
        "exact": exact,
        "figure": figure,
        "language": LANGUAGE,
        "planes": planes,
        "say": say,
        "shades": SHADES,
        "words": WORDS,
        "written": written,
    }
    app.jinja_env.filters["json"] = script_json
    app.jinja_env.filters["keys"] = keys
    app.register_blueprint(assets.blueprint)
    app.register_blueprint(blueprint)
