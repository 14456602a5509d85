"""Finds the browser that the tests, the screenshots and the measurements need.

`python -m scripts.chromium` finds a browser or downloads one, before the first test needs it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import sync_playwright

WITH_WINDOWS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
COMMANDS = ("chromium-headless-shell", *WITH_WINDOWS)
"""The one without windows first: it opens a page with a third of the work."""
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

ON_DEBIAN = "On Debian and Ubuntu: sudo apt install chromium libatomic1."


def installed(own: str, commands: Iterable[str] = COMMANDS) -> str | None:
    """The path of a Chromium: `own` (Playwright's) or the machine's first; None if there is none.

    The environment variable BROWSER_PATH has priority over both.
    """
    named = os.environ.get("BROWSER_PATH")
    if named:
        return named
    if Path(own).exists():
        return own
    for path in filter(None, map(shutil.which, commands)):
        return path
    return str(MAC_CHROME) if MAC_CHROME.exists() else None


def chromium(own: str) -> str:
    """The path of a Chromium: an installed one, else a download."""
    path = installed(own)
    if path is not None:
        return path
    download = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(download, check=False).returncode != 0:
        raise RuntimeError(
            "This needs Chromium: none was found, and Playwright could not download one. "
            f"{ON_DEBIAN} "
            "One in another place is named by the environment variable BROWSER_PATH."
        )
    return own


if __name__ == "__main__":
    try:
        with sync_playwright() as playwright:
            own = playwright.chromium.executable_path
    except Exception as error:
        sys.exit(f"Playwright did not start: {error}. {ON_DEBIAN}")
    try:
        print(chromium(own))
    except RuntimeError as error:
        sys.exit(str(error))
