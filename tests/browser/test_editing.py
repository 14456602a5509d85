"""Editing numbers: everything follows, nothing typed is lost, every edit can be undone."""

import contextlib
import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.stage import Stage

UNREADABLE = re.compile("answer could not be read")


def figures(stage):
    return [(cell["value"], cell["gradient"]) for cell in stage.cells]


def changed(before, after):
    return sum(old != new for old, new in zip(before, after, strict=True))


def test_an_edited_weight_changes_picture_receipt_waterfall_and_answer(stage):
    stage.open()
    before = figures(stage)
    field = stage.field("layers", 4, "weight", 0, 0)
    stage.edit(field, "2")
    weight, pooled = stage.cell(4, 0, 0, parameter="weight"), stage.cell(2, 0, 0, 0)
    expect(weight).to_have_attribute("data-value", "2")
    expect(pooled).to_have_attribute("data-gradient", "2.5")
    assert changed(before, figures(stage)) > 5
    receipt = stage.receipt
    assert receipt.terms == [[2, 2, 4], [3, -1, -3], [6, 0.25, 1.5]]
    assert receipt.total == 2.5
    stage.expect_waterfall([4, -3, 1.5, 2.5])
    expect(stage.answer).to_contain_text("2 × 2 + 3 × (−1) + 6 × 0.25 = 2.5")
    stage.go(3)
    expect(stage.page.locator(".picture text[data-term]").first).to_have_attribute(
        "data-term", "2 2 4"
    )


def test_what_an_edit_changed_shows_its_old_number_beside_the_new_one(stage):
    stage.open_plain()
    field = stage.field("layers", 4, "weight", 0, 0)
    stage.edit(field, "2")
    expect(stage.cell(2, 0, 0, 0)).to_have_attribute("aria-label", re.compile("was −0.5$"))
    expect(stage.note(field, "old")).to_have_text("was 0.5")
    # The next edit is compared with this one.
    stage.edit(stage.field("layers", 4, "weight", 1, 0), "0")
    expect(stage.cell(2, 0, 0, 0)).to_have_attribute("aria-label", re.compile("was 2.5$"))
    expect(stage.note(field, "old")).to_have_count(0)


def test_what_undo_and_redo_changed_shows_the_number_before_them(stage):
    stage.open_plain()
    field = stage.field("layers", 4, "bias", 0)
    cell = stage.cell(4, 0, parameter="bias")
    for number in ("1", "2"):
        stage.edit(field, number)
        field.blur()
    for control, now, old in (
        ("undo", "1", "2"),
        ("undo", "0", "1"),
        ("redo", "1", "0"),
        ("redo", "2", "1"),
    ):
        stage.follow(stage.page.locator(f"#{control}").click)
        expect(cell).to_have_attribute("data-value", now)
        expect(cell).to_have_attribute("aria-label", re.compile(f"was {old}$"))
        expect(stage.note(field, "old")).to_have_text(f"was {old}")
    stage.follow(stage.page.locator("#reset").click)  # Back at the lesson, nothing has changed.
    assert not any(" was " in cell["label"] for cell in stage.cells)
    expect(stage.note(field, "old")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "value", "cell", "gradient"),
    [
        (("input", 0, 2, 2), "9", (-1, (0, 2, 2), None), "9"),
        (("layers", 0, "weight", 0, 0, 1, 0), "−1.5", (0, (0, 0, 1, 0), "weight"), "-1.5"),
        (("layers", 0, "bias", 0), "0.25", (0, (0,), "bias"), "0.25"),
        (("layers", 4, "weight", 2, 3), ".5", (4, (2, 3), "weight"), "0.5"),
        (("layers", 4, "bias", 1), "-7", (4, (1,), "bias"), "-7"),
        (("head", "gradient", 2), "1e3", ("head", (2,), None), "1000"),
    ],
)
def test_every_kind_of_number_can_be_edited_undone_redone_and_reset(
    stage, client, path, value, cell, gradient
):
    stage.open_plain()
    first = figures(stage)
    undo, redo, reset = (stage.page.locator(f"#{name}") for name in ("undo", "redo", "reset"))
    for control in (undo, redo, reset):
        expect(control).to_be_disabled()
    field = stage.field(*path)
    original = field.input_value()
    stage.edit(field, value)
    layer, index, parameter = cell
    shown = stage.cell(layer, *index, parameter=parameter)
    expect(shown).to_have_attribute("data-value", gradient)
    edited = figures(stage)
    assert edited != first
    expect(field).to_have_value(value)  # As it was typed.

    document = stage.data["document"]
    branch = document
    for step in path[:-1]:
        branch = branch[step]
    branch[path[-1]] = float(gradient)
    trace = client.post("/api/trace", json={"network": document}).get_json()
    pooled = [float(cell["gradient"]) for cell in stage.cells if cell["layer"] == "2"]
    assert pooled == [x for row in trace["layers"][2]["gradient"][0] for x in row]

    stage.follow(undo.click)
    assert figures(stage) == first
    expect(field).to_have_value(original)
    expect(undo).to_be_disabled()
    stage.follow(redo.click)
    assert figures(stage) == edited
    stage.follow(lambda: stage.press("Control+z"))
    assert figures(stage) == first
    stage.follow(lambda: stage.press("Control+Shift+z"))
    assert figures(stage) == edited
    stage.follow(reset.click)
    assert figures(stage) == first
    expect(reset).to_be_disabled()
    stage.follow(undo.click)  # A reset can be undone too.
    assert figures(stage) == edited


