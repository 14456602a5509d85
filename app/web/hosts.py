"""Refuses requests that another site's page may be behind: to other names, or posted from it."""

from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import BadRequest, Forbidden

from app.web.site import Site


def check(site: Site) -> None:
    """Refuse the current request where another site's page may be behind it.

    Raises:
        BadRequest: it asks for a host that this server is not.
        Forbidden: a page of another site posts it.
    """
    host = request.headers.get("Host")
    if host and not site.is_named(host):
        raise BadRequest(
            f"This server is not {host}. Whoever runs it can let it answer to that name: "
            f"--public-url http://{host}/"
        )
    if request.method != "GET" and not _is_own(site):
        raise Forbidden("A page of another site sent this. Send it from this site's own page.")


def _is_own(site: Site) -> bool:
    """Whether one of this site's pages sends the request, or a program that is no browser."""
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    # Over plain HTTP, browsers leave it out; a post has an origin all the same.
    origin = request.headers.get("Origin")
    return origin is None or site.is_named(urlsplit(origin).netloc)
