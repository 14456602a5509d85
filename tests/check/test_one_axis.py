"""Pasted gradients of networks along one axis: layouts, mistakes, and the words of one axis."""

import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from app.check.lines import LINES, along_one_axis
from app.document.building import build, run
from app.document.document import Document
from tests.engine.plain_loops import Run, gradients

RNG = np.random.default_rng(9)


def numbers(*shape):
    return RNG.uniform(-1.5, 1.5, shape).round(2).tolist()


DOCUMENT = {
    "version": 1,
    "input": numbers(2, 9),
    "layers": [
        {"type": "conv1d", "weight": numbers(4, 2, 3), "bias": numbers(4), "padding": 1,
         "stride": 2},
        {"type": "leaky_relu", "negative_slope": 0.25},
        {"type": "max_pool1d", "kernel": 3, "stride": 1, "padding": 1},
        {"type": "avg_pool1d", "kernel": 2},
    ],
    "head": {"type": "upstream", "gradient": numbers(4, 2)},
}  # fmt: skip
BATCH = {
    **DOCUMENT, "batch": True, "input": numbers(3, 2, 9),
    "head": {"type": "upstream", "gradient": numbers(3, 4, 2)},
}  # fmt: skip
TRACE, TRACE_OF_BATCH = (run(Document.model_validate(each)) for each in (DOCUMENT, BATCH))
CELLS, MAP = TRACE.gradients[:2]
WEIGHT = TRACE.parameters[0]["weight"]
OF_INPUT, OF_OUTPUT, OF_WEIGHT = {"layer": -1}, {"layer": 0}, {"layer": 0, "parameter": "weight"}


@pytest.fixture
def check(client):
    def post(network=DOCUMENT, status=200, **given):
        response = client.post("/api/check", json={"network": network, **given})
        assert response.status_code == status, response.text
        return response.json

    return post


def right(where):
    layer, parameter = where
    return TRACE.parameters[layer][parameter] if parameter else TRACE.gradients[layer + 1]


# --- right arrays -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_right_arrays_are_right_in_any_arithmetic_and_as_they_are_printed(check, dtype):
    net = build(Document.model_validate(DOCUMENT))
    for (layer, name), array in gradients(net, dtype).items():
        of = {"layer": layer} | ({"parameter": name} if name else {})
        assert check(of=of, array=array.astype(float).tolist())["right"]
        for digits in (4, 8):
            text = np.array2string(array, separator=", ", precision=digits)
            assert check(of=of, text=text)["right"], (of, text)


LAYOUTS = [
    ("channels_last", OF_INPUT, CELLS.T, "positions × channels"),
    ("channels_last", OF_OUTPUT, MAP.T, "positions × channels"),
    ("flat", OF_INPUT, CELLS.ravel(), ""),
    ("channels_last_flat", OF_INPUT, CELLS.T.ravel(), "in one row"),
    ("padded", OF_INPUT, np.pad(CELLS, ((0, 0), (1, 1))), "cut the padding off, dx[:, 1:-1]"),
    ("padded", OF_INPUT, np.pad(CELLS, ((0, 0), (1, 1))).T, "cut the padding off, dx[1:-1, :]"),
    ("same", OF_INPUT, CELLS[:, None], ""),
    ("same", OF_INPUT, CELLS[None], ""),
    ("wio", OF_WEIGHT, WEIGHT.transpose(2, 1, 0), "positions × input channels × output channels"),
    ("owi", OF_WEIGHT, WEIGHT.transpose(0, 2, 1), "output channels × positions × input channels"),
    ("iow", OF_WEIGHT, WEIGHT.transpose(1, 0, 2), "input channels × output channels × positions"),
    ("reordered", OF_WEIGHT, WEIGHT.transpose(1, 2, 0), "input channels × positions × output"),
    ("reordered", OF_WEIGHT, WEIGHT.transpose(2, 0, 1), "positions × output channels × input"),
    ("same", OF_WEIGHT, WEIGHT[:, :, None], ""),
]


@pytest.mark.parametrize(("name", "of", "array", "said"), LAYOUTS)
def test_a_right_array_is_right_in_any_layout_and_its_layout_is_named(check, name, of, array, said):
    answer = check(of=of, text=json.dumps(array.tolist()))
    assert answer["right"]
    assert (answer["difference"] == np.zeros_like(answer["difference"])).all()
    assert answer["layout"]["name"] == name
    assert said in answer["sentence"]


