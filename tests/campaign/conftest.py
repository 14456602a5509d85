"""Fixtures of the campaign's tests: their first seed, and the figures that they report."""

import os

import pytest

PARTS = 8
"""Into so many tests each campaign is cut, so that processes can share it."""


@pytest.fixture(params=range(PARTS))
def seeds(request):
    """A part's share of the seeds that ``scripts/campaign`` names."""
    first, count = (int(os.environ.get(name, 0)) for name in ("CAMPAIGN_SEED", "CAMPAIGN_COUNT"))
    return range(first + request.param, first + (count or PARTS), PARTS)


class Figures:
    """What a test leaves for the end of the run: counts and shares, to be added up, and maxima."""

    def __init__(self, record):
        self.record = record
        self.counts: dict[str, int] = {}
        self.shares: dict[str, tuple[int, int]] = {}
        self.largests: dict[str, float] = {}

    # Plain numbers, which processes can hand to each other.
    def count(self, name, n=1):
        self.counts[name] = self.counts.get(name, 0) + int(n)

    def share(self, name, is_one):
        some, of = self.shares.get(name, (0, 0))
        self.shares[name] = (some + int(is_one), of + 1)

    def largest(self, name, number):
        self.largests[name] = max(self.largests.get(name, 0.0), float(number))

    def leave(self):
        for name, n in self.counts.items():
            self.record("count", (name, n))
        for name, both in self.shares.items():
            self.record("share", (name, both))
        for name, number in self.largests.items():
            self.record("largest", (name, number))


@pytest.fixture
def figures(record_property):
    figures = Figures(record_property)
    yield figures
    figures.leave()