def test_a_number_typed_digit_by_digit_is_one_edit(stage):
    stage.open_plain()
    first = figures(stage)
    field = stage.field("input", 0, 0, 0)
    field.select_text()
    field.press_sequentially("1234.5")
    expect(stage.cell(-1, 0, 0, 0)).to_have_attribute("data-value", "1234.5")
    expect(stage.note(field, "old")).to_have_text("was 0")
    expect(stage.cell(-1, 0, 0, 0)).to_have_accessible_name(re.compile("was 0$"))
    stage.follow(stage.page.locator("#undo").click)
    assert figures(stage) == first
    expect(stage.page.locator("#undo")).to_be_disabled()


def test_of_many_edits_while_the_server_thinks_the_newest_is_shown_and_few_are_sent(stage):
    stage.open_plain()
    asked, held = [], []

    def hold(route):
        (edit,) = json.loads(route.request.post_data)["edits"]
        assert edit["path"] == ["input", 0, 0, 0]
        asked.append(edit["value"])
        if len(asked) == 1:
            held.append(route)
        else:
            route.continue_()

    stage.page.route("**/picture", hold)
    field = stage.field("input", 0, 0, 0)
    with stage.page.expect_request("**/picture"):
        field.fill("1")
    for number in range(2, 9):
        field.fill(str(number))
    held[0].continue_()
    expect(stage.cell(-1, 0, 0, 0)).to_have_attribute("data-value", "8")
    assert asked == [1, 8]


def test_what_is_no_number_is_told_beside_its_field_and_nothing_is_lost(stage):
    stage.open_plain()
    other = stage.field("layers", 4, "weight", 1, 1)
    field = stage.field("input", 0, 1, 1)
    for text, words in (
        ("abc", "Write a number"),
        ("", "Write a number"),
        ("1e999", "too large"),
        ("1,2,3", "Write a number"),
        ("Infinity", "Write a number"),
        ("0x10", "Write a number"),
    ):
        stage.edit(other, "0.75")
        good = figures(stage)
        field.fill(text)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(stage.note(field, "wrong")).to_contain_text(words)
        expect(field).to_have_accessible_description(re.compile(words))
        assert figures(stage) == good
        expect(field).to_have_value(text)
        expect(other).to_have_value("0.75")

        # Other numbers can be edited meanwhile, and what is wrong stays there to be mended.
        stage.edit(other, "0.5")
        assert figures(stage) != good
        expect(field).to_have_value(text)
        expect(field).to_have_attribute("aria-invalid", "true")
        stage.edit(field, "4")
        expect(field).not_to_have_attribute("aria-invalid", "true")
        expect(stage.note(field, "wrong")).to_have_count(0)
        expect(stage.cell(-1, 0, 1, 1)).to_have_attribute("data-value", "4")


def test_figures_that_overflow_are_refused_in_words_and_the_last_good_picture_stays(stage):
    stage.open_plain()
    good = figures(stage)
    field = stage.field("input", 0, 1, 1)
    field.fill("1e308")
    expect(stage.message).to_be_visible()
    expect(stage.message).to_contain_text(re.compile("large", re.IGNORECASE))
    assert figures(stage) == good
    expect(field).to_have_value("1e308")
    stage.edit(field, "3")
    expect(stage.message).to_be_hidden()


def error_page(route):
    route.fulfill(status=500, content_type="text/html", body="<h1>Internal</h1>")


