"""The page after loading: the question, its answer in view, and the contract's attributes."""

import re
from itertools import groupby
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.stage import EVERY_LESSON, GRIDCELL, LESSONS, NOT_WORDS, Stage


def test_the_page_opens_at_the_question_with_its_first_pooled_neuron_pinned(stage):
    stage.open_plain()
    expect(stage.question).to_contain_text("2, 3 and 6")
    assert stage.step == stage.last
    pinned = [cell for cell in stage.cells if cell["selected"] == "true"]
    assert [(cell["layer"], cell["index"]) for cell in pinned] == [("2", "0,0,0")]
    receipt = stage.receipt
    assert (receipt.key, receipt.index) == ("2", "0,0,0")
    assert receipt.terms == [[2, 0.5, 1], [3, -1, -3], [6, 0.25, 1.5]]
    assert receipt.total == -0.5


def test_the_three_products_of_the_first_neuron_and_its_neighbours_other_ones_are_in_view(stage):
    stage.page.set_viewport_size({"width": 1440, "height": 900})
    stage.open_plain()
    for row in stage.inspector.locator("#receipt tbody tr").all():
        expect(row).to_be_in_viewport()
    beside = stage.inspector.locator(".neighbour")
    expect(beside).to_be_in_viewport()
    expect(beside).to_contain_text("2 × 1 + 3 × 0 + 6 × (−0.5) = −1")
    expect(stage.answer).to_contain_text("2 × 0.5 + 3 × (−1) + 6 × 0.25 = −0.5")
    expect(stage.answer).to_contain_text("2 × 1 + 3 × 0 + 6 × (−0.5) = −1")


def test_the_second_lesson_opens_at_the_askers_cell_and_its_centre_spells_1234(stage):
    stage.open_plain("/lesson/pool-convolution")
    receipt = stage.receipt
    assert (receipt.key, receipt.index) == ("0", "0,1,0")
    assert receipt.terms == [[1, 3, 3], [100, 1, 100]]
    assert receipt.total == 103
    stage.cell(0, 0, 1, 1).click()
    stage.expect_inspected("0", "0,1,1")
    assert stage.receipt.products == [4, 30, 200, 1000]
    assert stage.receipt.total == 1234


def test_the_lessons_are_one_click_apart(stage):
    stage.open_plain()
    stage.page.locator("#lessons summary").click()
    stage.page.get_by_role("link", name="Pool → convolution").click()
    expect(stage.page).to_have_url(re.compile("/lesson/pool-convolution$"))
    stage.page.locator("#lessons summary").click()
    expect(stage.page.locator("#lessons [aria-current]")).to_have_text("Pool → convolution")


@pytest.mark.parametrize("path", LESSONS)
def test_every_cell_that_can_be_inspected_is_one_gridcell_with_its_figures(stage, client, path):
    stage.open_plain(path)
    document = stage.data["document"]
    trace = client.post("/api/trace", json={"network": document}).get_json()

    wanted: dict[tuple[str, str | None], tuple[Any, Any]] = {
        ("-1", None): (trace["input"]["value"], trace["input"]["gradient"])
    }
    for i, layer in enumerate(trace["layers"]):
        if layer["type"] == "flatten":
            continue
        wanted[str(i), None] = (layer["value"], layer["gradient"])
        for name in ("weight", "bias"):
            if layer[f"{name}_gradient"] is not None:
                own = document["layers"][i][name], layer[f"{name}_gradient"]
                wanted[str(i), name] = own
    given = document["head"]["gradient"]
    wanted["head", None] = (given, given)

    found = {
        (cell["layer"], cell.get("parameter"), cell["index"]): (
            float(cell["value"]),
            float(cell["gradient"]),
        )
        for cell in stage.cells
    }
    assert len(found) == len(stage.cells)
    assert found == {
        (layer, parameter, ",".join(map(str, index))): (value, dict(flat(gradients))[index])
        for (layer, parameter), (values, gradients) in wanted.items()
        for index, value in flat(values)
    }


