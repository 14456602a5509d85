"""The routes of the builder: pasted blocks, edits of the structure, forms and starting points."""

from typing import Annotated

from flask import Blueprint, Response
from pydantic import Field

from app.builder.block import read_block
from app.check.pasting import MAX_LENGTH
from app.document.fields import WHOLE, Model
from app.web.api import answer
from app.web.reading import read_body

blueprint = Blueprint("building", __name__)

Side = Annotated[int, Field(ge=1, le=10**6), WHOLE]


class PasteRequest(Model):
    """The text that was pasted, and the shape of the grid that it is for, if it has to fit one."""

    text: Annotated[str, Field(max_length=MAX_LENGTH)]
    shape: Annotated[list[Side], Field(min_length=1, max_length=4)] | None = None


@blueprint.post("/paste")
def paste() -> Response:
    """What a pasted text holds, and whether a grid has room for it."""
    asked = read_body(PasteRequest)
    return answer(read_block(asked.text, None if asked.shape is None else tuple(asked.shape)))
