"""The address of a page as a QR code, which a phone reads from the projector."""

import io
from urllib.parse import urlsplit

import segno

from app.document.document import Refusal
from app.share.link import SHORT
from app.text.texts import say

MAX_ADDRESS = SHORT + 200
"""Characters: a link that fits, and the page's own address before it."""
_MARGIN = 4
"""Modules of white around the code, without which phones do not find it."""


def qr_code(address: str) -> str:
    """An SVG drawing, black on white, one unit a module.

    Raises:
        Refusal: it is no address of a page, too long to be read from a distance, or one that
            leads nobody but this computer to it.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        raise _refused(say("qr.no_address"))
    for part, most in ((parts.fragment, SHORT), (address, MAX_ADDRESS)):
        if len(part) > most:
            raise _refused(say("qr.too_long", length=len(part), most=most))
    if host == "::1" or host.startswith("127.") or f".{host}".endswith(".localhost"):
        raise _refused(say("qr.own_computer"))
    drawing = io.BytesIO()
    segno.make(address, micro=False).save(
        drawing, kind="svg", border=_MARGIN, light="#fff", omitsize=True, xmldecl=False, nl=False
    )
    return drawing.getvalue().decode()


def _refused(message: str) -> Refusal:
    return Refusal([(("address",), message)])
