"""Requests to another name, and posts from another site's pages, are refused."""

import socket

import pytest

from app import create_app
from app.web.site import Site
from tests.document.test_document import GOOD

LOCAL = ["localhost", "localhost:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:80", "LOCALHOST."]
FOREIGN = [
    "evil.example",
    "evil.example:5000",
    "localhost.evil.example",
    "192.168.1.5",
    "[::2]",
    "]",
]


def ask(site, host):
    return create_app(site).test_client().get("/api/openapi.json", headers={"Host": host})


@pytest.mark.parametrize("host", LOCAL)
def test_it_answers_to_the_names_of_this_machine_with_any_port(client, host):
    assert client.get("/api/openapi.json", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_it_does_not_answer_to_another_name(client, host):
    answer = client.get("/api/openapi.json", headers={"Host": host})
    assert answer.status_code == 400
    [error] = answer.json["errors"]
    assert "--public-url" in error["msg"]


def test_a_class_may_write_the_machines_number_or_its_name_but_no_other():
    site = Site(host="0.0.0.0")
    name = socket.gethostname()
    assert ask(site, "192.168.1.5:5000").status_code == 200
    assert ask(site, "[fe80::1]").status_code == 200
    assert ask(site, f"{name}:5000").status_code == 200
    assert ask(site, "evil.example").status_code == 400


def test_it_answers_to_the_address_it_was_given():
    assert ask(Site(host="192.168.1.5"), "192.168.1.5:5000").status_code == 200
    assert ask(Site(host="192.168.1.5"), "192.168.1.6:5000").status_code == 400
    assert ask(Site(host="gr.lan"), "gr.lan:5000").status_code == 200


def test_it_answers_to_its_public_name():
    site = Site(public_url="https://gr.example")
    assert ask(site, "gr.example").status_code == 200
    assert ask(site, "other.example").status_code == 400


def test_a_proxys_host_counts_where_the_proxy_is_trusted():
    headers = {"Host": "localhost", "X-Forwarded-Host": "evil.example"}
    for trusted, status in ((True, 400), (False, 200)):
        client = create_app(Site(trust_proxy=trusted)).test_client()
        assert client.get("/api/openapi.json", headers=headers).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/solution", "/api/trace", "/picture"])
def test_what_another_sites_page_posts_is_refused(client, path, headers):
    answer = client.post(path, data={"asked": "{}"}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.json["errors"][0]["msg"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost:5000"},
    ],
)
def test_what_its_own_pages_and_programs_post_is_answered(client, headers):
    answer = client.post("/api/trace", json={"network": GOOD}, headers=headers)
    assert answer.status_code == 200


def test_a_link_from_another_site_opens_a_page(client):
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
