"""Journeys of a reader through the page, in each browser that is here.

They go through what browsers do differently: keys and the focus, pointers, addresses, popovers,
files, videos, and how text and colours are drawn. All else, `tests/browser` tests in Chromium.
"""

import re

import pytest
from selenium.webdriver.common.keys import Keys

KEY = {"right": Keys.ARROW_RIGHT, "down": Keys.ARROW_DOWN, "left": Keys.ARROW_LEFT}

# The texts of the scene and the spine that reach beyond the picture, and the pairs that overlap,
# with the fonts of this browser.
COLLISIONS = """
const stage = document.querySelector("#stage").getBoundingClientRect();
const texts = [...document.querySelectorAll(".picture .scene text")]
  .filter((node) => node.textContent.trim())
  .map((node) => {
    const {left, top, right, bottom} = node.getBoundingClientRect();
    const less = (bottom - top) * 0.2;
    return {said: node.textContent, left, top: top + less, right, bottom: bottom - less};
  });
const found = texts
  .filter(({left, right, bottom}) =>
    left < stage.left - 1 || right > stage.right + 1 || bottom > stage.bottom + 1)
  .map(({said}) => said);
texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
  if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5 &&
      Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1.5)
    found.push(`${a.said} | ${b.said}`);
}));
return found;
"""


# --- the question ------------------------------------------------------------------------------


def test_a_guess_that_a_mistake_explains_gets_its_sentence_and_the_receipt(reader):
    reader.open(asks=True)
    assert reader.shown("#ask")
    assert not reader.shown("#shown")
    reader.fill("#guess", "11")
    reader.click("#guess-check")
    reader.wait("return answer.textContent.includes('You guessed 11: that is 2 + 3 + 6')")
    assert not reader.shown("#ask")
    assert reader.receipt == [[2, 0.5, 1], [3, -1, -3], [6, 0.25, 1.5], [-0.5]]


def test_show_me_lets_the_terms_fall_into_the_cell(reader):
    reader.open(asks=True)
    reader.click("#show-me")
    reader.wait("return !document.querySelector('#inspector').hasAttribute('data-ahead')")
    assert reader.count(".picture text[data-term]") == 3
    assert reader.pinned == ["2", "0,0,0"]


# --- the steps ---------------------------------------------------------------------------------


def test_played_from_the_question_the_pass_runs_to_its_end(reader):
    reader.open(asks=True)
    reader.options(lambda: reader.choose("#speed", "4"))
    reader.click("#play")
    assert not reader.shown("#ask")
    reader.expect(lambda: reader.step, reader.last)
    reader.wait("return play.dataset.playing === 'false'")


def test_keys_step_go_back_and_go_to_the_ends(reader):
    reader.open()
    reader.press(Keys.HOME)
    reader.expect(lambda: reader.step, 0)
    reader.press("n")
    reader.expect(lambda: reader.step, 1)
    reader.press("n", "n", "b")
    reader.expect(lambda: reader.step, 2)
    reader.press(Keys.END)
    reader.expect(lambda: reader.step, reader.last)


def test_a_hundred_and_twenty_steps_in_one_breath_leave_the_page_playing(reader):
    """A browser that counts the addresses a page gives itself refuses the hundred-and-first."""
    reader.open()
    reader.run("scrubber.focus()")
    for _ in range(5):
        reader.press(*[KEY["right"], KEY["left"]] * 12)
    reader.options(lambda: reader.choose("#speed", "4"))
    reader.press(Keys.HOME)
    reader.click("#play")
    reader.expect(lambda: reader.step, reader.last)
    reader.press(Keys.HOME)
    reader.wait("return location.hash === '#step=0'")


def test_a_link_to_a_step_opens_there_and_the_way_back_works(reader):
    reader.open("/#step=3", asks=True)
    assert reader.step == 3
    assert not reader.shown("#ask")
    reader.run("location.hash = '#step=1'")
    reader.expect(lambda: reader.step, 1)
    reader.run("history.back()")
    reader.expect(lambda: reader.step, 3)
    reader.reload()
    reader.expect(lambda: reader.step, 3)


