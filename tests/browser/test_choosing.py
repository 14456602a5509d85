"""Choosing a cell: by mouse, by touch, by keyboard, and faster than the server answers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.stage import GRIDCELL, Stage

# One of each kind: layer, index and parameter as the page names them, and the inspector's heading.
KINDS = [
    (-1, (0, 2, 1), None, "An input cell"),
    (0, (0, 0, 1, 0), "weight", "A kernel weight"),
    (0, (0,), "bias", "A bias"),
    (0, (0, 3, 2), None, "A cell of the map"),
    (1, (0, 2, 0), None, "An activation"),
    (2, (0, 1, 1), None, "A pooled neuron"),
    (4, (1, 2), "weight", "A weight"),
    (4, (2,), "bias", "A bias"),
    (4, (2,), None, "An output neuron"),
    ("head", (0,), None, "An output neuron"),
]

FOCUSED = """() => {
  const {layer, index, parameter} = document.activeElement.dataset;
  return layer === undefined ? null : [layer, index, parameter ?? null];
}"""


def selected(stage):
    return [
        (cell["layer"], cell["index"], cell.get("parameter"))
        for cell in stage.cells
        if cell["selected"] == "true"
    ]


def place(layer, index, parameter):
    return str(layer), ",".join(map(str, index)), parameter


def key(layer, parameter):
    return f"{4 if layer == 'head' else layer}{f'.{parameter}' if parameter else ''}"


def test_a_click_pins_each_kind_of_cell_and_the_inspector_tells_of_it(stage):
    stage.open_plain()
    for layer, index, parameter, heading in KINDS:
        cell = stage.cell(layer, *index, parameter=parameter)
        cell.click()
        stage.expect_inspected(key(layer, parameter), ",".join(map(str, index)))
        expect(stage.inspector.locator("h2")).to_have_text(heading)
        assert selected(stage) == [place(layer, index, parameter)]
        assert stage.receipt.total == stage.number(cell)
        expect(cell).to_be_focused()


def test_the_keyboard_reaches_each_grid_by_tab_and_each_kind_of_cell_by_arrows(stage):
    stage.open_plain()
    stage.page.locator("#stage").focus()
    stops = []
    while True:
        stage.page.keyboard.press("Tab")
        stop = stage.page.evaluate(FOCUSED)
        if stop is None:
            break
        stops.append(tuple(stop))
    assert len(stops) == len(set(stops)) == stage.page.locator('table[role="grid"]').count()

    for layer, index, parameter, heading in KINDS:
        start = next(stop for stop in stops if (stop[0], stop[2]) == (str(layer), parameter))
        table = stage.page.locator("table").filter(
            has=stage.cell(layer, *index, parameter=parameter)
        )
        table.locator('[tabindex="0"]').focus()
        down, across = ([*index, 0] if len(index) == 1 else list(index))[-2:]
        assert stage.page.evaluate(FOCUSED)[0] == start[0]
        stage.page.keyboard.press("Control+Home")
        for _ in range(down):
            stage.page.keyboard.press("ArrowDown")
        for _ in range(across):
            stage.page.keyboard.press("ArrowRight")
        assert tuple(stage.page.evaluate(FOCUSED)) == place(layer, index, parameter)
        stage.page.keyboard.press("Space")
        stage.expect_inspected(key(layer, parameter), ",".join(map(str, index)))
        expect(stage.inspector.locator("h2")).to_have_text(heading)
        assert selected(stage) == [place(layer, index, parameter)]


def test_within_a_grid_arrows_home_and_end_move_and_stop_at_the_edges(stage):
    stage.open_plain()
    stage.cell(-1, 0, 0, 0).focus()
    for pressed, row, column in (
        ("ArrowLeft", 0, 0),
        ("ArrowUp", 0, 0),
        ("ArrowRight", 0, 1),
        ("ArrowDown", 1, 1),
        ("End", 1, 4),
        ("ArrowRight", 1, 4),
        ("Home", 1, 0),
        ("Control+End", 4, 4),
        ("ArrowDown", 4, 4),
        ("ArrowLeft", 4, 3),
        ("ArrowUp", 3, 3),
        ("Control+Home", 0, 0),
    ):
        stage.page.keyboard.press(pressed)
        assert stage.page.evaluate(FOCUSED) == ["-1", f"0,{row},{column}", None], pressed
        stops = stage.page.locator(f'[data-key="-1"] {GRIDCELL}[tabindex="0"]')
        expect(stops).to_have_count(1)
        expect(stops).to_be_focused()
    assert stage.step == stage.last  # Home and End within a grid are the grid's.


def test_escape_closes_the_list_of_lessons_and_leaves_the_pinned_cell(stage):
    stage.open_plain()
    summary = stage.page.locator("#lessons summary")
    summary.click()
    stage.page.keyboard.press("Tab")
    stage.page.keyboard.press("Escape")
    expect(stage.page.locator("#lessons[open]")).to_have_count(0)
    expect(summary).to_be_focused()
    assert selected(stage) == [("2", "0,0,0", None)]


def test_enter_pins_what_is_computed_and_escape_lets_go(stage):
    stage.open_plain()
    stage.cell(1, 0, 2, 0).focus()
    stage.page.keyboard.press("Enter")
    stage.expect_inspected("1", "0,2,0")
    assert selected(stage) == [("1", "0,2,0", None)]
    stage.page.keyboard.press("Escape")
    assert selected(stage) == []
    expect(stage.cell(1, 0, 2, 0)).to_be_focused()


def test_without_a_pinned_cell_pointing_shows_the_cell_pointed_at(stage):
    stage.open_plain()
    stage.cell(1, 0, 2, 0).hover()
    assert stage.receipt.key == "2"  # The pinned one stays.
    stage.press("Escape")
    stage.cell(0, 0, 2, 0).hover()
    stage.expect_inspected("0", "0,2,0")
    assert selected(stage) == []


@pytest.mark.parametrize("path", ["/", "/lesson/pool-convolution"])
def test_of_clicks_30_ms_apart_the_last_is_selected_and_inspected(stage: Stage, path):
    stage.page.set_viewport_size({"width": 1440, "height": 1000})
    stage.open_plain(path)
    centres = stage.page.evaluate("""() =>
      [...document.querySelectorAll('[role="gridcell"]')].map((cell) => {
        const {x, y, width, height} = cell.getBoundingClientRect();
        return [x + width / 2, y + height / 2];
      })""")
    cells = stage.cells
    last = max(int(cell["layer"]) for cell in cells if cell["layer"] != "head")
    # Every cell is clicked; steps of 17 leap between the grids.
    order = [at * 17 % len(cells) for at in range(len(cells))]
    assert len(set(order)) == len(cells)
    for burst in (order[i : i + 9] for i in range(0, len(order), 9)):
        for at in burst:
            stage.page.mouse.click(*centres[at])
            stage.page.wait_for_timeout(30)
        clicked = cells[burst[-1]]
        layer = last if clicked["layer"] == "head" else clicked["layer"]
        name = f".{clicked['parameter']}" if "parameter" in clicked else ""
        stage.expect_inspected(f"{layer}{name}", clicked["index"])
        assert selected(stage) == [(clicked["layer"], clicked["index"], clicked.get("parameter"))]
        assert stage.receipt.total == float(clicked["gradient"])


def test_an_answer_that_comes_late_does_not_replace_the_newer_one(stage):
    held = []
    stage.open_plain()
    stage.page.route("**/inspector", lambda route: held.append(route), times=1)
    stage.cell(0, 0, 1, 1).click()
    stage.cell(0, 0, 2, 0).click()
    stage.expect_inspected("0", "0,2,0")
    held[0].continue_()
    stage.page.unroute_all(behavior="wait")
    stage.expect_inspected("0", "0,2,0")
    assert stage.receipt.total == 7


def test_rows_pointed_at_or_focused_light_up_the_cells_they_name(stage):
    stage.open_plain()
    stage.page.locator(".onward summary").click()
    tables = ("#receipt", ".onward")
    for table in tables:
        rows = stage.inspector.locator(f"{table} tbody tr")
        assert rows.count() > 2
        for row in rows.all():
            named = (row.get_attribute("data-key"), row.get_attribute("data-index"))
            for point in (row.hover, row.focus):
                stage.page.mouse.move(0, 0)
                point()
                pointed = stage.page.locator(".pointed:not([data-parameter])")
                expect(pointed).to_have_count(1)
                shown = pointed.get_attribute("data-layer"), pointed.get_attribute("data-index")
                assert shown == named
    stage.page.mouse.move(0, 0)
    stage.press("Shift")
    expect(stage.page.locator(".pointed")).to_have_count(0)


def test_the_keys_and_signs_open_by_question_mark_and_close_by_escape(stage):
    stage.open_plain()
    stage.press("?")
    help_ = stage.page.locator("#help")
    expect(help_).to_be_visible()
    step = stage.step
    stage.page.keyboard.press("b")
    assert stage.step == step
    stage.page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    assert selected(stage) == [("2", "0,0,0", None)]  # Escape closed the dialog, no more.
    stage.page.get_by_role("button", name="Keys and signs").click()
    expect(help_).to_be_visible()
    stage.page.get_by_role("button", name="Close").click()
    expect(help_).to_be_hidden()


def test_the_theme_is_the_systems_until_the_reader_chooses_and_is_kept(stage):
    stage.page.emulate_media(color_scheme="dark")
    stage.open_plain()
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = stage.page.evaluate(ground)
    button = stage.page.locator("#theme")
    button.click()
    expect(button).to_have_accessible_name(re.compile("light"))
    light = stage.page.evaluate(ground)
    assert light != dark
    stage.page.reload()
    assert stage.page.evaluate(ground) == light
    button.click()
    assert stage.page.evaluate(ground) == dark


@pytest.mark.browser_context_args(has_touch=True, viewport={"width": 390, "height": 844})
def test_a_tap_selects_the_tapped_cell(stage):
    stage.open_plain()
    for layer, index, parameter, heading in KINDS:
        stage.cell(layer, *index, parameter=parameter).tap()
        stage.expect_inspected(key(layer, parameter), ",".join(map(str, index)))
        expect(stage.inspector.locator("h2")).to_have_text(heading)
        assert selected(stage) == [place(layer, index, parameter)]
