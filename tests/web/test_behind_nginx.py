"""Two processes behind a real nginx, below a path. CI asks for these tests: --behind-nginx."""

import re
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import orjson
import pytest

from tests.document.test_document import GOOD


def ask(url, question=None, **headers):
    data = None if question is None else orjson.dumps(question)
    headers.setdefault("Content-Type", "application/json")
    with urlopen(Request(url, data, headers), timeout=60) as answer:
        return answer.read()


def test_every_address_of_a_page_is_answered_below_the_path(base_url):
    page = ask(f"{base_url}/").decode()
    origin = "http://" + urlsplit(base_url).netloc
    found = set(re.findall(r'(?:href|src|data-page|data-plotly)="(/[^"]*)"', page))
    assert len(found) > 10
    for address in found:
        assert address.startswith("/gr/")
        assert ask(origin + address)


def test_the_path_without_its_last_slash_leads_to_the_page(base_url):
    assert b"<html" in ask(base_url)


def test_answers_do_not_depend_on_which_process_gives_them(base_url):
    key = orjson.loads(ask(f"{base_url}/api/trace", {"network": GOOD}))["id"]
    edit = {"path": ["input", 0, 0, 0], "value": 2}
    for _ in range(20):
        key = orjson.loads(ask(f"{base_url}/picture", {"trace": key, "edits": [edit]}))["id"]
        assert ask(f"{base_url}/story", {"trace": key})


def test_heavy_routes_pass_too(base_url):
    assert orjson.loads(ask(f"{base_url}/api/gradcheck", {"network": GOOD}))["ok"] is True


def test_another_name_is_refused(base_url):
    # nginx has one site only, so it passes every name on.
    with pytest.raises(HTTPError) as caught:
        ask(f"{base_url}/", Host="evil.example")
    assert caught.value.code == 400
    caught.value.close()


def test_what_another_sites_page_posts_is_refused(base_url):
    with pytest.raises(HTTPError) as caught:
        ask(f"{base_url}/solution", {}, Origin="https://evil.example")
    assert caught.value.code == 403
    caught.value.close()
