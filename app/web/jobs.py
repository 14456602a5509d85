"""What takes long, done by a process of its own: at low priority, one job at a time, a short queue.

So clicks never wait for a gradient check, and a job whose reader has gone away can be ended.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from io import BytesIO
from multiprocessing.connection import Connection

from app.web.job import Abandoned, Busy, Job, Result, TooLong
from app.web.site import Site

PLACES = 8
"""Jobs that may wait, the one that is done included."""
PLACES_PER_CLIENT = 4
"""Of these for one client, so that a single one cannot take them all."""
JOB_SECONDS = 60
"""After which a job is given up."""
LOOK_SECONDS = 0.1
"""How often one looks whether a reader is still there."""


class Jobs:
    """The queue and the process behind it, which is started when it is first needed."""

    def __init__(self, site: Site, seconds: float = JOB_SECONDS) -> None:
        self._site = site
        self._seconds = seconds
        self._turn = threading.Condition()
        self._queue: deque[Job] = deque()
        self._clients: Counter[str] = Counter()
        self._usual = 1.0
        self._worker: tuple[multiprocessing.process.BaseProcess, Connection] | None = None

    def answer(self, job: Job, is_gone: Callable[[], bool]) -> Result:
        """Wait for a turn and have the job done; ``is_gone`` tells whether anybody still waits.

        Raises:
            Busy: too many wait.
            Abandoned: nobody waits any longer.
            TooLong: it was given up.
        """
        with self._turn:
            if len(self._queue) >= PLACES or self._clients[job.client] >= PLACES_PER_CLIENT:
                raise Busy(max(1, min(30, round(self._usual * len(self._queue)))))
            self._queue.append(job)
            self._clients[job.client] += 1
        try:
            with self._turn:
                while self._queue[0] is not job:
                    self._turn.wait(LOOK_SECONDS)
                    if is_gone():
                        raise Abandoned
            began = time.monotonic()
            result = self._do(job, is_gone)
            self._usual += (time.monotonic() - began - self._usual) / 4
            return result
        finally:
            with self._turn:
                # By identity: two readers may have sent the same.
                at = next(i for i, each in enumerate(self._queue) if each is job)
                del self._queue[at]
                self._clients -= Counter([job.client])
                self._turn.notify_all()

    def start(self) -> None:
        """Have the process ready."""
        self._running()

    def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            process, pipe = self._worker
            self._worker = None
            process.kill()
            process.join()
            pipe.close()

    def _do(self, job: Job, is_gone: Callable[[], bool]) -> Result:
        given_up = time.monotonic() + self._seconds
        pipe = self._running()
        try:
            pipe.send(job)
            while not pipe.poll(LOOK_SECONDS):
                if is_gone():
                    raise Abandoned
                if time.monotonic() > given_up:
                    raise TooLong
            result: Result = pipe.recv()
        except (Abandoned, TooLong):
            self.close()
            raise
        except (EOFError, OSError):
            self.close()
            raise TooLong from None
        return result

    def _running(self) -> Connection:
        if self._worker is None:
            context = multiprocessing.get_context("spawn")
            here, there = context.Pipe()
            process = context.Process(target=work, args=(there, self._site), daemon=True)
            process.start()
            there.close()
            self._worker = process, here
        return self._worker[1]


def work(pipe: Connection, site: Site) -> None:
    """What the process does: one job after the other, until nobody is at the pipe's other end."""
    # Ctrl+C goes to all processes of a terminal; whoever started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(10)
    from werkzeug.test import create_environ, run_wsgi_app

    # Whoever hands jobs over counts them.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)

    from app.web.application import create_app

    answering = create_app(site).answering
    with contextlib.suppress(EOFError, OSError):
        while True:
            job: Job = pipe.recv()
            environ = {**create_environ(), **job.environ, "wsgi.input": BytesIO(job.body)}
            chunks, status, headers = run_wsgi_app(answering, environ, buffered=True)
            pipe.send(Result(int(status[:3]), list(headers), b"".join(chunks)))