CELLS_OF_BATCH = TRACE_OF_BATCH.gradients[0]
LAYOUTS_OF_BATCH = [
    ("same", CELLS_OF_BATCH),
    ("channels_last", CELLS_OF_BATCH.transpose(0, 2, 1)),
    ("examples_last", CELLS_OF_BATCH.transpose(1, 2, 0)),
    ("flat", CELLS_OF_BATCH.reshape(3, -1)),
    ("channels_last_flat", CELLS_OF_BATCH.transpose(0, 2, 1).reshape(3, -1)),
    ("padded", np.pad(CELLS_OF_BATCH, ((0, 0), (0, 0), (1, 1)))),
]


@pytest.mark.parametrize(("name", "array"), LAYOUTS_OF_BATCH)
def test_a_batch_of_them_is_right_in_any_layout(check, name, array):
    answer = check(BATCH, of=OF_INPUT, text=json.dumps(array.tolist()))
    assert answer["right"]
    assert answer["layout"]["name"] == name
    assert np.array_equal(answer["given"], CELLS_OF_BATCH)


def test_one_example_of_a_batch_is_found_from_its_numbers(check):
    answer = check(BATCH, of=OF_INPUT, array=CELLS_OF_BATCH[2].tolist())
    assert (answer["right"], answer["example"]) == (True, 2)
    turned = check(BATCH, of=OF_INPUT, text=json.dumps(CELLS_OF_BATCH[1].T.tolist()))
    assert (turned["example"], turned["layout"]["name"]) == (1, "channels_last")


def test_a_kernel_as_keras_stores_it_is_right_where_its_shape_tells_nothing(check):
    network = {
        "input": numbers(2, 6), "layers": [{"type": "conv1d", "weight": numbers(3, 2, 3)}],
        "head": {"type": "upstream", "gradient": numbers(3, 4)},
    }  # fmt: skip
    own = run(Document.model_validate(network)).parameters[0]["weight"]
    answer = check(network, of=OF_WEIGHT, array=own.transpose(2, 1, 0).tolist())
    assert (answer["right"], answer["layout"]["name"]) == (True, "wio")


def test_an_array_of_another_shape_is_told_channels_and_positions(check):
    (error,) = check(status=422, of=OF_INPUT, text="[[1, 2, 3], [4, 5, 6]]")["errors"]
    assert "2 × 9 (channels × positions)" in error["msg"]
    (error,) = check(status=422, of=OF_WEIGHT, array=[[1, 2], [3, 4]])["errors"]
    assert "4 × 2 × 3 (output channels × input channels × positions)" in error["msg"]


def test_gradients_through_copied_padding_are_right_too(check):
    for mode in ("reflect", "replicate"):
        layer = {**DOCUMENT["layers"][0], "padding_mode": mode}
        network = {**DOCUMENT, "layers": [layer, *DOCUMENT["layers"][1:]]}
        trace = run(Document.model_validate(network))
        assert check(network, of=OF_INPUT, array=trace.gradients[0].tolist())["right"]
        weight = trace.parameters[0]["weight"].tolist()
        assert check(network, of=OF_WEIGHT, array=weight)["right"]


# --- wrong arrays -------------------------------------------------------------------------------

WHERE = {"bias": (0, "bias"), "weight": (0, "weight"), "input": (-1, None), "map": (1, None)}
SAID = [
    ("unflipped", "input", "must reverse it", "np.convolve(g0, W0, 'full')"),
    ("half_turned", "input", "in reverse order", "F.conv_transpose1d(g0, W0)"),
    ("convolved", "weight", "(np.correlate)", "F.conv1d(x0, g0.flip(2))"),
    ("stride_forgotten", "input", "as if there were no stride", "dx0[:, i*2:i*2+3] += …"),
    ("padding_cut", "input", "dx[:, p:-p]", "dx_padded0[:, 1:1+length]"),
    ("unpadded_input", "weight", "zeros included", "F.conv1d(x0, g0, padding=1)"),
    ("bias_one_cell", "bias", "the gradient of position", "db0 = g0.sum((0, 2))"),
    ("bias_all_kernels", "bias", "the sum over all kernels", "db0 = g0.sum(1)"),
    ("one_channel", "weight", "met the first channel", "F.conv1d(x0[:, :1], g0)"),
    ("spread", "map", "given to all its cells", "dx2[i:i+3] += g2[i]"),
    ("local_index", "map", "its place in the channel", "dx2[i*1 + window.argmax()] += g2"),
    ("avg_undivided", "map", "divided likewise", "dx3[i:i+2] += g3[i] / 2"),
    ("avg_divided_twice", "map", "twice", "g3 / 2 / 2"),
    ("avg_to_maximum", "map", "a max pool’s backward pass", "F.max_unpool1d(g3, indices, 2)"),
    ("transposed", "input", "input and output channels", "dx0 = W0 @ g0"),
]


