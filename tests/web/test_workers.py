"""The command with several processes, as a class uses it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import orjson
import pytest

from app.lessons import FIRST
from tests.document.test_document import GOOD
from tests.servers import ROOT, command
from tests.waiting import PATIENCE


def ask(running, path, question=None):
    """Status and body of an answer, by whichever process accepts the connection."""
    method = "GET" if question is None else "POST"
    body = None if question is None else orjson.dumps(question)
    with contextlib.closing(running.connect()) as connection:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()


def wait_for_the_end_of(pids):
    assert pids
    turn = threading.Event()
    while any(map(lives, pids)):
        turn.wait(0.05)


def lives(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture(scope="module")
def running():
    with command("--workers", "2", "--log", "requests") as running:
        yield running


def test_what_one_process_computed_every_process_can_be_asked_about(running):
    status, traced = ask(running, "/api/trace", {"network": GOOD})
    assert status == 200
    question = {"trace": orjson.loads(traced)["id"], "edits": [], "cell": None}
    # Each connection may be accepted by the other process.
    for _ in range(12):
        assert ask(running, "/story", question)[0] == 200


def test_every_process_knows_the_lessons_by_their_ids(running):
    status, page = ask(running, "/")
    assert status == 200
    found = re.search(rb'"id":"(\w+)"', page)
    assert found is not None
    key = found[1].decode()
    for _ in range(12):
        edit = {"path": ["input", 0, 0, 0], "value": 3}
        question = {"trace": key, "lesson": FIRST.slug, "edits": [edit]}
        assert ask(running, "/picture", question)[0] == 200


def test_heavy_routes_are_answered_by_the_shared_process(running):
    for _ in range(3):
        status, answer = ask(running, "/api/gradcheck", {"network": GOOD})
        assert status == 200
        assert orjson.loads(answer)["ok"] is True


def test_all_processes_count_together(running):
    before = counted(running)
    for _ in range(10):
        assert ask(running, "/healthz")[0] == 200
    assert counted(running) == before + 10


def counted(running):
    _, metrics = ask(running, "/metrics")
    name = rb'^gradient_routing_requests_total\{route="/healthz",status="200"\} (\S+)$'
    found = re.search(name, metrics, re.MULTILINE)
    return float(found[1]) if found else 0


def test_a_process_that_dies_is_replaced_and_the_others_go_on():
    with command("--workers", "2") as running:
        assert ask(running, "/healthz")[0] == 200
        victim = running.workers()[-1]
        os.kill(victim, signal.SIGKILL)
        assert running.process.stderr is not None
        assert "another one takes its place" in running.process.stderr.readline()
        for _ in range(6):
            assert ask(running, "/healthz")[0] == 200
        assert running.stop()[0] == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_told_to_stop_it_ends_well_and_leaves_no_process(workers):
    with command("--workers", workers) as running:
        assert ask(running, "/api/gradcheck", {"network": GOOD})[0] == 200
        pids = running.workers()
        with contextlib.closing(running.connect()) as kept:
            kept.request("GET", "/healthz")
            assert kept.getresponse().read() == b"ok\n"
            assert running.stop() == (0, "")
        wait_for_the_end_of(pids)


def test_when_the_first_process_is_killed_the_others_end_too():
    with command("--workers", "2") as running:
        assert ask(running, "/healthz")[0] == 200
        pids = running.workers()
        running.process.kill()
        wait_for_the_end_of(pids)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "bad.name.invalid"), "there is no host 'bad.name.invalid'"),
        (("--host", ""), "--host needs an address"),
        (("--workers", "0"), "from 1 to 64"),
        (("--base-path", "a b"), "looks like /gr"),
        (("--public-url", "example.org"), "looks like https://example.org/gr"),
    ],
)
def test_what_is_wrong_with_an_option_is_one_clear_sentence(options, words):
    process = subprocess.run(
        [sys.executable, "-m", "app", "--no-browser", "--port", "0", *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=ROOT,
    )
    assert process.returncode != 0
    assert words in process.stderr.splitlines()[-1]
    assert "Traceback" not in process.stderr
