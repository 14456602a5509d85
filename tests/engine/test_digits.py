from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example
from hypothesis import given as drawn
from hypothesis import strategies as st

from app.engine.mistakes import given

finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)


def agree(written, other, loss=0.0):
    return given(written, (len(written),)).agrees(np.array(other, np.float64), loss)


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ([0.333, 1, 0.25], [1 / 3, 1, 0.25]),
        ([0.3333, 12.35, 1235], [1 / 3, 12.3457, 1234.6]),  # as this tool prints them
        ([1235000.0, 0.3333, 0], [1234580, 1 / 3, 0]),
        ([Decimal("1.0000"), Decimal("2.0000")], [1.00003, 2]),  # as PyTorch prints them
        ([Decimal("1.2346e+05"), Decimal("3.3333e-01")], [123456, 1 / 3]),
        ([12350, 56790], [12345.6, 56789.1]),  # whole, and rounded to four digits
        ([1234, 7, 0], [1234.4, 6.8, 0.4]),  # rounded to whole numbers
        ([7], [7.0]),
        ([0.0, -0.0], [0, 0]),
    ],
)
def test_numbers_agree_within_the_digits_they_were_given_in(written, other):
    assert agree(written, other)


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ([0.333, 1, 0.25], [0.3344, 1, 0.25]),
        ([0, 7, -3], [-0.5, 7, -3]),  # whole numbers are no rounded ones
        ([7, 0.5], [7.1, 0.5]),
        ([0.3333, 0], [1 / 3, 0.0001]),
        ([0.3333333333333333], [0.33333334]),
        ([Decimal("1.0000")], [1.0001]),
        ([12350, 56790], [12355.6, 56789.1]),
    ],
)
def test_numbers_that_are_further_off_differ(written, other):
    assert not agree(written, other)


def test_what_the_arithmetic_may_have_lost_comes_to_the_digits():
    assert agree([0.33333334], [1 / 3], 1e-8)
    assert not agree([0.33333335], [1 / 3], 1e-8)


def arithmetics(written, dtype=None):
    return {each.name for each in given(written, (len(written),), dtype).precisions}


def test_the_digits_tell_which_arithmetics_may_have_made_the_numbers():
    third = np.array([1 / 3, 2 / 3, 0.1])
    by_hand = {"decimals", "significant"}
    assert arithmetics(third.tolist()) == {"float64"}
    assert arithmetics(third.astype(np.float32).tolist()) == {"float64", "float32"}
    assert arithmetics(third.astype(np.float16).tolist()) == {"float64", "float32", "float16"}
    printed = [Decimal(str(x)) for x in third.astype(np.float16)]
    assert arithmetics(printed) == {"float64", "float32", "float16"} | by_hand
    assert arithmetics([0.1237, 0.9995, 0.3331]) == {"float64", "float32"} | by_hand
    assert arithmetics([0.1237, 0.3331], "float16") >= {"float16"}
    assert arithmetics([0.333984375, -0.66796875, 0.1]) == {"float64", "float32"}
    assert arithmetics([0.333984375, -0.66796875, 0.10009765625]) >= {"bfloat16"}
    assert arithmetics([1, 2, 7]) == {"float64", "float32"}


@drawn(st.lists(finite, min_size=1, max_size=6))
def test_every_array_agrees_with_itself(numbers):
    assert agree(numbers, numbers)


@drawn(st.lists(finite | st.integers(-9999, 9999).map(float), min_size=1, max_size=8))
@example([0.5, 0.25, 1 / 3, 123.0])
@example([1000.0, 999.9999999999999, 1.25e-7])
def test_floats_have_the_digits_of_their_shortest_texts(numbers):
    typed = given([Decimal(repr(each)).normalize() for each in numbers], (len(numbers),))
    read = given(numbers, (len(numbers),))
    assert (read.significant, read.precisions) == (typed.significant, typed.precisions)
    for (_, half), (_, other) in zip(read.readings, typed.readings, strict=True):
        np.testing.assert_array_equal(half, other)


@drawn(st.lists(st.floats(-1000, 1000), min_size=1, max_size=6), st.integers(1, 12))
def test_every_array_agrees_with_itself_rounded_to_some_decimals(numbers, decimals):
    rounded = [Decimal(x).quantize(Decimal(1).scaleb(-decimals)) for x in numbers]
    assert agree(rounded, numbers)


@drawn(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=6), st.integers(3, 12))
def test_every_array_agrees_with_itself_rounded_to_some_significant_digits(numbers, digits):
    # Beside one that is no whole number: 1.23e+02 alone is 123.
    numbers = [1 / 3, *numbers]
    assert agree([Decimal(f"{x:.{digits - 1}e}") for x in numbers], numbers)


def test_the_cells_that_differ_are_told_from_those_that_do_not():
    apart = given([0.333, 1.5, 0.25, 2], (2, 2)).apart(np.array([[1 / 3, 1], [0.25, 2]]))
    assert apart.tolist() == [[False, True], [False, False]]
