"""Where things stand: nothing moves while the steps play, no number is covered, tables line up."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.stage import EVERY_LESSON, LESSONS

SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}

# What stands on the page, in its own coordinates; what moves by design is not among it.
BOXES = """() => Object.fromEntries(
  [...document.querySelectorAll(
    ".headline, .stage-panel, .grid, .planes, .legend, .caption, .transport, #scrubber, " +
    "#inspector, #inspector .figures, #receipt, #waterfall, .edit"
  )].map((element, i) => {
    const {x, y, width, height} = element.getBoundingClientRect();
    return [`${i} ${element.id || element.className}`, [x + scrollX, y + scrollY, width, height]];
  })
)"""

WATCH = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const {value, sources} of list.getEntries())
      window.shifts.push([value, sources.map(({node, previousRect}) => [
        node?.nodeName, previousRect.x, previousRect.y, previousRect.width,
      ])]);
  }).observe({type: "layout-shift", buffered: false});
}"""


def test_nothing_moves_while_the_founding_lesson_plays_from_start_to_end(stage):
    stage.page.set_viewport_size(SIZES["wide"])
    stage.open()
    stage.page.locator("#speed").select_option("4")
    stage.press("Home")
    boxes = stage.page.evaluate(BOXES)
    stage.page.evaluate(WATCH)
    stage.press("Space")
    for step in range(1, stage.last + 1):
        stage.page.wait_for_function("step => Number(scrubber.value) >= step", arg=step)
        assert stage.page.evaluate(BOXES) == boxes
    expect(stage.play).to_have_accessible_name("Play")
    assert stage.page.evaluate(BOXES) == boxes
    assert stage.page.evaluate("window.shifts") == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", EVERY_LESSON)
