"""The page that checks a backward pass, as an engineer with wrong gradients meets it."""

import io
import json
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from app.document.building import run
from app.document.document import Document
from app.lessons import FIRST, LESSONS
from tests.browser.stage import EVERY_LESSON, LENET, Stage
from tests.browser.test_access import SCHEMES, SIZES, use, violations

TRACE = run(Document.model_validate(FIRST.network))
SQUARE = {"type": "linear", "weight": [[1, 2], [3, 4]]}
OWN = {
    "version": 1, "title": "two squares", "input": [1, 2], "layers": [SQUARE, SQUARE],
    "head": {"type": "upstream", "gradient": [3, 5]},
}  # fmt: skip

BATCH = {
    "version": 1, "title": "two rows", "input": [[1, 2], [3, -1]],
    "layers": [SQUARE, {"type": "relu"}],
    "head": {"type": "upstream", "gradient": [[3, 5], [2, 1]]},
}  # fmt: skip


class CheckPage:
    """What a reader does on it."""

    def __init__(self, page):
        self.page = page
        self.text = page.locator("#text")
        self.message = page.locator("#message")
        self.verdict = page.locator("#result .verdict")
        self.first = page.locator(".judged[data-state=first]")
        self.network = page.locator("#network-told")

    def open(self, path="/check"):
        self.page.goto(path)
        expect(self.page.locator("body.answering")).to_be_attached()

    def check(self, text=None, of=None):
        if text is not None:
            self.text.fill(text)
        if of is not None:
            option = self.page.locator("#of option", has_text=of).first
            self.page.locator("#of").select_option(option.get_attribute("value"))
        with self.page.expect_response("**/check/report"):
            self.page.get_by_role("button", name="Check", exact=True).click()

    def use_own(self, text):
        self.page.locator("#own summary").click()
        self.page.locator("#own-text").fill(text)
        self.page.get_by_role("button", name="Use this network").click()


@pytest.fixture
def checking(page):
    return CheckPage(page)


def as_pytorch_prints_them(wrong=()):
    """Every gradient of the founding network, by name."""
    texts = []
    for i, of in enumerate(TRACE.parameters):
        for name, array in of.items():
            made = array * 2 if (i, name) in wrong else array
            numbers = np.array2string(made, separator=", ", floatmode="maxprec_equal")
            inner = numbers.replace("\n", "\n        ")
            texts.append(f"{i}.{name} tensor({inner})".replace(f"{name} t", f"{name}: t"))
    return "\n".join(texts)


def test_a_wrong_array_is_told_its_mistake_with_its_layer_and_its_line_of_code(checking):
    checking.open()
    checking.check("[[11, 11], [11, 11]]", of="Output of layer 2, Max pool")
    expect(checking.verdict).to_contain_text("the first is output of layer 2, Max pool")
    expect(checking.first.locator("h3")).to_have_text("Output of layer 2, Max pool")
    expect(checking.first).to_contain_text("4 of 4 numbers differ")
    mistake = checking.first.locator(".mistake").first
    expect(mistake.locator("h4")).to_have_text("Added without the weights")
    lines = mistake.locator("pre").first
    expect(lines.locator("del")).to_contain_text("dx4 = np.full_like(x4, g4.sum())")
    expect(lines.locator("ins")).to_contain_text("dx4 = W4.T @ g4")
    expect(mistake).to_contain_text("W4 is the weight of layer 4")
    # Three pictures on one scale: 14 is the furthest off.
    pictures = checking.first.locator(".comparison table")
    expect(pictures).to_have_count(3)
    assert [table.locator("td").all_inner_texts() for table in pictures.all()] == [
        ["11"] * 4, ["−0.5", "−1", "7", "−3"], ["11.5", "12", "4", "14"],
    ]  # fmt: skip
    levels = [
        float(cell.evaluate("cell => cell.style.getPropertyValue('--t')"))
        for cell in pictures.nth(2).locator("td").all()
    ]
    assert levels == pytest.approx([11.5 / 14, 12 / 14, 4 / 14, 1], abs=1e-3)
    expect(checking.page.locator(".next li").first).to_contain_text("Begin with output of layer 2")


