import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.gradcheck import gradcheck
from app.engine.nudge import nudge
from app.engine.paths import paths
from app.engine.receipt import Cell
from app.explain.gradcheck import report_json
from app.explain.margins import margins_json
from app.explain.nudge import nudge_json
from app.explain.paths import paths_json
from tests.networks import linear, network, networks

FOUNDING = {
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
INPUT_CELL = {"layer": -1, "index": [0, 2, 1]}
KERNEL = {"layer": 0, "parameter": "weight", "index": [0, 0, 0, 0]}


def window(cells, **options):
    return {
        "input": [cells],
        "layers": [{"type": "max_pool2d", "kernel": 2, **options}],
        "head": {"type": "upstream", "gradient": [[[6]]]},
    }


@pytest.fixture
def ask(client):
    def ask(route, network=FOUNDING, status=200, **body):
        answer = client.post(f"/api/{route}", json={"network": network, **body})
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()

    return ask


# --- paths --------------------------------------------------------------------------------------


def test_paths_are_counted_and_listed_and_add_up(ask):
    answer = ask("paths", cell=INPUT_CELL)
    assert (answer["gradient"], answer["total"], answer["open"], answer["exact"]) == (
        -8,
        12,
        6,
        True,
    )
    assert [(each["layer"], each["zero"], each["count"]) for each in answer["stops"]] == [
        (2, "lost", 6)
    ]
    assert sum(path["product"] for path in answer["paths"]) == -8
    first = answer["paths"][0]
    assert first["cells"][0] == {"layer": 4, "index": [1]}
    assert first["cells"][-1] == INPUT_CELL
    assert first["sentence"] == "3 × (−1) × 1 × 1 × 2 = −6"
    assert answer["sentence"].startswith("12 paths lead from the upstream gradients to this cell.")
    assert "6 are open, and their products add up to −8" in answer["sentence"]


def test_a_short_list_says_how_many_others_there_are_and_what_they_add(ask):
    answer = ask("paths", cell=KERNEL, most=2)
    assert (len(answer["paths"]), answer["others"], answer["others_sum"]) == (2, 8, 4)
    assert answer["paths"][0]["cells"][-1] == KERNEL


def test_the_list_of_paths_has_a_limit(ask):
    errors = ask("paths", cell=KERNEL, most=101, status=422)["errors"]
    assert errors == [{"loc": ["most"], "msg": "This must be at most 100."}]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ({"layer": -1, "index": [0, 3, 2]}, "and all are blocked."),
        (INPUT_CELL, "The others are blocked: at Max pool, where another cell"),
        ({"layer": 2, "index": [0, 0, 0]}, "All are open"),
        ({"layer": 4, "index": [1]}, "One path leads"),
        (KERNEL, "to this weight"),
    ],
)
def test_the_sentence_of_paths_says_what_is_the_case(ask, cell, said):
    assert said in ask("paths", cell=cell)["sentence"]


@pytest.mark.parametrize(("cell", "listed"), [(INPUT_CELL, 0), ([0, 3, 2], 2)])
def test_where_paths_stop_is_listed_on_the_page_where_the_sentence_does_not_tell(
    client, ask, cell, listed
):
    cell = cell if isinstance(cell, dict) else {"layer": -1, "index": cell}
    page = client.post("/inspector/paths", json={"network": FOUNDING, "cell": cell}).text
    stops = ask("paths", cell=cell)["stops"]
    assert page.count("<li>") == listed == (len(stops) if len(stops) > 1 else 0)
    assert all(page.count(stop["sentence"]) == 1 for stop in stops if listed)


def test_a_gather_is_told_as_what_to_do(client):
    cell = {"layer": -1, "index": [0, 2, 1]}
    page = client.post("/inspector/gather", json={"network": FOUNDING, "cell": cell}).text
    assert (
        "Seen from this cell: turn the kernel by half a turn, lay it over the gradients of "
        "Convolution around the cell, multiply and add. The products add up to −8, the same as "
        "above. (–: no output there.)"
    ) in page


