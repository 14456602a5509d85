"""One process that serves: waitress, with deadlines, lanes, and a stop that finishes what it began.

Waitress reads a request whole before a thread takes it, so that slow senders hold no thread.
"""

import contextlib
import errno
import logging
import selectors
import socket
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from app.web.job import HEAVY
from app.web.limits import QUICK_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 4
"""For what takes milliseconds. Python runs one at a time; more of them only wait for each other."""
SMALL_BODY = 20_000
"""Bytes of what a click sends; more is a network of some size."""
HEAVY_THREADS = 12
"""They wait for the process that does the work; more requests than its queue holds are refused."""
CONNECTIONS = 2000
"""Of one process, if it may have so many files open. When there are as many, idle ones go."""
HEADER_SECONDS = 10
"""From a request's first byte to the end of its header."""
BODY_SECONDS = 60
"""From a request's first byte to its last: 20 MB over a slow line."""
IDLE_SECONDS = 60
"""Of a connection on which nothing happens."""
DRAIN_SECONDS = 20
"""To finish what is being answered when the server is told to stop."""
BODY_LIMIT = 32 * 2**20
"""What is read at all; below it the app itself refuses what is too large, in JSON."""
LARGE_BODIES = 12
"""That are received at the same time; a class needs none, and each may fill BODY_LIMIT."""
ANSWER_IN_MEMORY = 8 * 2**20
"""Larger answers go through a temporary file; plotly.js, sent to every reader, does not."""

SETTINGS = {
    "channel_timeout": IDLE_SECONDS,
    "cleanup_interval": 1,
    "max_request_body_size": BODY_LIMIT,
    "outbuf_overflow": ANSWER_IN_MEMORY,
    # Goes on reading while a request is answered, which is how a closed connection is noticed.
    "channel_request_lookahead": 1,
    "ident": None,
}
"""Of waitress."""
SWITCH_SECONDS = 0.001
"""After which Python's threads take turns: with its usual 5 ms, the loop waits for the others."""


class Lanes:
    """Threads for what is quick, and others for what is not, so that clicks never wait for it."""

    def __init__(self) -> None:
        self._quick, self._whole, self._heavy = (ThreadedTaskDispatcher() for _ in range(3))
        self._quick.set_thread_count(THREADS)
        # One network after the other: reading one lets no other thread go on.
        self._whole.set_thread_count(1)
        self._heavy.set_thread_count(HEAVY_THREADS)

    def add_task(self, task: "Channel") -> None:
        """Have a thread answer a channel's next request."""
        self._lane_for(task.requests[0]).add_task(task)

    def _lane_for(self, request: Any) -> ThreadedTaskDispatcher:
        if request.path.endswith(HEAVY) or request.body_bytes_received > QUICK_BYTES:
            return self._heavy
        return self._quick if request.body_bytes_received <= SMALL_BODY else self._whole

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> None:
        """End the threads."""
        for lane in (self._quick, self._whole, self._heavy):
            lane.shutdown(cancel_pending, timeout)


