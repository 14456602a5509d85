"""Long jobs run in a process of their own, with a short queue and a time limit."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from app.web import jobs as module
from app.web.application import create_app
from app.web.job import HEAVY, Abandoned, Busy, Job, Result, TooLong
from app.web.jobs import Jobs
from app.web.site import Site
from tests.document.test_document import GOOD
from tests.waiting import PATIENCE


@pytest.fixture(scope="module")
def jobs():
    with contextlib.closing(Jobs(Site())) as jobs:
        yield jobs


def job(path="/api/gradcheck", client="127.0.0.1", **question):
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_TYPE": "application/json",
        "REMOTE_ADDR": client,
        "HTTP_HOST": "localhost",
    }
    body = orjson.dumps({"network": GOOD, **question})
    return Job({**environ, "CONTENT_LENGTH": str(len(body))}, body)


def nobody_leaves():
    return False


def test_a_job_gets_the_answer_that_the_application_gives_itself(jobs, client):
    result = jobs.answer(job(), nobody_leaves)
    own = client.post("/api/gradcheck", json={"network": GOOD})
    assert (result.status, result.body) == (200, own.data)


def test_heavy_routes_are_all_there_are(app):
    posts = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert set(HEAVY) <= posts


class Stuck(Jobs):
    """Jobs that are done when the test says so."""

    def __init__(self):
        super().__init__(Site())
        self.may_end = threading.Event()
        self.begun = threading.Semaphore(0)

    def _do(self, job, is_gone):
        self.begun.release()
        assert self.may_end.wait(PATIENCE)
        return Result(200, [], b"")


def test_when_the_queue_is_full_one_is_told_when_to_ask_again(monkeypatch):
    jobs = Stuck()
    arrived = threading.Semaphore(0)

    def present():
        arrived.release()
        return False

    with ThreadPoolExecutor(module.PLACES) as pool:
        waiting = [
            pool.submit(jobs.answer, job(client=f"10.0.0.{i}"), present)
            for i in range(module.PLACES)
        ]
        for _ in range(module.PLACES - 1):
            arrived.acquire(timeout=PATIENCE)
        while len(jobs._queue) < module.PLACES:
            arrived.acquire(timeout=PATIENCE)
        with pytest.raises(Busy) as caught:
            jobs.answer(job(client="10.0.0.99"), nobody_leaves)
        assert 1 <= caught.value.seconds <= 30
        jobs.may_end.set()
        assert {each.result(30).status for each in waiting} == {200}
    assert not jobs._queue
    assert not +jobs._clients


def test_a_single_client_cannot_take_all_places():
    jobs = Stuck()
    with ThreadPoolExecutor(module.PLACES) as pool:
        waiting = [
            pool.submit(jobs.answer, job(), nobody_leaves) for _ in range(module.PLACES_PER_CLIENT)
        ]
        arrived = threading.Event()
        while jobs._clients["127.0.0.1"] < module.PLACES_PER_CLIENT:
            arrived.wait(0.01)
        with pytest.raises(Busy):
            jobs.answer(job(), nobody_leaves)
        other = pool.submit(jobs.answer, job(client="10.0.0.1"), nobody_leaves)
        jobs.may_end.set()
        assert {each.result(30).status for each in [*waiting, other]} == {200}


def test_who_goes_away_ends_the_job_and_the_next_one_is_done():
    with contextlib.closing(Jobs(Site())) as jobs:
        with pytest.raises(Abandoned):
            jobs.answer(job(), lambda: True)
        assert jobs.answer(job(), nobody_leaves).status == 200


def test_a_job_that_takes_too_long_is_given_up_and_the_next_one_is_done(monkeypatch):
    with contextlib.closing(Jobs(Site(), seconds=-1)) as jobs:
        with pytest.raises(TooLong):
            jobs.answer(job(), nobody_leaves)
        jobs._seconds = 60
        assert jobs.answer(job(), nobody_leaves).status == 200


def test_a_process_that_dies_is_replaced():
    with contextlib.closing(Jobs(Site())) as jobs:
        jobs.start()
        assert jobs._worker is not None
        process, _ = jobs._worker
        process.kill()
        process.join(30)
        with pytest.raises(TooLong):
            jobs.answer(job(), nobody_leaves)
        assert jobs.answer(job(), nobody_leaves).status == 200


# --- through the application --------------------------------------------------------------------


class Told:
    """A bench that does or refuses whatever it is told."""

    def __init__(self, outcome):
        self.outcome = outcome
        self.asked = []

    def answer(self, job, is_gone):
        self.asked.append(job)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def test_heavy_routes_are_handed_over_and_clicks_are_not():
    bench = Told(Result(200, [("Content-Type", "text/plain")], b"theirs"))
    client = create_app(bench=bench).test_client()
    for path in HEAVY:
        assert client.post(path, json={"network": GOOD}).text == "theirs"
    assert len(bench.asked) == len(HEAVY)
    assert orjson.loads(bench.asked[0].body) == {"network": GOOD}
    assert client.post("/api/trace", json={"network": GOOD}).get_json()["id"]
    assert len(bench.asked) == len(HEAVY)


@pytest.mark.parametrize("path", ["/api/check", "/check", "/solution"])
def test_a_full_queue_is_a_429_that_says_when_to_ask_again(path):
    answer = create_app(bench=Told(Busy(7))).test_client().post(path, json={"network": GOOD})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "7"
    assert "7 s" in answer.get_json()["errors"][0]["msg"]


def test_what_took_too_long_is_told_with_the_cure():
    client = create_app(bench=Told(TooLong())).test_client()
    answer = client.post("/api/gradcheck", json={"network": GOOD})
    assert answer.status_code == 503
    assert "smaller maps" in answer.get_json()["errors"][0]["msg"]


class Nothing:
    """Documents of which none is known."""

    def keep(self, key, document):
        pass

    def document(self, key):
        return None


LARGE = {
    "version": 1,
    "input": [[[1]]],
    "layers": [{"type": "conv2d", "weight": [[[[1]]]], "padding": [300, 300]}],
    "head": {"type": "upstream", "gradient": [[[1] * 601] * 601]},
}


def test_in_a_class_a_large_body_is_handed_over_unread():
    bench = Told(Result(200, [], b"theirs"))
    body = b" " * 2_000_000
    for documents, is_theirs in ((Nothing(), True), (None, False)):
        client = create_app(bench=bench, documents=documents).test_client()
        answer = client.post("/api/trace", data=body, content_type="application/json")
        assert (answer.text == "theirs") is is_theirs


def test_in_a_class_a_network_that_takes_long_is_handed_over_whatever_is_asked():
    bench = Told(Result(200, [], b"theirs"))
    shared = create_app(bench=bench, documents=Nothing()).test_client()
    assert shared.post("/api/trace", json={"network": LARGE}).text == "theirs"
    assert orjson.loads(bench.asked[0].body) == {"network": LARGE}
    alone = create_app(bench=bench).test_client()
    assert alone.post("/api/trace", json={"network": LARGE}).get_json()["id"]
