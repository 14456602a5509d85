"""The question that the page opens with, and the actions that end it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.stage import EVERY_LESSON, Stage


def everything_said(stage: Stage) -> str:
    """All that a reader sees or hears, but for what is offered under a button."""
    return stage.page.evaluate("""() => [
      document.querySelector(".headline").innerText,
      document.querySelector("#inspector").innerText,
      document.querySelector(".caption").innerText,
      document.querySelector(".picture").textContent,
      ...[...document.querySelectorAll('[role="gridcell"]')].map((cell) => cell.ariaLabel),
    ].join("\\n")""")


@pytest.mark.parametrize("path", EVERY_LESSON)
def test_the_page_opens_at_its_question_with_the_pass_done_and_the_answer_unsaid(stage, path):
    stage.open_plain(path, asks=True)
    pinned = stage.data["pinned"]
    cell = stage.cell(pinned["key"], pinned["index"])
    assert all(each["gradient"] for each in stage.cells)
    expect(cell).to_have_accessible_name(re.compile("gradient not shown yet$"))
    expect(stage.page.locator("#stage")).to_have_attribute("data-scene", pinned["key"])
    expect(stage.page.locator("#ask")).to_be_visible()
    expect(stage.page.locator("#inspector .card")).to_be_hidden()
    asked = stage.page.locator('.picture [data-part="gradient"]', has_text="?")
    expect(asked).to_have_count(1)
    assert stage.data["picture"]["answer"] not in everything_said(stage)
    assert stage.page.locator(".picture text[data-term]").count() == 0


@pytest.mark.parametrize("path", EVERY_LESSON)
def test_what_the_server_sends_tells_no_more_than_what_is_seen(stage, client, path):
    html = client.get(path).text
    body, _, _ = html.partition('<script type="application/json"')
    before, _, after = body.partition('<details class="shown"')
    hidden = re.findall(r'aria-label="[^"]*gradient not shown yet"', before + after)
    assert hidden
    stage.open_plain(path, asks=True)
    assert len(hidden) == stage.page.locator('[aria-label$="gradient not shown yet"]').count()


def test_a_guess_that_a_known_mistake_explains_gets_its_sentence(stage):
    stage.open_plain(asks=True)
    field = stage.page.get_by_role("textbox", name="Your guess at the gradient")
    field.fill("11")
    field.press("Enter")
    expect(stage.answer).to_contain_text("You guessed 11: that is 2 + 3 + 6, added without the")
    expect(stage.page.locator("#ask")).to_be_hidden()
    stage.expect_inspected("2", "0,0,0")
    expect(stage.page.locator('.picture [data-part="guess"]')).to_have_text("11")
    assert stage.receipt.total == -0.5


@pytest.mark.parametrize(
    ("guess", "said"), [("-1/2", "and that is right"), ("77", "You guessed 77. Watch")]
)
def test_a_right_guess_and_one_that_nothing_explains_are_told_so(stage, guess, said):
    stage.open_plain(asks=True)
    stage.page.locator("#guess").fill(guess)
    stage.page.locator("#guess-check").click()
    expect(stage.answer).to_contain_text(said)


def test_what_is_no_number_is_told_beside_the_field_and_the_question_stays(stage):
    stage.open_plain(asks=True)
    stage.page.locator("#guess").fill("eleven")
    stage.page.locator("#guess-check").click()
    message = stage.page.locator("#guess-message")
    expect(message).not_to_be_empty()
    box, play = message.bounding_box(), stage.page.locator("#first").bounding_box()
    assert box["y"] + box["height"] <= play["y"]
    expect(stage.page.locator("#guess")).to_have_attribute("aria-invalid", "true")
    expect(stage.page.locator("#guess")).to_be_focused()


def show_me(stage: Stage) -> None:
    stage.page.locator("#show-me").click()


def pin_another(stage: Stage) -> None:
    stage.cell(2, 0, 0, 1).click()


def pin_by_key(stage: Stage) -> None:
    stage.cell(2, 0, 0, 0).focus()
    stage.page.keyboard.press("Enter")


@pytest.mark.parametrize("act", [show_me, pin_another, pin_by_key])
def test_the_question_ends_with_the_cells_receipt_in_view(still, act):
    still.open_plain(asks=True)
    act(still)
    at = "0,0,1" if act is pin_another else "0,0,0"
    still.expect_inspected("2", at)
    expect(still.page.locator("#stage")).to_have_attribute("data-scene", "2")
    expect(still.page.locator(".picture text[data-term]")).to_have_count(3)
    expect(still.page.locator("#inspector #receipt")).to_be_visible()
    assert still.step == still.last


@pytest.mark.parametrize("button", ["#play", "#forward"])
def test_play_and_next_end_the_question_too(stage, button):
    stage.open_plain(asks=True)
    stage.page.locator(button).click()
    expect(stage.page.locator("#ask")).to_be_hidden()
    expect(stage.page.locator("#inspector #receipt")).to_be_visible()


def test_the_focus_alone_does_not_end_it(stage):
    stage.open_plain(asks=True)
    stage.cell(2, 0, 0, 0).focus()
    expect(stage.page.locator("#ask")).to_be_visible()


def test_a_link_to_a_step_and_a_remembered_choice_open_directly(stage):
    stage.open_plain("/#step=3", asks=True)
    expect(stage.page.locator("#ask")).to_be_hidden()
    stage.page.goto("about:blank")
    stage.open_plain(asks=True)
    expect(stage.page.locator("#ask")).to_be_visible()
    stage.options(lambda page: page.locator("#ask-first").uncheck())
    stage.page.goto("about:blank")
    stage.open_plain(asks=True)
    expect(stage.page.locator("#ask")).to_be_hidden()
    expect(stage.page.locator("#inspector #receipt")).to_be_visible()
