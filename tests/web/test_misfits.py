"""Requests whose parts do not fit together, through every route: no 5xx."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.network import Network
from app.lessons import LESSONS
from tests.oracle.documents import built, documents

FOUNDING = LESSONS["founding-question"].network
SMALL = {
    "input": [1],
    "layers": [{"type": "relu"}],
    "head": {"type": "upstream", "gradient": [1]},
}


def deep(levels: int) -> Any:
    nested: Any = 1
    for _ in range(levels):
        nested = [nested]
    return nested


JUNK = st.sampled_from(
    [
        *(None, True, "", "x", "\ud800", "0", -1, 0, 1, 2.5, 1e308, math.nan, math.inf),
        *(2**31, 2**63, 2**70, 10**400),
        *([], {}, [[]], {"type": "relu"}, {"layer": 0}, "__class__", deep(20), deep(150)),
    ]
)  # fmt: skip


SLUGS = [slug for slug in LESSONS if slug != "lenet"]
DOCUMENTS = st.one_of(
    st.sampled_from([LESSONS[slug].network for slug in SLUGS]), documents(exact=False)
)
FIELDS = {
    "receipt": ["cell"],
    "moves": ["cell"],
    "inspector": ["cell"],
    "paths": ["cell", "most"],
    "gather": ["cell"],
    "margins": ["cell"],
    "nudge": ["cell", "by", "range"],
    "check": ["of", "array"],
    "picture": ["lesson", "open", "edits", "cell"],
    "story": ["lesson", "open", "edits", "cell"],
    "opened": ["lesson", "open", "edits", "cell"],
    "solution": ["lesson", "open", "edits", "cell"],
    "paste": ["text"],
    "qr": ["address"],
}
"""What each route takes beside the network, by the end of its address."""


def named(draw, network: Network) -> dict[str, Any]:
    """One of the arrays of a network."""
    layer = draw(st.integers(-1, len(network.layers) - 1))
    names = [None, *(network.layers[layer].parameters if layer >= 0 else [])]
    parameter = draw(st.sampled_from(names))
    return {"layer": layer} if parameter is None else {"layer": layer, "parameter": parameter}


def shape_named(network: Network, array: dict[str, Any]) -> tuple[int, ...]:
    if "parameter" not in array:
        return network.shape_of(array["layer"])
    return network.layers[array["layer"]].parameters[array["parameter"]].shape


def part(draw, field: str, document: Any, slug: str) -> Any:
    """A field of a request that fits this document."""
    network = built(document)
    array = named(draw, network)
    shape = shape_named(network, array)
    match field:
        case "cell":
            return {**array, "index": [draw(st.integers(0, size - 1)) for size in shape]}
        case "lesson":
            return slug
        case "open":
            return {str(array["layer"]): draw(st.integers(0, shape[0] - 1))}
        case "edits":
            return [draw(edits(document)) for _ in range(draw(st.integers(0, 3)))]
        case "of":
            return array
        case "array":
            return np.full(shape, draw(st.integers(-9, 9))).tolist()
        case "most":
            return draw(st.integers(1, 100))
        case "by":
            return draw(st.floats(-9, 9))
        case "range":
            return draw(st.floats(1e-9, 9))
        case "text":
            return draw(st.sampled_from(["1 2 3", "[[1, 2], [3, 4]]", "[nan]", "1e999", "[" * 500]))
        case _:
            return "http://localhost/"


@st.composite
def edits(draw, document: Any) -> dict[str, Any]:
    """A place of a document with a number in it, or with what stands at another place of it."""

    def place() -> tuple[list[Any], Any]:
        path: list[Any] = []
        at = document
        while isinstance(at, dict | list) and at and draw(st.integers(0, 9)):
            step = draw(st.sampled_from(list(at) if isinstance(at, dict) else range(len(at))))
            path, at = [*path, step], at[step]
        return path, at

    path, _ = place()
    return {"path": path, "value": draw(st.floats(-9, 9)) if draw(st.booleans()) else place()[1]}


def with_junk(draw, tree: Any) -> Any:
    """The same with junk in one place."""
    if not isinstance(tree, dict | list) or not tree or not draw(st.integers(0, 3)):
        return draw(JUNK)
    copy = tree.copy()
    step = draw(st.sampled_from(list(tree) if isinstance(tree, dict) else range(len(tree))))
    copy[step] = with_junk(draw, tree[step])
    return copy


def post(client, route: str, body: dict[str, Any]):
    """The response to a body, which every route answers or refuses in words."""
    if route == "/solution":
        response = client.post(route, data={"asked": json.dumps(body)})
    else:
        response = client.post(route, data=json.dumps(body), content_type="application/json")
    assert response.status_code in (200, 204, 400, 404, 422), response.text
    if response.is_json and "errors" in response.json:
        assert all(error["msg"].endswith((".", "]", "}")) for error in response.json["errors"])
    return response


def posted_to(app) -> list[str]:
    return sorted(str(rule) for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()))


@settings(max_examples=500)
@given(st.data())
def test_whatever_is_mixed_is_answered_or_refused_in_words(app, data):
    """Each part fits the network, or another one, or nothing."""
    client, draw = app.test_client(), data.draw
    route = draw(st.sampled_from(posted_to(app)))
    own, other = (draw(DOCUMENTS), draw(st.sampled_from(SLUGS))), draw(st.sampled_from(SLUGS))
    body: dict[str, Any] = {}
    for field in FIELDS.get(route.rsplit("/", 1)[-1], []):
        match draw(st.integers(0, 4)):
            case 0:
                continue
            case 1:
                body[field] = part(draw, field, LESSONS[other].network, other)
            case _:
                body[field] = part(draw, field, *own)
    if not body.keys() & {"text", "address"}:
        known = client.post("/api/trace", json={"network": own[0]}).json["id"]
        body |= draw(st.sampled_from([{"network": own[0]}, {"trace": known}]))
    if not draw(st.integers(0, 3)):
        body = with_junk(draw, {**body, "unknown": 0} if draw(st.booleans()) else body)
    post(client, route, body)


@pytest.mark.parametrize("slug", LESSONS)
def test_a_lessons_texts_are_left_out_beside_a_network_they_are_not_about(client, slug):
    own = post(client, "/picture", {"network": SMALL}).json
    told = post(client, "/picture", {"network": SMALL, "lesson": slug})
    assert told.json["question"] == own["question"]
    assert told.json["answer"] == own["answer"]
    assert post(client, "/solution", {"network": SMALL, "lesson": slug}).status_code == 200


@pytest.mark.parametrize("other", [slug for slug in LESSONS if slug != "lenet"])
def test_a_lesson_beside_another_lessons_network_is_no_mistake(client, other):
    for slug in LESSONS:
        told = post(client, "/picture", {"network": LESSONS[other].network, "lesson": slug})
        assert "answer" in told.json or slug != other


def test_a_lessons_texts_follow_other_numbers_and_settings(client):
    ties = LESSONS["ties"].network
    edited = {
        **ties,
        "layers": [{**ties["layers"][0], "ties": "split"}],
        "input": [[[7, 7], [1, 2]]],
    }
    told = post(client, "/picture", {"network": edited, "lesson": "ties"})
    assert "3" in told.json["answer"]


@pytest.mark.parametrize("levels", [2, 100, 150, 190])
@pytest.mark.parametrize("path", [["input"], ["title"], ["layers", 0, "bias"], ["head", "x"]])
def test_edits_that_nest_lists_are_refused(client, levels, path):
    known = post(client, "/api/trace", {"network": FOUNDING}).json["id"]
    edits = [{"path": path, "value": deep(levels)}] * 2
    assert post(client, "/picture", {"trace": known, "edits": edits}).json["errors"]


def test_edits_that_nest_deeper_and_deeper_are_refused(client):
    known = post(client, "/api/trace", {"network": FOUNDING}).json["id"]
    inner = [0] * 150
    edits = [{"path": ["input", *inner[:at]], "value": deep(150)} for at in range(0, 150, 149)]
    assert post(client, "/picture", {"trace": known, "edits": edits}).json["errors"]


@pytest.mark.parametrize("levels", [5, 150, 195, 199, 200, 201, 254, 256, 300, 5000])
@pytest.mark.parametrize("field", ["network", "trace", "cell", "edits", "array", "unknown", None])
def test_lists_nested_however_deep_are_refused(app, levels, field):
    client = app.test_client()
    nested = "[" * levels + "]" * levels
    body = nested if field is None else f'{{"network": {json.dumps(SMALL)}, "{field}": {nested}}}'
    for route in posted_to(app):
        if route == "/solution":
            response = client.post(route, data={"asked": body})
        else:
            response = client.post(route, data=body, content_type="application/json")
        if route in ("/api/open", "/check/open") and field is not None:
            # It reads files, which may hold more beside a network.
            assert response.status_code in (200, 422)
            continue
        # The page's routes say what is wrong with status 200: browsers log any other one.
        assert response.status_code in (400, 422) or "errors" in response.json, route


@pytest.mark.parametrize(
    "place",
    [{"layer": 5}, {"layer": 0, "parameter": "weight"}, {"layer": 0, "example": 1}],
)
@pytest.mark.parametrize(
    ("path", "given"),
    [("/api/check", {"arrays": {"mine": [1]}}), ("/check/report", {"text": "mine = [1]"})],
)
def test_a_place_that_the_network_does_not_have_is_refused_by_name(client, path, given, place):
    answer = client.post(path, json={"network": SMALL, "places": {"mine": place}, **given}).json
    (error,) = answer["errors"]
    assert error["loc"][:3] == ["places", "mine", [*place][-1]]


LARGE = {**SMALL, "input": [10**20], "layers": [{"type": "linear", "weight": [[1]]}]}


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/api/trace", {}),
        ("/api/step", {"rate": 0.1}),
        ("/step", {"rate": 0.1}),
        ("/save", {"format": "json"}),
        ("/build", {}),
        ("/build", {"edit": {"do": "set", "path": ["input", 0], "value": -(10**25)}}),
    ],
)
def test_an_integer_beyond_64_bits_is_a_number_like_others(client, path, more):
    answer = client.post(path, json={"network": LARGE, **more})
    assert answer.status_code == 200
    assert "e+20" in answer.text or "e+25" in answer.text


def test_an_integer_beyond_float64_is_refused(client):
    answer = client.post("/api/trace", json={"network": {**SMALL, "input": [10**400]}})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["loc"] == ["input", 0]


@pytest.mark.parametrize(
    ("rate", "said"), [(0, "This must be more than 0."), (2e6, "This must be at most 1000000.")]
)
def test_a_number_beyond_its_limits_is_refused_with_the_limit(client, rate, said):
    (error,) = client.post("/api/step", json={"network": SMALL, "rate": rate}).json["errors"]
    assert error == {"loc": ["rate"], "msg": said}


def test_a_map_layer_after_one_number_says_what_reaches_it(client):
    layers = [{"type": "linear", "weight": [[1]]}, {"type": "max_pool2d", "kernel": 2}]
    answer = client.post("/api/trace", json={"network": {**SMALL, "layers": layers}})
    assert "what reaches it is a single number." in answer.json["errors"][0]["msg"]
