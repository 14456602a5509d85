"""The JSON routes of the contract."""

import json
import math
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document import document
from app.engine.receipt import EPSILON
from tests.document.test_document import ABSENT, FIELDS, GOOD, ROWS, changed
from tests.oracle.documents import built, documents
from tests.waiting import PATIENCE

FOUNDING: dict[str, Any] = {
    "version": 1,
    "input": [
        [[0, 3, 1, 2, 0], [1, 2, 2, 2, 1], [1, 3, 3, 3, 1], [3, 2, 1, 3, 0], [2, 0, 0, 1, 1]]
    ],
    "layers": [
        {"type": "conv2d", "weight": [[[[1, -1], [2, 1]]]], "bias": [0]},
        {"type": "relu"},
        {"type": "max_pool2d", "kernel": 2},
        {"type": "flatten"},
        {"type": "linear", "weight": [[0.5, 1, -0.25, 0], [-1, 0, 0.5, 1], [0.25, -0.5, 1, -1]]},
    ],
    "head": {"type": "upstream", "gradient": [2, 3, 6]},
}
FIELDS_OF_A_LAYER = {
    "type", "shape", "value", "gradient", "weight_gradient", "bias_gradient", "winners",
}  # fmt: skip


@pytest.fixture
def ask(client):
    """Post JSON; the answer's body, once its status is as expected."""

    def post(route, status=200, /, **body):
        answer = client.post(f"/api/{route}", json=body)
        assert answer.status_code == status, answer.text
        assert answer.mimetype == "application/json"
        return answer.json

    return post


def refused(client, raw, status, route="trace", content_type="application/json"):
    """The errors of a request that is refused; the next request is served."""
    answer = client.post(f"/api/{route}", data=raw, content_type=content_type)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    assert answer.json.keys() == {"errors"}
    for error in answer.json["errors"]:
        assert error.keys() == {"loc", "msg"}
        assert error["msg"].endswith((".", "…}."))
    assert client.post("/api/trace", json={"network": GOOD}).status_code == 200
    return [(error["loc"], error["msg"]) for error in answer.json["errors"]]


# --- /api/trace ---------------------------------------------------------------------------------


def test_a_trace_has_every_figure_of_the_founding_question(ask):
    trace = ask("trace", network=FOUNDING)
    assert trace.keys() >= {"id", "loss", "probabilities", "input", "layers"}
    assert (trace["loss"], trace["probabilities"]) == (None, None)
    assert trace["input"]["value"] == FOUNDING["input"]
    assert trace["input"]["gradient"][0][2] == [7, -8, -2.5, -4, 3]
    assert [each["type"] for each in trace["layers"]] == [
        "conv2d", "relu", "max_pool2d", "flatten", "linear",
    ]  # fmt: skip
    assert all(each.keys() >= FIELDS_OF_A_LAYER for each in trace["layers"])
    conv, relu, pool, flatten, linear = trace["layers"]
    assert conv["shape"] == relu["shape"] == [1, 4, 4]
    assert conv["weight_gradient"] == [[[[-5, 15], [7.5, 9.5]]]]
    assert conv["bias_gradient"] == [2.5]
    assert (relu["weight_gradient"], relu["bias_gradient"], relu["winners"]) == (None, None, None)
    assert pool["value"] == [[[9, 9], [6, 8]]]
    assert pool["gradient"] == [[[-0.5, -1], [7, -3]]]
    assert pool["winners"] == [[[5, 6], [8, 11]]]
    assert (flatten["shape"], flatten["gradient"]) == ([4], [-0.5, -1, 7, -3])
    assert (linear["value"], linear["gradient"]) == ([12, 2, -4.25], [2, 3, 6])
    assert linear["weight_gradient"][0] == [18, 18, 12, 16]
    assert linear["bias_gradient"] is None  # it has none


def test_a_trace_with_a_loss_has_it_and_its_probabilities(ask):
    head = {"type": "cross_entropy", "target": 0}
    trace = ask("trace", network={**ROWS, "input": [0, 0], "head": head})
    assert trace["loss"] == pytest.approx(math.log(2))
    assert trace["probabilities"] == [0.5, 0.5]
    assert trace["layers"][0]["gradient"] == [-0.5, 0.5]
    squared = ask("trace", network=changed(ROWS, (("head",), {"type": "mse", "target": [5, 10]})))
    assert (squared["loss"], squared["probabilities"]) == (0.5, None)
    assert squared["layers"][0]["gradient"] == [0, 1]


