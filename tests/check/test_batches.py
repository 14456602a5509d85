"""Pasted gradients of a batch: of all examples, of one, and of parameters, by every way in."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from app.document.building import run
from app.document.document import Document

RNG = np.random.default_rng(4)


def numbers(*shape):
    return RNG.uniform(-1.5, 1.5, shape).round(2).tolist()


DOCUMENT = {
    "version": 1,
    "input": numbers(3, 2, 4, 4),
    "layers": [
        {"type": "conv2d", "weight": numbers(2, 2, 3, 3), "bias": numbers(2), "padding": 1},
        {"type": "relu"},
        {"type": "max_pool2d", "kernel": 2},
        {"type": "flatten"},
        {"type": "linear", "weight": numbers(4, 8), "bias": numbers(4)},
    ],
    "head": {"type": "cross_entropy", "target": [0, 2, 3]},
}
TRACE = run(Document.model_validate(DOCUMENT))
CELLS = TRACE.gradients[0]
WEIGHT = TRACE.parameters[0]["weight"]


@pytest.fixture
def check(client):
    def post(status=200, **given):
        response = client.post("/api/check", json={"network": DOCUMENT, **given})
        assert response.status_code == status, response.text
        return response.json

    return post


def of_input(**place):
    return {"layer": -1, **place}


def test_the_gradients_of_all_examples_are_right(check):
    answer = check(of=of_input(), array=CELLS.tolist())
    assert answer["right"]
    assert "example" not in answer
    assert np.array_equal(answer["given"], CELLS)
    assert check(of={"layer": 0, "parameter": "weight"}, array=WEIGHT.tolist())["right"]
    rows = check(of={"layer": 4}, array=TRACE.gradients[-1].tolist())
    assert rows["right"]


LAYOUTS = [
    ("channels_last", CELLS.transpose(0, 2, 3, 1)),
    ("examples_last", CELLS.transpose(1, 2, 3, 0)),
    ("examples_last", CELLS.transpose(2, 3, 1, 0)),
    ("flat", CELLS.reshape(3, -1)),
    ("flat", CELLS.reshape(-1)),
    ("channels_last_flat", CELLS.transpose(0, 2, 3, 1).reshape(3, -1)),
    ("padded", np.pad(CELLS, ((0, 0), (0, 0), (1, 1), (1, 1)))),
]


@pytest.mark.parametrize(("name", "array"), LAYOUTS)
def test_a_batch_is_right_in_any_layout(check, name, array):
    answer = check(of=of_input(), text=json.dumps(array.tolist()))
    assert answer["right"]
    assert answer["layout"]["name"] == name
    assert np.array_equal(answer["given"], CELLS)


def test_a_row_an_example_may_be_stored_a_column_an_example(check):
    rows = TRACE.gradients[-1]
    answer = check(of={"layer": 4}, text=json.dumps(rows.T.tolist()))
    assert (answer["right"], answer["layout"]["name"]) == (True, "examples_last")
    assert "The examples are stored last (numbers × examples)" in answer["sentence"]


@pytest.mark.parametrize("at", range(3))
def test_one_example_alone_is_found_from_its_numbers(check, at):
    answer = check(of=of_input(), array=CELLS[at].tolist())
    assert (answer["right"], answer["example"]) == (True, at)
    assert f"This is example {at + 1} of 3 alone" in answer["sentence"]


def test_one_example_that_is_wrong_is_asked_for_and_never_guessed(check):
    wrong = (-CELLS[1]).tolist()
    (error,) = check(422, of=of_input(), array=wrong)["errors"]
    assert error["loc"] == ["of"]
    assert "say which one" in error["msg"]
    answer = check(of=of_input(example=1), array=wrong)
    assert answer["mistakes"][0]["codes"] == ["sign_reversed"]
    assert answer["example"] == 1


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (of_input(example=3), "less than 3"),
        ({"layer": 0, "parameter": "weight", "example": 0}, "sum over all examples"),
    ],
)
def test_an_example_that_is_none_is_refused(check, of, said):
    (error,) = check(422, of=of, array=CELLS[0].tolist())["errors"]
    assert error["loc"] == ["of", "example"]
    assert said in error["msg"]


def test_an_example_is_refused_where_the_network_has_one(client):
    alone = {**DOCUMENT, "input": DOCUMENT["input"][0], "head": {"type": "cross_entropy",
                                                               "target": 0}}  # fmt: skip
    asked = {"network": alone, "of": of_input(example=0), "array": CELLS[0].tolist()}
    answered = client.post("/api/check", json=asked)
    assert answered.status_code == 422
    assert "has one example" in answered.json["errors"][0]["msg"]


def test_the_loss_of_one_example_alone_lacks_the_mean_over_the_batch(check):
    answer = check(of=of_input(example=2), array=(3 * CELLS[2]).tolist())
    (mistake, *_) = answer["mistakes"]
    assert (mistake["codes"], mistake["amount"]) == (["scaled"], 3.0)
    assert "The mean over the 3 examples of the batch is missing." in mistake["sentence"]


def test_one_example_s_share_of_a_weight_is_told_with_what_each_example_brings(check):
    example = TRACE.example(2)
    layer = example.network.layers[0]
    alone = layer.backward_parameters(example.tapes[0], example.gradients[1])["weight"]
    answer = check(of={"layer": 0, "parameter": "weight"}, array=alone.tolist())
    (mistake, *_) = answer["mistakes"]
    assert mistake["codes"] == ["one_example"]
    assert "what example 3 of the batch brings, alone" in mistake["sentence"]
    assert mistake["sentence"].count(" + ") == 2


def test_a_gradient_for_each_example_is_to_be_added_up(check):
    each = np.stack([TRACE.parameters[4]["weight"]] * 3).tolist()
    (error,) = check(422, of={"layer": 4, "parameter": "weight"}, text=json.dumps(each))["errors"]
    assert "add them up" in error["msg"]


def test_mistakes_are_told_where_each_example_has_a_mask_of_its_own(client):
    document = {
        "version": 1,
        "input": [[1, 2], [3, 4], [-1, 5]],
        "layers": [
            {"type": "linear", "weight": [[1, 2], [3, 4]]},
            {"type": "dropout", "mask": [[1, 0], [0, 1], [1, 1]], "p": 0.5},
            {"type": "relu"},
        ],
        "head": {"type": "mse", "target": [[1, 2], [3, 4], [0, 7]]},
    }
    trace = run(Document.model_validate(document))
    right = trace.parameters[0]["weight"]
    for array, said in ((right / 3, "average"), (-right, "sign"), (right + RNG.normal(), None)):
        of = {"layer": 0, "parameter": "weight"}
        given = {"network": document, "of": of, "array": array.tolist()}
        answer = client.post("/api/check", json=given)
        assert answer.status_code == 200
        assert not answer.json["right"]
        titles = " ".join(each["title"] for each in answer.json["mistakes"]).lower()
        assert titles == "" if said is None else said in titles


def test_all_gradients_of_a_batch_are_checked_at_once(check):
    arrays = {
        "conv1.weight": WEIGHT,
        "conv1.bias": TRACE.parameters[0]["bias"],
        "fc1.weight": TRACE.parameters[4]["weight"] / 3,
        "dx": CELLS,
    }
    answer = check(arrays={name: array.tolist() for name, array in arrays.items()})
    assert answer["first"] == {"layer": 4, "parameter": "weight"}
    judged = {each["name"]: each["check"] for each in answer["arrays"]}
    assert [name for name, each in judged.items() if not each["right"]] == ["fc1.weight"]
    assert judged["fc1.weight"]["mistakes"][0]["codes"] == ["examples_averaged"]


def test_the_examples_of_a_batch_may_come_one_by_one(check):
    answer = check(arrays={"a": CELLS[2].tolist(), "b": CELLS[0].tolist()})
    assert answer["right"]
    assert {each["name"]: each["of"]["example"] for each in answer["arrays"]} == {"a": 2, "b": 0}


def test_a_name_says_which_example_is_meant(check):
    answer = check(arrays={"input[1]": (CELLS[1] * 2).tolist()})
    (judged,) = answer["arrays"]
    assert judged["of"] == {"layer": -1, "parameter": None, "example": 1}
    assert judged["title"] == "the input, example 2"
    assert not judged["check"]["right"]


def test_where_neither_name_nor_numbers_say_the_example_it_is_asked_for(check):
    (error,) = check(422, arrays={"dx": (CELLS[1] * 2).tolist()})["errors"]
    assert "“input[0]”" in error["msg"]
    answer = check(arrays={"dx": (CELLS[1] * 2).tolist()}, places={"dx": of_input(example=1)})
    assert answer["arrays"][0]["of"]["example"] == 1


def test_what_follows_from_a_wrong_gradient_by_right_steps_inherits_it_in_batches(check):
    wrong = TRACE.gradients[1] * np.array([1.0, 2.0, -1.0])[:, None, None, None]
    layer, parts = TRACE.network.layers[0], []
    for at in range(3):
        parts.append(layer.backward(TRACE.example(at).tapes[0], wrong[at]))
    answer = check(arrays={"conv1": wrong.tolist(), "dx": np.stack(parts).tolist()})
    inherits = {each["name"]: each["inherits"] for each in answer["arrays"]}
    assert inherits == {"conv1": None, "dx": {"layer": 0, "parameter": None}}


def test_the_command_checks_a_batch(tmp_path):
    network, gradients = tmp_path / "batch.json", tmp_path / "gradients.npz"
    network.write_text(json.dumps(DOCUMENT))
    arrays: dict[str, Any] = {"0.weight": WEIGHT / 3, "input": CELLS.astype(np.float32)}
    np.savez(gradients, **arrays)
    command = [sys.executable, "-m", "app", "check", "--json", str(network), str(gradients)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    judged = {each["name"]: each["check"] for each in json.loads(done.stdout)["arrays"]}
    assert judged["input"]["right"]
    assert judged["0.weight"]["mistakes"][0]["codes"] == ["examples_averaged"]


def test_the_page_reports_a_batch_and_plays_the_step_of_the_example_that_shows_it(client):
    with_one_wrong = CELLS.copy()
    with_one_wrong[1, 0, 2, 3] += 1
    asked = {"network": DOCUMENT, "text": f"dx = {json.dumps(with_one_wrong.tolist())}"}
    page = client.post("/check/report", json=asked).text
    assert "example 2, channel 0" in page
    assert 'id="twice-title"' in page
    alone = {"network": DOCUMENT, "text": json.dumps((2 * CELLS[1]).tolist())}
    asked_back = client.post("/check/report", json=alone).text
    assert "The input, example 3" in asked_back
    said = client.post("/check/network", json={"network": DOCUMENT}).json
    assert "3 × 2 × 4 × 4" in said["arrays"]


def edited(document, edit):
    changed = json.loads(json.dumps(document))
    *path, last = edit["path"]
    part = changed
    for step in path:
        part = part[step]
    part[last] = edit["value"]
    return changed


def test_an_edit_of_one_examples_input_tells_apart_mistakes_that_alike_examples_hide(client):
    alike = DOCUMENT | {
        "input": [DOCUMENT["input"][0]] * 2,
        "head": {"type": "cross_entropy", "target": [2, 2]},
    }
    of = {"layer": 0, "parameter": "weight"}

    def ways(document):
        """The gradient of the last example alone, and the average over both."""
        trace = run(Document.model_validate(document))
        halves = []
        for at in (0, 1):
            one = document | {
                "input": document["input"][at], "head": document["head"] | {"target": 2}
            }  # fmt: skip
            halves.append(run(Document.model_validate(one)).parameters[0]["weight"] / 2)
        return halves[1], trace.parameters[0]["weight"] / 2

    def causes(document, array):
        asked = {"network": document, "of": of, "array": array.tolist()}
        answer = client.post("/api/check", json=asked).json
        return {tuple(each["codes"]) for each in answer["mistakes"]}, answer["edit"]

    one, average = ways(alike)
    assert np.allclose(one, average)
    named, edit = causes(alike, one)
    assert {("one_example",), ("examples_averaged",)} <= named
    assert edit["path"][0] == "input"
    assert f"the input of example {edit['path'][1] + 1} at [" in edit["sentence"]
    changed = edited(alike, edit)
    one, average = ways(changed)
    assert ("examples_averaged",) not in causes(changed, one)[0]
    now, _ = causes(changed, average)
    assert ("examples_averaged",) in now
    assert ("one_example",) not in now


def test_for_one_example_alone_the_edit_changes_this_example_or_what_all_share(client):
    rows = {
        "input": [[3, 1], [1, 2]],
        "layers": [
            {"type": "linear", "weight": [[1, 1], [1, 1]]},
            {"type": "relu"},
            {"type": "linear", "weight": [[1, 1]]},
        ],
        "head": {"type": "upstream", "gradient": [[2], [4]]},
    }
    of = {"layer": -1, "example": 1}
    asked = {"network": rows, "of": of, "array": [4, 4]}
    answer = client.post("/api/check", json=asked).json
    edit = answer["edit"]
    assert answer["example"] == 1
    assert edit["tells"] > 1
    assert edit["path"][0] == "layers" or edit["path"][1 if edit["path"][0] == "input" else 2] == 1
    changed = edited(rows, edit)
    again = client.post("/api/check", json={**asked, "network": changed}).json
    assert len(again["mistakes"]) < len(answer["mistakes"])
