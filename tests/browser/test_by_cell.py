"""The steps cell by cell: one sum after the other."""

from playwright.sync_api import expect

from app.text.numbers import figure
from tests.browser.stage import Stage


def sums(stage: Stage, layer: int) -> list[str]:
    cells = stage.page.locator(f'.grid[data-key="{layer}"] .gradient')
    return cells.evaluate_all("(spans) => spans.map((span) => span.textContent)")


def test_by_cell_each_press_adds_up_one_cell_and_back_takes_it_away(stage):
    stage.open_stopped()
    stage.page.locator("#stride").select_option("cell")
    stage.go(2)
    shown = []
    for _ in range(4):
        stage.press("n")
        stage.page.clock.run_for(1_200)
        shown.append((stage.step, sums(stage, 2), stage.caption.inner_text()))
        assert stage.announcer.inner_text() == shown[-1][2]
    assert [step for step, _, _ in shown] == [3, 3, 3, 3]
    final = [cell["gradient"] for cell in stage.cells if cell["layer"] == "2"]
    final = [figure(float(gradient)) for gradient in final]
    for done, (_, cells, caption) in enumerate(shown, start=1):
        assert cells[:done] == final[:done]
        assert cells[done:] == ["·"] * (4 - done)
        assert caption.endswith(f" gets {final[done - 1]}.")
    stage.press("b")
    assert (stage.step, sums(stage, 2)) == shown[2][:2]
    assert stage.caption.inner_text() == shown[2][2]
    for _ in range(3):
        stage.press("b")
    assert stage.step == 2
    stage.press("n")
    stage.page.clock.run_for(1_200)
    stage.press("Home")
    assert stage.step == 0


def test_by_cell_with_less_motion_it_steps_from_cell_to_cell(still):
    still.open_plain()
    still.page.locator("#stride").select_option("cell")
    still.go(2)
    for done in (1, 2, 3):
        still.press("n")
        assert [text != "·" for text in sums(still, 2)] == [True] * done + [False] * (4 - done)


def test_by_cell_the_forward_pass_shows_one_window_a_press(stage):
    stage.open_stopped()
    stage.page.locator("#stride").select_option("cell")
    stage.page.locator("#whole-pass").check()
    stage.press("n")
    stage.page.clock.run_for(1_200)
    values = stage.page.locator('.grid[data-key="0"] .value').all_inner_texts()
    assert [text != "·" for text in values].count(True) == 1
    assert stage.caption.inner_text().startswith("Convolution, row 0, column 0")


def test_by_cell_nothing_is_said_to_get_a_number_before_it_is_added_up(still):
    still.open_plain()
    still.page.emulate_media(reduced_motion="reduce")
    still.page.locator("#stride").select_option("cell")
    still.press("Home")
    phases = [step["phase"] for step in still.data["picture"]["steps"]]
    said: dict[str, list[str | None]] = {}
    while still.step < phases.index("add") + 1:
        still.press("n")
        said.setdefault(phases[still.step], []).append(still.caption.text_content())
    assert said["multiply"] == [
        "Towards Max pool, row 0, column 0: 2 × 0.5, 3 × (−1), 6 × 0.25.",
        "Towards Max pool, row 0, column 1: 2 × 1, 3 × 0, 6 × (−0.5).",
        "Towards Max pool, row 1, column 0: 2 × (−0.25), 3 × 0.5, 6 × 1.",
        "Towards Max pool, row 1, column 1: 2 × 0, 3 × 1, 6 × (−1).",
    ]
    gets = [text for text in said["add"] if text and "gets" in text]
    assert [text.split()[-1].rstrip(".") for text in gets] == ["−0.5", "−1", "7", "−3"]


def test_by_cell_the_pinned_cells_curves_step_back_while_another_has_its_turn(still):
    still.open_plain()
    still.page.locator("#stride").select_option("cell")
    phases = [step["phase"] for step in still.data["picture"]["steps"]]
    still.go(phases.index("add") - 1)
    aside = still.page.locator(".under > g.aside")
    for expected in (0, 1, 1, 0):  # of four cells the first is pinned, and at the end all is still
        still.page.locator("#forward").click()
        expect(aside).to_have_count(expected)


def test_by_cell_a_cell_that_gets_nothing_says_why(still):
    still.open_plain()
    still.page.locator("#stride").select_option("cell")
    steps = [step["phase"] for step in still.data["picture"]["steps"]]
    still.go(steps.index("route") - 1)
    still.page.locator("#forward").click()
    expect(still.caption).to_have_text(
        "ReLU, row 0, column 0 gets 0, lost: another cell of the window took the gradient."
    )
