"""``scripts/load``: simulates students for some seconds, and reports their waiting times."""

import argparse
import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from scripts.loading.client import Client
from scripts.loading.hostile import Prankster, hold_idle, requests
from scripts.loading.process import cpu_seconds, megabytes, tool
from scripts.loading.report import figures, show
from scripts.loading.student import Record, Student

SOAK = 600
"""Seconds after which the caches of recent requests are full, so that memory may not grow."""


def main() -> int:
    """Start the tool, or use the one at ``--url``; simulate the class; print the report.

    Returns 1 if an answer was lost, a prankster got a server error, or memory kept growing.
    """
    options = _options()
    with contextlib.ExitStack() as stack:
        url, pid = options.url, options.pid
        if url is None:
            url, pid = stack.enter_context(tool(*options.tool))
        report = asyncio.run(_lesson(url, pid, options))
    show(report)
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=2) + "\n")
    failed = report["lost"] or report.get("server errors to pranksters") or report["grows"]
    return int(bool(failed))


async def _lesson(url: str, pid: int | None, options: argparse.Namespace) -> dict[str, Any]:
    record = Record()
    loop = asyncio.get_running_loop()
    bodies = requests() if options.hostile else []
    await _is_ready(url)
    until = loop.time() + options.seconds
    used = cpu_seconds(pid) if pid else 0.0
    memory: list[float] = []
    pranksters = [Prankster(url, seed, bodies) for seed in range(options.hostile)]
    async with asyncio.TaskGroup() as group:
        if pid:
            group.create_task(_measure(pid, until, memory))
        for prankster in pranksters:
            group.create_task(prankster.attack(until))
        if pranksters:
            group.create_task(hold_idle(url, until))
        for seed in range(options.students):
            student = Student(url, record, seed, options.lesson)
            drags = seed < options.dragging
            group.create_task(student.drag(until) if drags else student.attend(until))
    report = figures(record)
    if pranksters:
        report["server errors to pranksters"] = [e for each in pranksters for e in each.errors]
    report["requests/s"] = round(record.answered / options.seconds, 1)
    report["grows"] = False
    if pid:
        used = cpu_seconds(pid) - used
        report["CPU ms/request"] = round(1000 * used / max(record.answered, 1), 2)
        report["memory MB"] = memory
        # The first half fills the caches of recent requests.
        second = memory[len(memory) // 2 :]
        report["grows"] = options.seconds >= SOAK and second[-1] > 1.1 * second[0]
    return report


async def _measure(pid: int, until: float, memory: list[float]) -> None:
    """Record the memory ten times, at equal intervals."""
    loop = asyncio.get_running_loop()
    every = (until - loop.time()) / 10
    for _ in range(10):
        await asyncio.sleep(every)
        memory.append(megabytes(pid))


async def _is_ready(url: str) -> None:
    """Wait until each process of the server has started."""
    client = Client(url)
    for _ in range(20):
        await client.get("/healthz")
        client.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/load", description=__doc__)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--dragging", type=int, default=0, help="so many of them drag all the time")
    parser.add_argument("--hostile", type=int, default=0, help="pranksters besides them")
    parser.add_argument("--lesson", default="founding-question")
    parser.add_argument("--url", help="a server of this machine that runs already")
    parser.add_argument("--pid", type=int, help="its process, to tell what it uses")
    parser.add_argument("--json", help="write the figures there")
    parser.add_argument("tool", nargs="*", help="after --: options of gradient-routing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
