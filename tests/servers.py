"""Starts a real server with the command."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from app.web.listening import listen
from app.web.server import Server


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of a server of this app, at a free port of its own."""
    with listen("127.0.0.1", 0) as listening:
        server = Server(app, listening)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.effective_port}"
        server.stop()
        thread.join()
