"""Fixtures of the browser tests."""

import pytest

from tests.browser.building import Building
from tests.browser.stage import Stage


@pytest.fixture
def stage(page):
    """The page, not opened yet."""
    return Stage(page)


@pytest.fixture
def still(stage):
    """A stage where nothing moves: each step is there at once."""
    stage.page.emulate_media(reduced_motion="reduce")
    return stage


@pytest.fixture
def building(stage):
    """The builder, not opened yet."""
    return Building(stage)
