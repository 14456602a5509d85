"""Real servers: one in this process, and the command in processes of its own."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from flask import Flask

from app.web.listening import listen
from app.web.server import Server
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[1]


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


class Command:
    """The command, running in processes of its own."""

    def __init__(self, *options: str, port: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "--no-browser", "--port", str(port), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdout is not None
        found = re.search(r":(\d+)/", self.process.stdout.readline())
        assert found is not None
        self.port = int(found[1])

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def workers(self) -> list[int]:
        """The processes that this one has started."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(child) for each in threads for child in each.read_text().split()]

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err


@contextmanager
def command(*options: str, port: int = 0) -> Iterator[Command]:
    running = Command(*options, port=port)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()
