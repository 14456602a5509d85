"""A network too large to show every figure at once: LeNet on a handwritten digit."""

import pytest
from playwright.sync_api import expect

from tests.browser.stage import DOTS, LENET, Stage
from tests.browser.test_access import SIZES, use, violations


def channels(stage: Stage, key: str) -> list[str]:
    """The channels whose cells are in the page."""
    found = stage.page.locator(f'.grid[data-key="{key}"] td').evaluate_all(
        "(cells) => cells.map((cell) => cell.dataset.index.split(',')[0])"
    )
    return sorted(set(found))


def grid(stage: Stage, key: str):
    return stage.page.locator(f'.grid[data-key="{key}"]')


def thumb(stage: Stage, key: str, at: int):
    return grid(stage, key).get_by_role("button", name=f"Open channel {at}", exact=True)


def test_a_thumbnail_opens_its_channel_in_all_layers_that_keep_it_apart(stage):
    stage.open_plain(LENET)
    thumb(stage, "1", 4).click()
    for key in ("0", "1", "2"):
        expect(thumb(stage, key, 4)).to_have_attribute("aria-pressed", "true")
        assert channels(stage, key) == ["4"]
    assert channels(stage, "0.weight") == ["4"]
    expect(thumb(stage, "1", 4)).to_be_focused()
    # What was pinned stays, and its curves too: the dozen largest, and the one that goes on.
    stage.expect_inspected("5", "4,0,3")
    assert stage.page.locator(".under .curve").count() == 13


def test_a_pinned_cell_is_told_of_by_its_trace_alone(stage):
    stage.open_plain(LENET)
    with stage.page.expect_request("**/inspector") as asked:
        stage.cell(0, 0, 3, 3).click()
    assert set(asked.value.post_data_json) == {"trace", "cell"}
    stage.expect_inspected("0", "0,3,3")
    assert stage.receipt.total == stage.number(stage.cell(0, 0, 3, 3))


def test_of_hundreds_of_payers_the_largest_have_curves_from_their_thumbnails_too(stage):
    stage.open_plain(LENET)
    stage.cell(2, 0, 5, 5).click()
    stage.expect_inspected("2", "0,5,5")
    receipt = stage.receipt
    assert len({index.split(",")[0] for _, index in receipt.places}) == 16
    assert sum(receipt.products) == pytest.approx(receipt.total)
    curves = stage.page.locator(".under .curve")
    assert curves.count() == 13
    # Most of them pay from channels that are not open.
    thumbs = grid(stage, "3").locator(".thumbs").bounding_box()
    scene = stage.page.locator("#stage").bounding_box()
    assert thumbs is not None
    assert scene is not None
    starts = curves.evaluate_all("(all) => all.map((each) => each.getPointAtLength(0).y)")
    edge = thumbs["y"] + thumbs["height"] - scene["y"]
    assert sum(start < edge for start in starts) > 6


def test_the_weights_of_another_neuron_can_be_asked_for(stage):
    stage.open_plain(LENET)
    field = grid(stage, "7.weight").get_by_role("spinbutton", name="neuron")
    field.fill("3")
    field.press("Enter")
    expect(stage.cell(7, 3, 0, parameter="weight")).to_be_attached()
    assert channels(stage, "7.weight") == ["3"]
    stage.cell(7, 3, 9, parameter="weight").click()
    stage.expect_inspected("7.weight", "3,9")
    field.fill("120")
    field.press("Enter")
    assert channels(stage, "7.weight") == ["3"]


@pytest.mark.parametrize("key", ["-1", "4", "0.weight"])
def test_a_grid_is_enlarged_until_its_cells_have_room_for_numbers(stage, key):
    stage.open_plain(LENET)
    cell = grid(stage, key).locator("td").first
    figures = cell.locator(".value, .gradient").filter(visible=True)
    expect(figures).to_have_count(0)
    button = grid(stage, key).get_by_role("button", name="Enlarge")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    box = cell.bounding_box()
    assert box
    assert box["width"] >= 26
    assert figures.count() > 0
    button.click()
    expect(figures).to_have_count(0)


def test_an_edit_keeps_the_open_channels_and_everything_follows(stage):
    stage.open_plain(LENET)
    thumb(stage, "0", 3).click()
    expect(thumb(stage, "0", 3)).to_have_attribute("aria-pressed", "true")
    before = stage.number(stage.cell(0, 3, 0, 0), "value")
    stage.cell(0, 3, parameter="bias").focus()
    stage.page.keyboard.press("Enter")
    stage.page.keyboard.type("0.5")
    stage.page.keyboard.press("Enter")
    expect(stage.cell(0, 3, 0, 0)).not_to_have_attribute("data-value", str(before))
    old = next(
        b for g in stage.data["picture"]["grids"] if g["key"] == "0.bias" for b in g["value"][3:4]
    )
    assert stage.number(stage.cell(0, 3, 0, 0), "value") == pytest.approx(before + 0.5 - old)
    assert channels(stage, "0") == ["3"]


def test_what_plays_are_nonzero_moves_and_the_sum_of_the_pinned_cell(stage):
    stage.open_stopped(LENET, charts=True)
    with stage.page.expect_response("**/moves"):
        stage.cell(2, 0, 0, 11).click()
    step = next(
        i
        for i, each in enumerate(stage.data["picture"]["steps"])
        if (each["phase"], each["layer"]) == ("add", 3)
    )
    stage.go(step - 1)
    stage.press("n")
    stage.page.clock.run_for(300)
    dots = stage.page.evaluate(f"async () => {DOTS}")
    moving = stage.page.locator(".over .chip").count() + len(dots)
    live = [product for product in stage.receipt.products if product]
    assert moving == len(live)
    assert stage.waterfall[:-1] != live[:1]
    stage.page.clock.run_for(3_000)
    assert stage.waterfall[-1] == stage.receipt.total


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(stage, size):
    use(stage.page, size, "light")
    stage.open_plain(LENET)
    assert violations(stage.page) == []
    grid(stage, "0").get_by_role("button", name="Enlarge").click()
    use(stage.page, size, "dark")
    assert violations(stage.page) == []
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert stage.page.evaluate(over) <= 0


def test_a_slow_answer_shows_that_something_is_computed(stage):
    stage.open_plain(LENET)
    waiting = []
    stage.page.route("**/picture", lambda route: waiting.append(route))
    thumb(stage, "3", 9).click()
    scene = stage.page.locator("#stage")
    expect(scene).to_have_attribute("aria-busy", "true")
    waiting[0].continue_()
    expect(scene).not_to_have_attribute("aria-busy", "true")
    assert channels(stage, "3") == ["9"]


SHADES = """() => [...document.querySelectorAll('[data-figures="none"] [role="gridcell"]')].map(
  (cell) => ["--v", "--g"].map((name) => Number(getComputedStyle(cell).getPropertyValue(name)))
)"""


def test_cells_without_figures_come_with_about_their_colours_and_are_drawn_with_them(stage):
    stage.open_plain(LENET)
    about = stage.page.evaluate(SHADES)
    stage.page.unroute("**/plotly-*.js")
    stage.open(LENET)
    with stage.page.expect_download():
        stage.page.locator("#take-svg").click()
    exact = stage.page.evaluate(SHADES)
    assert len(about) == len(exact) > 2500
    assert len({gradient for _, gradient in about}) > 20
    assert len({gradient for _, gradient in exact}) > 200
    for one, other in zip(about, exact, strict=True):
        assert one == pytest.approx(other, abs=1 / 32 + 1e-3)
