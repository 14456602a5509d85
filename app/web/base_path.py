"""Serving below a path of a host, such as ``/gr``, which other programs may share."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")


def as_base_path(text: str) -> str:
    """``gr``, ``/gr`` or ``/gr/`` → ``/gr``; ``/`` → ``""``.

    Raises:
        ValueError: it holds anything but letters, digits and ``._~-`` between its slashes.
    """
    path = "/" + text.strip("/") if text.strip("/") else ""
    if not _PATH.fullmatch(path) or {".", ".."} & {*path.split("/")}:
        raise ValueError(f"a base path looks like /gr, and {text!r} does not")
    return path


class BasePath:
    """Takes the base path off each request's path, and has every address made below it.

    A proxy may pass the path on whole, or cut off the base path itself: both work.
    """

    def __init__(
        self, application: "WSGIApplication", base_path: str, trust_proxy: bool = False
    ) -> None:
        """With ``trust_proxy``, a proxy may name the base path in ``X-Forwarded-Prefix``."""
        self._application = application
        self._base_path = base_path
        self._trust_proxy = trust_proxy

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        base = self._base_path or self._forwarded(environ)
        if base:
            path = environ["PATH_INFO"]
            if path == base or path.startswith(base + "/"):
                environ["PATH_INFO"] = path[len(base) :] or "/"
            environ["SCRIPT_NAME"] = base
        return self._application(environ, start_response)

    def _forwarded(self, environ: "WSGIEnvironment") -> str:
        if not self._trust_proxy:
            return ""
        try:
            # Of several proxies the last one is the one that is trusted.
            return as_base_path(environ.get("HTTP_X_FORWARDED_PREFIX", "").split(",")[-1].strip())
        except ValueError:
            return ""
