"""One sentence says why a server cannot start."""

import resource
import socket

import pytest

from app.web.listening import CannotServe, connections_allowed, listen, shown
from app.web.server import CONNECTIONS

CANNOT = {
    "no host": ("", 0, "--host needs an address"),
    "an unknown name": ("bad.name.invalid", 0, "there is no host 'bad.name.invalid'"),
    "no name at all": ("a..b", 0, "there is no host 'a..b'"),
    "another machine's address": ("192.0.2.1", 0, "no address of this machine"),
}


@pytest.mark.parametrize("case", CANNOT)
def test_what_is_wrong_with_a_host_is_said_in_one_sentence(case):
    host, port, words = CANNOT[case]
    with pytest.raises(CannotServe, match=words) as caught:
        listen(host, port)
    assert "\n" not in str(caught.value)


def test_a_port_in_use_names_another():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"port {port} is in use"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:"),
        ("0.0.0.0", "http://127.0.0.1:"),
        ("::", "http://127.0.0.1:"),
        ("::1", "http://[::1]:"),
        ("localhost", "http://127.0.0.1:"),
    ],
)
def test_the_address_that_is_shown_reaches_it(host, address):
    with listen(host, 0) as listening:
        url = shown(listening)
        assert url.startswith(address)
        name, port = url.removeprefix("http://").rsplit(":", 1)
        socket.create_connection((name.strip("[]"), int(port)), 10).close()


def test_as_many_files_as_this_machine_allows_are_used(monkeypatch):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        assert connections_allowed() == CONNECTIONS
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= CONNECTIONS
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_too_few_files_are_named_with_the_cure(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (40, 40))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    with pytest.raises(CannotServe, match=r"only 40 files may be open.*ulimit -n 1024"):
        connections_allowed()
