"""What arrives: the page's headers, Plotly's script, and the scripts' taking over."""

import base64
import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.stage import LESSONS, Stage

# Attributes and texts of the cells, in a page or in the HTML that the server sent.
READ = """(html) => {
  const root = html ? new DOMParser().parseFromString(html, "text/html") : document;
  return [...root.querySelectorAll('[role="gridcell"]')].map((cell) => {
    const attributes = Object.fromEntries(
      [...cell.attributes].map(({name, value}) => [name, value.trim()]),
    );
    attributes.style = ["--v", "--g"].map((name) => cell.style.getPropertyValue(name).trim());
    return {
      attributes,
      texts: [...cell.children].map(({className, textContent}) => [className, textContent]),
    };
  });
}"""

# Where each cell's corner is, which no number covers, and what the picture shows there.
PIXELS = """async ([image, places]) => {
  const picture = new Image();
  picture.src = `data:image/png;base64,${image}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  return places.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3));
}"""

CORNERS = """() => [...document.querySelectorAll('[role="gridcell"]')].map((cell) => {
  const {right, bottom} = cell.getBoundingClientRect();
  return [Math.round(right) - 7, Math.round(bottom) - 6];
})"""

COLOUR = """(name) => {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const {color} = getComputedStyle(probe);
  probe.remove();
  return color.match(/[\\d.]+/g).slice(0, 3).map(Number);
}"""


def test_the_page_forbids_foreign_scripts_and_plotly_comes_compressed_and_for_good(stage):
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
    stage.open(path)
    before, after = stage.page.evaluate(READ, sent), stage.page.evaluate(READ)
    for cell in after:  # What the pinned cell is joined to is drawn by scripts alone.
        cell["attributes"].pop("class", None)
    assert after == before


def test_before_plotly_has_arrived_numbers_colours_and_clicks_are_there(stage):
    held = []
    stage.page.route("**/plotly-*.js", lambda route: held.append(route))
    stage.page.goto("/", wait_until="domcontentloaded")
    stage.cell(-1, 0, 3, 0).click()
    stage.expect_inspected("-1", "0,3,0")
    assert stage.receipt.total == 14
    expect(stage.cell(-1, 0, 3, 0)).to_have_attribute("data-gradient", "14")
    expect(stage.cell(-1, 0, 3, 0).locator(".gradient")).to_be_visible()
    backgrounds = [
        stage.cell(-1, 0, *place).evaluate("cell => getComputedStyle(cell).backgroundColor")
        for place in ((3, 0), (2, 1), (0, 0))
    ]
    assert len(set(backgrounds)) == 3
    assert not any(colour.endswith(", 0)") for colour in backgrounds)
    stage.press("Home")
    assert stage.step == 0

    held[0].continue_()
    expect(stage.page.locator("#stage.plotted")).to_be_attached()
    assert stage.page.evaluate("document.querySelector('.heatmaps').data.length") == len(
        stage.page.locator('table[role="grid"]').all()
    )


def early(stage: Stage, clicks: Callable[[], object]) -> None:
    """Opens the page and clicks before its first script, which fetches the others, has come."""
    held = []
    stage.page.route("**/js/start.js*", lambda route: held.append(route))
    stage.page.goto("/", wait_until="commit")
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
    stage.page.locator("#stage.plotted").wait_for()
    stage.expect_inspected("2", "0,0,0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", LESSONS)
def test_the_heatmap_under_each_cell_has_the_colour_of_its_gradient(stage: Stage, path, scheme):
    stage.page.emulate_media(color_scheme=scheme)
    stage.page.set_viewport_size({"width": 1440, "height": 1000})
    stage.open(path)
    stage.press("Escape")  # No frames, no curves.
    zero, positive, negative = (
        stage.page.evaluate(COLOUR, f"--{name}") for name in ("zero", "positive", "negative")
    )
    image = base64.b64encode(stage.page.screenshot()).decode()
    shown = stage.page.evaluate(PIXELS, [image, stage.page.evaluate(CORNERS)])
    most: dict[tuple[str, str | None], float] = {}
    cells = stage.cells
    for cell in cells:
        key = cell["layer"], cell.get("parameter")
        most[key] = max(most.get(key, 0.0), abs(float(cell["gradient"])))
    for cell, colour in zip(cells, shown, strict=True):
        level = float(cell["gradient"]) / (most[cell["layer"], cell.get("parameter")] or 1)
        pole = positive if level > 0 else negative
        for seen, neutral, full in zip(colour, zero, pole, strict=True):
            assert abs(seen - (neutral + (full - neutral) * abs(level))) < 6, cell
