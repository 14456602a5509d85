"""The layout: nothing moves while the steps play, and no word covers another."""

from itertools import combinations

import pytest
from playwright.sync_api import expect

from tests.browser.stage import EVERY_LESSON, LENET

SIZES = {
    "wide": {"width": 1440, "height": 900},
    "laptop": {"width": 1024, "height": 768},
    "tablet": {"width": 820, "height": 1180},
    "narrow": {"width": 390, "height": 844},
}

# What stands on the page, in its own coordinates; what moves by design is not among it.
BOXES = """() => Object.fromEntries(
  [...document.querySelectorAll(
    ".headline, .frame, .stage-panel, #stage, .caption, .transport, .transport button"
  )].map((element, i) => {
    const {x, y, width, height} = element.getBoundingClientRect();
    // The sentence may be longer than the one before; nothing depends on its height.
    // On a narrow page the inspector stands below, and the frame ends where its text does.
    const isText = element.matches(innerWidth <= 820 ? ".caption, .frame" : ".caption");
    return [`${i} ${element.id || element.className}`,
      [x + scrollX, y + scrollY, width, isText ? 0 : height]];
  })
)"""

# The words and numbers of the scene, with where they are, and the cells.
TEXTS = """() => {
  const box = (node) => {
    const {left, top, right, bottom} = node.getBoundingClientRect();
    // Of a line of text, what is inked: neither the room above nor below it.
    const less = (bottom - top) * 0.17;
    return [left, top + less, right, bottom - less];
  };
  const frame = document.querySelector("#stage").getBoundingClientRect();
  const caption = document.querySelector(".caption");
  const rects = (what) => [...document.querySelectorAll(`.picture .scene ${what}`)]
    .map((node) => node.getBoundingClientRect());
  const [drawn, written] = [rects("[data-part=cell]"), rects("text")];
  const isBare = (cell) => {
    const own = cell.getBoundingClientRect();
    const {left, top, right, bottom, width, height} = own;
    return width >= 28 && height >= 28 && Number(cell.dataset.gradient) &&
      drawn.some((each) => Math.hypot(each.left - left, each.top - top) < 8) &&
      !written.some((each) => each.right > left && each.left < right &&
        each.bottom > top && each.top < bottom);
  };
  return {
    bare: [...document.querySelectorAll("[data-focus] [role=gridcell]")].filter(isBare)
      .map(({ariaLabel}) => ariaLabel),
    cut: Math.max(0, caption.scrollHeight - caption.clientHeight - 1),
    frame: [frame.left, frame.top, frame.right, frame.bottom],
    texts: [...document.querySelectorAll(".picture .scene text")]
      .filter((node) => node.textContent.trim())
      .map((node) => [node.textContent, ...box(node)]),
  };
}"""

# What of the field for a guess and its buttons is cut, or lies over a cell or a word of the scene.
COVERED = """() => {
  const box = (node) => node.getBoundingClientRect();
  const others = [...document.querySelectorAll(
    ".picture .scene text, [data-focus] [role=gridcell]"
  )].filter((node) => (node.role || node.textContent.trim()) && !node.closest("[hidden]"));
  const stage = box(document.querySelector("#stage"));
  return [...document.querySelectorAll("#ask input, #ask button")].flatMap((own) => {
    const a = box(own);
    const isCut = a.left < stage.left || a.right > stage.right || a.bottom > stage.bottom;
    return [
      ...(isCut ? [[own.id, "is cut"]] : []),
      ...others
        .filter((other) => {
          const b = box(other);
          const less = other.closest("svg") ? (b.bottom - b.top) * 0.17 : 0;
          return a.left < b.right - 1 && b.left < a.right - 1 &&
            a.top < b.bottom - less - 1 && b.top + less < a.bottom - 1;
        })
        .map((other) => [own.id, other.textContent.trim()]),
    ];
  });
}"""

# What is told of each step, the caption and the account of its cell, is text anew each time.
WATCH = """() => {
  window.shifts = [];
  const told = (node) => (node?.closest ? node : node?.parentElement)?.closest(
    ".caption, #inspector .card",
  );
  new PerformanceObserver((list) => {
    for (const {sources} of list.getEntries())
      for (const {node, previousRect} of sources)
        if (!told(node)) window.shifts.push([
          node?.nodeName, previousRect.x, previousRect.y, previousRect.width,
        ]);
  }).observe({type: "layout-shift", buffered: false});
}"""


