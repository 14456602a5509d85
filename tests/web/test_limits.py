"""Bodies that would need too much memory are refused by their shape."""

import tracemalloc

import orjson
import pytest

from app.document.document import Refusal
from app.web.limits import MAX_FORM, check_shape
from tests.document.test_document import GOOD

TOO_MUCH = {
    "names of fields": (
        b"{" + b",".join(b'"k%d":0' % i for i in range(60_000)) + b"}",
        "quotation",
    ),
    "objects": (b"[" + b",".join([b"{}"] * 30_000) + b"]", "objects"),
    "lists": (b"[" * 400_000, "lists"),
    "numbers": (b"[" + b"1," * 3_500_000 + b"1]", "numbers"),
}


@pytest.mark.parametrize("case", TOO_MUCH)
@pytest.mark.parametrize("path", ["/api/trace", "/picture", "/api/check"])
def test_a_body_with_too_much_of_a_kind_is_refused_with_the_number(client, path, case):
    body, words = TOO_MUCH[case]
    answer = client.post(path, data=body, content_type="application/json")
    assert answer.status_code in (200, 422)
    [error] = answer.json["errors"]
    assert words in error["msg"]


@pytest.mark.parametrize("case", TOO_MUCH)
def test_it_is_refused_before_anything_is_built_of_it(case):
    body, words = TOO_MUCH[case]
    tracemalloc.start()
    try:
        with pytest.raises(Refusal, match=words):
            check_shape(body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 100_000


def test_the_network_that_the_limits_promise_passes():
    weights = [[[[0.125] * 5] * 5] * 3] * 32, [[[[0.125] * 5] * 5] * 32] * 64
    document = {
        "input": [[[1.5] * 64] * 64] * 3,
        "layers": [{"type": "conv2d", "weight": weight} for weight in weights],
        "head": {"gradient": [[[1.5] * 56] * 56] * 64},
    }
    check_shape(orjson.dumps({"network": document}))


def test_a_large_form_is_to_be_sent_in_parts(client):
    spaces = "asked=" + "%20" * MAX_FORM
    answer = client.post("/solution", data=spaces, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "multipart/form-data" in answer.json["errors"][0]["msg"]
    small = client.post("/solution", data={"asked": orjson.dumps({"network": GOOD}).decode()})
    assert small.status_code == 200
