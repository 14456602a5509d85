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
    expect(legend.locator(".swatch.grey")).to_have_text("9")
    for entry in entries:
        own = entry.bounding_box()
        middle = own["y"] + own["height"] / 2
        assert box["y"] + 5 < middle < low - 5, entry.text_content()
    stage, panel = (still.page.locator(each).bounding_box() for each in ("#stage", ".stage-panel"))
    assert stage["y"] + stage["height"] <= box["y"] + 1
    assert low <= panel["y"] + panel["height"] + 1


# Fields that open a channel and are cut by the stage's edge; names of the spine under a miniature.
BESIDE_SCENE = """() => {
  const box = (node) => node.getBoundingClientRect();
  const stage = box(document.querySelector("#stage"));
  const cut = [...document.querySelectorAll(".opened")]
    .filter((each) => each.checkVisibility())
    .filter((each) => [each, ...each.children].map(box).some(
      ({left, right, bottom}) =>
        left < stage.left || right > stage.right || bottom > stage.bottom,
    ));
  const minis = [...document.querySelectorAll(".picture .spine image")].map(box);
  const covered = [...document.querySelectorAll(".picture .spine [data-part=name]")]
    .filter((name) => {
      const own = box(name);
      return minis.some(({left, right, top, bottom}) =>
        left < own.right - 1 && right > own.left + 1 &&
        top < own.bottom - 3 && bottom > own.top + 3);
    });
  return [...cut, ...covered].map((each) => each.textContent.trim());
}"""


