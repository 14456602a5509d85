"""A network of one's own: from the gallery or a lesson, built by mouse and by keyboard alone."""

import json
import re

import pytest
from playwright.sync_api import expect

from app.builder.gallery import gallery
from app.lessons import LESSONS
from app.stage.tables import exact
from tests.browser.stage import GRIDCELL
from tests.browser.test_access import violations

EXAM = {
    "input": "2 1 0\n1 3 1\n0 1 2",
    "weight": "1 0\n-1 2",
    "gradient": "1 10\n100 1000",
}
EXAM_DOCUMENT = {
    "version": 1,
    "input": [[[2, 1, 0], [1, 3, 1], [0, 1, 2]]],
    "layers": [
        {"type": "conv2d", "weight": [[[[1, 0], [-1, 2]]]], "bias": [0]},
        {"type": "sigmoid"},
    ],
    "head": {"type": "upstream", "gradient": [[[1, 10], [100, 1000]]]},
}
MOST_ACTIONS = 25


class Building:
    """The builder, and how many actions it took: a click, a key, or one text that is typed."""

    def __init__(self, stage):
        self.page, self.stage = stage.page, stage
        self.actions = 0

    def open(self, path):
        self.stage.open_plain(path)
        expect(self.row("input")).to_be_visible()
        return self

    def row(self, which):
        return self.page.locator(f"#builder [data-row='{json.dumps(which)}']")

    def field(self, *path):
        return self.page.locator(f"#builder [data-at='{json.dumps(path, separators=(',', ':'))}']")

    @property
    def shapes(self):
        return self.page.locator("#builder .shape").all_inner_texts()

    @property
    def names(self):
        return self.page.locator("#builder .name").all_inner_texts()

    def click(self, locator):
        self.actions += 1
        locator.click()

    def press(self, key):
        self.actions += 1
        self.page.keyboard.press(key)

    def type(self, text):
        self.actions += 1
        self.page.keyboard.type(text)

    def choose(self, locator, label):
        self.actions += 2  # to open it, and to choose
        locator.select_option(label=label)

    def expect_values(self, layer, values):
        for i, value in enumerate(values):
            cell = self.page.locator(f'{GRIDCELL}[data-layer="{layer}"]:not([data-parameter])')
            expect(cell.nth(i)).to_have_attribute("data-value", value)


@pytest.fixture
def building(stage):
    return Building(stage)


def expect_exam(building, client):
    trace = client.post("/api/trace", json={"network": EXAM_DOCUMENT}).json
    weights = building.page.locator(f'{GRIDCELL}[data-parameter="weight"]')
    (rows,) = trace["layers"][0]["weight_gradient"][0]
    for i, number in enumerate(number for row in rows for number in row):
        expect(weights.nth(i)).to_have_attribute("data-gradient", exact(number))
    assert building.actions <= MOST_ACTIONS


def test_an_exam_task_is_entered_with_the_mouse_in_few_actions(building, client):
    page = building.page
    building.stage.answer_at_once()
    page.goto("/new")
    building.click(page.get_by_role("link", name=re.compile("Sigmoid and squared")))
    building.click(building.row("input"))
    building.click(building.field("input"))
    building.press("Control+a")
    building.type(EXAM["input"])
    building.expect_values(-1, "210131012")
    building.click(building.row(0))
    building.click(building.field("layers", 0, "weight"))
    building.press("Control+a")
    building.type(EXAM["weight"])
    building.click(building.row("head"))
    building.choose(page.locator("#builder [data-become=head]"), "Given gradients")
    building.click(building.field("head", "gradient"))
    building.press("Control+a")
    building.type(EXAM["gradient"])
    expect_exam(building, client)


