"""A network of another structure takes the place of the one that is shown."""

import json

from playwright.sync_api import Route, expect

from app.lessons import FIRST
from tests.browser.stage import GRIDCELL

WIDER = json.loads(json.dumps(FIRST.network))
WIDER["layers"].insert(1, {"type": "relu"})


def open_kept(stage, network):
    """Opens the first lesson in a browser that kept this network of it."""
    original = json.dumps(FIRST.network, separators=(",", ":"), ensure_ascii=False)
    kept = {"from": original, "now": network}
    stage.page.add_init_script(f"""
      if (location.protocol !== 'about:' && !localStorage.getItem('document:{FIRST.slug}'))
        localStorage.setItem('document:{FIRST.slug}', {json.dumps(json.dumps(kept))});
    """)
    stage.open_plain()
    expect(stage.page.locator(f'{GRIDCELL}[data-layer="5"]').first).to_be_attached()


def shapes(stage):
    """By key, how many cells each array of the page has."""
    found: dict[str, int] = {}
    for cell in stage.cells:
        key = f"{cell['layer']}.{cell['parameter']}" if "parameter" in cell else cell["layer"]
        found[key] = found.get(key, 0) + 1
    return found


def drawn(picture):
    return {grid["key"]: len(grid["value"]) for grid in picture["grids"]}


def test_its_cells_its_steps_its_form_and_its_arrays_are_those_of_the_new_one(stage, client):
    open_kept(stage, WIDER)
    picture = client.post("/picture", json={"network": WIDER}).json
    assert shapes(stage) == drawn(picture)
    story = client.post("/story", json={"network": WIDER}).json
    last = len(story["steps"]) - 1
    expect(stage.page.locator("#step-count")).to_have_text(f"Step {last} of {last}")
    values = {(c["layer"], c["index"]): c["value"] for c in stage.cells if "parameter" not in c}
    assert float(values["1", "0,0,0"]) == picture["grids"][3]["value"][0]
    assert stage.page.locator("#check-of option").count() == len(picture["grids"]) - 1
    stage.edit(stage.field("input", 0, 0, 0), "70")
    expect(stage.cell(-1, 0, 0, 0)).to_have_attribute("data-value", "70")


def test_going_through_its_steps_and_pinning_its_cells_works_as_before(still, client):
    open_kept(still, WIDER)
    still.page.locator("#first").click()
    story = client.post("/story", json={"network": WIDER}).json
    for step in story["steps"][1:]:
        still.page.locator("#forward").click()
        expect(still.page.locator("#step-label")).to_have_text(step["label"])
    still.cell(1, 0, 0, 0).click()
    still.expect_inspected("1", "0,0,0")
    total = still.number(still.cell(1, 0, 0, 0))
    assert still.receipt.total == total


def test_the_account_follows_a_layer_that_comes_in_the_same_breath_as_a_number(building):
    stage = building.stage
    stage.open_stopped("/new/two-channels")
    stage.edit(stage.field("input", 0, 0, 0), "7")
    stage.page.locator("#drawer-close").click()
    relu = next(i for i, name in enumerate(building.names[1:-1]) if "ReLU" in name)
    building.row(relu).click()
    duplicate = stage.page.locator('#builder [data-layer-do="duplicate"]')
    stage.follow(lambda: duplicate.click())
    assert stage.receipt.key == "-1"
    pinned = stage.page.locator(f"{GRIDCELL}[aria-selected=true]")
    assert stage.receipt.total == stage.number(pinned)


def test_a_number_that_is_changed_while_a_layer_is_on_its_way_is_kept(building):
    stage = building.open("/new/two-channels").stage
    page, before = stage.page, len(building.names)
    held: list[Route] = []
    field = stage.field("input", 0, 0, 0)
    building.row(0).click()
    page.route("**/build", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/build"):
        page.locator('#builder [data-layer-do="duplicate"]').click()
    field.fill("7")
    expect(stage.cell(-1, 0, 0, 0)).to_have_attribute("data-value", "7")
    held[0].continue_()
    # Among the names are those of the input and the head.
    expect(page.locator(f'{GRIDCELL}[data-layer="{before - 2}"]').first).to_be_attached()
    expect(stage.cell(-1, 0, 0, 0)).to_have_attribute("data-value", "7")


def test_undo_and_redo_go_from_one_structure_to_the_other(stage):
    open_kept(stage, WIDER)
    undo, redo = stage.page.locator("#undo"), stage.page.locator("#redo")
    relu = stage.page.locator(f'{GRIDCELL}[data-layer="{len(WIDER["layers"]) - 1}"]')
    undo.click()
    expect(relu).to_have_count(0)
    expect(stage.question).to_have_text(stage.data["picture"]["question"])
    redo.click()
    expect(relu.first).to_be_attached()
    expect(stage.question).not_to_have_text(stage.data["picture"]["question"])


def test_the_focus_stays_on_a_cell_that_both_have(stage):
    open_kept(stage, WIDER)
    stage.cell(-1, 0, 1, 1).focus()
    stage.page.keyboard.press("Control+z")
    expect(stage.page.locator(f'{GRIDCELL}[data-layer="5"]')).to_have_count(0)
    expect(stage.cell(-1, 0, 1, 1)).to_be_focused()
