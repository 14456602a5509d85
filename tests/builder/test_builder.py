"""The builder: edits of the structure, shapes and cures, forms, and the gallery."""

import copy
import json
import math
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.builder.cures import cures
from app.builder.digits import digit_input, digits, source
from app.builder.fill import RULES, Fill, filled, resized
from app.builder.forms import form_of, forms
from app.builder.gallery import gallery
from app.builder.needs import NEEDS, needs
from app.builder.status import status_of
from app.document.building import build
from app.document.document import Document, Refusal
from app.document.layers import MAX_LAYERS
from app.engine.heads import KINDS as HEADS
from app.engine.layers import KINDS as LAYERS
from app.lessons import LESSONS
from tests.builder.edits import KINDS, edit, with_cures
from tests.oracle.documents import draw

FOUNDING = LESSONS["founding-question"].network
LENET = LESSONS["lenet"].network


def shapes(document):
    return [None if each is None else list(each) for each in status_of(document).shapes]


def at(tree, path):
    for step in path:
        tree = tree[step]
    return tree


# --- numbers for what is new --------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_the_same_seed_draws_the_same_and_another_does_not(rule):
    one = filled((3, 2, 2), Fill(rule, 7), "layers.0.weight")
    assert np.array_equal(one, filled((3, 2, 2), Fill(rule, 7), "layers.0.weight"))
    drawn = rule in ("whole", "kaiming")
    for other in (Fill(rule, 8), "layers.1.weight"):
        fill, name = (
            (other, "layers.0.weight") if isinstance(other, Fill) else (Fill(rule, 7), other)
        )
        assert np.array_equal(one, filled((3, 2, 2), fill, name)) != drawn


def test_each_rule_fills_as_it_says():
    assert not filled((2, 3), Fill("zeros"), "").any()
    assert (filled((2, 3), Fill("ones"), "") == 1).all()
    assert set(filled((40, 40), Fill("whole"), "").ravel()) == set(range(-3, 4))
    wide = filled((200, 8, 5, 5), Fill("kaiming"), "")
    assert wide.std() == pytest.approx(math.sqrt(2 / 200), rel=0.02)
    assert wide.mean() == pytest.approx(0, abs=0.002)
    assert not filled((8,), Fill("kaiming"), "").any()


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_what_both_shapes_have_stays_in_its_place(shape, data):
    new = [data.draw(st.integers(1, 4)) for _ in shape]
    old = np.arange(1.0, 1 + math.prod(shape)).reshape(shape)
    grown = resized(old, new, Fill("zeros"), "")
    for index in np.ndindex(*new):
        inside = all(i < n for i, n in zip(index, shape, strict=True))
        assert grown[index] == (old[index] if inside else 0)


# --- edits --------------------------------------------------------------------------------------


def test_a_layer_taken_out_leaves_the_others_and_later_weights_that_still_fit():
    new, places = edit(FOUNDING, do="remove", at=1)
    assert [each["type"] for each in new["layers"]] == ["conv2d", "max_pool2d", "flatten", "linear"]
    assert not places
    assert build(Document.model_validate(new))


def test_weights_keep_what_still_fits_and_what_is_new_is_filled():
    new, places = edit(FOUNDING, do="set", path=["layers", 2, "stride"], value=[1, 1])
    assert shapes(new)[3:] == [[1, 3, 3], [9], [3]]
    assert places == [("layers", 4, "weight")]
    weight = np.array(new["layers"][4]["weight"])
    assert np.array_equal(weight[:, :4], FOUNDING["layers"][4]["weight"])
    assert weight.shape == (3, 9)
    back, _ = edit(new, do="set", path=["layers", 2, "stride"])
    assert back == FOUNDING


def test_more_kernels_need_more_biases_and_more_inputs_of_the_next_layer():
    new, places = edit(
        FOUNDING, "ones", do="resize", path=["layers", 0, "weight"], shape=[2, 1, 2, 2]
    )
    assert new["layers"][0]["bias"] == [0, 1]
    assert new["layers"][0]["weight"] == [[[[1, -1], [2, 1]]], [[[1, 1], [1, 1]]]]
    assert places == [("layers", 0, "bias"), ("layers", 4, "weight")]
    assert shapes(new)[-1] == [3]


