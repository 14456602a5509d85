"""``scripts/load``: so many students for so many seconds, and what they met."""

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
"""Seconds after which what is kept of recent requests has filled, so that memory must be flat."""


def main() -> int:
    """Start the tool, or use the one at ``--url``; let the class in; say what it met.

    Returns 1 if an answer was lost, a prankster met an error, or memory went on growing.
    """
    options = _options()
    with contextlib.ExitStack() as stack:
        url, pid = options.url, options.pid
        if url is None:
            url, pid = stack.enter_context(tool(*options.tool))
        told = asyncio.run(_lesson(url, pid, options))
    show(told)
    if options.json:
        Path(options.json).write_text(json.dumps(told, indent=2) + "\n")
    return int(bool(told["lost"] or told.get("server errors to pranksters") or told["grows"]))


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
    told = figures(record)
    if pranksters:
        told["server errors to pranksters"] = [e for each in pranksters for e in each.errors]
    told["requests/s"] = round(record.answered / options.seconds, 1)
    told["grows"] = False
    if pid:
        used = cpu_seconds(pid) - used
        told["CPU ms/request"] = round(1000 * used / max(record.answered, 1), 2)
        told["memory MB"] = memory
        # The first half fills what is kept of recent requests.
        second = memory[len(memory) // 2 :]
        told["grows"] = options.seconds >= SOAK and second[-1] > 1.1 * second[0]
    return told


async def _measure(pid: int, until: float, memory: list[float]) -> None:
    """Note the memory ten times, evenly spread."""
    loop = asyncio.get_running_loop()
    every = (until - loop.time()) / 10
    for _ in range(10):
        await asyncio.sleep(every)
        memory.append(megabytes(pid))


async def _is_ready(url: str) -> None:
    """Wait until each process of the server has had its turn to start."""
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
