"""A state of the page in its address: sent to others it is the same; cut, it shows nothing else."""

import copy
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from app.files.loading import File, open_files
from app.lessons import FIRST, LESSONS
from app.share.link import SHORT, State, read, write
from app.share.qr import qr_code
from tests.browser.stage import LENET, Stage
from tests.browser.test_access import violations

LINK = re.compile(r"#1\.\d+\.[0-9a-f]{8}\.[\w-]+$")


def link_of(slug: str, **parts) -> str:
    """A link to a lesson, with its shipped network unless another one is given."""
    network = LESSONS[slug].network
    return write(State(parts.pop("network", network), slug, **parts), {slug: network})


def as_seen(stage: Stage):
    """The numbers, the step and the pinned cell."""
    return {
        "cells": [
            (cell["layer"], cell.get("parameter"), cell["index"], cell["value"], cell["gradient"],
             cell["selected"])
            for cell in stage.cells
        ],
        "step": stage.step,
        "caption": stage.caption.text_content(),
        "receipt": stage.receipt,
        "reading": stage.page.locator("body").get_attribute("data-reading"),
    }  # fmt: skip


@pytest.fixture
def elsewhere(browser, base_url):
    """A page in another profile of the browser, which has nothing of the first."""
    context = browser.new_context(base_url=base_url, reduced_motion="reduce")
    yield Stage(context.new_page())
    context.close()


def address_with(stage: Stage, **wanted) -> str:
    """The page's address, once it holds this."""
    slug = stage.data["lesson"]

    def holds(url: str) -> bool:
        if not LINK.search(url):
            return False
        state = read(url.split("#")[1], {slug: LESSONS[slug].network})
        return all(getattr(state, name) == value for name, value in wanted.items())

    stage.page.wait_for_url(holds)
    return stage.page.url


def edited(slug: str, path: tuple[str | int, ...], number: float):
    """A lesson's network with one number changed."""
    network = copy.deepcopy(LESSONS[slug].network)
    *branches, leaf = path
    branch: Any = network
    for step in branches:
        branch = branch[step]
    branch[leaf] = number
    return network


def test_a_link_shows_the_same_numbers_step_and_pin_to_somebody_else(still, elsewhere):
    still.open_plain()
    still.edit(still.field("layers", 4, "weight", 0, 1), "1/3")
    still.page.locator("#drawer-close").click()
    still.cell(-1, 0, 2, 1).click()
    still.expect_inspected("-1", "0,2,1")
    still.press("g")
    still.go(4)
    network = edited(FIRST.slug, ("layers", 4, "weight", 0, 1), 1 / 3)
    pinned = {"layer": -1, "index": [0, 2, 1]}
    address = address_with(still, network=network, pinned=pinned, step=4, shown={"r": "gradients"})
    assert len(address.split("#")[1]) <= SHORT
    shown = still.state and as_seen(still)
    elsewhere.open_plain(address)
    expect(elsewhere.scrubber).to_have_value("4")
    assert elsewhere.state
    assert as_seen(elsewhere) == shown
    # Nothing of it is kept where one only looks at it.
    assert elsewhere.page.evaluate("Object.keys(localStorage)") == ["ask"]


def test_a_link_leaves_open_what_was_played_and_how(still, elsewhere):
    still.open_plain()
    still.options(lambda page: page.locator("#whole-pass").check())
    still.options(lambda page: page.locator("#stride").select_option("cell"))
    still.go(3)
    # The slider's first position is now the input; a link counts the forward pass below zero.
    forward = 3 - len(FIRST.network["layers"])
    elsewhere.open_plain(address_with(still, step=forward, shown={"f": 1, "c": 1}))
    expect(elsewhere.page.locator("#whole-pass")).to_be_checked()
    expect(elsewhere.page.locator("#stride")).to_have_value("cell")
    expect(elsewhere.scrubber).to_have_value("3")
    expect(elsewhere.caption).to_have_text(still.caption.text_content() or "")