def test_fewer_outputs_cut_the_head_to_match():
    new, places = edit(FOUNDING, do="resize", path=["layers", 4, "weight"], shape=[2, 4])
    assert new["head"]["gradient"] == [2, 3]
    assert ("head", "gradient") in places
    classes, _ = edit(
        LESSONS["cross-entropy"].network, do="resize", path=["layers", 4, "weight"], shape=[1, 4]
    )
    assert classes["head"]["target"] == 0


def test_layers_move_and_those_that_read_one_by_its_number_follow_it():
    skip = {"type": "add", "from": 1}
    document = {**FOUNDING, "layers": [*FOUNDING["layers"], skip, {"type": "add", "from": -1}]}
    moved, _ = edit(document, do="move", at=1, to=3)
    assert [each["type"] for each in moved["layers"][:4]] == [
        "conv2d", "max_pool2d", "flatten", "relu",
    ]  # fmt: skip
    assert [each["from"] for each in moved["layers"][5:]] == [3, -1]
    assert edit(document, do="remove", at=0)[0]["layers"][4]["from"] == 0
    assert edit(document, do="remove", at=1)[0]["layers"][4]["from"] == 0
    assert edit(document, do="add", at=1, kind="tanh")[0]["layers"][6]["from"] == 2
    assert edit(document, do="add", at=2, kind="tanh")[0]["layers"][6]["from"] == 1


def test_a_new_skip_adds_the_nearest_earlier_output_that_fits_and_a_misfit_offers_the_others():
    changed, _ = edit(FOUNDING, do="add", at=2, kind="add")
    assert changed["layers"][2] == {"type": "add", "from": 0}
    changed["layers"][2]["from"] = -1
    offered = [cure["edit"].get("value") for cure in cures(changed, status_of(changed))]
    assert offered == [1, 0, None]  # None: to remove it


def test_a_layer_once_more_stands_behind_itself():
    new, _ = edit(FOUNDING, do="duplicate", at=0)
    assert [each["type"] for each in new["layers"][:2]] == ["conv2d", "conv2d"]
    assert new["layers"][0] == new["layers"][1] == FOUNDING["layers"][0]
    assert status_of(new).fits


@pytest.mark.parametrize("kind", ["max_pool1d", "avg_pool1d", "conv1d"])
@pytest.mark.parametrize("more", [{"stride": [1, 1]}, {"padding": [1, 1]}])
def test_what_a_layer_over_maps_leaves_to_one_along_one_axis_is_told_beside_its_field(kind, more):
    network = {
        "version": 1,
        "input": [[[1, 2], [3, 4]]],
        "layers": [{"type": "max_pool2d", "kernel": [2, 2], **more}, {"type": "relu"}],
        "head": {"type": "upstream", "gradient": [[[1]]]},
    }
    document, _ = edit(network, do="become", at=0, kind=kind)
    status = status_of(document)
    assert status.shapes == [(1, 2, 2), None, None]
    assert all(place[:2] == ("layers", 0) for place, _ in status.problems if place[0] == "layers")
    assert not status.fits


def test_a_pool_becomes_another_and_keeps_its_window():
    new, _ = edit(
        {**FOUNDING, "layers": [{**each, "ties": "last"} if "kernel" in each else each
                                for each in FOUNDING["layers"]]},
        do="become", at=2, kind="avg_pool2d",
    )  # fmt: skip
    assert new["layers"][2] == {"type": "avg_pool2d", "kernel": [2, 2]}
    head, _ = edit(FOUNDING, do="become", at="head", kind="mse")
    assert head["head"] == {"type": "mse", "target": [1, 1, 1]}


def test_a_whole_grid_is_filled_by_the_rule_or_with_one_number():
    zeros, _ = edit(FOUNDING, "zeros", do="fill", path=["input"])
    assert zeros["input"] == [[[0] * 5] * 5]
    halves, _ = edit(FOUNDING, do="fill", path=["layers", 4, "bias"], value=0.5)
    assert halves["layers"][4]["bias"] == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"do": "remove", "at": 5}, "There is no layer 5: the last one is 4."),
        ({"do": "move", "at": 9, "to": 0}, "There is no layer 9"),
        ({"do": "add", "at": 9, "kind": "relu"}, "0 to 5"),
        ({"do": "add", "at": 0, "kind": "conv9d"}, "“conv9d” is no kind of layer."),
        ({"do": "become", "at": 0, "kind": "mse"}, "no kind of layer"),
        ({"do": "become", "at": "head", "kind": "relu"}, "no kind of head"),
        ({"do": "set", "path": ["layers", 9, "kernel"], "value": 1}, "no place"),
        ({"do": "set", "path": ["input", 0, 0, 0, 0], "value": 1}, "no place"),
        ({"do": "resize", "path": ["title"], "shape": [1]}, "no place"),
        ({"do": "resize", "path": ["nothing"], "shape": [1]}, "no place"),
        ({"do": "resize", "path": ["input"], "shape": [2000, 2000]}, "Too large"),
        ({"do": "fill", "path": ["layers", 1, "type"]}, "no place"),
    ],
)
def test_an_edit_of_nothing_that_there_is_says_so(what, said):
    with pytest.raises(Refusal) as refused:
        edit(FOUNDING, **what)
    ((place, message),) = refused.value.problems
    assert place[0] == "edit"
    assert said in message


