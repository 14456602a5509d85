"""The description of the API is valid and true, and no generated request breaks the API."""

import copy
import json
import os
from collections.abc import Iterator
from random import Random
from typing import Any

import jsonschema_rs
import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app import create_app
from app.document.document import MAX_BYTES
from app.document.problems import located
from app.lessons import LESSONS
from app.web.api import OPERATIONS
from app.web.openapi import JSON
from tests.oracle.documents import documents, draw

APP = create_app()
APP.testing = True
CLIENT = APP.test_client()
DESCRIPTION = json.loads(CLIENT.get("/api/openapi.json").text)
# Files are sent to one more, which tests/files covers.
REQUESTS = {each.path: each.request for each in OPERATIONS if each.request and each.media == JSON}
ANSWERS = {each.path: each.answers for each in OPERATIONS}


def is_a(model):
    """A validator of one of the described schemas."""
    return jsonschema_rs.validator_for(
        {"$ref": f"#/components/schemas/{model}", "components": DESCRIPTION["components"]}
    )


IS_A = {name: is_a(name) for name in DESCRIPTION["components"]["schemas"]}


def ask(path, body):
    """The answer, which is held to its description."""
    response = CLIENT.post(path, json=body)
    described = DESCRIPTION["paths"][path]["post"]["responses"][str(response.status_code)]
    if "$ref" in described:
        described = DESCRIPTION["components"]["responses"][described["$ref"].rsplit("/", 1)[1]]
    (content,) = described["content"]
    assert response.mimetype == content
    schema = described["content"][content]["schema"]
    models = [each["$ref"].rsplit("/", 1)[1] for each in schema.get("anyOf", [schema])]
    right = response.status_code == 200
    assert models == ([each.__name__ for each in ANSWERS[path]] if right else ["Problems"])
    # Of several, the one that this request asks for.
    (model,) = [each for each in models if IS_A[each].is_valid(response.json)] or models[:1]
    IS_A[model].validate(response.json)
    return response


def arrays(traced) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    """The arrays that a request can name, and their gradients."""
    yield {"layer": -1}, np.array(traced["input"]["gradient"])
    for i, layer in enumerate(traced["layers"]):
        yield {"layer": i}, np.array(layer["gradient"])
        for name in ("weight", "bias"):
            if layer[f"{name}_gradient"] is not None:
                yield {"layer": i, "parameter": name}, np.array(layer[f"{name}_gradient"])


# --- the document -------------------------------------------------------------------------------


def test_it_is_openapi_3_1():
    assert DESCRIPTION["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(DESCRIPTION).validate()
    for schema in DESCRIPTION["components"]["schemas"].values():
        assert jsonschema_rs.meta.is_valid(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        )
    IS_A["DescriptionAnswer"].validate(DESCRIPTION)


def test_fields_are_described_by_their_docstrings():
    described = DESCRIPTION["components"]["schemas"]["TermAnswer"]["properties"]["factor"]
    assert described["description"] == "The local derivative d(source)/d(this cell)."
    assert IS_A["TermAnswer"].is_valid({"upstream": 1.0}) is False


def test_it_names_every_route_and_nothing_else():
    routes = {
        (rule.rule, method.lower())
        for rule in APP.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, of in DESCRIPTION["paths"].items() for method in of}
    assert described == routes


def test_every_route_model_and_status_is_described_in_words():
    for of in DESCRIPTION["paths"].values():
        for operation in of.values():
            assert operation["summary"]
            assert all(
                each.get("description") or each["$ref"] for each in operation["responses"].values()
            )
    for name, schema in DESCRIPTION["components"]["schemas"].items():
        assert schema["description"], name
    for response in DESCRIPTION["components"]["responses"].values():
        assert response["description"]


def test_every_reference_leads_somewhere():
    def references(part):
        if isinstance(part, dict):
            yield from ([part["$ref"]] if "$ref" in part else [])
            for each in part.values():
                yield from references(each)
        elif isinstance(part, list):
            for each in part:
                yield from references(each)

    for reference in set(references(DESCRIPTION)):
        found = DESCRIPTION
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


# --- answers ------------------------------------------------------------------------------------


def ask_everything(network, rng):
    """Every route about a network, and about a cell of each of its arrays."""
    traced = ask("/api/trace", {"network": network})
    if traced.status_code != 200:
        return
    known = {"trace": traced.json["id"]}
    for path in ("/api/trace", "/api/margins", "/api/gradcheck", "/api/export"):
        assert ask(path, known).status_code == 200
    for of, gradient in arrays(traced.json):
        cell = {**of, "index": [rng.randrange(size) for size in gradient.shape]}
        for path in ("/api/receipt", "/api/margins", "/api/paths"):
            assert ask(path, {**known, "cell": cell}).status_code == 200
        changeable = of["layer"] == -1 or "parameter" in of
        nudged = ask("/api/nudge", {**known, "cell": cell})
        assert nudged.status_code == (200 if changeable else 422)
        for array in (gradient, -gradient, gradient + 1):
            judged = ask("/api/check", {**known, "of": of, "array": array.tolist()})
            assert judged.json["right"] == np.array_equal(array, gradient)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=lambda lesson: lesson.slug)
