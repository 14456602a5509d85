"""The page's own routes: pictures, opened channels, moves."""

import base64
import json

import numpy as np
import pytest

from app.document.building import run
from app.document.document import Document
from app.document.edits import MAX_EDITS
from app.lessons import FIRST, LESSONS

LENET = LESSONS["lenet"].network


def nested(depth):
    return [nested(depth - 1)] if depth else 1


@pytest.fixture(scope="module")
def trace():
    return run(Document.model_validate(LENET))


def test_a_large_picture_holds_the_open_channels_and_all_as_levels(client, trace):
    picture = client.post("/picture", json={"network": LENET, "open": {"0": 3}}).json
    grids = {grid["key"]: grid for grid in picture["grids"]}
    assert picture["open"]["0"] == 3
    for key, layer in (("0", 0), ("1", 1), ("2", 2)):
        size = trace.values[layer + 1][0].size
        assert grids[key]["first"] == 3 * size
        assert grids[key]["value"] == trace.values[layer + 1][3].reshape(-1).tolist()
        assert grids[key]["gradient"] == pytest.approx(trace.gradients[layer + 1][3].reshape(-1))
        levels = np.frombuffer(base64.b64decode(grids[key]["levels"][0]), np.int8)
        whole = trace.values[layer + 1].reshape(-1)
        assert grids[key]["most"][0] == np.abs(whole).max()
        assert np.allclose(
            levels / 127 * np.abs(whole).max(), whole, atol=np.abs(whole).max() / 250
        )
    assert "levels" not in grids["-1"]


def test_edits_of_a_known_trace_are_the_same_as_the_whole_network(client):
    edited = json.loads(json.dumps(LENET))
    edited["layers"][0]["bias"][2] = 0.75
    edited["head"]["target"] = 4
    whole = client.post("/picture", json={"network": edited}).json
    known = client.post("/picture", json={"network": LENET}).json["id"]
    edits = [
        {"path": ["layers", 0, "bias", 2], "value": 0.75},
        {"path": ["head", "target"], "value": 4},
    ]
    assert client.post("/picture", json={"trace": known, "edits": edits}).json == whole
    # What was known is as it was.
    assert client.post("/picture", json={"trace": known}).json["id"] == known


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        ({"path": ["layers", 99, "bias", 0], "value": 1}, ["edits", 0, "path"]),
        ({"path": ["layers", -1, "bias", 0], "value": 1}, ["edits", 0, "path"]),
        ({"path": ["layers", 0, "bias", 0, 0], "value": 1}, ["edits", 0, "path"]),
        ({"path": ["layers", 0, "bias", 0], "value": "much"}, ["layers", 0, "bias", 0]),
        ({"value": 1}, ["edits", 0, "path"]),
        (7, ["edits", 0]),
        ({"path": ["input", 0, 0, 0], "value": 1, "old": 2}, ["edits", 0, "old"]),
        ({"path": ["title"], "value": nested(150)}, ["title"]),
        ({"path": ["input"], "value": nested(150)}, ["input", *[0] * 3]),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_at_its_place(client, edit, place):
    known = client.post("/picture", json={"network": FIRST.network}).json["id"]
    errors = client.post("/picture", json={"trace": known, "edits": [edit]}).json["errors"]
    assert [error["loc"] for error in errors] == [place]


def test_more_edits_than_are_made_at_once_are_refused(client):
    known = client.post("/picture", json={"network": FIRST.network}).json["id"]
    edits = [{"path": ["input", 0, 0, 0], "value": n} for n in range(MAX_EDITS + 1)]
    (error,) = client.post("/picture", json={"trace": known, "edits": edits}).json["errors"]
    assert error["loc"] == ["edits"]
    assert "Send the whole network" in error["msg"]
    assert "id" in client.post("/picture", json={"trace": known, "edits": edits[1:]}).json


def test_edits_of_a_trace_that_is_not_known_are_answered_without_content(client):
    asked = {"trace": "gone", "edits": [{"path": ["version"], "value": 1}]}
    assert client.post("/picture", json=asked).status_code == 204


def test_the_page_comes_in_the_theme_that_was_chosen(client):
    plain = client.get("/")
    assert '<html lang="en">' in plain.text
    assert "Cookie" in plain.vary
    client.set_cookie("theme", "dark")
    dark = client.get("/")
    assert '<html lang="en" data-theme="dark">' in dark.text
    assert dark.get_etag() != plain.get_etag()
    client.set_cookie("theme", "neon")
    assert '<html lang="en">' in client.get("/").text


def test_what_moves_is_cut_to_what_can_be_watched_and_never_made_up(client, trace):
    picture = client.post("/picture", json={"network": LENET}).json
    for moves in picture["moves"].values():
        assert 0 < len(moves["products"]) <= 1000
        layer, _, parameter = moves["target"].partition(".")
        own = trace.parameters[int(layer)]
        array = own[parameter] if parameter else trace.gradients[int(layer) + 1]
        gradients = array.reshape(-1)
        for target in set(moves["targets"]):
            terms = [i for i, each in enumerate(moves["targets"]) if each == target]
            assert sum(moves["products"][i] for i in terms) == pytest.approx(gradients[target])


def test_the_moves_to_any_cell_can_be_asked_for(client, trace):
    cell = {"layer": 2, "index": [5, 7, 7]}
    moves = client.post("/moves", json={"network": LENET, "cell": cell}).json["3"]
    at = np.ravel_multi_index((5, 7, 7), (6, 12, 12))
    assert set(moves["targets"]) == {at}
    assert moves["running"][-1] == pytest.approx(trace.gradients[3][5, 7, 7])


