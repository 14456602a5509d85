"""Layers of the builder are dragged to another place, with a mouse and with a finger."""

from playwright.sync_api import expect

from tests.browser.stage import middle_of


def plain_names(building):
    """The names of the layers, without the input's and the head's."""
    return [name.strip("▸▾ ") for name in building.names][1:-1]


def hold(building, at, over):
    """Presses a row with the mouse, and moves past the middle of another."""
    mouse = building.page.mouse
    x, y = middle_of(building.row(at))
    _, there = middle_of(building.row(over))
    mouse.move(x, y)
    mouse.down()
    mouse.move(x, y + 10)
    mouse.move(x, there + (4 if over > at else -4), steps=4)


def test_a_layer_is_dragged_to_its_place_which_is_shown_and_undone_at_once(building):
    building.open("/new/two-channels")
    before = plain_names(building)
    moved = [before[1], before[2], before[0], *before[3:]]
    hold(building, 0, over=2)
    page = building.page
    expect(page.locator("#builder .lifted [data-row='0']")).to_be_visible()
    expect(page.locator("#builder .lands-below [data-row='2']")).to_be_visible()
    expect(page.locator("#builder .layer-ghost")).to_have_text(before[0])
    page.mouse.up()
    expect(page.locator("#builder .layer-ghost")).to_have_count(0)
    expect(building.row(2)).to_contain_text(before[0])
    expect(building.row(2)).to_be_focused()
    assert plain_names(building) == moved
    expect(page.locator("#builder :is(.lifted, .lands-above, .lands-below)")).to_have_count(0)
    page.locator("#undo").click()
    expect(building.row(0)).to_contain_text(before[0])
    assert plain_names(building) == before


def test_escape_ends_a_drag_and_leaves_the_layers_and_the_panel(building):
    building.open("/new/two-channels")
    before = plain_names(building)
    hold(building, 2, over=0)
    page = building.page
    expect(page.locator("#builder .lands-above [data-row='0']")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#builder .layer-ghost")).to_have_count(0)
    page.mouse.up()
    expect(building.row(0)).to_be_visible()
    assert plain_names(building) == before
    expect(page.locator("#undo")).to_have_attribute("aria-disabled", "true")
    # The next press is a click again.
    building.row(0).click()
    expect(building.row(0)).to_have_attribute("aria-expanded", "true")


def test_a_dragged_layer_stays_open_and_a_skip_connection_follows_its_source(building):
    building.open("/new/two-channels")
    page = building.page
    building.row(1).click()
    page.locator("#build-add-kind").select_option("add")
    page.locator("#build-add").click()
    expect(building.row(2)).to_be_focused()
    source = building.field("layers", 2, "from")
    source.fill("0")
    expect(page.locator("#builder .wrong")).to_have_count(0)
    # From the grip; the open row is the tall one.
    x, y = middle_of(page.locator("#builder [data-grip='1']"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 12)
    page.mouse.move(x, middle_of(building.row(0))[1] - 8, steps=3)
    page.mouse.up()
    expect(building.row(0)).to_contain_text("ReLU")
    expect(building.row(2)).to_have_attribute("aria-expanded", "true")
    expect(source).to_have_value("1")


def test_a_finger_drags_a_layer_by_its_grip_and_scrolls_the_list_beside_it(building):
    building.open("/new/two-channels")
    page = building.page
    page.set_viewport_size({"width": 390, "height": 844})
    before = plain_names(building)
    session = page.context.new_cdp_session(page)

    def swipe(x, y, to):
        for kind, height in (
            ("touchStart", y), ("touchMove", (y + to) / 2), ("touchMove", to), ("touchEnd", None),
        ):  # fmt: skip
            points = [] if height is None else [{"x": x, "y": height}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    building.row(0).scroll_into_view_if_needed()
    x, y = middle_of(page.locator("#builder [data-grip='0']"))
    swipe(x, y, middle_of(building.row(1))[1] + 6)
    expect(building.row(1)).to_contain_text(before[0])
    assert plain_names(building) == [before[1], before[0], *before[2:]]
    top = page.evaluate("builder.scrollTop")
    x, y = middle_of(building.row(2))
    swipe(x, y, y - 150)
    page.wait_for_function("(top) => builder.scrollTop > top", arg=top)
    assert plain_names(building) == [before[1], before[0], *before[2:]]
