"""Makes the Flask application: its routes, its security headers, and errors as JSON or pages."""

import hashlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from app.document.document import MAX_BYTES, Refusal
from app.document.problems import as_json
from app.text.texts import DEFAULT, Language, speaking
from app.web import api, building_routes, file_routes, hosts, pages, sharing_routes
from app.web.base_path import BasePath
from app.web.compression import compress_large, compressed
from app.web.handing_over import Bench, HandingOver
from app.web.reading import Documents, NotJson, TooMuchWork, UnknownTrace
from app.web.response_cache import Answers
from app.web.site import Site
from app.web.traces import SHARED_BYTES, Traces
from app.web.watch import Watch, name_route
from app.web.watch import routes as watch_routes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# An installed wheel has the templates inside the package, a checkout beside it.
ASSETS = next(p for p in Path(__file__).resolve().parents if (p / "templates").is_dir())

SECURITY = [
    # Plotly writes inline styles and draws its heatmaps as data: images; scripts are our own only.
    (
        "Content-Security-Policy",
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    # Not "no-referrer": with it, browsers send no origin with a form, and hosts.py needs one.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
]


class Tool(Flask):
    """A Flask application that adds security headers to all responses, and gzips static files."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.answering: WSGIApplication = super().wsgi_app
        """Flask itself, inside the middleware that requests pass first."""
        self.language = DEFAULT
        """The language of its pages and answers."""

    def wsgi_app(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, headers + SECURITY, *error)

        with speaking(self.language):
            return self.answering(environ, start)

    def send_static_file(self, filename: str) -> Response:
        return compressed(super().send_static_file(filename))


def create_app(
    site: Site | None = None,
    bench: Bench | None = None,
    documents: Documents | None = None,
    watch: Watch | None = None,
    language: Language = DEFAULT,
) -> Tool:
    """Put the parts together.

    ``site``: how the server is reached; None: at this machine alone. ``bench``: who does what takes
    long; None: this process does it. ``documents``: what several processes know together; None:
    this is the only one. ``watch``: who counts and logs requests. ``language``: what the pages
    are said in.
    """
    site, watch = site or Site(), watch or Watch()
    app = Tool(
        __name__,
        template_folder=str(ASSETS / "templates"),
        static_folder=str(ASSETS / "static"),
        # The addresses of files change whenever one of them does, so browsers may keep them.
        static_url_path=f"/static/{_fingerprint(ASSETS / 'static')}",
    )
    app.language = language
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000
    app.extensions["traces"] = Traces() if documents is None else Traces(SHARED_BYTES)
    app.extensions["site"] = site
    app.register_blueprint(api.blueprint)
    pages.register(app, language)
    app.register_blueprint(building_routes.blueprint)
    app.register_blueprint(file_routes.blueprint)
    app.register_blueprint(sharing_routes.blueprint)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(NotJson, _not_json)
    app.register_error_handler(UnknownTrace, _unknown_trace)
    app.register_error_handler(HTTPException, _http_error)
    app.register_blueprint(watch_routes(watch))
    app.before_request(name_route)
    app.before_request(partial(hosts.check, site))
    if bench is not None:
        handing_over = HandingOver(bench, is_shared=documents is not None)
        app.before_request(handing_over.what_is_heavy)
        app.register_error_handler(TooMuchWork, handing_over.what_turned_out_heavy)
    Answers(app)
    # The hook registered last runs first: answers are compressed before they are kept.
    app.after_request(compress_large)
    # Where a class shares the server, nobody's large network may keep the others waiting.
    app.config["MUST_BE_QUICK"] = bench is not None and documents is not None
    app.extensions["documents"] = documents
    app.answering = BasePath(app.answering, site.path, site.trust_proxy)
    if site.trust_proxy:
        app.answering = ProxyFix(app.answering, x_for=1, x_proto=1, x_host=1)
    app.answering = watch.around(app.answering)
    return app


def _fingerprint(folder: Path) -> str:
    state = hashlib.blake2b(digest_size=6)
    for file in sorted(folder.rglob("*.*")):
        state.update(file.name.encode() + file.read_bytes())
    return state.hexdigest()


def _refused(refusal: Refusal) -> Response:
    # Of any other status than 200, browsers log an error in the console; pages ask for that one.
    return api.answer(as_json(refusal.problems), 200 if "X-Page" in request.headers else 422)


def _not_json(error: NotJson) -> Response:
    return api.answer(as_json([((), f"This is not JSON: {error}.")]), 400)


def _unknown_trace(error: UnknownTrace) -> Response:
    words = "This trace is no longer known: send the network instead of its id."
    return api.answer(as_json([(("trace",), words)]), 404)


def _http_error(error: HTTPException) -> BaseResponse | tuple[str, int]:
    """Answers errors of the API and of scripts as JSON, those of pages as a page."""
    status, allowed = error.code or 500, error.get_response().headers.getlist("Allow")
    words = _words(error)
    if request.path.startswith("/api/") or request.method != "GET":
        answer = api.answer(as_json([((), words)]), status)
        answer.headers.extend(("Allow", methods) for methods in allowed)
        return answer
    return render_template("error.html", status=status, name=error.name, said=words), status


def _words(error: HTTPException) -> str:
    """What went wrong and what to do: the error's own description, or one for its kind."""
    if error.description is not None and error.description is not type(error).description:
        return error.description
    match error:
        case NotFound() if request.path.startswith("/api/"):
            return "There is no such route. GET /api/openapi.json describes all there are."
        case NotFound():
            return "There is no page at this address. Check its spelling."
        case MethodNotAllowed(valid_methods=methods):
            known = " or ".join(sorted({*(methods or ())} - {"HEAD", "OPTIONS"}))
            return f"This address takes {known}, not {request.method}."
        case RequestEntityTooLarge():
            return f"Too large: a request may have at most {MAX_BYTES // 2**20} MB."
        case InternalServerError():
            return "Something went wrong on the server, which is a mistake of the tool."
        case _:
            return f"{error.name}."
