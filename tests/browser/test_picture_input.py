"""A picture as the input: chosen, pasted or dropped, and a part of it taken."""

import base64
import struct
import zlib

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.building import Building
from tests.browser.test_access import violations

FILE = "#builder [data-picture=file]"
TAKE = "#builder [data-picture-do=take]"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4'/>"

GIVE = """([target, name, type, bytes]) => {
  const data = new DataTransfer();
  const content = Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0));
  data.items.add(new File([content], "picture", {type}));
  const options = {bubbles: true, cancelable: true};
  const event = name === "paste"
    ? new ClipboardEvent("paste", {...options, clipboardData: data})
    : new DragEvent("drop", {...options, dataTransfer: data});
  document.querySelector(target).dispatchEvent(event);
}"""

AS_JPEG = """async (bytes) => {
  const image = new Image();
  image.src = `data:image/png;base64,${bytes}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/jpeg", 1).split(",")[1];
}"""


def png(rows, size=None):
    """A PNG of rows of (red, green, blue); ``size``: what its header says instead of the truth."""
    width, height = size or (len(rows[0]), len(rows))

    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    lines = b"".join(b"\0" + bytes(x for pixel in row for x in pixel) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


def grey(*rows):
    return png([[(level, level, level) for level in row] for row in rows])


# Four black, four white columns.
HALVES = grey(*[[0] * 4 + [255] * 4] * 4)


def given(data, kind="image/png", name="picture.png") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": data}


@pytest.fixture
def building(stage):
    building = Building(stage).open("/new/empty")
    building.row("input").click()
    return building


def test_the_middle_of_a_picture_is_taken_and_undone(building):
    page = building.page
    page.locator(FILE).set_input_files(given(HALVES))
    expect(page.locator("#builder .from-picture")).to_contain_text("1 × 4 × 4: numbers from 0 to 1")
    building.expect_values(-1, "0" * 16)
    page.locator(TAKE).click()
    building.expect_values(-1, "0011" * 4)
    expect(page.locator(FILE)).to_be_focused()
    page.locator("#undo").click()
    building.expect_values(-1, "0" * 16)


def test_a_frame_is_placed_and_a_picture_taken_with_keys_alone(building):
    page = building.page
    page.locator(FILE).set_input_files(given(HALVES))
    # The frame has the focus once the picture is there.
    expect(page.locator(":focus")).to_have_attribute("data-frame", "size")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#builder .from-picture")).to_contain_text("numbers from 0 to 0")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    building.expect_values(-1, "1" * 16)


def test_a_frame_is_dragged_and_its_size_changed(building):
    page = building.page
    page.locator(FILE).set_input_files(given(HALVES))
    box = page.locator("#builder .crop").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert box["width"] / box["height"] == pytest.approx(2, rel=0.02)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - box["width"], middle[1], steps=4)
    page.mouse.up()
    expect(page.locator("[data-frame=across]")).to_have_value("0")
    page.locator("[data-frame=size]").fill("50")
    page.locator(TAKE).click()
    building.expect_values(-1, "0" * 16)


def test_a_frame_follows_a_finger_and_the_panel_stays(building):
    page = building.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(FILE).set_input_files(given(HALVES))
    page.locator("#builder .crop").scroll_into_view_if_needed()
    box = page.locator("#builder .crop").bounding_box()
    top = page.evaluate("builder.scrollTop")
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        places = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch("touchStart", (x, y))
    for share in (0.2, 0.4, 0.6):
        touch("touchMove", (x + share * box["width"], y + 5))
    touch("touchEnd")
    expect(page.locator("[data-frame=across]")).to_have_value("100")
    assert page.evaluate("builder.scrollTop") == top
    page.locator(TAKE).click()
    building.expect_values(-1, "1" * 16)


def test_a_coloured_jpeg_fills_three_channels(building):
    page = building.page
    page.locator("[data-size='0']").fill("3")
    # The tables of three channels take the place of those of one.
    expect(building.stage.cell(-1, 2, 2, 2)).to_be_attached()
    red = base64.b64encode(png([[(255, 0, 0)] * 16] * 16)).decode()
    jpeg = base64.b64decode(page.evaluate(AS_JPEG, red))
    page.locator(FILE).set_input_files(given(jpeg, "image/jpeg"))
    page.locator(TAKE).click()
    for channel, near in enumerate((1, 0, 0)):
        cell = building.stage.cell(-1, channel, 2, 2)
        expect(cell).not_to_have_attribute("data-value", "")
        page.wait_for_function(
            "([cell, near]) => Math.abs(Number(cell.dataset.value) - near) < 0.02",
            arg=[cell.element_handle(), near],
        )


@pytest.mark.parametrize(("how", "target"), [("paste", "body"), ("drop", "#builder .from-picture")])
def test_a_picture_is_pasted_and_dropped(building, how, target):
    page = building.page
    data = base64.b64encode(HALVES).decode()
    page.evaluate(GIVE, [target, how, "image/png", data])
    page.locator(TAKE).click()
    building.expect_values(-1, "0011" * 4)
    expect(page.locator("#opening")).to_be_hidden()


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (SVG, "image/svg+xml", "neither PNG nor JPEG"),
        (SVG, "image/png", "neither PNG nor JPEG"),
        (HALVES[:60], "image/png", "damaged"),
        (png([[(0, 0, 0)]], size=(10_000, 10_000)), "image/png", "10000 × 10000 pixels"),
        (HALVES + bytes(31_000_000), "image/png", "up to 30 MB"),
    ],
    ids=["svg", "svg as png", "cut", "too many pixels", "too long"],
)
def test_a_picture_that_cannot_be_read_is_refused_in_words(building, tmp_path, data, kind, said):
    page = building.page
    file = tmp_path / f"picture.{kind.split('/')[1].split('+')[0]}"
    file.write_bytes(data)
    page.locator(FILE).set_input_files(file)
    expect(page.locator("#builder .from-picture .wrong")).to_contain_text(said)
    expect(page.locator(TAKE)).to_have_count(0)
    building.expect_values(-1, "0" * 16)
    # The next one is read.
    page.locator(FILE).set_input_files(given(HALVES))
    expect(page.locator("#builder .from-picture .wrong")).to_have_count(0)
    expect(page.locator(TAKE)).to_be_visible()


def test_an_input_that_no_picture_fits_says_which_would(building):
    page = building.page
    page.locator("[data-size='0']").fill("2")
    expect(page.locator("#builder .from-picture")).to_contain_text("this one is 2 × 4 × 4")
    expect(page.locator(FILE)).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_axe_finds_nothing_beside_a_picture_which_stays_within_the_panel(building, size, scheme):
    page = building.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    page.locator(FILE).set_input_files(given(grey(*[range(0, 250, 25)] * 40)))
    expect(page.locator(TAKE)).to_be_visible()
    assert violations(page) == []
    wide, room = page.evaluate("[builder.scrollWidth, builder.clientWidth]")
    assert wide <= room