def test_the_rail_is_dragged_from_step_to_step(reader):
    reader.open()
    rail = reader.box("#scrubber")
    reader.press(Keys.HOME)
    reader.expect(lambda: reader.step, 0)
    start = reader.box("#scrubber")
    middle = {name: int(start[name] + 12) for name in ("x", "y")}
    actions = reader.actions
    actions.w3c_actions.pointer_action.move_to_location(middle["x"], middle["y"])
    actions.w3c_actions.pointer_action.pointer_down()
    for share in range(1, 11):
        x = int(start["x"] + 12 + (rail["x"] - start["x"]) * share / 10)
        actions.w3c_actions.pointer_action.move_to_location(x, middle["y"])
    actions.w3c_actions.pointer_action.pointer_up()
    actions.perform()
    reader.expect(lambda: reader.step, reader.last)
    assert reader.run("return String(getSelection())") == ""


@pytest.mark.parametrize("width", [1440, 390])
def test_at_each_step_of_the_lessons_no_text_covers_another_in_the_fonts_of_this_browser(
    reader, width
):
    reader.size(width, 900)
    for path in ("/", "/lesson/overlapping-windows", "/lesson/pool-convolution"):
        reader.open(path)
        for step in range(reader.last + 1):
            reader.run(
                "scrubber.value = arguments[0]; scrubber.dispatchEvent(new Event('input'))", step
            )
            reader.frames()
            assert reader.run(COLLISIONS) == [], f"{path} {step}"


# --- cells -------------------------------------------------------------------------------------


def test_a_click_pins_a_cell_and_escape_lets_go(reader):
    reader.open()
    reader.click(reader.cell(2, 0, 1, 0))
    reader.expect(lambda: reader.pinned, ["2", "0,1,0"])
    selected = reader.find(reader.cell(2, 0, 1, 0))
    assert selected.get_attribute("aria-selected") == "true"
    reader.press(Keys.ESCAPE)
    reader.wait(lambda: selected.get_attribute("aria-selected") == "false")


def test_a_miniature_opens_its_layer(reader):
    reader.open("/#step=3")
    reader.click(reader.cell(0, 0, 1, 1))
    reader.expect(lambda: reader.scene, "0")
    reader.expect(lambda: reader.pinned, ["0", "0,1,1"])
    assert reader.step == 3


def test_arrows_go_through_the_cells_as_they_are_drawn_and_enter_pins(reader):
    reader.open("/#step=4")
    reader.click(reader.cell(0, 0, 0, 0))
    reader.press(KEY["right"], KEY["down"])
    assert reader.focused["index"] == "0,1,1"
    reader.press(Keys.ENTER)
    reader.expect(lambda: reader.pinned, ["0", "0,1,1"])


def test_after_a_click_the_keys_show_where_the_focus_is(reader):
    reader.open()
    reader.click(reader.cell(2, 0, 0, 0))
    reader.press(KEY["right"])
    ring = "return getComputedStyle(document.activeElement)[arguments[0]]"
    assert reader.focused["index"] == "0,0,1"
    assert reader.run(ring, "outlineStyle") == "solid"
    assert reader.run(ring, "outlineWidth") == "3px"


def test_pointing_previews_a_cell_while_none_is_pinned(reader):
    reader.open()
    reader.press(Keys.ESCAPE)
    reader.actions.move_to_element(reader.find(reader.cell(2, 0, 1, 1))).perform()
    reader.expect(lambda: reader.pinned, ["2", "0,1,1"])


# --- editing -----------------------------------------------------------------------------------


def test_a_number_typed_in_the_form_changes_the_picture_and_can_be_undone(reader):
    reader.open()
    reader.fill(reader.field("layers", 4, "weight", 0, 0), "2")
    gradient = "return document.querySelector(arguments[0]).dataset.gradient"
    reader.expect(lambda: reader.run(gradient, reader.cell(2, 0, 0, 0)), "2.5")
    reader.expect(lambda: reader.receipt[-1], [2.5])
    reader.click("#undo")
    reader.expect(lambda: reader.run(gradient, reader.cell(2, 0, 0, 0)), "-0.5")


def test_a_number_dragged_sideways_follows_and_nothing_is_selected(reader):
    reader.open("/#step=2")
    weight = reader.cell(4, 0, 0, parameter="weight")
    actions = reader.actions.click_and_hold(reader.find(weight))
    for _ in range(6):
        actions.move_by_offset(12, 2)
    actions.release().perform()
    value = "return Number(document.querySelector(arguments[0]).dataset.value)"
    reader.wait(lambda: reader.run(value, weight) > 0.7)
    assert reader.run("return String(getSelection())") == ""


