"""Several processes that serve behind one socket, and the one that starts and stops them."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any

from app.web.backstage import Backstage, Stagehand
from app.web.jobs import Jobs
from app.web.server import DRAIN_SECONDS, Server
from app.web.site import Site

if TYPE_CHECKING:
    from flask import Flask

QUICK_DEATHS = 5
"""So many processes in a row that end within seconds mean that none will live."""
LIVED = 10
"""Seconds after which a process has lived."""
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment's variable in which prometheus_client finds where processes count together."""


@dataclass(frozen=True)
class Plan:
    """What each of them needs."""

    listening: socket.socket
    site: Site
    connections: int
    log: str
    address: str
    key: bytes


class Workers:
    """Processes that serve until this one is told to stop; one that dies is replaced."""

    def __init__(self, plan: Plan, count: int) -> None:
        self._plan = plan
        self._count = count
        self._context = multiprocessing.get_context("spawn")
        self._running: dict[int, tuple[SpawnProcess, float]] = {}
        self._stopping = False
        self._bell, self._rope = os.pipe()
        self._quick_deaths = 0

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT; returns the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for _ in range(self._count):
            self._start()
        while not self._stopping and self._quick_deaths < QUICK_DEATHS:
            wait([self._bell, *self._running])
            self._replace_the_dead()
        self._end()
        return 0 if self._stopping else 1

    def _start(self) -> None:
        process = self._context.Process(target=serve, args=(self._plan,))
        process.start()
        self._running[process.sentinel] = (process, time.monotonic())

    def _replace_the_dead(self) -> None:
        for sentinel, (process, started) in list(self._running.items()):
            if process.is_alive() or self._stopping:
                continue
            del self._running[sentinel]
            lived = time.monotonic() - started > LIVED
            self._quick_deaths = 0 if lived else self._quick_deaths + 1
            print(
                f"gradient-routing: a process ended by itself ({process.exitcode}); "
                "another one takes its place",
                file=sys.stderr,
                flush=True,
            )
            self._start()

    def _stop(self, *_: Any) -> None:
        if self._stopping:
            for process, _since in self._running.values():
                process.kill()  # Told twice.
        self._stopping = True
        os.write(self._rope, b"x")

    def _end(self) -> None:
        processes = [process for process, _ in self._running.values()]
        for process in processes:
            process.terminate()
        given_up = time.monotonic() + DRAIN_SECONDS + 2
        for process in processes:
            process.join(max(0, given_up - time.monotonic()))
            process.kill()
            process.join()


def serve_together(
    listening: socket.socket, site: Site, connections: int, log: str, count: int
) -> int:
    """Serve with so many processes, until told to stop; returns the exit status."""
    jobs = Jobs(site)
    backstage = Backstage(jobs)
    os.environ[METRICS_FOLDER] = backstage.folder.name
    jobs.start()
    try:
        plan = Plan(listening, site, connections, log, backstage.address, backstage.key)
        return Workers(plan, count).run()
    finally:
        backstage.close()


def serve(plan: Plan) -> None:
    """What each of the processes does."""
    from app.web.application import create_app
    from app.web.watch import Watch

    shared = Stagehand(plan.address, plan.key)
    watch = Watch(plan.log, os.environ[METRICS_FOLDER])
    app = create_app(plan.site, bench=shared, documents=shared, watch=watch)
    server = Server(app, plan.listening, plan.connections)
    warm(app, plan.site.path)
    # Whoever started this process passes on what it is told. Ctrl+C goes to all of a terminal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    threading.Thread(target=_follow, args=(server,), daemon=True).start()
    server.run()


def warm(app: "Flask", base: str) -> None:
    """Have the pages ready before a class asks for them at once: the first one now, others soon."""
    from app.lessons import FIRST, LESSONS
    from app.web.assets import plotly_script
    from app.web.compression import packed

    def fetch(slug: str) -> None:
        headers = {"Accept-Encoding": "gzip", "Host": "localhost"}
        app.test_client().get(f"{base}/lesson/{slug}", headers=headers)

    def fetch_others() -> None:
        packed(plotly_script())
        for slug in LESSONS:
            fetch(slug)

    fetch(FIRST.slug)
    threading.Thread(target=fetch_others, daemon=True).start()


def _follow(server: Server) -> None:
    """Stop once the process that started this one is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        server.stop()
