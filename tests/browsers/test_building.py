"""An exam task is entered from the gallery, by mouse and by keys, in each browser that is here."""

import json
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from selenium.webdriver.common.keys import Keys

from app.stage.tables import exact
from tests.browser.building import EXAM, EXAM_DOCUMENT, MOST_ACTIONS
from tests.browser.test_picture_input import FILE, HALVES, TAKE
from tests.browsers.reader import Reader


class Exam:
    """The builder, and how many actions it took: a click, a key, or one text that is typed."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.actions = 0
        reader.driver.get(f"{reader.address}/new")

    def click(self, selector: str) -> None:
        self.actions += 1
        self.reader.click(selector)

    def press(self, *keys: str) -> None:
        self.actions += len(keys)
        self.reader.press(*keys)

    def type(self, text: str) -> None:
        self.actions += 1
        # WebKit's driver types no line breaks but by their key.
        self.reader.press(text.replace("\n", Keys.ENTER))

    def replace(self, selector: str, text: str) -> None:
        """Selects what a field holds, and types over it."""
        self.click(selector)
        self.actions += 1
        self.reader.actions.key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
        self.type(text)

    def expect_focus(self, name: str, value: str) -> None:
        # Nothing has the focus while the next page comes.
        self.reader.expect(lambda: (self.reader.focused or {}).get(name), value)

    def expect_values(self, selector: str, figure: str, wanted: list[str]) -> None:
        script = (
            "const [selector, figure] = arguments;"
            "return [...document.querySelectorAll(selector)].map((cell) => cell.dataset[figure])"
        )
        self.reader.expect(lambda: self.reader.run(script, selector, figure), wanted)

    def finish(self) -> None:
        """The gradients of the weights are those of the document, and few actions led to them."""
        body = json.dumps({"network": EXAM_DOCUMENT}).encode()
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(f"{self.reader.address}/api/trace", body, headers)) as answer:
            weights = json.load(answer)["layers"][0]["weight_gradient"][0][0]
        wanted = [exact(number) for row in weights for number in row]
        self.expect_values('[role="gridcell"][data-parameter="weight"]', "gradient", wanted)
        assert self.actions <= MOST_ACTIONS
        assert self.reader.problems == []


@pytest.fixture
def exam(reader: Reader) -> Exam:
    return Exam(reader)


def row(which: str) -> str:
    return f"#builder [data-row='{which}']"


def at(*path: str | int) -> str:
    return f"#builder [data-at='{json.dumps(path, separators=(',', ':'))}']"


INPUT = '[role="gridcell"][data-layer="-1"]'


def test_an_exam_task_is_entered_with_the_mouse_in_few_actions(exam: Exam) -> None:
    exam.click(".gallery a[href$='/new/sigmoid']")
    exam.click(row('"input"'))
    exam.replace(at("input"), EXAM["input"])
    exam.expect_values(INPUT, "value", list("210131012"))
    exam.click(row("0"))
    exam.replace(at("layers", 0, "weight"), EXAM["weight"])
    exam.click(row('"head"'))
    exam.actions += 2  # to open the list, and to choose
    exam.reader.choose("#builder [data-become=head]", "upstream")
    exam.replace(at("head", "gradient"), EXAM["gradient"])
    exam.finish()


def test_an_exam_task_is_entered_with_the_keyboard_alone_in_few_actions(exam: Exam) -> None:
    while not exam.reader.run("return document.activeElement.matches('[href$=\"/new/sigmoid\"]')"):
        exam.press(Keys.TAB)
        assert exam.actions < MOST_ACTIONS
    exam.press(Keys.ENTER)
    exam.reader.wait("return document.body?.classList.contains('answering')")
    exam.expect_focus("row", '"input"')
    exam.press(Keys.ENTER, Keys.TAB)
    exam.expect_focus("at", '["input"]')
    exam.type(EXAM["input"])
    exam.expect_values(INPUT, "value", list("210131012"))
    exam.press(Keys.ESCAPE, Keys.ARROW_DOWN, Keys.ENTER, Keys.TAB, Keys.TAB)
    exam.expect_focus("at", '["layers",0,"weight"]')
    exam.type(EXAM["weight"])
    exam.press(Keys.ESCAPE, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER, Keys.TAB)
    exam.expect_focus("become", "head")
    exam.type("Given")
    exam.reader.wait(lambda: exam.reader.shown(at("head", "gradient")))
    exam.press(Keys.TAB)
    exam.expect_focus("at", '["head","gradient"]')
    exam.type(EXAM["gradient"])
    exam.finish()


def test_a_picture_from_a_file_becomes_the_input(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "halves.png").write_bytes(HALVES)
    reader.open("/new/pool-convolution")
    reader.click(row('"input"'))
    reader.find(FILE).send_keys(str(tmp_path / "halves.png"))
    reader.wait(lambda: reader.shown(TAKE))
    drawn = reader.run("return arguments[0].toDataURL()", reader.find("#builder .result"))
    assert drawn.startswith("data:image/png")
    before = values(reader)
    reader.click(TAKE)
    reader.wait(lambda: values(reader) != before)
    assert all(0 <= float(each) <= 1 for each in values(reader))
    reader.click("#undo")
    reader.expect(lambda: values(reader), before)


def test_a_block_that_is_pasted_is_shown_and_then_taken(reader: Reader) -> None:
    reader.open("/new/sigmoid")
    reader.click(row('"input"'))
    before = values(reader)
    copy(reader, at("input"), "9 8 7\n6 5 4\n3 2 1")
    reader.expect(lambda: values(reader), list("987654321"))
    reader.click("#undo")
    reader.expect(lambda: values(reader), before)
    reader.click(at("input"))
    control(reader, "a")
    control(reader, "v")
    reader.expect(lambda: reader.text("#builder .block-read pre"), "9 8 7\n6 5 4\n3 2 1")
    assert values(reader) == before
    reader.click("#builder [data-take]")
    reader.expect(lambda: values(reader), list("987654321"))


def test_a_block_for_a_grid_of_the_form_is_shown_and_then_taken(reader: Reader) -> None:
    reader.open("/new/sigmoid")
    reader.field("input", 0, 0, 0)
    before = values(reader)
    reader.click("#form [data-block]")
    type_block(reader, ".block-panel [data-part=text]", "9 8 7\n6 5 4\n3 2 1")
    reader.expect(lambda: reader.text(".block-panel [data-part=preview]"), "9 8 7\n6 5 4\n3 2 1")
    assert values(reader) == before
    reader.click(".block-panel [data-part=take]")
    reader.expect(lambda: values(reader), list("987654321"))


def test_a_layer_is_dragged_with_the_mouse(reader: Reader) -> None:
    reader.open("/new/two-channels")
    reader.wait(lambda: reader.shown(row("2")))
    names = "return [...document.querySelectorAll('#builder .name')].map((e) => e.textContent)"
    start, conv, relu, pool, head = reader.run(names)
    grip, over = reader.find("#builder [data-grip='0']"), reader.find(row("2"))
    reader.actions.move_to_element(grip).click_and_hold().move_by_offset(0, 12).perform()
    reader.actions.move_to_element_with_offset(over, 0, 6).perform()
    reader.wait(lambda: reader.count("#builder .lands-below [data-row='2']"))
    reader.actions.release().perform()
    reader.expect(lambda: reader.run(names), [start, relu, pool, conv, head])
    reader.click("#undo")
    reader.expect(lambda: reader.run(names), [start, conv, relu, pool, head])


def values(reader: Reader) -> list[str]:
    script = "return [...document.querySelectorAll(arguments[0])].map((c) => c.dataset.value)"
    return reader.run(script, INPUT)


def control(reader: Reader, key: str) -> None:
    reader.actions.key_down(Keys.CONTROL).send_keys(key).key_up(Keys.CONTROL).perform()


def type_block(reader: Reader, selector: str, text: str) -> None:
    """Types a text over what a field holds."""
    reader.click(selector)
    control(reader, "a")
    # WebKit's driver types no line breaks but by their key.
    reader.press(text.replace("\n", Keys.ENTER))


def copy(reader: Reader, selector: str, text: str) -> None:
    """Types a text over what a field holds, and copies it."""
    type_block(reader, selector, text)
    control(reader, "a")
    control(reader, "c")
