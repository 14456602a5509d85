"""The measurements of the page: each finds what it measures, however long that takes here."""

import contextlib

import pytest

from scripts.measuring import browsing
from scripts.measuring.__main__ import SECTIONS
from scripts.measuring.browser import Site, lesson_server

NONE = 0.05
"""Seconds for a measurement: as few as one of each thing."""
TINY = {"tiny": browsing.ALL["tiny"]}

# The figures of each section; every one is more than 0 in a page that works.
FIGURES = {
    "frames": ("idle", "moving", "longest"),
    "edits": ("took", "server", "plotly"),
    "structure": ("took", "server"),
    "drags": ("pictures", "movements"),
    "clicks": ("took_median", "server_median"),
    "early": ("worst", "median"),
    "loading": ("bytes", "requests", "number", "click", "answered", "complete"),
}


@pytest.fixture(scope="module")
def there(browser):
    with lesson_server() as port:
        yield Site(browser, f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("section", FIGURES)
def test_a_section_measures_the_page_as_it_is(there, section, monkeypatch):
    monkeypatch.setattr(browsing, "site", lambda: contextlib.nullcontext(there))
    figures = SECTIONS[section](NONE, TINY)
    assert figures
    for found in figures.values():
        assert all(found[name] > 0 for name in FIGURES[section]), found


def test_every_section_that_measures_the_page_is_tried():
    of_the_page = {name for name, each in SECTIONS.items() if each.__module__ == browsing.__name__}
    assert of_the_page == FIGURES.keys()
