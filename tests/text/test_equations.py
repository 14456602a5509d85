"""The two sides of every “=” are equal as printed."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.gather import gather
from app.engine.layers import Flatten
from app.engine.nudge import nudge
from app.engine.paths import paths
from app.engine.receipt import Cell, shape_of
from app.explain.gather import gather_view
from app.explain.inspector import inspect
from app.explain.nudge import nudge_json
from app.explain.paths import paths_json
from app.lessons import LESSONS
from app.stage.channels import OpenChannels
from app.stage.story import story
from app.text.equations import added, equation, product_equation
from app.text.sentences import added_line, product_line
from tests.networks import linear, network, networks
from tests.text.test_numbers import read

NUMBER = r"−?\d+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
REST = r"(?:\d+ more|\d+ zeros|one 0)"
EQUATION = re.compile(
    rf"((?:\(|(?<![\d.]){NUMBER}|{REST})(?:{NUMBER}|{REST}|bias|[ ()×+−/])*) ([=≈]) ({NUMBER})"
)


def equations(text):
    """Each as (left, sign, right); «3 more» stands for what nobody can check from the words."""
    found = [
        (re.sub(r"\d+ zeros|one 0", "0", left), *right) for left, *right in EQUATION.findall(text)
    ]
    return [each for each in found if "more" not in each[0]]


def worth(expression):
    """What a reader with a pencil gets, exactly."""
    code = re.sub(NUMBER, lambda number: f"Fraction('{read(number[0])}')", expression)
    for sign, operator in (("bias ", ""), ("×", "*"), ("−", "-")):
        code = code.replace(sign, operator)
    return eval(code, {"Fraction": Fraction})


def check(text):
    """Hold every equation in a text to what its sign says; how many there are."""
    found = equations(text)
    assert len(re.findall("[=≈]", text)) == len(EQUATION.findall(text)), text
    for left, sign, right in found:
        assert (worth(left) == read(right)) == (sign == "="), (left, sign, right)
    return len(found)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (product_line((2.5, 10.65), 26.625), "2.5 × 10.65 = 26.625"),
        (product_line((6, 1, -1), -6), "6 × 1 × (−1) = −6"),
        (product_line((-0.1, 3), -0.1 * 3), "−0.1 × 3 = −0.3"),
        (product_line((1 / 3, 1 / 3), 1 / 9), "0.3333 × 0.3333 ≈ 0.1111"),
        (product_line((1e200, 2), 2e200), "1×10²⁰⁰ × 2 = 2×10²⁰⁰"),
        (product_line((1234567, 1), 1234567), "1.235×10⁶ × 1 = 1.235×10⁶"),
        (added_line([(2, 0.5), (-3, -1)], 4), "2 × 0.5 + (−3) × (−1) = 4"),
        (added_line([(1,), (2,), (3,), (4,)], 10, 2), "3 + 4 + 2 more = 10"),
        (added_line([(0, 2), (1,), (-2,), (0, 0)], -1, 2), "1 + (−2) + 2 zeros = −1"),
        (added_line([(0, 2), (1,), (-2,)], -1, 2), "1 + (−2) + one 0 = −1"),
        (added_line([(1 / 3,)] * 4, 4 / 3, 3), "0.3333 + 0.3333 + 0.3333 + 1 more ≈ 1.333"),
    ],
)
def test_an_equation_has_the_digits_that_make_it_true_or_says_that_they_are_cut(said, told):
    assert said == told


def test_brackets_stand_where_they_are_needed_and_nowhere_else():
    assert str(equation(lambda n: added([n(-1), n(2)]) / n(4), 0.25)) == "(−1 + 2) / 4 = 0.25"
    assert str(equation(lambda n: n(2) * (n(1) - n(-3)), 8)) == "2 × (1 − (−3)) = 8"


def test_a_right_side_that_is_printed_already_stays():
    made = product_equation((1.00004, 3), 3.00012, "3.0001")
    assert (made.sign, made.right) == ("≈", "3.0001")
    assert product_equation((1.00004, 3), 3.00012, "3.00012").numbers == ["1.00004", "3"]


eighths = st.integers(-(2**12), 2**12).map(lambda n: n / 8)
finite = st.floats(-1e9, 1e9).filter(lambda x: x == 0 or abs(x) > 1e-9)


@given(st.lists(st.tuples(eighths, eighths), min_size=1, max_size=6))
def test_exact_sums_of_products_are_always_equations(products):
    line = added_line(products, sum(a * b for a, b in products), 6)
    assert "=" in line
    assert check(line) == 1


@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=6))
def test_any_sum_of_products_says_what_it_is(products):
    line = added_line(products, sum(a * b for a, b in products), 6)
    assert check(line) == 1


@given(networks(), st.data())
def test_every_equation_of_a_page_is_true_as_printed(net, data):
    trace = net.trace()
    for step in (told := story(OpenChannels(trace)))["forward"] + told["steps"]:
        check(step["sentence"])
    layer = data.draw(st.integers(-1, len(net.layers) - 1))
    names = [None, *(net.layers[layer].parameters if layer >= 0 else ())]
    name = data.draw(st.sampled_from(names))
    rows, columns = shape_of(trace, layer, name)[0], shape_of(trace, layer, name)[1:]
    size = rows
    for n in columns:
        size *= n
    cell = Cell(layer, data.draw(st.integers(0, size - 1)), name)
    check_cell(trace, cell)


def check_cell(trace, cell):
    """All that the inspector says of a cell, its tables included."""
    view = inspect(trace, cell)
    for text in (view.sentence, view.line, view.making, view.onward_sentence):
        check(text)
    if view.neighbour:
        check(view.neighbour[1])
    for row in (*view.rows, *view.onward):
        left = f"({row.upstream[0]}) × ({row.factor[0]})"
        assert check(f"{left} {row.sign} {row.product[0]}") == 1
    assert (sum(read(row.product[0]) for row in view.rows) == read(view.total)) or not view.adds_up
    for path in paths_json(trace, paths(trace, cell))["paths"]:
        assert check(path["sentence"]) == 1
    if cell.layer < 0 or cell.parameter:
        check(nudge_json(trace, nudge(trace, cell))["sentence"])
    gathered = gather(trace, cell)
    for kernel in gather_view(trace, gathered)["kernels"] if gathered else ():
        true = [
            read(upstream) * read(weight) == read(product)
            for row in kernel["rows"]
            for upstream, weight, product in row
            if upstream != "–"
        ]
        assert all(true) == (kernel["sign"] == "=")


@pytest.mark.parametrize("slug", LESSONS)
def test_every_equation_of_a_lesson_is_true_as_printed(client, slug):
    page = client.get(f"/lesson/{slug}").text
    answer = re.search(r'<p id="answer">(.*?)</p>', page)
    assert answer
    check(re.sub("<.*?>", "", answer[1]).replace("\xa0", " "))


def test_a_network_that_begins_with_flatten_has_words_too():
    trace = network([[[1, 2]]], Flatten, gradient=[1, 2]).trace()
    assert inspect(trace, Cell(0, 1)).onward_sentence.startswith("It stops here")


def test_a_figure_of_many_digits_is_written_out_in_its_sum():
    net = network([2.5], linear([[10.65], [0.1]]), linear([[1, 1]]), gradient=[1])
    said = inspect(net.trace(), Cell(0, 0)).making
    assert said == "Each input times its weight, added up: 2.5 × 10.65 = 26.625."
