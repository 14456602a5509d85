"""The stage's routes: what the page draws of a network, as JSON."""

from flask import Blueprint, Response, render_template

from app.document.places import find_channels
from app.engine.network import Trace
from app.engine.timeline import moves
from app.explain.guess import judge
from app.lessons import lesson_of
from app.lessons.own import own_network, own_title
from app.stage.channels import OpenChannels
from app.stage.layout import layout_of
from app.stage.moves import moves_json, parameter_moves_json, reader_key
from app.stage.picture import grids, picture
from app.stage.story import story
from app.web.api import answer
from app.web.page_parts import exchanged
from app.web.reading import cell_in, document_of, takes
from app.web.request_models import GuessRequest, PictureRequest, ReceiptRequest

blueprint = Blueprint("stage", __name__)


@blueprint.post("/picture")
@takes(PictureRequest)
def draw(request: PictureRequest, trace: Trace, key: str) -> Response:
    """What the stage draws: every figure, why each zero is 0, and what travels.

    Of a network whose layout is another than the page's, also the parts of the page, as HTML.
    """
    layout = layout_of(trace)
    is_other = request.layout is not None and request.layout != layout
    # The channels that a page has open are those of its layers.
    channels = OpenChannels(trace) if is_other else _opened(request, trace)
    lesson = lesson_of((trace.batch or trace).network, request.lesson)
    if lesson is None:
        network = document_of(key)
        lesson = own_network("", own_title(network), network, trace)
    numbers = {"id": key, "layout": layout, **lesson.headline(trace)}
    parts = exchanged(lesson, channels) if is_other else {}
    return answer({**numbers, **picture(channels, grids(channels)), **parts})


@blueprint.post("/story")
@takes(PictureRequest)
def tell(request: PictureRequest, trace: Trace, key: str) -> Response:
    """The steps of both passes in words. The page asks for it once the picture is there."""
    cell = None if request.cell is None else cell_in(trace, request.cell)
    return answer(story(_opened(request, trace), cell))


@blueprint.post("/opened")
@takes(PictureRequest)
def open_channels(request: PictureRequest, trace: Trace, key: str) -> Response:
    """The tables of the arrays drawn one channel at a time, as HTML, for the chosen channels."""
    return answer(
        {
            grid.key: render_template("_planes.html", grid=grid)
            for grid in grids(_opened(request, trace))
            if grid.plane.count > 1
        }
    )


@blueprint.post("/moves")
@takes(ReceiptRequest)
def move(request: ReceiptRequest, trace: Trace, key: str) -> Response:
    """What travels to one cell, where the picture came without it; or to one parameter."""
    cell = cell_in(trace, request.cell)
    if cell.parameter:
        return answer({f"{cell.layer}.{cell.parameter}": parameter_moves_json(trace, cell)})
    readers = trace.network.readers_of(cell.layer)
    return answer({
        reader_key(reader): moves_json(
            trace, reader.layer, moves(trace, reader.layer, [cell.at], reader.skips), reader.skips
        )
        for reader in readers
    })  # fmt: skip


@blueprint.post("/guess")
@takes(GuessRequest)
def guess(request: GuessRequest, trace: Trace, key: str) -> Response:
    """What to say to a reader's guess at one gradient."""
    return answer(judge(trace, cell_in(trace, request.cell), request.guess))


def _opened(request: PictureRequest, trace: Trace) -> OpenChannels:
    return OpenChannels(trace, find_channels(trace, request.open or {}))