def test_no_network_grows_beyond_the_layers_that_it_may_have():
    full = {**FOUNDING, "layers": [{"type": "relu"}] * MAX_LAYERS}
    with pytest.raises(Refusal, match="at most 64 layers"):
        edit(full, do="duplicate", at=0)


# --- shapes and cures ---------------------------------------------------------------------------


def test_the_shape_stands_after_every_layer_also_where_one_does_not_fit():
    new, _ = edit(FOUNDING, do="set", path=["layers", 2, "kernel"], value=[7, 7])
    assert shapes(new) == [[1, 5, 5], [1, 4, 4], [1, 4, 4], None, None, None]
    ((place, message),) = status_of(new).problems
    assert place == ("layers", 2, "kernel")
    assert "4 × 4" in message


def test_mistakes_of_fields_are_told_together_and_the_layers_before_them_have_shapes():
    broken = copy.deepcopy(FOUNDING)
    broken["layers"][2]["kernel"] = "2"
    broken["layers"][4]["bias"] = [1, "x"]
    broken["layers"][0]["stride"] = [9, 9]
    broken["layers"][0]["weight"] = [[[[1] * 6] * 6]]
    status = status_of(broken)
    assert shapes(broken) == [[1, 5, 5], None, None, None, None, None]
    assert [place for place, _ in status.problems] == [
        ("layers", 0, "weight"), ("layers", 2, "kernel"), ("layers", 4, "bias", 1),
    ]  # fmt: skip


def set_pool(field, value):
    return {"do": "set", "path": ["layers", 2, field], "value": value}


MISFITS = {
    "a window larger than its input": set_pool("kernel", [7, 7]),
    "a window larger along one side": set_pool("kernel", [2, 5]),
    "padding over half the window": set_pool("padding", [2, 2]),
    "a kernel larger than the input": {"do": "resize", "path": ["input"], "shape": [1, 1, 1]},
    "a pool behind flatten": {"do": "move", "at": 3, "to": 2},
    "no flatten": {"do": "remove", "at": 3},
    "linear at the start": {"do": "add", "at": 0, "kind": "linear"},
    "a row where maps are read": {"do": "resize", "path": ["input"], "shape": [9]},
    "a field of the wrong kind": set_pool("kernel", "x"),
    "dilation too wide": set_pool("dilation", [5, 5]),
}


@pytest.mark.parametrize("what", MISFITS.values(), ids=MISFITS)
def test_every_cure_solves_the_problem_that_it_stands_beside(what):
    new, _ = edit(FOUNDING, **what)
    status = status_of(new)
    assert not status.fits
    offered = cures(new, status)
    assert offered
    for cure in offered:
        cured, _ = edit(new, **cure["edit"])
        after = status_of(cured)
        assert (
            after.fits
            or after.problems[0].place[:2] > status.problems[0].place[:2]
            or (
                # Two layers were wrong, and the first of them is gone.
                cure["edit"]["do"] == "remove"
            )
        ), cure
        assert cure["label"]


def test_the_nearest_value_that_fits_is_the_one_offered():
    new, _ = edit(FOUNDING, do="set", path=["layers", 2, "kernel"], value=[7, 7])
    labels = [each["label"] for each in cures(new, status_of(new))]
    assert labels[:2] == ["Kernel 4 × 4", "Padding 2 × 2"]


def test_weights_that_do_not_fit_an_opened_network_are_offered_in_the_right_shape():
    new = copy.deepcopy(FOUNDING)
    new["input"] = [new["input"][0]] * 2
    offered = cures(new, status_of(new))
    assert offered[0]["edit"] == {"do": "refit"}
    assert status_of(edit(new, **offered[0]["edit"])[0]).fits


