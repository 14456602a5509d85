"""The routes of files: what is opened, what is saved, and the snippets for PyTorch."""

from inspect import getdoc
from typing import Annotated

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from app.document.document import Refusal
from app.document.places import find_shape
from app.engine.network import Trace
from app.files.loading import MAX_FILES, File, Opened, open_files
from app.files.saving import Figure, Format, grid, save, table
from app.files.snippets import ONNX, SEQUENTIAL
from app.web.api import OPERATIONS, answer
from app.web.openapi import Operation
from app.web.reading import document_of, takes
from app.web.request_models import ArrayModel, WholeTraceRequest

blueprint = Blueprint("files", __name__)


class OpenRequest(BaseModel):
    """Files that belong together: a network, what stands beside it, and an input if there is one.

    One file can also be the body itself, named by ``?name=``.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)

    files: Annotated[
        list[Annotated[str, WithJsonSchema({"type": "string", "format": "binary"})]],
        Field(min_length=1, max_length=MAX_FILES),
    ]
    choice: Annotated[int, Field(ge=0, lt=1000)] = 0
    """Which of the architectures that the same weights allow."""


@blueprint.post("/api/open")
def open_posted() -> Response:
    """The network that files hold, what was assumed of it, and what was left out."""
    return answer(open_files(posted_files(), posted_choice()))


OPERATIONS.append(
    Operation("/api/open", getdoc(open_posted), OpenRequest, Opened, "multipart/form-data")
)


class SaveRequest(WholeTraceRequest):
    """A network or a trace, and the form of file that it is to be kept in."""

    format: Format


class TableRequest(WholeTraceRequest):
    """A network or a trace, and the array of it that is to be kept as CSV."""

    of: ArrayModel
    figure: Figure = "value"


@blueprint.post("/save")
@takes(SaveRequest)
def save_file(request: SaveRequest, trace: Trace, key: str) -> Response:
    """A file of the network that opens here again."""
    saved = save(document_of(key), trace, request.format)
    return Response(saved.data, mimetype=saved.mimetype)


@blueprint.post("/table")
@takes(TableRequest)
def save_table(request: TableRequest, trace: Trace, key: str) -> Response:
    """One grid as CSV."""
    find_shape(trace, request.of.layer, request.of.parameter, "of")
    array = grid(trace, request.of.layer, request.of.parameter, request.figure)
    return Response(table(array), mimetype="text/csv")


@blueprint.get("/snippets")
def show_snippets() -> Response:
    """What a person runs in PyTorch to get a model in here."""
    return answer({"sequential": SEQUENTIAL, "onnx": ONNX})


def posted_files() -> list[File]:
    """Files of a form, whatever its fields are called; or the body itself, named by ``?name=``."""
    if request.mimetype == "multipart/form-data":
        return [
            File(_plain_name(each.filename or ""), each.read())
            for _, each in request.files.items(multi=True)
        ]
    data = request.get_data(cache=False)
    return [File(_plain_name(request.args.get("name", "")), data)] if data else []


def _plain_name(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1][:200]


def posted_choice() -> int:
    """Which of several architectures a form asks for.

    Raises:
        Refusal: it is no number.
    """
    written = request.form.get("choice") or request.args.get("choice") or "0"
    if not (written.isascii() and written.isdigit() and len(written) < 4):
        raise Refusal([(("choice",), "A whole number is needed here.")])
    return int(written)