def test_a_double_click_types_over_a_number_where_it_stands(reader):
    reader.open("/#step=2")
    weight = reader.cell(4, 0, 0, parameter="weight")
    reader.click_twice(weight)
    reader.fill(".in-place", "2" + Keys.ENTER)
    value = "return document.querySelector(arguments[0]).dataset.value"
    reader.expect(lambda: reader.run(value, weight), "2")


def test_what_is_no_number_stays_with_its_message_beside_it(reader):
    reader.open()
    field = reader.field("input", 0, 1, 1)
    reader.fill(field, "eleven")
    reader.wait(lambda: reader.find(field).get_attribute("aria-invalid") == "true")
    assert reader.value(field) == "eleven"
    said = reader.run("return arguments[0].parentNode.textContent", reader.find(field))
    assert "Write a number" in said


def test_what_was_edited_outlives_a_reload(reader):
    reader.open()
    reader.fill(reader.field("layers", 4, "weight", 0, 0), "2")
    gradient = "return document.querySelector(arguments[0]).dataset.gradient"
    reader.expect(lambda: reader.run(gradient, reader.cell(2, 0, 0, 0)), "2.5")
    reader.reload()
    reader.expect(lambda: reader.run(gradient, reader.cell(2, 0, 0, 0)), "2.5")


# --- the page ----------------------------------------------------------------------------------


def test_the_menu_of_lessons_has_one_mark_and_leads_to_another(reader):
    reader.open()
    # Another mark would stand before the words.
    before = """
      const summary = document.querySelector("#lessons summary");
      const words = document.createRange();
      words.selectNodeContents(summary);
      const style = getComputedStyle(summary);
      return words.getBoundingClientRect().left - summary.getBoundingClientRect().left
        - parseFloat(style.paddingLeft) - parseFloat(style.borderLeftWidth);
    """
    assert reader.run(before) == pytest.approx(0, abs=1)
    reader.click("#lessons summary")
    reader.click("#lessons a[href$='pool-convolution']")
    reader.wait("return location.pathname.endsWith('/lesson/pool-convolution')")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_options_are_a_small_panel_that_escape_closes(reader, width):
    reader.size(width, 844)
    reader.open()
    reader.click("#more")
    reader.wait(lambda: reader.shown("#options"))
    box = reader.box("#options")
    wide, high = reader.run("return [innerWidth, innerHeight]")
    assert box["height"] < 0.7 * high
    assert box["left"] >= 0
    assert box["right"] <= wide
    reader.press(Keys.ESCAPE)
    reader.wait(lambda: not reader.shown("#options"))
    assert reader.run("return document.querySelector('#inspector .card').dataset.key") == "2"


def test_large_for_a_projector_draws_each_cell_where_its_gridcell_lies(reader):
    reader.open("/#step=3")
    small = reader.box(reader.cell(2, 0, 0, 0))
    reader.options(lambda: reader.click("#projector"))
    reader.wait(lambda: reader.box(reader.cell(2, 0, 0, 0))["width"] > small["width"])
    cell = reader.box(reader.cell(2, 0, 0, 0))
    ring = reader.box('.scene [data-part="ring"]')
    middle = [
        (box["left"] + box["width"] / 2, box["top"] + box["height"] / 2) for box in (cell, ring)
    ]
    assert middle[0] == pytest.approx(middle[1], abs=2)
    assert cell["width"] < ring["width"] < cell["width"] * 1.4
    assert reader.run("return document.documentElement.scrollWidth <= innerWidth")
    assert reader.run(COLLISIONS) == []


def test_light_and_dark_colour_the_page_and_its_cells(reader):
    reader.open("/#step=3")
    shade = (
        "const {backgroundColor, color} = getComputedStyle(document.body);"
        "const fill = getComputedStyle(document.querySelector("
        "'.scene [data-part=\"chip\"]')).fill;"
        "return [backgroundColor, color, fill].map((each) =>"
        "each.match(/[\\d.]+/g).slice(0, 3).reduce((sum, x) => sum + Number(x), 0)"
        " * (each.startsWith('color(') ? 255 : 1))"
    )
    seen: dict[str, list[float]] = {}
    while len(seen) < 2:
        reader.click("#theme")
        theme = reader.run("return document.documentElement.dataset.theme")
        if theme:
            seen[theme] = reader.run(shade)
    light, dark = seen["light"], seen["dark"]
    assert light[0] > 600 > 300 > light[1]
    assert dark[0] < 100 < 600 < dark[1]
    assert light[2] > 400 > dark[2]  # a chip is pale where the page is, and dark where it is