def test_every_answer_about_a_lesson_is_as_described(lesson):
    ask_everything(lesson.network, Random(0))


@settings(max_examples=20)
@given(documents(exact=False), st.randoms(use_true_random=False))
def test_every_answer_about_a_drawn_network_is_as_described(network, rng):
    ask_everything(network, rng)


def test_counts_beyond_2_to_the_53_are_as_described():
    wide = [{"type": "linear", "weight": [[1] * 64] * 64}] * 9
    head = {"type": "upstream", "gradient": [1] * 64}
    body = {"network": {"input": [1] * 64, "layers": wide, "head": head}}
    answer = ask("/api/paths", {**body, "cell": {"layer": -1, "index": [0]}}).json
    assert answer["total"] == 2.0**54
    assert not answer["exact"]


def test_each_refusal_is_as_described():
    assert ask("/api/trace", {"network": {}}).status_code == 422
    assert ask("/api/trace", {"trace": "not known"}).status_code == 404
    for status, data, content_type in (
        (400, "{", "application/json"),
        (413, b" " * (MAX_BYTES + 1), "application/json"),
        (415, "{}", "text/plain"),
    ):
        response = CLIENT.post("/api/trace", data=data, content_type=content_type)
        assert response.status_code == status
        IS_A["Problems"].validate(response.json)
        assert str(status) in DESCRIPTION["paths"]["/api/trace"]["post"]["responses"]


def test_an_answer_with_a_field_that_is_not_described_is_found():
    answer = ask("/api/trace", {"network": LESSONS["ties"].network}).json
    assert not IS_A["TraceAnswer"].is_valid({**answer, "new": 1})
    assert not IS_A["TraceAnswer"].is_valid({**answer, "input": {**answer["input"], "new": 1}})


# --- requests -----------------------------------------------------------------------------------

NETWORK: dict[str, Any] = {
    "version": 1,
    "title": "",
    "input": [[[7, 9, 8], [6, 8, 9], [6, 7, 8]]],
    "layers": [
        {"type": "conv2d", "weight": [[[[1, 2], [3, 4]]]], "bias": [0], "stride": [1, 1]},
        {"type": "leaky_relu", "negative_slope": 0.5},
        {"type": "max_pool2d", "kernel": 2, "stride": 1, "ties": "first", "ceil_mode": False},
        {"type": "flatten"},
        {"type": "linear", "weight": [[1], [2]]},
    ],
    "head": {"type": "cross_entropy", "target": 1},
}
CELL = {"layer": -1, "index": [0, 0, 1]}
BODIES: dict[str, dict[str, Any]] = {
    "/api/trace": {"network": NETWORK},
    "/api/paths": {"network": NETWORK, "cell": CELL, "most": 1},
    "/api/nudge": {"network": NETWORK, "cell": CELL, "by": 1, "range": 1},
    "/api/check": {
        "network": NETWORK,
        "of": {"layer": 4, "parameter": "weight"},
        "array": [[1], [2]],
    },
}

