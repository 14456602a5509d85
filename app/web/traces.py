"""Recent traces, kept so that a click on a large network need not send its weights again."""

import hashlib
import threading
from typing import Any, NamedTuple

from cachetools import LRUCache
from pydantic_core import to_json

from app.engine.network import Trace

MAX_BYTES = 256 * 2**20
"""What all kept traces may hold together; the one used longest ago goes first."""

KEPT_ANSWER = 50_000
"""Bytes of an answer that may be kept with a trace; what is longer is written anew."""


def id_of(network: Any) -> str:
    """The id of a network document's trace: equal documents have the same, whoever sends them."""
    return hashlib.blake2b(to_json(network), digest_size=12).hexdigest()


class Kept(NamedTuple):
    """A trace, and the document of its network."""

    trace: Trace
    document: Any


class Traces:
    """Traces by their ids, shared by the server's threads. A trace may be gone at any time."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        def size(kept: Kept) -> int:
            # One that is larger than all the room there is takes all of it.
            return min(_bytes(kept.trace), max_bytes)

        self._kept: LRUCache[str, Kept] = LRUCache(max_bytes, getsizeof=size)
        self._lock = threading.Lock()

    def get(self, key: str) -> Kept | None:
        """The trace and its document, if it is still known."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: str, trace: Trace, document: Any) -> None:
        """Keep a trace, and forget the ones used longest ago that no longer fit."""
        with self._lock:
            self._kept[key] = Kept(trace, document)

    def keep(self, key: str, trace: Trace, document: Any) -> None:
        """Keep a trace unless it is known."""
        if self.get(key) is None:
            self.put(key, trace, document)


def _bytes(trace: Trace) -> int:
    """No less than a trace and its document hold."""
    # A value, its gradient and its slope or winner; a weight, its gradient and its transposed copy;
    # the patches, and at most three tables of where they are read.
    cells = 3 * sum(array.size for array in trace.values)
    parameters = 3 * sum(array.size for own in trace.parameters for array in own.values())
    reads = 4 * sum(layer.window_reads for layer in trace.network.layers)
    # A number of the document is an object and a place in a list: four times eight bytes.
    given = trace.values[0].size + parameters // 3
    return 8 * (cells + parameters + reads + 4 * given) + KEPT_ANSWER + 10_000
