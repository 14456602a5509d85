"""Code that gets a model out of PyTorch: shown where a file is opened, and ready to copy."""

import pytest
from playwright.sync_api import expect

from app.files.snippets import ONNX, SEQUENTIAL
from tests.browser.test_access import violations
from tests.browser.test_opening_files import choose

SELECTED = """() => {
  const {selectionStart, selectionEnd, value} = document.activeElement;
  return value.slice(selectionStart, selectionEnd);
}"""


def open_snippets(stage):
    stage.page.locator("#lessons summary").click()
    stage.page.get_by_role("button", name="A model from PyTorch").click()
    dialog = stage.page.get_by_role("dialog", name="A model from PyTorch")
    expect(dialog.locator("[data-snippet=sequential]")).to_be_focused()
    return dialog


def test_the_snippets_stand_whole_and_selected_where_one_opens_a_file(still):
    still.open_plain()
    dialog = open_snippets(still)
    assert still.page.evaluate(SELECTED) == SEQUENTIAL.rstrip("\n")
    assert len(SEQUENTIAL.splitlines()) <= 10
    dialog.locator("[data-snippet=onnx]").focus()
    assert still.page.evaluate(SELECTED) == ONNX.rstrip("\n")
    with still.page.expect_file_chooser():
        dialog.get_by_role("button", name="Open a file").click()
    expect(dialog).to_be_hidden()


def test_a_snippet_is_copied(still, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    still.open_plain()
    dialog = open_snippets(still)
    dialog.locator("[data-copies=onnx]").click()
    expect(dialog.locator("[data-copies=onnx]")).to_have_text("Copied")
    assert still.page.evaluate("navigator.clipboard.readText()") == ONNX.rstrip("\n")


def test_without_a_clipboard_there_is_no_button_and_the_text_is_selected(still):
    still.page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'clipboard', {get: () => undefined})"
    )
    still.open_plain()
    dialog = open_snippets(still)
    expect(dialog.locator("[data-copies=sequential]")).to_be_hidden()
    assert still.page.evaluate(SELECTED) == SEQUENTIAL.rstrip("\n")


def test_a_pickle_that_is_refused_leads_to_the_snippets(still):
    still.open_plain()
    choose(still, "weights.pth", b"\x80\x02}q\x00.")
    opening = still.page.get_by_role("dialog", name="Open a network")
    opening.get_by_role("button", name="A model from PyTorch").click()
    expect(still.page.locator("[data-snippet=sequential]")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_axe_finds_nothing_beside_the_snippets_which_fit_the_page(still, size, scheme):
    page = still.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    still.open_plain()
    open_snippets(still)
    assert violations(page) == []
    wide, room = page.evaluate("[snippets.scrollWidth, snippets.clientWidth]")
    assert wide <= room
