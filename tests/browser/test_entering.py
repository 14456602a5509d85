"""A network of one's own is entered from the gallery: by mouse, and by keyboard alone."""

import json
import re

import numpy as np
from playwright.sync_api import expect

from app.builder.gallery import gallery
from app.stage.tables import exact
from tests.browser.building import EXAM, EXAM_DOCUMENT, MOST_ACTIONS, paste
from tests.browser.stage import GRIDCELL


def expect_exam(building, client):
    trace = client.post("/api/trace", json={"network": EXAM_DOCUMENT}).json
    weights = building.page.locator(f'{GRIDCELL}[data-parameter="weight"]')
    (rows,) = trace["layers"][0]["weight_gradient"][0]
    for i, number in enumerate(number for row in rows for number in row):
        expect(weights.nth(i)).to_have_attribute("data-gradient", exact(number))
    assert building.actions <= MOST_ACTIONS


def test_an_exam_task_is_entered_with_the_mouse_in_few_actions(building, client):
    page = building.page
    building.stage.answer_at_once()
    page.goto("/new")
    building.click(page.get_by_role("link", name=re.compile("Sigmoid and squared")))
    building.click(building.row("input"))
    building.click(building.field("input"))
    building.press("Control+a")
    building.type(EXAM["input"])
    building.expect_values(-1, "210131012")
    building.click(building.row(0))
    building.click(building.field("layers", 0, "weight"))
    building.press("Control+a")
    building.type(EXAM["weight"])
    building.click(building.row("head"))
    building.choose(page.locator("#builder [data-become=head]"), "Given gradients")
    building.click(building.field("head", "gradient"))
    building.press("Control+a")
    building.type(EXAM["gradient"])
    expect_exam(building, client)


def test_an_exam_task_is_entered_with_the_keyboard_alone_in_few_actions(building, client):
    page = building.page
    building.stage.answer_at_once()
    page.goto("/new")
    while not page.locator(":focus", has_text="Sigmoid and squared").count():
        building.press("Tab")
    building.press("Enter")
    expect(building.row("input")).to_be_focused()
    building.press("Enter")
    building.press("Tab")
    expect(building.field("input")).to_be_focused()
    building.type(EXAM["input"])
    building.expect_values(-1, "210131012")
    building.press("Escape")
    building.press("ArrowDown")
    building.press("Enter")
    building.press("Tab")
    building.press("Tab")
    expect(building.field("layers", 0, "weight")).to_be_focused()
    building.type(EXAM["weight"])
    building.press("Escape")
    building.press("ArrowDown")
    building.press("ArrowDown")
    building.press("Enter")
    building.press("Tab")
    building.type("Given")
    expect(building.field("head", "gradient")).to_be_visible()
    building.press("Tab")
    expect(building.field("head", "gradient")).to_be_focused()
    building.type(EXAM["gradient"])
    expect_exam(building, client)


# As PyTorch prints them.
PRINTED_INPUT = """tensor([[[ 1.,  0.,  2., -1.,  3.],
         [ 0.,  1.,  1.,  2.,  0.],
         [ 2., -1.,  0.,  1.,  1.],
         [ 1.,  2.,  1.,  0., -2.],
         [ 0.,  1.,  3.,  1.,  1.]],

        [[ 0.,  2.,  1.,  1.,  0.],
         [ 1.,  1.,  0., -1.,  2.],
         [ 3.,  0.,  1.,  2.,  1.],
         [-1.,  1.,  0.,  1.,  0.],
         [ 2.,  0.,  1., -1.,  1.]]])"""
PRINTED_WEIGHT = """Parameter containing:
tensor([[[[ 0.5000, -1.0000],
          [ 1.0000,  0.2500]],

         [[ 0.0000,  1.0000],
          [-0.5000,  2.0000]]],


        [[[ 1.0000,  0.0000],
          [ 0.0000, -1.0000]],

         [[ 2.0000,  0.5000],
          [ 0.0000,  1.0000]]]], requires_grad=True)"""
PRINTED_GRADIENT = """tensor([[[ 1.,  2.,  3.],
         [ 4.,  5.,  6.],
         [ 7.,  8.,  9.]],

        [[-1.,  0.,  1.],
         [ 2., -2.,  1.],
         [ 0.,  1., -1.]]])"""
PRINTED: list[tuple[str | int, list[str | int], str]] = [
    ("input", ["input"], PRINTED_INPUT),
    (0, ["layers", 0, "weight"], PRINTED_WEIGHT),
    ("head", ["head", "gradient"], PRINTED_GRADIENT),
]
"""The rows of the builder, the places of their fields, and what is pasted there."""


def numbers_of(printed):
    """The nested lists of a printed tensor."""
    return json.loads(
        re.sub(r"\.(?=\D)", ".0", printed[printed.index("[") : printed.rindex("]") + 1])
    )


def expect_two_channels(building, client):
    """The gradients of the input are those of the network that PyTorch printed."""
    document = gallery()["two-channels"].network() | {"input": numbers_of(PRINTED_INPUT)}
    document["layers"][0]["weight"] = numbers_of(PRINTED_WEIGHT)
    document["head"]["gradient"] = numbers_of(PRINTED_GRADIENT)
    trace = client.post("/api/trace", json={"network": document}).json
    gradients = np.array(trace["input"]["gradient"]).ravel().tolist()
    cells = building.page.locator(f'{GRIDCELL}[data-layer="-1"]')
    expect(cells).to_have_count(50)
    for i, gradient in enumerate(gradients):
        expect(cells.nth(i)).to_have_attribute("data-gradient", exact(gradient))


def test_a_two_channel_network_is_pasted_from_what_pytorch_prints_with_the_mouse(building, client):
    page = building.page
    building.stage.answer_at_once()
    page.goto("/new")
    page.get_by_role("link", name=re.compile("Two channels")).click()
    for row, path, printed in PRINTED:
        building.row(row).click()
        field = building.field(*path)
        paste(building, field, printed)
        page.locator("#builder .block-read").get_by_role("button", name=re.compile("^Take")).click()
        expect(page.locator("#builder .block-read")).to_have_count(0)
    expect_two_channels(building, client)


def test_a_two_channel_network_is_pasted_from_what_pytorch_prints_with_keys(building, client):
    page = building.page
    building.stage.answer_at_once()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/new")
    page.get_by_role("link", name=re.compile("Two channels")).focus()
    page.keyboard.press("Enter")
    for row, path, printed in PRINTED:
        expect(building.row(row)).to_be_visible()
        building.row(row).focus()
        page.keyboard.press("Enter")
        page.evaluate("(text) => navigator.clipboard.writeText(text)", printed)
        tab_to(page, building.field(*path))
        page.keyboard.press("Control+v")
        take = page.locator("#builder .block-read").get_by_role("button", name=re.compile("^Take"))
        expect(take).to_be_visible()
        tab_to(page, take)
        page.keyboard.press("Enter")
        expect(page.locator("#builder .block-read")).to_have_count(0)
    expect_two_channels(building, client)


def tab_to(page, locator):
    """Reach a control by the Tab key alone."""
    for _ in range(20):
        if locator.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("The Tab key does not lead there.")