def flat(array, index=()):
    """Nested lists as (index, number)."""
    if not isinstance(array, list):
        return [(index, array)]
    return [pair for i, each in enumerate(array) for pair in flat(each, (*index, i))]


@pytest.mark.parametrize("path", LESSONS)
def test_each_table_is_one_tab_stop_and_each_cell_says_what_it_is_and_holds(stage: Stage, path):
    stage.open_plain(path)
    for table in stage.page.locator('table[role="grid"]').all():
        assert table.get_attribute("aria-label")
        assert table.locator(f'{GRIDCELL}[tabindex="0"]').count() == 1
    for cell in stage.cells:
        assert re.fullmatch(r".+: value .+, gradient .+", cell["label"])
        assert cell["name"] in cell["label"]
    assert len({cell["label"].split(":")[0] for cell in stage.cells if "parameter" not in cell}) \
        == len([cell for cell in stage.cells if "parameter" not in cell])  # fmt: skip


def test_the_winners_of_the_pooling_are_ringed(stage):
    stage.open_plain()
    won = [(cell["layer"], cell["index"]) for cell in stage.cells if "won" in cell]
    assert won == [("1", "0,1,1"), ("1", "0,1,2"), ("1", "0,2,0"), ("1", "0,2,3")]
    stage.go(5)
    rings = stage.page.locator('.picture .scene [data-part="winner"]')
    expect(rings).to_have_count(4)


def test_every_zero_says_its_reason(stage):
    stage.open_plain()
    zeros = [cell for cell in stage.cells if cell["gradient"] == "0"]
    assert {cell["zero"] for cell in zeros} == {"lost", "blocked", "upstream"}
    for cell in zeros:
        assert re.search(r"gradient 0, [a-z 0]+: .+", cell["label"])


@pytest.mark.parametrize("path", EVERY_LESSON)
def test_every_cell_of_every_lesson_is_accounted_for_by_its_receipt(stage, path):
    stage.open_plain(path)
    shown = {
        (cell["layer"], cell["index"]): float(cell["gradient"])
        for cell in stage.cells
        if "parameter" not in cell
    }
    receipts = stage.every_receipt()
    assert len(receipts) == len(stage.cells)
    last = max(int(cell["layer"]) for cell, _ in receipts if cell["layer"] != "head")
    for cell, receipt in receipts:
        key = cell["layer"] if cell["layer"] != "head" else str(last)
        if "parameter" in cell:
            key += f".{cell['parameter']}"
        assert (receipt.key, receipt.index) == (key, cell["index"])

        assert not NOT_WORDS.search(receipt.text), receipt.text
        gradient = float(cell["gradient"])
        products = receipt.products
        bound = 8 * len(products) * 2**-52 * sum(map(abs, products))
        assert abs(sum(products) - gradient) <= bound
        assert receipt.total == gradient
        for upstream, factor, product in receipt.terms:
            assert product == upstream * factor
        # The cells it names hold the upstream gradients it says.
        if key != str(last):
            rows = zip(receipt.places, receipt.terms, receipt.elsewhere, strict=True)
            here = [(place, term) for place, term, elsewhere in rows if not elsewhere]
            assert here or not receipt.terms
            assert [shown[place] for place, _ in here] == [term[0] for _, term in here]


def test_the_inspector_says_where_a_gradient_goes_and_how_the_value_came_about(stage):
    stage.open_plain()
    told = [
        (cell["layer"] + cell.get("parameter", ""), re.sub(r"\s+", " ", receipt.text))
        for cell, receipt in stage.every_receipt()
    ]
    for _, texts in groupby(told, key=lambda each: each[0]):
        of_one_kind = [text for _, text in texts]
        for text in of_one_kind:
            assert "Where this gradient goes next" in text
            assert "How its value came about" in text
        assert len(set(of_one_kind)) == len(of_one_kind)
