"""The files of deploy/ name versions and options that exist."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from app.__main__ import main

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNS = ROOT / "deploy/requirements.txt"
TESTED = ROOT / ".ci/constraints.txt"


def locked(path):
    """The version of each package."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (RUNS, PROJECT["dependencies"]),
        (TESTED, PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]),
    ],
    ids=["what runs", "what is tested"],
)
def test_the_lock_has_every_dependency_in_a_version_that_is_allowed(path, wanted):
    versions = locked(path)
    for requirement in map(Requirement, wanted):
        name = requirement.name.lower().replace("_", "-")
        assert name in versions, "scripts/lock makes the files anew"
        assert requirement.specifier.contains(versions[name]), f"{name}: run scripts/lock"


def test_both_locks_agree():
    tested = locked(TESTED)
    for name, version in locked(RUNS).items():
        assert tested[name] == version


def test_what_runs_has_hashes_and_neither_names_a_registry():
    assert RUNS.read_text().count("--hash=sha256:") >= len(locked(RUNS))
    for path in (RUNS, TESTED):
        assert "://" not in path.read_text()
        assert "index" not in path.read_text()


OPTION = re.compile(r"--[a-z][a-z-]*")


@pytest.mark.parametrize("name", ["gradient-routing.service", "kubernetes.yaml", "nginx.conf"])
def test_the_options_that_are_recommended_exist(name, capsys):
    text = (ROOT / "deploy" / name).read_text()
    recommended = set(OPTION.findall(text))
    assert recommended
    with pytest.raises(SystemExit):
        main(["--help"])
    assert recommended <= set(OPTION.findall(capsys.readouterr().out))


def test_the_container_holds_what_the_command_needs():
    container = (ROOT / "deploy/Containerfile").read_text()
    for folder in ("app", "templates", "static"):
        assert f"COPY {folder} {folder}\n" in container
        assert f"!{folder}\n" in (ROOT / ".containerignore").read_text()
