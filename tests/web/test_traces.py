"""The memory of traces: bounded, shared, and nothing depends on it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.engine.layers import Relu
from app.web.traces import KEPT_ANSWER, Traces
from tests.networks import founding_question, network


def trace_of(size):
    """A trace that takes about so many bytes."""
    cells = (size - KEPT_ANSWER) // 80
    return network(np.zeros(cells), Relu, gradient=np.zeros(cells)).trace()


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
    traces = Traces(max_bytes=250_000)
    for key in "ab":
        traces.put(key, trace_of(100_000), {})
    assert traces.get("a") is not None  # used just now
    traces.put("c", trace_of(100_000), {})
    assert traces.get("b") is None
    assert traces.get("a") is not None
    assert traces.get("c") is not None


def test_a_trace_that_is_larger_than_all_there_is_room_for_is_kept_until_the_next():
    traces = Traces(max_bytes=1000)
    traces.put("a", trace_of(100_000), {})
    assert traces.get("a") is not None
    traces.put("b", trace_of(100_000), {})
    assert traces.get("a") is None


def test_the_same_key_twice_takes_room_once():
    traces = Traces(max_bytes=250_000)
    traces.put("a", trace_of(100_000), {})
    for _ in range(10):
        traces.put("b", trace_of(100_000), {})
    assert traces.get("a") is not None


def test_threads_share_it():
    traces = Traces(max_bytes=300_000)
    trace = trace_of(100_000)

    def use(i):
        traces.put(str(i % 7), trace, {})
        kept = traces.get(str((i + 3) % 7))
        return kept is None or kept.trace is trace

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(500)))
