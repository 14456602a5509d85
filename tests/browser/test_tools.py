"""The page's other tools: both passes, addresses, paths, nudges, checks, scripts, size."""

import json
import re
import subprocess
import sys

from playwright.sync_api import Route, expect


def test_the_forward_pass_can_be_played_too_and_shows_no_value_before_its_time(still):
    still.open()
    opened = still.state
    still.options(lambda page: page.locator("#whole-pass").check())
    assert still.step == 0
    steps = [*still.data["picture"]["forward"], *still.data["picture"]["steps"]]
    assert still.last == len(steps) - 1
    for number, step in enumerate(steps):
        still.go(number)
        expect(still.caption).to_have_text(step["sentence"])
        for cell in still.cells:
            given = "parameter" in cell or cell["layer"] == "head"
            known = given or int(cell["layer"]) <= step["values_to"]
            assert (cell["value"] != "") == known
            assert ("value not computed yet" in cell["label"]) != known
    assert still.state == {**opened, "announced": still.state["announced"],
                           "picture": still.state["picture"],
                           "scrubber": still.state["scrubber"]}  # fmt: skip
    still.options(lambda page: page.locator("#whole-pass").uncheck())
    assert {**still.state, "announced": ""} == {**opened, "announced": ""}


def test_a_step_has_an_address_that_can_be_shared_and_gone_back_to(still):
    still.open_plain()
    still.go(3)
    expect(still.page).to_have_url(re.compile("/#step=3$"))
    shown = still.state
    still.open_plain("/lesson/pool-convolution")
    still.open_plain("/#step=3")
    assert still.step == 3
    assert {**still.state, "announced": ""} == {**shown, "announced": ""}
    still.page.evaluate("location.hash = '#step=1'")
    expect(still.scrubber).to_have_value("1")
    still.press("End")
    expect(still.page).not_to_have_url(re.compile("#"))
    for nonsense in ("#step=99", "#step=x", "#step=", "#step=1.5", "#other"):
        still.page.goto("about:blank")
        still.open_plain(f"/{nonsense}")
        assert still.step == still.last


def test_a_step_of_the_forward_pass_has_an_address_too(still):
    still.open_plain()
    still.options(lambda page: page.locator("#whole-pass").check())
    still.go(2)
    expect(still.page).to_have_url(re.compile("#step=-"))
    shown, address = still.state, still.page.url
    still.page.goto("about:blank")
    still.open_plain(address)
    expect(still.page.locator("#whole-pass")).to_be_checked()
    assert still.step == 2
    assert {**still.state, "announced": ""} == {**shown, "announced": ""}


def test_every_path_to_a_cell_is_listed_lights_up_and_adds_up(stage):
    stage.open_plain()
    stage.cell(-1, 0, 2, 1).click()
    stage.expect_inspected("-1", "0,2,1")
    section = stage.inspector.locator('[data-section="paths"]')
    section.locator("summary").click()
    rows = section.locator("tbody tr[data-cells]")
    expect(rows).to_have_count(6)
    products = [float(text.split("= ")[-1].replace("−", "-")) for text in rows.all_inner_texts()]
    assert sum(products) == -8
    rows.first.hover()
    pointed = stage.page.locator(".pointed")
    assert pointed.count() == len(json.loads(rows.first.get_attribute("data-cells")))
    # It stays open for the next cell, and tells of that one.
    stage.cell(2, 0, 1, 0).click()
    stage.expect_inspected("2", "0,1,0")
    expect(section).to_have_attribute("open", "")
    expect(section.locator("tfoot")).to_contain_text("7")


def test_the_margin_of_a_maximum_is_told(stage):
    stage.open_plain()
    section = stage.inspector.locator('[data-section="margins"]')
    section.locator("summary").click()
    expect(section.locator("li").first).to_contain_text("by 1, the route switches")


