"""Recent traces, kept so that a click on a large network need not send its weights again."""

import hashlib
import math
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from cachetools import LRUCache
from pydantic_core import to_json

from app.engine.network import Trace

MAX_BYTES = 256 * 2**20
"""What all kept traces may hold together; the one used longest ago goes first."""

SHARED_BYTES = 36 * 2**20
"""The same for each of several processes: thirty edited LeNets, 1,500 small networks."""
MARGIN = 1.25
"""What is computed of a trace later, when it is asked about, and kept with it."""
OVERHEAD = 15_000
"""Bytes of a trace's objects besides its arrays and lists, measured with five layers."""


_NUMBERS = frozenset({int, float})
_PLAIN = _NUMBERS | {bool, str, type(None)}
"""Types of what is counted with the list that holds it."""


def id_of(network: Any) -> str:
    """The id of a network document's trace: equal documents have the same, whoever sends them."""
    return hashlib.blake2b(to_json(network), digest_size=12).hexdigest()


class Kept(NamedTuple):
    """A trace, and the document of its network."""

    trace: Trace
    document: Any


class Traces:
    """Traces by their ids, shared by the server's threads. A trace may be gone at any time.

    What several traces hold together, such as a lesson's weights, takes room once.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: LRUCache[str, Kept] = LRUCache(math.inf)
        self._parts: dict[str, dict[int, int]] = {}
        self._holders: Counter[int] = Counter()
        self._bytes = 0.0
        self._lock = threading.Lock()

    def get(self, key: str) -> Kept | None:
        """The trace and its document, if it is still known."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: str, trace: Trace, document: Any) -> None:
        """Keep a trace, and forget the ones used longest ago that no longer fit."""
        kept = Kept(trace, document)
        parts = dict(_parts_of(kept))
        with self._lock:
            if key in self._kept:
                self._forget(key, self._kept.pop(key))
            self._kept[key] = kept
            self._parts[key] = parts
            self._bytes += OVERHEAD
            for part, size in parts.items():
                self._holders[part] += 1
                if self._holders[part] == 1:
                    self._bytes += MARGIN * size
            # One that is larger than all the room there is stays until the next one comes.
            while self._bytes > self._max_bytes and len(self._kept) > 1:
                self._forget(*self._kept.popitem())

    def keep(self, key: str, trace: Trace, document: Any) -> None:
        """Keep a trace unless it is known."""
        if self.get(key) is None:
            self.put(key, trace, document)

    def _forget(self, key: str, kept: Kept) -> None:
        """Give back the room of what nobody holds any longer; until then, ``kept`` lives."""
        self._bytes -= OVERHEAD
        for part, size in self._parts.pop(key).items():
            self._holders[part] -= 1
            if not self._holders[part]:
                del self._holders[part]
                self._bytes -= MARGIN * size


def _parts_of(kept: Kept) -> Iterator[tuple[int, int]]:
    """The arrays and the lists of numbers that a trace and its document hold: identity, bytes."""
    seen = set[int]()
    stack: list[Any] = [kept.trace, kept.document]
    while stack:
        part = stack.pop()
        kind = type(part)
        if kind in _PLAIN:
            continue
        while kind is np.ndarray and isinstance(part.base, np.ndarray):
            part = part.base  # A view holds the array that it looks at.
        name = id(part)
        if name in seen:
            continue
        seen.add(name)
        if kind is np.ndarray:
            yield name, part.nbytes
        elif isinstance(part, list | tuple):
            if not part or type(part[0]) in _NUMBERS:
                # A number is an object, and a place in the list.
                yield name, 56 + 32 * len(part)
            else:
                stack.extend(part)
        elif kind is dict:
            stack.extend(part.values())
        elif hasattr(part, "__dict__") and not callable(part):
            stack.extend(vars(part).values())
