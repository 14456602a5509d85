"""The names of layers and cells, and the sentences about steps."""

import re
from functools import partial

import pytest

from app.engine.heads import CrossEntropy
from app.engine.layers import Relu, Sigmoid
from app.engine.receipt import Cell, receipt_of
from app.explain.inspector import inspect
from app.lessons.ties import LESSON as TIES
from app.stage.channels import OpenChannels
from app.stage.picture import grids
from app.stage.story import story
from app.stage.tables import planes
from app.text.numbers import written
from app.text.sentences import sentence
from tests.networks import conv, linear, max_pool, network
from tests.text.test_numbers import read


def notes(net):
    return [
        grid.note.replace("\N{NO-BREAK SPACE}", " ") for grid in grids(OpenChannels(net.trace()))
    ]


def sentences(net):
    return {step["phase"]: step["sentence"] for step in story(OpenChannels(net.trace()))["steps"]}


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ({}, "1 × 2 · window 2"),
        ({"kernel": (2, 1)}, "1 × 4 · window 2 × 1"),
        ({"stride": (1, 2), "padding": (1, 1)}, "3 × 3 · window 2 · stride 1 × 2 · padding 1"),
    ],
)
def test_a_pool_is_noted_with_its_shape_and_its_window(options, note):
    pool = max_pool(**{"kernel": (2, 2), **options})
    shape = pool((1, 2, 4)).shape
    gradient = [[[1] * shape[2]] * shape[1]]
    assert notes(network([[[1, 2, 3, 4]] * 2], pool, gradient=gradient))[1] == note


def names(net, key):
    [grid] = [grid for grid in grids(OpenChannels(net.trace())) if grid.key == key]
    return [cell.name for plane in planes(grid) for row in plane.rows for cell in row]


def test_a_bias_is_named_once_and_numbered_where_there_are_several():
    one = network([[[1]]], conv([[[[1]]]], [0]), gradient=[[[1]]])
    two = network([1], linear([[1], [2]], [0, 0]), gradient=[1, 2])
    assert names(one, "0.bias") == ["Bias"]
    assert names(two, "0.bias") == ["Bias 0", "Bias 1"]


def test_a_step_back_to_cells_that_nothing_reads_says_so():
    # With its padding and its stride, the kernel stands on padding only.
    aside = conv([[[[2]]]], padding=(1, 1), stride=(2, 2))
    told = sentences(network([[[3]]], aside, gradient=[[[1, 1], [1, 1]]]))
    said = "Nothing reads input, row 0, column 0: no gradient goes there."
    assert (told["multiply"], told["add"]) == (said, said)


def test_where_no_gradient_arrives_a_step_tells_of_a_cell_that_is_read():
    # Of row 0, nothing is read.
    net = network(
        [[[3], [4]]], conv([[[[2]]]], padding=(1, 0), stride=(2, 1)), gradient=[[[0], [0]]]
    )
    assert sentences(net)["multiply"].endswith("Towards input, row 1, column 0: 0 × 2 = 0.")


def test_a_step_through_an_activation_says_what_passes_and_what_does_not():
    flat = network([1, -2, -3], Relu, gradient=[5, 6, 7])
    open_ = network([1, 2], Relu, gradient=[5, 6])
    curved = network([0], Sigmoid, gradient=[8])
    assert sentences(flat)["pass"] == (
        "ReLU hands on the gradient unchanged where its slope is 1: 5 at neuron 0. "
        "At two cells it is flat: nothing gets through there."
    )
    assert sentences(open_)["pass"].endswith("is 1: 5 at neuron 0.")
    assert sentences(curved)["pass"] == (
        "Sigmoid multiplies each gradient by its slope: 8 × 0.25 = 2 at neuron 0."
    )


def test_a_step_through_weights_says_what_each_gradient_is_multiplied_by():
    net = network([1], linear([[3], [4]]), gradient=[5, 6])
    assert sentences(net)["multiply"] == (
        "On its way back, each gradient is multiplied by the weight it passes. "
        "Towards input, neuron 0: 5 × 3 = 15 and 6 × 4 = 24."
    )


@pytest.mark.parametrize("scores", [[2, 1, 0.5], [1000, 999, 0], [-1000, -1000, -1001]])
def test_a_probability_is_explained_with_the_scores_it_is_made_of(scores):
    net = network([1], linear([[score] for score in scores]), head=partial(CrossEntropy, target=1))
    trace = net.trace()
    said = inspect(trace, Cell(0, 0)).probability
    assert said
    [[power, together, share]] = re.findall(r"(\S+) / (\S+) [=≈] (\S+)\.$", said[1])
    assert float(read(power) / read(together)) == pytest.approx(trace.probabilities[0], rel=1e-3)
    assert float(read(share)) == pytest.approx(trace.probabilities[0], rel=1e-3)
    assert ("less the largest score" in said[1]) == (abs(scores[0]) > 300)


def test_only_outputs_that_a_softmax_reads_have_a_probability():
    net = network([1], linear([[1], [2]]), gradient=[1, 2])
    assert inspect(net.trace(), Cell(0, 0)).probability is None


@pytest.mark.parametrize(("number", "text"), [(-0.125, "−0.125"), (-7.0, "−7"), (1e-7, "1e−7")])
def test_a_number_in_a_field_has_a_true_minus(number, text):
    assert written(number) == text


@pytest.mark.parametrize(("route", "status"), [("/api/nudge", 422), ("/inspector/nudge", 200)])
def test_a_nudge_that_overflows_says_where(client, route, status):
    document = {
        "version": 1,
        "input": [1],
        "layers": [{"type": "linear", "weight": [[1e300]]}],
        "head": {"type": "upstream", "gradient": [1]},
    }
    answer = client.post(
        route, json={"network": document, "cell": {"layer": -1, "index": [0]}, "by": 1e12}
    )
    assert answer.status_code == status
    [error] = answer.get_json()["errors"]
    assert error["msg"].startswith("At Fully connected, a value grows beyond")


def test_of_two_maxima_that_are_both_paid_in_full_each_says_so():
    def said(ties):
        net = network([[[5, 5], [1, 2]]], max_pool(ties=ties), gradient=[[[6]]])
        trace = net.trace()
        return sentence(trace, receipt_of(trace, Cell(-1, 1)))

    assert said("all").startswith("It is one of the maxima of its window")
    assert said("last").startswith("It is the maximum of its window")
    assert said("split").startswith("It shares the maximum")


def test_the_lesson_on_ties_knows_when_there_is_none():
    def told(ties, first):
        net = network([[[first, 5], [1, 2]]], max_pool(ties=ties), gradient=[[[6]]])
        return TIES.headline(net.trace())

    assert told("last", 5)["question"] == "A window has 2 maxima. Who gets the gradient?"
    assert "The last maximum takes it all" in told("last", 5)["answer"]
    alone = told("last", 7)
    assert alone["question"] == "A window has one maximum. Who gets the gradient?"
    assert alone["answer"] == (
        "No two are equal now, so every rule says the same: the cells get 6, 0, 0 and 0."
    )
