"""``scripts/campaign`` runs every test that is too long for every run."""

import subprocess
import sys
from pathlib import Path

from scripts.campaigning.__main__ import PARTS

ROOT = Path(__file__).parents[1]


def test_every_file_of_campaign_tests_has_a_part_that_runs_it():
    run = {argument for part in PARTS.values() for argument in part.command(0, 1)}
    files = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/campaign/test_*.py")}
    assert files
    assert files <= run


def test_a_part_that_does_not_exist_is_refused_with_those_that_do():
    command = [sys.executable, "-m", "scripts.campaigning", "nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no part nothing" in done.stderr
    assert all(name in done.stderr for name in PARTS)
