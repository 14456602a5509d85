"""The command scripts/bench."""

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from scripts.measuring import bringing, browsing, checking, computing, serving
from scripts.measuring.report import Figures, Missing

SECTIONS: dict[str, Callable[..., Figures]] = {
    "engine": computing.engine,
    "http": serving.http,
    "check": checking.check,
    "receipts": computing.receipts,
    "growth": computing.growth,
    "building": bringing.building,
    "opening": bringing.opening,
    "links": bringing.links,
    "frames": browsing.frames,
    "edits": browsing.edits,
    "structure": browsing.structure,
    "drags": browsing.drags,
    "clicks": browsing.clicks,
    "early": browsing.early,
    "loading": browsing.loading,
}
"""The sections; each is called with the seconds that a measurement may take."""
COMPARED = ("numpy", "flask", "waitress", "plotly", "torch", "playwright")
"""The packages whose versions are printed if they are installed."""


def main() -> None:
    """Measure, print, and write the figures."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measure the engine, the server and the page."
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument(
        "--seconds", type=float, default=4, help="for each measurement (default: %(default)s)"
    )
    parser.add_argument("--only", choices=SECTIONS, action="append", help="one section; repeatable")
    options = parser.parse_args()
    if "MALLOC_TRIM_THRESHOLD_" not in os.environ:
        parser.error("start it as scripts/bench, which sets up the allocator first")
    versions = {"python": platform.python_version()}
    for name in COMPARED:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    print("   ".join(f"{name} {version}" for name, version in versions.items()))
    figures: Figures = {"versions": versions}
    failed = []
    for name in options.only or SECTIONS:
        try:
            figures[name] = SECTIONS[name](options.seconds)
        except Missing as missing:
            print(f"  {missing}")
        except Exception:
            failed.append(name)
            traceback.print_exc()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"\nwritten to {options.json}")
    if failed:
        sys.exit(f"\nnot measured, because of the errors above: {', '.join(failed)}")


if __name__ == "__main__":
    main()
