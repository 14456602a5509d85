"""Named drafts: saved, opened, renamed, duplicated, deleted and brought back; in two tabs too."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.stage import LENET, Stage
from tests.browser.test_access import SCHEMES, use, violations

KEPT = json.loads((Path(__file__).parents[1] / "drafts.json").read_text("utf-8"))


def open_drafts(stage):
    stage.page.locator("#lessons summary").click()
    stage.page.locator("#to-drafts").click()
    expect(stage.page.locator("#drafts")).to_be_visible()


def close_drafts(stage):
    stage.page.locator("#drafts .close").click()
    expect(stage.page.locator("#drafts")).to_be_hidden()


def save_as(stage, name):
    stage.page.locator("#draft-name").fill(name)
    stage.page.get_by_role("button", name="Save as a new draft").click()
    expect(stage.page.locator("#draft-said")).to_have_text(f"“{name}” is saved.")


def names(stage):
    return stage.page.locator("#draft-list strong")


def press(stage, what, name):
    stage.page.get_by_role("button", name=f"{what} “{name}”", exact=True).click()


def bias(stage, at=0):
    return stage.number(stage.cell(4, at, parameter="bias"), "value")


def set_bias(stage, text):
    stage.edit(stage.field("layers", 4, "bias", 0), text)
    stage.page.locator("#drawer-close").click()


def change_in_another_tab(still):
    """The only draft gets another revision, as if another tab had saved it."""
    still.page.evaluate(
        """() => {
          const [key] = Object.keys(localStorage).filter((key) => key.startsWith("draft:"));
          const draft = JSON.parse(localStorage[key]);
          localStorage[key] = JSON.stringify({...draft, revision: "of another tab"});
        }"""
    )


def test_a_draft_is_saved_and_opened_again_on_another_page(still):
    still.open_plain()
    set_bias(still, "7")
    open_drafts(still)
    save_as(still, "Seven")
    item = still.page.locator("#draft-list li")
    assert item.locator("rect").count() == 6
    expect(item.locator("time")).to_have_attribute("datetime", re.compile(r"^20\d\d-"))
    still.open_plain("/lesson/pool-convolution")
    open_drafts(still)
    still.follow(lambda: press(still, "Open", "Seven"))
    expect(still.page.locator("#drafts")).to_be_hidden()
    assert bias(still) == 7
    # It is a network of one's own there, with a link of its own.
    expect(still.page).to_have_url(re.compile(r"/#1\."))


def test_drafts_are_renamed_duplicated_deleted_and_brought_back(still):
    still.open_plain()
    open_drafts(still)
    save_as(still, "One")
    press(still, "Duplicate", "One")
    expect(names(still)).to_have_text(["One (copy)", "One"])
    press(still, "Rename", "One (copy)")
    still.page.get_by_role("textbox", name="Name of the draft").last.fill("Two")
    still.page.keyboard.press("Enter")
    expect(names(still)).to_have_text(["Two", "One"])
    expect(still.page.get_by_role("button", name="Rename “Two”")).to_be_focused()
    press(still, "Delete", "One")
    expect(names(still)).to_have_text(["Two"])
    expect(still.page.locator("#draft-removed")).to_contain_text("“One” is deleted.")
    still.page.locator("#draft-undo").click()
    expect(names(still)).to_have_text(["Two", "One"])
    expect(still.page.locator("#draft-removed")).to_be_hidden()
    still.page.reload()
    open_drafts(still)
    expect(names(still)).to_have_text(["Two", "One"])


def test_a_name_is_left_as_it_was_by_escape_and_taken_when_the_field_is_left(still):
    still.open_plain()
    open_drafts(still)
    save_as(still, "One")
    press(still, "Rename", "One")
    field = still.page.get_by_role("textbox", name="Name of the draft").last
    field.fill("Two")
    still.page.keyboard.press("Escape")
    expect(names(still)).to_have_text(["One"])
    expect(still.page.locator("#drafts")).to_be_visible()
    press(still, "Rename", "One")
    field.fill("Three")
    # The button that takes the focus is pressed all the same.
    press(still, "Duplicate", "One")
    expect(names(still)).to_have_text(["Three (copy)", "Three"])


def test_by_keyboard_alone_a_draft_is_saved_renamed_deleted_and_brought_back(still):
    still.open_plain()
    keys = still.page.keyboard
    still.page.locator("#lessons summary").focus()
    keys.press("Enter")
    still.page.locator("#to-drafts").focus()
    keys.press("Enter")
    expect(still.page.locator("#draft-name")).to_be_focused()
    keys.type("By keys")
    keys.press("Enter")
    expect(names(still)).to_have_text(["By keys"])
    still.page.get_by_role("button", name="Rename “By keys”").focus()
    keys.press("Enter")
    keys.type("Renamed")
    keys.press("Enter")
    expect(names(still)).to_have_text(["Renamed"])
    keys.press("Tab")
    keys.press("Tab")
    expect(still.page.get_by_role("button", name="Delete “Renamed”")).to_be_focused()
    keys.press("Enter")
    expect(still.page.locator("#draft-undo")).to_be_focused()
    keys.press("Enter")
    expect(names(still)).to_have_text(["Renamed"])
    expect(still.page.get_by_role("button", name="Delete “Renamed”")).to_be_focused()
    keys.press("Escape")
    expect(still.page.locator("#drafts")).to_be_hidden()


def test_two_tabs_do_not_overwrite_each_other_and_the_later_one_asks(still):
    still.open_plain()
    open_drafts(still)
    save_as(still, "Shared")
    close_drafts(still)
    other = Stage(still.page.context.new_page())
    other.page.emulate_media(reduced_motion="reduce")
    other.open_plain()
    open_drafts(other)
    other.follow(lambda: press(other, "Open", "Shared"))
    set_bias(other, "5")
    open_drafts(other)
    other.page.locator("#draft-update").click()
    expect(other.page.locator("#draft-said")).to_have_text("“Shared” is saved.")

    set_bias(still, "8")
    open_drafts(still)
    still.page.locator("#draft-update").click()
    asked = still.page.locator("#draft-changed")
    expect(asked).to_contain_text("changed in another tab")
    expect(names(still)).to_have_count(1)
    still.page.get_by_role("button", name="Keep both").click()
    expect(asked).to_be_hidden()
    expect(names(still)).to_have_text(["Shared", "Shared"])
    # The other tab hears of it.
    expect(names(other)).to_have_count(2)
    kept = still.page.evaluate(
        """() => Object.entries(localStorage).filter(([key]) => key.startsWith("draft:"))
          .map(([, text]) => JSON.parse(text).network.layers[4].bias[0])"""
    )
    assert sorted(kept) == [5, 8]


def test_when_it_is_meant_a_draft_of_another_tab_is_replaced(still):
    still.open_plain()
    open_drafts(still)
    save_as(still, "Shared")
    change_in_another_tab(still)
    still.page.locator("#draft-update").click()
    expect(still.page.locator("#draft-both")).to_be_focused()
    still.page.get_by_role("button", name="Replace it").click()
    expect(still.page.locator("#draft-said")).to_have_text("“Shared” is saved.")
    expect(names(still)).to_have_text(["Shared"])


def test_the_gallery_shows_drafts_and_opens_them(still):
    # A draft is kept without its drawing where that takes long, as on a busy machine.
    still.page.add_init_script("AbortSignal.timeout = () => new AbortController().signal")
    still.open_plain("/lesson/lenet")
    open_drafts(still)
    save_as(still, "A large one")
    still.page.goto("/new")
    section = still.page.get_by_role("region", name="Your drafts")
    draft = section.get_by_role("link", name="A large one")
    expect(draft).to_be_visible()
    assert draft.locator("rect").count() > 12
    assert violations(still.page) == []
    draft.click()
    expect(still.page.locator("body.answering")).to_be_attached()
    # More numbers than a link holds; so the tab keeps them.
    expect(still.cell(0, 0, 0, 0)).to_be_attached()
    expect(still.page.locator("#lessons summary")).to_contain_text("LeNet", ignore_case=True)
    expect(still.page).not_to_have_url(re.compile("draft="))


def test_the_gallery_without_drafts_has_no_such_part(still):
    still.page.goto("/new")
    expect(still.page.get_by_role("link", name="Empty")).to_be_visible()
    expect(still.page.locator("#your-drafts")).to_be_hidden()


def test_a_draft_that_is_not_there_is_said_so_and_shows_nothing_else(still):
    still.open_plain("/#draft=gone")
    expect(still.page.locator("#broken-why")).to_contain_text("This draft is not in this browser")
    expect(still.page.locator("#stage")).to_be_hidden()


def test_two_drafts_are_compared(still):
    still.open_plain()
    open_drafts(still)
    save_as(still, "As it was")
    close_drafts(still)
    set_bias(still, "7")
    open_drafts(still)
    save_as(still, "With a seven")
    close_drafts(still)
    still.page.locator("#lessons summary").click()
    still.page.locator("#to-compare").click()
    for side, name in (("left", "As it was"), ("right", "With a seven")):
        still.page.locator(f"#{side}-side").select_option(label=name)
    expect(still.page.locator("#compare-result > ul li")).to_have_text(
        ["Fully connected: one number of bias differs."]
    )


def test_drafts_that_cannot_be_read_are_kept_and_said_and_old_ones_open(still):
    still.open_plain()
    still.page.evaluate(
        """([old]) => {
          localStorage["draft:tomorrow"] = '{"version": 99, "name": "of tomorrow"}';
          localStorage["draft:damaged"] = "{";
          localStorage["draft:old"] = old;
        }""",
        [KEPT["1"]["text"]],
    )
    open_drafts(still)
    unread = still.page.locator("#draft-unread")
    expect(unread).to_contain_text("2 drafts cannot be read here")
    with still.page.expect_download() as download:
        unread.get_by_role("button").click()
    saved = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert {each["text"] for each in saved} == {'{"version": 99, "name": "of tomorrow"}', "{"}
    expect(names(still)).to_have_text(["Mine"])
    still.follow(lambda: press(still, "Open", "Mine"))
    assert still.number(still.cell(0, 0, 1, parameter="weight"), "value") == -2
    assert still.number(still.cell(0, 0, parameter="bias"), "value") == 5e-324
    assert still.page.evaluate("localStorage['draft:damaged']") == "{"


def test_a_full_browser_says_so_and_keeps_what_it_has(still):
    still.open_plain()
    open_drafts(still)
    save_as(still, "One")
    still.page.evaluate(
        """() => {
          Storage.prototype.setItem = () => { throw new DOMException("", "QuotaExceededError"); };
        }"""
    )
    still.page.locator("#draft-name").fill("Two")
    still.page.get_by_role("button", name="Save as a new draft").click()
    expect(still.page.locator("#draft-message")).to_contain_text("no more room")
    expect(still.page.locator("#draft-name")).to_have_value("Two")
    expect(names(still)).to_have_text(["One"])


def test_a_draft_whose_drawing_does_not_come_is_saved_without_it(still):
    still.open_plain()
    open_drafts(still)
    still.page.route("**/sketch", lambda route: route.fulfill(status=200, body="not JSON"))
    save_as(still, "Alone")
    expect(names(still)).to_have_text(["Alone"])
    expect(still.page.locator("#draft-list rect")).to_have_count(0)


# --- the automatic copy of a lesson --------------------------------------------------------------


def test_editing_what_came_by_a_link_leaves_the_readers_own_copy_of_the_lesson_alone(still):
    still.open_plain()
    set_bias(still, "9")
    expect(still.page).to_have_url(re.compile(r"#1\."))
    link = still.page.url
    set_bias(still, "4")
    still.open_plain("/lesson/pool-convolution")
    still.open_plain("/")
    expect(still.cell(4, 0, parameter="bias")).to_have_attribute("data-value", "4")
    still.page.goto("about:blank")
    still.open_plain(link)
    expect(still.cell(4, 0, parameter="bias")).to_have_attribute("data-value", "9")
    set_bias(still, "10")
    expect(still.page).not_to_have_url(link)
    # What was made of the link is in the address.
    still.page.reload()
    expect(still.cell(4, 0, parameter="bias")).to_have_attribute("data-value", "10")
    still.page.goto("about:blank")
    still.open_plain("/")
    expect(still.cell(4, 0, parameter="bias")).to_have_attribute("data-value", "4")


def test_after_a_reload_ones_own_copy_of_a_lesson_goes_on(still):
    still.open_plain()
    set_bias(still, "9")
    expect(still.page).to_have_url(re.compile(r"#1\."))
    still.page.reload()
    expect(still.cell(4, 0, parameter="bias")).to_have_attribute("data-value", "9")
    set_bias(still, "10")
    still.page.goto("about:blank")
    still.open_plain("/")
    expect(still.cell(4, 0, parameter="bias")).to_have_attribute("data-value", "10")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_among_drafts_and_they_fit_a_phone(still, scheme):
    still.open_plain()
    still.page.evaluate("localStorage['draft:damaged'] = '{'")
    open_drafts(still)
    save_as(still, "A name that is rather long " * 2 + "for a phone")
    press(still, "Duplicate", ("A name that is rather long " * 2 + "for a phone")[:80])
    still.page.get_by_role("button", name=re.compile("^Delete")).first.click()
    for size in ("wide", "narrow"):
        use(still.page, size, scheme)
        assert violations(still.page) == []
        over = still.page.evaluate(
            "[document.documentElement, drafts].map((e) => e.scrollWidth - e.clientWidth)"
        )
        assert max(over) <= 0


def test_a_large_draft_survives_a_reload_of_its_page(still):
    still.open_plain(LENET)
    open_drafts(still)
    save_as(still, "Large")
    still.open_plain()
    open_drafts(still)
    press(still, "Open", "Large")
    large = still.page.locator("#lessons summary")
    expect(large).to_contain_text("LeNet", ignore_case=True)
    still.page.reload()
    expect(large).to_contain_text("LeNet", ignore_case=True)


def test_after_a_reload_the_page_still_shows_its_draft(still):
    still.open_plain()
    open_drafts(still)
    save_as(still, "Mine")
    close_drafts(still)
    set_bias(still, "6")
    expect(still.page).to_have_url(re.compile(r"#1\."))
    still.page.reload()
    expect(still.cell(4, 0, parameter="bias")).to_have_attribute("data-value", "6")
    open_drafts(still)
    still.page.get_by_role("button", name="Save to “Mine”").click()
    expect(still.page.locator("#draft-said")).to_have_text("“Mine” is saved.")
    expect(names(still)).to_have_text(["Mine"])
    # Another page of the tab shows no draft.
    still.open_plain("/lesson/padding")
    still.page.reload()
    open_drafts(still)
    expect(still.page.locator("#draft-update")).to_be_hidden()


def test_after_a_reload_a_draft_that_another_tab_has_changed_is_asked_about(still):
    still.open_plain()
    open_drafts(still)
    save_as(still, "Shared")
    change_in_another_tab(still)
    still.page.reload()
    open_drafts(still)
    still.page.locator("#draft-update").click()
    expect(still.page.locator("#draft-changed")).to_contain_text("changed in another tab")