def test_lenet_with_one_weight_changed_is_a_short_link_with_its_channels(still, elsewhere):
    still.open_plain(LENET)
    weight = still.cell(0, 2, 0, 1, 1, parameter="weight")
    still.page.locator('[data-chooser="0"]').first.evaluate(
        "field => { field.value = 2; field.dispatchEvent(new Event('change', {bubbles: true})) }"
    )
    expect(weight).to_be_attached()
    weight.evaluate("cell => cell.click()")
    still.expect_inspected("0.weight", "2,0,1,1")
    weight.dblclick()
    still.page.keyboard.type("0.75")
    still.follow(lambda: still.page.keyboard.press("Enter"))
    network = edited("lenet", ("layers", 0, "weight", 2, 0, 1, 1), 0.75)
    address = address_with(still, network=network)
    assert len(address.split("#")[1]) <= SHORT
    elsewhere.open_plain(address)
    shown = elsewhere.cell(0, 2, 0, 1, 1, parameter="weight")
    expect(shown).to_have_attribute("data-value", "0.75")
    expect(shown).to_have_attribute("aria-selected", "true")
    differing = set(as_seen(elsewhere)["cells"]) ^ set(as_seen(still)["cells"])
    assert sorted(differing)[:4] == []


@pytest.mark.parametrize("share", [0, 0.01, 0.03, 0.2, 0.99])
def test_a_link_that_was_cut_says_so_and_shows_nothing_else(stage, share):
    whole = link_of(FIRST.slug, network=edited(FIRST.slug, ("input", 0, 0, 0), 5), step=2)
    cut = whole[: int(share * len(whole))]
    stage.open_plain(f"/#{cut}")
    expect(stage.page.get_by_role("heading", name="This link cannot be opened")).to_be_focused()
    why = stage.page.locator("#broken-why")
    if share > 0.1:
        got = len(cut.split(".")[3])
        expect(why).to_contain_text(f"cut off: {got} of {len(whole.split('.')[3])} characters")
    else:
        expect(why).not_to_be_empty()
    expect(stage.page.locator("#stage")).to_be_hidden()
    expect(stage.question).to_be_hidden()
    assert stage.page.url.endswith(f"#{cut}")
    assert violations(stage.page) == []
    stage.page.get_by_role("link", name=f"Open the lesson “{FIRST.title}”").click()
    expect(stage.page.locator("#stage")).to_be_visible()
    assert "#" not in stage.page.url


def test_a_link_that_was_changed_says_so(stage):
    whole = link_of("ties", step=1)
    stage.open_plain(f"/lesson/ties#{whole[:-1]}{'A' if whole[-1] != 'A' else 'B'}")
    expect(stage.page.locator("#broken-why")).to_contain_text("changed on its way")
    expect(stage.page.locator("#stage")).to_be_hidden()


def test_a_link_to_a_lesson_that_has_changed_since_shows_no_other_numbers(stage):
    network = LESSONS["ties"].network
    former = {**network, "title": "as it was"}
    link = write(State(edited("ties", ("input", 0, 0, 0), 9), "ties"), {"ties": former})
    stage.open_plain(f"/lesson/ties#{link}")
    expect(stage.page.locator("#broken-why")).to_contain_text("has changed since")
    expect(stage.page.locator("#stage")).to_be_hidden()


def test_a_link_whose_network_is_refused_says_why(stage):
    link = link_of("ties", network=edited("ties", ("input", 0, 0, 0), 1.7e308))
    stage.open_plain(f"/lesson/ties#{link}")
    expect(stage.page.locator("#broken-why")).to_contain_text("cannot be shown")
    expect(stage.page.locator("#stage")).to_be_hidden()


def test_a_link_finds_its_lesson_from_any_page(still):
    pinned = {"layer": -1, "index": [0, 0, 0]}
    for path in ("/", "/lesson/padding"):
        still.page.goto("about:blank")
        still.open_plain(f"{path}#{link_of('ties', pinned=pinned, step=1)}")
        expect(still.page).to_have_url(re.compile(r"/lesson/ties#1\."))
        expect(still.scrubber).to_have_value("1")
        expect(still.cell(-1, 0, 0, 0)).to_have_attribute("aria-selected", "true")


def test_links_put_into_the_bar_open_in_place_and_one_can_go_back(still):
    still.open_plain()
    cell = still.cell(4, 0, parameter="bias")
    link = link_of(FIRST.slug, network=edited(FIRST.slug, ("layers", 4, "bias", 0), 7), step=2)
    still.page.evaluate("link => { location.hash = link }", link)
    expect(cell).to_have_attribute("data-value", "7")
    expect(still.scrubber).to_have_value("2")
    still.page.evaluate("link => { location.hash = link.slice(0, -5) }", link)
    expect(still.page.locator("#broken-why")).to_contain_text("cut off")
    still.page.go_back()
    expect(still.page.locator("#broken")).to_be_hidden()
    expect(cell).to_have_attribute("data-value", "7")
    still.page.go_back()
    expect(cell).to_have_attribute("data-value", "0")
    expect(still.scrubber).to_have_value(str(still.last))


