"""Numbers as people write them; tests/js has the same cases for the browser."""

import json
import math
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.numbers import MINUS, column, factor, figure, short, written

CASES = json.loads((Path(__file__).parents[1] / "figures.json").read_text())

finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(("number", "text"), CASES)
def test_a_number_is_written_as_people_write_it(number, text):
    assert figure(number) == text


def test_what_has_left_float64_says_so():
    assert [figure(x) for x in (math.inf, -math.inf, math.nan)] == ["∞", "−∞", "NaN"]


def test_each_number_stands_once_in_the_cases():
    numbers = [repr(float(number)) for number, _ in CASES]
    assert len(numbers) == len(set(numbers))


def read(text):
    """What a person reads: the number that a text stands for, exactly."""
    plain = text.replace(MINUS, "-")
    digits, _, power = plain.partition("×10")
    ordinary = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    return Fraction(digits) * Fraction(10) ** int(power.translate(ordinary) or 0)


@given(finite)
def test_a_figure_is_right_to_four_digits_and_never_minus_0(x):
    text = figure(x)
    assert re.fullmatch(rf"{MINUS}?\d+(\.\d+)?(×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", text)
    assert abs(read(text) - Fraction(x)) <= Fraction(5, 10_000) * abs(Fraction(x))
    assert text.startswith(MINUS) == (x < 0)


@given(st.integers(-999_999, 999_999))
def test_whole_numbers_below_a_million_are_in_full(n):
    assert figure(n) == figure(float(n)) == str(n).replace("-", MINUS)


@given(finite)
def test_a_figure_and_its_opposite_differ_in_the_sign_only(x):
    if x:
        assert figure(-abs(x)) == MINUS + figure(abs(x))


@pytest.mark.parametrize(("number", "text"), [(-1, "(−1)"), (-0.25, "(−0.25)"), (0, "0"), (3, "3")])
def test_a_negative_factor_stands_in_brackets(number, text):
    assert factor(number) == text


FORMATS = json.loads(Path(__file__).parents[1].joinpath("formats.json").read_text("utf-8"))


@pytest.mark.parametrize(("number", "room", "text"), FORMATS["short"])
def test_a_figure_for_a_little_room_is_the_same_as_in_the_browser(number, room, text):
    assert short(number, room) == text


@pytest.mark.parametrize(("number", "text"), FORMATS["written"])
def test_all_digits_of_a_number_are_written_as_in_the_browser(number, text):
    assert written(number) == text


@given(finite)
def test_all_digits_read_back_as_the_same_number(x):
    assert float(written(x).replace(MINUS, "-")) == x


@pytest.mark.parametrize(("upstream", "second", "text"), FORMATS["times"])
def test_a_product_is_written_as_in_the_browser(upstream, second, text):
    assert f"{figure(upstream)} × {factor(second)}" == text


@given(finite, st.integers(2, 12))
def test_a_short_figure_fits_or_is_as_short_as_it_gets(x, room):
    text = short(x, room)
    assert len(text) <= room or text == figure(x, 1)


@pytest.mark.parametrize(
    ("products", "total", "shown"),
    [
        ([1.0, -3.0, 1.5], -0.5, (["1", "−3", "1.5"], "−0.5", True)),
        ([4.0, 30.0, 200.0, 1000.0], 1234.0, (["4", "30", "200", "1000"], "1234", True)),
        ([], 0.0, ([], "0", True)),
        ([0.0, -0.0], 0.0, (["0", "0"], "0", True)),
        ([0.1, 0.2], 0.1 + 0.2, (["0.1", "0.2"], "0.3", True)),
        ([0.12345, 0.00005], 0.1235, (["0.12345", "0.00005"], "0.1235", True)),
        ([1_000_000.0, 1.0], 1_000_001.0, (["1000000", "1"], "1000001", True)),
    ],
)
def test_a_column_has_the_digits_it_takes_to_add_up_as_printed(products, total, shown):
    assert column(products, total) == shown


def test_a_column_that_no_reasonable_number_of_digits_adds_up_says_so():
    third = 1 / 3
    words, total, adds_up = column([third, third, third], 1.0)
    assert not adds_up
    assert (words, total) == (["0.3333"] * 3, "1")


@given(st.lists(st.integers(-8000, 8000).map(lambda n: n / 8), min_size=1, max_size=8))
def test_a_column_of_eighths_always_adds_up(products):
    words, total, adds_up = column(products, math.fsum(products))
    assert adds_up
    assert sum(map(read, words)) == read(total)


@given(st.lists(finite.filter(lambda x: abs(x) < 1e15), min_size=1, max_size=5))
def test_a_column_says_that_it_adds_up_only_if_it_does(products):
    words, total, adds_up = column(products, math.fsum(products))
    if adds_up:
        assert sum(map(read, words)) == read(total)