@pytest.mark.parametrize("ties", ["first", "last", "split", "all"])
def test_winners_are_the_first_maximum_or_the_last(ask, ties):
    network = {
        "input": [[[5, 5], [1, 5]]],
        "layers": [{"type": "max_pool2d", "kernel": 2, "ties": ties}],
        "head": {"type": "upstream", "gradient": [[[6]]]},
    }
    layer = ask("trace", network=network)["layers"][0]
    assert layer["winners"] == [[[3 if ties == "last" else 0]]]
    assert layer["maxima"] == [[[[0, 1, 3]]]]


@given(documents(exact=False))
def test_a_trace_says_what_the_engine_says_and_never_minus_0(app, doc):
    answer = app.test_client().post("/api/trace", json={"network": doc})
    trace = built(doc).trace()
    assert "-0.0," not in answer.text
    assert "-0.0]" not in answer.text
    told = answer.json
    assert told["input"]["gradient"] == trace.gradients[0].tolist()
    for i, layer in enumerate(told["layers"]):
        assert layer["shape"] == list(trace.network.shape_of(i))
        assert layer["value"] == trace.values[i + 1].tolist()
        assert layer["gradient"] == trace.gradients[i + 1].tolist()
        for name in ("weight", "bias"):
            own = trace.parameters[i].get(name)
            assert layer[f"{name}_gradient"] == (None if own is None else own.tolist())
        assert (layer["winners"] is None) == (trace.network.layers[i].family != "max_pool")


def test_minus_0_is_sent_as_0(client):
    network = {
        "input": [-1, 2],
        "layers": [{"type": "linear", "weight": [[0, 0]]}, {"type": "relu"}],
        "head": {"type": "upstream", "gradient": [-3]},
    }
    answer = client.post("/api/trace", json={"network": network})
    assert "-0" not in answer.text
    cell = {"layer": 0, "parameter": "weight", "index": [0, 0]}
    answer = client.post("/api/receipt", json={"network": network, "cell": cell})
    assert "-0" not in answer.text


def test_numbers_keep_every_digit(ask):
    third = 1 / 3
    network = changed(ROWS, (("input",), [third, 5e-324]), (("layers", 0), {"type": "identity"}))
    assert ask("trace", network=network)["layers"][0]["value"] == [third, 5e-324]


# --- ids ----------------------------------------------------------------------------------------


def test_a_trace_is_asked_for_again_by_its_id(ask):
    first = ask("trace", network=FOUNDING)
    assert ask("trace", trace=first["id"]) == first
    cell = {"layer": 2, "index": [0, 0, 0]}
    assert ask("receipt", trace=first["id"], cell=cell) == ask(
        "receipt", network=FOUNDING, cell=cell
    )


@pytest.mark.parametrize("cells", [9, 3000])
def test_whoever_asks_again_is_answered_the_same_to_the_byte(client, cells):
    network = {
        "input": [i / 7 for i in range(cells)],
        "layers": [{"type": "sigmoid"}],
        "head": {"type": "upstream", "gradient": [1] * cells},
    }
    first = client.post("/api/trace", json={"network": network})
    for body in ({"network": network}, {"trace": first.json["id"]}):
        assert client.post("/api/trace", json=body).data == first.data


def test_the_same_network_has_the_same_id_and_another_has_another(ask):
    first = ask("trace", network=FOUNDING)["id"]
    assert ask("trace", network=FOUNDING)["id"] == first
    other = changed(FOUNDING, (("head", "gradient"), [2, 3, 7]))
    assert ask("trace", network=other)["id"] != first


def test_a_network_that_python_takes_for_a_remembered_one_is_checked_all_the_same(ask):
    ask("trace", network=FOUNDING)
    true = changed(FOUNDING, (("layers", 0, "weight", 0, 0, 0, 0), True))
    assert true == FOUNDING
    [error] = ask("trace", 422, network=true)["errors"]
    assert error["loc"] == ["layers", 0, "weight", 0, 0, 0, 0]


