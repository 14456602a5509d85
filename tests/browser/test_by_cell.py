"""The steps cell by cell: one sum after the other."""

from playwright.sync_api import expect

from app.text.numbers import figure
from tests.browser.stage import Stage


def by_cell(stage: Stage) -> None:
    stage.options(lambda page: page.locator("#stride").select_option("cell"))


def test_by_cell_each_press_adds_up_one_cell_and_back_takes_it_away(stage):
    stage.open_stopped()
    by_cell(stage)
    stage.go(2)
    shown = []
    for _ in range(4):
        stage.press("n")
        stage.page.clock.run_for(1_200)
        shown.append((stage.step, stage.caption.inner_text()))
        assert stage.announcer.inner_text() == shown[-1][1]
    assert [step for step, _ in shown] == [3, 3, 3, 3]
    final = [cell["gradient"] for cell in stage.cells if cell["layer"] == "2"]
    for gradient, (_, caption) in zip(final, shown, strict=True):
        assert caption.endswith(f" gets {figure(float(gradient))}.")
    stage.press("b")
    assert (stage.step, stage.caption.inner_text()) == shown[2]
    for _ in range(3):
        stage.press("b")
    assert stage.step == 2
    stage.press("n")
    stage.page.clock.run_for(1_200)
    stage.press("Home")
    assert stage.step == 0


def test_by_cell_nothing_is_said_to_get_a_number_before_it_is_added_up(still):
    still.open_plain()
    still.page.emulate_media(reduced_motion="reduce")
    by_cell(still)
    still.press("Home")
    phases = [step["phase"] for step in still.data["picture"]["steps"]]
    said: dict[str, list[str]] = {}
    while still.step < phases.index("add") + 1:
        still.press("n")
        # A "×" has spaces that do not break.
        text = (still.caption.text_content() or "").replace("\xa0", " ")
        said.setdefault(phases[still.step], []).append(text)
    assert said["multiply"] == [
        "Towards Max pool, row 0, column 0: 2 × 0.5, 3 × (−1), 6 × 0.25.",
        "Towards Max pool, row 0, column 1: 2 × 1, 3 × 0, 6 × (−0.5).",
        "Towards Max pool, row 1, column 0: 2 × (−0.25), 3 × 0.5, 6 × 1.",
        "Towards Max pool, row 1, column 1: 2 × 0, 3 × 1, 6 × (−1).",
    ]
    gets = [text for text in said["add"] if "gets" in text]
    assert [text.split()[-1].rstrip(".") for text in gets] == ["−0.5", "−1", "7", "−3"]


def test_by_cell_a_cell_that_gets_nothing_says_why(still):
    still.open_plain()
    by_cell(still)
    steps = [step["phase"] for step in still.data["picture"]["steps"]]
    still.go(steps.index("route") - 1)
    still.page.locator("#forward").click()
    expect(still.caption).to_have_text(
        "ReLU, row 0, column 0 gets 0, lost: another cell of the window took the gradient."
    )