def test_all_arrays_of_a_printout_are_checked_and_the_first_wrong_one_opened(checking):
    checking.open()
    checking.check(as_pytorch_prints_them())
    expect(checking.verdict).to_have_text("All 4 arrays that were given are right.")
    expect(checking.page.locator(".way [data-state=right]")).to_have_count(4)
    checking.check(as_pytorch_prints_them(wrong={(0, "weight"), (4, "bias")}))
    expect(checking.verdict).to_contain_text("2 of 4 arrays are wrong")
    stations = checking.page.locator(".way li")
    states = [each.get_attribute("data-state") for each in stations.all()]
    assert states == ["right", "first", "wrong", "right"]
    expect(checking.first.locator("h3")).to_have_text("Bias of layer 4, Fully connected")
    folded = checking.page.locator("details#judged-2")
    expect(folded).not_to_have_attribute("open", "")
    checking.page.locator('.way a[href="#judged-2"]').click()
    expect(folded).to_have_attribute("open", "")
    expect(folded.locator(".mistake").first).to_be_visible()


def test_what_follows_from_a_wrong_gradient_by_right_steps_only_inherits_it(checking):
    checking.open()
    # The gradient that reaches the pool is wrong; from there the code goes on right.
    wrong = TRACE.gradients[3] * 0 + 11.0
    layers = TRACE.network.layers
    below = layers[2].backward(TRACE.tapes[2], wrong)
    relu = layers[1].backward(TRACE.tapes[1], below)
    arrays = {"2": wrong, "0": relu}
    text = "\n".join(f"layer{i} = {array.tolist()}" for i, array in arrays.items())
    checking.check(text)
    expect(checking.page.locator(".next")).to_contain_text("nothing has to be mended there")
    states = [each.get_attribute("data-state")
              for each in checking.page.locator(".way li").all()]  # fmt: skip
    assert [state for state in states if state != "missing"] == ["first", "inherits"]


def test_a_text_that_can_be_read_in_two_ways_is_asked_about_with_buttons(checking):
    checking.open()
    checking.use_own(json.dumps(OWN))
    expect(checking.network).to_contain_text("two squares")
    asked = checking.page.locator(".asked button")
    checking.check("[[1, 2], [3, 4.5]]", of="Find out")
    expect(asked).to_have_text(["Weight of layer 1, Fully connected 2",
                                "Weight of layer 0, Fully connected 1"])  # fmt: skip
    with checking.page.expect_response("**/check/report"):
        asked.first.click()
    expect(checking.first.locator("h3")).to_have_text("Weight of layer 1, Fully connected 2")


def test_one_example_of_a_batch_is_asked_for_with_buttons_and_its_step_played(checking):
    checking.open()
    checking.use_own(json.dumps(BATCH))
    expect(checking.network).to_contain_text("two rows")
    asked = checking.page.locator(".asked button")
    for of in ("Find out", "The input"):
        checking.check("dx = [-2, -8]", of=of)
        expect(asked).to_have_count(2)
        with checking.page.expect_response("**/check/report"):
            asked.last.click()
        expect(checking.first.locator("h3")).to_have_text("The input, example 2")
        expect(checking.first).to_contain_text("This is example 2 of 2 alone")
    expect(checking.page.locator(".twice")).to_contain_text("= 8")


def test_a_comma_that_may_be_two_things_is_asked_about(checking):
    checking.open()
    checking.use_own(json.dumps(OWN))
    expect(checking.network).to_contain_text("two squares")
    checking.check("1,500\t2,250", of="The input")
    asked = checking.page.locator(".asked button")
    expect(asked).to_have_text(["A comma as the decimal sign", "A comma between thousands"])
    with checking.page.expect_response("**/check/report"):
        asked.first.click()
    expect(checking.first).to_contain_text("you wrote 2.25")
    # Another text is another question.
    checking.check("1,500\t2,251")
    expect(asked).to_have_count(2)