def test_a_head_that_does_not_fit_has_cures_too():
    scores = {
        **FOUNDING,
        "layers": FOUNDING["layers"][:3],
        "head": {"type": "cross_entropy", "target": 0},
    }
    (cure,) = cures(scores, status_of(scores))
    assert cure["edit"] == {"do": "add", "at": 3, "kind": "flatten"}
    assert status_of(edit(scores, **cure["edit"])[0]).fits
    other = {**FOUNDING, "head": {"type": "upstream", "gradient": [[[1]]]}}
    (cure,) = cures(other, status_of(other))
    assert status_of(edit(other, **cure["edit"])[0]).fits


@pytest.mark.parametrize("seed", range(150))
def test_edits_of_any_network_leave_one_that_fits_or_says_what_does_not(seed):
    rng = Random(seed)
    document = draw(rng, exact=False)
    for _ in range(6):
        count = len(document["layers"])
        what = rng.choice([
            {"do": "add", "at": rng.randrange(count + 1), "kind": rng.choice(KINDS)},
            {"do": "remove", "at": rng.randrange(count)} if count > 1 else {"do": "refit"},
            {"do": "duplicate", "at": rng.randrange(count)},
            {"do": "move", "at": rng.randrange(count), "to": rng.randrange(count)},
            {"do": "become", "at": rng.randrange(count), "kind": rng.choice(KINDS)},
            {"do": "become", "at": "head", "kind": rng.choice(list(HEADS))},
            {"do": "resize", "path": ["input"], "shape": [rng.randint(1, 3), rng.randint(1, 7), 5]},
        ])  # fmt: skip
        document, _ = edit(document, rng.choice(RULES), seed, **what)
        document, status = with_cures(document)
        if status.fits:
            network = build(Document.model_validate(document))
            assert [layer.shape for layer in network.layers] == status.shapes[1:]
    assert status.fits or len(document["layers"]) == 1


# --- forms --------------------------------------------------------------------------------------


def test_every_kind_has_a_form_and_every_field_a_control():
    assert {form["type"] for form in forms()["layers"]} == set(LAYERS)
    assert {form["type"] for form in forms()["heads"]} == set(HEADS)
    for form in (*forms()["layers"], *forms()["heads"]):
        assert form["label"]
        for field in form["fields"]:
            assert field["label"]
            assert field["controls"]
            for control in field["controls"]:
                assert control["kind"] != "json", (form["type"], field["name"])


def test_a_form_asks_what_the_schema_says():
    fields = {field["name"]: field for field in form_of("max_pool2d")["fields"]}
    assert fields["kernel"]["controls"] == [{"kind": "pair", "minimum": 1, "maximum": 4096}]
    assert fields["kernel"]["required"]
    assert fields["stride"]["optional"]
    assert fields["padding"]["default"] == [0, 0]
    assert fields["ceil_mode"]["controls"] == [{"kind": "flag"}]
    assert fields["ties"]["controls"][0]["choices"] == ["first", "last", "split", "all"]
    (weight, bias, *_) = form_of("conv2d")["fields"]
    axes = ["output channels", "input channels", "rows", "columns"]
    assert weight["controls"] == [{"kind": "numbers", "axes": axes}]
    assert bias["optional"]