def test_no_colour_of_the_picture_is_unknown_to_this_browser(reader):
    reader.open("/#step=3")
    unknown = """
    const styles = [...document.querySelectorAll(".picture [style]")].map((node) => [
      node.getAttribute("style"), getComputedStyle(node).fill]);
    return styles.filter(([asked, got]) =>
      /fill:(var|color-mix)/.test(asked) && /^(none|rgb\\(0, 0, 0\\))$/.test(got));
    """
    assert reader.run(unknown) == []


def test_beside_the_builder_every_entry_of_the_legend_is_in_sight(reader):
    reader.size(1024, 768)
    reader.open("/new/two-channels")
    assert reader.shown("#builder")
    assert (
        reader.run("""
      const {bottom} = document.querySelector(".legend").getBoundingClientRect();
      return [...document.querySelectorAll(".legend > span")]
        .filter((each) => each.offsetWidth && each.getBoundingClientRect().bottom > bottom + 1)
        .map((each) => each.textContent);
    """)
        == []
    )


def test_the_four_terms_of_an_input_cell_are_in_sight_without_scrolling(reader):
    reader.open("/#step=8")
    reader.expect(lambda: reader.pinned, ["-1", "0,1,2"])
    reader.expect(
        lambda: reader.run("""
          const rows = document.querySelector(".card .rows");
          return [rows.querySelectorAll("tbody tr").length,
            rows.scrollHeight - rows.clientHeight <= 1, rows.scrollWidth - rows.clientWidth];
        """),
        [4, True, 0],
    )


def test_lenets_receipt_fits_its_panel_beside_the_scrollbar(reader):
    reader.open("/lesson/lenet")
    reader.wait("return document.querySelector('#receipt tbody tr') !== null")
    assert reader.run("""
      const panel = document.querySelector("#inspector");
      const rows = panel.querySelector(".rows");
      return [panel.scrollWidth - panel.clientWidth, rows.scrollWidth - rows.clientWidth];
    """) == [0, 0]


def test_lenet_opens_plays_a_step_and_answers_a_click(reader):
    reader.open("/lesson/lenet")
    reader.press(Keys.HOME)
    reader.expect(lambda: reader.step, 0)
    reader.press("n")
    reader.expect(lambda: reader.step, 1)
    reader.press("n")
    reader.wait("return document.querySelector('#scrubber').value === '2'")
    key = reader.scene
    cell = reader.find(f'[role="gridcell"][data-layer="{key}"]:not([data-parameter])')
    index = cell.get_attribute("data-index")
    reader.run("arguments[0].click()", cell)
    reader.expect(lambda: reader.pinned, [key, index])


# --- what is taken away ------------------------------------------------------------------------


def test_the_picture_is_saved_as_svg(reader):
    reader.open("/#step=3")
    reader.click("#take-svg")
    reader.expect(lambda: [kind for kind, _ in reader.saved], ["image/svg+xml"])
    assert reader.saved[0][1] > 10_000
    svg = reader.driver.execute_async_script(
        "const done = arguments[0]; saved[0].text().then(done)"
    )
    assert "2 × 0.5" in re.sub("<[^>]*>", "", svg)


def test_the_picture_is_saved_as_png(reader):
    reader.open("/#step=3")
    reader.click("#take-png")
    reader.expect(lambda: [kind for kind, _ in reader.saved], ["image/png"])
    assert reader.saved[0][1] > 10_000


def test_a_video_has_something_in_it_or_is_refused_in_words(reader):
    reader.open("/lesson/ties")
    reader.options(lambda: reader.choose("#speed", "4"))
    reader.click("#take-video")
    message = "return document.querySelector('#film-message').textContent"
    said = reader.wait(message)
    if reader.saved:
        ((kind, size),) = reader.saved
        assert kind.startswith("video/")
        assert size > 20_000
    else:
        assert "record" in said


def test_ones_own_numbers_are_checked(reader):
    reader.open()
    reader.fill("#check-text", "[[11, 11], [11, 11]]")
    reader.click("#check button[type=submit]")
    reader.wait("return document.querySelector('#check-result .verdict.differs') !== null")
    assert reader.count("#check-result .wrong") == 4


def test_the_script_is_shown_and_can_be_downloaded(reader):
    reader.open()
    reader.click("[data-script=numpy]")
    reader.wait(lambda: "import numpy" in reader.text("#script"))
    assert reader.find("#download").get_attribute("download").endswith(".py")
