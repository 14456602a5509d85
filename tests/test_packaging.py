"""The wheel is complete: installed by itself, away from the checkout, it serves the pages."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

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
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, command, "--no-browser", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
    try:
        wait_until_it_listens(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


def wait_until_it_listens(process, port):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the command ended by itself:\n{process.stdout.read()}")
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.05)
    pytest.fail("the command does not listen after 30 seconds")


def get(url):
    with urlopen(url, timeout=10) as answer:
        assert answer.status == 200
        return answer.read()
