"""Requests that this process hands over to the one for jobs (``app.web.jobs``)."""

import threading
from collections.abc import Callable
from typing import BinaryIO, Protocol

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.document.document import MAX_BYTES
from app.document.problems import as_json
from app.web.api import answer
from app.web.job import HEAVY, Abandoned, Busy, Job, Result, TooLong
from app.web.limits import QUICK_BYTES
from app.web.reading import TooMuchWork

MAY_WAIT = 2
"""Threads of such a process that may wait for what turns out to be more."""


class Bench(Protocol):
    """Who does jobs: ``Jobs``, or that of another process."""

    def answer(self, job: Job, is_gone: Callable[[], bool]) -> Result:
        """The response; raises as ``Jobs.answer`` does."""
        ...


class HandingOver:
    """Hands the current request over, and answers as the other process does."""

    def __init__(self, bench: Bench, is_shared: bool) -> None:
        """``is_shared``: whether others wait for their clicks while a large body is read."""
        self._bench = bench
        self._is_shared = is_shared
        self._may_wait = threading.Semaphore(MAY_WAIT)

    def what_is_heavy(self) -> Response | None:
        """Before a request is answered: whether its route is one that takes long, or its body."""
        rule = request.url_rule
        if rule is None or request.method != "POST":
            return None
        is_large = self._is_shared and (request.content_length or 0) > QUICK_BYTES
        return self._answer() if is_large or rule.rule in HEAVY else None

    def what_turned_out_heavy(self, _: TooMuchWork) -> Response:
        """A request for clicks' own threads, with a network too large for them."""
        if not self._may_wait.acquire(blocking=False):
            return _busy(1)
        try:
            return self._answer()
        finally:
            self._may_wait.release()

    def _answer(self) -> Response:
        is_gone = request.environ.get("waitress.client_disconnected", lambda: False)
        environ = {name: value for name, value in request.environ.items() if type(value) is str}
        try:
            status, headers, body = self._bench.answer(Job(environ, _body()), is_gone)
        except Busy as busy:
            return _busy(busy.seconds)
        except Abandoned:
            return Response(status=499)
        except TooLong:
            return _refusal(
                "This took too long and was given up. Use smaller maps or fewer channels.", 503
            )
        return Response(body, status, headers)


def _body() -> bytes:
    """The request's body, which may have been read before."""
    length = request.content_length or 0
    if length > MAX_BYTES:
        raise RequestEntityTooLarge
    stream: BinaryIO = request.environ["wsgi.input"]
    stream.seek(0)
    return stream.read(length)


def _busy(seconds: int) -> Response:
    response = _refusal(f"Others are being answered. Ask again in {seconds} s.", 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _refusal(words: str, status: int) -> Response:
    return answer(as_json([((), words)]), status)
