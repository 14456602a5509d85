"""What the server did: a line a request, and counts for Prometheus."""

import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from flask import Blueprint, Response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOGS = ("off", "requests", "addresses")
"""What is logged: nothing, requests, or requests with the address each comes from."""
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Seconds."""
ROUTE = "gradient_routing.route"
"""Where a request's WSGI environment says which route it took."""
MAX_PATH = 200


class Watch:
    """Notes each request of an application, once it is answered."""

    def __init__(
        self, log: str = "off", folder: str | None = None, stream: TextIO | None = None
    ) -> None:
        """``folder``: where several processes of one server count together."""
        self._log = log
        self._stream = stream
        self._folder = folder
        self.registry = CollectorRegistry()
        # Where several processes count, each in a file of its own, the registry reads those files.
        own = None if folder else self.registry
        self._requests = Counter(
            "gradient_routing_requests", "Requests answered.", ["route", "status"], registry=own
        )
        self._seconds = Histogram(
            "gradient_routing_request_seconds",
            "From a request's arrival to its answer.",
            ["route"],
            buckets=BUCKETS,
            registry=own,
        )
        self._bytes = Counter("gradient_routing_answer_bytes", "Bytes of answers.", registry=own)
        if folder:
            MultiProcessCollector(self.registry, folder)  # type: ignore[no-untyped-call]

    def around(self, application: "WSGIApplication") -> "WSGIApplication":
        """The application, watched."""

        def watched(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            began = time.perf_counter()
            path = environ.get("PATH_INFO", "")

            def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
                took = time.perf_counter() - began
                size = next((int(v) for k, v in headers if k.lower() == "content-length"), 0)
                self._note(environ, path, status[:3], took, size)
                return start_response(status, headers, *error)

            return application(environ, start)

        return watched

    def metrics(self) -> Response:
        """The counts, as Prometheus reads them."""
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_LATEST)

    def _note(
        self, environ: "WSGIEnvironment", path: str, status: str, took: float, size: int
    ) -> None:
        route = environ.get(ROUTE, "other")
        self._requests.labels(route, status).inc()
        self._seconds.labels(route).observe(took)
        self._bytes.inc(size)
        if self._log == "off":
            return
        # A path may hold anything, line ends included.
        place = quote(path.encode("latin-1", "replace"))[:MAX_PATH]
        line = f"{environ['REQUEST_METHOD'][:10]} {place} {status} {1000 * took:.0f} ms {size} B"
        if self._log == "addresses":
            line = f"{environ.get('REMOTE_ADDR', '-')} {line}"
        print(line, file=self._stream or sys.stderr, flush=True)


def name_route() -> None:
    """Before a request is answered: say which route it takes, for who watches."""
    request.environ[ROUTE] = "other" if request.url_rule is None else request.url_rule.rule


def routes(watch: Watch) -> Blueprint:
    """``/healthz``, which says that the server answers, and ``/metrics``."""
    blueprint = Blueprint("watch", __name__)
    blueprint.get("/healthz", endpoint="health")(lambda: Response("ok\n", mimetype="text/plain"))
    blueprint.get("/metrics", endpoint="metrics")(watch.metrics)
    return blueprint
