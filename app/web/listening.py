"""The socket that is served, and how many connections this machine lets it have."""

import errno
import os
import socket

from app.web.server import CONNECTIONS

BACKLOG = 1024
"""Connections that wait to be accepted: a whole class opens the page in the same second."""
FILES = 64
"""That a process has open besides its connections."""
MIN_CONNECTIONS = 16
"""Below, not even one browser is served well."""


class CannotServe(Exception):
    """Why not, and what to do about it, in one sentence."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; with ``::``, to IPv4 as well.

    Raises:
        CannotServe: the host or the port is not to be had.
    """
    if not host:
        raise CannotServe(
            "--host needs an address: 127.0.0.1 serves this machine alone, 0.0.0.0 lets others in"
        )
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise CannotServe(
            f"there is no host {host!r}; --host takes an address of this machine, such as 127.0.0.1"
        ) from None
    # "localhost" has two addresses; every browser tries the one of IPv4.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    both = family == socket.AF_INET6 and address[0] == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server(
            address[:2], family=family, backlog=BACKLOG, dualstack_ipv6=both
        )
    except OSError as error:
        raise CannotServe(_reason(error, host, port)) from None


def _reason(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} is in use; choose another, such as --port {port % 65535 + 1}"
        case errno.EACCES:
            return f"port {port} needs more rights; choose one above 1023 with --port"
        case errno.EADDRNOTAVAIL:
            return f"{host} is no address of this machine; 0.0.0.0 serves all it has"
        case errno.EMFILE | errno.ENFILE:
            return "too few files may be open; allow more with: ulimit -n 1024"
        case _:
            return f"cannot serve at {host}:{port}: {error.strerror or error}"


def shown(listening: socket.socket) -> str:
    """The address to type into a browser on this machine."""
    host, port = listening.getsockname()[:2]
    if host == "0.0.0.0" or (host == "::" and socket.has_dualstack_ipv6()):
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def connections_allowed() -> int:
    """How many connections a process may have, having asked for as many files as it may.

    Raises:
        CannotServe: too few files may be open.
    """
    if os.name != "posix":
        return CONNECTIONS
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    allowed = wanted if soft == resource.RLIM_INFINITY else min(soft, wanted)
    if allowed < FILES + MIN_CONNECTIONS:
        raise CannotServe(
            f"only {allowed} files may be open, and serving takes {FILES + MIN_CONNECTIONS}; "
            "allow more with: ulimit -n 1024"
        )
    return allowed - FILES
