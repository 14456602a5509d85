"""A network too large to show every figure at once: LeNet on a handwritten digit."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.stage import LENET, Stage
from tests.browser.test_access import SIZES, use, violations


def channels(stage: Stage, key: str) -> list[str]:
    """The channels whose cells are in the page."""
    found = stage.page.locator(f'.grid[data-key="{key}"] td').evaluate_all(
        "(cells) => cells.map((cell) => cell.dataset.index.split(',')[0])"
    )
    return sorted(set(found))


def grid(stage: Stage, key: str):
    return stage.page.locator(f'.grid[data-key="{key}"]')


def open_channel(stage: Stage, key: str, at: int) -> None:
    """Opens a layer's scene and another of its channels."""
    stage.page.locator(f'.grid[data-key="{key}"] td').first.dispatch_event("click")
    field = grid(stage, key).get_by_role("spinbutton")
    field.fill(str(at))
    field.press("Enter")


def test_another_channel_opens_in_all_layers_that_keep_it_apart(stage):
    stage.open_plain(LENET)
    stage.go(14)
    open_channel(stage, "1", 4)
    expect(stage.cell(1, 4, 0, 0)).to_be_attached()
    for key in ("0", "1", "2"):
        assert channels(stage, key) == ["4"]
    assert channels(stage, "0.weight") == ["4"]


def test_a_pinned_cell_is_told_of_by_its_trace_alone(stage):
    stage.open_plain(LENET)
    with stage.page.expect_request("**/inspector") as asked:
        stage.cell(0, 0, 3, 3).dispatch_event("click")
    assert set(asked.value.post_data_json) == {"trace", "cell"}
    stage.expect_inspected("0", "0,3,3")
    assert stage.receipt.total == stage.number(stage.cell(0, 0, 3, 3))


def test_the_weights_of_another_neuron_can_be_asked_for(stage):
    stage.open_plain(LENET)
    stage.page.locator('.grid[data-key="7.weight"] td').first.dispatch_event("click")
    field = grid(stage, "7.weight").get_by_role("spinbutton", name="neuron")
    field.fill("3")
    field.press("Enter")
    expect(stage.cell(7, 3, 0, parameter="weight")).to_be_attached()
    assert channels(stage, "7.weight") == ["3"]
    stage.cell(7, 3, 9, parameter="weight").dispatch_event("click")
    stage.expect_inspected("7.weight", "3,9")
    field.fill("120")
    field.press("Enter")
    assert channels(stage, "7.weight") == ["3"]


def test_an_edit_keeps_the_open_channels_and_everything_follows(stage):
    stage.open_plain(LENET)
    open_channel(stage, "0", 3)
    expect(stage.cell(0, 3, 0, 0)).to_be_attached()
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


def test_a_channel_that_opens_late_has_the_numbers_of_the_newest_edit(stage):
    stage.open_plain(LENET)
    held: list[Route] = []
    page = stage.page
    page.route("**/opened", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/opened"):
        open_channel(stage, "0", 3)
    cell = stage.cell(-1, 0, 14, 14)
    before = cell.get_attribute("data-gradient") or ""
    stage.field("layers", 0, "bias", 3).fill("0.5")
    expect(cell).not_to_have_attribute("data-gradient", before)
    held[0].continue_()
    expect(stage.cell(0, 3, parameter="bias")).to_have_attribute("data-value", "0.5")
    expect(stage.cell(0, 3, 0, 0)).to_be_attached()
    assert stage.cell(0, 3, parameter="bias").get_attribute("data-value") == "0.5"


def test_an_edit_that_is_answered_late_keeps_the_channel_that_was_opened_meanwhile(stage):
    stage.open_plain(LENET)
    held: list[Route] = []
    page = stage.page
    page.route("**/picture", lambda route: route.continue_() if held else held.append(route))
    bias = stage.field("layers", 0, "bias", 3)
    old = float(bias.input_value())
    with page.expect_request("**/picture"):
        bias.fill("0.5")
    open_channel(stage, "0", 3)
    cell = stage.cell(0, 3, 0, 0)
    expect(cell).to_be_attached()
    before = cell.get_attribute("data-value") or ""
    held[0].continue_()
    expect(cell).not_to_have_attribute("data-value", before)
    assert stage.number(cell, "value") == pytest.approx(float(before) + 0.5 - old)
    assert channels(stage, "0") == ["3"]


def test_the_sentences_about_a_pinned_cell_may_come_after_what_travels_to_it(stage):
    stage.open_plain(LENET)
    stage.go(16)
    held: list[Route] = []
    page = stage.page
    page.route("**/story", lambda route: held.append(route))
    with page.expect_response("**/moves"), page.expect_request("**/story"):
        stage.cell(2, 0, 0, 3).dispatch_event("click")
    held[0].continue_()
    expect(stage.caption).to_contain_text("channel 0, row 0, column 3")


def test_after_an_edit_it_is_drawn_again_what_travels_to_the_pinned_cell(stage):
    stage.open_plain(LENET)
    stage.go(16)
    with stage.page.expect_response("**/moves"):
        stage.cell(2, 0, 0, 3).dispatch_event("click")
    numbers = stage.page.locator("#stage .picture .scene text")
    stage.wait_for_frames()
    before = numbers.count()
    with stage.page.expect_response("**/moves"):
        stage.field("layers", 11, "bias", 0).fill("0.5")
    expect(numbers).to_have_count(before)


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(stage, size):
    use(stage.page, size, "light")
    stage.open_plain(LENET)
    assert violations(stage.page) == []
    use(stage.page, size, "dark")
    assert violations(stage.page) == []
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert stage.page.evaluate(over) <= 0


def test_no_stop_lies_on_the_name_of_folded_layers(stage):
    stage.page.set_viewport_size({"width": 1024, "height": 768})
    stage.open_plain(LENET)
    folds = 0
    for step in range(int(stage.scrubber.get_attribute("max") or 0)):
        stage.go(step)
        covered, folded = stage.page.evaluate("""() => {
          const all = (part) => [...document.querySelectorAll(`.spine [data-part="${part}"]`)];
          const folds = all("fold").map((fold) => fold.getBoundingClientRect());
          const stops = all("stop").map((stop) => stop.getBoundingClientRect());
          const isOn = (stop) => folds.some((fold) =>
            stop.right > fold.left && stop.left < fold.right &&
            stop.bottom > fold.top && stop.top < fold.bottom);
          return [stops.filter(isOn).length, folds.length];
        }""")
        assert covered == 0, step
        folds += folded
    assert folds


def test_a_slow_answer_shows_that_something_is_computed(stage):
    stage.open_plain(LENET)
    waiting = []
    stage.page.route("**/picture", lambda route: waiting.append(route))
    with stage.page.expect_request("**/picture"):
        open_channel(stage, "3", 9)
    scene = stage.page.locator("#stage")
    expect(scene).to_have_attribute("aria-busy", "true")
    waiting[0].continue_()
    expect(scene).not_to_have_attribute("aria-busy", "true")
    assert channels(stage, "3") == ["9"]