def test_nothing_leads_to_an_unread_cell(ask):
    unread = window([[1, 2, 3], [4, 5, 6]])
    answer = ask("paths", unread, cell={"layer": -1, "index": [0, 0, 2]})
    assert answer["sentence"] == (
        "No path leads from the upstream gradients to this cell: nothing reads it."
    )


def test_more_paths_than_a_number_can_count_are_said_to_be_about_so_many():
    net = network(
        np.ones(40), *[linear(np.ones((40, 40))) for _ in range(12)], gradient=np.ones(40)
    )
    trace = net.trace()
    answer = paths_json(trace, paths(trace, Cell(-1, 0), 3))
    assert not answer["exact"]
    assert answer["sentence"].startswith("About 1.678×10¹⁹ paths lead")


# --- margins and maxima -------------------------------------------------------------------------


def test_margins_have_the_shape_of_their_layer(ask):
    [layer] = ask("margins")["layers"]
    assert layer["layer"] == 2
    assert layer["winners"] == [[[5, 6], [8, 11]]]
    assert layer["runners_up"] == [[[1, 7], [9, 15]]]
    assert layer["margins"] == [[[1, 1], [1, 2]]]
    assert layer["equality"] == [[[True, False], [False, False]]]
    assert layer["tied"] == [[[False, False], [False, False]]]


def test_a_window_of_one_cell_has_neither_margin_nor_runner_up(ask):
    answer = ask("margins", window([[7]], kernel=1), cell={"layer": -1, "index": [0, 0, 0]})
    [layer] = answer["layers"]
    assert (layer["margins"], layer["runners_up"]) == ([[[None]]], [[[None]]])
    assert answer["windows"][0]["sentence"].endswith("it is alone in the window and always wins.")


@pytest.mark.parametrize(
    ("cell", "ties", "said"),
    [
        ([0, 0, 0], "first", "tied for the maximum and paid; if it falls at all, it loses"),
        ([0, 0, 1], "first", "tied for the maximum; if it rises at all, it wins"),
        ([0, 0, 0], "last", "tied for the maximum; if it rises at all, it wins"),
        ([0, 0, 1], "split", "tied for the maximum and paid"),
        ([0, 1, 0], "first", "it lost, and would win if it rose by more than 4"),
        ([0, 1, 0], "last", "it lost, and would win if it rose by 4"),
    ],
)
def test_a_cell_is_told_what_it_is_short_of(ask, cell, ties, said):
    document = window([[5, 5], [1, 2]], ties=ties)
    [told] = ask("margins", document, cell={"layer": -1, "index": cell})["windows"]
    assert said in told["sentence"]


@pytest.mark.parametrize(
    ("ties", "said"),
    [
        ("first", "the first of them, row 0, column 0, takes the gradient"),
        ("last", "the last of them, row 0, column 1, takes the gradient"),
        ("split", "they share the gradient evenly"),
        ("all", "each of them is given the whole gradient"),
    ],
)
def test_a_tied_window_says_who_is_paid(ask, ties, said):
    document = window([[5, 5], [1, 2]], ties=ties)
    [told] = ask("margins", document, cell={"layer": 0, "index": [0, 0, 0]})["windows"]
    assert said in told["sentence"]
    assert [each["index"] for each in told["maxima"]] == [[0, 0, 0], [0, 0, 1]]
    assert told["tied"]


def test_a_window_says_who_holds_it_and_who_comes_next(ask):
    [told] = ask("margins", cell={"layer": 2, "index": [0, 0, 0]})["windows"]
    assert told["sentence"] == (
        "Row 1, column 1 holds the maximum, 9. Next is row 0, column 1: "
        "if it rises by 1, the route switches."
    )


def test_the_trace_lists_every_maximum_of_a_tied_window(ask):
    tied = ask("trace", window([[1, 3, 2, 2], [3, 0, 2, 1]]) | {
        "head": {"type": "upstream", "gradient": [[[1, 1]]]}
    })["layers"][0]  # fmt: skip
    assert tied["winners"] == [[[1, 2]]]
    assert tied["maxima"] == [[[[1, 4], [2, 3, 6]]]]


