"""Models and weights along one axis: ONNX written by hand, and weights without a graph."""

import numpy as np
import pytest

from app.builder.gallery import gallery
from app.builder.status import status_of
from app.files.loading import File
from tests.files.onnx_writer import node
from tests.files.test_loading import in_every_form, layers_of, onnx, opened, refusal, state_dict

WEIGHT = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
SHAPE = (1, 2, 8)


def test_every_option_of_a_convolution_is_read():
    grouped = WEIGHT[:, :1]
    conv = node("Conv", ["x", "w"], ["y"], group=2, pads=[0, 2], strides=[3], dilations=[2])
    (layer,) = layers_of(conv, out="y", shape=SHAPE, w=grouped)
    assert layer == {
        "type": "conv1d", "weight": grouped.tolist(), "groups": 2, "stride": 3, "dilation": 2,
        "padding": [0, 2],
    }  # fmt: skip
    for auto, padding in (("SAME_UPPER", [1, 2]), ("SAME_LOWER", [2, 1]), ("VALID", None)):
        even = np.ones((1, 2, 4), np.float32)
        conv = node("Conv", ["x", "w"], ["y"], auto_pad=auto)
        (layer,) = layers_of(conv, out="y", shape=SHAPE, w=even)
        assert layer.get("padding") == padding
    conv = node("Conv", ["x", "w"], ["y"], pads=[1, 1], kernel_shape=[3])
    (layer,) = layers_of(conv, out="y", shape=SHAPE, w=WEIGHT)
    assert layer == {"type": "conv1d", "weight": WEIGHT.tolist(), "padding": 1}


def test_pools_have_the_defaults_of_onnx():
    (pool,) = layers_of(node("MaxPool", ["x"], ["y"], kernel_shape=[2]), out="y", shape=SHAPE)
    assert pool == {"type": "max_pool1d", "kernel": 2, "stride": 1}
    options = {"kernel_shape": [3], "pads": [1, 1], "strides": [2], "ceil_mode": 1}
    (mean,) = layers_of(node("AveragePool", ["x"], ["y"], **options), out="y", shape=SHAPE)
    assert mean == {
        "type": "avg_pool1d", "kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True,
        "count_include_pad": False,
    }  # fmt: skip
    (whole,) = layers_of(node("GlobalMaxPool", ["x"], ["y"]), out="y", shape=SHAPE)
    assert whole == {"type": "max_pool1d", "kernel": 8}
    (whole,) = layers_of(node("GlobalAveragePool", ["x"], ["y"]), out="y", shape=SHAPE)
    assert whole == {"type": "avg_pool1d", "kernel": 8}


def test_a_bias_behind_a_convolution_is_its_own_unless_it_differs_along_the_axis():
    conv = node("Conv", ["x", "w"], ["c"])
    nodes = conv, node("Add", ["c", "b"], ["y"])
    (layer,) = layers_of(*nodes, out="y", shape=SHAPE, w=WEIGHT, b=np.array([[[7.0], [8]]]))
    assert layer["bias"] == [7, 8]
    model = onnx(*nodes, out="y", shape=SHAPE, w=WEIGHT, b=np.ones((1, 2, 6)))
    assert "another number to each place" in refusal(File("m.onnx", model))


def test_a_model_goes_on_to_a_row_of_scores():
    nodes = (
        node("Conv", ["x", "w"], ["c"]), node("Relu", ["c"], ["r"]),
        node("MaxPool", ["r"], ["p"], kernel_shape=[2], strides=[2]),
        node("Flatten", ["p"], ["f"]), node("Gemm", ["f", "m"], ["g"]),
        node("Softmax", ["g"], ["y"], axis=-1),
    )  # fmt: skip
    matrix = np.ones((6, 3), np.float32)
    found = opened("m.onnx", onnx(*nodes, out="y", shape=SHAPE, w=WEIGHT, m=matrix))
    kinds = [layer["type"] for layer in found["network"]["layers"]]
    assert kinds == ["conv1d", "relu", "max_pool1d", "flatten", "linear"]
    assert found["network"]["head"] == {"type": "cross_entropy", "target": 0}
    assert np.shape(found["network"]["input"]) == (2, 8)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"strides": [1, 1]}, "1 whole numbers"),
        ({"pads": [1]}, "2 whole numbers"),
        ({"dilations": [9]}, "19"),
        ({"kernel_shape": [2]}, "kernel_shape"),
    ],
)
def test_an_option_that_cannot_be_shown_is_named(changed, said):
    model = onnx(node("Conv", ["x", "w"], ["y"], **changed), out="y", shape=SHAPE, w=WEIGHT)
    assert said in refusal(File("m.onnx", model))


def test_what_does_not_fit_an_input_along_one_axis_says_what_to_do():
    model = onnx(node("Relu", ["x"], ["y"]), out="y", shape=SHAPE)
    assert "[1, channels, 1, positions]" in refusal(File("m.onnx", model))
    cube = np.ones((1, 1, 2, 2, 2), np.float32)
    model = onnx(node("Conv", ["x", "w"], ["y"]), out="y", shape=SHAPE, w=cube)
    assert "3 axes, not one or two" in refusal(File("m.onnx", model))
    model = onnx(node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2]), out="y", shape=SHAPE)
    assert "max_pool1d" in refusal(File("m.onnx", model))


# --- weights alone ------------------------------------------------------------------------------


def layers():
    rng = np.random.default_rng(2)
    return [
        {"type": "conv1d", "weight": rng.normal(size=(4, 2, 5)).tolist(), "bias": [1, 2, 3, 4]},
        {"type": "relu"},
        {"type": "max_pool1d", "kernel": 2},
        {"type": "conv1d", "weight": rng.normal(size=(3, 4, 3)).tolist()},
        {"type": "relu"},
        {"type": "max_pool1d", "kernel": 2},
        {"type": "flatten"},
        {"type": "linear", "weight": rng.normal(size=(5, 18)).tolist()},
    ]


def test_weights_alone_propose_a_signal_and_every_choice_fits():
    for name, data in in_every_form(state_dict(layers())):
        found = opened(name, data)
        assert found["network"]["layers"] == layers()
        assert np.shape(found["network"]["input"]) == (2, 32)
        assert found["choices"][0] == "input 2 × 32, a max pool of 2 after each convolution"
        for choice in range(len(found["choices"])):
            network = opened(name, data, choice=choice)["network"]
            assert status_of(network).fits
            weights = [each["weight"] for each in network["layers"] if "weight" in each]
            assert weights == [each["weight"] for each in layers() if "weight" in each]


def test_the_weights_of_a_drawn_signal_come_back_without_matrices():
    own = gallery()["signal"].network()["layers"]
    ((name, data), *_) = in_every_form(state_dict(own))
    found = opened(name, data)
    assert found["network"]["layers"][0] == own[0]
    assert len(np.shape(found["network"]["input"])) == 2


def test_beside_kernels_of_maps_an_array_of_three_axes_is_left_out():
    arrays = {"conv.weight": np.ones((2, 1, 3, 3)), "positions": np.ones((1, 4, 8))}
    ((name, data), *_) = in_every_form(arrays)
    found = opened(name, data)
    assert {layer["type"] for layer in found["network"]["layers"]} >= {"conv2d"}
    assert any("“positions”" in note for note in found["notes"])
