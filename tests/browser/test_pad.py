"""The input is drawn, with a stroke or with keys, or filled with a digit."""

from playwright.sync_api import expect


def shades(building):
    return building.page.locator("#builder .dot").evaluate_all(
        "all => all.map((dot) => Number(dot.getAttribute('aria-label').split(': ')[1]))"
    )


def test_an_input_is_drawn_with_a_stroke_which_is_undone_at_once(building):
    building.open("/new/empty")
    page = building.page
    building.row("input").click()
    page.locator("[data-pad=pen]").fill("3")
    page.locator("[data-dot='1,3']").scroll_into_view_if_needed()
    boxes = [page.locator(f"[data-dot='1,{i}']").bounding_box() for i in range(4)]
    centres = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    page.mouse.move(*centres[0])
    page.mouse.down()
    for centre in centres[1:3]:
        page.mouse.move(*centre)
    page.mouse.up()
    building.expect_values(-1, "0000333000000000")
    assert shades(building)[4:8] == [3, 3, 3, 0]
    page.locator("#undo").click()
    building.expect_values(-1, "0" * 16)


def test_an_input_is_drawn_with_keys(building):
    building.open("/new/empty")
    page = building.page
    building.row("input").click()
    page.locator("[data-dot='0,0']").focus()
    for key in ("ArrowRight", "Space", "ArrowDown", "Space", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    building.expect_values(-1, "0100110000000000")
    expect(page.locator("[data-dot='1,0']")).to_be_focused()
    page.keyboard.press("Space")  # the same number again takes it away
    building.expect_values(-1, "0100010000000000")


def test_a_real_digit_fills_the_input_in_its_size(building, client):
    building.open("/new/empty")
    building.row("input").click()
    building.page.get_by_role("button", name="Digit 3").click()
    drawn = client.post("/digit", json={"digit": 3, "side": 4}).json["input"][0]
    building.expect_values(-1, [str(x) for row in drawn for x in row])
