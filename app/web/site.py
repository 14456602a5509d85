"""How this server is reached: its address, the path below it, and the proxy in front of it."""

import ipaddress
import socket
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

from app.web.base_path import as_base_path


@dataclass(frozen=True)
class Site:
    """What the command's options say about it."""

    host: str = "127.0.0.1"
    """The address that is served."""
    base_path: str = ""
    """``/gr`` where pages are at ``/gr/lesson/ties``."""
    public_url: str = ""
    """Where readers find it, if a proxy stands in front: ``https://example.org/gr``."""
    trust_proxy: bool = False
    """Whether the ``X-Forwarded-…`` headers come from a proxy of ours."""
    files: tuple[str, ...] = ()
    """The paths that the command was given to open, as one network."""
    names: frozenset[str] = field(default_factory=frozenset)
    """More names that it answers to."""

    @cached_property
    def path(self) -> str:
        """The base path, which the public address names too."""
        return self.base_path or as_base_path(urlsplit(self.public_url).path)

    @property
    def is_private(self) -> bool:
        """Whether only this machine reaches it."""
        address = as_address(self.host)
        return self.host == "localhost" or (address is not None and address.is_loopback)

    @cached_property
    def _hosts(self) -> frozenset[str]:
        public = urlsplit(self.public_url).hostname
        own = {"localhost", self.host.lower(), *self.names} | ({public} if public else set())
        if self._is_open:
            machine = socket.gethostname().lower()
            own |= {machine, f"{machine.split('.')[0]}.local"}
        return frozenset(own)

    @cached_property
    def _is_open(self) -> bool:
        address = as_address(self.host)
        return address is not None and address.is_unspecified

    def is_named(self, authority: str) -> bool:
        """Whether ``name``, ``name:port`` or ``[address]:port`` means this server.

        A page of another host can have its own name resolved to this machine, and then ask this
        server as if it were its own (DNS rebinding). It cannot do so with a number, nor with
        ``localhost``.
        """
        try:
            host = urlsplit(f"//{authority}").hostname or ""
        except ValueError:
            return False
        address = as_address(host)
        if address is not None:
            return address.is_loopback or self._is_open or address == as_address(self.host)
        return host.rstrip(".") in self._hosts


def check_url(text: str) -> str:
    """An address of the web, as it was given.

    Raises:
        ValueError: it is none, or its path cannot be served below.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(
            f"a public address looks like https://example.org/gr, and {text!r} does not"
        )
    as_base_path(parts.path)
    return text


def as_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as, or None where it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
