"""For every reader: what axe finds, contrasts, small screens, no scripts, no unreadable numbers."""

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
    stage.open()
    assert violations(stage.page) == []
    stage.page.locator("#lessons summary").click()
    assert violations(stage.page) == []
    stage.page.locator("#lessons summary").click()

    # On a phone, behind a button; what was tapped is said beside the transport.
    if size == "narrow":
        stage.page.get_by_role("button", name="Speed and more").click()
        assert violations(stage.page) == []
    stage.page.locator("#speed").select_option("0.5")
    stage.page.keyboard.press("Escape")
    stage.cell(-1, 0, 2, 1).click()
    stage.expect_inspected("-1", "0,2,1")
    if size == "narrow":
        expect(stage.page.locator("#sheet")).to_be_visible()
    assert violations(stage.page) == []

    # Held in the middle of a step, however long looking at it takes, and while it plays.
    stage.go(2)
    stage.page.clock.pause_at(stage.page.evaluate("Date.now()") + 60_000)
    stage.press("Space")
    stage.page.clock.run_for(2_000)
    stage.press("Space")
    stage.page.clock.resume()  # Axe waits for timers.
    expect(stage.play).to_have_accessible_name("Play")
    expect(stage.page.locator(".summing").first).to_be_attached()
    assert violations(stage.page) == []
    stage.press("Space")
    expect(stage.play).to_have_accessible_name("Pause")
    assert violations(stage.page) == []

    # Typing over a number in the picture, and what is no number.
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


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_numbers_of_a_cell_read_on_every_colour_it_may_have(stage, scheme):
    stage.page.emulate_media(color_scheme=scheme)
    stage.open_plain()
    colours = stage.page.evaluate("""() => {
      const resolved = (name) => {
        const probe = document.createElement("i");
        probe.style.color = `var(${name})`;
        document.body.append(probe);
        const {color} = getComputedStyle(probe);
        probe.remove();
        return color.match(/[\\d.]+/g).slice(0, 3).map(Number);
      };
      return Object.fromEntries(
        ["on-cell", "on-zero", "zero", "positive", "negative"].map((name) => [
          name, resolved(`--${name}`),
        ]),
      );
    }""")
    zero = colours["zero"]
    assert contrast(colours["on-zero"], zero) >= 4.5
    for pole in ("positive", "negative"):
        for level in range(11):
            ground = [a + (b - a) * level / 10 for a, b in zip(zero, colours[pole], strict=True)]
            assert contrast(colours["on-cell"], ground) >= 4.5, (pole, level)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_cells_that_lost_are_dimmed_and_can_still_be_read(still, scheme):
    still.page.emulate_media(color_scheme=scheme)
    still.open_plain("/lesson/pool-convolution")
    phases = [step["phase"] for step in still.data["picture"]["steps"]]
    still.go(phases.index("route"))
    assert "dim" in next(cell for cell in still.cells if cell.get("zero") == "lost")["classes"]
    dimmed = still.page.evaluate("""() => {
      const cell = document.querySelector('[role="gridcell"].dim');
      return [...cell.querySelectorAll(".value, .gradient")].map((span) => {
        const {color, opacity} = getComputedStyle(span);
        return [color.match(/[\\d.]+/g).slice(0, 3).map(Number), Number(opacity)];
      });
    }""")
    ground = still.page.evaluate("""() => {
      const probe = document.createElement("i");
      probe.style.color = "var(--zero)";
      document.body.append(probe);
      return getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
    }""")
    for colour, opacity in dimmed:
        seen = [b + (a - b) * opacity for a, b in zip(colour, ground, strict=True)]
        assert contrast(seen, ground) >= 4.5
    assert min(opacity for _, opacity in dimmed) < 1


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
        over = stage.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, width
        # Every cell lies within the page, apart from the others, and is large enough to hit.
        boxes = stage.page.evaluate("""() =>
          [...document.querySelectorAll('[role="gridcell"]')].map((cell) => {
            const {x, y, width, height} = cell.getBoundingClientRect();
            return [x, y, width, height];
          })""")
        for x, _, cell_width, cell_height in boxes:
            assert x >= 0
            assert x + cell_width <= width
            assert min(cell_width, cell_height) >= 26
        places = {(round(x), round(y)) for x, y, _, _ in boxes}
        assert len(places) == len(boxes)


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


@pytest.mark.browser_context_args(java_script_enabled=False)
@pytest.mark.parametrize("path", LESSONS)
def test_without_scripts_the_numbers_and_the_answer_can_be_read(stage, client, path):
    stage.page.goto(path)
    expect(stage.question).to_be_visible()
    expect(stage.answer).to_contain_text("=")
    cells = stage.cells
    assert all(cell["gradient"] for cell in cells)
    for cell in stage.page.locator('[role="gridcell"] .gradient').all():
        expect(cell).to_be_visible()
    shown = stage.page.locator('[role="gridcell"][data-gradient="7"] .gradient').all()
    for cell in shown:
        expect(cell).to_have_text("7")
    assert stage.receipt.total == (-0.5 if path == "/" else 103)
    expect(stage.inspector.locator("#receipt")).to_be_visible()
    expect(stage.inspector.locator(".neighbour")).to_be_visible()
    assert "need scripts" in (stage.page.locator("main noscript").text_content() or "")
    expect(stage.caption).to_be_visible()
    for needs in stage.page.locator(".needs-scripts").all():
        expect(needs).to_be_hidden()
    assert stage.page.locator("#form input:visible").count() == 0
    assert stage.page.locator(".transport:visible").count() == 0
    assert stage.page.locator(".waterfall:visible").count() == 0
    # Colours too, though Plotly never comes.
    background = "cell => getComputedStyle(cell).backgroundColor"
    colours = {each.evaluate(background) for each in stage.page.locator('[role="gridcell"]').all()}
    assert len(colours) > 5


@pytest.mark.parametrize("path", EVERY_LESSON)
def test_no_step_shows_or_says_a_number_that_only_machines_read(still: Stage, path):
    still.open_plain(path)
    texts: list[dict[str, list[str]]] = []
    for whole_pass in (False, True):
        still.page.locator("#whole-pass").set_checked(whole_pass)
        for step in range(still.last + 1):
            still.go(step)
            texts.append(still.page.evaluate(TEXTS))
    for each in texts:
        for words in (*each["seen"], *each["heard"]):
            assert not NOT_WORDS.search(words), words
        for attribute in each["exact"]:
            assert not NOT_NUMBERS.search(attribute), attribute
