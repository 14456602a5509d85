"""Gzips responses: those that are identical for all visitors once, large answers as they go."""

import gzip
from functools import cache
from ipaddress import ip_address

from flask import Response, request

MIN_BYTES = 4096
"""Of an answer worth compressing: below, it fits in a few packets anyway."""
COMPRESSIBLE = ("application/json", "text/html", "image/svg+xml")


def compressed(response: Response) -> Response:
    """The same response, compressed if the browser accepts gzip.

    Its content is kept for as long as the server runs, so it must be one that does not change.
    """
    response.vary.add("Accept-Encoding")
    etag, _ = response.get_etag()
    if etag is not None:
        # Weak: compressed or not, it is the same text.
        response.set_etag(etag, weak=True)
    if response.status_code == 200 and _accepts_gzip():
        response.direct_passthrough = False
        response.set_data(packed(response.get_data()))
        response.content_encoding = "gzip"
    return response


def compress_large(response: Response) -> Response:
    """The same response, compressed if it is large, the browser accepts gzip, and it is not here.

    Quickly rather than well: LeNet's picture shrinks from 312 kB to 86 kB in 2.3 ms, to 73 kB in
    10.7 ms. On the machine itself, where nothing is saved by sending less, those would delay
    every click.
    """
    if (
        response.status_code == 200
        and not response.direct_passthrough
        and response.content_encoding is None
        and response.mimetype in COMPRESSIBLE
        and (response.content_length or 0) >= MIN_BYTES
    ):
        response.vary.add("Accept-Encoding")
        if wants_gzip():
            response.set_data(gzip.compress(response.get_data(), 1, mtime=0))
            response.content_encoding = "gzip"
    return response


@cache
def packed(content: bytes) -> bytes:
    """In gzip's format: about a fifth of a text."""
    return gzip.compress(content, 6, mtime=0)


def wants_gzip() -> bool:
    """Whether a large answer to the current request is compressed."""
    return _accepts_gzip() and not _is_on_this_machine()


def _accepts_gzip() -> bool:
    return bool(request.accept_encodings.quality("gzip"))


def _is_on_this_machine() -> bool:
    """Whether the browser runs on the server's machine; a proxy that does serves others."""
    if "X-Forwarded-For" in request.headers:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:  # a socket without an address
        return False