@pytest.mark.parametrize("trace", ["", "0" * 24, "../..", "é"])
def test_an_id_that_is_not_known_is_404(ask, trace):
    answer = ask("trace", 404, trace=trace)
    [error] = answer["errors"]
    assert error["loc"] == ["trace"]
    assert "send the network" in error["msg"]


@pytest.mark.parametrize("body", [{}, {"network": GOOD, "trace": "x"}, {"network": None}])
def test_either_a_network_or_an_id_is_needed(ask, body):
    assert ask("trace", 422, **body)["errors"][0]["loc"] == ["network"]


def test_an_id_that_is_no_text_is_refused_at_its_place(ask):
    assert ask("trace", 422, trace=5)["errors"][0]["loc"] == ["trace"]


# --- /api/receipt -------------------------------------------------------------------------------


def test_a_receipt_of_a_pooled_neuron_looks_through_flatten(ask):
    receipt = ask("receipt", network=FOUNDING, cell={"layer": 2, "index": [0, 0, 0]})
    assert receipt.keys() >= {"value", "gradient", "terms", "zero", "sentence"}
    assert (receipt["value"], receipt["gradient"], receipt["zero"]) == (9, -0.5, None)
    assert receipt["terms"] == [
        {
            "source": {"layer": 4, "index": [output]},
            "upstream": upstream,
            "factor": weight,
            "product": upstream * weight,
            "zero": None,
        }
        for output, upstream, weight in [(0, 2, 0.5), (1, 3, -1), (2, 6, 0.25)]
    ]
    assert isinstance(receipt["sentence"], str)
    assert "−0.5" in receipt["sentence"]


def test_a_receipt_of_flatten_is_that_of_the_cell_it_relabels(ask):
    pooled = ask("receipt", network=FOUNDING, cell={"layer": 2, "index": [0, 1, 0]})
    relabelled = ask("receipt", network=FOUNDING, cell={"layer": 3, "index": [2]})
    assert pooled["terms"] == relabelled["terms"]


def test_a_receipt_lists_zero_terms_with_their_reason(ask):
    receipt = ask("receipt", network=FOUNDING, cell={"layer": 1, "index": [0, 0, 0]})
    assert (receipt["gradient"], receipt["zero"]) == (0, "lost")
    [term] = receipt["terms"]
    assert term == {
        "source": {"layer": 2, "index": [0, 0, 0]},
        "upstream": -0.5,
        "factor": 0,
        "product": 0,
        "zero": "lost",
    }
    pooled = ask("receipt", network=FOUNDING, cell={"layer": 2, "index": [0, 0, 1]})
    assert [term["zero"] for term in pooled["terms"]] == [None, "weight", None]


HEADS: dict[str, Any] = {
    "upstream": ({"type": "upstream", "gradient": [7, 8]}, 8, 1),
    "cross_entropy": ({"type": "cross_entropy", "target": 1}, 1, -0.5),
    "mse": ({"type": "mse", "target": [0, 3]}, 1, -3),
    "mse sum": ({"type": "mse", "target": [0, 3], "reduction": "sum"}, 1, -6),
}


@pytest.mark.parametrize("kind", HEADS)
def test_a_cell_of_the_last_layer_has_one_term_from_the_head(ask, kind):
    head, upstream, factor = HEADS[kind]
    network = {"input": [0, 0], "layers": [{"type": "identity"}], "head": head}
    receipt = ask("receipt", network=network, cell={"layer": 0, "index": [1]})
    assert receipt["gradient"] == upstream * factor
    assert receipt["terms"] == [
        {
            "source": {"layer": "head", "index": [1]},
            "upstream": upstream,
            "factor": factor,
            "product": upstream * factor,
            "zero": None,
        }
    ]


def test_a_settled_cell_says_so(ask):
    network = {"input": [3], "layers": [{"type": "relu"}], "head": {"type": "mse", "target": [3]}}
    receipt = ask("receipt", network=network, cell={"layer": 0, "index": [0]})
    assert (receipt["terms"][0]["zero"], receipt["zero"]) == ("settled", "settled")


