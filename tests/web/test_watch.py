"""Health, metrics, and one log line per request."""

import io

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.web.application import create_app
from app.web.watch import Watch
from tests.document.test_document import GOOD


def counts(client):
    """The samples of /metrics by name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }


def test_it_says_that_it_is_well(client):
    assert client.get("/healthz").text == "ok\n"


def test_requests_are_counted_by_route_and_status():
    client = create_app().test_client()
    client.post("/api/trace", json={"network": GOOD})
    client.post("/api/trace", json={})
    client.get("/lesson/ties")
    client.get("/wp-login.php")
    found = counts(client)
    assert found["gradient_routing_requests_total", "/api/trace", "200"] == 1
    assert found["gradient_routing_requests_total", "/api/trace", "422"] == 1
    assert found["gradient_routing_requests_total", "/lesson/<slug>", "200"] == 1
    assert found["gradient_routing_requests_total", "other", "404"] == 1
    assert found["gradient_routing_request_seconds_count", "/api/trace"] == 2


def logged(log, path="/healthz", **options):
    stream = io.StringIO()
    client = create_app(watch=Watch(log, stream=stream)).test_client()
    client.get(path, environ_base={"REMOTE_ADDR": "192.0.2.7"}, **options)
    return stream.getvalue()


def test_a_request_is_a_line_without_the_address_it_comes_from():
    line = logged("requests")
    assert line.endswith("\n")
    what, path, status, took, ms, size, unit = line.split()
    assert [what, path, status, ms, size, unit] == ["GET", "/healthz", "200", "ms", "3", "B"]
    assert int(took) >= 0
    assert "192.0.2.7" not in line


def test_the_address_is_there_where_it_is_asked_for():
    assert logged("addresses").startswith("192.0.2.7 GET /healthz 200 ")


def test_nothing_is_logged_unless_it_is_asked_for():
    assert logged("off") == ""


@pytest.mark.parametrize("path", ["/%0Aforged%20line", "/" + "a" * 5000, "/%1b[31m"])
def test_a_path_cannot_forge_a_line(path):
    line = logged("requests", path)
    assert line.count("\n") == 1
    assert line.strip().isprintable()
    assert len(line) < 300
