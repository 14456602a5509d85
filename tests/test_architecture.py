"""The packages of app/ and the allowed directions of their imports."""

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"


def module_name(path: Path) -> str:
    parts = path.relative_to(APP.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(APP.rglob("*.py"))}
WEB = ("app.web", "app.__main__")
DOMAIN = [name for name in MODULES if name != "app" and not name.startswith(WEB)]


def imported_by(source: str) -> Iterator[str]:
    """The modules that a source imports, each as far as it is a module of ours."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module or ""


IMPORTS = {name: set(imported_by(path.read_text("utf-8"))) for name, path in MODULES.items()}


def roots(name: str) -> set[str]:
    """The top-level packages of a module's imports."""
    return {each.partition(".")[0] for each in IMPORTS[name]}


def cycle_in(imports: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other():
    ours = {name: imports & MODULES.keys() for name, imports in IMPORTS.items()}
    assert cycle_in(ours) == []
    # The check does see cycles: with one import more, there is one.
    assert cycle_in(ours | {"app.engine.types": {"app.engine.network"}}) != []


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("app.engine")])
def test_the_engine_imports_numpy_alone(name):
    assert roots(name) <= {"app", "numpy", *sys.stdlib_module_names}
    ours = {each for each in IMPORTS[name] if each.startswith("app")}
    assert all(each.startswith("app.engine") for each in ours), ours


@pytest.mark.parametrize("name", DOMAIN)
def test_what_is_not_the_web_application_knows_nothing_of_it(name):
    assert not roots(name) & {"flask", "werkzeug", "waitress", "jinja2", "markupsafe"}
    assert not [each for each in IMPORTS[name] if each.startswith(WEB)]


def test_few_modules_stand_directly_in_the_package():
    assert len(list(APP.glob("*.py"))) <= 6


def test_imports_are_read_as_python_reads_them():
    source = "import json\nfrom app.text import sentences\nfrom app.engine.network import Trace\n"
    assert list(imported_by(source)) == ["json", "app.text.sentences", "app.engine.network"]
