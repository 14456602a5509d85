"""The server: slow and silent connections, and a stop that finishes the answers in progress."""

import contextlib
import socket
import threading

import pytest
from flask import Flask, Response

from app.web import server as module
from app.web.listening import listen
from app.web.server import Server
from tests.waiting import PATIENCE

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"


class Running:
    """A server of a small application, in a thread."""

    def __init__(self, connections=100):
        self.may_answer = threading.Event()
        self.is_answering = threading.Event()
        app = Flask("small")
        app.get("/")(self._quick)
        app.get("/slow")(self._slow)
        app.get("/large")(self._large)
        self._listening = listen("127.0.0.1", 0)
        self.server = Server(app, self._listening, connections)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def _quick(self):
        return Response("done")

    def _large(self):
        return Response(b"x" * 30_000_000)

    def _slow(self):
        self.is_answering.set()
        assert self.may_answer.wait(PATIENCE)
        return Response("at last")

    def connect(self, *parts):
        connection = socket.create_connection(("127.0.0.1", int(self.server.effective_port)), 30)
        for part in parts:
            connection.sendall(part)
        return connection

    def close(self):
        self.may_answer.set()
        self.server.stop()
        self.thread.join(30)
        assert not self.thread.is_alive()
        self._listening.close()


@pytest.fixture
def running():
    with contextlib.closing(Running()) as running:
        yield running


def answer(connection):
    """The body of the next response."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += some(connection)
    head, body = got.split(b"\r\n\r\n", 1)
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += some(connection)
    return body


def some(connection):
    got = connection.recv(2**16)
    assert got, "the server closed the connection"
    return got


def is_closed(connection):
    """Waits until the server closes it, without an answer."""
    with contextlib.suppress(ConnectionResetError):
        return connection.recv(1) == b""
    return True


def test_a_connection_is_kept_for_the_next_request(running):
    with running.connect() as connection:
        for _ in range(3):
            connection.sendall(GET)
            assert answer(connection) == b"done"


def test_an_answer_larger_than_the_sockets_buffer_arrives_whole(running):
    with running.connect(GET.replace(b"/ ", b"/large ", 1)) as connection:
        assert len(answer(connection)) == 30_000_000


def test_who_sends_slowly_keeps_nobody_waiting(running):
    with contextlib.ExitStack() as stack:
        for part in (GET[:20], POST + b"x"):
            for _ in range(30):
                stack.enter_context(running.connect(part))
        with running.connect(GET) as connection:
            assert answer(connection) == b"done"


@pytest.mark.parametrize(
    ("begun", "limit"), [(GET[:20], "HEADER_SECONDS"), (POST + b"x", "BODY_SECONDS")]
)
def test_a_request_that_takes_too_long_to_arrive_is_closed(running, monkeypatch, begun, limit):
    with running.connect(begun) as connection, running.connect() as silent:
        monkeypatch.setattr(module, limit, -1)
        assert is_closed(connection)
        silent.sendall(GET[:-2])  # It has begun nothing yet, and may take its time.
        monkeypatch.undo()
        silent.sendall(GET[-2:])
        assert answer(silent) == b"done"


def test_a_connection_on_which_nothing_happens_is_closed(running, monkeypatch):
    with running.connect(GET) as used, running.connect() as unused:
        answer(used)
        monkeypatch.setattr(module, "IDLE_SECONDS", -1)
        assert is_closed(used)
        assert is_closed(unused)


def test_when_there_are_as_many_as_there_may_be_an_idle_one_goes():
    with contextlib.closing(Running(connections=3)) as running, contextlib.ExitStack() as stack:
        for _ in range(6):
            newest = stack.enter_context(running.connect(GET))
            assert answer(newest) == b"done"
            assert len(running.server.active_channels) <= 3


def test_five_hundred_silent_connections_leave_room():
    running = Running(connections=50)
    with contextlib.closing(running), contextlib.ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(running.connect())
        assert answer(stack.enter_context(running.connect(GET))) == b"done"


def test_told_to_stop_it_finishes_what_it_is_answering(running):
    with (
        running.connect(GET.replace(b"/ ", b"/slow ", 1)) as busy,
        running.connect() as idle,
    ):
        assert running.is_answering.wait(PATIENCE)
        running.server.stop()
        assert is_closed(idle)
        running.may_answer.set()
        assert answer(busy) == b"at last"
        running.thread.join(30)
        assert not running.thread.is_alive()


def test_who_goes_away_is_noticed_while_the_answer_is_made():
    noticed = threading.Event()

    def wait(environ, start):
        answering.set()
        while not environ["waitress.client_disconnected"]():
            pass_time.wait(0.01)
        noticed.set()
        start("200 OK", [("Content-Length", "0")])
        return []

    answering, pass_time = threading.Event(), threading.Event()
    with listen("127.0.0.1", 0) as listening:
        server = Server(wait, listening)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        with socket.create_connection(listening.getsockname()) as connection:
            connection.sendall(GET)
            assert answering.wait(PATIENCE)
        assert noticed.wait(PATIENCE)
        server.stop()
        thread.join(30)
        assert not thread.is_alive()
