"""Exports: the picture as a file, the pass as a video, the worked solution on paper."""

import base64
import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from app.builder.block import read_block
from tests.browser.stage import GRIDCELL, NOT_WORDS

SVG = "{http://www.w3.org/2000/svg}"

# The words and numbers that a reader sees in the picture.
SHOWN = """() => [...document.querySelectorAll(".picture text")]
  .filter((node) => node.textContent)
  .map((node) => node.textContent)"""

# Near a cell's lower left corner there is nothing but its colour.
GROUNDS = """() => [...document.querySelectorAll('.picture .scene rect[data-part="cell"]')]
  .filter((cell) => cell.getBoundingClientRect().width > 34)
  .map((cell) => {
    const colour = getComputedStyle(cell).fill;
    const [x, y, high] = ["x", "y", "height"].map((name) => Number(cell.getAttribute(name)));
    return {x: x + 7, y: y + high - 7, colour};
  })"""

# Colours as a canvas has them, whatever their notation.
PIXELS = """async ({image, places, colours}) => {
  const picture = new Image();
  picture.src = image;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const at = ([x, y]) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
  const pixels = places.map(at);
  const read = colours.map((colour) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return at([0, 0]);
  });
  return {size: [canvas.width, canvas.height], pixels, colours: read};
}"""

VIDEO = """async (source) => {
  const video = document.createElement("video");
  video.muted = true;
  video.src = source;
  document.body.append(video);
  await new Promise((resolve, reject) => {
    video.onloadeddata = resolve;
    video.onerror = () => reject(new Error(video.error.message));
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const seen = () => {
    canvas.getContext("2d").drawImage(video, 0, 0);
    return canvas.toDataURL();
  };
  const first = seen();
  await video.play();
  await new Promise((resolve) => { video.onended = resolve; });
  return {length: video.currentTime, size: [canvas.width, canvas.height], first, last: seen()};
}"""

# Every step and second that is told while it records.
TOLD = """() => {
  window.told = [];
  new MutationObserver(() => told.push(document.querySelector("#film-step").textContent))
    .observe(document.querySelector("#film-step"), {childList: true});
}"""


def take(stage, name, path):
    """Press a button and keep the file it gives."""
    with stage.page.expect_download() as download:
        stage.page.locator(f"#take-{name}").click()
    download.value.save_as(path)
    return download.value.suggested_filename


def taken_svg(stage, folder):
    path = folder / "picture.svg"
    name = take(stage, "svg", path)
    return name, ElementTree.parse(path).getroot()


def words_of(root):
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def data_url(path, kind):
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


@pytest.mark.parametrize("step", [2, 5, 10])
def test_the_svg_holds_every_number_and_text_of_the_picture(still, tmp_path, step):
    still.open_plain()
    still.go(step)
    name, root = taken_svg(still, tmp_path)
    label = still.data["picture"]["steps"][step]["label"].lower()
    assert name.startswith(f"gradient-routing-founding-question-{step}-")
    assert name.endswith(f"{label.split()[-1]}.svg")
    written = words_of(root)
    for shown in set(figures := still.page.evaluate(SHOWN)):
        assert written.count(shown) >= figures.count(shown), shown
    together = " ".join(" ".join(written).split())
    for text in (still.question, still.caption):
        assert " ".join((text.text_content() or "").split()) in together


def test_the_svg_has_the_trunk_of_the_last_step_and_the_arc_of_a_skip_connection(still, tmp_path):
    still.open_plain("/lesson/skip-connection")
    still.go(still.last)
    _, root = taken_svg(still, tmp_path)
    drawn = {path.get("d") for path in root.iter(f"{SVG}path")}
    for part in ("trunk", "trunkhead", "skip", "skiphead"):
        shapes = still.page.locator(f'.picture [data-part="{part}"]')
        assert shapes.count() > 0, part
        assert {each.get_attribute("d") for each in shapes.all()} <= drawn, part


def test_the_svg_stands_for_itself_and_says_what_it_shows(still, tmp_path):
    still.open_plain()
    _, root = taken_svg(still, tmp_path)
    assert (still.question.text_content() or "!") in (root.findtext(f"{SVG}title") or "")
    assert root.findtext(f"{SVG}desc") == still.caption.text_content()
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in (
            "svg", "title", "desc", "g", "rect", "path", "circle", "text", "tspan", "image",
        )  # fmt: skip
        for attribute in element.attrib.values():
            assert "url(" not in attribute
            assert "var(" not in attribute
            assert not re.search(r"NaN|undefined|Infinity", attribute)


def test_an_edit_is_in_the_picture(still, tmp_path):
    still.open_plain()
    still.edit(still.field("layers", 4, "weight", 0, 0), "2")
    _, root = taken_svg(still, tmp_path)
    struck = [each.text for each in root.iter(f"{SVG}text") if each.get("text-decoration")]
    assert "2.5" in words_of(root)
    assert "−0.5" in struck


