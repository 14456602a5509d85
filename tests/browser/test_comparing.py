"""Two states beside each other: after an edit, as a variant; by mouse, by keyboard, on a phone."""

import json

import pytest
from playwright.sync_api import Route, expect

from app.builder.variants import variant
from app.document.building import run
from app.document.document import Document
from app.lessons import LESSONS
from app.text.numbers import figure
from tests.browser.stage import LENET
from tests.browser.test_access import SCHEMES, use, violations

FOUNDING = LESSONS["founding-question"].network


def traced(document):
    return run(Document.model_validate(json.loads(json.dumps(document))))


def open_comparison(stage):
    stage.page.locator("#lessons summary").click()
    stage.page.locator("#to-compare").click()
    expect(stage.page.locator("#compare-result .verdict")).to_be_visible()


def chosen(stage):
    return [
        stage.page.locator(f"#{side}-side").evaluate("select => select.selectedOptions[0].text")
        for side in ("left", "right")
    ]


def pictures(stage, layer, array):
    part = stage.page.locator(f'#compare-result details[data-title="{layer}"]')
    return part.locator(f'[data-array="{array}"] table')


def numbers(table):
    titles = table.locator("td").evaluate_all("cells => cells.map(({title}) => title)")
    return [float(title.replace("−", "-")) for title in titles]


def test_before_and_after_an_edit_stand_beside_each_other(still):
    still.open_plain()
    before = traced(FOUNDING)
    field = still.field("layers", 4, "bias", 0)
    still.edit(field, "7")
    still.page.locator("#drawer-close").click()
    open_comparison(still)
    assert chosen(still) == ["As the lesson has it", "As it is now"]
    listed = still.page.locator("#compare-result > ul li")
    expect(listed).to_have_text(["Fully connected: one number of bias differs."])
    left, right, difference = pictures(still, "Fully connected", "Values").all()
    assert numbers(left) == before.values[-1].tolist()
    assert numbers(right) == (before.values[-1] + [7, 0, 0]).tolist()
    assert numbers(difference) == [7, 0, 0]
    # Upstream gradients are given, so the others stay.
    expect(still.page.locator('details[data-title="Input"] summary')).to_contain_text("the same")


def test_a_click_on_a_cell_tells_both_numbers(still):
    still.open_plain()
    open_comparison(still)
    assert chosen(still) == ["As it is now", "With average pooling"]
    one, other = (
        float(traced(network).values[3][0, 1, 1])
        for network in (FOUNDING, {**FOUNDING, **(variant(FOUNDING, "average") or {})})
    )
    pictures(still, "Max pool | Average pool", "Values").nth(1).locator("td button").nth(3).click()
    expect(still.page.locator("#compare-told")).to_have_text(
        "Max pool | Average pool, Values, channel 0, row 1, column 1: "
        f"{figure(one)} on the left, {figure(other)} on the right; "
        f"the difference is {figure(other - one)}."
    )
    expect(still.page.locator("#compare-result td.told")).to_have_count(3)


def test_every_variant_that_the_network_allows_can_be_chosen(still):
    still.open_plain()
    open_comparison(still)
    right = still.page.locator("#right-side")
    for value, said in (
        ("variant:ties-split", "Max pool: on a tie first here, split there."),
        ("variant:no_relu", "ReLU here, Identity there."),
        ("variant:average", "Max pool here, Average pool there."),
    ):
        right.select_option(value)
        expect(still.page.locator("#compare-result > ul li")).to_have_text([said])
    still.page.keyboard.press("Escape")
    expect(still.page.locator("#compare")).to_be_hidden()


def test_by_keyboard_alone_two_states_are_compared_and_cells_read(still):
    still.open_plain()
    keys = still.page.keyboard
    still.page.locator("#lessons summary").focus()
    keys.press("Enter")
    still.page.locator("#to-compare").focus()
    keys.press("Enter")
    expect(still.page.locator("#compare-result .verdict")).to_be_visible()
    first = pictures(still, "Input", "Gradients").first
    first.locator("button").first.focus()
    keys.press("ArrowRight")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(first.locator("button").nth(6)).to_be_focused()
    told = still.page.locator("#compare-told")
    expect(told).to_contain_text("Input, Gradients, channel 0, row 1, column 1:")
    # At the edge, there is nowhere to go.
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(first.locator("button").nth(1)).to_be_focused()
    # A picture is one tab stop.
    keys.press("Tab")
    second = pictures(still, "Input", "Gradients").nth(1)
    expect(second.locator("button").first).to_be_focused()
    still.page.locator("#right-side").focus()
    keys.press("ArrowDown")
    expect(still.page.locator("#compare-result > ul li")).to_contain_text(["on a tie"])
    keys.press("Escape")
    expect(still.page.locator("#compare")).to_be_hidden()


def test_sides_are_swapped(still):
    still.open_plain()
    still.edit(still.field("layers", 4, "bias", 0), "7")
    still.page.locator("#drawer-close").click()
    open_comparison(still)
    still.page.locator("#swap-sides").click()
    assert chosen(still) == ["As it is now", "As the lesson has it"]
    difference = pictures(still, "Fully connected", "Values").nth(2)
    expect(difference.locator("td").first).to_have_attribute("title", "−7")


def test_sides_that_are_chosen_while_others_are_on_their_way_stay(still):
    still.open_plain()
    still.edit(still.field("layers", 4, "bias", 0), "7")
    still.page.locator("#drawer-close").click()
    open_comparison(still)
    held: list[Route] = []
    still.page.route("**/variants", lambda route: route.continue_() if held else held.append(route))
    with still.page.expect_request("**/variants"):
        still.page.locator("#swap-sides").click()
    still.page.locator("#right-side").select_option("variant:average")
    held[0].continue_()
    expect(still.page.locator("#compare-result > ul li")).to_contain_text(["Average pool there"])
    assert chosen(still) == ["As it is now", "With average pooling"]


def test_a_network_without_variants_and_edits_says_what_is_missing(still):
    still.open_plain("/new/sigmoid")
    still.page.locator("#lessons summary").click()
    still.page.locator("#to-compare").click()
    expect(still.page.locator("#compare-message")).to_contain_text("nothing to compare with")


def test_a_layer_of_a_large_network_is_drawn_when_it_is_opened(still):
    still.open_plain(LENET)
    open_comparison(still)
    late = still.page.locator("#compare-result details:not([data-drawn])")
    assert late.count() > 0
    first = late.first
    title = first.get_attribute("data-title")
    first.locator("summary").click()
    part = still.page.locator(f'#compare-result details[data-title="{title}"]')
    expect(part.locator("table").first).to_be_visible()
    part.locator("td button").first.click()
    expect(still.page.locator("#compare-told")).to_contain_text(title)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_a_comparison_and_it_fits_a_phone(still, scheme):
    still.open_plain()
    open_comparison(still)
    pictures(still, "Input", "Gradients").first.locator("button").first.click()
    for size in ("wide", "narrow"):
        use(still.page, size, scheme)
        assert violations(still.page) == []
        over = still.page.evaluate(
            "[document.documentElement, compare].map((e) => e.scrollWidth - e.clientWidth)"
        )
        assert max(over) <= 0
