"""The report of a simulated class: figures, and lines to read."""

import statistics
from typing import Any

from scripts.loading.student import Record


def percentile(numbers: list[float], percent: float) -> float:
    """The smallest number that ``percent`` of the numbers do not exceed."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def figures(record: Record) -> dict[str, Any]:
    """The milliseconds by kind of request and of all requests, and the lost requests."""
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


def show(report: dict[str, Any]) -> None:
    """Print a report."""
    print(f"  {'ms':16}{'requests':>10}{'median':>9}{'p95':>9}{'p99':>9}{'most':>9}")
    for name, row in [*report["by kind"].items(), ("all", report["all"])]:
        if row:
            requests, *times = row.values()
            print(f"  {name:16}{requests:>10}" + "".join(f"{each:>9}" for each in times))
    lost, again = report["lost"] or 0, report["sent again"]
    print(f"  lost: {lost}; sent again with the whole network: {again}")
    for name in ("requests/s", "CPU ms/request", "memory MB", "server errors to pranksters"):
        if name in report:
            print(f"  {name}: {report[name]}")
