"""The founding lesson from start to end: by keyboard alone, and by touch on a phone."""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stage import Stage, middle_of

MAX_TABS = 60


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the focus is where it should be, as a person would."""
    for _ in range(MAX_TABS):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


def test_by_keyboard_alone(stage: Stage):
    """The sum of the first pooled neuron, its neighbour's, the way on to the winner, an edit."""
    stage.open_plain()
    keys = stage.page.keyboard
    keys.press("Tab")
    expect(stage.focused).to_have_text("To the network")
    keys.press("Enter")
    # The backward pass from its start, one step after the other, each one announced.
    keys.press("Home")
    assert stage.step == 0
    said = set()
    while stage.step < stage.last:
        step = stage.step
        keys.press("n")
        expect(stage.scrubber).to_have_value(str(step + 1))
        said.add(stage.announcer.inner_text())
    assert any("gets 1 + (−3) + 1.5 = −0.5" in words for words in said)
    assert any("goes to" in words for words in said)
    keys.press("End")
    # Along the map to the neighbour, whose sum is another one.
    tab_to(stage.page, '[data-layer="2"][data-index="0,0,0"]')
    keys.press("ArrowRight")
    expect(stage.focused).to_have_attribute("data-index", "0,0,1")
    keys.press("Enter")
    stage.expect_inspected("2", "0,0,1")
    assert stage.receipt.terms == [[2, 1, 2], [3, 0, 0], [6, -0.5, -3]]
    assert stage.receipt.total == -1
    # The rows of the receipt can be read one by one; each shows its neuron.
    tab_to(stage.page, "#receipt tbody tr")
    expect(stage.cell(4, 0)).to_have_class("pointed")
    # Another upstream gradient, typed over the old one.
    stage.page.locator("#stage").focus()
    tab_to(stage.page, '[data-layer="head"]')
    keys.press("Enter")
    keys.type("20")
    keys.press("Enter")
    expect(stage.cell(2, 0, 0, 1)).to_have_attribute("data-gradient", "17")
    keys.press("Control+z")
    expect(stage.cell(2, 0, 0, 1)).to_have_attribute("data-gradient", "-1")
    # The keys are listed where one asks for them.
    keys.press("?")
    expect(stage.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(stage.page.get_by_role("dialog")).to_be_hidden()


def double_tap(locator: Locator) -> None:
    """Two taps that are a tenth of a second apart by their own account, however late they come."""
    locator.scroll_into_view_if_needed()
    x, y = middle_of(locator)
    session = locator.page.context.new_cdp_session(locator.page)
    start = time.time()
    for tap in range(2):
        for kind, points, after in (("touchStart", [{"x": x, "y": y}], 0), ("touchEnd", [], 0.03)):
            at = start + 0.1 * tap + after
            touch = {"type": kind, "touchPoints": points, "timestamp": at}
            session.send("Input.dispatchTouchEvent", touch)


@pytest.mark.browser_context_args(
    viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
)
def test_by_touch_on_a_phone(stage: Stage):
    stage.open_plain()
    page = stage.page
    # Back to the start and forward again, by the transport that stays at hand.
    page.locator("#first").tap()
    assert stage.step == 0
    expect(stage.cell(2, 0, 0, 0)).to_have_attribute("data-gradient", "")
    for step in range(1, 5):
        page.locator("#forward").tap()
        expect(stage.scrubber).to_have_value(str(step))
    page.locator("#last").tap()
    # A tap pins a cell; what it says is at hand, and leads to the whole account.
    stage.cell(2, 0, 0, 1).tap()
    stage.expect_inspected("2", "0,0,1")
    sheet = page.locator("#sheet")
    expect(sheet).to_contain_text("−1")
    sheet.tap()
    expect(page.locator("#receipt")).to_be_in_viewport()
    assert stage.receipt.terms == [[2, 1, 2], [3, 0, 0], [6, -0.5, -3]]
    # A double tap opens the number in place.
    double_tap(stage.cell("head", 0))
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    expect(stage.cell(2, 0, 0, 1)).to_have_attribute("data-gradient", "17")
    page.locator("#undo").tap()
    expect(stage.cell(2, 0, 0, 1)).to_have_attribute("data-gradient", "-1")
