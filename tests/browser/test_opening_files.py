"""Files dropped on the page or chosen: what they hold is said, and opened."""

import json

import numpy as np
import pytest
from playwright.sync_api import FilePayload, expect

from app.files.safetensors import write_safetensors
from app.lessons import LESSONS
from tests.browser.stage import Stage
from tests.browser.test_access import violations

DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  for (const type of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(
      new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def choose(stage: Stage, name: str, data: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    stage.page.locator("#opening-files").set_input_files([file])


def test_lenet_opens_from_a_file_and_one_can_go_back(still):
    still.open_plain()
    choose(still, "lenet.json", json.dumps(LESSONS["lenet"].network).encode())
    expect(still.cell(11, 9)).to_be_attached()
    expect(still.question).to_contain_text(LESSONS["lenet"].network["title"])
    still.page.go_back()
    expect(still.question).to_contain_text("2, 3 and 6")


def test_a_dropped_document_opens_at_once_and_survives_a_reload(still):
    still.open_plain("/lesson/padding")
    network = {
        "input": [[[1, 2], [3, 4]]],
        "layers": [{"type": "conv2d", "weight": [[[[2]]], [[[3]]]]}],
        "head": {"type": "upstream", "gradient": [[[1, 1], [1, 1]], [[1, 1], [1, 1]]]},
    }
    still.page.evaluate(DROP, ["net.json", json.dumps(network)])
    expect(still.cell(0, 1, 1, 1)).to_have_attribute("data-value", "12")
    still.page.wait_for_url("**/#1.*")
    still.page.reload()
    expect(still.cell(0, 1, 1, 1)).to_have_attribute("data-value", "12")


def test_weights_alone_open_with_the_architecture_that_the_reader_chooses(still):
    still.open_plain()
    rng = np.random.default_rng(3)
    weights = {"0.weight": rng.normal(size=(2, 1, 3, 3)), "3.weight": rng.normal(size=(2, 18))}
    choose(still, "model.safetensors", write_safetensors(weights, {}))
    dialog = still.page.get_by_role("dialog", name="Open a network")
    expect(dialog).to_contain_text("ReLU is assumed")
    assert violations(still.page) == []
    dialog.get_by_label("no pooling").first.check()
    expect(dialog.locator("#opening-notes")).to_contain_text("no pooling")
    dialog.get_by_role("button", name="Open it").click()
    expect(dialog).to_be_hidden()
    assert not [cell for cell in still.cells if "pool" in cell["label"].lower()]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("weights.pth", b"\x80\x02}q\x00.", "pickle"),
        ("notes.txt", b"hello", "none of the files"),
        ("net.json", b'{"layers": [', "not JSON"),
    ],
)
def test_what_cannot_be_opened_is_refused_in_words(still, name, data, said):
    still.open_plain()
    choose(still, name, data)
    dialog = still.page.get_by_role("dialog", name="Open a network")
    expect(dialog).to_contain_text(said)
    expect(dialog).to_contain_text(name)
    expect(dialog.get_by_role("button", name="Open it")).to_be_hidden()
    assert violations(still.page) == []
    still.page.keyboard.press("Escape")
    expect(still.question).to_contain_text("2, 3 and 6")


PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  return document.body.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""
SMALL = {
    "input": [[[1, 2], [3, 4]]],
    "layers": [{"type": "conv2d", "weight": [[[[2]]]]}],
    "head": {"type": "upstream", "gradient": [[[1, 1], [1, 1]]]},
}


def open_gallery(still):
    still.answer_at_once()
    still.page.goto("/new")
    expect(still.page.locator("body.answering")).to_be_attached()


def test_lenet_opens_from_a_file_in_the_gallery_and_survives_a_reload_and_one_can_go_back(still):
    page = still.page
    open_gallery(still)
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Open a file").click()
    lenet = json.dumps(LESSONS["lenet"].network).encode()
    file: FilePayload = {"name": "lenet.json", "mimeType": "application/json", "buffer": lenet}
    chosen.value.set_files([file])
    expect(still.cell(11, 9)).to_be_attached()
    expect(still.question).to_contain_text(LESSONS["lenet"].network["title"])
    page.reload()
    expect(still.cell(11, 9)).to_be_attached()
    page.go_back()
    expect(page.locator(".gallery").last).to_be_visible()


@pytest.mark.parametrize("way", [DROP, PASTE], ids=["dropped", "pasted"])
@pytest.mark.parametrize("path", ["/new", "/lesson/padding"])
def test_a_document_opens_on_any_page_whether_dropped_or_pasted(still, way, path):
    text = json.dumps(SMALL)
    if path == "/new":
        open_gallery(still)
    else:
        still.open_plain(path)
    still.page.evaluate(way, ["net.json", text] if way == DROP else text)
    expect(still.cell(0, 0, 1, 1)).to_have_attribute("data-value", "8")


def test_a_text_that_is_pasted_into_a_field_is_no_file(still):
    still.open_plain("/lesson/padding")
    still.page.locator("#check-text").focus()
    at_field = PASTE.replace("document.body", "document.activeElement")
    assert still.page.evaluate(at_field, json.dumps(SMALL))  # the field gets it


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_refuses_in_the_same_words_and_leads_to_the_snippets(still, size, scheme):
    page = still.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    open_gallery(still)
    choose(still, "weights.pth", b"\x80\x02}q\x00.")
    dialog = page.get_by_role("dialog", name="Open a network")
    expect(dialog).to_contain_text("pickle")
    assert violations(page) == []
    dialog.get_by_role("button", name="A model from PyTorch").click()
    expect(page.locator("[data-snippet=sequential]")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_weights_alone_are_asked_about_in_the_gallery_too(still):
    open_gallery(still)
    rng = np.random.default_rng(3)
    weights = {"0.weight": rng.normal(size=(2, 1, 3, 3)), "3.weight": rng.normal(size=(2, 18))}
    choose(still, "model.safetensors", write_safetensors(weights, {}))
    dialog = still.page.get_by_role("dialog", name="Open a network")
    dialog.get_by_label("no pooling").first.check()
    expect(dialog.locator("#opening-notes")).to_contain_text("no pooling")
    dialog.get_by_role("button", name="Open it").click()
    expect(still.page.locator('[role="gridcell"][aria-label*="pool" i]')).to_have_count(0)
