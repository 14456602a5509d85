"""No request gets a server error, and each error has a message."""

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from app.web.application import create_app
from tests.document.test_document import GOOD

EXAMPLES = 2500 if os.environ.get("CI") else 150
"""Of each of the four tests: ten thousand requests in CI."""

CLIENT = create_app().test_client()
RULES = sorted(
    rule.rule
    for rule in CLIENT.application.url_map.iter_rules()
    if "POST" in (rule.methods or ()) and not rule.arguments
)
KEYS = [
    *("network", "trace", "cell", "layer", "index", "parameter", "most", "by", "range", "lesson"),
    *("open", "edits", "path", "value", "of", "array", "text", "version", "input", "layers"),
    *("type", "weight", "bias", "stride", "padding", "kernel", "ties", "head", "gradient"),
    *("target", "asked", "rate", "other"),
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70),
    st.floats(),
    st.sampled_from([2**53, -(2**63), 2**64, 1e308, 5e-324, -0.0]),
    st.sampled_from([*KEYS, "conv2d", "max_pool2d", "linear", "flatten", "cross_entropy", "first"]),
    st.text(max_size=5),
)
JSON = st.recursive(
    LEAVES,
    lambda part: (
        st.lists(part, max_size=4) | st.dictionaries(st.sampled_from(KEYS), part, max_size=4)
    ),
    max_leaves=25,
)


def check(path, body, content_type="application/json"):
    answer = CLIENT.post(path, data=body, content_type=content_type)
    assert answer.status_code < 500, (path, body)
    if answer.status_code >= 400 and answer.mimetype == "application/json":
        assert all(error["msg"] for error in answer.get_json()["errors"])


def changed(draw, tree):
    """The tree with one of its parts replaced, left out or doubled."""
    if isinstance(tree, dict) and tree and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(tree)))
        return {**tree, key: changed(draw, tree[key])}
    if isinstance(tree, list) and tree and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(tree) - 1))
        how = draw(st.sampled_from(["change", "leave out", "double"]))
        if how == "leave out":
            return tree[:at] + tree[at + 1 :]
        if how == "double":
            return [*tree, tree[at]]
        return [*tree[:at], changed(draw, tree[at]), *tree[at + 1 :]]
    return draw(JSON)


@st.composite
def nearly_right(draw):
    """A request that was right until something in it was changed."""
    cell = {
        "layer": draw(st.integers(-1, 3)),
        "index": draw(st.lists(st.integers(0, 3), max_size=4)),
    }
    question = {"network": GOOD, "cell": cell}
    for _ in range(draw(st.integers(1, 3))):
        question = changed(draw, question)
    return question


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(RULES), nearly_right())
def test_a_request_that_is_nearly_right_is_no_server_error(path, question):
    check(path, json.dumps(question))


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(RULES), JSON)
def test_any_json_is_no_server_error(path, question):
    check(path, json.dumps(question))


@settings(max_examples=EXAMPLES)
@given(
    st.sampled_from(RULES),
    st.binary(max_size=200),
    st.sampled_from(
        ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "a/b; charset=x",
         "application/x-www-form-urlencoded"]
    ),
)  # fmt: skip
def test_any_bytes_under_any_name_are_no_server_error(path, body, content_type):
    check(path, body, content_type)


@settings(max_examples=EXAMPLES)
@given(
    st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE"]),
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.dictionaries(
        st.sampled_from(["Host", "Origin", "Cookie", "Sec-Fetch-Site", "If-None-Match", "Range",
                         "Accept-Encoding", "X-Forwarded-For", "Content-Length"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
        max_size=3,
    ),
)  # fmt: skip
def test_any_path_and_header_are_no_server_error(method, path, headers):
    answer = CLIENT.open("/" + path.lstrip("/"), method=method, headers=headers, buffered=True)
    assert answer.status_code < 500
