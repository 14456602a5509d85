"""A browser, and a server of the lessons with the tiny network among them."""

import contextlib
import json
import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.measuring.networks import tiny
from scripts.measuring.report import Missing

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

try:
    from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

    from scripts.chromium import ON_DEBIAN, installed
except ImportError:
    sync_playwright = None

NO_PLAYWRIGHT = (
    "Playwright is missing, so there are no pages to measure. To install it: scripts/setup test"
)
IN_PAGE = Path(__file__).with_name("in_page.js").read_text()
"""The script that is added to every measured page; its functions are in ``measured``."""
SIZE: "ViewportSize" = {"width": 1440, "height": 900}


@dataclass(frozen=True)
class Site:
    """A browser and the address of the server."""

    browser: "Browser"
    address: str

    def visitor(self) -> "BrowserContext":
        """A browser context without a cache."""
        context = self.browser.new_context(viewport=SIZE)
        context.add_init_script(f"{{{IN_PAGE}}}")
        return context

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator["Page"]:
        """A page that has loaded completely, with its question answered and Plotly there."""
        with contextlib.closing(self.visitor()) as context:
            page = context.new_page()
            page.goto(self.address + path)
            page.locator("body.answering").wait_for()
            if page.locator("#inspector[data-asked]").count():
                page.locator("#last").click()
            page.locator("#stage.plotted").wait_for(state="attached")
            page.wait_for_timeout(500)
            yield page


@contextlib.contextmanager
def site() -> Iterator[Site]:
    """A browser and a server for measurements.

    Raises:
        Missing: Playwright or Chromium is not installed.
    """
    if sync_playwright is None:
        raise Missing(NO_PLAYWRIGHT)
    with sync_playwright() as playwright:
        path = installed(playwright.chromium.executable_path)
        if path is None:
            raise Missing(f"Chromium is missing, so there are no pages to measure. {ON_DEBIAN}")
        browser = playwright.chromium.launch(executable_path=path)
        with contextlib.closing(browser), lesson_server() as port:
            yield Site(browser, f"http://127.0.0.1:{port}")


def call(page: "Page", name: str, *arguments: object) -> Any:
    """Call one of the functions of in_page.js."""
    return page.evaluate(f"measured.{name}({', '.join(map(json.dumps, arguments))})")


@contextlib.contextmanager
def lesson_server() -> Iterator[int]:
    """Run the tool in its own process, with one more lesson; yields its port."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve_lessons, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def serve_lessons(port: Connection) -> None:
    """The main function of ``lesson_server``'s process; it sends its port back."""
    from app import create_app
    from app.engine.receipt import Cell
    from app.lessons import LESSONS
    from app.lessons.lesson import Lesson
    from app.web.listening import listen
    from app.web.server import Server

    LESSONS["tiny"] = Lesson(
        slug="tiny",
        title="Tiny",
        network=tiny(),
        pinned=Cell(2, 0),
        question=lambda _: "How fast is the tiny network?",
        answer=lambda _: "scripts/bench knows.",
    )
    with listen("127.0.0.1", 0) as listening:
        server = Server(create_app(), listening)
        port.send(int(server.effective_port))
        server.run()
