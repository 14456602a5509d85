"""Pasted blocks: their numbers, and whether they fit a grid."""

import re

import numpy as np
import pytest

from app.builder.block import read_block
from app.document.document import Refusal

GRID = (1, 2, 3)
NUMBERS = [[[1.0, 2.0, 3.0], [4.5, 5.0, -6.0]]]


@pytest.mark.parametrize(
    "text",
    [
        "1\t2\t3\n4.5\t5\t−6\n",
        "1,2,3\n4.5,5,-6",
        "[[1, 2, 3], [4.5, 5, -6]]",
        "[[[1, 2, 3], [4.5, 5, -6]]]",
        str(np.array(NUMBERS[0])),
        repr(np.array(NUMBERS)),
        "tensor([[[ 1.0000,  2.0000,  3.0000],\n         [ 4.5000,  5.0000, -6.0000]]])",
    ],
)
def test_a_block_in_any_form_fills_the_grid(text):
    block = read_block(text, GRID)
    assert block == {
        "array": NUMBERS,
        "shape": [1, 2, 3],
        "fits": True,
        "sentence": block["sentence"],
        "how": block["how"],
        "others": [],
    }
    assert "6 numbers" in block["sentence"]


@pytest.mark.parametrize("text", ["1 2 3 4.5 5 -6", "1\n2\n3\n4.5\n5\n-6", "[1, 2, 3, 4.5, 5, -6]"])
def test_one_row_or_column_fills_the_grid_row_after_row_and_says_so(text):
    block = read_block(text, GRID)
    assert block["array"] == NUMBERS
    assert block["sentence"].endswith("They fill the 1 × 2 × 3 grid row after row.")


@pytest.mark.parametrize(
    ("text", "shape", "said"),
    [
        ("1 2 3", [1, 3], "1 × 3: 3 numbers. The grid is 1 × 2 × 3: 3 numbers too few."),
        ("7", [1, 1], "1 × 1: one number. The grid is 1 × 2 × 3: 5 numbers too few."),
        ("1 2\n3 4\n5 6", [3, 2], "exchange rows and columns."),
        ("1 2 3\n4 5 6\n7 8 9", [3, 3], "3 × 3: 9 numbers. The grid is 1 × 2 × 3: 3 numbers too m"),
        ("1 2 3 4 5 6 7", [1, 7], "one number too many."),
        ("1 2 3\n\n4 5 6", [2, 1, 3], "6 numbers."),
    ],
)
def test_what_does_not_fit_says_why_and_keeps_its_own_shape(text, shape, said):
    block = read_block(text, GRID)
    assert said in block["sentence"]
    assert np.array(block["array"]).shape == tuple(block["shape"])
    assert block["fits"] == (shape == [2, 1, 3])
    assert block["fits"] or block["shape"] == shape


def test_as_many_numbers_in_other_rows_are_not_laid_out_by_guess():
    block = read_block("1 2 3 4\n5 6 7 8\n9 10 11 12", (1, 2, 6))
    assert not block["fits"]
    assert block["sentence"].endswith("as many numbers, but in other rows.")


def test_numbers_as_people_type_them_stand_in_a_block_too():
    block = read_block("0,5\t1/3\n−2\t2/3·10⁻³", (1, 2, 2))
    assert block["array"] == [[[0.5, 1 / 3], [-2, 2 / 3000]]]


def test_of_two_ways_to_read_a_comma_the_one_that_fits_is_taken():
    assert read_block("0,5\n1,5", (2,))["array"] == [0.5, 1.5]
    assert read_block("0,5\n1,5", (2, 2))["array"] == [[0, 5], [1, 5]]


def test_where_two_ways_fit_the_person_is_asked():
    block = read_block("1,234\t2,345", (2,))
    (other,) = block["others"]
    assert [block["array"], other["array"]] == [[1.234, 2.345], [1234, 2345]]
    assert block["how"] == "a comma as the decimal sign"
    assert other["how"] == "a comma between thousands"


def test_of_several_arrays_the_one_that_fits_is_taken():
    text = "dW = array([[1, 2], [3, 4]])\ndb = array([5, 6, 7])"
    assert read_block(text, (3,))["array"] == [5, 6, 7]


def test_without_a_grid_the_shape_is_told():
    block = read_block("1 2\n3 4\n\n5 6\n7 8", None)
    assert block["shape"] == [2, 2, 2]
    assert block["sentence"] == "2 × 2 × 2: 8 numbers."


@pytest.mark.parametrize(("text", "said"), [("", "nothing here"), ("a b", "Line 1"), ("[1", "“]”")])
def test_what_holds_no_array_says_where(text, said):
    with pytest.raises(Refusal, match=re.escape(said)):
        read_block(text, GRID)


def test_the_page_asks_what_was_pasted(client):
    response = client.post("/paste", json={"text": "1 2\n3 4", "shape": [1, 2, 2]})
    assert response.json == {
        "array": [[[1, 2], [3, 4]]],
        "shape": [1, 2, 2],
        "fits": True,
        "sentence": "2 × 2: 4 numbers.",
        "how": "",
        "others": [],
    }


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"text": 1}, ["text"]),
        ({"text": "x" * 1_000_001}, ["text"]),
        ({"text": "1", "shape": []}, ["shape"]),
        ({"text": "1", "shape": [0]}, ["shape", 0]),
        ({"text": "1", "shape": [1] * 5}, ["shape"]),
        ({"text": "x", "shape": [1]}, ["text"]),
    ],
)
def test_a_bad_request_is_told_where(client, body, loc):
    response = client.post("/paste", json=body)
    assert response.status_code == 422
    by_page = client.post("/paste", json=body, headers={"X-Requested-With": "fetch"})
    assert (by_page.status_code, by_page.json) == (200, response.json)
    assert response.json["errors"][0]["loc"] == loc