def test_an_edit_survives_a_reload_that_comes_before_its_address(still):
    still.open_plain()
    field = still.field("layers", 4, "bias", 0)
    still.edit(field, "1")
    address_with(still, network=edited(FIRST.slug, ("layers", 4, "bias", 0), 1))
    still.page.clock.install()
    still.page.clock.pause_at(still.page.evaluate("Date.now()") + 60_000)
    still.edit(field, "2")
    still.page.reload()
    expect(still.cell(4, 0, parameter="bias")).to_have_attribute("data-value", "2")


def test_a_jump_within_the_page_changes_nothing_and_its_address_comes_back(still):
    still.open_plain()
    still.go(3)
    expect(still.page).to_have_url(re.compile("/#step=3$"))
    still.page.locator(".skip").focus()
    still.page.keyboard.press("Enter")
    expect(still.page).to_have_url(re.compile("/#step=3$"))
    assert still.step == 3


def test_while_one_drags_the_address_is_written_at_most_twice_a_second(stage):
    stage.page.add_init_script("""
      window.written = [];
      const replace = history.replaceState.bind(history);
      history.replaceState = (...said) => { written.push(performance.now()); replace(...said); };
    """)
    stage.open_stopped()
    field = stage.field("layers", 4, "bias", 0)
    for i in range(30):
        stage.edit(field, str(i + 1))
        stage.page.clock.run_for(100)
    stage.page.clock.run_for(1000)
    times = stage.page.evaluate("window.written")
    assert 3 <= len(times) <= 8
    assert all(later - sooner >= 500 for sooner, later in pairwise(times))


def test_the_share_dialog_has_the_link_ready_and_says_why_there_is_no_code(still, elsewhere):
    still.open_plain()
    still.edit(still.field("layers", 4, "bias", 0), "7")
    still.page.locator("#drawer-close").click()
    still.page.get_by_role("button", name="Share").click()
    link = still.page.locator("#share-link")
    expect(link).to_be_focused()
    selected = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert link.evaluate(selected) == link.input_value()
    # This server answers this computer alone, so a phone would not find it.
    expect(still.page.locator("#share-code-message")).to_contain_text("--host")
    expect(still.page.locator("#share-code")).to_be_hidden()
    assert violations(still.page) == []
    elsewhere.open_plain(link.input_value())
    expect(elsewhere.cell(4, 0, parameter="bias")).to_have_attribute("data-value", "7")


def test_a_lesson_as_it_is_is_shared_by_its_plain_address(still, base_url):
    still.open_plain("/lesson/ties")
    still.page.locator("#share-button").click()
    expect(still.page.locator("#share-link")).to_have_value(f"{base_url}/lesson/ties")
    still.page.keyboard.press("Escape")
    still.go(1)
    still.page.locator("#share-button").click()
    expect(still.page.locator("#share-link")).to_have_value(f"{base_url}/lesson/ties#step=1")


@pytest.mark.parametrize("form", ["json", "npz", "safetensors"])
def test_a_saved_file_opens_to_the_same_network(still, form):
    still.open_plain()
    still.edit(still.field("layers", 4, "bias", 0), "1/3")
    still.page.locator("#drawer-close").click()
    still.page.locator("#share-button").click()
    with still.page.expect_download() as download:
        still.page.locator(f'#share [data-format="{form}"]').click()
    assert download.value.suggested_filename.endswith(f".{form}")
    saved = Path(download.value.path()).read_bytes()
    opened = open_files([File(download.value.suggested_filename, saved)])
    assert opened["network"] == edited(FIRST.slug, ("layers", 4, "bias", 0), 1 / 3)


@pytest.mark.browser_context_args(viewport={"width": 390, "height": 844}, color_scheme="dark")
def test_on_a_phone_the_dialog_shows_the_code_where_there_is_one(still):
    drawing = qr_code("http://192.0.2.7:5000/lesson/ties")
    still.page.route(
        "**/qr", lambda route: route.fulfill(content_type="image/svg+xml", body=drawing)
    )
    still.open_plain("/lesson/ties")
    still.page.locator("#share-button").click()
    code = still.page.get_by_role("img", name="QR code of the link")
    expect(code).to_be_visible()
    assert code.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    assert violations(still.page) == []
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert still.page.evaluate(over) <= 0
