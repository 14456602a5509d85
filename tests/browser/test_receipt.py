"""The receipt beside the scene: its numbers stand apart, each with its sign, and nothing is cut."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.stage import LENET
from tests.browser.test_layout import DRAWN, SIZES, charts_of

# Of each row: what stands less than 5 pixels from the next column, and what takes two lines.
CROWDED = """() => {
  const inked = (cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const lines = [...range.getClientRects()].filter(({width}) => width > 0);
    return {
      text: cell.textContent.trim(),
      left: Math.min(...lines.map(({left}) => left)),
      right: Math.max(...lines.map(({right}) => right)),
      top: Math.min(...lines.map(({top}) => top)),
      bottom: Math.max(...lines.map(({bottom}) => bottom)),
    };
  };
  const box = document.querySelector(".card .rows");
  const found = box.scrollWidth > box.clientWidth ? ["the table is wider than its box"] : [];
  for (const row of document.querySelectorAll(".card #receipt tr")) {
    const cells = [...row.querySelectorAll("th, td")].map(inked);
    cells.slice(1).forEach((cell, i) => {
      // In a narrow panel, the name stands above.
      const isBeside = cell.top < cells[i].bottom - 2;
      if (isBeside && cell.left - cells[i].right < 4.5) found.push(`${cells[i].text}|${cell.text}`);
    });
    for (const cell of [...row.querySelectorAll("td[data-number]")].map(inked))
      if (cell.bottom - cell.top > 24) found.push(`${cell.text} takes two lines`);
  }
  return found;
}"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/", "/lesson/cross-entropy", LENET])
def test_at_every_step_the_numbers_of_the_receipt_stand_apart_and_in_one_line(still, path, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain(path)
    for step in range(still.last + 1):
        still.go(step)
        still.wait_for_the_account()
        assert still.page.evaluate(CROWDED) == [], step


@pytest.mark.parametrize("size", ["wide", "laptop"])
def test_the_chart_of_a_long_sum_is_not_cut_at_its_edge(still, size):
    charts = 0
    for step, seen in charts_of(still, LENET, size):
        charts += 1
        left, _, right, _ = seen["chart"]
        for text, x, _, x_end, _ in seen["texts"]:
            assert left <= x, (step, text)
            assert x_end <= right, (step, text)
    assert charts > 3


SEEN_ROWS = """() => {
  const box = (node) => node.getBoundingClientRect();
  const top = box(document.querySelector("#receipt thead th")).bottom;
  const bottom = box(document.querySelector("#receipt tfoot th")).top;
  return [...document.querySelectorAll("#receipt tbody tr")]
    .filter((row) => box(row).top >= top - 1 && box(row).bottom <= bottom + 1).length;
}"""


def test_in_a_low_window_rows_stand_between_the_head_of_a_receipt_and_its_sum(still):
    still.page.set_viewport_size({"width": 1280, "height": 720})
    still.answer_at_once()
    still.open("/")
    still.go(still.last)
    still.page.wait_for_function(DRAWN)
    assert still.page.evaluate(SEEN_ROWS) >= 2


# What of the receipt is out of sight, in pixels.
HIDDEN = """() => {
  const rows = document.querySelector(".card .rows");
  return Math.max(rows.scrollHeight - rows.clientHeight, rows.scrollWidth - rows.clientWidth);
}"""


@pytest.mark.parametrize("size", ["wide", "laptop"])
def test_a_receipt_of_up_to_four_terms_is_in_sight_without_scrolling(still, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain()
    seen = set()
    for step in range(still.last + 1):
        still.go(step)
        still.wait_for_the_account()
        terms = still.page.locator("#receipt tbody tr").count()
        if terms > 4:
            continue
        seen.add(terms)
        assert still.page.evaluate(HIDDEN) <= 1, step
    assert seen == {1, 3, 4}


def test_a_receipt_says_that_more_of_its_rows_lie_below_until_all_were_seen(still):
    still.open_plain("/lesson/skip-connection")
    rows = still.page.locator(".card .rows")
    expect(rows).to_have_class(re.compile("scrolls"))
    rows.evaluate("rows => rows.scrollTo(0, rows.scrollHeight)")
    expect(rows).not_to_have_class(re.compile("scrolls"))
    still.open_plain()
    still.go(still.last)
    still.wait_for_the_account()
    expect(rows).not_to_have_class(re.compile("scrolls"))


# In how many lines the name of each row and its reason stand.
LINES = """() => [...document.querySelectorAll("#receipt tbody th")].flatMap((name) =>
  [...name.childNodes].map((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return new Set([...range.getClientRects()].map(({top}) => top)).size;
  }))"""


@pytest.mark.parametrize("size", SIZES)
def test_no_name_of_a_row_breaks_and_no_reason_of_a_zero(still, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain()
    for step in range(still.last + 1):
        still.go(step)
        still.wait_for_the_account()
        assert set(still.page.evaluate(LINES)) == {1}, step


# How many rows the figures above a receipt take, what of them is cut, and what the gradient says.
FIGURES = """() => {
  const box = (node) => node.getBoundingClientRect();
  const {right} = box(document.querySelector("#inspector .card"));
  const list = document.querySelector(".card .figures");
  const ahead = list.querySelector(".ahead");
  return {
    rows: new Set([...list.querySelectorAll(":scope > :not(.reason) dt")]
      .map((each) => Math.round(box(each).top))).size,
    cut: [...list.children, ahead]
      .filter((each) => getComputedStyle(each).visibility === "visible")
      .filter((each) => box(each).right > right + 1).map((each) => each.textContent),
    hidden: parseFloat(getComputedStyle(list.querySelector(".gradient-figure dd")).fontSize) === 0,
  };
}"""


@pytest.mark.parametrize("size", ["wide", "laptop"])
@pytest.mark.parametrize("path", ["/lesson/cross-entropy", LENET])
def test_an_outputs_value_probability_and_gradient_stand_in_one_row(still, path, size):
    still.page.set_viewport_size(SIZES[size])
    still.open_plain(path)
    for step, hidden in ((0, True), (1, False)):
        still.go(step)
        still.wait_for_the_account()
        assert still.page.evaluate(FIGURES) == {"rows": 1, "cut": [], "hidden": hidden}, step