def test_the_trace_lists_one_maximum_where_there_is_no_tie(ask):
    layers = ask("trace")["layers"]
    assert layers[2]["maxima"] == [[[[5], [6]], [[8], [11]]]]
    assert [layer["maxima"] for layer in layers if layer["winners"] is None] == [None] * 4


# --- nudge --------------------------------------------------------------------------------------


def test_a_nudge_shows_the_prediction_beside_what_happens(ask):
    answer = ask("nudge", cell=INPUT_CELL, by=1, range=2)
    assert (answer["value"], answer["gradient"], answer["of"]) == (3, -8, "outputs")
    assert (answer["predicted"], answer["happened"]) == (-8, -1)
    assert [(kink["by"], kink["crossed"]) for kink in answer["kinks"]] == [
        (-0.5, False),
        (0.5, True),
    ]
    curve = answer["curve"]
    assert len(curve["by"]) == len(curve["happened"]) == len(curve["predicted"])
    assert (curve["by"][0], curve["by"][-1]) == (-2, 2)
    assert answer["sentence"].startswith(
        "Raising it by 1, to 4: its gradient predicts −8 × 1 = −8, and the sum of "
        "outputs × upstream gradients changes by −1. On the way, at 0.5, the maximum of "
        "Max pool, row 1, column 0 passes from row 2, column 0 to row 2, column 1: from there on "
        "the slope is 6"
    )
    assert answer["check"]["verdict"] == "kink"


def test_a_nudge_needs_no_more_than_a_cell(ask):
    answer = ask("nudge", cell=KERNEL)
    assert answer["sentence"].endswith("The prediction is right: nothing switches on the way.")
    assert answer["check"]["verdict"] == "agree"


def test_the_route_switches_where_the_margin_says(ask):
    answer = ask(
        "nudge", window([[5, 4.9], [1, 2]]), cell={"layer": -1, "index": [0, 0, 0]}, by=-0.2
    )
    assert "On the way, at −0.1," in answer["sentence"]
    assert "passes from row 0, column 0 to row 0, column 1" in answer["sentence"]


@pytest.mark.parametrize("layer", [0, 1, 4])
def test_an_output_cannot_be_nudged_and_the_cure_is_named(ask, layer):
    index = [0] if layer == 4 else [0, 0, 0]
    [error] = ask("nudge", cell={"layer": layer, "index": index}, status=422)["errors"]
    assert error["loc"] == ["cell"]
    assert "Choose a cell of the input" in error["msg"]


@pytest.mark.parametrize(
    ("change", "place"),
    [({"by": 0}, "by"), ({"by": 1e-13}, "by"), ({"by": 1e13}, "by"), ({"range": 0}, "range"),
     ({"range": -1}, "range"), ({"by": "1"}, "by"), ({"range": True}, "range")],
)  # fmt: skip
def test_a_change_out_of_bounds_is_refused_at_its_place(ask, change, place):
    errors = ask("nudge", cell=KERNEL, status=422, **change)["errors"]
    assert [each["loc"] for each in errors] == [[place]]


def test_a_change_that_leaves_float64_is_refused(ask):
    huge = {
        "input": [1],
        "layers": [{"type": "linear", "weight": [[1e300]]}],
        "head": {"type": "upstream", "gradient": [1]},
    }
    cell = {"layer": -1, "index": [0]}
    assert "float64" in ask("nudge", huge, cell=cell, by=1e12, status=422)["errors"][0]["msg"]


# --- gradient check -----------------------------------------------------------------------------


def test_the_founding_question_passes_the_gradient_check(ask):
    answer = ask("gradcheck")
    assert (answer["ok"], answer["kink"], answer["wrong"]) == (True, 0, 0)
    assert answer["agree"] == 25 + 4 + 1 + 12
    assert answer["largest"]["difference"] < 1e-9
    assert answer["findings"] == []
    assert answer["sentence"].startswith("All 42 gradients agree with finite differences")


