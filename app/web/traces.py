"""The traces that were just asked for, so that a click on a large network sends no weights."""

import hashlib
import threading
from collections import OrderedDict
from typing import Any, NamedTuple

from pydantic_core import to_json

from app.engine.network import Trace

MAX_BYTES = 256 * 2**20
"""What all remembered traces may hold together; the one used longest ago goes first."""

KEPT_ANSWER = 50_000
"""Bytes of an answer that may be kept with a trace; what is longer is written anew."""


def id_of(network: Any) -> str:
    """The id of a network document's trace: equal documents have the same, whoever sends them."""
    return hashlib.blake2b(to_json(network), digest_size=12).hexdigest()


class Kept(NamedTuple):
    """A trace, and the document of its network."""

    trace: Trace
    document: Any
    bytes: int


class Traces:
    """An id → trace memory, shared by the server's threads. Nothing depends on its remembering."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> Kept | None:
        """The trace and its document, if it is still known."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def keep(self, key: str, trace: Trace, document: Any) -> None:
        """Remember a trace unless it is known."""
        if self.get(key) is None:
            self.put(key, trace, document)

    def put(self, key: str, trace: Trace, document: Any) -> None:
        """Remember a trace, forgetting the oldest ones that no longer fit."""
        size = _bytes(trace)
        with self._lock:
            if key in self._kept:
                self._bytes -= self._kept.pop(key).bytes
            self._kept[key] = Kept(trace, document, size)
            self._bytes += size
            while self._bytes > self._max_bytes and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.bytes


def _bytes(trace: Trace) -> int:
    """No less than it holds."""
    # A value, its gradient and its slope or winner; a weight, its gradient and its transposed copy;
    # the patches, and at most three tables of where they are read.
    cells = 3 * sum(array.size for array in trace.values)
    parameters = 3 * sum(array.size for own in trace.parameters for array in own.values())
    reads = 4 * sum(layer.window_reads for layer in trace.network.layers)
    # A number of the document is an object and a place in a list: four times eight bytes.
    given = trace.values[0].size + parameters // 3
    return 8 * (cells + parameters + reads + 4 * given) + KEPT_ANSWER + 10_000
