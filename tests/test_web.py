"""What every answer has in common, whatever it is about."""

import pytest

from app import create_app
from app.web import SECURITY
from tests.test_document import GOOD


@pytest.fixture
def answers(client):
    """A page, an answer, a file, and one of each kind of error."""
    page = client.get("/")
    address = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    file = client.get(address, buffered=True)
    return {
        "page": page,
        "file": file,
        "answer": client.post("/api/trace", json={"network": GOOD}),
        "refusal": client.post("/api/trace", json={}),
        "no JSON": client.post("/api/trace", data="{", content_type="application/json"),
        "no route": client.get("/api/nothing"),
        "no page": client.get("/nothing"),
        "wrong method": client.get("/api/trace"),
    }


def test_every_answer_has_each_security_header_once(answers):
    assert (answers["file"].status_code, answers["refusal"].status_code) == (200, 422)
    for what, answer in answers.items():
        for name, value in SECURITY:
            assert answer.headers.getlist(name) == [value], what


@pytest.fixture
def broken():
    """A client of an app with a route that fails, as no route should."""
    app = create_app()

    def fail():
        raise RuntimeError

    app.add_url_rule("/api/fails", view_func=fail)
    app.logger.disabled = True  # It would tell the terminal.
    yield app.test_client()
    app.logger.disabled = False


def test_an_answer_to_an_unforeseen_error_has_them_too(broken):
    answer = broken.get("/api/fails")
    assert answer.status_code == 500
    assert len(answer.json["errors"]) == 1
    for name, value in SECURITY:
        assert answer.headers.getlist(name) == [value]