def test_a_map_at_the_end_is_paid_by_the_head_through_flatten(ask):
    network = {
        "input": [[[1, 2]]],
        "layers": [{"type": "relu"}, {"type": "flatten"}],
        "head": {"type": "upstream", "gradient": [4, 5]},
    }
    receipt = ask("receipt", network=network, cell={"layer": 0, "index": [0, 0, 1]})
    assert receipt["terms"][0]["source"] == {"layer": "head", "index": [1]}


def test_a_receipt_of_a_weight_has_a_term_for_every_position(ask):
    cell = {"layer": 0, "parameter": "weight", "index": [0, 0, 0, 0]}
    receipt = ask("receipt", network=FOUNDING, cell=cell)
    assert (receipt["value"], receipt["gradient"], len(receipt["terms"])) == (1, -5, 16)
    assert receipt["terms"][5] == {
        "source": {"layer": 0, "index": [0, 1, 1]},
        "upstream": -0.5,
        "factor": 2,
        "product": -1,
        "zero": None,
    }
    assert receipt["terms"][0]["zero"] == "input"
    assert receipt["terms"][1]["zero"] == "upstream"


def test_a_receipt_of_a_bias_has_the_factor_1(ask):
    receipt = ask("receipt", network=FOUNDING, cell={"layer": 0, "parameter": "bias", "index": [0]})
    assert {term["factor"] for term in receipt["terms"]} == {1}
    assert receipt["gradient"] == 2.5


def test_a_cell_that_nothing_reads_has_no_terms(ask):
    network = {
        "input": [[[1, 2, 3]]],
        "layers": [{"type": "max_pool2d", "kernel": [1, 2]}],
        "head": {"type": "upstream", "gradient": [[[1]]]},
    }
    receipt = ask("receipt", network=network, cell={"layer": -1, "index": [0, 0, 2]})
    assert (receipt["terms"], receipt["gradient"], receipt["zero"]) == ([], 0, "unread")


@given(documents(exact=False), st.randoms(use_true_random=False))
def test_every_receipt_adds_up_to_the_traces_figure(app, doc, rng):
    client = app.test_client()
    trace = client.post("/api/trace", json={"network": doc}).json
    layer = rng.randrange(-1, len(doc["layers"]))
    told = trace["input"] if layer < 0 else trace["layers"][layer]
    arrays: dict[str | None, Any] = {None: told["gradient"]}
    if layer >= 0:
        arrays |= {name: told[f"{name}_gradient"] for name in ("weight", "bias")}
    parameter = rng.choice([name for name, array in arrays.items() if array is not None])
    array = np.array(arrays[parameter])
    index = [rng.randrange(size) for size in array.shape]
    cell = {"layer": layer, "index": index, "parameter": parameter}
    receipt = client.post("/api/receipt", json={"trace": trace["id"], "cell": cell}).json
    assert receipt["gradient"] == array[tuple(index)]
    products = [term["product"] for term in receipt["terms"]]
    bound = 8 * len(products) * EPSILON * math.fsum(map(abs, products))
    assert abs(math.fsum(products) - receipt["gradient"]) <= bound
    for term in receipt["terms"]:
        assert term["product"] == term["upstream"] * term["factor"]
        assert (term["zero"] is None) == (term["product"] != 0)
    assert receipt["zero"] is None or abs(receipt["gradient"]) <= bound


