import contextlib
import time
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.check.pasting import MAX_LENGTH, Unreadable, parse
from app.text.numbers import figure

TWO_BY_TWO = np.array([[1.5, -2], [0.25, 4e-7]])


def numbers(text):
    return np.array(parse(text), np.float64)


@pytest.mark.parametrize(
    "text",
    [
        "[[1.5, -2], [0.25, 4e-7]]",
        "((1.5, -2), (0.25, 4e-7))",
        "[\n  [1.5, -2],\n  [0.25, 4e-7],\n]\n",
        str(TWO_BY_TWO),
        repr(TWO_BY_TWO),
        repr(TWO_BY_TWO.astype(np.float32)),
        str([list(row) for row in TWO_BY_TWO]),  # [[np.float64(1.5), …
        str(list(TWO_BY_TWO)),  # [array([…]), array([…])]
        "\n".join(map(str, TWO_BY_TWO)),
        "tensor([[ 1.5000e+00, -2.0000e+00],\n        [ 2.5000e-01,  4.0000e-07]])",
        "tensor([[1.5, -2], [0.25, 4e-7]], device='cuda:0', grad_fn=<MulBackward0>)",
        "np.array([[1.5, -2], [0.25, 4e-7]], dtype=np.float64)",
        "Array([[1.5, -2], [0.25, 4e-7]], dtype=float64)",
        "dX = [[1.5, -2], [0.25, 4e-7]]",
        ">>> dX = np.array([[1.5, -2], [0.25, 4e-7]])",
        "1.5,-2\n0.25,4e-7",
        "1.5, -2,\r\n0.25, 4e-7,\r\n",
        '"1.5","-2"\n"0.25","4e-7"',
        "1.5\t−2\n0.25\t4×10⁻⁷\n",
        "1.5;-2\n0.25;4*10^-7",
        "  1.5   -2\n  0.25   4E-07  ",
        "+1.5 -2.\n.25 0.4e-6",
    ],
)
def test_an_array_is_read_however_it_was_printed(text):
    assert (numbers(text) == TWO_BY_TWO).all()


@given(arrays.arrays(np.float64, arrays.array_shapes(max_dims=4, max_side=4),
                     elements=st.floats(allow_nan=False, allow_infinity=False)))  # fmt: skip
def test_what_python_and_numpy_print_reads_back_as_the_same(array):
    assert (numbers(str(array.tolist())) == array).all()
    assert numbers(str(array.tolist())).shape == array.shape
    with np.printoptions(floatmode="unique"):
        assert (numbers(repr(array)) == array).all()
        assert (numbers(str(array)) == array).all()


@given(st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_what_this_tool_prints_reads_back_within_its_digits(values):
    printed = " ".join(map(figure, values))
    np.testing.assert_allclose(numbers(printed).ravel(), values, rtol=6e-4)


def test_digits_are_kept_as_they_were_typed():
    assert [str(each) for each in parse("[0.5000, 1., 2e3, −7]")] == ["0.5000", "1", "2E+3", "-7"]
    assert parse("0.10") == [[Decimal("0.10")]]


def test_an_empty_line_between_rows_begins_a_channel():
    assert numbers("1 2\n3 4\n\n5 6\n7 8\n").tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]


def test_one_number_is_an_array_too():
    assert numbers("tensor(5.)").tolist() == [5]
    assert numbers("5").tolist() == [[5]]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "there is nothing here"),
        (" \n ", 1, "there is nothing here"),
        ("[1, 2\n, ... , 9]", 2, "np.set_printoptions(threshold=np.inf)"),
        ("[1 … 9]", 1, "numbers are left out"),
        ("[[1, 2],\n [3]]", 2, "this list holds 1 number, but the first one 2 numbers"),
        ("[[[1, 2]], [[3, 4], [5, 6]]]", 1, "holds 2 × 2, but the first one 1 × 2"),
        ("1 2\n3", 2, "this list holds 1 number"),
        ("1 2\n3 4\n\n5 6", 4, "this list holds 1 × 2"),
        ("[1, [2]]", 1, "numbers and lists are mixed"),
        ("[[1, 2],\n [3, 4]", 2, "a “]” is missing"),
        ("np.array([1, 2]", 1, "a “)” is missing"),
        ("[1, 2]]", 1, "no bracket is open"),
        ("[1, 2)", 1, "“]” is missing before it"),
        ("[]", 1, "empty"),
        ("[[1], []]", 1, "empty"),
        ("()", 1, "empty"),
        ("array()", 1, "there is no number here"),
        ("[1,, 2]", 1, "a number is missing between two commas"),
        ("1,,2", 1, "a cell is empty"),
        ("[1,\nnan]", 2, "“nan” is not a number"),
        ("[1, inf]", 1, "“inf” is not a number"),
        ("[1, 1e999]", 1, "too large"),
        ("[1, 1e99999999999]", 1, "is not a number"),
        ("a,b\n1,b", 2, "“b” is not a number. Leave everything out but the numbers"),
        ("[1, x]", 1, "“x” is not a number"),
        ("[1/x]", 1, "“/x” is not a number"),
        ("the gradient is unknown (1/x)", 1, "not a number"),
        ("[[[[[1]]]]]", 1, "at most 4 deep"),
        ("9" * 401, 1, "more than 400 characters"),
        ("1 " * MAX_LENGTH, 1, "2,000,000 characters long, and at most 1,000,000"),
    ],
)
def test_what_is_no_array_is_refused_with_the_line_and_the_cure(text, line, words):
    with pytest.raises(Unreadable) as refused:
        parse(text)
    assert refused.value.line == line
    assert str(refused.value).startswith(f"Line {line}: ")
    assert words in str(refused.value)


@given(st.text("[](),. \n\t;0123456789e+-−×⁶^*array=<>'\"dtype…_", max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(text):
    with contextlib.suppress(Unreadable):
        assert numbers(text).size


PIECES = "1", "[", "(", "a(", "a=<", "'", " ", "_", "1e", "1.", "×10", "[1,", "\n", "= ", "1\n"


def seconds_for(text):
    """Of this process alone, so that others on the machine do not count."""
    begun = time.process_time()
    with contextlib.suppress(Unreadable):
        parse(text)
    return time.process_time() - begun


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("end", ["", "x", "["])
def test_a_text_eight_times_as_long_takes_no_more_than_its_share(piece, end):
    pieces = (MAX_LENGTH - 1) // len(piece)
    # Looked at again and again, it would take 64 times as long, each time; on a busy machine, a
    # text that is looked at once may seem to, now and then.
    assert any(
        seconds_for(piece * pieces + end) < 24 * seconds_for(piece * (pieces // 8) + end) + 1
        for _ in range(5)
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2/3·10⁻³ 1", 2 / 3000),
        ("[2/3*10^-3, 1]", 2 / 3000),
        ("2/3e-3 1", 2000 / 3),
        ("1/4×10² 1", 25),
        ("2.5*^-3 1", 0.0025),
        ("1/1e999 1", 0),
    ],
)
def test_a_power_of_ten_belongs_to_the_fraction_before_it(text, number):
    assert numbers(text).ravel().tolist() == [number, 1]


@pytest.mark.parametrize("text", ["1/3·10⁹⁹⁹ 1", "1/1e-999999999 1", "1/3·10^999999999 1"])
def test_a_fraction_that_leaves_float64_is_refused(text):
    with pytest.raises(Unreadable, match="too large"):
        parse(text)
