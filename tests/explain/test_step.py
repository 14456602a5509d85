"""One step of gradient descent: prediction, real change, switches, and the network after it."""

import copy
import json
from random import Random
from typing import Any

import numpy as np
import pytest

from app.document.building import run
from app.document.document import Document
from app.engine.step import objective, step, suggested_rate
from app.explain.step import step_json
from app.lessons import LESSONS
from tests.oracle.documents import draw

FOUNDING = LESSONS["founding-question"].network


def traced(document):
    return run(Document.model_validate(json.loads(json.dumps(document))))


@pytest.mark.parametrize("seed", range(60))
def test_all_parameters_move_against_their_gradients_and_the_document_agrees(seed):
    document = draw(Random(seed), exact=False)
    trace = traced(document)
    made = step_json(document, trace, step(trace, 0.01))
    for i, layer in enumerate(made["network"]["layers"]):
        for name, gradient in trace.parameters[i].items():
            old = np.array(document["layers"][i][name])
            assert np.array_equal(layer[name], old - 0.01 * gradient)
    after = traced(made["network"])
    # Under given upstream gradients, these stay the same.
    assert made["happened"] == objective(after) - made["before"]
    size = sum(float((g**2).sum()) for own in trace.parameters for g in own.values())
    assert made["predicted"] == pytest.approx(-0.01 * size, rel=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_the_prediction_is_right_for_a_tiny_step_and_the_loss_does_not_rise(seed):
    trace = traced(draw(Random(seed), exact=False))
    made = step(trace, 1e-9)
    if not made.switches:
        assert made.happened == pytest.approx(
            made.predicted, rel=1e-4, abs=1e-13 + 1e-13 * abs(made.before)
        )
    assert made.predicted <= 0


def test_a_window_whose_winner_switches_is_named():
    document: dict[str, Any] = {
        "input": [[[5, 4.9]]],
        "layers": [
            {"type": "conv2d", "weight": [[[[1]]], [[[1]]]]},
            {"type": "relu"},
            {"type": "max_pool2d", "kernel": [1, 2]},
        ],
        "head": {"type": "upstream", "gradient": [[[1]], [[0]]]},
    }
    trace = traced(document)
    made = step_json(document, trace, step(trace, 1))
    # The first kernel becomes 1 − 5 = −4: its ReLUs turn off; the first of two zeros still wins.
    assert [each["layer"] for each in made["switches"]] == [1, 1]
    assert made["of"] == "outputs"
    assert made["sentence"].endswith("Two cells choose anew.")
    document["layers"].pop(1)
    trace = traced(document)
    made = step_json(document, trace, step(trace, 1))
    # Without them, 4.9 · −4 is the larger.
    (switch,) = made["switches"]
    assert (switch["layer"], switch["index"]) == (1, [0, 0, 0])
    assert [each["index"] for each in switch["before"] + switch["after"]] == [[0, 0, 0], [0, 0, 1]]


def test_a_network_without_parameters_learns_nothing_and_says_so():
    document = LESSONS["ties"].network
    trace = traced(document)
    made = step_json(document, trace, step(trace, 1))
    assert made["network"] == document
    assert (made["predicted"], made["happened"]) == (0, 0)
    assert "nothing learns" in made["sentence"]


def test_the_sentence_has_both_changes_of_the_loss(client):
    document = LESSONS["cross-entropy"].network
    answer = client.post("/api/step", json={"network": document, "rate": 0.1}).json
    assert answer["of"] == "loss"
    assert answer["happened"] < 0
    assert "rate 0.1" in answer["sentence"]
    again = client.post("/api/trace", json={"network": answer["network"]}).json
    assert again["loss"] == pytest.approx(answer["before"] + answer["happened"])


@pytest.mark.parametrize("rate", [0, -1, "1", None, 1e7])
def test_a_rate_that_is_none_is_refused(client, rate):
    response = client.post("/api/step", json={"network": FOUNDING, "rate": rate})
    assert response.status_code == 422
    assert response.json["errors"][0]["loc"] == ["rate"]


def test_a_step_that_leaves_float64_is_refused_with_its_layer(client):
    document = copy.deepcopy(FOUNDING)
    document["head"]["gradient"] = [1e200] * 3
    response = client.post("/api/step", json={"network": document, "rate": 1e6})
    assert response.status_code == 422


@pytest.mark.parametrize("seed", range(60))
def test_the_suggested_rate_is_a_power_of_ten_at_which_no_parameter_moves_far(seed):
    trace = traced(draw(Random(seed), exact=False))
    rate = suggested_rate(trace)
    assert 1e-6 <= rate <= 1
    assert np.log10(rate) == pytest.approx(round(np.log10(rate)))
    largest = max(
        (float(np.abs(array).max()) for layer in trace.network.layers
         for array in layer.parameters.values()), default=0.0,
    )  # fmt: skip
    moved = max(
        (rate * float(np.abs(gradient).max()) for own in trace.parameters
         for gradient in own.values()), default=0.0,
    )  # fmt: skip
    if largest == 0 or moved == 0:
        assert rate == 0.1
    elif rate > 1e-6:
        assert moved <= largest / 10 * (1 + 1e-12)
        assert rate == 1 or 10 * moved > largest / 10 * (1 - 1e-12)


def test_where_every_gradient_is_0_nothing_moves_and_the_sentence_says_so(client):
    document = copy.deepcopy(FOUNDING)
    document["head"]["gradient"] = [0, 0, 0]
    trace = traced(document)
    assert "nothing moves" in step_json(document, trace, step(trace, 1))["sentence"]
    answer = client.post("/step", json={"network": document, "rate": 1}).json
    assert answer["network"] is None
    assert "nothing moves" in answer["sentence"]


def test_the_page_gets_the_network_after_the_step_and_words_about_it(client):
    document = LESSONS["cross-entropy"].network
    answer = client.post("/step", json={"network": document, "rate": 0.1}).json
    program = client.post("/api/step", json={"network": document, "rate": 0.1}).json
    assert answer["network"] == program["network"]
    assert answer["sentence"] == program["sentence"]
    assert "0.1" in answer["said"]
    # A refusal is no error of the page.
    refused = client.post("/step", json={"network": document, "rate": 0})
    assert refused.status_code == 200
    assert refused.json["errors"][0]["loc"] == ["rate"]


def test_windows_whose_winner_switches_are_listed_before_relus():
    document = LESSONS["lenet"].network
    trace = traced(document)
    answer = step_json(document, trace, step(trace, 1))
    assert answer["switched"] > len(answer["switches"]) == 50
    passes = [bool(each["before"] and each["after"]) for each in answer["switches"]]
    assert passes[0]
    assert passes == sorted(passes, reverse=True)
