"""Answers that were just given: who asks the same again gets the same, at once.

What the tool answers depends on the request alone. A class asks much the same: the steps of a
lesson's network in words, the sum of the cell that the task speaks of.
"""

import hashlib
import threading
from typing import NamedTuple

from cachetools import LRUCache
from flask import Flask, Response, g, request

from app.web.compression import wants_gzip
from app.web.job import HEAVY

MAX_BYTES = 16 * 2**20
"""Of all answers that are kept; the one that was asked for longest ago goes first."""
MAX_QUESTION = 10_000
"""Bytes of a request that may be known again; longer ones bring a network of their own."""
MAX_ANSWER = 400_000
"""Bytes of an answer that may be kept. The picture of LeNet has 300,000."""
OVERHEAD = 1500
"""Bytes that keeping one takes besides."""


class Kept(NamedTuple):
    """An answer, compressed or not."""

    body: bytes
    headers: list[tuple[str, str]]


class Answers:
    """Keeps the answers of an application; ``hits`` counts how many were given again."""

    def __init__(self, app: Flask, max_bytes: int = MAX_BYTES) -> None:
        self._kept: LRUCache[bytes, Kept] = LRUCache(
            max_bytes, getsizeof=lambda kept: len(kept.body) + OVERHEAD
        )
        self._lock = threading.Lock()
        self.hits = 0
        app.extensions["answers"] = self
        app.before_request(self._again)
        app.after_request(self._keep)

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        return int(self._kept.currsize)

    def _again(self) -> Response | None:
        length = request.content_length or 0
        rule = request.url_rule
        if request.method != "POST" or not 0 < length <= MAX_QUESTION or rule is None:
            return None
        if rule.rule in HEAVY:
            return None
        g.asked = self._name(request.get_data())
        with self._lock:
            kept = self._kept.get(g.asked)
            if kept is None:
                return None
            self.hits += 1
        del g.asked
        return Response(kept.body, headers=kept.headers)

    def _keep(self, response: Response) -> Response:
        asked = g.pop("asked", None)
        if asked is not None and response.status_code == 200 and not response.is_streamed:
            body = response.get_data()
            if len(body) <= MAX_ANSWER:
                with self._lock:
                    self._kept[asked] = Kept(body, list(response.headers))
        return response

    @staticmethod
    def _name(body: bytes) -> bytes:
        name = hashlib.blake2b(digest_size=16)
        for part in (request.script_root, request.path, request.headers.get("Content-Type", "")):
            name.update(part.encode() + b"\0")
        name.update(b"gzip\0" if wants_gzip() else b"\0")
        name.update(body)
        return name.digest()
