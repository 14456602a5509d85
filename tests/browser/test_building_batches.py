"""Batches in the builder: examples are added, changed and removed, by mouse and by keyboard."""

import pytest
from playwright.sync_api import expect

from app.builder.gallery import gallery
from app.share.link import read
from tests.browser.building import paste
from tests.browser.test_access import SCHEMES, violations
from tests.browser.test_batches import BATCH, expected, figures, open_batch


def count(building):
    return building.page.locator("#build-examples")


def button(building, name):
    return building.page.locator("#builder").get_by_role("button", name=name, exact=True)


def shown(building, at, of):
    expect(building.page.locator("#builder .example-steps")).to_contain_text(
        f"Example {at} of {of}"
    )
    expect(building.page.locator("#example-count")).to_have_text(f"Example {at} of {of}")


def example_in(url):
    """The example that an address holds, and its input."""
    _, _, link = url.partition("#")
    if not link.startswith("1."):
        return None
    state = read(link, {})
    example = state.shown.get("e", 0)
    return example, state.network["input"][example]


def test_a_batch_is_built_from_one_example_and_its_figures_are_right(building):
    page, stage = building.open("/new/sigmoid").page, building.stage
    building.row("input").click()
    expect(page.locator("#builder .example-steps")).to_have_count(0)
    button(building, "Duplicate this example").click()
    shown(building, 2, 2)
    expect(building.row("input")).to_contain_text("Input, 2 examples")
    building.field("input", 1).fill("2 1 0\n1 3 1\n0 1 2")
    building.expect_values(-1, "210131012")
    building.row("head").click()
    building.field("head", "target", 1).fill("0 1\n0.5 2")
    building.expect_values("head", ["0", "1", "0.5", "2"])
    button(building, "Previous example").click()
    shown(building, 1, 2)
    with page.expect_response("**/picture"):
        page.locator("#example-next").click()
    shown(building, 2, 2)
    document = gallery()["sigmoid"].network()
    document["input"] = [document["input"], [[[2, 1, 0], [1, 3, 1], [0, 1, 2]]]]
    document["head"]["target"] = [document["head"]["target"], [[[0, 1], [0.5, 2]]]]
    now = figures(stage)
    for key, (value, slope) in expected(document, 1).items():
        assert [float(x) for x in now[key]] == pytest.approx([value, slope])


def test_a_batch_is_built_with_keys_alone(building):
    page = building.open("/new/sigmoid").page
    building.row("input").focus()
    page.keyboard.press("Enter")
    while not page.locator("#build-examples:focus").count():
        page.keyboard.press("Tab")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    shown(building, 1, 3)
    assert building.shapes[0] == "1 × 3 × 3"
    button(building, "Next example").focus()
    page.keyboard.press("Enter")
    shown(building, 2, 3)
    page.keyboard.press("Tab")
    expect(building.field("input", 1)).to_be_focused()
    page.keyboard.type("9 9 9\n9 9 9\n9 9 9")
    building.expect_values(-1, "9" * 9)
    button(building, "Remove this example").focus()
    page.keyboard.press("Enter")
    shown(building, 1, 2)


def test_examples_are_removed_and_undone_with_their_targets(building):
    page = building.open("/new/batch").page
    building.row("input").click()
    first = building.field("input", 0).input_value()
    button(building, "Next example").click()
    shown(building, 2, 2)
    expect(building.field("input", 1)).not_to_have_value(first)
    button(building, "Remove this example").click()
    expect(count(building)).to_have_value("1")
    expect(page.locator("#batch")).to_be_hidden()
    expect(building.field("input")).to_have_value(first)
    page.locator("#undo").click()
    expect(count(building)).to_have_value("2")
    expect(page.locator("#batch")).to_be_visible()
    page.locator("#redo").click()
    expect(count(building)).to_have_value("1")


def test_a_batch_that_was_built_is_there_again_after_a_reload_at_its_example(building):
    page = building.open("/new/sigmoid").page
    building.row("input").click()
    button(building, "Duplicate this example").click()
    shown(building, 2, 2)
    building.field("input", 1).fill("9 9 9\n9 9 9\n9 9 9")
    building.expect_values(-1, "9" * 9)
    page.wait_for_url(lambda url: example_in(url) == (1, [[[9, 9, 9]] * 3]))
    page.reload()
    expect(page.locator("#example-count")).to_have_text("Example 2 of 2")
    building.expect_values(-1, "9" * 9)