def test_an_exam_task_is_entered_with_the_keyboard_alone_in_few_actions(building, client):
    page = building.page
    building.stage.answer_at_once()
    page.goto("/new")
    while not page.locator(":focus", has_text="Sigmoid and squared").count():
        building.press("Tab")
    building.press("Enter")
    expect(building.row("input")).to_be_focused()
    building.press("Enter")
    building.press("Tab")
    expect(building.field("input")).to_be_focused()
    building.type(EXAM["input"])
    building.expect_values(-1, "210131012")
    building.press("Escape")
    building.press("ArrowDown")
    building.press("Enter")
    building.press("Tab")
    building.press("Tab")
    expect(building.field("layers", 0, "weight")).to_be_focused()
    building.type(EXAM["weight"])
    building.press("Escape")
    building.press("ArrowDown")
    building.press("ArrowDown")
    building.press("Enter")
    building.press("Tab")
    building.type("Given")
    expect(building.field("head", "gradient")).to_be_visible()
    building.press("Tab")
    expect(building.field("head", "gradient")).to_be_focused()
    building.type(EXAM["gradient"])
    expect_exam(building, client)


def test_layers_are_added_moved_duplicated_and_removed_with_buttons(building):
    building.open("/new/sigmoid")
    page = building.page
    building.row(0).click()
    page.locator("#build-add-kind").select_option("max_pool2d")
    page.locator("#build-add").click()
    expect(building.row(1)).to_contain_text("Max pool")
    expect(building.row(1)).to_be_focused()
    assert building.shapes == ["1 × 3 × 3", "1 × 2 × 2", "1 × 1 × 1", "1 × 1 × 1", "1 × 1 × 1"]
    expect(page.locator(f'{GRIDCELL}[data-layer="2"]')).to_have_count(1)
    page.get_by_role("button", name="Move Max pool down").click()
    expect(building.row(2)).to_contain_text("Max pool")
    expect(building.row(2)).to_be_focused()
    page.get_by_role("button", name="Duplicate Max pool").click()
    expect(building.row(3)).to_be_visible()
    page.get_by_role("button", name="Remove Max pool").click()
    expect(building.row(3)).to_have_count(0)
    assert [name.strip("▸▾ ") for name in building.names][1:4] == [
        "Convolution", "Sigmoid", "Max pool",
    ]  # fmt: skip


def test_layers_are_moved_and_removed_with_keys(building):
    building.open("/new/two-channels")
    building.row(1).focus()
    building.page.keyboard.press("Alt+ArrowDown")
    expect(building.row(2)).to_contain_text("ReLU")
    expect(building.row(2)).to_be_focused()
    building.page.keyboard.press("Alt+ArrowUp")
    expect(building.row(1)).to_contain_text("ReLU")
    building.page.keyboard.press("Delete")
    expect(building.row(1)).to_contain_text("Max pool")
    expect(building.row(1)).to_be_focused()
    expect(building.page.locator(f'{GRIDCELL}[data-layer="2"]')).to_have_count(0)


def test_what_does_not_fit_is_said_beside_its_field_and_a_cure_mends_it(building):
    building.open("/new/two-channels")
    page = building.page
    before = building.stage.cells
    building.row(2).click()
    kernel = building.field("layers", 2, "kernel")
    kernel.first.fill("9")
    wrong = page.locator("#builder .wrong")
    expect(wrong).to_be_visible()
    expect(building.row(2).locator(".shape")).to_have_text("?")
    # The picture stays what it was.
    assert [each["value"] for each in building.stage.cells] == [each["value"] for each in before]
    expect(page.locator("#builder .hint")).to_contain_text("does not fit")
    page.locator("#builder .cures button").first.click()
    expect(wrong).to_have_count(0)
    expect(building.row(2).locator(".shape")).not_to_have_text("?")
    assert kernel.first.input_value() != "9" or page.locator("#builder .hint").inner_text()


def test_a_structure_is_undone_and_redone_with_the_numbers(building):
    building.open("/new/sigmoid")
    page = building.page
    page.locator("#build-add-kind").select_option("relu")
    page.locator("#build-add").click()
    last = page.locator(f'{GRIDCELL}[data-layer="2"]')
    expect(last).to_have_count(4)
    building.stage.edit(building.stage.field("input", 0, 0, 0), "5")
    page.locator("#undo").click()
    expect(building.stage.cell(-1, 0, 0, 0)).to_have_attribute("data-value", "1")
    expect(last).to_have_count(4)
    page.locator("#undo").click()
    expect(last).to_have_count(0)
    expect(building.row(2)).to_have_count(0)
    page.locator("#redo").click()
    expect(last).to_have_count(4)
    expect(building.row(2)).to_be_visible()


