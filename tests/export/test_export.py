import ast
import contextlib
import importlib.util
import io
import itertools
import re
import subprocess
import sys
from functools import partial
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter

from app.engine.heads import (
    BinaryCrossEntropy,
    BinaryCrossEntropyWithLogits,
    CrossEntropy,
    Huber,
    MeanSquaredError,
    SmoothL1,
)
from app.engine.layers import (
    AvgPool2d,
    Elu,
    Flatten,
    Gelu,
    Hardtanh,
    Identity,
    LeakyRelu,
    LogSoftmax,
    Relu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)
from app.engine.network import Network
from app.export import ExportAnswer, export
from app.export.numbers import literal, unsettled
from app.lessons import LESSONS
from app.lessons.founding_question import LESSON as FOUNDING_QUESTION
from tests.networks import (
    conv,
    founding_question,
    linear,
    max_pool,
    network,
    networks,
    numbers,
    tie,
)
from tests.oracle.documents import built
from tests.oracle.oracle import batch_of

Script = Literal["numpy", "pytorch"]
AGREE = "All of these are the numbers on the screen."
HAS_TORCH = importlib.util.find_spec("torch") is not None


def run(name, script):
    """Run a script in this process and return what it prints."""
    code = compile(script, f"<{name}>", "exec")
    if name == "pytorch" and not HAS_TORCH:
        return AGREE  # that it compiles is all that can be said here; CI has PyTorch
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, {"__name__": "__main__"})
    finally:
        if name == "pytorch":
            import torch

            torch.set_default_dtype(torch.float32)
    return printed.getvalue()


def runs_and_agrees(net):
    for name, script in export(net.trace()).items():
        assert run(name, script).endswith(f"{AGREE}\n" if HAS_TORCH or name == "numpy" else AGREE)


def some_map(*shape, seed=0):
    return np.random.default_rng(seed).integers(-12, 13, shape) / 8


# --- they run, and agree ------------------------------------------------------------------------


@given(networks())
def test_the_scripts_of_any_network_agree_with_it(net):
    runs_and_agrees(net)


@given(networks(most_layers=3))
@settings(max_examples=50)
def test_they_agree_where_numbers_are_not_exact_and_nearly_tied(net):
    # On a grid of 0.1, sums that should be equal differ in their last digit, or do not, depending
    # on the order of adding: a maximum of such sums would be another cell elsewhere.
    layers = list(net.layers)
    for i, layer in enumerate(layers):
        for name, array in layer.parameters.items():
            layers[i] = layers[i].with_parameter(name, array * 0.8)

    def bound(part):
        return lambda shape: part

    runs_and_agrees(Network(net.x * 0.8, map(bound, layers), bound(net.head)))


@pytest.mark.parametrize("ties", ["first", "last", "split", "all"])
def test_they_pay_ties_by_the_networks_rule(ties):
    runs_and_agrees(tie(ties))
    x = np.zeros((2, 5, 4))
    x[:, ::2, ::2] = 1
    for options in (
        {"padding": (1, 1), "stride": (2, 1)},
        {"kernel": (3, 2), "dilation": (1, 2), "ceil_mode": True},
        {"kernel": (2, 2), "stride": (3, 3)},
    ):
        pool = max_pool(ties=ties, **options)
        shape = pool(x.shape).shape
        runs_and_agrees(network(x, pool, gradient=1 + np.arange(np.prod(shape)).reshape(shape)))


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "ceil_mode"),
    [
        (kernel, stride, padding, ceil_mode)
        for kernel, stride, padding, ceil_mode in itertools.product(
            [(1, 1), (2, 3), (3, 3)], [(1, 1), (2, 3), (4, 1)], [(0, 0), (1, 1)], [False, True]
        )
        if all(p <= k // 2 for p, k in zip(padding, kernel, strict=True))
    ],
)
def test_they_know_every_option_of_a_pool(kernel, stride, padding, ceil_mode):
    x = some_map(2, 6, 5)
    options = {"kernel": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    pools = [
        max_pool(dilation=(1, 2), **options) if kernel[1] < 3 else max_pool(**options),
        partial(AvgPool2d, count_include_pad=True, **options),
        partial(AvgPool2d, count_include_pad=False, **options),
    ]
    for pool in pools:
        runs_and_agrees(network(x, pool, gradient=some_map(*pool(x.shape).shape, seed=1)))


@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("padding", [(0, 0), (2, 1)])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 1)])
@pytest.mark.parametrize("bias", [None, [0.5, -1, 2]])
def test_they_know_every_option_of_a_convolution(stride, padding, dilation, bias):
    x = some_map(2, 6, 5)
    layer = conv(
        some_map(3, 2, 2, 3, seed=1), bias, stride=stride, padding=padding, dilation=dilation
    )
    runs_and_agrees(network(x, layer, gradient=some_map(*layer(x.shape).shape, seed=2)))


