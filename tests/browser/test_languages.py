"""The scripts use the language of the page."""

import pytest
from playwright.sync_api import expect

from app import create_app
from app.lessons import FIRST
from tests.servers import serving
from tests.text.languages import MARK, pseudo_language
from tests.web.english import english_in, texts_of_html
from tests.web.test_languages import own_texts


@pytest.fixture(scope="module")
def elsewhere():
    with serving(create_app(language=pseudo_language())) as address:
        yield address


def test_played_pinned_and_edited_the_page_has_no_english_word(still, elsewhere):
    still.open_plain(f"{elsewhere}/")
    exempt = own_texts(FIRST.slug)
    said = 0

    def check():
        nonlocal said
        # Tooltips and labels too, as they stand now.
        texts = texts_of_html(still.page.locator("body").inner_html())
        assert [word for text in texts for word in english_in(text, exempt)] == []
        said = sum(MARK in text for text in texts)

    for step in range(still.last + 1):
        still.go(step)
        check()
    still.options(lambda page: page.locator("#stride").select_option("cell"))
    still.go(2)
    still.press("n")
    check()
    still.cell(-1, 0, 2, 1).click()
    still.expect_inspected("-1", "0,2,1")
    check()
    field = still.field("layers", 4, "bias", 0)
    field.fill("?")
    expect(still.note(field, "wrong")).to_contain_text(MARK)
    check()
    field.fill("1")
    expect(still.note(field, "old")).to_contain_text(MARK)
    check()
    assert said > 200


def test_a_step_a_comparison_and_drafts_have_no_english_word(still, elsewhere):
    still.open_plain(f"{elsewhere}/")
    exempt = {*own_texts(FIRST.slug), FIRST.network["title"]}
    page = still.page

    def check(part):
        # A date is the browser's, which does not know an invented language.
        page.evaluate("for (const each of document.querySelectorAll('time')) each.textContent = ''")
        texts = texts_of_html(page.locator(part).inner_html())
        assert [word for text in texts for word in english_in(text, exempt)] == []
        assert any(MARK in text for text in texts)

    page.locator("#rate").fill("?")
    expect(page.locator("#learn-message")).to_contain_text(MARK)
    check("#learning")
    page.locator("#rate").fill("1")
    still.follow(lambda: page.locator("#learn [type=submit]").click())
    check("#learning")
    page.locator("#lessons summary").click()
    page.locator("#to-compare").click()
    expect(page.locator("#compare-result .verdict")).to_contain_text(MARK)
    page.locator("#compare-result td button").first.click()
    check("#compare")
    page.locator("#compare .close").click()
    page.evaluate("localStorage['draft:damaged'] = '{'")
    page.locator("#lessons summary").click()
    page.locator("#to-drafts").click()
    page.locator("#draft-save [type=submit]").click()
    expect(page.locator("#draft-said")).to_contain_text(MARK)
    check("#drafts")
    page.locator("[data-does=duplicate]").click()
    page.locator("[data-does=delete]").first.click()
    check("#drafts")