CELLS: dict[str, Any] = {
    "no such layer": ({"layer": 5, "index": [0]}, ["cell", "layer"], "the last one is 4"),
    "below the input": ({"layer": -2, "index": [0]}, ["cell", "layer"], "at least -1"),
    "a layer beyond all limits": ({"layer": 64, "index": [0]}, ["cell", "layer"], "less than 64"),
    "a layer that is a text": ({"layer": "head", "index": [0]}, ["cell", "layer"], "whole"),
    "a layer that is true": ({"layer": True, "index": [0]}, ["cell", "layer"], "whole"),
    "too few numbers": ({"layer": 0, "index": [0, 0]}, ["cell", "index"], "1 × 4 × 4"),
    "no numbers": ({"layer": 0, "index": []}, ["cell", "index"], "at least 1"),
    "too many numbers": ({"layer": 0, "index": [0] * 5}, ["cell", "index"], "at most 4"),
    "outside": ({"layer": 0, "index": [0, 4, 0]}, ["cell", "index", 1], "less than 4"),
    "far outside": ({"layer": 0, "index": [0, 0, 10**30]}, ["cell", "index", 2], "less than 4"),
    "a negative index": ({"layer": 0, "index": [0, 0, -1]}, ["cell", "index", 2], "at least 0"),
    "a half": ({"layer": 0, "index": [0, 0, 0.5]}, ["cell", "index", 2], "whole"),
    "an index that is a text": ({"layer": 0, "index": "000"}, ["cell", "index"], "list"),
    "no such parameter": (
        {"layer": 0, "index": [0], "parameter": "gamma"}, ["cell", "parameter"], "weight and bias",
    ),
    "a parameter that it has not": (
        {"layer": 4, "index": [0], "parameter": "bias"}, ["cell", "parameter"], "it has weight",
    ),
    "a parameter of a ReLU": (
        {"layer": 1, "index": [0], "parameter": "weight"}, ["cell", "parameter"], "it has none",
    ),
    "a parameter of the input": (
        {"layer": -1, "index": [0], "parameter": "weight"}, ["cell", "parameter"], "it has none",
    ),
    "an index outside a parameter": (
        {"layer": 0, "index": [0, 0, 2, 0], "parameter": "weight"}, ["cell", "index", 2],
        "less than 2",
    ),
    "no index": ({"layer": 0}, ["cell", "index"], "missing"),
    "no layer": ({"index": [0]}, ["cell", "layer"], "missing"),
    "an unknown field": ({"layer": 0, "index": [0], "x": 1}, ["cell", "x"], "spelling"),
    "no object": (5, ["cell"], "object"),
}  # fmt: skip


@pytest.mark.parametrize("case", CELLS)
def test_a_cell_that_is_not_there_is_refused_at_its_place(ask, case):
    cell, place, words = CELLS[case]
    [error] = ask("receipt", 422, network=FOUNDING, cell=cell)["errors"]
    assert error["loc"] == place
    assert words in error["msg"]


def test_a_whole_number_may_be_written_as_1_point_0(ask):
    cell = {"layer": 2.0, "index": [0, 1.0, 0]}
    assert ask("receipt", network=FOUNDING, cell=cell)["gradient"] == 7


def test_a_receipt_without_a_cell_is_refused(ask):
    [error] = ask("receipt", 422, network=FOUNDING)["errors"]
    assert error["loc"] == ["cell"]


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["trace", "receipt"])
@pytest.mark.parametrize("case", FIELDS)
def test_a_document_with_a_mistake_is_422_at_its_place(client, case, route):
    doc, path, value, place, words = FIELDS[case]
    body = {"network": changed(doc, (path, value)), "cell": {"layer": -1, "index": [0]}}
    raw = json.dumps(body if route == "receipt" else {"network": body["network"]})
    [(at, said)] = refused(client, raw, 422, route)
    assert at == list(place)
    assert words in said


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 4000])
def test_a_number_that_is_not_finite_is_refused_at_its_place(client, written):
    raw = json.dumps({"network": changed(GOOD, (("input", 0, 0, 0), "HERE"))})
    [(at, said)] = refused(client, raw.replace('"HERE"', written), 422)
    assert at == ["input", 0, 0, 0]
    assert "finite" in said


def nested(depth, inner="1"):
    return f'{{"network": {{"input": {"[" * depth}{inner}{"]" * depth}}}}}'