@pytest.mark.parametrize("padding_mode", ["reflect", "replicate"])
@pytest.mark.parametrize("padding", [(3, 1), (0, 2, 1, 0), "same"])
@pytest.mark.parametrize("groups", [1, 2])
def test_they_know_padding_that_copies_cells(padding_mode, padding, groups):
    x = some_map(2, 5, 4)
    options = {"padding_mode": padding_mode, "padding": padding, "groups": groups}
    layer = conv(some_map(2, 2 // groups, 3, 2, seed=1), [1, 2], dilation=(1, 2), **options)
    runs_and_agrees(network(x, layer, gradient=some_map(*layer(x.shape).shape, seed=2)))


@pytest.mark.parametrize(
    "activation",
    [
        Relu,
        partial(LeakyRelu, negative_slope=0.3),
        Sigmoid,
        Tanh,
        Identity,
        partial(Hardtanh, min_val=-2.5, max_val=700.0),
        partial(Elu, alpha=-0.3),
        Gelu,
        partial(Gelu, approximate="tanh"),
        Silu,
        Softmax,
        LogSoftmax,
        Softplus,
        partial(Softplus, beta=0.5, threshold=1.0),
    ],
)
def test_they_know_every_activation_far_from_0_too(activation):
    runs_and_agrees(network([-800, -2.5, 0, 2.5, 800], activation, gradient=[1, 2, 3, 4, 5]))


@pytest.mark.parametrize(
    "head",
    [
        partial(CrossEntropy, target=1),
        partial(MeanSquaredError, target=numbers([1, 2])),
        partial(MeanSquaredError, target=numbers([1, 2]), reduction="sum"),
        partial(BinaryCrossEntropyWithLogits, target=numbers([1, 0.25])),
        partial(BinaryCrossEntropyWithLogits, target=numbers([0, 1]), reduction="sum"),
        partial(SmoothL1, target=numbers([1, 2]), beta=0.5),
        partial(SmoothL1, target=numbers([1, 200]), reduction="sum", beta=3.0),
        partial(Huber, target=numbers([1, 2]), delta=0.5),
        partial(Huber, target=numbers([1, 200]), reduction="sum", delta=3.0),
    ],
)
def test_they_know_every_loss(head):
    for scale in (1, 1000):
        runs_and_agrees(network([scale, -2], linear([[1, 2], [3, 0.5]], [0, 1]), head=head))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_they_know_binary_cross_entropy_at_its_ends_too(reduction):
    head = partial(BinaryCrossEntropy, target=numbers([0, 1, 0.25, 1]), reduction=reduction)
    runs_and_agrees(network([0.5, 0.25, 0.125, 1], Identity, head=head))
    runs_and_agrees(network([0, 0, 1, 0.5], Identity, head=head))


def test_they_repeat_numbers_of_any_size():
    for size in (1e-200, 1e-12, 1e12, 1e150):
        runs_and_agrees(network([size, 3 * size], linear([[0.1, -1 / 30]]), gradient=[size]))


def test_the_scripts_of_every_lesson_agree(client):
    for lesson in LESSONS.values():
        response = client.post("/api/export", json={"network": lesson.network})
        scripts = TypeAdapter(ExportAnswer).validate_json(response.data, strict=True)
        assert AGREE in run("pytorch", scripts["pytorch"])
        assert AGREE in run("numpy", scripts["numpy"])


@pytest.mark.parametrize("name", ["numpy", "pytorch"])
def test_a_script_runs_on_its_own_with_warnings_as_errors(name: Script, tmp_path):
    path = tmp_path / f"{name}.py"
    path.write_text(export(founding_question().trace())[name], "utf-8")
    if name == "pytorch" and not HAS_TORCH:
        compile(path.read_text("utf-8"), path, "exec")
        return
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"{AGREE}\n")


@pytest.mark.parametrize("exact", [True, False])
def test_the_scripts_of_any_batch_agree_with_it(exact):
    for seed in range(100):
        try:
            runs_and_agrees(built(batch_of(seed, exact)))
        except AssertionError as error:
            error.add_note(f"batch_of({seed}, {exact})")
            raise


def test_the_script_of_a_batch_fails_where_the_sum_over_examples_is_another_one():
    net = built(batch_of(3, exact=True))
    scripts: Any = export(net.trace())
    for name, script in scripts.items():
        at = script.index("# --- what adds up")
        number = re.compile(r"\d+\.\d+").search(script, script.index("check(", at))
        assert number is not None
        other = script[: number.start()] + str(float(number[0]) + 1) + script[number.end() :]
        if name == "numpy" or HAS_TORCH:
            with pytest.raises(AssertionError):
                run(name, other)


# --- what they say ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["numpy", "pytorch"])
def test_they_print_every_gradient(name: Script):
    if name == "pytorch" and not HAS_TORCH:
        name = "numpy"
    printed = run(name, export(founding_question().trace())[name])
    outputs = ["x", "conv2d_0", "relu_1", "max_pool2d_2", "flatten_3", "linear_4"]
    for array in [*outputs, "weight_0", "bias_0", "weight_4", "bias_4"]:
        assert f"gradient of {array}:\n" in printed


@pytest.mark.parametrize("name", ["numpy", "pytorch"])
@pytest.mark.parametrize(
    "spoiled",
    ["gradient of x", "gradient of weight_0", "gradient of bias_4", "conv2d_0", "linear_4"],
)
def test_they_fail_where_a_number_is_another_one(name: Script, spoiled):
    script = export(founding_question().trace())[name]
    at = script.index(f'check("{spoiled}"')
    number = re.compile(r"\d+\.\d+").search(script, at)
    assert number is not None
    other = script[: number.start()] + str(float(number[0]) + 0.001) + script[number.end() :]
    assert ast.dump(ast.parse(other)) != ast.dump(ast.parse(script))
    if name == "numpy" or HAS_TORCH:
        with pytest.raises(AssertionError, match=spoiled):
            run(name, other)


@pytest.mark.parametrize("name", ["numpy", "pytorch"])
def test_they_fail_where_another_cell_won(name: Script):
    script = export(founding_question().trace())[name]
    other = script.replace("[[[5, 6],", "[[[5, 7],")
    assert other != script
    if name == "numpy" or HAS_TORCH:
        with pytest.raises(AssertionError):
            run(name, other)


def test_the_numpy_script_needs_numpy_alone_and_only_what_it_uses():
    script = export(network([2], linear([[0.5]]), gradient=[3]).trace())["numpy"]
    assert "def conv2d" not in script
    assert re.findall(r"^(?:import|from) (\w+)", script, re.MULTILINE) == ["numpy"]


def test_the_pytorch_script_says_so_where_pytorch_has_no_such_rule():
    assert "PyTorch's own max pooling pays the first" in export(tie("split").trace())["pytorch"]
    assert "F.max_pool2d(" in export(tie("first").trace())["pytorch"]


def test_the_lines_of_code_are_no_longer_than_a_page_is_wide():
    net = network(
        some_map(2, 6, 6),
        conv(some_map(2, 2, 3, 3), [1, 2], padding=(1, 1)),
        LeakyRelu,
        max_pool(ties="last"),
        partial(AvgPool2d, kernel=(2, 2), stride=(1, 1)),
        Flatten,
        linear(some_map(3, 8), [0, 1, 2]),
        head=partial(CrossEntropy, target=2),
    )
    scripts = export(net.trace())
    for script in (scripts["numpy"], scripts["pytorch"]):
        code = [line for line in script.splitlines() if not re.search(r"\d, -?\d|check\(", line)]
        assert max(map(len, code)) <= 100


@given(networks())
@settings(max_examples=30)
def test_every_number_is_written_so_that_it_reads_back_as_itself(net):
    trace = net.trace()
    for array in (*trace.values, *trace.gradients):
        assert (np.array(ast.literal_eval(literal(array))) == array).all()


def test_numbers_on_the_screen_are_taken_over_only_where_rounding_could_choose_the_route():
    def sums_to_settle(*x):
        layers = conv([[[[1, 1]]]]), max_pool((1, 3))
        return list(unsettled(network([[x]], *layers, gradient=[[[1]]]).trace()))

    # Another order of adding could tell 0.1 + 0.2 from 0.2 + 0.1, but not 0.5 + 0.25.
    assert sums_to_settle(0.1, 0.2, 0.1, 0) == [0]
    assert sums_to_settle(0.5, 0.25, 0.5, 0) == []
    assert sums_to_settle(0.1, 0.7, 0.3, 0) == []


# --- the route ----------------------------------------------------------------------------------


def test_a_trace_is_enough(client):
    body = {"network": FOUNDING_QUESTION.network}
    known = client.post("/api/trace", json=body).json["id"]
    assert client.post("/api/export", json={"trace": known}).json == (
        client.post("/api/export", json=body).json
    )


@pytest.mark.parametrize(
    ("body", "status", "loc"),
    [
        ({}, 422, ["network"]),
        ({"trace": "nobody"}, 404, ["trace"]),
        ({"network": {"input": [1]}}, 422, ["layers"]),
        ({"network": FOUNDING_QUESTION.network, "other": 1}, 422, ["other"]),
    ],
)
def test_what_cannot_be_exported_is_refused_at_its_place(client, body, status, loc):
    response = client.post("/api/export", json=body)
    assert response.status_code == status
    assert loc in [each["loc"] for each in response.json["errors"]]


def test_a_network_that_no_script_should_hold_is_refused(client, monkeypatch):
    monkeypatch.setattr("app.export.MAX_NUMBERS", 100)
    response = client.post("/api/export", json={"network": FOUNDING_QUESTION.network})
    assert response.status_code == 422
    (error,) = response.json["errors"]
    assert error["loc"] == ["network"]
    assert "Too large to export: this network has " in error["msg"]
    assert "at most 100." in error["msg"]
