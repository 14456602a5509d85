"""A network of one's own: from the gallery or a lesson, built by mouse and by keyboard alone."""

import re

import pytest
from playwright.sync_api import Route, expect

from app.builder.gallery import gallery
from app.lessons import LESSONS
from tests.browser.stage import GRIDCELL
from tests.browser.test_access import violations


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


def test_what_cannot_be_taken_is_kept_while_another_field_is_typed_in(building):
    building.open("/new/two-channels")
    building.row(0).click()
    weight, bias = (building.field("layers", 0, name) for name in ("weight", "bias"))
    weight.fill("1 two")
    bias.fill("5 6")
    bias.blur()
    stage = building.stage
    expect(stage.cell(0, 1, parameter="bias")).to_have_attribute("data-value", "6")
    expect(weight).to_have_value("1 two")
    expect(building.page.locator("#builder .wrong")).to_have_count(1)
    # Its place is another layer's now.
    building.page.locator('#builder [data-layer-do="duplicate"]').click()
    expect(building.page.locator("#builder .wrong")).to_have_count(0)


def test_numbers_are_taken_though_another_array_is_typed_before_they_are_read(building):
    building.open("/new/two-channels")
    page, stage = building.page, building.stage
    building.row(0).click()
    weight, bias = (building.field("layers", 0, name) for name in ("weight", "bias"))
    numbers = "9 " * len(re.findall(r"[^\s;]+", weight.input_value()))
    held: list[Route] = []
    page.route("**/paste", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/paste"):
        weight.fill(numbers)
        weight.blur()
    bias.fill("5 6")
    bias.blur()
    expect(stage.cell(0, 1, parameter="bias")).to_have_attribute("data-value", "6")
    held[0].continue_()
    expect(stage.cell(0, 0, 0, 0, 0, parameter="weight")).to_have_attribute("data-value", "9")
    expect(stage.cell(0, 1, parameter="bias")).to_have_attribute("data-value", "6")
