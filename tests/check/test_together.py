"""All gradients of a network at once: by the route, as files, and by the command."""

import base64
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.check.matching import Where, match, places
from app.document.building import run
from app.document.document import Document
from app.lessons import LESSONS

DOCUMENT = {
    "version": 1,
    "input": (np.arange(36).reshape(1, 6, 6) % 7 / 4 - 0.5).tolist(),
    "layers": [
        {"type": "conv2d", "weight": (np.arange(18).reshape(2, 1, 3, 3) % 5 - 2).tolist(),
         "bias": [0.5, -0.25]},
        {"type": "relu"},
        {"type": "max_pool2d", "kernel": 2},
        {"type": "flatten"},
        {"type": "linear", "weight": (np.arange(24).reshape(3, 8) % 7 / 4 - 0.75).tolist(),
         "bias": [0, 0.5, 1]},
        {"type": "relu"},
        {"type": "linear", "weight": (np.arange(6).reshape(2, 3) / 2 - 1).tolist()},
    ],
    "head": {"type": "cross_entropy", "target": 1},
}  # fmt: skip
TRACE = run(Document.model_validate(DOCUMENT))


def gradients(names):
    """By name, the array of each place."""
    return {
        name: TRACE.gradients[layer + 1]
        if parameter is None
        else TRACE.parameters[layer][parameter]
        for name, (layer, parameter) in names.items()
    }


AS_PYTORCH = {
    "0.weight": (0, "weight"), "0.bias": (0, "bias"), "4.weight": (4, "weight"),
    "4.bias": (4, "bias"), "6.weight": (6, "weight"),
}  # fmt: skip
AS_PEOPLE = {
    "dW1": (0, "weight"), "db1": (0, "bias"), "dW2": (4, "weight"), "db2": (4, "bias"),
    "dW3": (6, "weight"), "dx": (-1, None),
}  # fmt: skip
AS_MODULES = {
    "conv1.weight.grad": (0, "weight"), "conv1.bias.grad": (0, "bias"),
    "fc1.weight.grad": (4, "weight"), "fc1.bias.grad": (4, "bias"),
    "fc2.weight.grad": (6, "weight"),
}  # fmt: skip


@pytest.fixture
def check_all(client):
    def post(status=200, **given):
        response = client.post("/api/check", json={"network": DOCUMENT, **given})
        assert response.status_code == status, response.text
        return response.json

    return post


@pytest.mark.parametrize("names", [AS_PYTORCH, AS_PEOPLE, AS_MODULES])
def test_arrays_are_matched_by_shape_and_name(check_all, names):
    given = {name: array.tolist() for name, array in gradients(names).items()}
    answer = check_all(arrays=given)
    assert answer["right"]
    assert "first" not in answer
    found = {
        each["name"]: (each["of"]["layer"], each["of"]["parameter"]) for each in answer["arrays"]
    }
    assert found == names


def test_the_first_wrong_array_is_told_from_the_loss_back(check_all):
    given = gradients(AS_PYTORCH)
    given["0.weight"] = given["0.weight"] * 2
    given["4.weight"] = given["4.weight"] * 2
    answer = check_all(arrays={name: array.tolist() for name, array in given.items()})
    assert not answer["right"]
    assert answer["first"] == {"layer": 4, "parameter": "weight"}
    assert answer["sentence"].startswith(
        "2 of 5 arrays are wrong. From the loss back, the first is weight of layer 4"
    )
    order = [each["of"]["layer"] for each in answer["arrays"]]
    assert order == sorted(order, reverse=True)
    (mistake, *_) = answer["arrays"][1]["check"]["mistakes"]
    assert mistake["codes"] == ["scaled"]


def test_nothing_is_said_of_what_was_not_given(check_all):
    given = {"6.weight": TRACE.parameters[6]["weight"].tolist()}
    answer = check_all(arrays=given)
    assert answer["right"]
    assert answer["sentence"].startswith("The array that was given is right. Nothing is said of")
    assert {"layer": 0, "parameter": "weight"} in answer["missing"]


def test_an_array_of_no_gradients_shape_is_left_out_and_so_the_whole_is_not_right(check_all):
    given = {"6.weight": TRACE.parameters[6]["weight"].tolist(), "other": [[1, 2, 3, 4, 5]]}
    answer = check_all(arrays=given)
    assert not answer["right"]
    assert answer["left_out"][0]["name"] == "other"
    assert "Not judged: “other”." in answer["sentence"]


def test_an_array_that_may_be_two_gradients_is_asked_about(client):
    square = {"type": "linear", "weight": [[1, 2], [3, 4]]}
    network = {
        "input": [1, 2], "layers": [square, square],
        "head": {"type": "upstream", "gradient": [1, 1]},
    }  # fmt: skip
    body = {"network": network, "arrays": {"dW": [[1, 2], [3, 4]]}}
    response = client.post("/api/check", json=body)
    assert response.status_code == 422
    (problem,) = response.json["errors"]
    assert problem["loc"] == ["arrays", "dW"]
    assert "call it “1.weight”" in problem["msg"]


