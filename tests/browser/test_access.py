"""Accessibility: axe, contrasts, small screens, the page without scripts, readable numbers."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.stage import EVERY_LESSON, LESSONS, NOT_WORDS, Stage

SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")

# The texts a reader sees or hears, and the attributes, of the page without its scripts and styles.
TEXTS = """() => {
  const seen = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const {parentElement, textContent} = walker.currentNode;
    if (!parentElement.closest("script, style, .labels") && textContent.trim())
      seen.push(textContent.trim());
  }
  const heard = [];
  const exact = [];
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest("svg.main-svg, script, style")) continue;
    for (const {name, value} of element.attributes) {
      if (["d", "transform", "viewBox", "points"].includes(name)) continue;
      if (["aria-label", "aria-valuetext", "aria-description", "alt"].includes(name))
        heard.push(value);
      else exact.push(`${name}=${value}`);
    }
  }
  return {seen, heard, exact};
}"""

# In attributes, numbers are exact.
NOT_NUMBERS = re.compile(r"NaN|undefined|Infinity|\bNone\b|np\.float64|\[object|-0(?![.\d])")


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]


def use(page, size, scheme):
    page.set_viewport_size(SIZES[size])
    page.emulate_media(color_scheme=scheme)


@pytest.mark.parametrize("path", EVERY_LESSON)
def test_axe_finds_nothing_in_a_lesson_as_it_opens(stage, path):
    stage.open_plain(path)
    for size, scheme in (("wide", "light"), ("narrow", "dark")):
        use(stage.page, size, scheme)
        assert violations(stage.page) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_any_state_of_the_page(stage, size, scheme):
    use(stage.page, size, scheme)
    stage.page.clock.install()
    stage.open_plain()
    assert violations(stage.page) == []
    stage.page.locator("#lessons summary").click()
    assert violations(stage.page) == []
    stage.page.locator("#lessons summary").click()

    stage.page.get_by_role("button", name="More options").click()
    assert violations(stage.page) == []
    stage.page.locator("#speed").select_option("0.5")
    stage.page.keyboard.press("Escape")
    stage.cell(-1, 0, 2, 1).click()
    stage.expect_inspected("-1", "0,2,1")
    if size == "narrow":
        expect(stage.page.locator("#sheet")).to_be_visible()
    assert violations(stage.page) == []

    # Held in the middle of a step, however long looking at it takes, and while it plays.
    stage.page.clock.pause_at(stage.page.evaluate("Date.now()") + 60_000)
    stage.go(2)
    stage.press("Space")
    stage.page.clock.run_for(2_600)
    stage.press("Space")
    expect(stage.play).to_have_accessible_name("Play")
    expect(stage.page.locator('.picture [data-part="falling"]').first).to_be_attached()
    stage.page.clock.resume()  # Axe waits for timers.
    assert violations(stage.page) == []
    stage.press("Space")
    expect(stage.play).to_have_accessible_name("Pause")
    assert violations(stage.page) == []
    stage.press("Space")

    # Typing over a number in the picture, and what is no number.
    stage.cell(-1, 0, 2, 1).click()  # brings its layer into the scene
    stage.expect_inspected("-1", "0,2,1")
    stage.cell(-1, 0, 2, 1).dblclick()
    field = stage.page.locator(".in-place")
    expect(field).to_be_focused()
    assert violations(stage.page) == []
    field.fill("abc")
    field.press("Enter")
    expect(stage.page.locator(".in-place-wrong")).to_be_visible()
    assert violations(stage.page) == []
    field.press("Escape")
    stage.cell(2, 0, 0, 0).click()
    stage.expect_inspected("2", "0,0,0")

    stage.field("input", 0, 1, 1).fill("abc")
    stage.edit(stage.field("layers", 4, "weight", 0, 0), "2")
    stage.page.locator(".onward summary").click()
    assert violations(stage.page) == []
    stage.press("Home")
    assert violations(stage.page) == []
    stage.press("?")
    expect(stage.page.locator("#help")).to_be_visible()
    assert violations(stage.page) == []


def contrast(a, b):
    """WCAG's contrast of two sRGB colours."""
    brighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour):
    linear = [
        x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
        for x in (channel / 255 for channel in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("path", EVERY_LESSON)
def test_narrow_screens_and_large_zoom_never_scroll_sideways(stage: Stage, path):
    stage.open_plain(path)
    for width in (390, 320, 720, 1024, 1440):
        stage.page.set_viewport_size({"width": width, "height": 844})
        stage.wait_for_frames()
        over = stage.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, width
        # Every cell lies within the page, and those of the scene apart from the others.
        boxes = stage.page.evaluate("""() =>
          [...document.querySelectorAll('[role="gridcell"]')].map((cell) => {
            const {x, y, width, height} = cell.getBoundingClientRect();
            return [x, y, width, height, cell.closest("[data-focus]") !== null];
          })""")
        for x, _, cell_width, cell_height, _ in boxes:
            assert x >= -1
            assert x + cell_width <= width + 1
            assert min(cell_width, cell_height) > 0
        focused = [(round(x), round(y)) for x, y, *_, isin in boxes if isin]
        assert len(set(focused)) == len(focused)


@pytest.mark.parametrize("width", [390, 720])
def test_narrow_and_zoomed_pages_play_pin_and_edit_as_the_wide_one_does(still, width):
    still.page.set_viewport_size({"width": width, "height": 844})
    still.open_plain()
    still.cell(-1, 0, 3, 0).click()
    still.expect_inspected("-1", "0,3,0")
    still.page.locator("#first").click()
    assert still.step == 0
    still.page.locator("#last").click()
    assert still.step == still.last
    still.edit(still.field("layers", 4, "weight", 0, 0), "2")
    expect(still.cell(2, 0, 0, 0)).to_have_attribute("data-gradient", "2.5")
    assert still.receipt.total == still.number(still.cell(-1, 0, 3, 0))


def test_on_a_phone_the_options_give_way_to_the_numbers(still):
    still.page.set_viewport_size(SIZES["narrow"])
    still.open_plain()
    still.page.locator("#more").click()
    still.page.locator("#edit-option").click()
    expect(still.page.locator("#drawer")).to_be_visible()
    expect(still.page.locator("#options")).to_be_hidden()
    expect(still.page.locator("#drawer-close")).to_be_focused()
    still.page.keyboard.press("Escape")
    expect(still.page.locator("#drawer")).to_be_hidden()


@pytest.mark.browser_context_args(java_script_enabled=False)
@pytest.mark.parametrize("path", LESSONS)
def test_without_scripts_the_question_can_be_read_and_the_answer_opened(stage, path):
    stage.page.goto(path)
    expect(stage.question).to_be_visible()
    assert all(cell["gradient"] for cell in stage.cells)
    card = stage.inspector.locator(".card")
    expect(card).to_be_hidden()
    stage.page.locator("#shown > summary").click()
    expect(card).to_be_visible()
    expect(stage.page.locator("#shown > p")).to_contain_text("=")
    assert stage.receipt.total == (-0.5 if path == "/" else 103)
    expect(stage.inspector.locator(".neighbour")).to_be_visible()
    assert "need scripts" in (stage.page.locator("main noscript").text_content() or "")
    expect(stage.caption).to_be_visible()
    for needs in stage.page.locator(".needs-scripts").all():
        expect(needs).to_be_hidden()
    assert stage.page.locator("#form input:visible").count() == 0
    assert stage.page.locator(".waterfall:visible").count() == 0


@pytest.mark.parametrize("path", EVERY_LESSON)
def test_no_step_shows_or_says_a_number_that_only_machines_read(still: Stage, path):
    still.open_plain(path)
    texts: list[dict[str, list[str]]] = []
    for whole_pass in (False, True):
        if whole_pass:
            still.options(lambda page: page.locator("#whole-pass").check())
        for step in range(still.last + 1):
            still.go(step)
            texts.append(still.page.evaluate(TEXTS))
    for each in texts:
        for words in (*each["seen"], *each["heard"]):
            assert not NOT_WORDS.search(words), words
        for attribute in each["exact"]:
            assert not NOT_NUMBERS.search(attribute), attribute
