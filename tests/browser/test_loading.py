"""Loading: the page's headers, Plotly's script, and the start of the page's scripts."""

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.stage import LESSONS, Stage

# Attributes of the cells, in a page or in the HTML that the server sent; but not where they lie.
READ = """(html) => {
  const root = html ? new DOMParser().parseFromString(html, "text/html") : document;
  return [...root.querySelectorAll('[role="gridcell"]')].map((cell) =>
    Object.fromEntries(
      [...cell.attributes]
        .filter(({name}) => name !== "style")
        .map(({name, value}) => [name, value.trim()]),
    ),
  );
}"""


def test_the_page_forbids_foreign_scripts_and_plotly_comes_compressed_and_for_good(stage):
    stage.answer_at_once()
    with stage.page.expect_response("**/plotly-*.js") as script:
        page = stage.page.goto("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    headers = script.value.headers
    assert headers["content-encoding"] == "gzip"
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    assert "max-age=31536000" in headers["cache-control"]


def test_plotly_uncompressed_is_the_same_script(client):
    address = client.get("/").text.split('data-plotly="')[1].split('"')[0]
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert client.get("/plotly-0.js").status_code == 404


@pytest.mark.parametrize("path", LESSONS)
def test_the_scripts_take_over_without_changing_a_cell(stage, path):
    sent = stage.page.request.get(path).text()
    stage.open_plain(path, asks=True)
    assert stage.page.evaluate(READ) == stage.page.evaluate(READ, sent)


SHIFTS = """globalThis.shifts = [];
globalThis.begun = Infinity;
new PerformanceObserver((list) => {
  for (const { startTime, sources } of list.getEntries())
    for (const { node, previousRect: from, currentRect: to } of sources)
      if (startTime > begun)
        shifts.push([node?.id || node?.className || String(node), from.y, to.y].join(" "));
}).observe({ type: "layout-shift", buffered: true });"""
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (820, 1180), (390, 844)])
@pytest.mark.parametrize("path", ["/", "/lesson/lenet"])
def test_nothing_moves_as_the_scripts_come_or_as_somebody_scrolls(stage, path, size):
    """So that a click that comes just then hits what it was meant for."""
    page = stage.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.add_init_script(SHIFTS)

    def parsed() -> None:  # until then, parts of the page come one after the other
        page.evaluate(DRAWN)
        page.evaluate("() => { begun = performance.now(); }")

    early(stage, parsed, path)
    page.locator("body.answering").wait_for()
    for panel in page.locator(".tools").all():
        panel.scroll_into_view_if_needed()
    expect(page.locator("#film-hint")).not_to_contain_text("…")
    page.evaluate(DRAWN)
    assert page.evaluate("shifts") == []


def test_before_plotly_has_arrived_numbers_colours_and_clicks_are_there(stage):
    held = []
    stage.page.route("**/plotly-*.js", lambda route: held.append(route))
    stage.page.goto("/", wait_until="domcontentloaded")
    stage.cell(-1, 0, 3, 0).click()
    stage.expect_inspected("-1", "0,3,0")
    assert stage.receipt.total == 14
    expect(stage.cell(-1, 0, 3, 0)).to_have_attribute("data-gradient", "14")
    stage.press("Home")
    assert stage.step == 0

    while not held:  # it comes once the page has nothing else to do
        stage.page.wait_for_timeout(50)
    held[0].continue_()
    expect(stage.page.locator("#stage.plotted")).to_be_attached()
    stage.press("End")
    stage.expect_waterfall([*stage.receipt.products, 14])


def early(stage: Stage, clicks: Callable[[], object], path: str = "/") -> None:
    """Opens the page and clicks before its first script, which fetches the others, has come."""
    held = []
    stage.page.route("**/js/start.js*", lambda route: held.append(route))
    with stage.page.expect_request("**/js/start.js*"):
        stage.page.goto(path, wait_until="commit")
    stage.page.locator("#data").wait_for(state="attached")
    clicks()
    held[0].continue_()


def test_a_cell_clicked_before_the_scripts_have_come_is_pinned(stage):
    early(stage, lambda: stage.cell(-1, 0, 3, 0).click())
    stage.expect_inspected("-1", "0,3,0")


def test_play_pressed_before_the_scripts_have_come_plays(stage):
    early(stage, lambda: stage.page.locator("#play").click())
    expect(stage.page.locator("#play")).to_have_attribute("data-playing", "true")


def test_a_cell_reached_by_keyboard_before_the_scripts_have_come_is_only_focused(stage):
    def tab() -> None:
        while not stage.page.locator('[role="gridcell"]:focus').count():
            stage.page.keyboard.press("Tab")

    early(stage, tab)
    stage.page.locator("body.answering").wait_for()
    expect(stage.page.locator("#ask")).to_be_visible()
