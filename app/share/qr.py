"""The address of a page as a QR code, for phones that read it from a projector."""

import io
from urllib.parse import urlsplit

import segno

from app.document.document import Refusal
from app.share.link import SHORT
from app.text.texts import say

MAX_ADDRESS = SHORT + 200
"""The most characters of an address: a short link, and the page's own address before it."""
_MARGIN = 4
"""The white margin in modules, which phones need to find the code."""


def qr_code(address: str) -> str:
    """An SVG drawing, black on white, with one unit per module.

    Raises:
        Refusal: it is no address of a page, it is too long to be read from a distance, or it
            works only on this computer.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        raise _refused(say("qr.no_address"))
    for part, limit in ((parts.fragment, SHORT), (address, MAX_ADDRESS)):
        if len(part) > limit:
            raise _refused(say("qr.too_long", length=len(part), most=limit))
    if host == "::1" or host.startswith("127.") or f".{host}".endswith(".localhost"):
        raise _refused(say("qr.own_computer"))
    drawing = io.BytesIO()
    segno.make(address, micro=False).save(
        drawing, kind="svg", border=_MARGIN, light="#fff", omitsize=True, xmldecl=False, nl=False
    )
    return drawing.getvalue().decode()


def _refused(message: str) -> Refusal:
    return Refusal([(("address",), message)])
