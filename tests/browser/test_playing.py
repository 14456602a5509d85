"""The backward pass, played: forwards, back, by hand and by itself."""

import re

import pytest
from playwright.sync_api import expect

from app.text.numbers import figure
from tests.browser.stage import LESSONS, Stage

FALLING = '.picture [data-part="falling"]'
# Where what moves is now.
MOVING = (
    f"""() => [...document.querySelectorAll('{FALLING}')].map((node) => node.getAttribute("y"))"""
)


def terms(stage: Stage) -> list[str]:
    """The three numbers of each product that is written in the scene."""
    labels = stage.page.locator(".picture text[data-term]")
    return labels.evaluate_all("(labels) => labels.map((label) => label.dataset.term)")


def sum_shown(stage: Stage) -> str:
    """What the explained cell holds, as it is drawn."""
    return stage.page.locator('.picture [data-part="gradient"]').first.text_content() or ""


@pytest.mark.parametrize("path", LESSONS)
def test_forwards_and_back_again_every_step_looks_and_says_the_same(still: Stage, path):
    still.open(path)
    opened = still.state
    still.press("Home")
    ahead = [still.state]
    for _ in range(still.last):
        still.press("n")
        ahead.append(still.state)
    assert {**ahead[-1], "announced": ""} == {**opened, "announced": ""}
    assert len({state["caption"] for state in ahead}) == still.last + 1

    for state in reversed(ahead[:-1]):
        still.press("b")
        assert still.state == state
    assert still.step == 0


@pytest.mark.parametrize("path", LESSONS)
def test_what_is_not_computed_yet_is_empty_has_its_own_mark_and_says_so(still, path):
    still.open_plain(path)
    steps = still.data["picture"]["steps"]
    complete = {(cell["layer"], cell.get("parameter"), cell["index"]): cell for cell in still.cells}
    seen = 0
    for number, step in enumerate(steps):
        still.go(number)
        for cell in still.cells:
            place = cell["layer"], cell.get("parameter"), cell["index"]
            since = step["parameters_from" if "parameter" in cell else "gradients_from"]
            if cell["layer"] == "head" or int(cell["layer"]) >= since:
                for what in ("gradient", "label"):
                    assert cell[what] == complete[place][what]
            else:
                seen += 1
                assert cell["gradient"] == ""
                assert "zero" not in cell
                assert "gradient not computed yet" in cell["label"]
    assert seen


@pytest.mark.parametrize("path", LESSONS)
def test_each_step_has_its_own_sentence_with_numbers_and_says_it_to_screen_readers(still, path):
    still.open_plain(path)
    expect(still.announcer).to_have_attribute("role", "status")
    for number, step in enumerate(still.data["picture"]["steps"]):
        still.go(number)
        if step["phase"] not in ("start", "done"):
            assert re.search(r"\d", step["sentence"])
        assert step["sentence"].endswith(".")
        expect(still.caption).to_have_text(step["sentence"])
        expect(still.announcer).to_contain_text(f"Step {number} of {still.last}: {step['label']}.")
        expect(still.announcer).to_contain_text(step["sentence"])
        expect(still.scrubber).to_have_attribute("aria-valuetext", step["label"])
        expect(still.page.locator("#step-label")).to_have_text(step["label"])
        expect(still.page.locator("#step-count")).to_have_text(f"Step {number} of {still.last}")


def test_played_steps_end_exactly_as_those_one_goes_to(stage):
    stage.open_stopped(charts=True)
    for number in range(stage.last + 1):
        stage.go(number)
        stood = stage.state
        stage.go(max(0, number - 1))
        if number:
            stage.press("n")
            stage.page.clock.run_for(20_000)
        assert stage.state == stood


def test_play_starts_over_runs_to_the_end_by_itself_and_tells_each_step(stage):
    stage.open_stopped(charts=True)
    opened = stage.state
    stage.page.evaluate("""() => {
      window.told = [];
      new MutationObserver(() => told.push(announcer.textContent))
        .observe(announcer, {childList: true});
    }""")
    stage.press("Space")
    assert stage.step == 0
    expect(stage.play).to_have_accessible_name("Pause")
    stage.page.clock.run_for(60_000)
    expect(stage.play).to_have_accessible_name("Play")
    assert {**stage.state, "announced": ""} == {**opened, "announced": ""}
    told = stage.page.evaluate("told")
    assert [line.split(":")[0] for line in told] == [
        f"Step {number} of {stage.last}" for number in range(stage.last + 1)
    ]


def test_a_pause_holds_a_step_in_its_middle_and_play_goes_on_from_there(stage):
    stage.open_stopped()
    stage.go(2)
    stage.press("Space")
    stage.page.clock.run_for(1_500)
    stage.press("Space")
    expect(stage.play).to_have_accessible_name("Play")
    held = stage.state
    counting = stage.page.locator(FALLING).count()
    assert stage.step == 3
    assert counting
    assert stage.page.evaluate(MOVING)
    stage.page.clock.run_for(20_000)
    assert stage.state == held
    assert stage.page.locator(FALLING).count() == counting
    stage.press("Space")
    stage.page.clock.run_for(100)
    assert stage.step == 3
    assert stage.page.evaluate(MOVING)
    stage.page.clock.run_for(3_000)
    assert stage.step > 3


