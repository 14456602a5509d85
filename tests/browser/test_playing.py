"""The backward pass, played: forwards, back, by hand and by itself."""

import re
from itertools import groupby

import pytest
from playwright.sync_api import expect

from app.text.numbers import figure
from tests.browser.stage import DOTS, LESSONS, Stage

# What the cells of a grid show while they add up, and how many bars the waterfall has.
SUMS = """(layer) => ({
  cells: [...document.querySelectorAll(
    `[role="gridcell"][data-layer="${layer}"]:not([data-parameter])`,
  )].map((cell) => cell.querySelector(".gradient").textContent),
  bars: document.querySelector("#waterfall").data[0].y.length,
})"""

MOVING = f"""async () => [
  ...[...document.querySelectorAll(".over .chip")]
    .filter((node) => node.checkVisibility({{visibilityProperty: true}}))
    .map((node) => node.getAttribute("transform")),
  ...{DOTS},
]"""

HIDDEN = "node => getComputedStyle(node, '::before').content"


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
                for what in ("gradient", "said", "label"):
                    assert cell[what] == complete[place][what]
            else:
                seen += 1
                assert (cell["gradient"], cell["said"]) == ("", "")
                assert "zero" not in cell
                assert "gradient not computed yet" in cell["label"]
    assert seen

    still.press("Home")
    assert still.cell(-1, 0, 0, 0).locator(".gradient").evaluate(HIDDEN) == '"·"'
    still.press("End")
    assert still.cell(-1, 0, 0, 0).locator(".gradient").evaluate(HIDDEN) == "none"


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
        expect(still.page.locator(".labels .current")).to_have_text(step["label"])


def test_played_steps_end_exactly_as_those_one_goes_to(stage):
    stage.open_stopped(charts=True)
    for number in range(stage.last + 1):
        stage.go(number)
        stood = stage.state
        stage.go(max(0, number - 1))
        if number:
            stage.press("n")
            stage.page.clock.run_for(5_000)
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


@pytest.mark.parametrize(
    ("path", "layer", "step", "pinned"),
    [("/", 2, 3, 0), ("/", -1, 8, None), ("/lesson/pool-convolution", 0, 3, 3)],
)
def test_running_sums_are_the_partial_sums_of_the_engines_products(
    stage, client, path, layer, step, pinned
):
    stage.open_stopped(path, charts=True)
    document = stage.data["document"]
    stage.go(step - 1)
    shapes = [
        [int(i) for i in cell["index"].split(",")]
        for cell in stage.cells
        if cell["layer"] == str(layer) and "parameter" not in cell
    ]
    partial = []
    for index in shapes:
        question = {"network": document, "cell": {"layer": layer, "index": index}}
        receipt = client.post("/api/receipt", json=question).get_json()
        sums = [sum(term["product"] for term in receipt["terms"][: i + 1])
                for i in range(len(receipt["terms"]))]  # fmt: skip
        partial.append([figure(total) for total in sums])

    stage.press("n")
    seen: list[list[str]] = [[] for _ in partial]
    bars = []
    adding = True
    while adding:
        stage.page.clock.run_for(50)
        adding = stage.page.locator(".summing").count() > 0
        shown = stage.page.evaluate(SUMS, layer)
        bars.append(shown["bars"])
        for texts, text in zip(seen, shown["cells"], strict=True):
            if text not in texts[-1:]:
                texts.append(text)
    for texts, sums in zip(seen, partial, strict=True):
        assert set(texts) <= {"·", *sums}
    longest = max(range(len(seen)), key=lambda at: len(set(partial[at])))
    different = [text for text, _ in groupby(partial[longest])]
    assert len(different) > 2
    assert [text for text in seen[longest] if text != "·"] == different
    if pinned is not None:  # Bar by bar, then the last one together with the sum.
        terms = len(partial[pinned])
        assert sorted(set(bars)) == [*range(terms), terms + 1]
        assert bars == sorted(bars)


def test_a_pause_holds_a_step_in_its_middle_and_play_goes_on_from_there(stage):
    stage.open_stopped()
    stage.go(2)
    stage.press("Space")
    stage.page.clock.run_for(1_500)
    stage.press("Space")
    expect(stage.play).to_have_accessible_name("Play")
    held = stage.state
    counting = stage.page.locator(".summing").count()
    assert stage.step == 3
    assert counting
    assert stage.page.evaluate(MOVING)
    stage.page.clock.run_for(20_000)
    assert stage.state == held
    assert stage.page.locator(".summing").count() == counting
    stage.press("Space")
    stage.page.clock.run_for(100)
    assert stage.step == 3
    assert stage.page.evaluate(MOVING) not in ([], held["over"])
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
    stage.page.clock.run_for(5_000)
    assert stage.step == step
    assert {**stage.state, "announced": ""} == {**stood, "announced": ""}


def test_a_held_step_is_held_when_the_window_changes(stage):
    stage.open_stopped()
    stage.go(2)
    stage.press("Space")
    stage.page.clock.run_for(1_500)
    stage.press("Space")
    sums = stage.page.locator(".summing .gradient").all_inner_texts()
    stage.page.set_viewport_size({"width": 1300, "height": 800})
    stage.page.clock.run_for(500)
    assert stage.page.locator(".summing .gradient").all_inner_texts() == sums
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