def test_every_array_that_a_layer_has_is_known_by_its_shape():
    for form in (*forms()["layers"], *forms()["heads"]):
        arrays = {
            field["name"]
            for field in form["fields"]
            if any(control["kind"] == "numbers" for control in field["controls"])
        }
        if arrays:
            assert form["type"] in NEEDS, f"app/builder/needs.py does not know {form['type']}"
            known = {
                name
                for reached in ((2, 3, 3), (2, 3), (4,))
                for name in needs({"type": form["type"], **{key: [1] for key in arrays}}, reached)
            }
            assert arrays <= known, form["type"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_layer_of_every_kind_fits_where_one_of_its_kind_can(kind):
    fits = []
    for start in ("two-channels", "signal", "fully-connected"):
        network = gallery()[start].network()
        new, _ = edit(network, do="add", at=len(network["layers"]), kind=kind)
        fits.append(status_of(new).fits)
    assert any(fits), kind


# --- where to start -----------------------------------------------------------------------------


def test_every_starting_point_is_a_network():
    assert len(gallery()) == 9
    for start in gallery().values():
        network = Document.model_validate(json.loads(json.dumps(start.network())))
        assert build(network).trace()
        assert start.title


def test_the_digits_are_ten_real_ones_with_their_source():
    assert list(digits()) == [str(digit) for digit in range(10)]
    assert "CC BY 4.0" in source()
    for picture in digits().values():
        assert np.shape(picture) == (8, 8)
        assert 0 <= np.min(picture) < np.max(picture) <= 16


def test_a_digit_fills_a_map_of_any_size():
    assert np.array_equal(digit_input(3)[0], np.round(np.array(digits()["3"]) / 16, 3))
    large = np.array(digit_input(0, 2, 28))
    assert large.shape == (2, 28, 28)
    # As in the lesson, which enlarges the same picture.
    assert np.allclose(large[0], LENET["input"][0], atol=1e-3)


# --- the routes ---------------------------------------------------------------------------------


def test_the_page_builds_with_one_request(client):
    body = {"network": FOUNDING, "edit": {"do": "remove", "at": 3}, "fill": {"rule": "ones"}}
    answer = client.post("/build", json=body).json
    assert not answer["fits"]
    assert answer["shapes"][3:] == [[1, 2, 2], None]
    assert answer["problems"][0]["loc"] == ["layers", 3]
    body = {"network": answer["network"], "edit": answer["cures"][0]["edit"]}
    answer = client.post("/build", json=body).json
    assert answer["fits"]
    assert answer["network"] == FOUNDING


def test_the_builder_is_described_once(client):
    answer = client.get("/builder").json
    assert {form["type"] for form in answer["layers"]} == set(LAYERS)
    assert [each["slug"] for each in answer["gallery"]][-1] == "empty"
    assert answer["gallery"][0]["shapes"][0] == [1, 5, 5]
    assert client.get("/start/two-channels").json["layers"][0]["type"] == "conv2d"
    assert client.get("/start/nothing").status_code == 404
    assert np.shape(client.post("/digit", json={"digit": 7, "side": 5}).json["input"]) == (1, 5, 5)


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"network": 1}, ["network"]),
        ({"network": {}, "edit": {"do": "none"}}, ["edit", "do"]),
        ({"network": {}, "edit": {"do": "remove", "at": -1}}, ["edit", "remove", "at"]),
        ({"network": {}, "edit": {"do": "refit"}}, ["network"]),
        ({"network": FOUNDING, "edit": {"do": "remove", "at": 9}}, ["edit", "at"]),
        ({"network": FOUNDING, "fill": {"rule": "x"}}, ["fill", "rule"]),
    ],
)
def test_a_bad_request_is_told_where(client, body, loc):
    response = client.post("/build", json=body)
    assert response.status_code == 422
    assert response.json["errors"][0]["loc"] == loc


JUNK: st.SearchStrategy[Any] = st.sampled_from([
    None, True, -1, 0, 1, 3, 5000, 2.5, "", "relu", "flatten", [], [0], [[1]], [1, "x"], {},
    {"type": "relu"}, {"type": []}, {"type": "linear"},
]).map(copy.deepcopy)  # fmt: skip
EDITS: st.SearchStrategy[Any] = st.sampled_from([
    None, {"do": "refit"}, {"do": "remove", "at": 1}, {"do": "duplicate", "at": 0},
    {"do": "move", "at": 0, "to": 3}, {"do": "add", "at": 1, "kind": "conv2d"},
    {"do": "add", "at": 4, "kind": "linear"}, {"do": "become", "at": 1, "kind": "max_pool2d"},
    {"do": "become", "at": "head", "kind": "mse"}, {"do": "fill", "path": ["input"]},
    {"do": "resize", "path": ["layers", 0, "weight"], "shape": [2, 2, 2, 2]},
])  # fmt: skip


@given(st.integers(0, 39), st.lists(st.tuples(st.integers(0, 10**6), JUNK), max_size=3), EDITS)
def test_whatever_somebody_types_is_answered(client_of_all, seed, spoiled, what):
    document = draw(Random(seed), exact=False)
    for where, junk in spoiled:
        path: list[Any] = []
        tree = document
        while isinstance(tree, dict | list) and len(tree) and (where % 3 or not path):
            steps = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
            path.append(steps[where % len(steps)])
            tree, where = tree[path[-1]], where // 7
        at(document, path[:-1])[path[-1]] = junk
    response = client_of_all.post("/build", json={"network": document, "edit": what})
    assert response.status_code in (200, 422)
    if response.status_code == 200:
        fits = response.json["fits"]
        traced = client_of_all.post("/api/trace", json={"network": response.json["network"]})
        assert (traced.status_code == 200) == fits
