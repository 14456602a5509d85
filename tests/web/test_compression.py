"""What is sent: the same text compressed or plain, and nothing to a browser that has it."""

import gzip
import re

import pytest

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
