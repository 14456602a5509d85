"""The headers and errors that all answers share."""

import pytest

from app import create_app
from app.web.application import SECURITY
from tests.document.test_document import GOOD


@pytest.fixture
def answers(client):
    """A page, an answer, a file, and one of each kind of error."""
    page = client.get("/")
    address = page.text.split('rel="icon" href="')[1].split('"')[0]
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


# --- words --------------------------------------------------------------------------------------

WRONG_ADDRESSES = {
    "no route": ("POST", "/api/traces", 404, "GET /api/openapi.json describes"),
    "no route to read": ("GET", "/api/nothing", 404, "GET /api/openapi.json describes"),
    "not to be read": ("GET", "/api/trace", 405, "This address takes POST, not GET."),
    "only to be read": ("POST", "/api/openapi.json", 405, "This address takes GET, not POST."),
    "nothing to post to": ("POST", "/nothing", 404, "There is no page at this address."),
    "a page, posted to": ("POST", "/", 405, "This address takes GET, not POST."),
}


@pytest.mark.parametrize("case", WRONG_ADDRESSES)
def test_a_wrong_address_or_method_is_told_with_its_cure(client, case):
    method, path, status, words = WRONG_ADDRESSES[case]
    answer = client.open(path, method=method)
    assert answer.status_code == status
    [error] = answer.json["errors"]
    assert error["loc"] == []
    assert words in error["msg"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/lesson/nothing", 404, "There is no page at this address. Check its spelling."),
        ("/picture", 405, "This address takes POST, not GET."),
    ],
)
def test_a_page_that_is_not_there_is_a_page_that_says_so_and_leads_on(client, path, status, words):
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert words in answer.text
    assert 'href="/"' in answer.text


def test_a_cell_that_no_convolution_reads_has_no_gathering(client):
    body = {"network": GOOD, "cell": {"layer": 0, "index": [0, 0, 0]}}
    answer = client.post("/inspector/gather", json=body)
    assert answer.status_code == 404
    assert "No convolution reads this cell" in answer.json["errors"][0]["msg"]


def test_an_unforeseen_error_is_told_as_the_tools_mistake(broken):
    [error] = broken.get("/api/fails").json["errors"]
    assert "a mistake of the tool" in error["msg"]


@pytest.mark.parametrize("path", ["/api/trace", "/nothing", "/api/nothing", "/"])
def test_no_answer_carries_the_sentences_of_a_library(client, path):
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = client.open(path, method=method)
        assert "requested URL" not in answer.text