def test_a_lesson_is_made_ones_own_with_its_numbers_and_back_is_the_lesson_again(building):
    stage, page = building.stage, building.page
    stage.open_plain("/lesson/pool-convolution")
    stage.edit(stage.field("input", 0, 0, 0), "77")
    page.locator("#drawer-close").click()
    page.locator("#mine").click()
    expect(building.row("input")).to_be_focused()
    # A network of one's own is soon named by its address alone.
    expect(page).to_have_url(re.compile(r"/#1\."))
    expect(stage.cell(-1, 0, 0, 0)).to_have_attribute("data-value", "77")
    page.locator("#build-add-kind").select_option("tanh")
    page.locator("#build-add").click()
    expect(page.locator(f'{GRIDCELL}[data-layer="2"]').first).to_be_attached()
    # It is there again after a reload, and the lesson is as it was left.
    page.reload()
    expect(page.locator(f'{GRIDCELL}[data-layer="2"]').first).to_be_attached()
    page.goto("/lesson/pool-convolution")
    expect(stage.cell(-1, 0, 0, 0)).to_have_attribute("data-value", "77")
    expect(page.locator(f'{GRIDCELL}[data-layer="2"]')).to_have_count(0)


def test_a_block_of_another_size_is_taken_with_its_size_and_the_rest_follows(building):
    building.open("/new/pool-convolution")
    building.row("input").click()
    building.field("input").fill("1,2,3,4,5\n" * 5)
    take = building.page.locator("#builder [data-take]")
    expect(take).to_contain_text("1 × 5 × 5")
    take.click()
    expect(building.row("input").locator(".shape")).to_have_text("1 × 5 × 5")
    expect(building.stage.cell(-1, 0, 4, 4)).to_have_attribute("data-value", "5")


def test_a_text_that_is_no_number_is_said_beside_its_field_and_kept(building):
    building.open("/new/two-channels")
    building.row(2).click()
    kernel = building.field("layers", 2, "kernel").first
    kernel.fill("two")
    expect(building.page.locator("#builder .wrong")).to_contain_text("Write a number")
    expect(kernel).to_have_value("two")
    kernel.fill("1")
    expect(building.page.locator("#builder .wrong")).to_have_count(0)


@pytest.mark.parametrize("kind", ["conv2d", "max_pool2d", "leaky_relu", "linear", "add"])
def test_every_field_of_a_kind_has_a_control(building, client, kind):
    forms = client.get("/builder").json["layers"]
    (form,) = (each for each in forms if each["type"] == kind)
    building.open("/new/fully-connected" if kind == "linear" else "/new/two-channels")
    building.page.locator("#build-add-kind").select_option(kind)
    building.page.locator("#build-add").click()
    expect(building.page.locator("#builder .open")).to_be_visible()
    shown = building.page.locator("#builder .build-field").evaluate_all(
        "all => all.map(({dataset}) => dataset.key)"
    )
    assert shown == ["type", *(field["name"] for field in form["fields"])]


def test_an_array_is_filled_by_the_rule_and_a_seed_can_be_rolled(building):
    building.open("/new/two-channels")
    page = building.page
    building.row(0).click()
    weights = building.field("layers", 0, "weight")
    page.locator("#build-rule").select_option("kaiming")
    before = weights.input_value()
    page.locator("#builder [data-edit*=weight]").click()
    expect(weights).not_to_have_value(before)
    first, seed = weights.input_value(), page.locator("#build-seed").input_value()
    page.locator("#build-roll").click()
    expect(page.locator("#build-seed")).not_to_have_value(seed)
    page.locator("#builder [data-edit*=weight]").click()
    expect(weights).not_to_have_value(first)


