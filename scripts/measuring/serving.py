"""Measures the API over HTTP, beside a server that computes nothing."""

import contextlib
import itertools
import multiprocessing
import socket
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection

from scripts.measuring.networks import distinct, tiny
from scripts.measuring.report import JSON, Figures, goal, title
from scripts.measuring.turns import take_turns

CONNECTIONS = 4


def http(seconds: float) -> Figures:
    """/api/trace of the tiny network, beside a bare Flask view that returns the same bytes.

    For a new document, everything is computed. For a repeated one, the server has the trace and the
    answer in memory: then only reading the request and looking them up is measured.
    """
    title(f"/api/trace of tiny over HTTP, {CONNECTIONS} connections")
    network = tiny()
    with tool_server() as tool:
        answer = Peer(tool, "/api/trace").ask(next(distinct(network, 1)))
        with bare_server(answer) as bare:
            ours, theirs = Peer(tool, "/api/trace"), Peer(bare, "/bare")
            new = distinct(network, 10**9)
            again = itertools.repeat(next(distinct(network, 1)))
            took = take_turns(
                seconds,
                new=lambda: ours.ask_all(new),
                again=lambda: ours.ask_all(again),
                bare=lambda: theirs.ask_all(new),
            )
    per_second = {name: CONNECTIONS / t for name, t in took.items()}
    ratios = {name: per_second[name] / per_second["bare"] for name in ("new", "again")}
    print(f"  bare Flask view       {per_second['bare']:6.0f} requests/s")
    for name, words in (("new", "never sent before"), ("again", "remembered")):
        ratio = goal(ratios[name], 0.5, most=False)
        print(f"  {words:20}  {per_second[name]:6.0f} requests/s   {ratio}")
    return {f"{name}_per_second": n for name, n in per_second.items()} | {"ratios": ratios}


class Peer:
    """A client with little overhead: persistent connections, and plain bytes."""

    def __init__(self, port: int, path: str) -> None:
        self._sockets = [
            socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(CONNECTIONS)
        ]
        for each in self._sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {JSON}\r\n"

    def ask(self, body: bytes) -> bytes:
        self._write(self._sockets[0], body)
        return self._read(self._sockets[0])

    def ask_all(self, bodies: Iterator[bytes]) -> None:
        """Send one request on every connection at once."""
        for each in self._sockets:
            self._write(each, next(bodies))
        for each in self._sockets:
            self._read(each)

    def _write(self, to: socket.socket, body: bytes) -> None:
        to.sendall(f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _read(self, source: socket.socket) -> bytes:
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._some(source)
        head, body = got.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        while len(body) < length:
            body += self._some(source)
        return body

    def _some(self, source: socket.socket) -> bytes:
        got = source.recv(2**20)
        if not got:
            raise RuntimeError("the server closed the connection")
        return got


@contextlib.contextmanager
def tool_server() -> Iterator[int]:
    """Run the command in its own process; yields its port."""
    command = [sys.executable, "-m", "app", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield int(line.split("http://127.0.0.1:")[1].split("/")[0])
        finally:
            process.terminate()


@contextlib.contextmanager
def bare_server(answer: bytes) -> Iterator[int]:
    """Serve a Flask view that only returns these bytes, in the same way; yields its port."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve_bare, args=(answer, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def serve_bare(answer: bytes, port: Connection) -> None:
    """The main function of ``bare_server``'s process; it sends its port back."""
    from flask import Flask, Response

    from app.web.listening import listen
    from app.web.server import Server

    bare = Flask("bare")
    bare.add_url_rule("/bare", methods=["POST"], view_func=lambda: Response(answer, mimetype=JSON))
    with listen("127.0.0.1", 0) as listening:
        server = Server(bare, listening)
        port.send(int(server.effective_port))
        server.run()