@pytest.mark.parametrize(("key", "step"), [("n", 4), ("b", 2), ("Home", 0)])
def test_a_held_step_leaves_nothing_behind(stage, key, step):
    stage.open_stopped()
    stage.go(step)
    stood = stage.state
    stage.go(2)
    stage.press("Space")
    stage.page.clock.run_for(1_500)
    stage.press("Space")
    assert stage.step == 3
    stage.press(key)
    stage.page.clock.run_for(20_000)
    assert stage.step == step
    assert {**stage.state, "announced": ""} == {**stood, "announced": ""}


def test_a_held_step_is_held_when_the_window_changes(stage):
    stage.open_stopped()
    stage.go(2)
    stage.press("Space")
    stage.page.clock.run_for(1_500)
    stage.press("Space")
    shown = sum_shown(stage)
    stage.page.set_viewport_size({"width": 1300, "height": 800})
    stage.page.clock.run_for(500)
    assert sum_shown(stage) == shown
    assert stage.page.evaluate(MOVING)


def test_the_inspector_tells_only_of_gradients_that_the_picture_has_reached(stage):
    """Also where nothing is pinned, and a cell is only pointed at."""
    stage.open_plain()
    stage.go(1)
    stage.press("Escape")
    ahead = stage.inspector.locator(".ahead")
    stage.cell("head", 0).hover()
    expect(ahead).to_be_hidden()
    stage.cell(2, 0, 0, 0).hover()
    stage.expect_inspected("2", "0,0,0")
    expect(ahead).to_be_visible()
    result = stage.inspector.locator(".sentence .result")
    seen = "result => [result.textContent, getComputedStyle(result).fontSize === '0px']"
    assert result.evaluate(seen) == ["−0.5.", True]
    stage.go(stage.last)
    assert result.evaluate(seen) == ["−0.5.", False]


def test_played_with_less_motion_it_steps_and_leaves_time_to_read(still):
    still.open_stopped()
    still.press("Space")
    steps = {still.step}
    for _ in range(30):
        still.page.clock.run_for(1_000)
        steps.add(still.step)
        assert still.page.locator(FALLING).count() == 0
    assert steps == set(range(still.last + 1))
    expect(still.play).to_have_accessible_name("Play")


def test_the_keys_play_step_and_go_to_the_ends_wherever_the_focus_is(still):
    still.open_stopped()
    still.press("Home")
    assert still.step == 0
    still.press("n")
    still.press("n")
    assert still.step == 2
    still.press("b")
    assert still.step == 1
    still.press("End")
    assert still.step == still.last
    still.press("n")
    assert still.step == still.last
    still.press("Home")
    still.press("b")
    assert still.step == 0

    for control in (still.scrubber, still.play):
        control.focus()
        step = still.step
        still.page.keyboard.press("n")
        assert still.step == step + 1

    still.play.focus()
    still.page.keyboard.press("Space")  # The button's own, once.
    expect(still.play).to_have_accessible_name("Pause")
    still.page.keyboard.press("Space")
    expect(still.play).to_have_accessible_name("Play")

    still.open_form()
    field = still.field("input", 0, 0, 0)
    field.focus()
    before = still.step
    for key in ("n", "b", "Home", "End", "Space"):
        still.page.keyboard.press(key)
    assert still.step == before


def test_the_buttons_and_the_scrubber_lead_to_the_same_steps(still):
    still.open_plain()
    first, back, forward, last = (
        still.page.locator(f"#{name}") for name in ("first", "back", "forward", "last")
    )
    expect(forward).to_be_disabled()
    expect(last).to_be_disabled()
    back.click()
    assert still.step == still.last - 1
    forward.click()
    assert still.step == still.last
    first.click()
    assert still.step == 0
    expect(first).to_be_disabled()
    expect(back).to_be_disabled()
    last.click()
    assert still.step == still.last

    # The rail is the slider: a press on it goes to the nearest stop.
    stop = still.page.locator('.picture [data-part="stop"]').nth(4).bounding_box()
    still.page.mouse.click(stop["x"] + stop["width"] / 2, stop["y"] + stop["height"] / 2)
    assert 0 < still.step < still.last
    scrubbed, step = still.state, still.step
    still.press("Home")
    for _ in range(step):
        still.press("n")
    assert still.state == scrubbed


def test_the_reader_sees_how_far_the_picture_is_behind_the_pinned_gradient(still):
    still.open()
    ahead = still.inspector.locator(".ahead")
    expect(ahead).to_be_hidden()
    still.press("Home")
    expect(ahead).to_be_visible()
    still.expect_waterfall([])
    still.press("End")
    expect(ahead).to_be_hidden()
    still.expect_waterfall([1, -3, 1.5, -0.5])


def test_values_gradients_or_both_are_shown_as_the_reader_asks(still):
    still.open_plain()
    still.go(3)
    gradients = still.page.locator('.picture .scene [data-part="gradient"]')
    corners = still.page.locator('.picture .scene [data-part="value"]')
    both = gradients.count(), corners.count()
    still.press("v")
    expect(gradients).to_have_count(0)
    still.press("g")
    assert gradients.count() == both[0]
    assert corners.count() < both[1]
    still.press("a")
    assert (gradients.count(), corners.count()) == both