def test_every_step_of_a_lesson_leaves_everything_in_its_place(still, path, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain(path)
    boxes = still.page.evaluate(BOXES)
    for step in range(still.last + 1):
        still.go(step)
        assert still.page.evaluate(BOXES) == boxes, step


@pytest.mark.parametrize("path", LESSONS)
def test_the_tables_of_a_row_begin_at_one_height(still, path):
    still.page.set_viewport_size(SIZES["wide"])
    still.open_plain(path)
    tops = still.page.evaluate("""() =>
      [...document.querySelectorAll(".block:not(.parameters) table")].map(
        (table) => table.getBoundingClientRect().y)""")
    assert len(tops) > 3
    assert max(tops) - min(tops) < 0.5


@pytest.mark.parametrize("size", SIZES)
def test_three_numbers_in_one_cell_never_meet(still, size):
    """After an edit: the value, the gradient and the old one of them."""
    still.page.set_viewport_size(SIZES[size])
    still.open_plain()
    still.edit(still.field("layers", 4, "weight", 0, 0), "2")
    cells = still.page.evaluate("""() => {
      const box = (span) => {
        const range = document.createRange();
        range.selectNodeContents(span);
        const {x, y, width, height} = range.getBoundingClientRect();
        // Of a line of digits, what is inked: neither the room above nor below it.
        const size = parseFloat(getComputedStyle(span).fontSize);
        return {x, y: y + height / 2 - size * 0.38, width, height: size * 0.76};
      };
      return [...document.querySelectorAll('[role="gridcell"]')]
        .filter((cell) => cell.querySelector(".was").textContent)
        .map((cell) => [box(cell), ...[...cell.children].map(box)]);
    }""")
    assert len(cells) >= 10
    for _, *spans in cells:
        by_height = sorted(spans, key=lambda span: span["y"])
        for upper, lower in pairwise(by_height):
            assert upper["y"] + upper["height"] <= lower["y"]


@pytest.mark.parametrize("path", LESSONS)
def test_labels_stand_in_the_gaps_between_grids(still, path):
    still.page.set_viewport_size(SIZES["wide"])
    still.open_plain(path)
    phases = [step["phase"] for step in still.data["picture"]["steps"]]
    still.go(phases.index("multiply"))
    chips, tables = still.page.evaluate("""() =>
      [".over .chip", "table[role=grid]"].map((each) =>
        [...document.querySelectorAll(each)]
          .filter((node) => node.checkVisibility({visibilityProperty: true}))
          .map((node) => {
            const {left, top, right, bottom} = node.getBoundingClientRect();
            return [left, top, right, bottom];
          }))""")
    assert chips
    for left, top, right, bottom in chips:
        for x, y, x_end, y_end in tables:
            assert right <= x + 2 or left >= x_end - 2 or bottom <= y + 2 or top >= y_end - 2


def test_on_a_phone_the_transport_is_low_and_keeps_the_rest_behind_a_button(stage):
    stage.page.set_viewport_size(SIZES["narrow"])
    stage.open_plain()
    assert stage.page.locator(".transport").bounding_box()["height"] <= 80
    speed = stage.page.locator("#speed")
    expect(speed).to_be_hidden()
    more = stage.page.get_by_role("button", name="Speed and more")
    more.click()
    expect(speed).to_be_visible()
    stage.page.locator("#follow").check()
    stage.page.keyboard.press("Escape")
    expect(speed).to_be_hidden()
    # What stood open was closed; the pinned cell stays pinned.
    expect(stage.page.locator('[aria-selected="true"]')).to_have_count(1)

    stage.page.set_viewport_size(SIZES["wide"])
    expect(speed).to_be_visible()
    expect(more).to_be_hidden()


# Widths of windows whose scrollbar takes 15 pixels of 1280, 1366 and 1440.
@pytest.mark.parametrize("width", [1265, 1351, 1425])
@pytest.mark.parametrize("path", EVERY_LESSON)
def test_on_a_laptop_all_maps_stand_in_one_row(still, path, width):
    still.page.set_viewport_size({"width": width, "height": 720})
    still.open_plain(path)
    tops = still.page.locator(".block:not(.parameters) .planes").evaluate_all(
        "(all) => all.map((each) => each.getBoundingClientRect().y)"
    )
    assert len(tops) > 2
    assert max(tops) - min(tops) < 1
    over = "(scene) => [scene.scrollWidth, scene.clientWidth]"
    inside, room = still.page.locator("#stage").evaluate(over)
    assert inside <= room


def test_for_a_projector_the_whole_picture_stands_over_the_steps_sentence(still):
    still.page.set_viewport_size(SIZES["wide"])
    still.open_plain()
    size = "(cell) => cell.getBoundingClientRect().width"
    before = still.cell(2, 0, 0, 0).evaluate(size)
    still.page.locator("#projector").click()
    assert still.cell(2, 0, 0, 0).evaluate(size) > before
    bottoms = still.page.locator("#stage table").evaluate_all(
        "(all) => all.map((each) => each.getBoundingClientRect().bottom)"
    )
    caption = still.page.locator("p.caption").bounding_box()
    assert caption is not None
    assert max(bottoms) <= caption["y"] + 1
    assert caption["y"] + caption["height"] < SIZES["wide"]["height"]


@pytest.mark.browser_context_args(has_touch=True, viewport=SIZES["narrow"])
def test_on_a_phone_what_plays_and_what_it_means_are_in_sight(stage):
    stage.open_stopped()
    stage.page.locator("#first").tap()
    steps = stage.data["picture"]["steps"]
    box = "(each) => { const {top, bottom} = each.getBoundingClientRect(); return [top, bottom]; }"
    stage.press("Space")
    for number, step in enumerate(steps):
        if step["phase"] not in ("add", "route", "pass"):
            continue
        while stage.step < number:
            stage.page.clock.run_for(100)
        reached = stage.data["picture"]["moves"][str(step["layer"])]["target"]
        # Scrolling has its own time, which the page's clock does not stop.
        stage.page.wait_for_function(
            """(reached) => {
              const table = document.querySelector(`.grid[data-key="${reached}"] table`);
              const {top, bottom} = table.getBoundingClientRect();
              const strip = document.querySelector(".strip").getBoundingClientRect();
              return top >= 0 && bottom <= strip.top + 1;
            }""",
            arg=reached,
        )
        _, low = stage.caption.evaluate(box)
        assert low <= SIZES["narrow"]["height"]
