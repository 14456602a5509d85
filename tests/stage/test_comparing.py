"""Two networks beside each other: the page's tables hold the numbers of both."""

import copy
import json
from random import Random

import numpy as np
import pytest

from app.builder.gallery import gallery
from app.builder.variants import variant, variants
from app.document.building import run
from app.document.document import Document
from app.lessons import LESSONS
from app.stage.comparing import MAX_PLANES, MAX_SQUARES, compare_part, compare_report
from tests.oracle.documents import draw

FOUNDING = LESSONS["founding-question"].network


def side(document):
    checked = Document.model_validate(json.loads(json.dumps(document)))
    return checked, run(checked)


def shown(part, title):
    """The pictures of an array of one plane, as arrays."""
    (array,) = [each for each in part.arrays if each.title == title]
    (comparison,) = array.comparisons
    return [
        np.array([[cell.value for cell in row] for row in picture.rows])
        for picture in comparison.pictures
    ]


@pytest.mark.parametrize("seed", range(40))
def test_each_picture_has_the_numbers_of_its_side_and_their_difference(seed):
    document = draw(Random(seed), exact=True)
    for code in variants(document):
        left, right = side(document), side(variant(document, code))
        report = compare_report(left, right)
        for part in report.parts:
            for array in part.arrays:
                assert 1 <= len(array.comparisons) <= 2 * MAX_PLANES
                for comparison in array.comparisons:
                    if len(comparison.pictures) != 3:
                        continue
                    one, other, apart = (
                        np.array([[cell.value for cell in row] for row in picture.rows])
                        for picture in comparison.pictures
                    )
                    assert np.array_equal(other - one, apart)


def test_the_numbers_are_those_of_both_traces():
    left, right = side(FOUNDING), side(variant(FOUNDING, "average"))
    part = compare_part(left, right, 3)
    assert part.title == "Max pool | Average pool"
    one, other, apart = shown(part, "Values")
    assert np.array_equal(one, left[1].values[3][0])
    assert np.array_equal(other, right[1].values[3][0])
    assert np.array_equal(apart, other - one)


def test_all_pictures_of_an_array_have_one_scale():
    left, right = side(FOUNDING), side(variant(FOUNDING, "average"))
    for part in compare_report(left, right).parts:
        for array in part.arrays:
            cells = [
                cell
                for comparison in array.comparisons
                for picture in comparison.pictures
                for row in picture.rows
                for cell in row
            ]
            scale = max(abs(cell.value) for cell in cells) or 1
            assert all(cell.level == pytest.approx(cell.value / scale) for cell in cells)


def test_a_network_beside_itself_differs_nowhere():
    report = compare_report(side(FOUNDING), side(FOUNDING))
    assert report.sentence.startswith("Nothing differs")
    assert report.differences == []
    assert not any(part.is_drawn for part in report.parts)


def test_a_layer_of_one_side_stands_alone_between_the_others():
    without = copy.deepcopy(FOUNDING)
    del without["layers"][1]
    report = compare_report(side(FOUNDING), side(without))
    titles = [(part.title, part.said) for part in report.parts]
    assert titles[2] == ("ReLU", "only on the left")
    assert [title for title, _ in titles] == [
        "Input", "Convolution", "ReLU", "Max pool", "Fully connected",
    ]  # fmt: skip
    back = compare_report(side(without), side(FOUNDING))
    assert (back.parts[2].title, back.parts[2].said) == ("ReLU", "only on the right")


def test_arrays_of_other_shapes_stand_beside_each_other_without_a_difference():
    other = copy.deepcopy(FOUNDING)
    other["input"] = [[[1.0] * 6] * 6]
    other["layers"] = other["layers"][:2]
    other["head"] = {"type": "mse", "target": [[[0.0] * 5] * 5]}
    part = compare_part(side(FOUNDING), side(other), 0)
    array = part.arrays[0]
    assert "different shapes" in array.said
    assert [len(each.pictures) for each in array.comparisons] == [1, 1]


