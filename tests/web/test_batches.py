"""Batches in the routes: figures of each example, sums over all, and refusals that say the cure."""

import copy
import io
from typing import Any

import numpy as np
import pytest

from app.engine.receipt import EPSILON

X = [[[[1, 2], [3, 4]]], [[[0, -1], [2, 5]]], [[[1, 1], [1, 1]]]]
CONV = {"type": "conv2d", "weight": [[[[1, -2]]], [[[0.5, 1]]]], "bias": [0, 1]}
POOL = {"type": "max_pool2d", "kernel": [2, 1]}
LINEAR = {"type": "linear", "weight": [[1, -1], [0, 2], [1, 1]], "bias": [0, 0, 1]}
BATCH: dict[str, Any] = {
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


def alone(at):
    """One example as a network of its own, whose loss is its share of the batch's mean."""
    target = BATCH["head"]["target"][at]
    return {**BATCH, "input": X[at], "head": {"type": "cross_entropy", "target": target}}


def test_an_index_may_begin_with_the_example(ask):
    body = {"network": BATCH, "example": 2}
    cell = {"layer": 0, "index": [1, 0, 0]}
    longer = {"layer": 0, "index": [2, 1, 0, 0]}
    for route in ("receipt", "paths", "margins"):
        said = ask(route, **body, cell=cell)
        assert said == ask(route, network=BATCH, cell=longer)
        assert said == ask(route, **body, cell=longer)
    (error,) = ask("receipt", 422, network=BATCH, example=1, cell=longer)["errors"]
    assert error["loc"] == ["cell", "index", 0]
    beyond = {"layer": 0, "index": [3, 1, 0, 0]}
    (error,) = ask("receipt", 422, network=BATCH, cell=beyond)["errors"]
    assert error["loc"] == ["cell", "index", 0]
    too_long = {"layer": 0, "index": [1, 0, 0, 0]}
    (error,) = ask("receipt", 422, network=alone(0), cell=too_long)["errors"]
    assert error["loc"] == ["cell", "index"]


@pytest.mark.parametrize("example", [0, 1, 2])
def test_the_paths_to_a_cell_are_those_of_its_example(ask, example):
    cell = {"layer": -1, "index": [0, 1, 0]}
    ours = ask("paths", network=BATCH, cell=cell, example=example, most=100)
    theirs = ask("paths", network=alone(example), cell=cell, most=100)
    counted = ("total", "open", "exact", "stops", "others", "certain")
    assert {key: ours[key] for key in counted} == {key: theirs[key] for key in counted}
    for one, other in zip(ours["paths"], theirs["paths"], strict=True):
        assert one["product"] == pytest.approx(other["product"] / 3)
        assert [{**each, "example": example} for each in other["cells"]] == one["cells"]


def test_the_paths_to_a_weight_go_through_all_examples(ask):
    cell = {"layer": 0, "index": [0, 0, 0, 1], "parameter": "weight"}
    ours = ask("paths", network=BATCH, cell=cell, most=100)
    theirs = [ask("paths", network=alone(at), cell=cell, most=100) for at in range(3)]
    for count in ("total", "open"):
        assert ours[count] == sum(each[count] for each in theirs)
    assert sum(path["product"] for path in ours["paths"]) == pytest.approx(ours["gradient"])
    sizes = [abs(path["product"]) for path in ours["paths"]]
    assert sizes == sorted(sizes, reverse=True)
    assert {path["cells"][0]["example"] for path in ours["paths"]} == {0, 1, 2}
    few = ask("paths", network=BATCH, cell=cell, most=2)
    assert few["paths"] == ours["paths"][:2]
    assert few["others"] == ours["open"] - 2
    stopped = sum(stop["count"] for stop in ours["stops"])
    assert stopped + ours["open"] == ours["total"]


def test_the_paths_through_very_many_examples_are_refused(ask):
    many = {"input": [[1]] * 501, "layers": [{"type": "linear", "weight": [[2]]}]}
    network = {**many, "head": {"type": "mse", "target": [[0]] * 501}}
    cell = {"layer": 0, "index": [0, 0], "parameter": "weight"}
    (error,) = ask("paths", 422, network=network, cell=cell)["errors"]
    assert "all 501 examples" in error["msg"]
    assert ask("paths", network=network, cell={"layer": -1, "index": [0]})["total"] == 1


def test_the_margins_are_those_of_an_example(ask):
    cell = {"layer": 0, "index": [0, 0, 0]}
    for example in range(3):
        ours = ask("margins", network=BATCH, example=example, cell=cell)
        theirs = ask("margins", network=alone(example), cell=cell)
        assert ours["layers"] == theirs["layers"]
        assert ours["windows"][0]["margin"] == theirs["windows"][0]["margin"]
        assert ours["windows"][0]["winner"]["example"] == example


def changed(place, by):
    """BATCH with one number changed."""
    network = copy.deepcopy(BATCH)
    *way, last = place
    inner: Any = network
    for key in way:
        inner = inner[key]
    inner[last] += by
    return network


@pytest.mark.parametrize("by", [0.25, -0.25])
@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ({"layer": -1, "index": [1, 0, 1, 0]}, ("input", 1, 0, 1, 0)),
        ({"layer": -1, "index": [0, 0, 0, 1]}, ("input", 0, 0, 0, 1)),
        (
            {"layer": 0, "index": [1, 0, 0, 0], "parameter": "weight"},
            ("layers", 0, "weight", 1, 0, 0, 0),
        ),
        ({"layer": 3, "index": [2], "parameter": "bias"}, ("layers", 3, "bias", 2)),
    ],
)
def test_a_nudge_changes_the_loss_of_the_whole_batch(ask, cell, place, by):
    nudge = ask("nudge", network=BATCH, cell=cell, by=by)
    before, after = (ask("trace", network=net) for net in (BATCH, changed(place, by)))
    assert nudge["before"] == before["loss"]
    assert nudge["happened"] == pytest.approx(after["loss"] - before["loss"])
    part = before["input"] if cell["layer"] < 0 else before["layers"][cell["layer"]]
    name = f"{cell['parameter']}_gradient" if "parameter" in cell else "gradient"
    assert nudge["gradient"] == np.array(part[name])[tuple(cell["index"])]
    assert nudge["check"]["verdict"] in ("agree", "curved", "kink")
    closer = ask("nudge", network=BATCH, cell=cell, by=1e-6)
    assert closer["happened"] / 1e-6 == pytest.approx(nudge["gradient"], rel=1e-4, abs=1e-8)


