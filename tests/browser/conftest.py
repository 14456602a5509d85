"""What the browser tests share."""

import pytest

from tests.browser.stage import Stage


@pytest.fixture
def stage(page):
    """The page, not opened yet."""
    return Stage(page)
