"""One request of each kind that engineers send, its array made by plain loops, not by the tool."""

import json

import numpy as np
import pytest

from app.document.building import build
from app.document.document import Document
from tests.engine.plain_loops import Run


def numbers(*shape):
    """Numbers without a pattern, one decimal each."""
    n = int(np.prod(shape))
    return (((np.arange(n) * 37 + 11) % 19 - 9) / 4).reshape(shape).tolist()


def upstream(*shape):
    return {"type": "upstream", "gradient": numbers(*shape)}


PADDED = {
    "input": numbers(2, 5, 5),
    "layers": [{"type": "conv2d", "weight": numbers(3, 2, 3, 3), "bias": [1, 0, 2], "padding": 1,
                "stride": 2}],
    "head": upstream(3, 3, 3),
}  # fmt: skip
AVERAGE = {
    "input": numbers(1, 4, 4), "layers": [{"type": "avg_pool2d", "kernel": 2, "padding": 1}],
    "head": upstream(1, 3, 3),
}  # fmt: skip
MAXIMUM = {
    "input": numbers(2, 4, 4), "layers": [{"type": "max_pool2d", "kernel": 2}],
    "head": upstream(2, 2, 2),
}  # fmt: skip
SIGMOID = {
    "input": numbers(2, 3, 3), "layers": [{"type": "sigmoid"}], "head": upstream(2, 3, 3)
}  # fmt: skip
RELU = SIGMOID | {"layers": [{"type": "relu"}]}
AT_0 = {
    "input": [[[0, 1, -1], [2, 0, -2]]],
    "layers": [{"type": "relu"}],
    "head": upstream(1, 2, 3),
}
CLASSES = {
    "input": numbers(4), "layers": [{"type": "linear", "weight": numbers(5, 4)}],
    "head": {"type": "cross_entropy", "target": 2},
}  # fmt: skip
SQUARES = CLASSES | {"head": {"type": "mse", "target": numbers(5)}}
DISTANCES = {
    "input": numbers(1, 2, 5), "layers": [{"type": "flatten"}],
    "head": {"type": "l1", "target": numbers(11)[1:]},
}  # fmt: skip
"""Its gradients are 0.1 and −0.1: numbers of one digit."""

KINDS = [
    ("convolved", PADDED, (0, "weight")),
    ("last_kernel", PADDED, (-1, None)),
    ("bias_all_kernels", PADDED, (0, "bias")),
    ("bias_one_cell", PADDED, (0, "bias")),
    ("unpadded_input", PADDED, (0, "weight")),
    ("stride_forgotten", PADDED, (-1, None)),
    ("padding_cut", PADDED, (-1, None)),
    ("padding_cut", AVERAGE, (-1, None)),
    ("avg_undivided", AVERAGE, (-1, None)),
    ("avg_to_maximum", AVERAGE, (-1, None)),
    ("avg_padding", AVERAGE, (-1, None)),
    ("winner_exchanged", MAXIMUM, (-1, None)),
    ("spread", MAXIMUM, (-1, None)),
    ("mask_alone", MAXIMUM, (-1, None)),
    ("mask_alone", RELU, (-1, None)),
    ("mask_inverted", RELU, (-1, None)),
    ("slope_at_0", AT_0, (-1, None)),
    ("slope_at_output", SIGMOID, (-1, None)),
    ("slope_half", SIGMOID, (-1, None)),
    ("outputs_sent_back", PADDED, (-1, None)),
    ("softmax_twice", CLASSES, (0, "weight")),
    ("target_forgotten", CLASSES, (-1, None)),
    ("target_forgotten", SQUARES, (-1, None)),
    ("other_class", CLASSES, (0, "weight")),
    ("scaled", SQUARES, (0, "weight")),
    ("weight_decay", SQUARES, (0, "weight")),
    ("stepped", SQUARES, (0, "weight")),
    ("reordered", PADDED, (-1, None)),
    ("sign_reversed", DISTANCES, (-1, None)),
]