class Channel(HTTPChannel):
    """One connection."""

    began = 0.0
    """When the request that is being read began."""

    def received(self, data: bytes) -> Any:
        if self.request is None:
            self.began = time.monotonic()
        was_large = self.is_large
        received = super().received(data)
        if self.is_large and not was_large and not self.server.has_room_for_large():
            self.will_close = True
        return received

    def service(self) -> None:
        try:
            super().service()
        finally:
            self.server.touch(self)

    def write_soon(self, data: Any) -> Any:
        written = super().write_soon(data)
        if self.total_outbufs_len:
            self.server.touch(self)
        return written

    @property
    def is_large(self) -> bool:
        """Whether a large body is being received or answered."""
        return any(
            max(request.content_length, request.body_bytes_received) > QUICK_BYTES
            for request in (self.request, *self.requests)
            if request is not None
        )

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being read, answered or sent."""
        return not (self.request or self.requests or self.total_outbufs_len)

    def is_late(self, now: float) -> bool:
        """Whether the request that is being read takes longer than it may."""
        if self.request is None or self.requests:
            return False
        allowed = BODY_SECONDS if self.request.headers_finished else HEADER_SECONDS
        return now - self.began > allowed


class _Targets(dict[int, Any]):
    """What the loop looks at, by file descriptor."""

    def __init__(self, selector: selectors.BaseSelector, touched: deque[Any]) -> None:
        super().__init__()
        self._selector = selector
        self._touched = touched

    def __setitem__(self, descriptor: int, target: Any) -> None:
        super().__setitem__(descriptor, target)
        self._touched.append(target)

    def __delitem__(self, descriptor: int) -> None:
        super().__delitem__(descriptor)
        # Before it is closed; afterwards its number may be another's.
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)


class Server(TcpWSGIServer):
    """Waitress's server, with a loop that looks only at connections on which something happened.

    Waitress's own asks each connection, each time, whether it wants to read or write: with the
    hundreds of connections of a class, that takes longer than answering them.
    """

    channel_class = Channel
    accepting: bool

    def __init__(
        self,
        application: "WSGIApplication",
        listening: socket.socket,
        connections: int = CONNECTIONS,
        lanes: Lanes | None = None,
    ) -> None:
        """Serve at a socket that listens, which other processes may share."""
        self._selector = selectors.DefaultSelector()
        self._touched: deque[Any] = deque()
        self._connections = connections
        self._stopped_at: float | None = None
        self._full_until = 0.0
        # Where it is shared, another process may be the one that accepts.
        listening.setblocking(False)
        super().__init__(
            application,
            map=_Targets(self._selector, self._touched),
            _sock=listening,
            dispatcher=Lanes() if lanes is None else lanes,
            adj=Adjustments(sockets=[listening], **SETTINGS),
            sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
            bind_socket=False,
        )

    def touch(self, channel: Channel) -> None:
        """Have the loop look at a connection; from any thread."""
        self._touched.append(channel)
        self.pull_trigger()

    def has_room_for_large(self) -> bool:
        """Whether the large bodies that are being received are not too many."""
        large = [channel for channel in self.active_channels.values() if channel.is_large]
        return len(large) <= LARGE_BODIES

    def stop(self) -> None:
        """Accept no more, finish what is being answered, and return from ``run``.

        From any thread, or from a signal's handler.
        """
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
            # The loop may have ended by itself in between, and closed what wakes it.
            with contextlib.suppress(OSError):
                self.pull_trigger()

    def run(self) -> None:
        """Serve until stopped."""
        sys.setswitchinterval(SWITCH_SECONDS)
        # That requests wait their turn is no fault to log.
        logging.getLogger("waitress").setLevel(logging.ERROR)
        looked = time.monotonic()
        while not self._is_done():
            while self._touched:
                self._watch(self._touched.popleft())
            for key, ready in self._selector.select(timeout=0.1 if self._stopped_at else 1):
                self._serve(key.fd, ready)
            now = time.monotonic()
            if now - looked >= 1 or self._stopped_at is not None:
                looked = now
                self._look_after_all(now)
        self.task_dispatcher.shutdown(timeout=1)
        for target in list(self._map.values()):
            target.close()
        self._selector.close()

    def readable(self) -> bool:
        """Whether there is room for one more connection."""
        return self.accepting and time.monotonic() >= self._full_until

    def handle_accept(self) -> None:
        if len(self.active_channels) >= self._connections and not self._drop_an_idle_one():
            self._full_until = time.monotonic() + 1
            return
        try:
            accepted = self.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE) and not self._drop_an_idle_one():
                self._full_until = time.monotonic() + 1
            return
        if accepted is not None:
            connection, address = accepted
            self.set_socket_options(connection)
            Channel(self, connection, address, self.adj, map=self._map)

    def _serve(self, descriptor: int, ready: int) -> None:
        target = self._map.get(descriptor)
        if target is not None and ready & selectors.EVENT_READ:
            wasyncore.read(target)
        if target is not None and ready & selectors.EVENT_WRITE and target.socket is not None:
            wasyncore.write(target)
        if target is not None:
            self._watch(target)

    def _watch(self, target: Any) -> None:
        """Wait for what a target wants to do next."""
        descriptor = target._fileno
        if descriptor is None or self._map.get(descriptor) is not target:
            return
        wanted = (selectors.EVENT_READ if target.readable() else 0) | (
            selectors.EVENT_WRITE if target.writable() and not target.accepting else 0
        )
        known = self._selector.get_map().get(descriptor)
        if known is None and wanted:
            self._selector.register(descriptor, wanted)
        elif known is not None and not wanted:
            self._selector.unregister(descriptor)
        elif known is not None and known.events != wanted:
            self._selector.modify(descriptor, wanted)

    def _look_after_all(self, now: float) -> None:
        """Close what takes too long; while the server stops, also what is idle."""
        if self._stopped_at is not None and self.accepting:
            self.accepting = False
        cutoff = time.time() - IDLE_SECONDS
        for channel in list(self.active_channels.values()):
            stuck = not channel.requests and channel.last_activity < cutoff
            if stuck or channel.is_late(now) or (self._stopped_at and channel.is_idle):
                channel.handle_close()
        self._watch(self)

    def _drop_an_idle_one(self) -> bool:
        idle = [channel for channel in self.active_channels.values() if channel.is_idle]
        if idle:
            min(idle, key=lambda channel: channel.last_activity).handle_close()
        return bool(idle)

    def _is_done(self) -> bool:
        if self._stopped_at is None:
            return False
        waited = time.monotonic() - self._stopped_at
        return waited > DRAIN_SECONDS or (not self.accepting and not self.active_channels)
