"""A server that is killed, hangs, is slow or is busy: the page says so, and loses nothing."""

import re
import signal

import pytest
from playwright.sync_api import expect

from tests.browser.stage import Stage
from tests.servers import command

AWAY = re.compile("does not answer")


@pytest.fixture
def running():
    """A server of its own, which a test may end."""
    with command() as running:
        yield running


@pytest.fixture
def waiting(page, running, problems):
    """A stage of that server, opened."""
    stage = Stage(page)
    page.goto = lambda url, go=page.goto, **options: go(address(running) + url, **options)
    stage.open_plain()
    yield stage
    page.close()  # What its console says of a server that was away may come late.
    no_answer(problems)


def address(running):
    return f"http://127.0.0.1:{running.port}"


def no_answer(problems):
    """What browsers log of a server that is away is no problem."""
    problems[:] = [each for each in problems if "Failed to load resource" not in each]


def notice(stage):
    return stage.page.locator("#waiting")


def test_what_is_edited_while_the_server_is_dead_is_sent_to_the_next_one(
    waiting, running, problems
):
    running.process.kill()
    running.process.wait()
    first = waiting.field("layers", 4, "weight", 0, 0)
    first.fill("2")
    expect(notice(waiting)).to_have_text(AWAY)
    waiting.field("layers", 4, "weight", 1, 0).fill("0")
    expect(first).to_have_value("2")

    with command(port=running.port):
        pooled = waiting.cell(2, 0, 0, 0)
        expect(pooled).to_have_attribute("data-gradient", "5.5")
        expect(notice(waiting)).to_be_hidden()
        waiting.expect_inspected("2", "0,0,0")
        assert waiting.receipt.terms == [[2, 2, 4], [3, 0, 0], [6, 0.25, 1.5]]
        expect(waiting.message).to_be_hidden()
    no_answer(problems)


def test_a_reload_after_the_server_was_killed_keeps_what_was_edited(waiting, running, problems):
    running.process.kill()
    running.process.wait()
    waiting.field("layers", 4, "weight", 0, 0).fill("2")
    expect(notice(waiting)).to_have_text(AWAY)
    with command(port=running.port):
        waiting.page.reload()
        expect(waiting.cell(2, 0, 0, 0)).to_have_attribute("data-gradient", "2.5")
    no_answer(problems)


def test_a_server_that_hangs_is_told_after_a_while_and_answers_when_it_goes_on(waiting, running):
    running.process.send_signal(signal.SIGSTOP)
    try:
        waiting.cell(-1, 0, 3, 0).click()
        expect(notice(waiting)).to_have_text(AWAY)
    finally:
        running.process.send_signal(signal.SIGCONT)
    waiting.expect_inspected("-1", "0,3,0")
    expect(notice(waiting)).to_be_hidden()


def test_a_server_that_is_away_for_one_view_says_so_once_and_each_is_answered(stage, problems):
    stage.open_plain()
    stage.page.route("**/inspector", lambda route: route.abort())
    stage.cell(-1, 0, 3, 0).click()
    expect(notice(stage)).to_have_text(AWAY)
    # Another cell is asked about meanwhile: the newest is answered.
    stage.cell(-1, 0, 3, 1).click()
    expect(notice(stage)).to_have_text(AWAY)
    stage.page.unroute_all()
    stage.expect_inspected("-1", "0,3,1")
    expect(notice(stage)).to_be_hidden()
    no_answer(problems)


def test_a_busy_server_is_asked_again_when_it_said(stage, problems):
    stage.open_plain()
    asked = []

    def refuse_once(route):
        asked.append(route.request.url)
        if len(asked) > 1:
            return route.continue_()
        return route.fulfill(
            status=429, headers={"Retry-After": "1"}, content_type="application/json", body="{}"
        )

    stage.page.route("**/gradcheck", refuse_once)
    stage.page.locator("#gradcheck").click()
    expect(notice(stage)).to_have_text(re.compile("answering others"))
    expect(stage.page.locator("#gradcheck-result")).not_to_be_empty()
    expect(notice(stage)).to_be_hidden()
    assert len(asked) == 2
    no_answer(problems)


def test_gradients_pasted_while_the_server_is_dead_are_checked_by_the_next_one(
    page, running, problems
):
    page.goto(address(running) + "/check")
    expect(page.locator("#text")).to_be_visible()
    running.process.kill()
    running.process.wait()
    page.locator("#text").fill("[2, 3, 6]")
    page.locator("#check [type=submit]").click()
    expect(page.locator("#waiting")).to_have_text(AWAY)
    with command(port=running.port):
        expect(page.locator("#result")).to_contain_text("Which gradient is this array?")
        expect(page.locator("#waiting")).to_be_hidden()
    no_answer(problems)
