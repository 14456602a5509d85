"""Compressed and plain answers have the same text; a browser that has it gets nothing."""

import gzip
import re

import pytest

from app.lessons import FIRST, LESSONS
from app.web.compression import MIN_BYTES

PAGES = ["/", "/lesson/lenet"]


@pytest.fixture(scope="module")
def addresses(app):
    """Each kind of file that pages ask for: scripts, a style sheet, a picture and Plotly."""
    page = app.test_client().get("/").text
    page += app.test_client().get("/nowhere").text  # has its styles in a file
    patterns = (
        r"/page-\w+\.js",
        r"/static/\S+/start\.js",
        r"/static/\S+\.css",
        r"/static/\S+\.svg",
        r"/plotly-\w+\.js",
    )
    found = [re.search(pattern, page) for pattern in patterns]
    return [each[0] for each in found if each]


def test_pages_and_files_are_the_same_compressed_and_plain(client, addresses):
    assert len(addresses) == 5
    for address in [*PAGES, *addresses]:
        plain = client.get(address, buffered=True)
        packed = client.get(
            address, headers={"Accept-Encoding": "gzip, deflate, br"}, buffered=True
        )
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) == int(packed.headers["Content-Length"]) < len(plain.data)
        assert plain.headers["Content-Type"] == packed.headers["Content-Type"]
        assert plain.headers["Vary"] == packed.headers["Vary"]
        assert "Accept-Encoding" in packed.vary


@pytest.mark.parametrize("encodings", ["gzip", "identity"])
def test_a_browser_that_has_the_page_gets_no_second_one(client, encodings):
    for path in PAGES:
        first = client.get(path, headers={"Accept-Encoding": encodings})
        # Kept, but never shown without asking: an update of the tool changes the page.
        assert first.headers["Cache-Control"] == "no-cache"
        kept = {"Accept-Encoding": encodings, "If-None-Match": first.headers["ETag"]}
        again = client.get(path, headers=kept)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert "Content-Encoding" not in again.headers
        assert "Content-Security-Policy" in again.headers
        other = client.get(path, headers={**kept, "If-None-Match": '"another"'})
        assert (other.status_code, other.data) == (200, first.data)


def test_files_may_be_kept_for_good_because_their_address_changes_with_them(client, addresses):
    for address in addresses:
        answer = client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        if "ETag" in answer.headers:
            assert answer.headers["ETag"].startswith("W/")


def test_what_is_not_there_is_not_compressed_either(client):
    assert client.get("/static/none.js", headers={"Accept-Encoding": "gzip"}).status_code == 404


ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}
LENET = {"network": LESSONS["lenet"].network}


@pytest.mark.parametrize("path", ["/picture", "/story", "/opened", "/api/trace"])
def test_a_large_answer_is_compressed_on_its_way_to_another_machine(client, path):
    plain = client.post(path, json=LENET, environ_base=ELSEWHERE)
    assert "Content-Encoding" not in plain.headers
    packed = client.post(
        path, json=LENET, headers={"Accept-Encoding": "gzip"}, environ_base=ELSEWHERE
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.vary
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1"])
def test_on_the_same_machine_an_answer_is_sent_as_it_is(client, address):
    headers, here = {"Accept-Encoding": "gzip"}, {"REMOTE_ADDR": address}
    answer = client.post("/picture", json=LENET, headers=headers, environ_base=here)
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" in answer.vary
    # Behind a proxy on this machine, the browser is elsewhere.
    headers |= {"X-Forwarded-For": "192.0.2.7"}
    answer = client.post("/picture", json=LENET, headers=headers, environ_base=here)
    assert answer.headers["Content-Encoding"] == "gzip"


def test_a_server_at_a_socket_without_addresses_compresses_too(client):
    headers, nowhere = {"Accept-Encoding": "gzip"}, {"REMOTE_ADDR": ""}
    answer = client.post("/picture", json=LENET, headers=headers, environ_base=nowhere)
    assert answer.headers["Content-Encoding"] == "gzip"


def test_a_small_answer_and_a_refusal_are_sent_as_they_are(client):
    headers = {"Accept-Encoding": "gzip"}
    cell = {"layer": 0, "index": [0, 0, 0]}
    asked = {"network": FIRST.network, "cell": cell}
    small = client.post("/api/receipt", json=asked, headers=headers, environ_base=ELSEWHERE)
    assert small.status_code == 200
    assert len(small.data) < MIN_BYTES
    refused = client.post(
        "/api/trace", json={"x" * 9000: 1}, headers=headers, environ_base=ELSEWHERE
    )
    assert refused.status_code == 422
    assert not {"Content-Encoding"} & {*small.headers.keys(), *refused.headers.keys()}