def test_gradients_move_along_their_curves_and_not_where_the_system_asks_for_less_motion(stage):
    stage.open_stopped()
    for motion, moves in (("no-preference", True), ("reduce", False)):
        stage.page.emulate_media(reduced_motion=motion)
        stage.go(2)
        stage.press("n")
        stage.page.clock.run_for(300)
        early = stage.page.evaluate(MOVING)
        stage.page.clock.run_for(400)
        assert (stage.page.evaluate(MOVING) != early) == moves
        assert (stage.page.locator(".summing").count() > 0) == moves


def test_played_with_less_motion_it_steps_and_leaves_time_to_read(still):
    still.open_stopped()
    still.press("Space")
    steps = {still.step}
    for _ in range(30):
        still.page.clock.run_for(1_000)
        steps.add(still.step)
        assert still.page.locator(".summing").count() == 0
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

    for control in (still.page.get_by_role("radio", name="Gradients"), still.scrubber, still.play):
        control.focus()
        step = still.step
        still.page.keyboard.press("n")
        assert still.step == step + 1

    still.play.focus()
    still.page.keyboard.press("Space")  # The button's own, once.
    expect(still.play).to_have_accessible_name("Pause")
    still.page.keyboard.press("Space")
    expect(still.play).to_have_accessible_name("Play")

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

    box = still.scrubber.bounding_box()
    still.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
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
    assert still.waterfall == []
    still.press("End")
    expect(ahead).to_be_hidden()
    assert still.waterfall == [1, -3, 1.5, -0.5]


def test_values_gradients_or_both_are_shown_as_the_reader_asks(still):
    still.open()
    cell = still.cell(2, 0, 0, 0)
    value, gradient = cell.locator(".value"), cell.locator(".gradient")
    for key, sees_value, sees_gradient in (
        ("v", True, False),
        ("g", False, True),
        ("a", True, True),
    ):
        still.press(key)
        assert value.is_visible() == sees_value
        assert gradient.is_visible() == sees_gradient
    still.page.get_by_role("radio", name="Values").click()
    expect(gradient).to_be_hidden()
    colours = still.state["colours"]
    still.press("a")
    assert still.state["colours"] != colours


def test_the_steps_tell_of_the_pinned_cell_and_label_its_products(still):
    still.open_plain()
    with still.page.expect_response("**/story"):
        still.cell(2, 0, 1, 1).click()
    still.go(2)
    expect(still.caption).to_contain_text("Towards max pool, row 1, column 1: 2 × 0 = 0")
    shown = still.page.locator(".over .chip:visible").all_text_contents()
    assert shown == ["3 × 1", "6 × (−1)"]
    # With nothing pinned that a step could tell of, it tells of an example, which is marked.
    with still.page.expect_response("**/story"):
        still.cell(-1, 0, 0, 0).click()
    expect(still.caption).to_contain_text("Towards max pool, row 0, column 0")
    expect(still.cell(2, 0, 0, 0)).to_have_class(re.compile(r"\btold\b"))


@pytest.mark.parametrize("number", ["0.5", "−12.345", "−1234.5"])
def test_labels_stand_one_under_the_other_in_the_order_of_the_neurons(still, number):
    still.page.set_viewport_size({"width": 1440, "height": 900})
    still.open_plain()
    with still.page.expect_response("**/story"):
        still.page.get_by_label("Fully connected: Weights, from neuron 0 to neuron 1").fill(number)
    for step in (still.last, 2):
        still.go(step)
        chips = still.page.locator(".over .chip:visible")
        tops = chips.evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect().y)")
        assert [text.split(" ")[0] for text in chips.all_text_contents()] == ["2", "3", "6"]
        assert tops == sorted(tops)
        assert tops[0] + 22 <= tops[1] <= tops[2] - 22


def test_the_step_of_the_weights_shows_what_one_of_them_is_made_of(still):
    still.open_plain()
    still.go(4)
    expect(still.caption).to_contain_text("6 × 9 = 54")
    expect(still.page.locator(".over .tag")).to_have_text(["6 × 9"])
    told = still.page.locator('[role="gridcell"].told')
    places = told.evaluate_all("cells => cells.map(({dataset: d}) => [d.layer, d.index])")
    assert places == [["2", "0,0,0"], ["4", "2,0"], ["4", "2"]]
    # A kernel's weight has other terms, which its label does not hide.
    still.go(still.last - 1)
    expect(still.page.locator(".over .tag")).to_have_text(re.compile(r" × .+ \+ …$"))


def test_at_rest_the_pinned_gradient_is_followed_down_to_the_input(still):
    still.open_plain()
    joined = still.page.locator('[role="gridcell"].joined:not([data-parameter])')
    places = joined.evaluate_all("cells => cells.map(({dataset: d}) => [d.layer, d.index])")
    assert [index for layer, index in places if layer == "-1"] == [
        "0,1,1", "0,1,2", "0,2,1", "0,2,2",
    ]  # fmt: skip
    assert [index for layer, index in places if layer == "0"] == ["0,1,1"]
    # Before it is known, nothing goes on.
    still.go(2)
    seen = "(all) => all.filter((each) => getComputedStyle(each).visibility === 'visible').length"
    assert still.page.locator(".under .curve").evaluate_all(seen) == 3
    # The other windows' routes step back.
    still.go(still.last)
    assert still.page.locator(".routes .aside").count() == 3
