"""A network along one axis on the page: its steps, its cells, and its form."""

import json

import pytest
from playwright.sync_api import expect

from app.builder.gallery import gallery
from tests.browser.building import Building
from tests.browser.test_access import SCHEMES, SIZES, use, violations
from tests.browser.test_check_page import CheckPage


@pytest.fixture(name="signal")
def opened(stage):
    building = Building(stage)
    building.open("/new/signal")
    return building


def test_a_cell_is_named_by_its_position_and_its_receipt_adds_up(signal):
    cell = signal.page.locator('[role="gridcell"][data-layer="-1"][data-index="0,4"]')
    expect(cell).to_have_attribute("data-gradient", "101")
    cell.focus()
    signal.page.keyboard.press("Enter")
    receipt = signal.page.locator("#receipt")
    expect(receipt.locator("tbody tr")).to_have_count(6)
    expect(receipt).to_contain_text("channel 1, position 2")
    expect(receipt.locator("tfoot [data-number]").last).to_have_attribute("data-number", "101")


def test_the_form_of_the_input_asks_for_channels_and_positions(signal):
    signal.row("input").click()
    layers = signal.page.locator("#builder")
    expect(layers.get_by_label("positions")).to_have_value("8")
    expect(layers.get_by_label("channels")).to_have_value("1")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_is_accessible(signal, size, scheme):
    use(signal.page, size, scheme)
    assert not violations(signal.page)


def test_its_gradients_are_checked_and_the_step_that_goes_wrong_is_played(page):
    checking = CheckPage(page)
    checking.open()
    checking.use_own(json.dumps(gallery()["signal"].network()))
    expect(checking.network).to_contain_text("2 channels of 6 positions")
    expect(page.locator("#of")).to_contain_text("Weight of layer 0, 1-D convolution (2 × 1 × 3)")
    # What a gather with the kernel as it stands sends back.
    checking.check("[[0, 2, 4, 1, -99, 5, 103, 0]]", of="The input")
    expect(checking.first).to_contain_text("Gathered with an unflipped kernel")
    expect(checking.first).to_contain_text("np.convolve(g0, W0, 'full')")
    expect(checking.first).to_contain_text("position 4")
    expect(checking.first.locator(".twice [data-side=yours]")).to_contain_text("= ")
    checking.check("[[1], [2]]", of="The input")
    expect(checking.message).to_contain_text("1 × 8 (channels × positions)")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_check_of_it_is_accessible(page, size, scheme):
    checking = CheckPage(page)
    use(page, size, scheme)
    checking.open()
    checking.use_own(json.dumps(gallery()["signal"].network()))
    expect(checking.network).to_contain_text("1-D convolution")
    checking.check("[[1, 2, 3], [4, 5, 6]]", of="Output of layer 2, 1-D max pool")
    checking.check("[[[1, 2, 3]], [[4, 5, 6]]]", of="Weight of layer 0, 1-D convolution")
    expect(checking.first).to_contain_text("kernel 1")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
