"""The route of sharing: a page's address as a QR code."""

from typing import Annotated

from flask import Blueprint, Response
from pydantic import Field

from app.document.fields import Model
from app.share.qr import MAX_ADDRESS, qr_code
from app.web.reading import read_body

blueprint = Blueprint("sharing", __name__)


class QrRequest(Model):
    """The address to draw as a QR code."""

    address: Annotated[str, Field(max_length=4 * MAX_ADDRESS)]


@blueprint.post("/qr")
def draw_qr_code() -> Response:
    """The QR code of a page's address, as SVG."""
    return Response(qr_code(read_body(QrRequest).address), mimetype="image/svg+xml")
