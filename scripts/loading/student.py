"""A simulated student, who opens a lesson, clicks cells and changes numbers, with pauses."""

import asyncio
import contextlib
import math
import random
from collections import defaultdict, deque
from typing import Any

from app.lessons import FIRST, LESSONS
from scripts.loading.client import Answer, Client

CLICK_EVERY = 2.0
"""The average seconds between two clicked cells."""
EDIT_EVERY = 5.0
"""The average seconds between two changed numbers."""
FRAME = 1 / 60
"""Seconds between two moves of a dragging pointer."""
NO_LONGER_KNOWN = 204


class Record:
    """The waiting times and lost requests of all students."""

    def __init__(self) -> None:
        self.milliseconds: defaultdict[str, list[float]] = defaultdict(list)
        self.lost: defaultdict[str, int] = defaultdict(int)
        self.sent_again = 0

    @property
    def answered(self) -> int:
        """The number of answered requests."""
        return sum(map(len, self.milliseconds.values()))


class Student:
    """The requests of a browser during a lesson."""

    def __init__(self, url: str, record: Record, seed: int, slug: str = FIRST.slug) -> None:
        self.client = Client(url)
        self.record = record
        self.random = random.Random(seed)
        self.slug = slug
        self.network: dict[str, Any] = LESSONS[slug].network
        self.trace = ""

    async def attend(self, until: float) -> None:
        """Open the lesson, and work until it ends."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self.random.uniform(0, CLICK_EVERY))
        await self.open()
        click = loop.time() + self.random.uniform(0, CLICK_EVERY)
        edit = loop.time() + self.random.uniform(0, EDIT_EVERY)
        while min(click, edit) < until:
            due = min(click, edit)
            await asyncio.sleep(due - loop.time())
            # If earlier answers were late, this is late too: people do not wait for the server.
            if due == click:
                await self.look(due)
                click = self._next(due, CLICK_EVERY)
            else:
                await self.change(due)
                edit = self._next(due, EDIT_EVERY)
        self.client.close()

    async def drag(self, until: float) -> None:
        """Drag one number to and fro: one request at a time, a pause, and the newest number."""
        loop = asyncio.get_running_loop()
        await self.open()
        last = deque[float](maxlen=3)
        quickest = math.inf
        while (due := loop.time()) < until:
            await self.change(due, name="drag", retell=False)
            took = loop.time() - due
            quickest = min(took, quickest)
            # As static/js/editing/pauses.js: a server that others wait for is left to them.
            last.append(took)
            waited = min(last) - quickest if len(last) == 3 else 0.0
            pause = min(5 * waited, 0.5) if waited > 0.015 else 0.0
            await asyncio.sleep(max(FRAME - took, pause))
        self.client.close()

    async def open(self) -> None:
        """Load the page, and get the id of its network's trace."""
        loop = asyncio.get_running_loop()
        await self._timed("page", loop.time(), self.client.get(f"/lesson/{self.slug}"))
        await self._picture("page's numbers", loop.time(), {"network": self.network})

    async def look(self, due: float) -> None:
        """Click a cell: request its receipt, then the steps' sentences about it."""
        shape = _shape(self.network["input"])
        cell = {"layer": -1, "index": [self.random.randrange(size) for size in shape]}
        await self._of_trace("/inspector", "click", due, {"cell": cell})
        await self._tell(cell)

    async def change(self, due: float, name: str = "edit", retell: bool = True) -> None:
        """Change a number of the input."""
        place = [self.random.randrange(size) for size in _shape(self.network["input"])]
        edit = {"path": ["input", *place], "value": self.random.randrange(-999, 999) / 100}
        self.network = {**self.network, "input": _with(self.network["input"], place, edit["value"])}
        known = {"trace": self.trace, "edits": [edit]}
        answer = await self._picture(name, due, known)
        if answer is not None and answer.status == NO_LONGER_KNOWN:
            self.record.sent_again += 1
            await self._picture(name, due, {"network": self.network})
        if retell:
            await self._tell(None)

    async def _picture(self, name: str, due: float, source: dict[str, Any]) -> Answer | None:
        question = {**source, "lesson": self.slug}
        answer = await self._timed(name, due, self.client.post("/picture", question))
        if answer is not None and answer.status == 200:
            self.trace = answer.json()["id"]
        return answer

    async def _tell(self, cell: object) -> None:
        now = asyncio.get_running_loop().time()
        await self._of_trace("/story", "story", now, {"cell": cell})

    async def _of_trace(self, path: str, name: str, due: float, question: dict[str, Any]) -> None:
        asked = self.client.post(path, {"trace": self.trace, **question})
        answer = await self._timed(name, due, asked)
        if answer is not None and answer.status == NO_LONGER_KNOWN:
            self.record.sent_again += 1
            asked = self.client.post(path, {"network": self.network, **question})
            await self._timed(name, due, asked)

    async def _timed(self, name: str, due: float, asked: Any) -> Answer | None:
        answer: Answer | None = None
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            answer = await asked
        if answer is None or answer.status >= 400:
            self.record.lost[f"{name}: {answer.status if answer else 'no answer'}"] += 1
            return answer
        took = asyncio.get_running_loop().time() - due
        self.record.milliseconds[name].append(1000 * took)
        return answer

    def _next(self, due: float, every: float) -> float:
        return due + self.random.uniform(0.5, 1.5) * every


def _shape(array: Any) -> list[int]:
    return [len(array), *_shape(array[0])] if isinstance(array, list) else []


def _with(array: Any, place: list[int], value: float) -> Any:
    if not place:
        return value
    copy = list(array)
    copy[place[0]] = _with(copy[place[0]], place[1:], value)
    return copy
