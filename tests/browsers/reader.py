"""A reader with a browser: opens pages, points, types, and looks."""

import json
from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.waiting import PATIENCE

NOT_YET = (
    StaleElementReferenceException,
    ElementClickInterceptedException,
    ElementNotInteractableException,
)


class Reader:
    """One browser, at one address."""

    def __init__(self, driver: WebDriver, address: str) -> None:
        self.driver = driver
        self.address = address
        self.name: str = driver.capabilities["browserName"]
        driver.set_script_timeout(PATIENCE)

    # --- the page ---

    def begin(self) -> None:
        """As someone who has never been here."""
        self.driver.get(f"{self.address}/static/icon.svg")
        self.driver.delete_all_cookies()
        self.run("localStorage.clear()")
        self.size(1440, 900)

    def open(self, path: str = "/", asks: bool = False) -> "Reader":
        """Opens a lesson, and waits until it answers.

        ``asks``: with its question first, as for a reader who has not chosen otherwise.
        """
        if not self.run("return location.href").startswith(self.address):
            self.driver.get(f"{self.address}/static/icon.svg")
        self.run("localStorage.setItem('ask', arguments[0])", "yes" if asks else "no")
        self.driver.get("about:blank")  # else another step is no other page
        self.driver.get(self.address + path)
        self.wait("return document.body.classList.contains('answering')")
        return self

    def reload(self) -> None:
        self.driver.refresh()
        self.wait("return document.body.classList.contains('answering')")

    def size(self, width: int, height: int) -> None:
        """Makes the room for the page this large, or as narrow as the browser's window gets."""
        if self.name == "firefox":
            self.driver.browsing_context.set_viewport(
                context=self.driver.current_window_handle,
                viewport={"width": width, "height": height},
            )
        elif self.name == "chrome":
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        else:
            now = self.run("return innerHeight")
            _, outer = self.driver.get_window_size().values()
            self.driver.set_window_size(width, height + outer - now)
        # The picture follows the size in the next frame.
        self.frames()

    def frames(self) -> None:
        """Waits until what was asked for is drawn."""
        self.driver.execute_async_script(
            "const done = arguments[0];"
            "requestAnimationFrame(() => requestAnimationFrame(() => done()))"
        )

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    @property
    def problems(self) -> list[str]:
        """Errors of the page, and of its console."""
        return self.run("return window.problems ?? []")

    @property
    def saved(self) -> list[tuple[str, int]]:
        """The kind and the bytes of every file that the page gave to be saved."""
        return [tuple(each) for each in self.run("return saved.map((b) => [b.type, b.size])")]

    # --- waiting ---

    def wait(self, condition: str | Callable[[], Any], *arguments: Any) -> Any:
        """Waits until a script or a function says something true, and returns that."""

        def met(_: WebDriver) -> Any:
            return condition() if callable(condition) else self.run(condition, *arguments)

        told = condition if isinstance(condition, str) else condition.__name__
        return WebDriverWait(self.driver, PATIENCE, 0.05, NOT_YET).until(met, told)

    def expect(self, what: Callable[[], Any], wanted: Any) -> None:
        """Waits until something is as wanted; says what it was instead."""
        seen: list[Any] = [None]

        def met() -> bool:
            seen[0] = what()
            return seen[0] == wanted

        try:
            self.wait(met)
        except Exception as error:
            raise AssertionError(f"{seen[0]!r} instead of {wanted!r}") from error

    # --- pointing and typing ---

    def find(self, selector: str) -> WebElement:
        return self.wait(
            lambda: next(iter(self.driver.find_elements("css selector", selector)), None)
        )

    def count(self, selector: str) -> int:
        return len(self.driver.find_elements("css selector", selector))

    def click(self, selector: str) -> None:
        """Clicks an element once it is there and nothing lies over it."""

        def done() -> bool:
            self.find(selector).click()
            return True

        self.wait(done)

    def click_twice(self, selector: str) -> None:
        self.actions.double_click(self.find(selector)).perform()

    def press(self, *keys: str) -> None:
        """Keys, wherever the focus is."""
        self.actions.send_keys(*keys).perform()

    @property
    def actions(self) -> ActionChains:
        return ActionChains(self.driver, duration=20)

    def fill(self, selector: str, text: str) -> None:
        """Types over what a field holds."""
        field = self.find(selector)
        self.wait(field.is_displayed)
        field.clear()
        field.send_keys(text)

    def choose(self, selector: str, value: str) -> None:
        """An option of a list, by its value."""
        self.find(f'{selector} option[value="{value}"]').click()

    def options(self, action: Callable[[], object]) -> None:
        """Does something in the menu of options, and closes it."""
        self.click("#more")
        self.wait(lambda: self.find("#options").is_displayed())
        action()
        self.click("#more")
        self.wait(lambda: not self.find("#options").is_displayed())

    # --- looking ---

    def text(self, selector: str) -> str:
        """The text that is seen there."""
        return self.find(selector).text

    def shown(self, selector: str) -> bool:
        return self.find(selector).is_displayed()

    def value(self, selector: str) -> str:
        return self.run("return arguments[0].value", self.find(selector))

    def box(self, selector: str) -> dict[str, float]:
        return self.run("return arguments[0].getBoundingClientRect().toJSON()", self.find(selector))

    def style(self, selector: str, name: str) -> str:
        return self.find(selector).value_of_css_property(name)

    @property
    def focused(self) -> dict[str, str]:
        """The data of what has the focus; a page that is only just coming has no such thing."""
        return self.run("return {...document.activeElement?.dataset}")

    # --- the stage ---

    @staticmethod
    def cell(layer: int | str, *index: int, parameter: str | None = None) -> str:
        """The selector of a cell."""
        of = f'[data-parameter="{parameter}"]' if parameter else ":not([data-parameter])"
        place = ",".join(map(str, index))
        return f'[role="gridcell"][data-layer="{layer}"][data-index="{place}"]{of}'

    @property
    def step(self) -> int:
        return int(self.value("#scrubber"))

    @property
    def last(self) -> int:
        return int(self.find("#scrubber").get_attribute("max") or "nan")

    @property
    def scene(self) -> str:
        return self.run("return document.querySelector('#stage').dataset.scene")

    @property
    def pinned(self) -> list[str]:
        """What the inspector tells of: the key and the index."""
        return self.run(
            "const {key, index} = document.querySelector('#inspector .card').dataset;"
            "return [key, index]"
        )

    @property
    def receipt(self) -> list[list[float]]:
        """The terms of the inspector's table, and its total in a row of its own."""
        rows = self.run(
            "return [...document.querySelectorAll('#receipt tr')].map((row) =>"
            "[...row.querySelectorAll('[data-number]')].map((cell) => cell.dataset.number))"
        )
        return [[float(number) for number in row] for row in rows if row]

    def field(self, *path: str | int) -> str:
        """The selector of a field of the form; the form opens."""
        if not self.shown("#drawer"):
            self.click("#edit-button")
        return f"#form [data-path='{json.dumps(path)}']"
