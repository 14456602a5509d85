"""The HTML routes: the page of a lesson, and the inspector's part of it."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import orjson
from flask import Blueprint, Flask, Response, abort, current_app, render_template, request
from markupsafe import Markup

from app import asking, wording
from app.api import answer
from app.checking import check_json
from app.document import (
    AvgPool2d,
    CrossEntropy,
    Document,
    LeakyRelu,
    MaxPool2d,
    MeanSquaredError,
    Refusal,
    explain,
)
from app.engine.gather import gather
from app.engine.gradcheck import gradcheck
from app.engine.layers import Activation, Linear, Ties
from app.engine.network import Network, Trace
from app.engine.nudge import nudge
from app.engine.paths import paths
from app.engine.types import Overflow
from app.explaining.check import report_json
from app.explaining.gather import gather_view
from app.explaining.margins import margins_json
from app.explaining.nudge import nudge_json
from app.explaining.paths import paths_json
from app.figures import figure
from app.inspector import inspect
from app.lessons import FIRST, LESSONS
from app.picture import Grid, grids, picture
from app.problems import as_json
from app.tables import WORDS, difference_tables, exact, planes

blueprint = Blueprint("pages", __name__)

MAX_FIELDS = 400
"""Cells of one array that the form still shows as fields."""
MIN_CELL, SCENE_PADDING = 38, 44
"""Pixels, as in static/css/stage.css: a cell that holds both its figures, and the edges."""


@blueprint.get("/")
def first() -> str:
    """The founding lesson."""
    return _page(FIRST.slug)


@blueprint.get("/lesson/<slug>")
def lesson(slug: str) -> str:
    """Any lesson by its name."""
    return _page(slug) if slug in LESSONS else abort(404)


@blueprint.post("/picture")
def draw() -> Response:
    """What the stage draws: every figure, why each zero is 0, and the steps both ways."""
    asked, trace, key = asking.read(asking.PictureRequest)
    lesson = LESSONS.get(asked.lesson or "")
    headline = {} if lesson is None else lesson.headline(trace)
    return answer({"id": key, **headline, **picture(trace)})


@blueprint.post("/inspector")
def inspector() -> str:
    """The inspector's content for one cell, as HTML."""
    asked, trace, _ = asking.read(asking.ReceiptRequest)
    return render_template(
        "_inspector.html", view=inspect(trace, asking.find_cell(trace, asked.cell))
    )


@blueprint.post("/inspector/paths")
def paths_section() -> str:
    """Every path from the loss to a cell."""
    asked, trace, _ = asking.read(asking.PathsRequest)
    found = paths(trace, asking.find_cell(trace, asked.cell), asked.most)
    return render_template("_paths.html", told=paths_json(trace, found))


@blueprint.post("/inspector/margins")
def margins_section() -> str:
    """How firmly the windows around a cell hold their maxima."""
    asked, trace, _ = asking.read(asking.ReceiptRequest)
    told = margins_json(trace, asking.find_cell(trace, asked.cell))
    return render_template("_margins.html", told=told)


@blueprint.post("/inspector/nudge")
def nudge_section() -> str:
    """One number changed: what its gradient predicts, and what happens."""
    asked, trace, _ = asking.read(asking.NudgeRequest)
    cell = asking.find_changeable(trace, asked.cell)
    found = nudge(trace, cell, asking.find_change(asked), asked.range)
    return render_template("_nudge.html", told=nudge_json(trace, found))


@blueprint.post("/inspector/gather")
def gather_section() -> str:
    """A convolution's sum, gathered with the flipped kernel."""
    asked, trace, _ = asking.read(asking.ReceiptRequest)
    found = gather(trace, asking.find_cell(trace, asked.cell))
    if found is None:
        abort(404)
    return render_template("_gather.html", told=gather_view(trace, found))


@blueprint.post("/check")
def check() -> str:
    """Somebody's gradients, judged: the difference as a picture, and the diagnosis."""
    asked, trace, _ = asking.read(asking.CheckRequest)
    told = check_json(trace, asked)
    return render_template("_check.html", told=told, differences=difference_tables(told))


@blueprint.post("/gradcheck")
def check_gradients() -> str:
    """Every gradient of the network held against finite differences."""
    _, trace, _ = asking.read(asking.TraceRequest)
    asking.check_is_affordable(trace)
    return render_template("_gradcheck.html", told=report_json(trace, gradcheck(trace)))


@blueprint.get("/plotly-<version>.js")
def plotly(version: str) -> Response:
    """plotly.js as the installed package has it; the version in the address never changes."""
    if version != plotly_version():
        abort(404)
    compressed = bool(request.accept_encodings.quality("gzip"))
    response = Response(plotly_script(compressed), mimetype="text/javascript")
    if compressed:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.cache_control.max_age = 31_536_000
    response.cache_control.public = response.cache_control.immutable = True
    return response


@cache
def plotly_script(compressed: bool) -> bytes:
    """The 4.8 MB of plotly.min.js, compressed once to 1.5 MB."""
    script = files("plotly").joinpath("package_data/plotly.min.js").read_bytes()
    return gzip.compress(script, 6, mtime=0) if compressed else script


@cache
def plotly_version() -> str:
    """Names the very bytes that are served."""
    return hashlib.blake2b(plotly_script(False), digest_size=6).hexdigest()


@blueprint.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    """What the reader typed does not fit: said in words, and no error of the page's.

    So it is answered with 200: of any other status, browsers log an error in the console.
    """
    return answer(as_json(refusal.problems))


@blueprint.errorhandler(asking.UnknownTrace)
def forgotten(_: asking.UnknownTrace) -> tuple[str, int]:
    """The page asks again with the whole network; of a 404, browsers would log an error."""
    return "", 204