def test_what_was_pasted_survives_a_reload_and_other_tabs(checking, context):
    checking.open()
    checking.use_own(json.dumps(OWN))
    expect(checking.network).to_contain_text("two squares")
    checking.text.fill("[39, 58]")
    other = CheckPage(context.new_page())
    other.open()
    expect(other.text).to_have_value("")
    other.text.fill("[1, 2]")
    for each, typed in ((checking, "[39, 58]"), (other, "[1, 2]"), (checking, "[39, 58]")):
        each.page.reload()
        expect(each.page.locator("body.answering")).to_be_attached()
        expect(each.text).to_have_value(typed)
    expect(checking.network).to_contain_text("two squares")
    expect(checking.page.locator("#lesson")).to_have_value("own")
    expect(other.page.locator("#lesson")).to_have_value(FIRST.slug)


def test_files_are_checked_together_with_what_was_typed_and_survive_a_reload(checking):
    checking.open()
    held = io.BytesIO()
    arrays: dict[str, Any] = {
        "4.weight": TRACE.parameters[4]["weight"].astype(np.float32),
        "4.bias": TRACE.parameters[4]["bias"] + 1,
    }
    np.savez(held, **arrays)
    checking.page.locator("#file").set_input_files(
        {"name": "grads.npz", "mimeType": "application/octet-stream", "buffer": held.getvalue()}
    )
    expect(checking.page.locator("#files li")).to_contain_text("grads.npz")
    checking.page.reload()
    expect(checking.page.locator("#files li")).to_contain_text("grads.npz")
    checking.check(f"0.bias: {TRACE.parameters[0]['bias'].tolist()}")
    expect(checking.verdict).to_contain_text("1 of 3 arrays is wrong")
    checking.page.get_by_role("button", name="Remove grads.npz").click()
    checking.check()
    expect(checking.verdict).to_contain_text("The array that was given is right")


def test_a_network_is_opened_from_a_file_and_what_is_none_is_said_so(checking):
    checking.open()
    checking.page.locator("#own summary").click()
    field = checking.page.locator("#own-file")
    document = json.dumps(OWN).encode()
    field.set_input_files({"name": "n.json", "mimeType": "application/json", "buffer": document})
    expect(checking.network).to_contain_text("two squares")
    expect(checking.page.locator("#lesson")).to_have_value("own")
    for name, content in (("n.json", b"{"), ("n.onnx", b"nothing"), ("n.json", b'{"input": []}')):
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        field.set_input_files(file)
        expect(checking.page.locator("#network-message")).not_to_be_empty()
        expect(checking.network).to_contain_text("two squares")
    checking.page.locator("#own-text").fill("no JSON")
    checking.page.get_by_role("button", name="Use this network").click()
    expect(checking.page.locator("#network-message")).to_contain_text("no JSON")
    expect(checking.page.locator("#own-text")).to_have_value("no JSON")


def test_what_was_edited_on_a_lessons_page_comes_along(checking, stage: Stage):
    stage.open_plain()
    stage.edit(stage.field("layers", 4, "weight", 0, 0), "2")
    expect(stage.cell(2, 0, 0, 0)).to_have_attribute("data-gradient", "2.5")
    stage.page.locator(".to-check").click()
    expect(stage.page.locator("body.answering")).to_be_attached()
    expect(stage.page.locator("#network-notes")).to_contain_text("edited on its page")
    checking.check("[[2.5, -1], [7, -3]]", of="Output of layer 2, Max pool")
    expect(checking.verdict).to_contain_text("The array that was given is right")
    stage.page.get_by_role("button", name="Take the numbers as they were").click()
    expect(stage.page.locator("#network-notes")).to_be_hidden()
    checking.check()
    expect(checking.verdict).to_contain_text("is wrong")


