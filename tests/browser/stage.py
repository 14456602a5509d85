"""A page object: the texts and numbers of the cells, the inspector and the transport."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

from app import lessons
from app.lessons import FIRST
from tests.waiting import PATIENCE

LESSONS = ("/", "/lesson/pool-convolution")
LENET = "/lesson/lenet"
# Each whole on the page; LeNet has tests of its own.
EVERY_LESSON = (
    "/",
    *(f"/lesson/{slug}" for slug in lessons.LESSONS if slug not in (FIRST.slug, "lenet")),
)

# In words, a minus is a minus and no number is written for machines.
NOT_WORDS = re.compile(
    r"NaN|undefined|Infinity|\bnull\b|\bNone\b|np\.float64|\[object|"
    r"[−-]0(?![.\d])|(?<!\w)-\d|\d\.\d{10,}|\de[+-]?\d"
)

GRIDCELL = '[role="gridcell"]'

_CELLS = """() => [...document.querySelectorAll('[role="gridcell"]')].map((cell) => ({
  ...cell.dataset,
  label: cell.getAttribute("aria-label"),
  selected: cell.getAttribute("aria-selected"),
  tabindex: cell.getAttribute("tabindex"),
  classes: [...cell.classList],
}))"""

# Everything a step decides, down to the attributes; which cell takes the keys is not a step's.
_STATE = """() => ({
  cells: [...document.querySelectorAll('[role="gridcell"]')].map((cell) => ({
    ...Object.fromEntries([...cell.attributes].map(({name, value}) => [name, value])),
    tabindex: null,
    title: null,
  })),
  caption: document.querySelector("#caption").textContent,
  announced: document.querySelector("#announcer").textContent,
  scrubber: [scrubber.value, scrubber.getAttribute("aria-valuetext")],
  disabled: [...document.querySelectorAll(".transport button")].map((each) => each.ariaDisabled),
  ahead: document.querySelector("#inspector").hasAttribute("data-ahead"),
  waterfall: (document.querySelector(".card #waterfall:not([hidden])")?.data ?? []).map(({y}) => y),
  scene: document.querySelector("#stage").dataset.scene,
  picture: [...document.querySelectorAll(".picture *")].map((shape) => [
    shape.tagName,
    shape.textContent,
    ...[...shape.attributes].map(({name, value}) => `${name}=${value}`).sort(),
  ]),
})"""

_RECEIPT = """() => {
  const numbers = (row) =>
    [...row.querySelectorAll("[data-number]")].map((cell) => cell.dataset.number);
  const card = document.querySelector("#inspector .card");
  return {
    key: card.dataset.key,
    index: card.dataset.index,
    text: card.textContent,
    places: [...card.querySelectorAll("#receipt tbody tr[data-key]")].map(
      ({dataset}) => [dataset.key, dataset.index],
    ),
    elsewhere: [...card.querySelectorAll("#receipt tbody tr[data-key]")].map(
      ({dataset}) => "elsewhere" in dataset,
    ),
    terms: [...card.querySelectorAll("#receipt tbody tr[data-key]")].map(numbers),
    total: numbers(card.querySelector("#receipt tfoot")),
  };
}"""

# A receipt may come late: it is the cell's once its card names the cell.
_EVERY_RECEIPT = f"""async (patience) => {{
  const read = {_RECEIPT};
  const panel = document.querySelector("#inspector");
  const cells = [...document.querySelectorAll('[role="gridcell"]')];
  const last = Math.max(...cells.map(({{dataset}}) => Number(dataset.layer) || 0));
  const found = [];
  for (const cell of cells) {{
    const {{layer, parameter, index}} = cell.dataset;
    const of = layer === "head" ? last : layer;
    const key = parameter ? `${{of}}.${{parameter}}` : String(of);
    cell.click();
    await new Promise((resolve, reject) => {{
      const observer = new MutationObserver(look);
      const late = setTimeout(() => reject(new Error(`none of ${{key}} ${{index}}`)), patience);
      function look() {{
        const card = panel.querySelector(".card");
        if (card?.dataset.key !== key || card.dataset.index !== index) return;
        observer.disconnect();
        clearTimeout(late);
        resolve();
      }}
      observer.observe(panel, {{childList: true}});
      look();
    }});
    found.push({{cell: {{...cell.dataset}}, receipt: read()}});
  }}
  return found;
}}"""


@dataclass(frozen=True)
class Receipt:
    """The inspector's table as numbers: rows of upstream, factor and product, and the total."""

    key: str
    index: str
    text: str
    places: list[tuple[str, str]]
    elsewhere: list[bool]
    """Whether a row comes from another example of the batch than the shown one."""
    terms: list[list[float]]
    total: float

    @property
    def products(self) -> list[float]:
        return [product for _, _, product in self.terms]


