"""A block of numbers for a whole grid of the form: pasted, looked at, and then taken."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.stage import GRIDCELL
from tests.browser.test_access import violations

PASTE = """([selector, contents]) => {
  const clipboardData = new DataTransfer();
  for (const [type, text] of Object.entries(contents)) clipboardData.setData(type, text);
  document.querySelector(selector).dispatchEvent(
    new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
}"""
PANEL = "#form .block-panel"
INPUT = ["input"]


@pytest.fixture
def form(stage):
    stage.open_plain("/lesson/pool-convolution")
    stage.open_form()
    return stage


def opener(stage, path):
    return stage.page.locator(f"#form [data-block='{json.dumps(path)}']")


def part(stage, name):
    return stage.page.locator(f"{PANEL} [data-part={name}]")


def paste(stage, text, html=None, at=("input", 0, 0, 0)):
    contents = {"text/plain": text} | ({"text/html": html} if html else {})
    stage.page.evaluate(PASTE, [f"#form [data-path='{json.dumps(at)}']", contents])


def values(stage, layer=-1):
    cells = stage.page.locator(f'{GRIDCELL}[data-layer="{layer}"]:not([data-parameter])')
    return cells.evaluate_all("all => all.map(({dataset}) => Number(dataset.value))")


def block_for(stage):
    """Whole numbers for the lesson's input, a line for each row."""
    paths = stage.page.locator("#form [data-path^='[\"input\"']").evaluate_all(
        "all => all.map(({dataset}) => JSON.parse(dataset.path))"
    )
    rows, columns = (1 + max(path[axis] for path in paths) for axis in (2, 3))
    return [[10 * row + column for column in range(columns)] for row in range(rows)]


def test_a_pasted_block_is_shown_before_it_is_taken_and_undone_at_once(form):
    rows = block_for(form)
    before = values(form)
    paste(form, "\n".join("\t".join(map(str, row)) for row in rows), html="<b>0</b>")
    expect(part(form, "found")).to_contain_text(f"{len(rows)} × {len(rows[0])}")
    expect(part(form, "preview")).to_contain_text(str(rows[-1][-1]))
    assert values(form) == before
    form.follow(part(form, "take").click)
    assert values(form) == [x for row in rows for x in row]
    expect(form.page.locator(PANEL)).to_have_count(0)
    expect(opener(form, INPUT)).to_be_focused()
    form.follow(form.page.locator("#undo").click)
    assert values(form) == before


@pytest.mark.parametrize(
    ("rows", "said"),
    [("1 2 3\n4 5 6", "too few"), ("1 2 3 4 5 6 7 8 9\n" * 9, "too many")],
)
def test_a_block_of_another_size_says_what_it_has_and_is_not_taken(form, rows, said):
    before = values(form)
    opener(form, INPUT).click()
    part(form, "text").fill(rows)
    expect(part(form, "found")).to_contain_text(said)
    expect(part(form, "preview")).to_be_visible()
    expect(part(form, "take")).to_be_hidden()
    assert values(form) == before


def test_a_text_without_numbers_is_said_beside_it_and_kept(form):
    paste(form, "no numbers\nat all")
    expect(part(form, "wrong")).not_to_have_text("")
    expect(part(form, "text")).to_have_value("no numbers\nat all")
    expect(part(form, "take")).to_be_hidden()


@pytest.mark.parametrize("number", ["7", "0,5", "1 234", "1/3"])
def test_one_number_is_pasted_into_its_field_alone(form, number):
    paste(form, number)
    expect(form.page.locator(PANEL)).to_have_count(0)


def test_a_text_that_can_be_read_in_two_ways_can_be_read_in_the_other(form):
    rows = block_for(form)
    opener(form, INPUT).click()
    part(form, "text").fill("\n".join("\t".join("1,234" for _ in row) for row in rows))
    expect(part(form, "found")).to_contain_text("decimal sign")
    expect(part(form, "preview")).to_contain_text("1.234")
    part(form, "others").get_by_role("button", name="thousands").click()
    expect(part(form, "found")).to_contain_text("thousands")
    expect(part(form, "others")).to_contain_text("decimal sign")
    form.follow(part(form, "take").click)
    assert values(form) == [1234] * len(rows) * len(rows[0])


def test_a_grid_is_filled_with_one_number_by_keys_alone(form):
    count = len(values(form))
    opener(form, INPUT).focus()
    form.page.keyboard.press("Enter")
    expect(part(form, "text")).to_be_focused()
    for _ in range(3):
        form.page.keyboard.press("Tab")
    expect(part(form, "with")).to_be_focused()
    form.page.keyboard.press("Control+a")
    form.page.keyboard.type("much")
    form.page.keyboard.press("Enter")
    expect(part(form, "wrong")).to_contain_text("Write a number")
    form.page.keyboard.press("Control+a")
    form.page.keyboard.type("1/4")
    form.follow(lambda: form.page.keyboard.press("Enter"))
    assert values(form) == [0.25] * count


def test_escape_closes_the_block_and_leaves_the_form_open(form):
    opener(form, INPUT).click()
    form.page.keyboard.press("Escape")
    expect(form.page.locator(PANEL)).to_have_count(0)
    expect(opener(form, INPUT)).to_be_focused()
    expect(form.page.locator("#drawer")).to_be_visible()


def test_every_array_of_the_form_takes_a_block(form):
    openers = form.page.locator("#form [data-block]")
    paths = openers.evaluate_all("all => all.map(({dataset}) => JSON.parse(dataset.block))")
    assert INPUT in paths
    assert ["head", "gradient"] in paths
    assert any(path[-1] == "weight" for path in paths)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_axe_finds_nothing_in_a_block_which_stays_within_the_drawer(form, size, scheme):
    page = form.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    opener(form, INPUT).click()
    part(form, "text").fill("1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9\n" * 9)
    expect(part(form, "preview")).to_be_visible()
    assert violations(page) == []
    wide, room = page.evaluate("[drawer.scrollWidth, drawer.clientWidth]")
    assert wide <= room