@pytest.mark.parametrize("size", SIZES)
def test_every_step_of_lenet_fits_every_page(still, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain(LENET)
    for step in range(still.last + 1):
        still.go(step)
        expect_apart(still, step)
        assert still.page.evaluate(BESIDE_SCENE) == [], step
    drawn = still.page.locator('.picture .scene [data-part="strand"]')
    still.go(still.last)
    assert drawn.count() > 60  # a line for each neuron that the pinned cell's gradient comes from
    assert still.page.locator(".opened:visible").count() == 0


# What a trunk of the last step or an arc of the spine lies on, sampled along each: words and cells;
# how many of each there are; and which take a pointer or are announced.
TRUNKS = """() => {
  const box = (node) => node.getBoundingClientRect();
  const ground = [...document.querySelectorAll(".spine [data-part=ground]")].map(box);
  const has = ({left, right, top, bottom}, {x, y}, by) =>
    x > left + by && x < right - by && y > top + by && y < bottom - by;
  const seen = (of, others, by) => [...document.querySelectorAll(of)].flatMap((path) => {
    const to = path.getScreenCTM();
    const long = path.getTotalLength();
    return Array.from({length: Math.ceil(long / 3)}, (_, i) =>
      path.getPointAtLength(3 * i).matrixTransform(to)
    ).flatMap((at) => others.filter((other) => has(box(other), at, by(box(other))))
      .filter(() => !ground.some((each) => has(each, at, -1))));
  });
  const texts = (of) =>
    [...document.querySelectorAll(of)].filter((node) => node.textContent.trim());
  const cells = [...document.querySelectorAll("[data-focus] [role=gridcell]")]
    .filter((cell) => box(cell).width >= 16);
  const name = (node) => node.ariaLabel ?? node.textContent;
  const [trunk, arc] = [".picture .scene [data-part=trunk]", ".picture .spine [data-part=skip]"];
  const ink = ({height}) => height * 0.2;
  return {
    covered: [
      ...seen(trunk, texts(".picture .scene text"), ink),
      ...seen(trunk, cells, () => 1),
    ].map(name),
    under: seen(arc, texts(".picture .spine text"), ink).map(name),
    trunks: document.querySelectorAll(trunk).length,
    arcs: document.querySelectorAll(arc).length,
    taking: [...document.querySelectorAll(`${trunk}, ${arc}`)]
      .filter((each) => getComputedStyle(each).pointerEvents !== "none" ||
        !each.closest("[aria-hidden=true]")).length,
  };
}"""


@pytest.mark.parametrize("size", SIZES)
def test_trunk_and_arcs_cover_no_word_and_no_cell_and_take_no_pointer(still, size):
    still.page.set_viewport_size(SIZES[size])
    for path in EVERY_LESSON:
        still.open_plain(path)
        still.go(still.last)
        seen = still.page.evaluate(TRUNKS)
        assert seen["covered"] + seen["under"] == [], path
        assert seen["taking"] == 0, path
        skips = sum(step["phase"] == "skip" for step in still.data["picture"]["steps"])
        assert seen["arcs"] == skips, path
        if path in ("/", "/lesson/skip-connection"):
            assert seen["trunks"] >= 3, path


@pytest.mark.parametrize("size", SIZES)
def test_at_no_step_an_arc_covers_a_name_of_the_spine(still, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain("/lesson/skip-connection")
    for step in range(still.last + 1):
        still.go(step)
        assert still.page.evaluate(TRUNKS)["under"] == [], step


# How far the slider is from the playhead, and whether its ring is cut or touches the step's name.
SLIDER = """() => {
  const box = (node) => node.getBoundingClientRect();
  const [own, head] = [box(scrubber), box(document.querySelector(".spine [data-part=playhead]"))];
  const middle = ({x, y, width, height}) => [x + width / 2, y + height / 2];
  const [[a, b], [c, d]] = [middle(own), middle(head)];
  const name = document.querySelector(".spine [data-part=step]");
  const {left = 0, right = 0, top = 0, bottom = 0} = name ? box(name) : {};
  const by = parseFloat(getComputedStyle(scrubber).outlineWidth);
  const touches = own.right + by > left && own.left - by < right &&
    own.bottom + by > top + 3 && own.top - by < bottom - 3;
  const isCut = own.left - by < 0 || own.right + by > innerWidth;
  return {apart: Math.hypot(a - c, b - d), touches: touches && Boolean(name), isCut};
}"""


@pytest.mark.parametrize("size", SIZES)
def test_the_ring_of_the_slider_is_the_playheads_and_covers_no_name(still, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain()
    for step in range(still.last + 1):
        still.go(step)
        still.scrubber.press("Shift")  # a key: the focus is shown
        seen = still.page.evaluate(SLIDER)
        assert seen["apart"] < 0.6, step
        assert not seen["touches"], step
        assert not seen["isCut"], step


# The waterfall, the panel that scrolls it, and the words that Plotly has written.
CHART = """() => {
  const box = (node) => {
    const {left, top, right, bottom} = node.getBoundingClientRect();
    return [left, top, right, bottom];
  };
  const chart = document.querySelector(".card #waterfall:not([hidden])");
  return chart && {
    chart: box(chart),
    panel: box(document.querySelector("#inspector")),
    texts: [...chart.querySelectorAll("text")].filter((node) => node.textContent.trim())
      .map((node) => [node.textContent, ...box(node)]),
  };
}"""


# The inspector tells of the step's cell, and its chart has every bar that has arrived.
DRAWN = """() => {
  const panel = document.querySelector("#inspector");
  const card = panel.querySelector(".card");
  if (panel.dataset.about !== `${card.dataset.key} ${card.dataset.index}`) return false;
  const chart = card.querySelector("#waterfall:not([hidden])");
  if (!chart) return true;
  const bars = JSON.parse(chart.dataset.bars).length + 1;
  return chart.data?.[0].y.length === (panel.matches("[data-ahead]") ? 0 : bars);
}"""


def charts_of(still, path, size):
    """(step, what is seen of the chart) at each step of a lesson that has one."""
    still.page.set_viewport_size(SIZES[size])
    still.answer_at_once()
    still.open(path)
    for step in range(still.last + 1):
        still.go(step)
        still.page.wait_for_function(DRAWN)
        seen = still.page.evaluate(CHART)
        if seen is not None:
            yield step, seen


@pytest.mark.parametrize("size", ["wide", "laptop"])
@pytest.mark.parametrize("path", ["/", "/lesson/skip-connection"])
def test_beside_the_scene_the_chart_of_a_sum_is_whole_and_in_sight(still, path, size):
    charts = 0
    for step, seen in charts_of(still, path, size):
        charts += 1
        assert seen["panel"][1] <= seen["chart"][1], step
        assert seen["chart"][3] <= seen["panel"][3] + 1, step
        expect_no_overlap(seen["texts"], step)
    assert charts > 1


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
    expect_no_overlap(seen["texts"], step)


def expect_no_overlap(texts, step):
    for one, other in combinations(texts, 2):
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


# The line below the picture: all of it, and what of it is in sight.
LINE = """() => {
  const sheet = document.querySelector("#sheet");
  const {right, bottom} = sheet.getBoundingClientRect();
  const [terms, result] = sheet.children;
  const isCut = terms.scrollHeight > terms.clientHeight;
  const end = (result ?? terms).getBoundingClientRect();
  return {
    said: sheet.textContent.replaceAll("\u00a0", " "),
    line: document.querySelector("#inspector .card").dataset.line,
    shows: (!isCut || Boolean(result)) && end.right <= right + 1 && end.bottom <= bottom + 1,
  };
}"""


def test_on_a_phone_the_line_below_the_picture_shows_its_result_at_each_step(still):
    still.page.set_viewport_size(SIZES["narrow"])
    still.open_plain()
    for step in range(still.last + 1):
        still.go(step)
        still.wait_for_the_account()
        seen = still.page.evaluate(LINE)
        assert "=" in seen["line"]
        assert seen["shows"], step
        # Of terms that are cut, the reader of a screen hears all.
        assert seen["said"] == seen["line"], step