class Stage:
    """One page, and how to read it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.inspector = page.locator("#inspector")
        self.question = page.locator("#question")
        self.answer = page.locator("#answer")
        self.caption = page.locator("#caption")
        self.announcer = page.locator("#announcer")
        self.scrubber = page.locator("#scrubber")
        self.message = page.locator("#form-message")
        self.play = page.locator("#play")
        self.focused = page.locator(":focus")
        self.unanswered: set[Request] = set()
        page.on("request", lambda request: self.unanswered.add(request))
        for end in ("requestfinished", "requestfailed"):
            page.on(end, lambda request: self.unanswered.discard(request))

    def open(self, path: str = "/", asks: bool = False) -> "Stage":
        """Opens a lesson, and waits for its charts, which come last.

        ``asks``: with its question first, as for a reader who has not chosen otherwise.
        """
        if not asks:
            self.answer_at_once()
        self.page.goto(path)
        expect(self.page.locator("#stage.plotted")).to_be_attached()
        return self

    def answer_at_once(self) -> None:
        """Chooses to see the answer without being asked first."""
        self.page.add_init_script(
            "if (location.protocol !== 'about:') localStorage.setItem('ask', 'no')"
        )

    def open_plain(self, path: str = "/", asks: bool = False) -> "Stage":
        """Opens a lesson without Plotly, which takes a second to start: for all but its charts."""
        if not asks:
            self.answer_at_once()
        self.page.route(
            "**/plotly-*.js", lambda route: route.fulfill(content_type="text/javascript", body="")
        )
        self.page.goto(path)
        # What stands below the picture is laid out last.
        expect(self.page.locator("body.answering")).to_be_attached()
        self.wait_for_frames()
        return self

    def wait_for_frames(self) -> None:
        """Waits until the page has been laid out and painted anew."""
        self.page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def open_stopped(self, path: str = "/", charts: bool = False) -> "Stage":
        """Opens a lesson whose time stands still but for `self.page.clock.run_for`.

        A drag never pauses here: with stopped time, a pause would not end.
        """
        self.page.add_init_script("window.PerformanceObserver = class { observe() {} };")
        self.page.clock.install(time=0)
        if charts:
            self.open(path)
        else:
            self.open_plain(path)
        self.page.clock.pause_at(3_600_000)  # later than now, however long the page took to open
        return self

    # --- the picture ---

    @property
    def data(self) -> dict[str, Any]:
        """What the server gave the scripts."""
        return json.loads(self.page.locator("#data").text_content() or "")

    @property
    def cells(self) -> list[dict[str, Any]]:
        return self.page.evaluate(_CELLS)

    @property
    def state(self) -> dict[str, Any]:
        """All that a step decides, once the inspector has followed it."""
        self.wait_for_the_account()
        return self.page.evaluate(_STATE)

    def cell(self, layer: int | str, *index: int, parameter: str | None = None) -> Locator:
        place = f'[data-layer="{layer}"][data-index="{",".join(map(str, index))}"]'
        named = f'[data-parameter="{parameter}"]' if parameter else ":not([data-parameter])"
        return self.page.locator(GRIDCELL + place + named)

    def number(self, locator: Locator, what: str = "gradient") -> float:
        return float(locator.get_attribute(f"data-{what}") or "nan")

    # --- the inspector ---

    def wait_for_the_account(self) -> None:
        """Waits until the inspector tells of the shown network's cell, or why it cannot."""
        self.page.wait_for_function("""() => {
          if (document.querySelector("#inspector > [role=alert]")) return true;
          const {about, asking} = document.querySelector("#inspector").dataset;
          if (asking !== undefined) return false;
          const {key, index} = document.querySelector("#inspector .card").dataset;
          return !about || about === `${key} ${index}`;
        }""")

    @property
    def receipt(self) -> Receipt:
        self.wait_for_the_account()
        return _as_receipt(self.page.evaluate(_RECEIPT))

    def every_receipt(self) -> list[tuple[dict[str, str], Receipt]]:
        """Clicks every cell in turn; each with what the inspector then shows."""
        return [
            (each["cell"], _as_receipt(each["receipt"]))
            for each in self.page.evaluate(_EVERY_RECEIPT, 1000 * PATIENCE)
        ]

    def expect_inspected(self, key: str, index: str) -> None:
        card = self.inspector.locator(".card")
        expect(card).to_have_attribute("data-key", key)
        expect(card).to_have_attribute("data-index", index)

    @property
    def waterfall(self) -> list[float]:
        """The heights of the bars that Plotly was given: the products, then the sum."""
        return self.page.evaluate("document.querySelector('.card #waterfall').data[0].y")

    def expect_waterfall(self, bars: list[float]) -> None:
        """Waits for them: charts are drawn last."""
        self.page.wait_for_function(
            """bars => {
              const [drawn] = document.querySelector(".card #waterfall").data ?? [];
              return JSON.stringify(drawn?.y) === JSON.stringify(bars);
            }""",
            arg=bars,
        )

    # --- the steps ---

    @property
    def step(self) -> int:
        return int(self.scrubber.input_value())

    @property
    def last(self) -> int:
        return int(self.scrubber.get_attribute("max") or "nan")

    def press(self, key: str) -> None:
        """A key while nothing in particular has the focus."""
        self.page.evaluate("document.activeElement?.blur()")
        self.page.keyboard.press(key)

    def go(self, step: int) -> None:
        self.scrubber.fill(str(step))

    def options(self, action: Callable[[Page], object]) -> None:
        """Does something in the menu of options, and closes it."""
        self.page.locator("#more").click()
        action(self.page)
        self.page.keyboard.press("Escape")

    # --- the form ---

    def open_form(self) -> None:
        """Opens the drawer with the form."""
        if self.page.locator("#drawer").is_visible():
            return
        if self.page.locator("#edit-button").is_visible():
            self.page.locator("#edit-button").click()
        else:  # on a phone, it is one of the options
            self.page.locator("#more").click()
            self.page.locator("#edit-option").click()

    def field(self, *path: str | int) -> Locator:
        self.open_form()
        return self.page.locator(f"#form [data-path='{json.dumps(path)}']")

    def note(self, field: Locator, kind: str) -> Locator:
        return field.locator("xpath=..").locator(f".{kind}")

    def edit(self, field: Locator, text: str) -> None:
        """Types a number and waits for the picture that follows."""
        self.follow(lambda: field.fill(text))

    def follow(self, action: Callable[[], None]) -> None:
        """Does something that changes the picture, and waits until the inspector tells of it."""
        while self.unanswered:  # of an edit before, whose account would be taken for this one's
            self.page.wait_for_timeout(20)
        card = self.page.evaluate_handle("document.querySelector('#inspector .card')")
        with self.page.expect_response("**/inspector"):
            action()
        self.page.wait_for_function("card => !card.isConnected", arg=card)
        expect(self.inspector).not_to_have_attribute("aria-busy", "true")


def middle_of(locator: Locator) -> tuple[float, float]:
    """The pixel of the window at the middle of an element."""
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _as_receipt(read: dict[str, Any]) -> Receipt:
    return Receipt(
        read["key"],
        read["index"],
        read["text"],
        [(key, index) for key, index in read["places"]],
        read["elsewhere"],
        [[float(number) for number in row] for row in read["terms"]],
        *(float(number) for number in read["total"]),
    )