def test_the_pictures_of_a_batch_name_the_example_that_they_are_of():
    batch = LESSONS["batch"].network
    other = copy.deepcopy(batch)
    other["input"][1][0][0][0] += 1
    of_input, kernel = compare_report(side(batch), side(other)).parts
    names = [each.name for each in of_input.arrays[0].comparisons]
    assert names == ["example 1", "example 2"]
    of_cells, of_weights = kernel.arrays[:2], kernel.arrays[2:]
    assert all("example" in each.name for array in of_cells for each in array.comparisons)
    assert of_weights
    assert not any("example" in each.name for array in of_weights for each in array.comparisons)


def test_the_pictures_of_a_network_along_one_axis_name_kernels_channels_and_positions():
    signal = gallery()["signal"].network()
    signal["input"] = [[n % 7 for n in range(40)]]
    signal["head"] = {"type": "upstream", "gradient": [[1] * 19] * 2}
    other = copy.deepcopy(signal)
    other["layers"][0]["weight"][1][0][2] += 1
    other["input"][0][20] += 1
    of_input, convolution, *_ = compare_report(side(signal), side(other)).parts
    (values,) = of_input.arrays[0].comparisons
    assert (values.name, values.first) == ("positions 12–27", [0, 12])
    weights = convolution.arrays[2]
    assert [each.name for each in weights.comparisons] == ["kernel 0", "kernel 1"]


def test_of_a_large_network_only_some_layers_are_drawn_at_once():
    lenet = LESSONS["lenet"].network
    left, right = side(lenet), side(variant(lenet, "average"))
    report = compare_report(left, right)
    drawn = sum(array.squares for part in report.parts if part.is_drawn for array in part.arrays)
    assert 0 < drawn <= MAX_SQUARES
    assert not all(part.is_drawn for part in report.parts)
    with pytest.raises(IndexError):
        compare_part(left, right, len(report.parts))


def test_the_page_asks_for_variants_and_pictures(client):
    listed = client.post("/variants", json={"network": FOUNDING}).json
    assert {"code": "average", "title": "With average pooling"} in listed
    body = {"network": FOUNDING, "variant": "average"}
    page = client.post("/compare", json=body).text
    assert page.count("<details") == 5
    part = client.post("/compare", json={**body, "part": 3}).text
    assert "<details" not in part
    assert "right − left" in part
    other = client.post("/compare", json={"network": FOUNDING, "other": FOUNDING}).text
    assert "Nothing differs" in other


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"variant": "maximum"}, "variant"),
        ({"variant": "sideways"}, "variant"),
        ({}, "variant"),
        ({"variant": "average", "part": 99}, "part"),
        ({"other": {"layers": []}}, "other"),
    ],
)
def test_what_cannot_be_compared_is_refused(client, asked, place):
    answer = client.post("/compare", json={"network": FOUNDING, **asked})
    assert answer.status_code == 200  # browsers would log an error
    assert answer.json["errors"][0]["loc"][0] == place


def test_an_array_that_is_the_same_is_drawn_once():
    left, right = side(FOUNDING), side(variant(FOUNDING, "average"))
    values, gradients = compare_part(left, right, 0).arrays
    assert values.said == ""
    (comparison,) = values.comparisons
    (picture,) = comparison.pictures
    assert picture.title == "the same on both sides"
    (comparison,) = gradients.comparisons
    assert len(comparison.pictures) == 3


def test_of_a_large_map_the_part_around_its_largest_number_is_drawn():
    lenet = LESSONS["lenet"].network
    left, right = side(lenet), side(variant(lenet, "average"))
    array = compare_part(left, right, 0).arrays[0]
    (comparison,) = array.comparisons
    drawn = [abs(cell.value) for row in comparison.pictures[0].rows for cell in row]
    assert max(drawn) == np.abs(left[1].values[0]).max()


def test_the_drawing_of_a_draft_has_a_box_for_each_array(client):
    answer = client.post("/sketch", json={"network": FOUNDING}).json
    layers = {box["layer"] for box in answer["boxes"]}
    assert layers == set(range(len(FOUNDING["layers"]) + 1))
    assert all(0 <= box["x"] <= answer["width"] for box in answer["boxes"])
    refused = client.post("/sketch", json={"network": {}})
    assert refused.status_code == 200
    assert refused.json["errors"]
