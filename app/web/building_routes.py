"""The routes of the builder: pasted blocks, edits of the structure, forms and starting points."""

from typing import Annotated, Any

from flask import Blueprint, Response, abort, request
from pydantic import Field

from app.builder.block import read_block
from app.builder.cures import cures
from app.builder.digits import digit_input, digits, source
from app.builder.edits import Edit, edited
from app.builder.fill import RULES, Fill, Rule
from app.builder.forms import forms
from app.builder.gallery import gallery
from app.builder.status import status_of
from app.check.pasting import MAX_LENGTH
from app.document.document import Refusal
from app.document.fields import WHOLE, Model
from app.document.problems import as_json
from app.text.texts import texts
from app.web.api import answer
from app.web.reading import read_body

blueprint = Blueprint("building", __name__)

Side = Annotated[int, Field(ge=1, le=10**6), WHOLE]


@blueprint.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    """Says what is wrong with a request: to a program as 422.

    To the page's scripts, as 200: of any other status, browsers log an error in the console.
    """
    is_page = request.headers.get("X-Requested-With") == "fetch"
    return answer(as_json(refusal.problems), 200 if is_page else 422)


class PasteRequest(Model):
    """The text that was pasted, and the shape of the grid that it is for, if it has to fit one."""

    text: Annotated[str, Field(max_length=MAX_LENGTH)]
    shape: Annotated[list[Side], Field(min_length=1, max_length=4)] | None = None


@blueprint.post("/paste")
def paste() -> Response:
    """What a pasted text holds, and whether a grid has room for it."""
    asked = read_body(PasteRequest)
    return answer(read_block(asked.text, None if asked.shape is None else tuple(asked.shape)))


class FillModel(Model):
    """How new numbers come about."""

    rule: Rule = "whole"
    seed: Annotated[int, Field(ge=0, lt=2**31), WHOLE] = 0


class BuildRequest(Model):
    """A network as it is being built, which need not fit yet, and an edit of it."""

    network: dict[str, Any]
    edit: Edit | None = None
    fill: FillModel = FillModel()


@blueprint.post("/build")
def build_network() -> Response:
    """The network after an edit, the shape after every layer, and what does not fit, with cures."""
    asked = read_body(BuildRequest)
    network, changed = asked.network, list[tuple[str | int, ...]]()
    if asked.edit is not None:
        network, changed = edited(network, asked.edit, Fill(asked.fill.rule, asked.fill.seed))
    status = status_of(network)
    return answer(
        {
            "network": network,
            "shapes": status.shapes,
            "examples": status.examples,
            "fits": status.fits,
            "problems": [{"loc": place, "msg": message} for place, message in status.problems],
            "cures": cures(network, status),
            "changed": changed,
        }
    )


@blueprint.get("/builder")
def describe_builder() -> Response:
    """The forms of all kinds, the rules for new numbers, and the networks to start from."""
    starts = [
        {"slug": start.slug, "title": start.title, "shapes": status_of(start.network()).shapes}
        for start in gallery().values()
    ]
    return answer({**forms(), "rules": RULES, "gallery": starts, "digits": digits(),
                   "digits_source": source(), "words": texts("builder")})  # fmt: skip


@blueprint.get("/start/<slug>")
def start_from(slug: str) -> Response:
    """The document of a network to start from."""
    if slug not in gallery():
        abort(404)
    return answer(gallery()[slug].network())


class DigitRequest(Model):
    """A digit, and the map that it is to fill."""

    digit: Annotated[int, Field(ge=0, le=9), WHOLE]
    channels: Annotated[int, Field(ge=1, le=64), WHOLE] = 1
    side: Annotated[int, Field(ge=1, le=256), WHOLE] = 8


@blueprint.post("/digit")
def draw_digit() -> Response:
    """A real handwritten digit as an input."""
    asked = read_body(DigitRequest)
    return answer({"input": digit_input(asked.digit, asked.channels, asked.side)})
