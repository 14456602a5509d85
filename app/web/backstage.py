"""What the processes of one server share: the jobs' process, and the documents of traces.

It stands in the process that started them. They reach it by a socket that only they know.
"""

import contextlib
import secrets
import tempfile
import threading
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from app.web.job import Abandoned, Busy, Job, Result, TooLong
from app.web.jobs import Jobs

MAX_DOCUMENTS = 32 * 2**20
"""Bytes of all documents that are kept together."""
OVERHEAD = 400
"""Bytes that keeping one takes besides."""
MAX_DOCUMENT = 2**20
"""Bytes of one; a page that edits a larger one sends it again."""


class Backstage:
    """The shared side: answers each process that knows its address and key."""

    def __init__(self, jobs: Jobs) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="gradient-routing-")
        """For what the processes share in files, readable by this user alone."""
        self._jobs = jobs
        self._documents: LRUCache[str, bytes] = LRUCache(
            MAX_DOCUMENTS, getsizeof=lambda document: len(document) + OVERHEAD
        )
        self._lock = threading.Lock()
        self.key = secrets.token_bytes(32)
        self.address = str(Path(self.folder.name) / "backstage")
        self._listener = Listener(self.address, "AF_UNIX", backlog=64, authkey=self.key)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Let nobody in any longer."""
        self._listener.close()
        self._jobs.close()
        self.folder.cleanup()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:
                return  # It has been closed.
            except (AuthenticationError, EOFError):
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        with contextlib.suppress(EOFError, OSError), connection:
            while True:
                match connection.recv():
                    case ("job", job):
                        connection.send(self._job(job, connection))
                    case ("keep", key, document):
                        with self._lock:
                            self._documents[key] = document
                    case ("document", key):
                        with self._lock:
                            known = self._documents.get(key)
                        connection.send(known)

    def _job(self, job: Job, connection: Connection) -> Result | Exception:
        # Whoever asked says nothing until it has the answer, unless it has gone.
        try:
            return self._jobs.answer(job, connection.poll)
        except (Busy, Abandoned, TooLong) as refusal:
            return refusal


class Stagehand:
    """The side of one of the processes."""

    def __init__(self, address: str, key: bytes) -> None:
        self._address = address
        self._key = key
        self._of_thread = threading.local()

    def answer(self, job: Job, is_gone: Callable[[], bool]) -> Result:
        """As ``Jobs.answer``, done by the shared process."""
        # A connection of its own, which is closed when nobody waits any longer.
        with Client(self._address, "AF_UNIX", self._key) as connection:
            connection.send(("job", job))
            while not connection.poll(0.1):
                if is_gone():
                    raise Abandoned
            try:
                result: Result | Exception = connection.recv()
            except EOFError:
                raise TooLong from None
        if isinstance(result, Exception):
            raise result
        return result

    def keep(self, key: str, document: bytes) -> None:
        """Have a document known to all processes."""
        if len(document) <= MAX_DOCUMENT:
            self._say("keep", key, document)

    def document(self, key: str) -> bytes | None:
        """A document that one of the processes had kept, if it still is."""
        connection = self._say("document", key)
        if connection is not None:
            with contextlib.suppress(EOFError, OSError):
                document: bytes | None = connection.recv()
                return document
            self._of_thread.connection = None
        return None

    def _say(self, *message: Any) -> Connection | None:
        """Nothing depends on what is shared: where that fails, it is not known."""
        connection: Connection | None = getattr(self._of_thread, "connection", None)
        try:
            if connection is None:
                connection = Client(self._address, "AF_UNIX", self._key)
            connection.send(message)
        except (EOFError, OSError):
            connection = None
        self._of_thread.connection = connection
        return connection
