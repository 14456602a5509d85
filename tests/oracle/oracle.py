"""What the engine is held against: PyTorch, or its recorded answers where it is not installed.

Both answer for the same seeded networks. ``python -m tests.oracle.record`` writes the record.
"""

import gzip
import hashlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.oracle.answer import Answer
from tests.oracle.documents import Document, documents, draw, draw_batch

RECORD = Path(__file__).with_name("recorded.json.gz")


def document_of(seed: int, exact: bool) -> Document:
    """The network that a seed names."""
    return draw(Random(seed), exact)


def batch_of(seed: int, exact: bool) -> Document:
    """The batch that a seed names."""
    return draw_batch(Random(seed), exact)


def fingerprint(doc: Document) -> str:
    """Tells whether a recorded answer is one to this network."""
    return hashlib.blake2b(json.dumps(doc).encode(), digest_size=8).hexdigest()


class Oracle(ABC):
    """Knows the answers to seeded networks, exact ones and others."""

    name: str

    @abstractmethod
    def seeds(self, exact: bool) -> Iterable[int]:
        """The seeds whose networks it can answer for."""

    @abstractmethod
    def batches(self, exact: bool) -> Iterable[int]:
        """The seeds whose batches it can answer for."""

    @abstractmethod
    def answer(self, doc: Document) -> Answer:
        """Every figure of a network it can answer for."""

    @abstractmethod
    def networks(self, exact: bool) -> st.SearchStrategy[Document]:
        """Networks it can answer for, drawn by hypothesis."""


class Torch(Oracle):
    """PyTorch itself."""

    name = "PyTorch"

    def seeds(self, exact: bool) -> Iterable[int]:
        return range(600)

    def batches(self, exact: bool) -> Iterable[int]:
        return range(300)

    def answer(self, doc: Document) -> Answer:
        from tests.oracle.torch_oracle import answer

        return answer(doc)

    def networks(self, exact: bool) -> st.SearchStrategy[Document]:
        return documents(exact)


class Recorded(Oracle):
    """What PyTorch said, read from a file."""

    name = "the recorded answers of PyTorch"

    def __init__(self) -> None:
        held = json.loads(gzip.decompress(RECORD.read_bytes()))
        self._seeds: dict[bool, list[int]] = {True: held["exact"], False: held["drawn"]}
        self._batches: dict[bool, list[int]] = {
            True: held["exact batches"],
            False: held["drawn batches"],
        }
        self._answers: dict[str, dict[str, Any]] = held["answers"]

    def seeds(self, exact: bool) -> Iterable[int]:
        return self._seeds[exact]

    def batches(self, exact: bool) -> Iterable[int]:
        return self._batches[exact]

    def answer(self, doc: Document) -> Answer:
        held = self._answers.get(fingerprint(doc))
        assert held is not None, "not recorded; where PyTorch is, run python -m tests.oracle.record"
        return Answer({name: np.array(array) for name, array in held.items()})

    def networks(self, exact: bool) -> st.SearchStrategy[Document]:
        return st.sampled_from(self._seeds[exact]).map(lambda seed: document_of(seed, exact))


def find_oracle() -> Oracle:
    """PyTorch where it can be imported, which in CI it must be; else the record."""
    try:
        import torch  # noqa: F401
    except ImportError:
        if os.environ.get("CI") == "true":
            raise
        return Recorded()
    return Torch()