BODIES: dict[str, Any] = {
    "nothing": ("", 400, "not JSON"),
    "no JSON": ("gradient", 400, "not JSON"),
    "half of it": ('{"network": {"version": 1', 400, "not JSON"),
    "two of it": ("{}{}", 400, "not JSON"),
    "a comma too many": ('{"network": {},}', 400, "not JSON"),
    "not UTF-8": (b'{"network": "\xff"}', 400, "not JSON"),
    "half of a pair": ('{"trace": "\\ud800"}', 400, "not JSON"),
    "nested too deep": (nested(100_000), 400, "nested too deep"),
    "objects nested too deep": ('{"network":' * 10_000, 400, "nested too deep"),
    "more lists than any network has": ("[" * 1_000_000, 422, "lists"),
    "more objects than any network has": ('{"network":' * 100_000, 422, "objects"),
    "an integer of a million digits": (nested(3, "9" * 1_000_000), 400, "too many digits"),
    "a fraction of a million digits": (nested(3, "0." + "9" * 1_000_000), 422, "missing"),
    "a list": ("[]", 422, "object"),
    "a number": ("5", 422, "object"),
    "null": ("null", 422, "object"),
    "a network that is a text": ('{"network": "x"}', 422, "object"),
    "a network that is a list": ('{"network": []}', 422, "object"),
    "an empty network": ('{"network": {}}', 422, "missing"),
    "a batch": ('{"networks": []}', 422, "spelling"),
    "nested fairly deep": (nested(150), 422, "not a list"),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_no_request_is_refused(client, case):
    raw, status, words = BODIES[case]
    errors = refused(client, raw, status)
    assert any(words in said for _, said in errors)
    assert all(len(said) < 500 for _, said in errors)


def test_what_is_named_twice_counts_as_it_is_named_last(client):
    raw = json.dumps({"network": GOOD})[:-1] + ', "network": {"input": 1}}'
    assert ["input"] in [at for at, _ in refused(client, raw, 422)]


def test_a_body_too_large_is_413(client):
    [(at, said)] = refused(client, b" " * 30_000_000, 413)
    assert at == []
    assert f"{document.MAX_BYTES // 2**20} MB" in said


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_a_body_that_is_not_called_json_is_415(client, content_type):
    raw = json.dumps({"network": GOOD})
    [(at, said)] = refused(client, raw, 415, content_type=content_type)
    assert at == []
    assert "application/json" in said


@pytest.mark.parametrize("route", ["trace", "receipt"])
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_another_method_is_405(client, route, method):
    answer = getattr(client, method)(f"/api/{route}")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.json["errors"][0]["msg"]


def test_a_route_that_is_not_there_is_404_in_json(client):
    answer = client.post("/api/traces", json={})
    assert answer.status_code == 404
    assert answer.json["errors"][0]["msg"]


OVERFLOWS: dict[str, Any] = {
    "a value": ((("layers", 0, "weight", 0, 0, 0, 0), 1e308), ["layers", 0]),
    "a gradient": ((("head", "gradient", 0, 0, 0), 1.7e308), ["layers", 0]),
}


@pytest.mark.parametrize("case", OVERFLOWS)
def test_figures_that_overflow_on_the_way_are_refused_at_their_layer(client, case):
    change, place = OVERFLOWS[case]
    raw = json.dumps({"network": changed(GOOD, change)})
    [(at, said)] = refused(client, raw, 422)
    assert at == place
    assert case in said


def test_a_loss_that_overflows_is_refused_at_the_head(client):
    network = changed(ROWS, (("head",), {"type": "mse", "target": [1e200, 0]}))
    [(at, _)] = refused(client, json.dumps({"network": network}), 422)
    assert at == ["head"]


def large(layer, *shape):
    head = {"type": "upstream", "gradient": [[[1]]]}
    return {"input": np.zeros(shape).tolist(), "layers": [layer], "head": head}


HUGE = {
    "padding whose square is many cells": large(
        {"type": "conv2d", "weight": [[[[1]]]], "padding": 4096}, 1, 1, 1
    ),
    "strides and dilations of the most": large(
        {"type": "conv2d", "weight": [[[[1, 1]]]], "stride": 4096, "dilation": 4096}, 1, 2, 2
    ),
    "a window of the most": large({"type": "max_pool2d", "kernel": 4096}, 1, 9, 9),
    "a padded window of the most": large(
        {"type": "max_pool2d", "kernel": 4096, "padding": 2048, "stride": 1}, 1, 200, 200
    ),
    "reads whose product is beyond 64 bits": large(
        {"type": "avg_pool2d", "kernel": 4095, "padding": 2047, "stride": 1}, 300, 5, 5
    ),
    "sizes far beyond": large({"type": "max_pool2d", "kernel": 2**62, "stride": 2**62}, 1, 2, 2),
}


@pytest.mark.parametrize("case", HUGE)
def test_huge_sizes_are_refused_before_anything_is_computed(client, case):
    errors = refused(client, json.dumps({"network": HUGE[case]}), 422)
    assert errors[0][0][:2] == ["layers", 0]


@pytest.mark.parametrize("absent", ["input", "layers", "head"])
def test_what_is_missing_is_named(client, absent):
    raw = json.dumps({"network": changed(GOOD, ((absent,), ABSENT))})
    assert refused(client, raw, 422) == [([absent], "This field is missing: add it.")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def places_of(inner, at=()):
    yield at
    if isinstance(inner, dict | list):
        for key, value in inner.items() if isinstance(inner, dict) else enumerate(inner):
            yield from places_of(value, (*at, key))


@given(st.sampled_from([at for at in places_of({"network": FOUNDING}) if at]), json_values)
def test_anything_in_any_place_is_answered_and_never_by_a_500(app, at, value):
    body = changed({"network": FOUNDING}, (at, value))
    answer = app.test_client().post(
        "/api/trace", data=json.dumps(body), content_type="application/json"
    )
    assert answer.status_code in (200, 400, 422)
    assert answer.status_code == 200 or answer.json["errors"]


# --- the real server ----------------------------------------------------------------------------


@pytest.fixture
def connect(base_url):
    """A connection to the server that the command starts."""
    at = urlsplit(base_url)
    sockets = []

    def dial():
        sockets.append(socket.create_connection((at.hostname, at.port), timeout=PATIENCE))
        return sockets[-1]

    yield dial
    for each in sockets:
        each.close()


def head_of(length, more=""):
    return (
        "POST /api/trace HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\n{more}\r\n"
    ).encode()


def answer_of(source):
    """(status, body) of the next answer on a connection."""
    got = b""
    while b"\r\n\r\n" not in got:
        some = source.recv(65536)
        assert some, "closed without an answer"
        got += some
    head, body = got.split(b"\r\n\r\n", 1)
    length = int(re.findall(rb"(?i)content-length: (\d+)", head)[0])
    while len(body) < length:
        body += source.recv(65536)
    return int(head.split()[1]), json.loads(body)


def is_served(source):
    raw = json.dumps({"network": GOOD}).encode()
    source.sendall(head_of(len(raw)) + raw)
    status, body = answer_of(source)
    return status == 200 and body["layers"][0]["type"] == "conv2d"


def test_a_body_of_30_mb_is_413_and_the_next_request_is_served(connect):
    large = connect()
    large.sendall(head_of(30_000_000))
    try:
        for _ in range(30):
            large.sendall(b" " * 1_000_000)
        status, body = answer_of(large)
    except ConnectionError:
        pytest.fail("the connection was cut before the answer was sent")
    assert status == 413
    assert "MB" in body["errors"][0]["msg"]
    assert is_served(connect())


def test_a_slow_body_keeps_nobody_waiting(connect):
    raw = json.dumps({"network": GOOD}).encode()
    slow = [connect() for _ in range(20)]  # more than there are threads
    for each in slow:
        each.sendall(head_of(len(raw)) + raw[:10])
    assert is_served(connect())
    for each in slow:
        each.sendall(raw[10:])
        assert answer_of(each)[0] == 200


def test_a_client_that_hangs_up_half_way_harms_nobody(connect):
    gone = connect()
    gone.sendall(head_of(1000) + b"{")
    gone.close()
    assert is_served(connect())


def test_chunks_are_read_like_any_other_body(connect):
    raw = json.dumps({"network": GOOD}).encode()
    source = connect()
    source.sendall(
        b"POST /api/trace HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
        + f"{len(raw):x}\r\n".encode() + raw + b"\r\n0\r\n\r\n"
    )  # fmt: skip
    assert answer_of(source)[0] == 200


def test_one_connection_is_answered_again_and_again_whatever_was_wrong_before(connect):
    source = connect()
    for raw, status in [(b"[" * 1000, 400), (b"{}", 422), (b"9" * 100_000, 400)]:
        source.sendall(head_of(len(raw)) + raw)
        assert answer_of(source)[0] == status
        assert is_served(source)
