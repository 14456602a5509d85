"""Batches in the routes: figures of each example, sums over all, and refusals that say the cure."""

from typing import Any

import numpy as np
import pytest

from app.engine.receipt import EPSILON

X = [[[[1, 2], [3, 4]]], [[[0, -1], [2, 5]]], [[[1, 1], [1, 1]]]]
CONV = {"type": "conv2d", "weight": [[[[1, -2]]], [[[0.5, 1]]]], "bias": [0, 1]}
POOL = {"type": "max_pool2d", "kernel": [2, 1]}
LINEAR = {"type": "linear", "weight": [[1, -1], [0, 2], [1, 1]], "bias": [0, 0, 1]}
BATCH = {
    "input": X,
    "layers": [CONV, POOL, {"type": "flatten"}, LINEAR],
    "head": {"type": "cross_entropy", "target": [0, 2, 1]},
}
ROWS = {"input": [[1, 2], [3, 4]], "layers": [LINEAR], "head": {"type": "nll", "target": [0, 1]}}


@pytest.fixture
def ask(client):
    def post(route, status=200, /, **body):
        answer = client.post(f"/api/{route}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json

    return post


def test_an_answer_has_the_examples_first_and_one_gradient_for_each_weight(ask):
    trace = ask("trace", network=BATCH)
    assert np.shape(trace["input"]["gradient"]) == (3, 1, 2, 2)
    assert np.shape(trace["probabilities"]) == (3, 3)
    conv, pool, _, linear = trace["layers"]
    assert conv["shape"] == [2, 2, 1]
    assert np.shape(conv["value"]) == (3, 2, 2, 1)
    assert np.shape(conv["weight_gradient"]) == (2, 1, 1, 2)
    assert np.shape(pool["winners"]) == (3, 2, 1, 1)
    assert np.shape(linear["bias_gradient"]) == (3,)
    assert pool["maxima"][2] == [[[[0, 1]]], [[[0, 1]]]]


def test_a_batch_of_one_is_a_batch(ask):
    one = {**BATCH, "input": X[:1], "head": {"type": "cross_entropy", "target": [0]}}
    single = {**BATCH, "input": X[0], "head": {"type": "cross_entropy", "target": 0}}
    batch, alone = (ask("trace", network=doc) for doc in (one, single))
    assert batch["loss"] == alone["loss"]
    assert batch["input"]["gradient"] == [alone["input"]["gradient"]]
    assert batch["layers"][0]["weight_gradient"] == alone["layers"][0]["weight_gradient"]


def test_rows_are_a_batch_before_linear_and_elsewhere_where_it_is_said(ask):
    assert ask("trace", network=ROWS)["layers"][0]["shape"] == [3]
    relu = {**ROWS, "layers": [{"type": "relu"}, LINEAR]}
    (error,) = ask("trace", 422, network=relu)["errors"]
    assert error["loc"] == ["input"]
    assert "“batch”: true" in error["msg"]
    assert ask("trace", network={**relu, "batch": True})["layers"][0]["shape"] == [2]


def receipts_of(ask, network, shape, **cell):
    for index in np.ndindex(*shape):
        yield index, ask("receipt", network=network, cell={**cell, "index": list(index)})


def test_a_weights_receipt_joins_the_terms_of_all_examples(ask):
    trace = ask("trace", network=BATCH)
    for layer, shape in ((0, (2, 1, 1, 2)), (3, (3, 2))):
        gradient = np.array(trace["layers"][layer]["weight_gradient"])
        for index, receipt in receipts_of(ask, BATCH, shape, layer=layer, parameter="weight"):
            products = [term["product"] for term in receipt["terms"]]
            bound = 8 * len(products) * EPSILON * np.abs(products).sum()
            assert abs(sum(products) - gradient[index]) <= bound
            assert receipt["gradient"] == gradient[index]
            assert {term["source"]["example"] for term in receipt["terms"]} == {0, 1, 2}
            assert "all 3 examples" in receipt["sentence"]


def test_a_cells_receipt_is_that_of_its_example(ask):
    trace = ask("trace", network=BATCH)
    for example in range(3):
        for layer, shape in ((-1, (1, 2, 2)), (0, (2, 2, 1)), (3, (3,))):
            part = trace["input"] if layer < 0 else trace["layers"][layer]
            for index in np.ndindex(*shape):
                cell = {"layer": layer, "index": list(index)}
                receipt = ask("receipt", network=BATCH, cell=cell, example=example)
                assert receipt["value"] == np.array(part["value"])[(example, *index)]
                gradient = np.array(part["gradient"])[(example, *index)]
                assert receipt["gradient"] == gradient
                assert sum(term["product"] for term in receipt["terms"]) == pytest.approx(gradient)


def test_the_sentence_of_an_output_divides_as_the_batch_does(ask):
    squares = {**ROWS, "head": {"type": "mse", "target": [[0, 0, 0], [0, 0, 0]]}}
    cell = {"layer": 0, "index": [1]}
    receipt = ask("receipt", network=squares, cell=cell, example=1)
    assert "/ 6" in receipt["sentence"].replace("÷", "/")


def test_an_example_that_is_not_there_is_refused(ask):
    cell = {"layer": 0, "index": [0, 0, 0]}
    (error,) = ask("receipt", 422, network=BATCH, cell=cell, example=3)["errors"]
    assert error == {"loc": ["example"], "msg": "This must be less than 3, the number of examples."}


@pytest.mark.parametrize(
    ("head", "place", "words"),
    [
        ({"type": "cross_entropy", "target": 1}, ["head", "target"], "a list of 3 targets"),
        ({"type": "cross_entropy", "target": [0, 1]}, ["head", "target"], "one entry for each"),
        ({"type": "cross_entropy", "target": [0, 1, 3]}, ["head", "target"], "no class 3"),
        ({"type": "cross_entropy", "target": [0, 0.5, 1]}, ["head", "target", 1], "whole number"),
        ({"type": "nll", "target": 1}, ["head", "target"], "a list of 3 targets"),
        ({"type": "mse", "target": [1, 2, 3]}, ["head", "target"], "one entry for each example"),
        ({"type": "mse", "target": [[1, 2, 3]]}, ["head", "target"], "one entry for each example"),
        ({"type": "l1", "target": [[1], [2], [3]]}, ["head", "target"], "one for each output"),
    ],
)
def test_targets_that_do_not_suit_a_batch_are_refused_with_the_cure(ask, head, place, words):
    (error,) = ask("trace", 422, network={**BATCH, "head": head})["errors"]
    assert error["loc"] == place
    assert words in error["msg"]


@pytest.mark.parametrize("route", ["paths", "nudge", "gradcheck", "export", "step", "compare"])
def test_what_is_computed_for_one_example_refuses_a_batch_in_words(ask, route):
    cell = {"layer": -1, "index": [0, 0, 0]}
    given: dict[str, dict[str, Any]] = {
        "paths": {"cell": cell},
        "nudge": {"cell": cell},
        "step": {"rate": 1},
        "compare": {"other": BATCH},
    }
    (error,) = ask(route, 422, network=BATCH, **given.get(route, {}))["errors"]
    assert error["loc"] == ["input"]
    assert "one example" in error["msg"]


def test_a_network_is_not_compared_with_a_batch(ask):
    single = {**BATCH, "input": X[0], "head": {"type": "cross_entropy", "target": 0}}
    (error,) = ask("compare", 422, network=single, other=BATCH)["errors"]
    assert "one example" in error["msg"]


def test_the_limits_count_all_examples(ask):
    many = {**BATCH, "input": np.zeros((60_000, 1, 2, 2)).tolist()}
    many["layers"] = [{"type": "relu"}] * 10 + many["layers"]
    many["head"] = {"type": "cross_entropy", "target": [0] * 60_000}
    (error,) = ask("trace", 422, network=many)["errors"]
    assert "fewer examples" in error["msg"]
