"""``scripts/campaign``: the tests and measurements that are too long for every run, in parts.

Without arguments it runs all parts. Each prints its figures, and the command that repeats it.
"""

import argparse
import importlib.util
import os
import random
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

PYTEST = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "-q"]


@dataclass(frozen=True)
class Part:
    """``command``: (seed, count) → the command that it runs; ``count``: the default count."""

    says: str
    count: int
    command: Callable[[int, int], list[str]]


def drawn(name: str) -> Callable[[int, int], list[str]]:
    """The tests of one file of the campaign; they read seed and count from the environment."""
    return lambda seed, count: [*PYTEST, "-m", "campaign", f"tests/campaign/test_{name}.py"]


def search(seed: int, count: int) -> list[str]:
    """The hypothesis tests, with ``count`` examples each."""
    profile = ["--hypothesis-profile=campaign", f"--hypothesis-seed={seed}"]
    return [*PYTEST, "-m", "hypothesis and not campaign", *profile, "tests"]


def load(students: int, seconds: int) -> list[str]:
    """The simulated class."""
    return ["scripts/load", "--students", str(students), "--seconds", str(seconds)]


PARTS = {
    "networks": Part("drawn networks, held against PyTorch", 4000, drawn("networks")),
    "extremes": Part("the ends of float64, through every route", 2000, drawn("extremes")),
    "printouts": Part("what other programs print, read back", 4000, drawn("printouts")),
    "checks": Part("gradients written by hand, right and wrong, judged", 1000, drawn("checks")),
    "search": Part("new examples for each test that hypothesis draws for", 1000, search),
    "screenshots": Part("pictures of every state", 1, lambda _, n: ["scripts/screenshots"]),
    "load": Part("a class of so many students, for a minute", 200, lambda _, n: load(n, 60)),
    "soak": Part("40 students, for so many seconds", 3600, lambda _, n: load(40, n)),
}


def main() -> int:
    """Run the requested parts; returns how many failed."""
    options = _options()
    if importlib.util.find_spec("torch") is None:
        print("Campaigns hold figures against PyTorch: .venv/bin/python -m pip install torch")
        return 1
    results = []
    for name in options.parts or PARTS:
        part = PARTS[name]
        count = options.count or part.count
        again = f"scripts/campaign {name} --seed {options.seed} --count {count}"
        print(f"== {name}: {part.says} ({again})", flush=True)
        begun = time.monotonic()
        command = part.command(options.seed, count)
        failed = _run(command, options.seed, count) != 0
        took = time.monotonic() - begun
        results.append((failed, f"{took:6.0f} s  {'FAILED' if failed else 'passed'}  {again}"))
    print("== how long each part took", *(line for _, line in results), sep="\n")
    return sum(failed for failed, _ in results)


def _run(command: list[str], seed: int, count: int) -> int:
    print("$", shlex.join(command), flush=True)
    environment = {
        **os.environ,
        "CAMPAIGN_SEED": str(seed),
        "CAMPAIGN_COUNT": str(count),
        "CI": "true",  # with PyTorch, and as many requests drawn as there
    }
    return subprocess.run(command, check=False, env=environment).returncode


def _options() -> argparse.Namespace:
    epilog = "\n".join(
        f"  {name:12} {part.says} (count: {part.count})" for name, part in PARTS.items()
    )
    parser = argparse.ArgumentParser(
        prog="scripts/campaign",
        description=__doc__,
        epilog=f"parts:\n{epilog}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="which; all, if none is named")
    parser.add_argument("--seed", type=int, help="the first seed; drawn and printed, if not named")
    parser.add_argument("--count", type=int, help="how many, instead of the part's own number")
    options = parser.parse_args()
    unknown = [name for name in options.parts if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]}; there are {', '.join(PARTS)}")
    if options.seed is None:
        options.seed = random.randrange(10**6)
    return options


if __name__ == "__main__":
    sys.exit(main())