def test_the_steps_tell_of_the_pinned_cell_and_write_each_of_its_products_once(still):
    still.open_plain()
    asked = []
    still.page.on("request", lambda request: asked.append(request.url))
    still.cell(2, 0, 1, 1).click()
    still.expect_inspected("2", "0,1,1")
    assert not any(url.endswith("/story") for url in asked)  # Its words are not in view yet.
    with still.page.expect_response("**/story"):
        still.go(2)
    for step in (2, 3):
        still.go(step)
        expect(still.page.locator("#stage")).to_have_attribute("data-scene", "2")
        assert terms(still) == ["2 0 0", "3 1 3", "6 -1 -6"]
    still.go(2)
    expect(still.caption).to_contain_text("Towards max pool, row 1, column 1: 2 × 0 = 0")
    # With nothing pinned that a step could tell of, it tells of an example, as does the inspector.
    with still.page.expect_response("**/story"):
        still.cell(-1, 0, 0, 0).click()
    still.go(2)
    expect(still.caption).to_contain_text("Towards max pool, row 0, column 0")
    still.expect_inspected("2", "0,0,0")


def test_a_click_on_a_miniature_opens_its_layer_while_the_pass_stays_where_it_is(still):
    still.open_plain()
    gradients = [cell["gradient"] for cell in still.cells]
    still.go(3)
    known = [cell["gradient"] for cell in still.cells]
    still.cell(0, 0, 1, 1).click()
    expect(still.page.locator("#stage")).to_have_attribute("data-scene", "0")
    expect(still.page.locator('.grid[data-key="0"]')).to_have_attribute("data-focus", "")
    still.expect_inspected("0", "0,1,1")
    assert (still.step, [cell["gradient"] for cell in still.cells]) == (3, known)
    still.press("End")
    expect(still.page.locator("#stage")).to_have_attribute("data-scene", "done")
    assert [cell["gradient"] for cell in still.cells] == gradients


@pytest.mark.parametrize(("path", "step", "key"), [("/", 3, (2, 0, 0, 0)), ("/", 8, (-1, 0, 2, 1))])
def test_running_sums_are_the_partial_sums_of_the_engines_products(stage, client, path, step, key):
    stage.open_stopped(path, charts=True)
    layer, *index = key
    stage.cell(layer, *index).click()
    stage.go(step - 1)
    question = {"network": stage.data["document"], "cell": {"layer": layer, "index": index}}
    products = [
        term["product"] for term in client.post("/api/receipt", json=question).get_json()["terms"]
    ]
    partial = [figure(sum(products[: i + 1])) for i in range(len(products))]
    stage.press("n")
    total = stage.inspector.locator("#receipt tfoot td")
    read = "(cell) => cell.closest('.card').style.getPropertyValue('--so-far')"
    seen: list[str] = []
    bars: list[int] = []
    for _ in range(80):
        stage.page.clock.run_for(50)
        if stage.inspector.get_attribute("data-ahead") is None:
            break
        said = total.evaluate(read).strip('"')
        if said not in seen[-1:]:
            seen.append(said)
        bars.append(len(stage.waterfall))
    assert seen == ["…", *partial[:-1]]
    assert sorted(set(bars)) == list(range(len(products)))
    assert bars == sorted(bars)
    assert len(stage.waterfall) == len(products) + 1


def test_chips_fall_into_the_cell_and_not_where_the_system_asks_for_less_motion(stage):
    stage.open_stopped()
    for motion, moves in (("no-preference", True), ("reduce", False)):
        stage.page.emulate_media(reduced_motion=motion)
        stage.go(2)
        stage.press("n")
        stage.page.clock.run_for(500)
        early = stage.page.evaluate(MOVING)
        stage.page.clock.run_for(150)
        assert (stage.page.evaluate(MOVING) != early) == moves
        assert (stage.page.locator(FALLING).count() > 0) == moves


def test_a_kernel_is_laid_over_the_map_and_each_of_its_products_is_led_to_its_place(still: Stage):
    still.open_plain("/")
    steps = still.data["picture"]["steps"]
    kernel = next(
        number
        for number, step in enumerate(steps)
        if step["phase"] == "add" and (step["pair"] or {}).get("kind") == "convolution"
    )
    still.go(kernel)
    scene = still.page.locator(".picture .scene")
    added = still.receipt.terms
    assert sorted(numbers(still)) == sorted(added)
    expect(scene.locator('[data-part="factor"]')).to_have_count(len(added))
    led = [product for product in still.receipt.products if product]
    expect(scene.locator('[data-part="curve"]')).to_have_count(len(led))
    still.press("n")
    learned = [product for product in still.receipt.products if product]
    assert sorted(product for _, _, product in numbers(still) if product) == sorted(learned)


def numbers(stage: Stage) -> list[list[float]]:
    """The terms that are written, as numbers."""
    return [[float(number) for number in term.split()] for term in terms(stage)]