def test_the_gallery_shows_every_start_and_each_opens_with_its_network(stage, client):
    stage.answer_at_once()
    stage.page.goto("/new")
    links = stage.page.locator(".gallery a")
    expect(links).to_have_count(len(gallery()))
    for slug, start in gallery().items():
        link = stage.page.locator(f".gallery a[href$='/new/{slug}']")
        expect(link).to_contain_text(start.title)
        expect(link.locator("rect").first).to_be_visible()
        assert client.get(f"/new/{slug}").status_code == 200
    assert client.get("/new/nothing").status_code == 404
    for slug in LESSONS:
        assert client.get(f"/new/{slug}").status_code == 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_axe_finds_nothing_in_the_builder_or_the_gallery(building, scheme, size):
    page = building.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    building.open("/new/two-channels")
    assert violations(page) == []
    for which in ("input", 0, 2, "head"):
        building.row(which).click()
        expect(building.row(which)).to_have_attribute("aria-expanded", "true")
        assert violations(page) == []
    building.row(2).click()
    building.field("layers", 2, "kernel").first.fill("9")
    expect(page.locator("#builder .wrong")).to_be_visible()
    assert violations(page) == []
    page.goto("/new")
    assert violations(page) == []


@pytest.mark.parametrize("size", [(390, 844), (820, 1180), (1024, 768), (1440, 900)])
def test_the_builder_stays_within_the_page_and_the_picture_where_it_is(building, size):
    page = building.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    building.stage.open_plain("/lesson/pool-convolution")
    # The bar is fullest once something is changed.
    page.evaluate("for (const id of ['undo', 'redo']) document.getElementById(id).hidden = false")
    bar = page.evaluate(
        "[...document.querySelectorAll('.bar > *')]"
        ".map((each) => each.getBoundingClientRect().right)"
    )
    assert max(bar) <= size[0]
    top = page.locator("#stage").bounding_box()
    page.locator("#mine").click()
    for which in ("input", 1, "head"):
        building.row(which).click()
        expect(building.row(which)).to_have_attribute("aria-expanded", "true")
        for element in ("document.documentElement", "document.querySelector('#builder')"):
            wide, room = page.evaluate(f"[{element}.scrollWidth, {element}.clientWidth]")
            assert wide <= room
    now = page.locator("#stage").bounding_box()
    assert (now["x"], now["y"]) == (top["x"], top["y"])
    page.goto("/new")
    wide, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room


def shades(building):
    return building.page.locator("#builder .dot").evaluate_all(
        "all => all.map((dot) => Number(dot.getAttribute('aria-label').split(': ')[1]))"
    )


def test_an_input_is_drawn_with_a_stroke_which_is_undone_at_once(building):
    building.open("/new/empty")
    page = building.page
    building.row("input").click()
    page.locator("[data-pad=pen]").fill("3")
    boxes = [page.locator(f"[data-dot='1,{i}']").bounding_box() for i in range(4)]
    centres = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    page.mouse.move(*centres[0])
    page.mouse.down()
    for centre in centres[1:3]:
        page.mouse.move(*centre)
    page.mouse.up()
    building.expect_values(-1, "0000333000000000")
    assert shades(building)[4:8] == [3, 3, 3, 0]
    page.locator("#undo").click()
    building.expect_values(-1, "0" * 16)


def test_an_input_is_drawn_with_keys(building):
    building.open("/new/empty")
    page = building.page
    building.row("input").click()
    page.locator("[data-dot='0,0']").focus()
    for key in ("ArrowRight", "Space", "ArrowDown", "Space", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    building.expect_values(-1, "0100110000000000")
    expect(page.locator("[data-dot='1,0']")).to_be_focused()
    page.keyboard.press("Space")  # the same number again takes it away
    building.expect_values(-1, "0100010000000000")


def test_a_real_digit_fills_the_input_in_its_size(building, client):
    building.open("/new/empty")
    building.row("input").click()
    building.page.get_by_role("button", name="Digit 3").click()
    drawn = client.post("/digit", json={"digit": 3, "side": 4}).json["input"][0]
    building.expect_values(-1, [str(x) for row in drawn for x in row])


def test_what_is_typed_is_kept_when_the_field_is_left_at_once(building):
    building.open("/new/sigmoid")
    building.row("input").click()
    field = building.field("input")
    field.fill("9 9 9\n9 9 9\n9 9 9")
    building.row(0).click()
    building.expect_values(-1, "9" * 9)
    building.row("input").click()
    field.fill("9 nine")
    building.row("input").focus()
    expect(building.page.locator("#builder .wrong")).to_be_visible()
    expect(field).to_have_value("9 nine")