@pytest.mark.parametrize(("word", "document", "where"), KINDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_wrong_array_as_it_is_printed_gets_its_name(client, word, document, where, dtype):
    net = build(Document.model_validate(document))
    wrong = np.asarray(Run(net, dtype, word).backwards()[where])
    of = {"layer": where[0]} | ({"parameter": where[1]} if where[1] else {})
    text = np.array2string(wrong, separator=", ", precision=6, threshold=10**6)
    answer = client.post("/api/check", json={"network": document, "of": of, "text": text}).json
    assert not answer["right"]
    named = [mistake["codes"] for mistake in answer["mistakes"]]
    assert [word] in named
    # Where several give these numbers, it says so, and what would tell them apart.
    assert (answer["edit"] is not None) == (len(named) > 1)


@pytest.mark.parametrize("document", [PADDED, AVERAGE, MAXIMUM, SIGMOID, RELU, CLASSES, SQUARES])
def test_a_right_array_as_it_is_printed_is_right(client, document):
    net = build(Document.model_validate(document))
    for (layer, name), array in Run(net, np.float32).backwards().items():
        of = {"layer": layer} | ({"parameter": name} if name else {})
        for digits in (4, 8):
            text = np.array2string(np.asarray(array), precision=digits, threshold=10**6)
            answer = client.post("/api/check", json={"network": document, "of": of, "text": text})
            assert answer.json["right"], (of, text)


ALIKE = {
    "input": [1, 2],
    "layers": [{"type": "linear", "weight": [[1, 1], [1, 1]]}, {"type": "relu"},
               {"type": "linear", "weight": [[1, 1]]}],
    "head": {"type": "upstream", "gradient": [4]},
}  # fmt: skip


def test_after_the_edit_that_tells_causes_apart_each_cause_gives_another_array(client):
    of = {"layer": -1}
    asked = {"network": ALIKE, "of": of, "array": [4, 4]}
    answer = client.post("/api/check", json=asked).json
    edit, causes = answer["edit"], answer["mistakes"]
    assert len(causes) > 1
    assert 1 < edit["tells"] <= len(causes)
    *path, last = edit["path"]
    part = changed = json.loads(json.dumps(ALIKE))
    for step in path:
        part = part[step]
    part[last] = edit["value"]
    # The arrays that two of the causes give now are told from each other.
    net, named = build(Document.model_validate(changed)), []
    for word in ("averaged", "assigned"):
        wrong = Run(net, np.float64, word).backwards()[-1, None]
        again = client.post(
            "/api/check", json={"network": changed, "of": of, "array": wrong.tolist()}
        ).json
        named.append({tuple(each["codes"]) for each in again["mistakes"]})
    assert ("averaged",) in named[0]
    assert ("assigned",) in named[1]
    assert named[0] != named[1]


def test_what_is_asked_is_answered_in_the_next_request(client):
    square = {"type": "linear", "weight": [[1, 2], [3, 4]]}
    network = {
        "input": [1, 2], "layers": [square, square],
        "head": {"type": "upstream", "gradient": [3, 5]},
    }  # fmt: skip
    asked = {"network": network, "arrays": {"mine": [[1, 2], [3, 5]]}}
    assert client.post("/api/check", json=asked).status_code == 422
    place = {"layer": 1, "parameter": "weight"}
    answer = client.post("/api/check", json={**asked, "places": {"mine": place}}).json
    assert [each["of"] for each in answer["arrays"]] == [place]
    text = {"network": network, "of": {"layer": -1}, "text": "1,500\t2,250"}
    refused = client.post("/api/check", json=text)
    assert "can be read in two ways" in refused.json["errors"][0]["msg"]
    for reading, given in (
        ("a comma as the decimal sign", [1.5, 2.25]),
        ("a comma between thousands", [1500, 2250]),
    ):
        answer = client.post("/api/check", json={**text, "reading": reading}).json
        assert answer["given"] == given


def test_an_array_that_may_be_two_gradients_and_equals_one_is_that_one(client):
    square = {"type": "linear", "weight": [[1, 2], [3, 4]]}
    network = {
        "input": [1, 2], "layers": [square, square],
        "head": {"type": "upstream", "gradient": [3, 5]},
    }  # fmt: skip
    trace = client.post("/api/trace", json={"network": network}).json
    right = trace["layers"][0]["weight_gradient"]
    answer = client.post("/api/check", json={"network": network, "arrays": {"mine": right}}).json
    assert answer["right"]
    assert answer["arrays"][0]["of"] == {"layer": 0, "parameter": "weight"}
