"""A persistent HTTP connection with little overhead; it repeats a request if it was closed."""

import asyncio
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

PATIENCE = 60
"""Seconds after which an answer counts as lost."""


class Answer(NamedTuple):
    """The answer to one request."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


class Client:
    """The connection of one browser to the tool."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 80
        self.base = parts.path.rstrip("/")
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        """Send a GET request."""
        return await self.send("GET", path, b"")

    async def post(self, path: str, question: object) -> Answer:
        """Send a POST request with JSON."""
        return await self.send("POST", path, orjson.dumps(question))

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def send(self, method: str, path: str, body: bytes) -> Answer:
        """Send a request."""
        head = (
            f"{method} {self.base}{path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            "Accept-Encoding: gzip\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        async with asyncio.timeout(PATIENCE):
            reused = self._streams is not None
            try:
                return await self._exchange(head + body)
            except (OSError, asyncio.IncompleteReadError):
                self.close()
                if not reused:
                    raise
                # The server has closed an idle connection; browsers repeat the request too.
                return await self._exchange(head + body)

    async def _exchange(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port, limit=2**20)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head.split(b" ", 2)[1])
        if b"\r\ntransfer-encoding: chunked" in head:
            body = await _chunks(reader)
        else:
            length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
            body = await reader.readexactly(int(length or 0))
        if b"\r\nconnection: close" in head:
            self.close()
        return Answer(status, body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body
