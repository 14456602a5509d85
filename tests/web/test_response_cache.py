"""Repeated requests are answered from memory; other requests are not."""

import pytest

from app.web.application import create_app
from app.web.response_cache import Answers
from tests.document.test_document import GOOD

CELL = {"layer": 0, "index": [0, 0, 0]}


@pytest.fixture
def counted():
    """A client, and how many answers were given again."""
    app = create_app()
    return app.test_client(), app.extensions["answers"]


def test_the_same_question_gets_the_same_answer_at_once(counted):
    client, answers = counted
    question = {"network": GOOD, "cell": CELL}
    first = client.post("/inspector", json=question)
    assert answers.hits == 0
    again = client.post("/inspector", json=question)
    assert answers.hits == 1
    assert again.data == first.data
    assert dict(again.headers) == dict(first.headers)


@pytest.mark.parametrize(
    "other",
    [
        ("/story", {"network": GOOD, "cell": CELL}),
        ("/inspector", {"network": GOOD, "cell": {"layer": -1, "index": [0, 0, 0]}}),
    ],
)
def test_another_question_is_answered_anew(counted, other):
    client, answers = counted
    first = client.post("/inspector", json={"network": GOOD, "cell": CELL})
    path, question = other
    assert client.post(path, json=question).data != first.data
    assert answers.hits == 0


def test_a_refusal_is_not_kept(counted):
    client, answers = counted
    for _ in range(2):
        assert client.post("/api/trace", json={"network": {}}).status_code == 422
    assert answers.hits == 0


def test_who_takes_no_gzip_does_not_get_what_was_compressed_for_others(counted):
    client, answers = counted
    far = {"REMOTE_ADDR": "192.0.2.7"}
    question = {"network": GOOD, "cell": CELL}
    packed = client.post(
        "/story", json=question, headers={"Accept-Encoding": "gzip"}, environ_base=far
    )
    plain = client.post("/story", json=question, environ_base=far)
    assert packed.content_encoding in ("gzip", None)
    assert plain.content_encoding is None
    assert answers.hits == 0


def test_the_room_for_answers_is_bounded():
    app = create_app()
    answers = Answers(app, max_bytes=20_000)
    client = app.test_client()
    for value in range(60):
        edited = {**GOOD, "title": str(value)}
        client.post("/api/trace", json={"network": edited})
    assert 0 < answers.size <= 20_000
