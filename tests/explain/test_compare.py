"""The comparison of two networks: differences on one scale, and what causes them."""

import copy
import json
from random import Random

import numpy as np
import pytest

from app.document.building import run
from app.document.document import Document
from app.explain.compare import compare_json
from app.lessons import LESSONS
from tests.oracle.documents import draw

FOUNDING = LESSONS["founding-question"].network


def side(document):
    checked = Document.model_validate(json.loads(json.dumps(document)))
    return checked, run(checked)


def compared(one, other):
    return compare_json(side(one), side(other))


def changed(*places):
    document = copy.deepcopy(FOUNDING)
    for path, value in places:
        inner = document
        for part in path[:-1]:
            inner = inner[part]
        inner[path[-1]] = value
    return document


def sentences(answer):
    return [each["sentence"] for each in answer["differences"]]


@pytest.mark.parametrize("seed", range(40))
def test_a_network_does_not_differ_from_itself(seed):
    document = draw(Random(seed), exact=False)
    answer = compared(document, document)
    assert answer["differences"] == []
    assert answer["apart"] == {"value": 0, "gradient": 0}
    assert all(not np.any(each["value"]) for each in answer["grids"])
    assert len(answer["grids"]) >= 1 + len(document["layers"])


@pytest.mark.parametrize("seed", range(40))
def test_the_difference_added_to_one_gives_the_other(seed):
    one = draw(Random(seed), exact=True)
    other = copy.deepcopy(one)
    other["input"] = (np.array(one["input"]) + 0.25).tolist()
    here, there = side(one), side(other)
    answer = compare_json(here, there)
    for each in answer["grids"]:
        if each["parameter"] is None:
            i = each["layer"] + 1
            assert np.array_equal(here[1].values[i] + each["value"], there[1].values[i])
            assert np.array_equal(here[1].gradients[i] + each["gradient"], there[1].gradients[i])
    largest = max(float(np.abs(v).max()) for side in (here, there) for v in side[1].values)
    assert answer["scale"]["value"] == largest


def test_what_differs_is_named():
    other = changed(
        (("layers", 0, "weight"), [[[[1, -1], [2, 5]]]]), (("layers", 2, "ties"), "last"),
        (("layers", 4, "bias"), [0, 7, 7]), (("head", "gradient"), [2, 3, 7]),
        (("input", 0, 0, 0), 9),
    )  # fmt: skip
    assert sentences(compared(FOUNDING, other)) == [
        "Input: one number of input differs.",
        "Convolution: one number of weights differs.",
        "Max pool: on a tie first here, last there.",
        "Fully connected: 2 numbers of bias differ.",
        "Head: one number of upstream gradients differs.",
    ]


def test_defaults_that_are_written_out_are_no_difference():
    other = changed((("layers", 2, "stride"), [2, 2]), (("layers", 2, "ceil_mode"), False))
    answer = compared(FOUNDING, other)
    assert sentences(answer) == []
    assert answer["apart"]["value"] == 0


def test_max_against_average_pooling_compares_all_layers():
    average = changed((("layers", 2), {"type": "avg_pool2d", "kernel": [2, 2]}))
    answer = compared(FOUNDING, average)
    assert [(each["layer"], each["other"]) for each in answer["grids"]
            if each["parameter"] is None] == [(i, i) for i in range(-1, 5)]  # fmt: skip
    assert answer["apart"]["gradient"] > 0


def test_with_and_without_the_relu_the_layers_still_stand_in_each_others_places():
    without = changed()
    del without["layers"][1]
    answer = compared(FOUNDING, without)
    pairs = [(each["layer"], each["other"]) for each in answer["grids"]]
    assert (4, 3) in pairs
    assert (1, 1) not in pairs
    assert sentences(answer) == ["ReLU is missing there."]
    assert sentences(compared(without, FOUNDING)) == ["ReLU stands there in addition."]


def test_grids_of_other_shapes_have_no_difference():
    other = changed((("input",), [[[1.0] * 6] * 6]))
    other["layers"] = other["layers"][:2]
    other["head"] = {"type": "mse", "target": [[[0.0] * 5] * 5]}
    answer = compared(FOUNDING, other)
    assert answer["grids"][0]["value"] is None
    assert any("another shape" in each for each in sentences(answer))


def test_programs_compare_too(client):
    body = {"network": FOUNDING, "other": changed((("layers", 4, "bias"), [1, 1, 1]))}
    answer = client.post("/api/compare", json=body).json
    assert answer["loss"] == [None, None]
    assert answer["differences"][0]["field"] == "bias"
    (bias,) = [
        each for each in answer["grids"] if (each["layer"], each["parameter"]) == (4, "bias")
    ]
    assert bias["value"] == [1, 1, 1]
    response = client.post("/api/compare", json={**body, "other": {}})
    assert response.status_code == 422
    assert response.json["errors"][0]["loc"][0] == "other"


def test_another_kind_of_layer_or_head_is_one_difference():
    average = changed((("layers", 2), {"type": "avg_pool2d", "kernel": [2, 2]}))
    assert sentences(compared(FOUNDING, average)) == ["Max pool here, Average pool there."]
    other = changed((("head",), {"type": "mse", "target": [1, 2, 3]}))
    assert sentences(compared(FOUNDING, other)) == ["Given gradients here, Squared error there."]


def test_of_several_layers_of_a_kind_each_difference_names_its_own():
    lenet = LESSONS["lenet"].network
    layers = [
        {"type": "avg_pool2d", "kernel": layer["kernel"]}
        if layer["type"] == "max_pool2d"
        else layer
        for layer in lenet["layers"]
    ]
    said = sentences(compared(lenet, {**lenet, "layers": layers}))
    assert len(said) == len(set(said)) == 2