def test_the_gradient_check_calls_a_tie_a_kink(ask):
    answer = ask("gradcheck", window([[5, 5], [1, 2]]))
    assert (answer["ok"], answer["agree"], answer["kink"]) == (True, 2, 2)
    first = answer["findings"][0]
    assert (first["verdict"], first["gradient"]) == ("kink", 6)
    assert first["numeric"] == pytest.approx(3)
    assert "That is no mistake of the gradient" in first["sentence"]


def test_the_gradient_check_says_which_gradient_is_wrong(ask):
    # Both cells of the window are one weight times 1: paying both doubles its gradient.
    document = {
        "input": [[[1, 1]]],
        "layers": [
            {"type": "conv2d", "weight": [[[[5]]]]},
            {"type": "max_pool2d", "kernel": [1, 2], "ties": "all"},
        ],
        "head": {"type": "upstream", "gradient": [[[6]]]},
    }
    answer = ask("gradcheck", document)
    assert not answer["ok"]
    assert answer["findings"][0]["cell"] == {"layer": 0, "index": [0] * 4, "parameter": "weight"}
    assert "the gradient says 12 and a finite difference 6" in answer["sentence"]


def test_a_network_too_large_to_check_is_refused_before_any_work(ask, monkeypatch):
    monkeypatch.setattr("app.document.affordable.MAX_CHECK", 10)
    [error] = ask("gradcheck", status=422)["errors"]
    assert error["loc"] == ["network"]
    assert "one number at a time" in error["msg"]


# --- all of them --------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["paths", "margins", "nudge", "gradcheck"])
def test_a_trace_may_stand_for_its_network(client, route):
    known = client.post("/api/trace", json={"network": FOUNDING}).get_json()["id"]
    body = {} if route == "gradcheck" else {"cell": INPUT_CELL}
    answers = [
        client.post(f"/api/{route}", json={**subject, **body}).get_json()
        for subject in ({"network": FOUNDING}, {"trace": known})
    ]
    assert answers[0] == answers[1]
    unknown = client.post(f"/api/{route}", json={"trace": "nobody", **body})
    assert unknown.status_code == 404


@pytest.mark.parametrize("route", ["paths", "margins", "nudge"])
def test_a_cell_that_does_not_exist_is_refused(ask, route):
    [error] = ask(route, cell={"layer": 9, "index": [0]}, status=422)["errors"]
    assert error["loc"] == ["cell", "layer"]


@given(networks(), st.data())
def test_every_answer_about_any_network_is_finite_and_in_plain_words(net, data):
    trace = net.trace()
    cell = Cell(-1, data.draw(st.integers(0, net.x.size - 1)))
    answers = [
        paths_json(trace, paths(trace, cell)),
        margins_json(trace, cell),
        nudge_json(trace, nudge(trace, cell)),
        report_json(trace, gradcheck(trace)),
    ]
    for number in _leaves(answers):
        assert not isinstance(number, float) or math.isfinite(number)
    for sentence in _sentences(answers):
        assert not re.search(r"nan|inf|-\d|None|  |\.\.", sentence), sentence


def _leaves(part):
    if isinstance(part, dict | list):
        for each in part.values() if isinstance(part, dict) else part:
            yield from _leaves(each)
    elif isinstance(part, np.ndarray):
        # A margin that a window does not have is sent as null.
        yield from (each for each in part.ravel().tolist() if each == each)
    else:
        yield part


def _sentences(part):
    if isinstance(part, dict):
        yield from filter(None, [part.get("sentence")])
    if isinstance(part, dict | list):
        for each in part.values() if isinstance(part, dict) else part:
            yield from _sentences(each)


def test_answers_are_json_without_surprises(client):
    body = {"network": window([[7]], kernel=1), "cell": {"layer": -1, "index": [0, 0, 0]}}
    raw = client.post("/api/margins", json=body).get_data(as_text=True)
    assert json.loads(raw, parse_constant=lambda name: pytest.fail(name))
