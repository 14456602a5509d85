"""What is sent to everybody alike, compressed once."""

import gzip
from functools import cache

from flask import Response, request


def compressed(response: Response) -> Response:
    """The same answer, compressed if the browser takes that.

    Its content is kept for as long as the server runs, so it must be one that does not change.
    """
    response.vary.add("Accept-Encoding")
    etag, _ = response.get_etag()
    if etag is not None:
        # Weak: compressed or not, it is the same text.
        response.set_etag(etag, weak=True)
    if response.status_code == 200 and request.accept_encodings.quality("gzip"):
        response.direct_passthrough = False
        response.set_data(packed(response.get_data()))
        response.content_encoding = "gzip"
    return response


@cache
def packed(content: bytes) -> bytes:
    """In gzip's format: about a fifth of a text."""
    return gzip.compress(content, 6, mtime=0)
