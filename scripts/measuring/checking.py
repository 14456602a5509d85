"""Measures checks of gradients through a real server: the times of answers, and memory."""

import statistics
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson

from app.document.building import build
from app.document.document import Document
from app.engine.mistakes import Explanation, made_array, slips
from app.engine.network import Trace
from app.engine.types import Array
from scripts.loading.process import cpu_seconds, peak_megabytes, tool
from scripts.measuring.networks import lenet, tiny, widest
from scripts.measuring.report import JSON, Figures, most, title

GOALS = {"tiny": 50, "lenet": 500}
"""Milliseconds for the median answer."""
WORST_MS, WORST_MB = 3000, 300
"""For the slowest legal request: its answer, and the memory that the server takes for it."""
FEWEST = 8
"""Requests of a network, however few seconds there are."""


def check(seconds: float) -> Figures:
    """/api/check of wrong arrays: those of known mistakes, and noise, for which all are tried."""
    title("/api/check over HTTP, one request after another")
    figures: Figures = {}
    for name, network in {"tiny": tiny(), "lenet": lenet()}.items():
        with tool() as (address, pid):
            requests = _requests(network)
            _ask(address, next(requests))  # the first one starts a process
            before = cpu_seconds(pid)
            times = _times(address, requests, seconds)
            own = figures[name] = {
                "median_ms": statistics.median(times) * 1e3,
                "worst_ms": max(times) * 1e3,
                "processor_ms": (cpu_seconds(pid) - before) / len(times) * 1e3,
                "answers": len(times),
            }
        judged = most(own["median_ms"], GOALS[name], "ms")
        print(
            f"  {name:6} median {judged}   worst {own['worst_ms']:.0f} ms   "
            f"of the processor {own['processor_ms']:.0f} ms each   {len(times)} answers"
        )
    figures["worst"] = _worst()
    return figures


def _times(address: str, requests: Iterator[bytes], seconds: float) -> list[float]:
    """The seconds that each answer takes."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < FEWEST or time.perf_counter() < end:
        times.append(_ask(address, next(requests)))
    return times


def _requests(network: Figures) -> Iterator[bytes]:
    """Three arrays of a mistake, then one of noise, each of the next place of the network."""
    trace, rng = build(Document.model_validate(network)).trace(), np.random.default_rng(0)
    everywhere = _places(trace)
    for n in range(10**9):
        layer, parameter = everywhere[n % len(everywhere)]
        known: list[Explanation] = [
            (slip,) for slip in slips(trace.network, layer, parameter) if not slip.mistake.starts
        ]
        made = None
        if n % 4 != 3 and known:
            made = made_array(trace, known[int(rng.integers(len(known)))], layer, parameter)
        array = _noisy(trace, layer, parameter, rng) if made is None else made
        yield _request(network, layer, parameter, array)


def _places(trace: Trace) -> list[tuple[int, str | None]]:
    """Every array of the network that has a gradient."""
    own = [(i, name) for i, names in enumerate(trace.parameters) for name in names]
    return [(i, None) for i in range(-1, len(trace.network.layers))] + [*own]


def _noisy(trace: Trace, layer: int, parameter: str | None, rng: np.random.Generator) -> Array:
    true = trace.parameters[layer][parameter] if parameter else trace.gradients[layer + 1]
    return np.asarray(true + rng.normal(0, np.abs(true).max() or 1.0, true.shape))


def _request(network: Figures, layer: int, parameter: str | None, array: Array) -> bytes:
    of: dict[str, Any] = {"layer": layer} | ({"parameter": parameter} if parameter else {})
    return orjson.dumps({"network": network, "of": of, "array": array.tolist()})


def _ask(address: str, body: bytes) -> float:
    request = urllib.request.Request(f"{address}api/check", body, {"Content-Type": JSON})
    started = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        answer.read()
    return time.perf_counter() - started


def _worst() -> Figures:
    """Noise in the largest arrays of a network close to the limits, with every digit of float64."""
    network, rng = widest(), np.random.default_rng(1)
    trace = build(Document.model_validate(network)).trace()
    last = len(trace.parameters) - 1
    every: Figures = {}
    for layer, parameter in ((-1, None), (0, None), (0, "weight"), (2, "weight"), (last, "weight")):
        array = _noisy(trace, layer, parameter, rng)
        with tool() as (address, pid):
            _ask(address, next(_requests(tiny())))  # starts the process that answers
            memory, processor = peak_megabytes(pid), cpu_seconds(pid)
            took = _ask(address, _request(network, layer, parameter, array))
            every[f"{layer} {parameter or 'output'}"] = {
                "ms": took * 1e3,
                "processor_ms": (cpu_seconds(pid) - processor) * 1e3,
                "mb": peak_megabytes(pid) - memory,
            }
    took_ms, processor_ms, mb = (
        max(each[name] for each in every.values()) for name in ("ms", "processor_ms", "mb")
    )
    print(
        f"  widest worst {most(took_ms, WORST_MS, 'ms')}   of the processor {processor_ms:.0f} ms"
        f"   memory {most(mb, WORST_MB, 'MB')}"
    )
    return {"worst_ms": took_ms, "processor_ms": processor_ms, "memory_mb": mb, "each": every}
