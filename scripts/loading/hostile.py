"""Pranksters: the most expensive requests that a server must accept from anybody."""

import asyncio
import contextlib
import json
import random
from collections.abc import Callable, Coroutine
from typing import Any

from scripts.loading.client import Client

IDLE = 500
"""The number of idle connections."""


def _conv(side: int) -> dict[str, Any]:
    """A short request for the largest allowed map, made by padding."""
    padding = (side - 1) // 2
    return {
        "version": 1,
        "input": [[[1]]],
        "layers": [{"type": "conv2d", "weight": [[[[1]]]], "padding": [padding, padding]}],
        "head": {"type": "upstream", "gradient": [[[1] * side] * side]},
    }


def _ties(side: int, kernel: int) -> dict[str, Any]:
    """Windows in which every cell holds the maximum."""
    out = side - kernel + 1
    pool = {"type": "max_pool2d", "kernel": [kernel, kernel], "stride": [1, 1]}
    return {
        "version": 1,
        "input": [[[1] * side] * side],
        "layers": [pool],
        "head": {"type": "upstream", "gradient": [[[1] * out] * out]},
    }


def _linear(size: int) -> dict[str, Any]:
    return {
        "version": 1,
        "input": [0.5] * size,
        "layers": [{"type": "linear", "weight": [[0.123456] * size] * size}],
        "head": {"type": "upstream", "gradient": [1] * size},
    }


def requests() -> list[tuple[str, bytes]]:
    """The largest request that each route accepts, and requests that it must refuse."""
    cell = {"layer": -1, "index": [0, 0, 0]}
    wide, tied = {"network": _conv(499)}, {"network": _ties(100, 25)}
    asked: list[tuple[str, dict[str, Any]]] = [
        (path, {**network, **more})
        for network in (wide, tied)
        for path, more in (
            ("/api/trace", {}),
            ("/picture", {}),
            ("/story", {}),
            ("/opened", {}),
            ("/inspector", {"cell": cell}),
            ("/inspector/paths", {"cell": cell}),
            ("/inspector/margins", {"cell": cell}),
            ("/inspector/nudge", {"cell": cell}),
            ("/api/export", {}),
            ("/api/gradcheck", {}),
            ("/api/check", {"of": {"layer": -1}, "text": "0 " * 10_000}),
        )
    ]
    asked += [("/api/trace", {"network": _linear(1400)}), ("/api/trace", {"network": _linear(300)})]
    bodies = [(path, json.dumps(question).encode()) for path, question in asked]
    fields = b"{" + b",".join(b'"field%d": 0' % i for i in range(900_000)) + b"}"
    return [*bodies, ("/api/trace", fields), ("/picture", b"[" * 20_000_000)]


class Prankster:
    """A prankster, who makes one attack after the other until the lesson ends."""

    def __init__(self, url: str, seed: int, bodies: list[tuple[str, bytes]]) -> None:
        self.url = url
        self.random = random.Random(seed)
        self.bodies = bodies
        self.errors: list[str] = []

    async def attack(self, until: float) -> None:
        """Attack until the lesson ends."""
        loop = asyncio.get_running_loop()
        tricks: list[Callable[[], Coroutine[Any, Any, None]]] = [
            self.ask_for_the_largest,
            self.ask_for_the_largest,
            self.ask_and_go_away,
            self.send_slowly,
        ]
        while loop.time() < until:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(max(0.1, until - loop.time())):
                    await self.random.choice(tricks)()

    async def ask_for_the_largest(self) -> None:
        """Send a large legal request, or one that must be refused."""
        path, body = self.random.choice(self.bodies)
        client = Client(self.url)
        try:
            answer = await client.send("POST", path, body)
        finally:
            client.close()
        if answer.status >= 500 and answer.status != 503:
            self.errors.append(f"{path}: {answer.status}")

    async def ask_and_go_away(self) -> None:
        """Request a long job, and close the connection at once."""
        path, body = self.random.choice(self.bodies)
        client = Client(self.url)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.random.uniform(0, 0.5)):
                await client.send("POST", path, body)
        client.close()

    async def send_slowly(self) -> None:
        """Send a header or a body byte by byte."""
        client = Client(self.url)
        head = f"POST /api/trace HTTP/1.1\r\nHost: {client.host}\r\n".encode()
        if self.random.random() < 0.5:
            head += b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
        _, writer = await asyncio.open_connection(client.host, client.port)
        try:
            writer.write(head)
            for _ in range(20):
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(0.1)
        finally:
            writer.close()


async def hold_idle(url: str, until: float, count: int = IDLE) -> None:
    """Keep idle connections open, and open them again if the server closes them."""
    client = Client(url)
    loop = asyncio.get_running_loop()

    async def hold() -> None:
        while loop.time() < until:
            with contextlib.suppress(OSError, TimeoutError):
                reader, writer = await asyncio.open_connection(client.host, client.port)
                try:
                    async with asyncio.timeout(max(0.1, until - loop.time())):
                        await reader.read()
                finally:
                    writer.close()
            await asyncio.sleep(0.5)

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(hold())
            await asyncio.sleep(0.002)
