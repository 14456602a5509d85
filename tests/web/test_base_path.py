"""Everything works below a path of a host just as at its root."""

import re

import pytest

from app import create_app
from app.web.base_path import as_base_path
from app.web.site import Site
from tests.document.test_document import GOOD


@pytest.fixture
def below():
    return create_app(Site(base_path="/gr")).test_client()


def addresses(page):
    """Every address of its own host that a page names."""
    return set(re.findall(r'(?:href|src|action|data-page|data-plotly)="(/[^"]*)"', page))


def test_every_address_in_a_page_is_below_it_and_answers(below):
    page = below.get("/gr/").text
    found = addresses(page)
    assert len(found) > 10
    for address in found:
        assert address.startswith("/gr/")
        if address != "/gr/solution":  # which takes a form
            assert below.get(address, buffered=True).status_code == 200


def test_a_page_tells_its_scripts_where_they_are(below, client):
    assert '<html lang="en" data-base="/gr"' in below.get("/gr/lesson/ties").text
    assert '<html lang="en">' in client.get("/lesson/ties").text


def test_a_proxy_may_pass_the_path_on_or_cut_it_off(below):
    for path in ("/gr/api/trace", "/api/trace"):
        assert below.post(path, json={"network": GOOD}).status_code == 200
    assert addresses(below.get("/").text) == addresses(below.get("/gr/").text)


def test_the_path_itself_is_the_first_page_and_a_longer_word_is_not(below):
    assert "<html" in below.get("/gr").text
    assert below.get("/great").status_code == 404


def test_an_error_page_leads_back_below_it(below):
    assert 'href="/gr/"' in below.get("/gr/nothing").text


def test_a_trusted_proxy_may_name_the_path():
    client = create_app(Site(trust_proxy=True)).test_client()
    page = client.get("/", headers={"X-Forwarded-Prefix": "/a/b"}).text
    assert all(address.startswith("/a/b/") for address in addresses(page))


@pytest.mark.parametrize("prefix", ["//evil.example", '/"><script>', "/a/../b", "/ü"])
def test_what_is_no_path_is_not_taken_from_a_proxy(prefix):
    client = create_app(Site(trust_proxy=True)).test_client()
    page = client.get("/", headers={"X-Forwarded-Prefix": prefix}).text
    assert prefix not in page
    assert not any(address.startswith("//") for address in addresses(page))


def test_nobody_else_may_name_it(client):
    page = client.get("/", headers={"X-Forwarded-Prefix": "/elsewhere"}).text
    assert "/elsewhere" not in page


def test_the_public_address_names_it_too():
    client = create_app(Site(public_url="https://school.example/tools/gr/")).test_client()
    assert 'data-base="/tools/gr"' in client.get("/", headers={"Host": "school.example"}).text


@pytest.mark.parametrize(("text", "path"), [("gr", "/gr"), ("/a/b/", "/a/b"), ("/", ""), ("", "")])
def test_a_base_path_may_be_written_with_or_without_its_slashes(text, path):
    assert as_base_path(text) == path


@pytest.mark.parametrize("text", ["/a b", "/a//b", "https://x", "/..", "/a?b"])
def test_what_cannot_be_a_base_path_is_refused(text):
    with pytest.raises(ValueError, match="looks like /gr"):
        as_base_path(text)