def test_nothing_moves_while_the_founding_lesson_plays_from_start_to_end(stage):
    stage.page.set_viewport_size(SIZES["wide"])
    stage.open()
    stage.options(lambda page: page.locator("#speed").select_option("4"))
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


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", EVERY_LESSON)
def test_at_no_step_a_word_or_number_of_the_scene_covers_another_or_leaves_it(still, path, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain(path)
    for step in range(still.last + 1):
        still.go(step)
        expect_apart(still, step)


@pytest.mark.parametrize("size", SIZES)
def test_the_field_for_a_guess_covers_no_number_and_no_word_of_the_scene(still, size):
    still.page.set_viewport_size(SIZES[size])
    for path in EVERY_LESSON:
        still.open_plain(path, asks=True)
        assert still.page.evaluate(COVERED) == [], path


@pytest.mark.parametrize("size", ["wide", "laptop", "tablet"])
@pytest.mark.parametrize("path", ["/", LENET])
def test_every_entry_of_the_legend_is_in_sight_and_none_lies_on_the_scene(still, path, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain(path)
    legend = still.page.locator(".legend")
    box = legend.bounding_box()
    low = box["y"] + box["height"]
    entries = legend.locator("> span:visible").all()
    assert len(entries) > 6
    # What a value is in the scenes: a small number in the corner.
    expect(legend.locator('[data-sign="value"] .swatch')).to_have_text("9")
    for entry in entries:
        own = entry.bounding_box()
        middle = own["y"] + own["height"] / 2
        assert box["y"] + 5 < middle < low - 5, entry.text_content()
    stage, panel = (still.page.locator(each).bounding_box() for each in ("#stage", ".stage-panel"))
    assert stage["y"] + stage["height"] <= box["y"] + 1
    assert low <= panel["y"] + panel["height"] + 1


@pytest.mark.parametrize("size", SIZES)
def test_lenets_drawing_and_its_loss_fit_every_page(still, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain(LENET)
    for step in (still.last, 1):
        still.go(step)
        expect_apart(still, step)
    drawn = still.page.locator('.picture .scene [data-part="strand"]')
    still.go(still.last)
    assert drawn.count() > 60  # a line for each neuron that the pinned cell's gradient comes from
    assert still.page.locator(".opened:visible").count() == 0


@pytest.mark.parametrize("size", SIZES)
def test_in_the_bar_the_name_of_a_lesson_stays_within_it(still, size):
    still.page.set_viewport_size(SIZES[size])
    for path in ("/lesson/sigmoid-loss", LENET):
        still.open_plain(path)
        bar, menu = (still.page.locator(each).bounding_box() for each in (".bar", "#lessons"))
        assert bar["y"] <= menu["y"]
        assert menu["y"] + menu["height"] <= bar["y"] + bar["height"]


def expect_apart(still, step):
    """No text leaves the scene, covers another or is cut, and no gradient with room is left out."""
    seen = still.page.evaluate(TEXTS)
    assert not seen["cut"], step
    assert not seen["bare"], step
    left, top, right, bottom = seen["frame"]
    for text, x, y, x_end, y_end in seen["texts"]:
        place = (step, text)
        assert x >= left - 1, place
        assert x_end <= right + 1, place
        assert y >= top - 1, place
        assert y_end <= bottom + 1, place
    for one, other in combinations(seen["texts"], 2):
        apart = (
            one[3] <= other[1] + 1
            or other[3] <= one[1] + 1
            or one[4] <= other[2] + 1
            or other[4] <= one[2] + 1
        )
        assert apart, (step, one, other)


def test_the_options_are_in_one_menu(stage):
    stage.page.set_viewport_size(SIZES["narrow"])
    stage.open_plain()
    speed = stage.page.locator("#speed")
    expect(speed).to_be_hidden()
    stage.page.get_by_role("button", name="More options").click()
    expect(speed).to_be_visible()
    stage.page.keyboard.press("Escape")
    expect(speed).to_be_hidden()
    # What stood open was closed; the pinned cell stays pinned.
    expect(stage.page.locator('[aria-selected="true"]')).to_have_count(1)


@pytest.mark.browser_context_args(has_touch=True, viewport=SIZES["narrow"])
def test_on_a_phone_each_step_has_its_scene_and_its_sentence_in_view(stage):
    stage.open_stopped()
    stage.page.locator("#first").tap()
    for step in range(stage.last + 1):
        stage.go(step)
        low = stage.page.locator(".transport").bounding_box()["y"]
        for place in (stage.caption, stage.page.locator(".picture .scene")):
            box = place.bounding_box()
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= low + 1, step