ACCEPTED = {
    "/api/trace": [
        ("network.version", [1.0]),
        ("network.title", ["x" * 200]),
        ("network.input.0.0.0", [7.0, -1e300, 2**70]),
        ("network.layers.0.stride", [1, 1.0, [1, 1.0]]),
        ("network.layers.0.bias", [None, [0.5]]),
        ("network.layers.1.negative_slope", [0, -1]),
        ("network.layers.2.kernel", [2.0, [2, 2.0]]),
        ("network.layers.2.stride", [None, 4096, [3.0, 1]]),
        ("network.head.target", [0, 1.0]),
        ("trace", [None]),
    ],
    "/api/paths": [
        ("cell.layer", [-1.0]),
        ("cell.index", [[0.0, 2, 1.0]]),
        ("cell.parameter", [None]),
        ("most", [100, 15.0]),
    ],
    "/api/nudge": [("by", [None, -1e-12, 1e12]), ("range", [None, 1e-12])],
    "/api/check": [("array", [[[1.0], [-1]]]), ("text", [None])],
}
REFUSED = {
    "/api/trace": [
        ("network", ["", 1, True, [], None]),
        ("network.version", ["1", True, 2, 1.5, None]),
        ("network.title", [1, None, "x" * 201]),
        ("network.titel", ["x"]),
        ("network.input", ["7", True, [], [[[[[7]]]]], None]),
        ("network.input.0.0.0", ["7", True, None, [7]]),
        ("network.layers", [[], {}, None]),
        ("network.layers.0.type", ["conv", 1, None]),
        ("network.layers.0.weights", [[1]]),
        ("network.layers.0.weight.0.0.0.0", ["1", False]),
        ("network.layers.0.stride", ["1", True, 0, 1.5, 4097, [1], [1, 1, 1], {}, None]),
        ("network.layers.0.stride.1", ["1", True, 0, 1.5, 4097, [1], None]),
        ("network.layers.1.negative_slope", ["0.5", True, None]),
        ("network.layers.2.ceil_mode", [1, 0, "true", None]),
        ("network.layers.2.ties", ["none", 0, None]),
        ("network.head.target", ["1", True, -1, 0.5, None]),
        ("network.head.gradient", [[1]]),
        ("nothing", [1]),
    ],
    "/api/paths": [
        ("cell", [None, [], 1]),
        ("cell.layer", ["-1", True, -2, 64, 0.5, None]),
        ("cell.index", ["0", [], [0] * 5, None]),
        ("cell.index.1", ["0", False, -1, 0.5, None]),
        ("cell.parameter", [1]),
        ("most", ["1", True, 0, 101, 1.5, None]),
    ],
    "/api/nudge": [
        ("by", ["1", True, 0, 1e-13, -1e13]),
        ("range", ["1", True, 0, -1, 1e13]),
    ],
    "/api/check": [
        ("of", [None, 1]),
        ("of.layer", ["4", True, None]),
        ("array", ["1", 1, True, {}]),
        ("array.0.0", ["1", True, None]),
    ],
}


def cases(of):
    return [
        pytest.param(route, at, value, id=f"{route[5:]} {at}={value!r:.20}")
        for route, places in of.items()
        for at, values in places
        for value in values
    ]


def changed(route, at, value):
    """(the request with one field changed, the way to the field)."""
    body = copy.deepcopy(BODIES[route])
    way = [int(step) if step.isdigit() else step for step in at.split(".")]
    inner: Any = body
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = value
    return body, way


