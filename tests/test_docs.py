"""README, CONTRIBUTING and CHANGELOG agree with the code."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from app import create_app
from app.document.heads import Head
from app.document.layers import Layer
from app.web.api import OPERATIONS

create_app()  # imports every module that adds routes

ROOT = Path(__file__).resolve().parents[1]
README, CONTRIBUTING, CHANGELOG = (
    (ROOT / f"{name}.md").read_text("utf-8") for name in ("README", "CONTRIBUTING", "CHANGELOG")
)


def models(union):
    """The models of a union by the type that documents name."""
    return {get_args(each.model_fields["type"].annotation)[0]: each for each in members(union)}


def members(union):
    return get_args(get_args(union)[0])


CATALOGUE = {
    name: re.findall(r'"(\w+)":', fields)
    for line in CONTRIBUTING.splitlines()
    if line.startswith('{"type"')
    for name, fields in re.findall(r'\{"type": "(\w+)"([^}]*)\}', line)
}
"""The fields of each kind of layer and head, after its type."""


def test_the_catalogue_of_layers_and_heads_is_that_of_the_document():
    known = models(Layer) | models(Head)
    assert CATALOGUE.keys() == known.keys()
    for name, fields in CATALOGUE.items():
        assert ["type", *fields] == [
            field.alias or own for own, field in known[name].model_fields.items()
        ], name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.path)
def test_the_readme_names_every_route_of_the_api(operation):
    assert f"| `{operation.method.upper()} {operation.path}` |" in README


def test_the_newest_release_of_the_changelog_is_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    releases = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert releases[0] == version
    assert releases == sorted(releases, reverse=True)


def test_a_change_takes_one_line():
    for line in CHANGELOG.splitlines():
        assert not line or line.startswith(("#", "- ", "For ", "On ", "Commands", "One line")), line


def test_the_map_names_every_room_and_module_that_it_should():
    named = set(re.findall(r"^ +([a-z_]+(?:/|\.py)) ", README, re.MULTILINE))
    rooms = {f"{path.parent.name}/" for path in (ROOT / "app").glob("*/__init__.py")}
    engine = {path.name for path in (ROOT / "app/engine").glob("*.py")} - {
        "__init__.py",
        "types.py",
    }
    assert rooms <= named
    assert engine <= named
    modules = {path.name for path in (ROOT / "app").rglob("*.py")}
    assert {name for name in named if name.endswith(".py")} <= modules