def test_a_nudge_typed_fast_keeps_what_was_typed_and_shows_the_newest(stage):
    stage.open_plain()
    stage.cell(4, 0, 0, parameter="weight").click()
    stage.expect_inspected("4.weight", "0,0")
    section = stage.inspector.locator('[data-section="nudge"]')
    section.locator("summary").click()
    field = section.locator('[name="by"]')
    expect(field).to_be_visible()
    held: list[Route] = []

    def hold(route):
        if held:
            route.continue_()
        else:
            held.append(route)

    stage.page.route("**/inspector/nudge", hold)
    with stage.page.expect_request("**/inspector/nudge"):
        field.fill("1")
    field.press_sequentially("25")
    with stage.page.expect_response("**/inspector/nudge"):
        held[0].continue_()
    chart = section.locator("[data-nudge]")
    expect(chart).to_have_attribute("data-nudge", re.compile('"by":125'))
    expect(field).to_have_value("125")
    expect(field).to_be_focused()
    field.press_sequentially("x")
    expect(field).to_have_attribute("aria-invalid", "true")


def test_ones_own_numbers_are_checked(stage):
    stage.open_plain()
    for text, verdict, wrong in (
        ("[[-0.5, -1], [7, -3]]", "right", 0),
        ("[[11, 11], [11, 11]]", "differs", 4),
        ("-0.5 -1\n7 -3", "right", 0),
        ("[[-0.5, -1], [7, 3]]", "differs", 1),
        ("tensor([[[-0.5000, -1.0000], [ 7.0000, -3.0000]]])", "right", 0),
    ):
        stage.page.locator("#check-text").fill(text)
        with stage.page.expect_response("**/check"):
            stage.page.get_by_role("button", name="Check", exact=True).click()
        expect(stage.page.locator(f"#check-result .verdict.{verdict}")).to_be_visible()
        expect(stage.page.locator("#check-result .wrong")).to_have_count(wrong)


def test_a_verdict_that_comes_after_an_edit_is_said_to_be_of_older_numbers(stage):
    stage.open_plain()
    page, result = stage.page, stage.page.locator("#check-result")
    held: list[Route] = []
    page.route("**/check", lambda route: held.append(route))
    page.locator("#check-text").fill("[[-0.5, -1], [7, -3]]")
    with page.expect_request("**/check"):
        page.get_by_role("button", name="Check", exact=True).click()
    stage.field("layers", 4, "weight", 0, 0).fill("9")
    expect(stage.cell(4, 0, 0, parameter="weight")).to_have_attribute("data-value", "9")
    held[0].continue_()
    expect(result.locator(".verdict.right")).to_be_attached()
    expect(result).to_have_class("stale")
    assert result.get_attribute("data-stale")


def test_numbers_that_cannot_be_read_are_said_so_without_an_error_in_the_console(stage):
    stage.open_plain()
    stage.page.locator("#check-text").fill("eleven, everywhere")
    stage.page.get_by_role("button", name="Check", exact=True).click()
    expect(stage.page.locator("#check-message")).not_to_be_empty()
    expect(stage.page.locator("#check-text")).to_have_value("eleven, everywhere")


def test_the_numpy_script_of_an_edited_network_runs_and_agrees(stage, tmp_path):
    stage.open_plain()
    stage.edit(stage.field("layers", 4, "weight", 0, 0), "2")
    stage.page.get_by_role("button", name="numpy script").click()
    with stage.page.expect_download() as download:
        stage.page.locator("#download").click()
    script = tmp_path / download.value.suggested_filename
    download.value.save_as(script)
    assert script.read_text() == stage.page.locator("#script").text_content()
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "2.5" in done.stdout


def test_large_for_a_projector_is_larger_and_still_fits(stage):
    stage.page.set_viewport_size({"width": 1440, "height": 900})
    stage.open_plain()
    stage.go(3)
    size = "cell => cell.getBoundingClientRect().width"
    before = stage.cell(2, 0, 0, 0).evaluate(size)
    stage.options(lambda page: page.locator("#projector").click())
    expect(stage.page.locator("#projector")).to_have_attribute("aria-pressed", "true")
    assert stage.cell(2, 0, 0, 0).evaluate(size) > before
    over = stage.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0
    low = stage.page.locator(".transport").bounding_box()
    assert low["y"] + low["height"] <= 900