def test_the_last_layer_has_no_moves(client):
    cell = {"layer": 11, "index": [0]}
    assert client.post("/moves", json={"network": LENET, "cell": cell}).json == {}


def test_a_parameter_collects_at_each_output_what_it_met_there(client):
    cell = {"layer": 4, "index": [2, 0], "parameter": "weight"}
    moves = client.post("/moves", json={"network": FIRST.network, "cell": cell}).json["4.weight"]
    assert (moves["source"], moves["target"], moves["reads"]) == ("4", "4.weight", "2")
    assert (moves["sources"], moves["targets"], moves["met"]) == ([2], [8], [0])
    assert (moves["upstream"], moves["factors"], moves["products"]) == ([6], [9], [54])


@pytest.mark.parametrize(
    ("guess", "right", "said"),
    [
        (-0.5, True, "You guessed −0.5, and that is right."),
        (11, False, "You guessed 11: that is 2 + 3 + 6, added without the weights."),
        (77, False, "You guessed 77. Watch what happens to each gradient on its way back."),
    ],
)
def test_a_guess_is_right_or_a_known_mistake_or_neither(client, guess, right, said):
    cell = {"layer": 2, "index": [0, 0, 0]}
    question = {"network": FIRST.network, "cell": cell, "guess": guess}
    told = client.post("/guess", json=question).json
    assert told["right"] is right
    assert told["sentence"].startswith(said)


def test_opened_channels_come_as_tables_of_their_cells(client):
    tables = client.post("/opened", json={"network": LENET, "open": {"3": 15, "7": 2}}).json
    assert set(tables) >= {"0", "1", "2", "3", "4", "5", "3.weight", "7.weight"}
    assert tables["3"].count('role="gridcell"') == 64
    assert 'data-index="15,7,7"' in tables["3"]
    assert 'data-index="2,255"' in tables["7.weight"]


@pytest.mark.parametrize(
    ("asked", "loc"),
    [({"0": 6}, ["open", "0"]), ({"99": 0}, ["open", "99"]), ({"x": 0}, ["open", "x"])],
)
def test_a_channel_that_is_not_there_is_refused(client, asked, loc):
    answer = client.post("/picture", json={"network": LENET, "open": asked})
    assert (answer.status_code, answer.json["errors"][0]["loc"]) == (200, loc)


def test_a_forgotten_trace_is_no_error_of_the_pages(client):
    answer = client.post("/picture", json={"trace": "never seen"})
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_lesson_knows_its_trace_so_that_the_first_click_sends_no_weights(client):
    for path, lesson in (("/", FIRST), ("/lesson/lenet", LESSONS["lenet"])):
        page = client.get(path).text
        key = page.split('"id":"')[1].split('"')[0]
        cell = {"layer": -1, "index": [0, 0, 0]}
        assert client.post("/inspector", json={"trace": key, "cell": cell}).status_code == 200
        body = json.dumps({"network": lesson.network})
        again = client.post("/picture", data=body, content_type="application/json")
        assert again.json["id"] == key


def without_parts(picture):
    return {name: each for name, each in picture.items() if name not in ("parts", *STORY)}


STORY = ("forward", "steps", "longest")


def test_a_picture_of_another_layout_comes_with_the_parts_of_its_page(client):
    shown = client.post("/picture", json={"network": FIRST.network}).json
    wider = json.loads(json.dumps(FIRST.network))
    wider["layers"].insert(0, {"type": "relu"})
    known = {"trace": shown["id"], "layout": shown["layout"]}
    edits = [{"path": ["layers"], "value": wider["layers"]}]
    other = client.post("/picture", json={**known, "edits": edits}).json
    plain = client.post("/picture", json={"network": wider}).json
    assert without_parts(other) == plain
    assert other["layout"] != shown["layout"]
    story = client.post(
        "/story", json={"network": wider, "cell": {"layer": -1, "index": [0, 2, 1]}}
    ).json
    assert len(other["steps"]) == len(story["steps"])
    keys = [grid["key"] for grid in plain["grids"]]
    assert [key for key in keys if f'data-key="{key}"' in other["parts"]["grids"]] == keys
    assert 'data-path="[&#34;layers&#34;, 5, &#34;weight&#34;' in other["parts"]["form"]
    assert other["parts"]["arrays"].count("<option") == len(keys) - 1  # the head has no gradient
    # The page that shows it now is asked for nothing more.
    again = client.post("/picture", json={"network": wider, "layout": other["layout"]}).json
    assert again == plain


def test_numbers_and_settings_leave_the_layout_as_it_is(client):
    network = json.loads(json.dumps(LESSONS["ties"].network))
    before = client.post("/picture", json={"network": network}).json["layout"]
    network["input"][0][0][0] = 77
    network["layers"][0]["ties"] = "split"
    after = client.post("/picture", json={"network": network}).json["layout"]
    assert after == before


def test_open_channels_of_the_page_do_not_hinder_a_network_of_fewer(client):
    shown = client.post("/picture", json={"network": LENET}).json
    asked = {"network": FIRST.network, "layout": shown["layout"], "open": {"8": 3, "0": 5}}
    assert "parts" in client.post("/picture", json=asked).json


def test_a_network_that_is_no_lesson_has_a_question_and_an_answer_of_its_own(client):
    network = {"version": 1, "title": "mine", "input": [1, 2],
               "layers": [{"type": "linear", "weight": [[3, 4]]}],
               "head": {"type": "upstream", "gradient": [1]}}  # fmt: skip
    picture = client.post("/picture", json={"network": network, "lesson": FIRST.slug}).json
    assert "mine" in picture["question"]
    assert "neuron 1" in picture["answer"]
    assert "4" in picture["answer"]
    del network["title"]
    assert "this network" in client.post("/picture", json={"network": network}).json["question"]
