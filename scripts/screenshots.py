"""Pictures of every step of every lesson, at four sizes, in light and dark, for a reviewer."""

import threading
from argparse import ArgumentParser
from collections.abc import Iterable
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from waitress import create_server

from app import create_app
from app.lessons import LESSONS
from scripts.chromium import chromium

SIZES = {"1440": (1440, 900), "1024": (1024, 768), "820": (820, 1180), "390": (390, 844)}
THEMES = ("light", "dark")


def opened(browser: Browser, address: str, size: str, theme: str, asks: bool) -> Page:
    """A lesson as it opens, where nothing moves; with its question, or with its steps."""
    width, height = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    if not asks:
        page.add_init_script("localStorage.setItem('ask', 'no')")
    page.goto(address)
    page.locator("body.answering" if asks else ".plotted").wait_for()
    return page


def shoot(browser: Browser, address: str, folder: Path, lesson: str, size: str, theme: str) -> None:
    """The question of a lesson, its steps, and the first of its kernels and windows in between."""
    there = f"{address}/lesson/{lesson}"
    page = opened(browser, there, size, theme, asks=True)
    page.screenshot(path=folder / f"{lesson}-question-{size}-{theme}.png")
    page.close()
    page = opened(browser, there, size, theme, asks=False)
    scrubber = page.locator("#scrubber")
    for step in range(int(scrubber.get_attribute("max") or 0) + 1):
        scrubber.fill(str(step))
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        page.screenshot(path=folder / f"{lesson}-{step:02}-{size}-{theme}.png")
    page.close()


def main(folder: Path, lessons: Iterable[str], sizes: Iterable[str], themes: Iterable[str]) -> None:
    """Write the pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    server = create_server(create_app(), host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    address = f"http://127.0.0.1:{server.effective_port}"
    with sync_playwright() as playwright:
        path = chromium(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=path)
        for lesson, size, theme in product(lessons, sizes, themes):
            shoot(browser, address, folder, lesson, size, theme)
        browser.close()


if __name__ == "__main__":
    parser = ArgumentParser(prog="scripts/screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--lessons", nargs="+", choices=LESSONS, default=list(LESSONS))
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--themes", nargs="+", choices=THEMES, default=list(THEMES))
    asked = parser.parse_args()
    main(asked.folder, asked.lessons, asked.sizes, asked.themes)
