"""The server under load: starts the command, and measures its memory and processor time."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def tool(*options: str) -> Iterator[tuple[str, int]]:
    """Run the command in a process of its own; yields its address and its process id."""
    command = [sys.executable, "-m", "app", "--no-browser", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            address = re.search(r"http://\S+", line)
            if address is None:
                raise SystemExit(f"the server did not start: {line}")
            yield address[0], process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def family(pid: int) -> list[int]:
    """A process and its descendants, if /proc exists."""
    with contextlib.suppress(OSError):
        threads = Path(f"/proc/{pid}/task").glob("*/children")
        children = [int(child) for each in threads for child in each.read_text().split()]
        return [pid, *(each for child in children for each in family(child))]
    return []


def megabytes(pid: int) -> float:
    """The memory of a process and its descendants; shared memory counts once (PSS)."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            pss = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
            total += int(pss[1])  # type: ignore[index]
    return round(total / 1024)


def cpu_seconds(pid: int) -> float:
    """The processor time of a process and its descendants so far."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICK


def peak_megabytes(pid: int) -> float:
    """The most memory that a process and its descendants have held; shared memory counts often."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{each}/status").read_text()
            peak = re.search(r"^VmHWM:\s+(\d+)", status, re.MULTILINE)
            total += int(peak[1]) if peak else 0
    return round(total / 1024)
