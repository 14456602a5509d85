"""What was measured, as lines to read and as figures."""

import statistics
from typing import Any

from scripts.loading.student import Record


def percentile(numbers: list[float], percent: float) -> float:
    """The least number that so many percent do not exceed."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def figures(record: Record) -> dict[str, Any]:
    """Milliseconds by kind of request and in all, and what was lost."""
    kinds = {name: _summary(took) for name, took in sorted(record.milliseconds.items())}
    everything = [each for took in record.milliseconds.values() for each in took]
    return {
        "all": _summary(everything) if everything else None,
        "by kind": kinds,
        "lost": dict(record.lost),
        "sent again": record.sent_again,
    }


def _summary(took: list[float]) -> dict[str, float]:
    return {
        "requests": len(took),
        "median": round(statistics.median(took), 1),
        "p95": round(percentile(took, 95), 1),
        "p99": round(percentile(took, 99), 1),
        "most": round(max(took), 1),
    }


def show(told: dict[str, Any]) -> None:
    """Print it."""
    print(f"  {'ms':16}{'requests':>10}{'median':>9}{'p95':>9}{'p99':>9}{'most':>9}")
    for name, row in [*told["by kind"].items(), ("all", told["all"])]:
        if row:
            requests, *times = row.values()
            print(f"  {name:16}{requests:>10}" + "".join(f"{each:>9}" for each in times))
    print(f"  lost: {told['lost'] or 0}; sent again with the whole network: {told['sent again']}")
    for name in ("requests/s", "CPU ms/request", "memory MB", "server errors to pranksters"):
        if name in told:
            print(f"  {name}: {told[name]}")
