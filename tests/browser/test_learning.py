"""One step of learning: taken, repeated, taken back; the cells that choose anew can be gone to."""

import json

import pytest
from playwright.sync_api import Route, expect

from app.document.building import run
from app.document.document import Document
from app.engine.step import step
from app.explain.step import step_json
from app.lessons import LESSONS
from app.text.numbers import figure
from tests.browser.stage import LENET
from tests.browser.test_access import SCHEMES, use, violations
from tests.waiting import PATIENCE

FOUNDING = LESSONS["founding-question"].network
CROSS_ENTROPY = LESSONS["cross-entropy"].network


def stepped(document, rate):
    """The answer to a step, computed here."""
    trace = run(Document.model_validate(json.loads(json.dumps(document))))
    return step_json(document, trace, step(trace, rate))


def rows(stage):
    return [
        row.locator("th, td").all_inner_texts()
        for row in stage.page.locator("#learn-steps tr").all()
    ]


def expect_rows(stage, answers):
    expect(stage.page.locator("#learn-steps tr")).to_have_count(len(answers))
    expected = [
        [str(n), *map(figure, (each["rate"], each["before"], each["predicted"], each["happened"],
                               each["before"] + each["happened"]))]
        for n, each in enumerate(answers, 1)
    ]  # fmt: skip
    assert rows(stage) == expected


def numbers(stage):
    return [(cell["value"], cell["gradient"]) for cell in stage.cells]


def test_a_step_is_taken_repeated_and_taken_back(still):
    still.open_plain("/lesson/cross-entropy")
    page = still.page
    opened = numbers(still)
    page.locator("#rate").fill("0.01")
    first = stepped(CROSS_ENTROPY, 0.01)
    second = stepped(first["network"], 0.01)
    still.follow(lambda: page.get_by_role("button", name="Take a step").click())
    expect_rows(still, [first])
    expect(page.locator("#learn-detail")).to_contain_text(first["sentence"])
    for layer, fields in enumerate(first["network"]["layers"]):
        for at, bias in enumerate(fields.get("bias") or []):
            assert still.number(still.cell(layer, at, parameter="bias"), "value") == bias
    still.follow(lambda: page.get_by_role("button", name="Repeat the step").click())
    expect_rows(still, [first, second])
    still.follow(lambda: page.get_by_role("button", name="Take it back").click())
    expect_rows(still, [first])
    still.follow(lambda: page.locator("#undo").click())
    expect(page.locator("#learn-result")).to_be_hidden()
    assert numbers(still) == opened
    still.follow(lambda: page.locator("#redo").click())
    expect_rows(still, [first])


def test_by_keyboard_alone_a_step_is_taken_repeated_and_taken_back(still):
    still.open_plain("/lesson/cross-entropy")
    keys = still.page.keyboard
    still.page.locator("#lessons summary").focus()
    keys.press("Enter")
    still.page.locator("#to-learning").focus()
    keys.press("Enter")
    expect(still.page.locator("#rate")).to_be_focused()
    expect(still.page.locator("#rate")).to_be_in_viewport()
    keys.press("ControlOrMeta+A")
    keys.type("0,01")
    first = stepped(CROSS_ENTROPY, 0.01)
    still.follow(lambda: keys.press("Enter"))
    expect_rows(still, [first])
    still.page.locator("#learn-again").focus()
    still.follow(lambda: keys.press("Enter"))
    expect_rows(still, [first, stepped(first["network"], 0.01)])
    still.page.locator("#learn-back").focus()
    still.follow(lambda: keys.press("Enter"))
    expect(still.page.locator("#learn-back")).to_be_focused()
    still.follow(lambda: keys.press("Enter"))
    expect(still.page.locator("#learn-result")).to_be_hidden()
    # The focus is not lost with the button that had it.
    expect(still.page.get_by_role("button", name="Take a step")).to_be_focused()


def test_a_cell_that_chooses_anew_can_be_gone_to(still):
    still.open_plain()
    still.page.locator("#rate").fill("1")
    answer = stepped(FOUNDING, 1)
    still.follow(lambda: still.page.get_by_role("button", name="Take a step").click())
    listed = still.page.locator("#learn-detail .switches button")
    expect(listed).to_have_count(len(answer["switches"]))
    assert answer["switches"]
    for at in (0, len(answer["switches"]) - 1):
        switch = answer["switches"][at]
        listed.nth(at).click()
        cell = still.cell(switch["layer"], *switch["index"])
        expect(cell).to_have_attribute("aria-selected", "true")
        expect(cell).to_be_focused()
        still.expect_inspected(str(switch["layer"]), ",".join(map(str, switch["index"])))