@pytest.mark.parametrize(("route", "at", "value"), cases(ACCEPTED))
def test_what_is_accepted_is_described_so(route, at, value):
    body, _ = changed(route, at, value)
    assert ask(route, body).status_code == 200
    IS_A[REQUESTS[route].__name__].validate(body)


@pytest.mark.parametrize(("route", "at", "value"), cases(REFUSED))
def test_what_is_refused_is_described_so_and_at_its_place(route, at, value):
    body, way = changed(route, at, value)
    response = ask(route, body)
    assert response.status_code == 422
    way = way[1:] if way[0] == "network" and len(way) > 1 else way
    for error in response.json["errors"]:
        assert error["loc"][: len(way)] == way, error
    assert not IS_A[REQUESTS[route].__name__].is_valid(body)


@pytest.mark.parametrize("route", REQUESTS)
def test_exactly_one_of_a_network_and_a_trace_is_described(route):
    request = IS_A[REQUESTS[route].__name__]
    own = {"cell": CELL, "of": {"layer": -1}, "array": [1], "rate": 1, "other": NETWORK}
    own = {key: value for key, value in own.items() if key in REQUESTS[route].model_fields}
    assert request.is_valid({**own, "network": NETWORK})
    assert request.is_valid({**own, "network": None, "trace": "x"})
    assert not request.is_valid({**own, "network": NETWORK, "trace": "x"})
    assert not request.is_valid(own)
    if "array" in own:
        assert not request.is_valid({**own, "trace": "x", "text": "1"})
        assert request.is_valid({**own, "trace": "x", "array": None, "text": "1"})


# --- any request --------------------------------------------------------------------------------

# In CI some 250 requests a route, 2,000 in all: 80 drawn, and those at the bounds of every field.
# Elsewhere the drawn ones are fewer; the bounds are those of ACCEPTED and REFUSED above.
THOROUGH = os.environ.get("CI") == "true"

SCHEMA = schemathesis.openapi.from_wsgi("/api/openapi.json", APP).exclude(path="/api/open")
# Whether a network's layers fit each other, no schema can say.
SCHEMA.config.checks.positive_data_acceptance.expected_statuses += ["422"]
SCHEMA.config.phases.coverage.enabled = THOROUGH

NETWORKS = [draw(Random(seed), exact=False) for seed in range(40)]
KNOWN = [CLIENT.post("/api/trace", json={"network": each}).json for each in NETWORKS]


def deepen(body):
    """Let a request for some trace ask for one that is known, and for a cell that is there."""
    drawn = Random(repr(body))
    traced: Any = drawn.choice(KNOWN)
    body["trace"] = traced["id"]
    of, gradient = drawn.choice(list(arrays(traced)))
    if body.get("cell"):
        body["cell"] = {**of, "index": [drawn.randrange(size) for size in gradient.shape]}
    if "of" in body:
        body["of"] = of
    if body.get("array"):
        body["array"] = np.round(gradient + drawn.choice([0, 0, 1]), drawn.randrange(12)).tolist()


def is_refused_only_for_what_no_schema_can_say(ctx, response, case):
    """What the description permits, the models take; all but lists of uneven lengths."""
    if case.meta.generation.mode.is_positive and response.status_code == 422:
        try:
            REQUESTS[case.path].model_validate(case.body)
        except ValidationError as error:
            for _, message in located(error):
                assert "as in the first list" in message


# How long it takes to draw the requests says nothing about the app.
@SCHEMA.parametrize()
@settings(max_examples=80 if THOROUGH else 20, suppress_health_check=list(HealthCheck))
def test_schemathesis_finds_nothing(case):
    positive = case.meta.generation.mode.is_positive
    if positive and isinstance(case.body, dict) and isinstance(case.body.get("trace"), str):
        deepen(case.body)
    # Its client reads no compressed answers, and says that it does.
    case.headers = {**(case.headers or {}), "Accept-Encoding": "identity"}
    case.call_and_validate(additional_checks=[is_refused_only_for_what_no_schema_can_say])