@pytest.mark.parametrize(
    "fault",
    [
        "canvas.toBlob = (made) => made(null)",
        "canvas.getContext = () => null",
    ],
)
def test_an_image_that_the_browser_cannot_make_is_told_with_what_to_do_instead(still, fault):
    still.open_plain()
    kept = "{toBlob: canvas.toBlob, getContext: canvas.getContext}"
    still.page.evaluate(
        f"() => {{ const canvas = HTMLCanvasElement.prototype; window.kept = {kept}; {fault}; }}"
    )
    still.page.locator("#take-png").click()
    message = still.page.locator("#png-message")
    expect(message).to_contain_text("Save the picture as SVG")
    still.page.evaluate("() => Object.assign(HTMLCanvasElement.prototype, window.kept)")
    with still.page.expect_download():
        still.page.locator("#take-png").click()
    expect(message).to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_png_is_twice_as_large_and_has_the_colours_of_the_page(still, tmp_path, scheme):
    still.page.emulate_media(color_scheme=scheme)
    # Without Plotly, cells colour themselves, and the page can be asked for their colours.
    still.open_plain()
    still.go(3)
    _, root = taken_svg(still, tmp_path)
    take(still, "png", tmp_path / "picture.png")
    grounds = still.page.evaluate(GROUNDS)
    # The scene is a group of its own, moved and scaled.
    moved = root.findall(f"{SVG}g")[-1].get("transform")
    x, y, scale = (float(number) for number in re.findall(r"[\d.]+", moved))
    seen = still.page.evaluate(
        PIXELS,
        {
            "image": data_url(tmp_path / "picture.png", "image/png"),
            "places": [
                [2 * (x + scale * each["x"]), 2 * (y + scale * each["y"])] for each in grounds
            ],
            "colours": [each["colour"] for each in grounds],
        },
    )
    width, height = int(root.get("width")), int(root.get("height"))
    assert abs(seen["size"][0] - 2 * width) <= 2
    assert abs(seen["size"][1] - 2 * height) <= 2
    assert len({tuple(colour) for colour in seen["colours"]}) > 5
    for pixel, colour in zip(seen["pixels"], seen["colours"], strict=True):
        assert max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) <= 3


def test_the_video_plays_the_pass_and_leaves_the_page_as_it_was(stage, context, tmp_path):
    stage.open()
    stage.options(lambda page: page.locator("#speed").select_option("4"))
    stage.go(4)
    before = stage.state
    path = tmp_path / "pass.webm"
    stage.page.evaluate(TOLD)
    with stage.page.expect_download() as download:
        stage.page.locator("#take-video").click()
    assert download.value.suggested_filename == (
        "gradient-routing-founding-question-backward-pass.webm"
    )
    download.value.save_as(path)
    expect(stage.page.locator("#film-message")).to_contain_text("saved")
    expect(stage.page.locator("#film")).to_be_hidden()
    assert {**stage.state, "announced": ""} == {**before, "announced": ""}
    told = [re.findall(r"\d+", each) for each in stage.page.evaluate("told")]
    steps, seconds = ([int(each[at]) for each in told] for at in (0, 2))
    # However slow the machine: every step, each several frames long.
    assert sorted(set(steps)) == list(range(stage.last + 1))
    assert steps == sorted(steps)
    assert min(steps.count(step) for step in set(steps)) > 2
    assert seconds == sorted(seconds, reverse=True)
    screen = context.new_page()
    film = screen.evaluate(VIDEO, data_url(path, "video/webm"))
    assert film["length"] > 3
    assert all(side % 2 == 0 and side > 400 for side in film["size"])
    assert film["first"] != film["last"]


def test_a_recording_called_off_saves_nothing_and_lets_go_of_the_page(stage):
    stage.open_plain()
    stage.go(3)
    before = stage.state
    downloads: list[object] = []
    stage.page.on("download", lambda download: downloads.append(download))
    for call_off in (
        lambda: stage.page.locator("#film-cancel").click(),
        lambda: stage.page.keyboard.press("Escape"),
    ):
        stage.page.locator("#take-video").click()
        expect(stage.page.locator("#film-cancel")).to_be_focused()
        expect(stage.page.locator("#film-step")).to_contain_text("Step 1 of 10")
        call_off()
        expect(stage.page.locator("#film")).to_be_hidden()
        expect(stage.page.locator("#film-message")).to_contain_text("Nothing is saved")
        expect(stage.page.locator("#take-video")).to_be_focused()
        assert {**stage.state, "announced": ""} == {**before, "announced": ""}
        assert stage.page.locator("[inert]").count() == 0
    stage.press("n")
    expect(stage.scrubber).to_have_value("4")
    assert downloads == []


