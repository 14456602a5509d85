"""The cache of traces: bounded, shared, and nothing depends on it."""

import gc
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.engine.layers import Relu
from app.lessons import LESSONS
from app.web.application import create_app
from app.web.traces import OVERHEAD, Traces
from tests.networks import founding_question, network


def some_trace():
    """A trace that has nothing in common with another."""
    return network(np.zeros(1000), Relu, gradient=np.zeros(1000)).trace()


def room_of(count):
    """What so many of them take, and half a one more."""
    alone = Traces()
    alone.put("a", some_trace(), {})
    return int((count + 0.5) * alone._bytes)


def test_a_trace_is_remembered_under_its_key():
    traces, trace = Traces(), founding_question().trace()
    document = {"version": 1}
    traces.put("a", trace, document)
    kept = traces.get("a")
    assert kept is not None
    assert kept.trace is trace
    assert kept.document is document
    assert traces.get("b") is None


def test_the_one_used_longest_ago_is_forgotten_first():
    traces = Traces(max_bytes=room_of(2))
    for key in "ab":
        traces.put(key, some_trace(), {})
    assert traces.get("a") is not None  # used just now
    traces.put("c", some_trace(), {})
    assert traces.get("b") is None
    assert traces.get("a") is not None
    assert traces.get("c") is not None


def test_a_trace_that_is_larger_than_all_there_is_room_for_is_kept_until_the_next():
    traces = Traces(max_bytes=1000)
    traces.put("a", some_trace(), {})
    assert traces.get("a") is not None
    traces.put("b", some_trace(), {})
    assert traces.get("a") is None


def test_the_same_key_twice_takes_room_once():
    traces = Traces(max_bytes=room_of(2))
    traces.put("a", some_trace(), {})
    for _ in range(10):
        traces.put("b", some_trace(), {})
    assert traces.get("a") is not None


def test_threads_share_it():
    traces = Traces(max_bytes=room_of(3))
    trace = some_trace()

    def use(i):
        traces.put(str(i % 7), trace, {})
        kept = traces.get(str((i + 3) % 7))
        return kept is None or kept.trace is trace

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(500)))


@pytest.mark.parametrize("path", [["input", 0, 10, 10], ["layers", 0, "weight", 0, 0, 1, 1]])
def test_of_fifty_edited_lenets_the_next_one_makes_only_the_oldest_go(path):
    """They have most of their weights, and all of the document that was not edited, in common."""
    app = create_app()
    client, traces = app.test_client(), app.extensions["traces"]
    key = client.post("/api/trace", json={"network": LESSONS["lenet"].network}).get_json()["id"]
    traces._max_bytes = 100 * 2**20
    keys = []
    for value in range(51):
        edits = [{"path": path, "value": value}]
        asked = {"trace": key, "edits": edits}
        keys.append(client.post("/picture", json=asked).get_json()["id"])
    assert sum(traces.get(each) is not None for each in keys) >= 50


def test_what_is_counted_is_what_is_held():
    app = create_app()
    client, traces = app.test_client(), app.extensions["traces"]
    key = client.post("/api/trace", json={"network": LESSONS["lenet"].network}).get_json()["id"]

    def edit(value):
        asked = {"trace": key, "edits": [{"path": ["input", 0, 0, 0], "value": value}]}
        client.post("/picture", json=asked)

    edit(1)
    tracemalloc.start()
    try:
        held, counted = tracemalloc.get_traced_memory()[0], traces._bytes
        for value in range(2, 8):
            edit(value)
        gc.collect()
        held = tracemalloc.get_traced_memory()[0] - held
        counted = traces._bytes - counted
    finally:
        tracemalloc.stop()
    assert 0.7 * held < counted < 1.6 * held


def test_what_two_traces_share_takes_room_until_both_are_gone():
    shared = np.zeros(1000)
    first, second = (network(shared, Relu, gradient=np.zeros(1000)).trace() for _ in range(2))
    traces = Traces(max_bytes=OVERHEAD)
    traces.put("a", first, {})
    alone = traces._bytes
    traces.put("b", second, {})  # "a" goes
    assert traces.get("a") is None
    assert traces._bytes == alone
    traces.put("b", second, {})
    assert traces._bytes == alone
