"""``gradient-routing FILE…``: the page of a file, and what is said of one that cannot be opened."""

import json
import os
import re
import subprocess
import sys
import urllib.request

import pytest

from app import create_app
from app.lessons import LESSONS
from app.web.site import Site
from tests.files.models import LENET, exported

TIES = LESSONS["ties"].network


@pytest.fixture
def command():
    """Starts the command with some arguments, and ends it."""
    running = []

    def start(*arguments):
        line = [sys.executable, "-m", "app", "--no-browser", "--port", "0", *map(str, arguments)]
        process = subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        process.terminate()
        process.communicate()


def test_a_file_on_the_command_line_is_a_page(command, tmp_path):
    path = tmp_path / "lenet.onnx"
    path.write_bytes(exported(LENET, "onnx").data)
    output = iter(command(path).stdout.readline, "")
    said = []
    for line in output:
        said.append(line)
        if "is at" in line:
            break
    assert any("softmax at the end" in line for line in said)
    (address,) = re.findall(r"http://\S+/opened", said[-1])
    with urllib.request.urlopen(address) as response:
        page = response.read().decode()
    assert "What does each number of lenet get back?" in page
    assert page.count('role="gridcell"') > 500


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.json", b"{", "a.json: This is not JSON"),
        ("a.onnx", b"x", "a.onnx: This is no ONNX file"),
        ("a.json", json.dumps({**TIES, "layers": []}).encode(), "layers: This needs at least 1"),
        ("a.json", json.dumps({**TIES, "input": [[[1]]]}).encode(), "layers.0.kernel: The window"),
        (None, b"", "nothing.json: No such file"),
    ],
)
def test_a_file_that_is_no_network_is_told_in_a_line(command, tmp_path, name, data, said):
    path = tmp_path / (name or "nothing.json")
    if name:
        path.write_bytes(data)
    process = command(path)
    _, errors = process.communicate()
    assert process.returncode == 1
    assert f"gradient-routing: {said}" in errors
    assert "Traceback" not in errors


def test_files_are_read_again_and_one_that_has_changed_is_told_on_a_page(tmp_path):
    path = tmp_path / "own.json"
    path.write_text(json.dumps({**TIES, "title": "Mine"}))
    client = create_app(Site(files=(str(path),))).test_client()
    assert "What does each number of Mine get back?" in client.get("/opened").text
    path.write_text("{")
    response = client.get("/opened")
    assert response.status_code == 422
    assert "not JSON" in response.text
    assert response.mimetype == "text/html"


def test_without_a_file_there_is_no_such_page(client):
    assert client.get("/opened").status_code == 404


def test_a_folder_is_no_file(tmp_path):
    client = create_app(Site(files=(str(tmp_path),))).test_client()
    assert client.get("/opened").status_code == 422
