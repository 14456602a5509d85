"""The wheel is complete: installed by itself, away from the checkout, it serves the pages."""

import contextlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    # Without isolation: what builds it is in the `test` extra, and nothing is downloaded.
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    run("-m", "pip", "install", "--no-deps", "--no-index", "--target", folder, wheel)
    return folder


def run(*arguments, **options):
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def files(folder):
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_package_the_templates_and_the_static_folder(wheel):
    wanted = files("app") | {f"app/{path}" for path in files("templates") | files("static")}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("app/")}
    assert held == wanted


def test_the_installed_command_serves_the_page_and_its_scripts(site, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(site)}
    imported = run("-c", "import app; print(app.__file__)", cwd=tmp_path, env=environment)
    assert Path(imported).is_relative_to(site)

    script = next((ROOT / "static" / "js").glob("*.js"))
    with serve(site / "bin" / "gradient-routing", cwd=tmp_path, env=environment) as url:
        page = get(url + "/").decode()
        assert "<html" in page
        folder = re.search(r'src="(/static/\w+/js/)', page)
        assert folder is not None
        assert get(f"{url}{folder[1]}{script.name}") == script.read_bytes()


@contextlib.contextmanager
def serve(command, **options):
    process = subprocess.Popen(
        [sys.executable, command, "--no-browser", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
    assert process.stdout is not None
    try:
        # The command says where it is once it listens; a line without an address is its error.
        said = process.stdout.readline()
        address = re.search(r"http://[\d.:]+", said)
        assert address is not None, said + process.stdout.read()
        yield address[0]
    finally:
        process.terminate()
        process.communicate()


def get(url):
    with urlopen(url, timeout=PATIENCE) as answer:
        assert answer.status == 200
        return answer.read()
