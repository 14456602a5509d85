"""Measures several contestants in turns."""

import statistics
import time
from collections.abc import Callable

SLICE = 1e-3
"""Seconds for which one contestant runs before the next one."""


def take_turns(seconds: float, **calls: Callable[[], object]) -> dict[str, float]:
    """The median time of one call of each contestant, in seconds."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    counts = {}
    for name, call in calls.items():
        call()
        started = time.perf_counter()
        call()
        counts[name] = max(1, round(SLICE / (time.perf_counter() - started)))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, call in calls.items():
            call()  # the first call after a change is slow, because its cache is cold
            started = time.perf_counter()
            for _ in range(counts[name]):
                call()
            times[name].append((time.perf_counter() - started) / counts[name])
    return {name: statistics.median(each) for name, each in times.items()}