def test_an_error_page_in_place_of_a_picture_is_told_and_loses_nothing(stage, problems):
    stage.open_plain()
    good, card = figures(stage), stage.receipt
    stage.page.route(re.compile("/(picture|inspector)$"), error_page)
    field = stage.field("layers", 4, "weight", 0, 0)
    with provoked(stage, problems, "Failed to load resource"):
        field.fill("2")
    expect(stage.message).to_contain_text(UNREADABLE)
    assert figures(stage) == good
    expect(field).to_have_value("2")
    assert stage.receipt == card
    stage.page.unroute_all()

    # The next edit brings both: what was typed meanwhile was kept.
    stage.edit(stage.field("layers", 4, "weight", 1, 0), "0")
    expect(stage.message).to_be_hidden()
    assert stage.receipt.terms == [[2, 2, 4], [3, 0, 0], [6, 0.25, 1.5]]


def test_an_error_page_in_place_of_a_receipt_is_told_and_loses_nothing(stage, problems):
    stage.open_plain()
    card = stage.receipt
    stage.page.route("**/inspector", error_page)
    with provoked(stage, problems, "Failed to load resource"):
        stage.cell(-1, 0, 3, 0).click()
    told = stage.inspector.get_by_role("alert")
    expect(told).to_contain_text(UNREADABLE)
    assert stage.receipt == card
    stage.page.unroute_all()
    stage.cell(-1, 0, 3, 0).click()
    stage.expect_inspected("-1", "0,3,0")
    expect(told).to_have_count(0)


def test_a_trace_the_server_forgot_is_answered_by_sending_the_network(stage):
    stage.open_plain()
    stage.edit(stage.field("layers", 4, "weight", 0, 0), "2")
    asked = []

    def forget(route):
        asked.append(json.loads(route.request.post_data))
        known = {**asked[-1], "trace": "never seen"} if "trace" in asked[-1] else asked[-1]
        route.continue_(post_data=json.dumps(known))

    stage.page.route("**/inspector", forget)
    stage.cell(2, 0, 0, 1).click()
    stage.expect_inspected("2", "0,0,1")
    assert [set(each) for each in asked] == [{"trace", "cell"}, {"network", "cell"}]
    assert asked[1]["network"]["layers"][4]["weight"][0][0] == 2
    assert stage.receipt.total == stage.number(stage.cell(2, 0, 0, 1))


def test_an_edit_while_it_plays_stops_it_and_shows_the_same_step(stage):
    stage.open_stopped()
    stage.go(2)
    stage.press("Space")
    stage.page.clock.run_for(1_000)
    assert stage.page.locator('.picture [data-part="falling"]').count()
    stage.field("layers", 4, "weight", 0, 0).fill("2")
    expect(stage.cell(2, 0, 0, 0)).to_have_attribute("data-gradient", "2.5")
    expect(stage.play).to_have_accessible_name("Play")
    assert stage.step == 3
    expect(stage.caption).to_contain_text("gets 4 + (−3) + 1.5 = 2.5")


def test_edits_in_the_second_lesson_follow_too(stage: Stage):
    stage.open_plain("/lesson/pool-convolution")
    stage.edit(stage.field("layers", 1, "weight", 0, 0, 1, 0), "5")
    assert stage.receipt.terms == [[1, 5, 5], [100, 1, 100]]
    expect(stage.answer).to_contain_text("1 × 5 + 100 × 1 = 105")
    expect(stage.answer).to_contain_text("would give 500")


def test_the_rule_for_ties_can_be_chosen(stage):
    stage.open_plain("/lesson/ties")
    stage.open_form()
    ties = stage.page.get_by_label("Max pool: ties")
    shown = {}
    for rule in ("last", "split", "all", "first"):
        stage.follow(lambda rule=rule: ties.select_option(rule))
        shown[rule] = [cell["gradient"] for cell in stage.cells if cell["layer"] == "-1"]
    assert shown == {
        "first": ["6", "0", "0", "0"],
        "last": ["0", "6", "0", "0"],
        "split": ["3", "3", "0", "0"],
        "all": ["6", "6", "0", "0"],
    }
    stage.follow(stage.page.locator("#undo").click)
    expect(ties).to_have_value('"all"')


def test_a_number_can_be_typed_over_where_it_stands(stage):
    stage.open_plain()
    cell = stage.cell(4, 0, 0, parameter="weight")
    cell.focus()
    stage.page.keyboard.press("Enter")
    field = cell.locator("input")
    expect(field).to_be_focused()
    expect(field).to_have_value("0.5")
    field.fill("abc")
    stage.page.keyboard.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("2")
    stage.follow(lambda: stage.page.keyboard.press("Enter"))
    expect(field).to_have_count(0)
    expect(cell).to_be_focused()
    expect(cell).to_have_attribute("data-value", "2")
    stage.page.keyboard.press("Enter")
    field.fill("7")
    stage.page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(cell).to_have_attribute("data-value", "2")
    expect(stage.field("layers", 4, "weight", 0, 0)).to_have_value("2")
    stage.follow(stage.page.locator("#undo").click)
    expect(cell).to_have_attribute("data-value", "0.5")


