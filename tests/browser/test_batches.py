"""A batch on the page: one example at a time, and gradients of weights that are sums over all."""

import json
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from app.document.building import run
from app.document.document import Document
from tests.browser.stage import Stage
from tests.browser.test_access import SCHEMES, SIZES, use, violations
from tests.browser.test_opening_files import choose

BATCH: dict[str, Any] = {
    "title": "two examples",
    "input": [[[[1, 2], [3, 4]]], [[[0, -1], [2, 5]]]],
    "layers": [
        {"type": "conv2d", "weight": [[[[1, 2]]], [[[0.5, 1]]]], "bias": [0, 1]},
        {"type": "relu"},
        {"type": "flatten"},
        {"type": "linear", "weight": [[1, -1, 2, 0], [0, 2, 1, 1]], "bias": [0, 0]},
    ],
    "head": {"type": "mse", "target": [[1, 2], [3, 5]]},
}
MANY = {**BATCH, "input": BATCH["input"] * 3, "head": {"type": "mse", "target": [[0, 1]] * 6}}


def open_batch(stage: Stage, network: dict[str, Any]) -> Stage:
    stage.open_plain("/lesson/padding")
    stage.follow(lambda: choose(stage, "batch.json", json.dumps(network).encode()))
    expect(count(stage)).to_have_text(f"Example 1 of {len(network['input'])}")
    return stage


def count(stage: Stage):
    return stage.page.locator("#example-count")


def figures(stage: Stage):
    return {
        (cell["layer"], cell.get("parameter"), cell["index"]): (cell["value"], cell["gradient"])
        for cell in stage.cells
        if cell["layer"] != "head"
    }


def expected(network: dict[str, Any], example: int):
    trace = run(Document.model_validate(network)).example(example)
    found = {}
    for layer in range(-1, len(trace.network.layers)):
        own = trace.network.layers[layer] if layer >= 0 else None
        if own is not None and own.relabels:
            continue
        arrays: dict[str | None, Any] = {}
        arrays[None] = trace.values[layer + 1], trace.gradients[layer + 1]
        for parameter, array in own.parameters.items() if own else ():
            arrays[parameter] = array, trace.parameters[layer][parameter]
        for name, (values, gradients) in arrays.items():
            for index in np.ndindex(values.shape):
                key = str(layer), name, ",".join(map(str, index))
                found[key] = values[index], gradients[index]
    return found


def test_each_example_shows_its_cells_and_the_sums_of_the_weights(still):
    open_batch(still, BATCH)
    for example in (0, 1):
        if example:
            still.follow(lambda: still.press("."))
        expect(count(still)).to_have_text(f"Example {example + 1} of 2")
        shown = figures(still)
        true = expected(BATCH, example)
        assert shown.keys() == true.keys()
        for key, (value, gradient) in true.items():
            assert [float(x) for x in shown[key]] == pytest.approx([value, gradient])
    still.follow(lambda: still.press(","))
    expect(count(still)).to_have_text("Example 1 of 2")
    still.press(",")
    expect(still.page.locator("#example-back")).to_have_attribute("aria-disabled", "true")


def test_every_receipt_of_every_example_adds_up(still):
    open_batch(still, BATCH)
    for example in (0, 1):
        if example:
            still.follow(lambda: still.page.locator("#example-next").click())
        for cell, receipt in still.every_receipt():
            assert receipt.total == pytest.approx(float(cell["gradient"]))
            assert sum(receipt.products) == pytest.approx(receipt.total)


def test_a_weights_receipt_names_the_example_of_each_term(still):
    open_batch(still, BATCH)
    still.follow(lambda: still.cell(0, 0, 0, 0, 1, parameter="weight").click(force=True))
    rows = still.inspector.locator("#receipt tbody th").all_inner_texts()
    assert [" ".join(row.replace(",", " ").split()[:2]) for row in rows] == ["example 1"] * 2 + [
        "example 2"
    ] * 2
    expect(still.inspector.locator(".sentence")).to_contain_text("all 2 examples")


def test_another_example_leaves_the_cell_pinned_and_the_step(still):
    open_batch(still, BATCH)
    still.follow(lambda: still.cell(1, 1, 0, 0).click(force=True))
    still.go(3)
    expect(still.caption).to_contain_text("channel 1, row 0, column 0")
    step = still.caption.text_content()
    still.follow(lambda: still.press("."))
    assert still.step == 3
    still.expect_inspected("1", "1,0,0")
    expect(still.cell(1, 1, 0, 0)).to_have_attribute("aria-selected", "true")
    expect(still.announcer).to_have_text("Example 2 of 2")
    expect(still.caption).to_contain_text("channel 1, row 0, column 0")
    still.follow(lambda: still.press(","))
    expect(still.caption).to_have_text(step)


def test_the_address_holds_the_example(still):
    open_batch(still, BATCH)
    still.page.wait_for_url("**/#1.*")
    first = still.page.evaluate("location.hash")
    still.follow(lambda: still.press("."))
    still.page.wait_for_function("first => location.hash !== first", arg=first)
    still.page.reload()
    expect(count(still)).to_have_text("Example 2 of 2")
    expect(still.cell(-1, 0, 1, 1)).to_have_attribute("data-value", "5")


def test_an_edit_changes_the_number_of_the_shown_example(still):
    open_batch(still, BATCH)
    still.follow(lambda: still.press("."))
    still.edit(still.field("input", 1, 0, 1, 1), "7")
    expect(still.cell(-1, 0, 1, 1)).to_have_attribute("data-value", "7")
    expect(count(still)).to_have_text("Example 2 of 2")
    still.follow(lambda: still.press(","))
    expect(still.cell(-1, 0, 1, 1)).to_have_attribute("data-value", "4")
    still.follow(lambda: still.press("."))
    expect(still.cell(-1, 0, 1, 1)).to_have_attribute("data-value", "7")


def test_one_step_of_learning_is_of_the_whole_batch_and_stays_at_the_example(still):
    open_batch(still, BATCH)
    still.follow(lambda: still.press("."))
    slope = still.number(still.cell(3, 0, parameter="bias"))
    rate = still.page.locator("#learning input").first
    rate.fill("0.01")
    still.follow(lambda: still.page.locator("#learning [type=submit]").click())
    expect(count(still)).to_have_text("Example 2 of 2")
    bias = still.number(still.cell(3, 0, parameter="bias"), "value")
    assert bias == pytest.approx(-0.01 * slope)


def test_many_examples_have_small_pictures_to_choose_from(still):
    open_batch(still, MANY)
    pictures = still.page.locator("#example-thumbs button")
    expect(pictures).to_have_count(6)
    still.follow(lambda: pictures.nth(3).click())
    expect(count(still)).to_have_text("Example 4 of 6")
    expect(pictures.nth(3)).to_have_attribute("aria-pressed", "true")
    expect(pictures.nth(0)).to_have_attribute("aria-pressed", "false")


def test_a_network_of_one_example_has_no_stepper(still):
    open_batch(still, BATCH)
    still.follow(lambda: still.press("."))
    alone = {**BATCH, "input": BATCH["input"][0], "head": {"type": "mse", "target": [1, 2]}}
    choose(still, "one.json", json.dumps(alone).encode())
    expect(still.page.locator("#batch")).to_be_hidden()
    expect(still.cell(-1, 0, 1, 1)).to_have_attribute("data-value", "4")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_the_page_of_a_batch(still, size, scheme):
    use(still.page, size, scheme)
    open_batch(still, MANY)
    assert violations(still.page) == []
    wide = still.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