def test_a_text_may_hold_all_of_them(check_all):
    given = gradients(AS_PEOPLE)
    text = "\n".join(f"{name} = {array.tolist()}" for name, array in given.items())
    answer = check_all(arrays={"pasted": text})
    assert answer["right"]
    assert len(answer["arrays"]) == len(AS_PEOPLE)


def saved(arrays, form):
    out = io.BytesIO()
    np.savez(out, **arrays) if form == "npz" else np.save(out, arrays)
    return out.getvalue()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_npz_holds_all_of_them(check_all, dtype):
    given = {name: array.astype(dtype) for name, array in gradients(AS_MODULES).items()}
    data = base64.b64encode(saved(given, "npz")).decode()
    answer = check_all(files=[{"name": "grads.npz", "base64": data}])
    assert answer["right"]
    assert len(answer["arrays"]) == len(AS_MODULES)


def test_a_file_that_would_run_code_is_refused(check_all):
    out = io.BytesIO()
    np.save(out, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    data = base64.b64encode(out.getvalue()).decode()
    answer = check_all(422, files=[{"name": "dx.npy", "base64": data}])
    assert answer["errors"][0]["loc"] == ["files", "dx.npy"]


@pytest.mark.parametrize(
    ("given", "loc", "words"),
    [
        ({}, ["of"], "This field is missing: add it."),
        ({"arrays": {}}, ["arrays"], "There is no array here"),
        ({"arrays": {"a": "x"}}, ["arrays", "a"], "“x” is not a number"),
        ({"files": [{"name": "a", "base64": "!"}]}, ["files", 0, "base64"], "not base64"),
        ({"files": [{"name": "a", "base64": "//8="}]}, ["files", "a"], "neither text nor a file"),
        ({"arrays": {"a": [1]}, "text": "1"}, ["text"], "Send either one array"),
        ({"arrays": {"a": [1]}, "files": []}, ["arrays"], "Send either one array"),
    ],
)
def test_what_cannot_be_checked_says_where(check_all, given, loc, words):
    (problem,) = check_all(422, **given)["errors"]
    assert problem["loc"] == loc
    assert words in problem["msg"]


def test_arrays_of_one_shape_come_in_their_order():
    network = TRACE.network
    some = [where for where in places(network) if where.parameter == "bias"]
    assert match(network, ["first", "second"], [some, some]) == [
        [Where(0, "bias")], [Where(4, "bias")],
    ]  # fmt: skip


def test_the_recipe_of_the_readme_works(tmp_path, monkeypatch):
    text = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")
    (recipe,) = [
        code for code in re.findall(r"```python\n(.*?)```", text, re.S) if "judged" in code
    ]
    recipe = recipe.replace(
        '"gradient-routing", "check"', f'{sys.executable!r}, "-m", "app", "check"'
    )
    (tmp_path / "test_recipe.py").write_text(recipe)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    space: dict[str, Any] = {}
    exec(compile(recipe, "README.md", "exec"), space)
    space["test_my_backward_pass"]()


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path):
    (tmp_path / "net.json").write_text(json.dumps(DOCUMENT))

    def call(*arguments, stdin=None):
        done = subprocess.run(
            [sys.executable, "-m", "app", "check", *map(str, arguments)],
            capture_output=True, text=True, input=stdin, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return call, tmp_path


def test_the_command_tells_by_its_status(command):
    call, folder = command
    right = gradients(AS_PYTORCH)
    np.savez(folder / "right.npz", **right)
    status, out, _ = call(folder / "net.json", folder / "right.npz")
    assert (status, out.startswith("All 5 arrays that were given are right.")) == (0, True)
    np.save(folder / "0.weight.npy", right["0.weight"] / 3)
    status, out, _ = call(folder / "net.json", folder / "0.weight.npy")
    assert status == 1
    assert "WRONG  0.weight" in out
    assert "times 1/3" in out
    status, out, _ = call("--json", folder / "net.json", folder / "0.weight.npy")
    assert (status, json.loads(out)["right"]) == (1, False)
    status, out, error = call(folder / "net.json", folder / "absent.npy")
    assert (status, out) == (2, "")
    assert error.strip().endswith("absent.npy: No such file or directory.")
    (folder / "other.csv").write_text("1,2,3,4,5\n")
    assert call(folder / "net.json", folder / "other.csv")[0] == 2


def test_the_command_reads_text_and_knows_the_lessons(command):
    call, _ = command
    trace = run(Document.model_validate(LESSONS["pool-convolution"].network))
    text = f"dx = {trace.gradients[0].tolist()}"
    assert call("pool-convolution", "-", stdin=text)[0] == 0