def test_a_number_can_be_dragged_and_the_whole_drag_is_one_edit(stage):
    stage.open_plain()
    stage.go(4)
    cell = stage.cell(4, 0, 0, parameter="weight")
    box = cell.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    stage.page.mouse.move(x, y)
    stage.page.mouse.down()
    stage.page.mouse.move(x + 60, y, steps=12)
    # On the way, the caption may say how far; at the end it tells of the new numbers.
    expect(stage.caption).to_contain_text("Each weight gets the gradient after it")
    stage.page.mouse.up()
    expect(cell).not_to_have_attribute("data-value", "0.5")
    expect(stage.page.locator("#undo")).to_be_enabled()
    stage.follow(stage.page.locator("#undo").click)
    expect(cell).to_have_attribute("data-value", "0.5")
    expect(stage.page.locator("#undo")).to_be_disabled()


def test_edited_numbers_survive_a_reload_and_reset_brings_the_lessons_back(stage):
    stage.open()
    first = figures(stage)
    stage.edit(stage.field("layers", 4, "weight", 0, 0), "2")
    edited = figures(stage)
    stage.open()
    expect(stage.cell(2, 0, 0, 0)).to_have_attribute("data-gradient", "2.5")
    assert figures(stage) == edited
    expect(stage.field("layers", 4, "weight", 0, 0)).to_have_value("2")
    stage.follow(stage.page.locator("#reset").click)
    assert figures(stage) == first
    stage.open()
    assert figures(stage) == first


@contextlib.contextmanager
def provoked(stage, problems, words):
    """The browser logs an error with these words, and it is no problem."""
    with stage.page.expect_console_message(lambda message: words in message.text):
        yield
    problems[:] = [problem for problem in problems if words not in problem]


def test_what_was_changed_is_listed_and_any_of_it_can_be_gone_back_to(stage):
    stage.open_plain()
    past = stage.page.locator("#past")
    expect(past).to_be_hidden()
    stage.edit(stage.field("layers", 4, "weight", 0, 0), "2")
    stage.follow(lambda: stage.field("head", "gradient", 1).fill("30"))
    past.locator("summary").click()
    entries = past.get_by_role("listitem")
    expect(entries).to_have_count(3)
    assert entries.all_inner_texts()[1:] == [
        "Fully connected: Weights, from neuron 0 to neuron 0: 0.5 → 2",
        "Upstream gradients, neuron 1: 3 → 30",
    ]
    first = entries.first.get_by_role("button")
    stage.follow(first.click)
    expect(first).to_be_focused()
    expect(first).to_have_attribute("aria-current", "step")
    expect(stage.cell(2, 0, 0, 0)).to_have_attribute("data-gradient", "-0.5")
    stage.follow(entries.nth(2).get_by_role("button").click)
    assert stage.number(stage.cell("head", 1)) == 30
    stage.press("Control+z")
    expect(entries.nth(1).get_by_role("button")).to_have_attribute("aria-current", "step")


def test_what_was_changed_in_the_picture_is_listed_by_its_cell(stage):
    stage.open_plain()
    stage.cell(-1, 0, 0, 0).dblclick()
    stage.page.keyboard.type("7")
    stage.follow(lambda: stage.page.keyboard.press("Enter"))
    stage.open_form()
    stage.page.locator("#past summary").click()
    expect(stage.page.locator("#past li").last).to_have_text("Input, row 0, column 0: 0 → 7")


def test_an_edit_that_gives_a_window_another_winner_says_so(stage):
    stage.open_plain()
    stage.edit(stage.field("input", 0, 2, 0), "20")
    said = (
        "ReLU, row 1, column 0 wins now: it takes the gradient of Max pool, row 0, column 0, which "
        "went to ReLU, row 1, column 1 before."
    )
    expect(stage.caption).to_have_text(said)
    assert stage.cell(1, 0, 1, 0).get_attribute("data-won") is not None
    assert stage.cell(1, 0, 1, 1).get_attribute("data-won") is None
    stage.edit(stage.field("head", "gradient", 0), "5")
    expect(stage.caption).not_to_contain_text("wins now")