@pytest.mark.parametrize(("word", "where", "said", "line"), SAID)
def test_a_mistake_is_named_in_the_words_of_one_axis(check, word, where, said, line):
    layer, parameter = WHERE[where]
    net = build(Document.model_validate(DOCUMENT))
    wrong = Run(net, np.float64, word).backwards()[layer, parameter]
    assert not np.allclose(wrong, right((layer, parameter)))
    of = {"layer": layer} | ({"parameter": parameter} if parameter else {})
    answer = check(of=of, array=wrong.tolist())
    mistake = next(each for each in answer["mistakes"] if each["codes"] == [word])
    assert said in mistake["sentence"]
    assert any(line in each for each in (*mistake["lines"]["numpy"], *mistake["lines"]["pytorch"]))
    assert not re.search(r"\brow\b|column|\bmap\b", mistake["title"] + mistake["sentence"])


OF_MAPS_ONLY = ("winner_exchanged", "avg_by_side")


def test_no_line_of_code_speaks_of_a_second_axis():
    every: dict[str, Any] = {**LINES}
    for code, lines in every.items():
        if code not in OF_MAPS_ONLY:
            for line in lines:
                along = along_one_axis(line)
                left = re.search(r"2d|\bj\b|height|width|k\*\*2|\(2, 3\)|row|column", along)
                assert not left, (code, along)


def test_a_mistake_in_a_batch_of_them_is_named(check):
    answer = check(BATCH, of=OF_INPUT, array=CELLS_OF_BATCH[:, :, ::-1].tolist())
    assert ["half_turned"] in [each["codes"] for each in answer["mistakes"]]


# --- the other ways in --------------------------------------------------------------------------


def test_all_arrays_are_checked_at_once_and_the_first_wrong_one_is_where_one_begins(client):
    arrays = {
        "0.weight": (WEIGHT * 2).tolist(),
        "0.bias": TRACE.parameters[0]["bias"].tolist(),
        "input": CELLS.tolist(),
    }
    answer = client.post("/api/check", json={"network": DOCUMENT, "arrays": arrays}).json
    assert answer["first"] == {"layer": 0, "parameter": "weight"}
    assert [each["check"]["right"] for each in answer["arrays"]] == [False, True, True]
    assert answer["arrays"][0]["title"] == "weight of layer 0, 1-D convolution"


def test_the_command_checks_them(tmp_path):
    network, own, wrong = (tmp_path / name for name in ("network.json", "dx.npy", "dW0.npy"))
    network.write_text(json.dumps(DOCUMENT))
    np.save(own, CELLS.astype(np.float32))
    np.save(wrong, WEIGHT[:, :, ::-1])
    command = [sys.executable, "-m", "app", "check", str(network)]
    assert subprocess.run([*command, str(own)], check=False).returncode == 0
    told = subprocess.run(
        [*command, str(own), str(wrong)], check=False, capture_output=True, text=True
    )
    assert told.returncode == 1
    assert "in reverse order" in told.stdout


def test_a_guess_is_told_its_mistake(client):
    cell = {"layer": -1, "index": [0, 3]}
    wrong = float(Run(build(Document.model_validate(DOCUMENT)), np.float64, "unflipped")
                  .backwards()[-1, None][0, 3])  # fmt: skip
    asked = {"network": DOCUMENT, "cell": cell, "guess": wrong}
    answer = client.post("/guess", json=asked).json
    assert not answer["right"]
    assert "“Gathered with an unflipped kernel”" in answer["sentence"]