def test_a_batch_that_was_opened_is_built_on_at_the_example_that_the_page_shows(building):
    open_batch(building.stage, BATCH)
    page = building.page
    building.stage.follow(lambda: building.stage.press("."))
    page.locator("#mine").click()
    building.row("input").click()
    shown(building, 2, 2)
    paste(building, building.field("input", 1), "1 2 3\n4 5 6\n7 8 9")
    page.get_by_role("button", name="Take all of them: 1 × 3 × 3").click()
    shapes = ["1 × 3 × 3", "2 × 3 × 2", "2 × 3 × 2", "12", "2", "2"]
    expect(building.row(2).locator(".shape")).to_have_text(shapes[3])
    assert building.shapes == shapes
    button(building, "Previous example").click()
    shown(building, 1, 2)
    # The other example has grown too, and keeps its numbers.
    kept = building.field("input", 0).input_value().split("\n")
    assert [line.split()[:2] for line in kept[:2]] == [["1", "2"], ["3", "4"]]


def test_what_is_no_number_stays_with_its_example(building):
    page = building.open("/new/batch").page
    building.row("input").click()
    button(building, "Next example").click()
    shown(building, 2, 2)
    building.field("input", 1).fill("1 two")
    wrong = page.locator("#builder .wrong")
    expect(wrong).to_be_visible()
    button(building, "Previous example").click()
    shown(building, 1, 2)
    expect(building.field("input", 0)).to_be_visible()
    expect(wrong).to_have_count(0)
    button(building, "Next example").click()
    expect(wrong).to_be_visible()
    expect(building.field("input", 1)).to_have_value("1 two")


def test_a_target_that_does_not_fit_is_said_beside_the_field_of_its_example(building):
    page = building.open("/new/cross-entropy").page
    building.row("input").click()
    button(building, "Duplicate this example").click()
    shown(building, 2, 2)
    building.row("head").click()
    target = building.field("head", "target", 1)
    target.fill("0.5")
    own = page.locator("#builder .build-field .wrong")
    expect(own).to_contain_text("whole number")
    expect(target).to_have_attribute("aria-invalid", "true")
    button(building, "Previous example").click()
    expect(building.field("head", "target", 0)).not_to_have_attribute("aria-invalid", "true")
    expect(own).to_have_count(0)
    expect(page.locator("#builder .wrong")).to_contain_text("Example 2: ")
    button(building, "Show example 2").click()
    expect(own).to_be_visible()
    target.fill("0")
    expect(page.locator("#builder .wrong")).to_have_count(0)
    shown(building, 2, 2)


def test_a_number_of_examples_that_is_none_is_said_beside_its_field(building):
    page = building.open("/new/batch").page
    building.row("input").click()
    for text in ("0", "two", "1.5"):
        count(building).fill(text)
        count(building).press("Enter")
        expect(page.locator("#build-examples-wrong")).to_have_text("Write a whole number here.")
        expect(count(building)).to_have_value(text)
    count(building).fill("3")
    count(building).press("Enter")
    expect(page.locator("#build-examples-wrong")).to_have_count(0)
    shown(building, 1, 3)


def test_drawing_changes_the_example_that_is_shown(building):
    page = building.open("/new/batch").page
    building.row("input").click()
    button(building, "Next example").click()
    shown(building, 2, 2)
    page.locator("#builder [data-dot='1,1']").focus()
    page.keyboard.press("Space")
    building.expect_values(-1, "3111")
    button(building, "Previous example").click()
    shown(building, 1, 2)
    building.expect_values(-1, "1201")


def test_each_example_gets_a_mask_of_its_own(building):
    page = building.open("/new/batch").page
    page.locator("#build-add-kind").select_option("dropout")
    page.locator("#build-add").click()
    own = page.get_by_label("each example has its own")
    expect(building.field("layers", 1, "mask")).to_have_value("1")
    own.check()
    button(building, "Next example").click()
    shown(building, 2, 2)
    building.field("layers", 1, "mask", 1).fill("0")
    building.expect_values(1, "0")
    button(building, "Previous example").click()
    shown(building, 1, 2)
    expect(building.field("layers", 1, "mask", 0)).to_have_value("1")
    building.expect_values(1, ["10"])
    building.field("layers", 1, "mask", 0).fill("2")
    expect(page.locator("#builder .build-field .wrong")).to_contain_text("0 (dropped) and 1 (kept)")
    button(building, "Next example").click()
    expect(page.locator("#builder .wrong")).to_contain_text("Example 1: ")
    button(building, "Show example 1").click()
    own.uncheck()


@pytest.mark.parametrize("size", [(390, 844), (1024, 768), (1440, 900)])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_the_builder_of_a_batch_and_all_of_it_is_within_the_page(
    building, scheme, size
):
    page = building.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    building.open("/new/batch")
    for which in ("input", "head"):
        building.row(which).click()
        expect(page.locator("#builder .example-steps")).to_be_visible()
        assert violations(page) == []
        for element in ("document.documentElement", "document.querySelector('#builder')"):
            wide, room = page.evaluate(f"[{element}.scrollWidth, {element}.clientWidth]")
            assert wide <= room
