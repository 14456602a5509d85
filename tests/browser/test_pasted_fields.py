"""A block pasted into a field of the builder: looked at, and then taken."""

from playwright.sync_api import expect

from tests.browser.building import paste
from tests.browser.stage import GRIDCELL
from tests.browser.test_access import violations


def test_a_block_of_another_size_is_taken_with_its_size_and_the_rest_follows(building):
    building.open("/new/pool-convolution")
    building.row("input").click()
    building.field("input").fill("1,2,3,4,5\n" * 5)
    take = building.page.locator("#builder [data-take]")
    expect(take).to_contain_text("1 × 5 × 5")
    take.click()
    expect(building.row("input").locator(".shape")).to_have_text("1 × 5 × 5")
    expect(building.stage.cell(-1, 0, 4, 4)).to_have_attribute("data-value", "5")


def test_a_block_pasted_into_a_field_is_shown_before_it_is_taken_and_undone_at_once(building):
    building.open("/new/sigmoid")
    page = building.page
    building.row("input").click()
    before = building.field("input").input_value()
    numbers = [cell["value"] for cell in building.stage.cells if cell["layer"] == "-1"]
    paste(building, building.field("input"), "1;2;3\n4;5;6\n7;8;9")
    read = page.locator("#builder .block-read")
    expect(read.locator("pre")).to_have_text("1 2 3\n4 5 6\n7 8 9")
    expect(page.locator("#builder .found")).to_contain_text("3 × 3")
    building.expect_values(-1, numbers)
    assert violations(page) == []
    read.get_by_role("button", name="Close").click()
    expect(read).to_have_count(0)
    expect(building.field("input")).to_be_focused()
    expect(building.field("input")).to_have_value(before)
    paste(building, building.field("input"), "1;2;3\n4;5;6\n7;8;9")
    read.get_by_role("button", name="Take these numbers").click()
    building.expect_values(-1, "123456789")
    expect(read).to_have_count(0)
    page.locator("#undo").click()
    building.expect_values(-1, numbers)


def test_a_pasted_block_that_does_not_fit_says_why_shows_what_was_read_and_is_kept(building):
    building.open("/new/sigmoid")
    page = building.page
    building.row(0).click()
    weight = building.field("layers", 0, "weight")
    paste(building, weight, "1 2 3\n4 5 6")
    expect(page.locator("#builder .found").first).to_contain_text("2 numbers too many")
    expect(page.locator("#builder .block-read pre")).to_have_text("1 2 3\n4 5 6")
    page.keyboard.press("Tab")
    expect(weight).to_have_value("1 2 3\n4 5 6")
    page.get_by_role("button", name="Take all of them: 1 × 1 × 2 × 3").click()
    expect(building.row(0)).to_contain_text("1 × 2 × 1")


def test_a_pasted_text_that_can_be_read_in_two_ways_can_be_read_in_the_other(building):
    building.open("/new/sigmoid")
    page = building.page
    building.row(0).click()
    paste(building, building.field("layers", 0, "weight"), "1,234\t1,234\n1,234\t1,234")
    found = page.locator("#builder .found").first
    expect(found).to_contain_text("decimal sign")
    page.locator("#builder .block-read").get_by_role("button", name="thousands").click()
    expect(found).to_contain_text("thousands")
    page.get_by_role("button", name="Take these numbers").click()
    weights = page.locator(f'{GRIDCELL}[data-parameter="weight"]')
    for i in range(4):
        expect(weights.nth(i)).to_have_attribute("data-value", "1234")