def test_a_report_about_a_text_that_was_changed_says_so(checking):
    checking.open()
    checking.check("[[[11, 11], [11, 11]]]", of="Max pool")
    result = checking.page.locator("#result")
    expect(checking.verdict).to_be_visible()
    expect(result).not_to_have_class(re.compile("stale"))
    checking.page.locator("#text").fill("hello")
    expect(result).to_have_class(re.compile("stale"))
    expect(result).to_have_attribute("data-stale", re.compile("given before"))
    checking.check("[[[11, 11], [11, 11]]]", of="Max pool")
    expect(result).not_to_have_class(re.compile("stale"))


def test_a_change_that_tells_causes_apart_is_made_with_one_button(checking):
    checking.open()
    network = {
        "version": 1, "input": [1, 2], "title": "alike",
        "layers": [{"type": "linear", "weight": [[1, 1], [1, 1]]}, {"type": "relu"},
                   {"type": "linear", "weight": [[1, 1]]}],
        "head": {"type": "upstream", "gradient": [4]},
    }  # fmt: skip
    checking.use_own(json.dumps(network))
    expect(checking.network).to_contain_text("alike")
    checking.check("[4, 4]", of="The input")
    causes = checking.first.locator(".mistake")
    expect(causes.nth(1)).to_be_visible()
    change = checking.first.locator("button[data-edit]")
    edit = json.loads(change.get_attribute("data-edit") or "")
    change.click()
    note = checking.page.locator("#network-notes")
    expect(note).to_contain_text(".".join(map(str, edit["path"])))
    expect(checking.page.locator("#result")).to_have_class(re.compile("stale"))
    checking.page.reload()
    expect(note).to_contain_text(".".join(map(str, edit["path"])))


@pytest.mark.parametrize("path", [*EVERY_LESSON, LENET])
def test_every_lesson_leads_to_it(page, path):
    page.goto(path)
    slug = FIRST.slug if path == "/" else path.rsplit("/", 1)[-1]
    links = page.locator(f'a[href$="/check?lesson={slug}"]')
    expect(links).to_have_count(3)
    page.set_viewport_size(SIZES["narrow"])
    page.locator("#lessons summary").click()
    expect(page.locator(".menu .apart a")).to_be_visible()


def test_another_lesson_is_chosen_without_losing_the_text(checking):
    checking.open()
    checking.text.fill("[1, 2]")
    for slug in ("pool-convolution", "lenet"):
        checking.page.locator("#lesson").select_option(slug)
        title = LESSONS[slug].network["title"]
        expect(checking.network).to_contain_text(title)
        expect(checking.page).to_have_url(re.compile(f"lesson={slug}$"))
    expect(checking.text).to_have_value("[1, 2]")
    checking.page.reload()
    expect(checking.page.locator("#lesson")).to_have_value("lenet")


def test_numbers_that_cannot_be_read_are_said_so_and_stay(checking):
    checking.open()
    checking.check("eleven, everywhere")
    expect(checking.message).not_to_be_empty()
    expect(checking.text).to_have_value("eleven, everywhere")
    checking.check("")
    expect(checking.message).to_contain_text("There is no array here")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_any_state_of_it(checking, size, scheme):
    use(checking.page, size, scheme)
    checking.open()
    assert violations(checking.page) == []
    checking.check("eleven")
    assert violations(checking.page) == []
    checking.check("[[-0.5, 1], [7, -3]]")
    expect(checking.page.locator(".asked")).to_be_visible()
    assert violations(checking.page) == []
    checking.check(as_pytorch_prints_them(wrong={(0, "weight"), (4, "bias")}))
    expect(checking.first).to_be_visible()
    for folded in checking.page.locator("details.judged").all():
        folded.evaluate("each => { each.open = true; }")
    assert violations(checking.page) == []
    over = checking.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0


def test_it_can_be_used_by_keyboard_alone(checking):
    checking.open()
    page = checking.page
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(checking.text).to_be_focused()
    page.keyboard.type("[[11, 11], [11, 11]]")
    page.keyboard.press("Tab")
    expect(page.locator("#of")).to_be_focused()
    page.keyboard.press("Tab")
    with page.expect_response("**/check/report"):
        page.keyboard.press("Enter")
    expect(page.locator(".asked button").first).to_be_focused()
    with page.expect_response("**/check/report"):
        page.keyboard.press("Enter")
    expect(checking.verdict).to_be_focused()


