"""Takes screenshots of every state of the page, light and dark, on a desktop and on a phone."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from waitress import create_server

from app import create_app
from app.lessons import LESSONS
from scripts.chromium import chromium

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
POOLED = '[data-layer="2"][data-index="0,0,1"]'
INPUT = '[data-layer="-1"][data-index="0,2,1"]'
WEIGHT = 'input[aria-label="Fully connected: Weights, from neuron 0 to neuron 0"]'


def nothing(page: Page) -> None:
    """The page after loading."""


def step(n: int) -> Callable[[Page], None]:
    """The page after n steps."""

    def go(page: Page) -> None:
        page.locator("#scrubber").fill(str(n))

    return go


def moving(n: int) -> Callable[[Page], None]:
    """The page in the middle of a step."""

    def go(page: Page) -> None:
        step(n - 1)(page)
        page.locator("#forward").click()
        page.wait_for_timeout(700)

    return go


def held(page: Page) -> None:
    """Paused in the middle of a sum."""
    moving(3)(page)
    page.keyboard.press("Space")
    page.wait_for_timeout(100)
    page.keyboard.press("Space")


def edited(page: Page) -> None:
    """A weight changed: old numbers beside the new."""
    page.locator(WEIGHT).fill("2")
    page.locator(".was:not(:empty)").first.wait_for()


def refused(page: Page) -> None:
    """A text where a number is needed."""
    page.locator(WEIGHT).fill("abc")


def opened(page: Page) -> None:
    """An input cell with every part of the inspector open."""
    page.locator(INPUT).click()
    page.locator('[data-section="nudge"]').wait_for()
    for summary in page.locator("#inspector summary").all():
        summary.click()
    page.locator("[data-nudge] svg").first.wait_for()


def checked(page: Page) -> None:
    """The person's own numbers, checked."""
    page.locator("#check-text").fill("[[11, 11], [11, 11]]")
    page.locator("#check button").click()
    page.locator(".verdict").wait_for()


STATES: dict[str, Callable[[Page], None]] = {
    "opened": nothing,
    "start": step(0),
    "multiplied": step(2),
    "multiplying": moving(2),
    "adding": moving(3),
    "routing": moving(5),
    "routed": step(5),
    "spreading": moving(8),
    "values": lambda page: page.locator('[name="reading"]').nth(0).check(),
    "gradients": lambda page: page.locator('[name="reading"]').nth(1).check(),
    "neighbour": lambda page: page.locator(POOLED).click(),
    "pointed": lambda page: page.locator(INPUT).hover(),
    "followed": lambda page: page.locator("#follow").evaluate("box => box.click()"),
    "forward": lambda page: page.locator("#whole-pass").evaluate("box => box.click()"),
    "edited": edited,
    "refused": refused,
    "held": held,
    "account": opened,
    "checked": checked,
    "projector": lambda page: page.locator("#projector").click(),
    "help": lambda page: page.locator("#help-button").click(),
}


NONE = {("projector", "phone")}
"""The combinations that the page does not offer."""


def main(folder: Path) -> None:
    """Write all pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    server = create_server(create_app(), host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    address = f"http://127.0.0.1:{server.effective_port}"
    with sync_playwright() as playwright:
        path = chromium(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=path)
        for theme in ("light", "dark"):
            for size in SIZES:
                for name, reach in STATES.items():
                    if (name, size) in NONE:
                        continue
                    shoot(browser, address, folder / f"{name}-{theme}-{size}.png", reach)
                for slug in LESSONS:
                    there = f"{address}/lesson/{slug}"
                    shoot(browser, there, folder / f"lesson-{slug}-{theme}-{size}.png", nothing)
        browser.close()


def shoot(browser: Browser, address: str, file: Path, reach: Callable[[Page], None]) -> None:
    """Open a new page, bring it to a state, and take its screenshot."""
    _, theme, size = file.stem.rsplit("-", 2)
    width, height = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page.goto(address)
    page.locator(".plotted").wait_for()
    reach(page)
    page.wait_for_timeout(300)
    page.screenshot(path=file, full_page=True)
    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