@blueprint.errorhandler(Overflow)
def overflowed(overflow: Overflow) -> Response:
    """A figure that leaves float64 while a question about a trace is answered."""
    return refused(explain(overflow))


# --- the page -----------------------------------------------------------------------------------


@cache
def _page(slug: str) -> str:
    """A lesson's page; nobody's edits are in it, so it is made once."""
    lesson = LESSONS[slug]
    document = Document.model_validate(lesson.network)
    trace = asking.run(document)
    drawn = grids(trace)
    outputs = [grid for grid in drawn if grid.parameter is None]
    blocks = _blocks(trace.network, drawn)
    columns = sum(_width(grid) for grid in outputs)
    gaps = sum(block.gap for block in blocks)
    view = inspect(trace, lesson.pinned)
    return render_template(
        "page.html",
        lesson=lesson,
        lessons=LESSONS.values(),
        headline=lesson.headline(trace),
        blocks=blocks,
        fields=[grid for grid in drawn if grid.path and grid.value.size <= MAX_FIELDS],
        choices=_choices(document, trace),
        view=view,
        columns=columns,
        needed=round(columns * MIN_CELL + gaps + SCENE_PADDING),
        rows=_height(drawn, outputs),
        outputs=len(outputs),
        gaps=gaps,
        pinned={"key": str(lesson.pinned.layer), "index": view.index},
        picture=picture(trace),
        arrays=[grid for grid in drawn if grid.layer is not None],
        used_zeros=[code for code in wording.ZEROS if any(code in grid.zero for grid in drawn)],
        zeros=wording.ZEROS,
        words=WORDS,
        modules=_modules(),
        plotly_version=plotly_version(),
    )


def _modules() -> list[str]:
    """The scripts to fetch at once: found by following imports, they would come one by one."""
    folder = Path(current_app.static_folder or "") / "js"
    return sorted(f"js/{path.name}" for path in folder.glob("*.js") if "early" not in path.name)


@dataclass(frozen=True)
class Choice:
    """A setting of the form that is no array: where it stands in the document, and what it may be.

    ``options`` is empty for a number.
    """

    path: tuple[str | int, ...]
    label: str
    value: Any
    options: list[Any]


def _choices(document: Document, trace: Trace) -> list[Choice]:
    """The settings that leave every shape as it is, so that the picture can follow at once."""
    found = []
    for i, layer in enumerate(document.layers):
        title = wording.layer_title(trace.network, i)
        if isinstance(layer, MaxPool2d):
            rules = list(get_args(Ties))
            found.append(Choice(("layers", i, "ties"), f"{title}: ties", layer.ties, rules))
        elif isinstance(layer, AvgPool2d) and any(layer.padding):
            count = layer.count_include_pad
            path, label = ("layers", i, "count_include_pad"), f"{title}: counts padding"
            found.append(Choice(path, label, count, [True, False]))
        elif isinstance(layer, LeakyRelu):
            path, label = ("layers", i, "negative_slope"), f"{title}: negative slope"
            found.append(Choice(path, label, layer.negative_slope, []))
    head = document.head
    if isinstance(head, CrossEntropy):
        classes = list(range(trace.gradients[-1].size))
        found.append(Choice(("head", "target"), "Right class", head.target, classes))
    elif isinstance(head, MeanSquaredError):
        reductions = ["mean", "sum"]
        found.append(Choice(("head", "reduction"), "Reduction", head.reduction, reductions))
    return found


def _width(grid: Grid) -> float:
    """In cells; a column of neurons is wider than its cells, for its title."""
    return max(1.7, grid.shape[-1]) if len(grid.shape) > 1 else 1.7


def _height(drawn: list[Grid], outputs: list[Grid]) -> int:
    """In cells: the highest map, and below it the highest parameter."""

    def height(grid: Grid) -> int:
        rows = grid.shape[-2] if len(grid.shape) > 1 else grid.shape[0]
        return rows * (grid.shape[0] if len(grid.shape) > 2 else 1)

    parameters = [height(grid) for grid in drawn if grid.parameter]
    return max(map(height, outputs)) + max(parameters, default=0)


@dataclass(frozen=True)
class Block:
    """Grids that stand together on the stage, and the columns they take in its layout."""

    grids: list[Grid]
    first: int
    last: int
    gap: int
    """Pixels before it: room for the curves that arrive there."""
    parameters: bool


def _blocks(network: Network, drawn: list[Grid]) -> list[Block]:
    """Maps in a row, one column each; a layer's parameters below, between what it joins."""
    outputs = [grid for grid in drawn if grid.parameter is None]
    columns = {grid.key: i + 1 for i, grid in enumerate(outputs)}
    blocks: list[Block] = []
    for grid in drawn:
        if grid.parameter is None:
            column = columns[grid.key]
            blocks.append(Block([grid], column, column, _gap(network, grid), False))
        elif blocks[-1].parameters:
            blocks[-1].grids.append(grid)
        else:
            column = columns[str(grid.layer)]
            end = column + 1 if column == len(columns) - 1 else column
            blocks.append(Block([grid], column - 1, end, 0, True))
    return blocks


def _gap(network: Network, grid: Grid) -> int:
    if grid.layer == -1:
        return 0
    if grid.layer is None:
        return 20
    layer = network.layers[grid.layer]
    if isinstance(layer, Linear):
        return 84
    return 26 if isinstance(layer, Activation) else 40


def script_json(payload: Any) -> Markup:
    """JSON that may stand inside a script element."""
    text = orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY)
    return Markup(text.decode().replace("<", "\\u003c"))


def register(app: Flask) -> None:
    """Give the templates what they call."""
    app.jinja_env.globals |= {"planes": planes, "exact": exact, "figure": figure}
    app.jinja_env.filters["json"] = script_json
    app.register_blueprint(blueprint)