def test_a_network_without_a_loss_says_what_is_compared(still):
    still.open_plain()
    panel = still.page.locator("#learning")
    expect(panel).to_contain_text("sum of outputs × upstream gradients")
    still.page.goto("/lesson/cross-entropy")
    expect(panel).to_contain_text("how far the loss falls")


def test_an_edit_between_two_steps_is_no_step(still):
    still.open_plain("/lesson/cross-entropy")
    take = still.page.get_by_role("button", name="Take a step")
    still.follow(take.click)
    expect(still.page.locator("#learn-steps tr")).to_have_count(1)
    field = still.page.locator("#form input").first
    still.open_form()
    still.edit(field, "3")
    expect(still.page.locator("#learn-result")).to_be_hidden()
    still.follow(take.click)
    expect(still.page.locator("#learn-steps tr")).to_have_count(1)


@pytest.mark.parametrize("text", ["", "0", "-1", "fast", "1e9"])
def test_a_rate_that_is_none_is_told_beside_its_field_and_changes_nothing(still, text):
    still.open_plain("/lesson/cross-entropy")
    still.page.locator("#rate").fill(text)
    still.page.get_by_role("button", name="Take a step").click()
    expect(still.page.locator("#learn-message")).to_contain_text("Write a rate")
    expect(still.page.locator("#rate")).to_have_attribute("aria-invalid", "true")
    expect(still.page.locator("#rate")).to_have_value(text)
    expect(still.page.locator("#learn-result")).to_be_hidden()
    still.page.locator("#rate-suggested").click()
    expect(still.page.locator("#learn-message")).to_be_hidden()


def test_where_nothing_moves_the_page_says_so(still):
    still.open_plain("/lesson/ties")
    still.page.get_by_role("button", name="Take a step").click()
    expect(still.page.locator("#learn-message")).to_contain_text("nothing learns")
    expect(still.page.locator("#undo")).to_be_hidden()


def test_a_step_too_large_for_the_numbers_is_refused_and_the_network_stays(still):
    still.open_plain()
    field = still.field("head", "gradient", 0)
    still.edit(field, "1e200")
    before = numbers(still)
    still.page.locator("#rate").fill("1000000")
    still.page.get_by_role("button", name="Take a step").click()
    expect(still.page.locator("#learn-message")).not_to_be_empty()
    assert numbers(still) == before


def test_the_rate_is_changed_by_buttons_and_what_was_chosen_stays(still):
    still.open_plain("/lesson/cross-entropy")
    rate = still.page.locator("#rate")
    suggested = rate.input_value()
    still.page.get_by_role("button", name="A tenth of the rate").click()
    assert float(rate.input_value()) == pytest.approx(float(suggested) / 10)
    chosen = rate.input_value()
    still.follow(lambda: still.page.get_by_role("button", name="Take a step").click())
    expect(rate).to_have_value(chosen)
    still.page.locator("#rate-suggested").click()
    expect(rate).to_have_value(suggested)


def test_a_step_of_a_large_network_is_learnt_and_its_switches_are_gone_to(still):
    still.open_plain(LENET)
    answer = stepped(LESSONS["lenet"].network, 0.01)
    still.page.locator("#rate").fill("0.01")
    still.follow(lambda: still.page.get_by_role("button", name="Take a step").click())
    expect_rows(still, [answer])
    switch = next(each for each in answer["switches"] if each["index"][0] > 0)
    where = answer["switches"].index(switch)
    still.page.locator("#learn-detail .switches button").nth(where).click()
    cell = still.cell(switch["layer"], *switch["index"])
    expect(cell).to_have_attribute("aria-selected", "true", timeout=1000 * PATIENCE)


@pytest.mark.parametrize("late", ["step", "picture"])
def test_a_number_that_is_typed_while_a_step_is_on_its_way_is_kept(still, late):
    still.open_plain("/lesson/cross-entropy")
    page = still.page
    field = still.field("layers", 0, "bias", 0)
    held: list[Route] = []
    page.route(f"**/{late}", lambda route: route.continue_() if held else held.append(route))
    page.get_by_role("button", name="Take a step").click()
    while not held:
        page.wait_for_timeout(10)
    field.fill("2.5")
    held[0].continue_()
    expect(page.locator("#learn-message")).to_contain_text("Take the step again")
    expect(field).to_have_value("2.5")
    expect(page.locator("#learn-steps tr")).to_have_count(0)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_after_a_step(still, scheme):
    still.open_plain()
    still.page.locator("#rate").fill("1")
    still.follow(lambda: still.page.get_by_role("button", name="Take a step").click())
    for size in ("wide", "narrow"):
        use(still.page, size, scheme)
        assert violations(still.page) == []
