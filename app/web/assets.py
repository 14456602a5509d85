"""Serves what pages need: their styles, which stand inside them, their script, and Plotly's.

Each script's address names the very bytes that are served, so that browsers may keep it.
"""

import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, abort, current_app
from markupsafe import Markup

from app.web.bundle import joined
from app.web.compression import compressed

blueprint = Blueprint("assets", __name__)

_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)

STYLES = (
    "page/base",
    "page/bar",
    "page/page",
    "stage/stage",
    "stage/transport",
    "inspector/inspector",
    "inspector/sections",
    "editing/form",
    "editing/drawer",
    "builder/builder",
    "builder/gallery",
    "tools/tools",
    "tools/learning",
    "tools/comparing",
    "tools/drafts",
    "page/sharing",
    "page/help",
    "page/large",
    "page/print",
)
"""The page's styles, in order. They stand inside the page, so that it can be painted at once."""


CHECK_STYLES = (
    "page/base",
    "page/bar",
    "stage/stage",
    "stage/transport",
    "tools/tools",
    "tools/check",
    "tools/comparing",
    "page/large",
    "page/print",
)
"""Those of the page that checks a backward pass."""


@blueprint.get("/page-<version>.js")
def script(version: str) -> Response:
    """The page's scripts."""
    return _kept(page_script(), version)


@blueprint.get("/check-<version>.js")
def checking(version: str) -> Response:
    """The scripts of the page that checks a backward pass."""
    return _kept(check_script(), version)


@blueprint.get("/new-<version>.js")
def drafts(version: str) -> Response:
    """The scripts of the page of networks to start from."""
    return _kept(drafts_script(), version)


@blueprint.get("/plotly-<version>.js")
def plotly(version: str) -> Response:
    """plotly.js as the installed package has it."""
    return _kept(plotly_script(), version)


def _kept(content: bytes, version: str) -> Response:
    if version != state(content):
        abort(404)
    response = Response(content, mimetype="text/javascript")
    response.cache_control.max_age = 31_536_000
    response.cache_control.public = response.cache_control.immutable = True
    return compressed(response)


@cache
def page_script() -> bytes:
    """``static/js/main.js`` and all it imports."""
    return joined(_static() / "js", "main").encode()


@cache
def check_script() -> bytes:
    """``static/js/checking/page.js`` and all it imports."""
    return joined(_static() / "js", "checking/page").encode()


@cache
def drafts_script() -> bytes:
    """``static/js/drafts/gallery.js`` and all it imports."""
    return joined(_static() / "js", "drafts/gallery").encode()


@cache
def plotly_script() -> bytes:
    """plotly.min.js, 4.8 MB; compressed, 1.5 MB."""
    return files("plotly").joinpath("package_data/plotly.min.js").read_bytes()


@cache
def state(content: bytes) -> str:
    """A short hash, for addresses that change with the content."""
    return hashlib.blake2b(content, digest_size=6).hexdigest()


@cache
def styles(names: tuple[str, ...] = STYLES) -> Markup:
    """Styles without their comments, to be put inside a page."""
    text = "".join((_static() / f"css/{name}.css").read_text("utf-8") for name in names)
    return Markup(_COMMENT.sub("", text))


def _static() -> Path:
    return Path(current_app.static_folder or "")