def test_the_step_that_goes_wrong_is_played_twice_with_one_transport(checking):
    use(checking.page, "wide", "light")
    checking.open()
    checking.check("[[11, 11], [11, 11]]", of="Output of layer 2, Max pool")
    twice = checking.page.locator(".twice")
    right, yours = (twice.locator(f"[data-side={side}]") for side in ("right", "yours"))
    expect(right).to_contain_text("2 × 0.5 + 3 × (−1) + 6 × 0.25 = −0.5")
    expect(yours).to_contain_text("2 × 1 + 3 × 1 + 6 × 1 = 11")
    # At the end, each side shows its own sum; before the step, neither does.
    sums = {right: "−0.5", yours: "11"}
    for side, total in sums.items():
        expect(side.locator("svg text", has_text=re.compile(f"^{total}$")).first).to_be_visible()
    twice.get_by_role("button", name="To the start").click()
    expect(twice).to_have_attribute("data-step", "0")
    expect(yours.locator("svg text", has_text=re.compile("^11$"))).to_have_count(0)
    expect(twice.get_by_role("button", name="One step back")).to_have_attribute(
        "aria-disabled", "true"
    )
    twice.get_by_role("button", name="One step forward").click()
    expect(twice).to_have_attribute("data-step", "1")
    expect(yours.locator("svg [data-term='6 1 6']").first).to_be_attached()
    expect(right.locator("svg [data-term='6 0.25 1.5']").first).to_be_attached()
    # The slider goes anywhere, and playing comes to the end by itself.
    twice.get_by_role("slider").fill("600")
    expect(twice).to_have_attribute("data-moving", "")
    twice.get_by_role("slider").press("Space")
    expect(twice).to_have_attribute("data-step", "2")
    expect(twice).not_to_have_attribute("data-moving", "")
    expect(twice.get_by_role("slider")).to_have_js_property("value", "1000")


def test_the_two_sides_stand_beside_each_other_or_below_on_narrow_pages(checking):
    for size, beside in (("wide", True), ("narrow", False)):
        use(checking.page, size, "dark")
        checking.open()
        checking.check("[[1, 2], [3, 4]]", of="Output of layer 2, Max pool")
        right, yours = (
            checking.page.locator(f".twice [data-side={side}]") for side in ("right", "yours")
        )
        expect(yours).to_contain_text("These are the right products; yours is 4.")
        one, other = right.bounding_box(), yours.bounding_box()
        assert one
        assert other
        assert (other["x"] > one["x"]) == beside
        assert (other["y"] > one["y"]) != beside
        over = checking.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0


def test_both_sides_can_be_played_by_keys_alone_and_take_the_colours_of_a_theme(checking):
    checking.page.emulate_media(reduced_motion="reduce")
    checking.open()
    checking.check("[[11, 11], [11, 11]]", of="Output of layer 2, Max pool")
    twice = checking.page.locator(".twice")
    twice.get_by_role("slider").focus()
    for key, step in (("Home", "0"), ("n", "1"), ("n", "2"), ("b", "1"), ("End", "2")):
        checking.page.keyboard.press(key)
        expect(twice).to_have_attribute("data-step", step)
    fill = "side => getComputedStyle(side.querySelector('svg text')).fill"
    before = twice.locator("[data-side=right]").evaluate(fill)
    scheme = (
        "dark"
        if checking.page.evaluate("matchMedia('(prefers-color-scheme: light)').matches")
        else "light"
    )
    checking.page.emulate_media(color_scheme=scheme)
    checking.page.wait_for_function(
        f"([before]) => ({fill})(document.querySelector('.twice [data-side=right]')) !== before",
        arg=[before],
    )


def test_without_scripts_it_says_what_does_the_same(browser, base_url):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    page.goto("/check")
    expect(page.locator("noscript p")).to_contain_text("gradient-routing check")
    for needs in page.locator(".needs-scripts").all():
        expect(needs).to_be_hidden()
    context.close()