def test_while_it_records_nothing_else_moves_the_picture(stage):
    stage.open_stopped()
    stage.options(lambda page: page.locator("#speed").select_option("0.5"))
    stage.page.locator("#take-video").click()
    stage.page.clock.run_for(4_000)
    expect(stage.page.locator("#film-step")).to_contain_text("Step 1 of 10")
    for key in ("End", "n", "v", " "):
        stage.press(key)
    expect(stage.page.locator("#film-step")).to_contain_text("Step 1 of 10")
    expect(stage.page.locator("body")).to_have_attribute("data-reading", "both")
    assert stage.play.evaluate("button => button.closest('[inert]') !== null")
    stage.page.clock.resume()  # Axe waits for timers.
    found = Axe().run(stage.page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []
    stage.page.keyboard.press("Escape")
    expect(stage.page.locator("#film")).to_be_hidden()


def test_it_is_said_how_long_a_recording_takes(stage):
    stage.open_plain()
    hint = stage.page.locator("#film-hint")
    stage.options(lambda page: page.locator("#speed").select_option("1"))
    unknown = hint.text_content()
    assert "…" in unknown  # far from the button, no scene is composed for it
    tops = "(buttons) => buttons.map((button) => button.getBoundingClientRect().top + scrollY)"
    buttons = stage.page.locator(".tools button:visible")
    before = buttons.evaluate_all(tops)

    def told(before):
        stage.page.locator("#take-video").scroll_into_view_if_needed()
        expect(hint).not_to_have_text(before)
        return hint.text_content()

    def length(text):
        return int(re.findall(r"\d+", text)[0])

    whole = told(unknown)
    assert buttons.evaluate_all(tops) == before  # a click that comes just then hits its button
    stage.options(lambda page: page.locator("#speed").select_option("2"))
    half = told(whole)
    assert abs(length(whole) - 2 * length(half)) <= 1
    stage.options(lambda page: page.locator("#whole-pass").check())
    assert length(told(half)) > length(half)


def test_a_browser_that_records_nothing_says_so(stage):
    stage.page.add_init_script("delete window.MediaRecorder")
    stage.open_plain()
    stage.page.locator("#take-video").click()
    expect(stage.page.locator("#film-message")).to_contain_text("cannot record")
    expect(stage.page.locator("#film")).to_be_hidden()


def opened(stage, context, of):
    with context.expect_page() as page:
        stage.page.locator(f"#solution [value={of}]").click()
    page.value.wait_for_load_state()
    return page.value


def test_the_worked_solution_has_the_readers_numbers(stage, context):
    stage.open_plain()
    stage.edit(stage.field("layers", 4, "weight", 0, 0), "2")
    paper = opened(stage, context, "pass")
    expect(paper.locator("h1")).to_have_text(stage.question.text_content() or "")
    expect(paper.get_by_text("2 × 2 + 3 × (−1) + 6 × 0.25 = 2.5").first).to_be_visible()
    assert not NOT_WORDS.search(paper.locator("main").inner_text())
    found = Axe().run(paper).response["violations"]
    assert [(each["id"], each["nodes"]) for each in found] == []


def test_the_worked_solution_of_one_cell_is_that_of_the_inspector(stage, context):
    stage.open_plain()
    for cell, key, index in (
        (stage.cell(-1, 0, 3, 0), "-1", "0,3,0"),
        (stage.cell(4, 0, 0, parameter="weight"), "4.weight", "0,0"),
    ):
        cell.click()
        stage.expect_inspected(key, index)
        line = stage.inspector.locator(".card").get_attribute("data-line") or ""
        paper = opened(stage, context, "cell")
        expect(paper.locator(".sums .line").last).to_have_text(line.partition(": ")[2])


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_on_paper_nothing_is_cut_off_and_no_button_is_left(stage, context, size, tmp_path):
    stage.open_plain()
    paper = opened(stage, context, "pass")
    expect(paper.locator("#print")).to_be_visible()
    paper.emulate_media(media="print")
    # The width of the page between its margins, in CSS pixels.
    wide = {"A4": 210, "Letter": 216}[size] - 2 * 14
    paper.set_viewport_size({"width": round(wide * 96 / 25.4), "height": 900})
    expect(paper.locator("#print")).to_be_hidden()
    over = paper.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0
    printed = tmp_path / "solution.pdf"
    paper.pdf(path=printed, format=size)
    assert printed.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("figure", ["value", "gradient"])
def test_every_grid_is_saved_as_a_table_that_a_paste_reads_back(still, figure):
    page = still.page
    still.open_plain("/new/two-channels")
    options = page.locator("#table-of option")
    for i in range(options.count()):
        at = json.loads(options.nth(i).get_attribute("value"))
        page.locator("#table-of").select_option(index=i)
        with page.expect_download() as download:
            page.locator(f"[data-table={figure}]").click()
        assert download.value.suggested_filename.endswith(f"-{figure}.csv")
        numbers = read_block(download.value.path().read_text("utf-8"), None)["array"]
        parameter = at["parameter"]
        kind = f'="{parameter}"' if parameter else ""
        cells = page.locator(
            f'{GRIDCELL}[data-layer="{at["layer"]}"]'
            + (f"[data-parameter{kind}]" if parameter else ":not([data-parameter])")
        )
        shown = cells.evaluate_all(f"all => all.map((cell) => Number(cell.dataset.{figure}))")
        assert np.array(numbers).ravel().tolist() == shown
    expect(page.locator("#table-message")).to_be_hidden()