def test_a_kink_names_its_example(ask):
    cell = {"layer": -1, "index": [0, 0, 0]}
    nudge = ask("nudge", network=BATCH, cell=cell, example=1, by=-12)
    assert nudge["cell"] == {"layer": -1, "index": [0, 0, 0], "example": 1}
    switches = [switch for kink in nudge["kinks"] for switch in kink["switches"]]
    assert switches
    for switch in switches:
        assert switch["example"] == 1
        assert {each["example"] for each in switch["before"] + switch["after"]} == {1}
        assert "example 2, " in switch["sentence"]


@pytest.mark.parametrize("ties", ["first", "split"])
def test_the_gradient_check_checks_every_example(ask, ties):
    layers = [CONV, {**POOL, "ties": ties}, {"type": "relu"}, {"type": "flatten"}, LINEAR]
    report = ask("gradcheck", network={**BATCH, "layers": layers})
    assert report["ok"]
    assert report["agree"] + report["kink"] == 3 * 4 + 4 + 2 + 6 + 3
    for finding in report["findings"]:
        assert "example" in finding["cell"] or "parameter" in finding["cell"]


def test_a_step_learns_from_all_examples(ask):
    made = ask("step", network=BATCH, rate=0.125)
    before, after = (ask("trace", network=net) for net in (BATCH, made["network"]))
    assert made["before"] == before["loss"]
    assert made["happened"] == pytest.approx(after["loss"] - before["loss"])
    slopes = [
        np.array(layer[name])
        for layer in before["layers"]
        for name in ("weight_gradient", "bias_gradient")
        if layer[name] is not None
    ]
    assert made["predicted"] == pytest.approx(-0.125 * sum((each**2).sum() for each in slopes))
    weight = np.array(CONV["weight"]) - 0.125 * np.array(before["layers"][0]["weight_gradient"])
    np.testing.assert_allclose(made["network"]["layers"][0]["weight"], weight)
    assert made["network"]["input"] == X


def test_two_batches_are_compared_example_by_example(ask):
    other = {**BATCH, "layers": [{**CONV, "bias": [1, 1]}, *BATCH["layers"][1:]]}
    grids = ask("compare", network=BATCH, other=other)["grids"]
    (conv,) = [each for each in grids if each["layer"] == 0 and each["parameter"] is None]
    apart = np.array(conv["value"])
    assert apart.shape == (3, 2, 2, 1)
    assert (apart[:, 0] == 1).all()
    assert (apart[:, 1] == 0).all()


def test_of_a_batch_and_one_example_only_parameters_are_compared(ask):
    grids = ask("compare", network=BATCH, other=alone(0))["grids"]
    for each in grids:
        assert (each["value"] is None) == (each["parameter"] is None)


@pytest.mark.parametrize("form", ["json", "npz", "safetensors"])
@pytest.mark.parametrize("network", [BATCH, ROWS])
def test_a_saved_batch_opens_to_the_same_network(client, ask, form, network):
    saved = client.post("/save", json={"network": network, "format": form})
    assert saved.status_code == 200
    file = (io.BytesIO(saved.data), f"batch.{form}")
    opened = client.post("/api/open", data={"file": file}).json["network"]
    before, after = (ask("trace", network=each) for each in (network, opened))
    assert {**before, "id": None} == {**after, "id": None}


def test_a_table_of_a_batch_has_the_examples_one_after_the_other(client):
    asked = {"network": BATCH, "of": {"layer": -1}}
    table = client.post("/table", json=asked).text
    assert table == "1,2\n3,4\n\n0,-1\n2,5\n\n1,1\n1,1\n"


def test_the_limits_count_all_examples(ask):
    many = {**BATCH, "input": np.zeros((60_000, 1, 2, 2)).tolist()}
    many["layers"] = [{"type": "relu"}] * 10 + many["layers"]
    many["head"] = {"type": "cross_entropy", "target": [0] * 60_000}
    (error,) = ask("trace", 422, network=many)["errors"]
    assert "fewer examples" in error["msg"]
