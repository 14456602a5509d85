"""Files → documents: what PyTorch writes, weights alone, and what a network is saved as."""

import contextlib
import copy
import io
import json
from random import Random
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from app.builder.block import read_block
from app.builder.status import status_of
from app.document.building import build, run
from app.document.document import Document, Refusal
from app.engine.layers import KINDS
from app.files.loading import MAX_FILES, File, open_files
from app.files.saving import save, table
from app.files.snippets import ONNX, SEQUENTIAL
from app.lessons import LESSONS
from app.web.application import create_app
from app.web.jobs import Jobs
from app.web.site import Site
from tests.files.models import LENET, NAMES, exported
from tests.files.onnx_writer import graph_of, model_of, node, tensor
from tests.oracle.documents import draw


def opened(name, data, *more, choice=0):
    return open_files([File(name, data), *more], choice)


def refusal(*files, choice=0):
    with pytest.raises(Refusal) as refused:
        open_files(files, choice)
    ((place, message),) = refused.value.problems
    assert place[0] == "files"
    return message


def traced(network):
    return run(Document.model_validate(json.loads(json.dumps(network))))


def agree(network, figures):
    trace = traced(network)
    ours = {"gradient.-1": trace.gradients[0]}
    for i, own in enumerate(trace.parameters):
        ours[f"value.{i}"] = trace.values[i + 1]
        ours[f"gradient.{i}"] = trace.gradients[i + 1]
        ours |= {f"{name}.{i}": gradient for name, gradient in own.items()}
    assert ours.keys() == figures.keys()
    for key, figure in figures.items():
        np.testing.assert_allclose(ours[key], figure, 1e-10, 1e-12, err_msg=key)


# --- PyTorch ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_model_opens_from_onnx_and_every_figure_equals_pytorchs(name):
    model = exported(name, "onnx")
    given = io.BytesIO()
    np.save(given, model.x)
    found = opened("model.onnx", model.data, File("x.npy", given.getvalue()))
    assert "The input is “x”." in found["notes"]
    agree(found["network"], model.figures)


@pytest.mark.parametrize("name", NAMES)
def test_a_sequential_opens_from_the_snippet_and_every_figure_equals_pytorchs(name):
    model = exported(name, "snippet")
    network = opened("network.json", model.data)["network"]
    written = json.loads(model.data)
    if written["layers"][-1] == {"type": "softmax"} and "softmax" not in KINDS:
        # Then the head stands for it, whose figures are those of the other form.
        agree_with_other_form(name, network)
    else:
        assert network == written
        agree(network, model.figures)


def agree_with_other_form(name, network):
    """Without identities, which the other form leaves out."""
    changing = [each for each in network["layers"] if each["type"] != "identity"]
    agree({**network, "layers": changing}, exported(name, "onnx").figures)


def test_the_snippets_are_short():
    assert len(SEQUENTIAL.splitlines()) <= 11
    assert len(SEQUENTIAL.replace("\\\n", "").splitlines()) <= 10
    assert len(ONNX.splitlines()) == 1


def test_the_page_shows_the_snippets(client):
    assert client.get("/snippets").json == {"sequential": SEQUENTIAL, "onnx": ONNX}


# --- ONNX by hand -------------------------------------------------------------------------------

WEIGHT = np.arange(8, dtype=np.float32).reshape(2, 1, 2, 2)
CONV = node("Conv", ["x", "w"], ["c"], kernel_shape=[2, 2])


def onnx(*nodes, out, shape=(1, 1, 4, 4), **constants):
    tensors = [tensor(name, array) for name, array in constants.items()]
    return model_of(graph_of(nodes, tensors, ("x", shape), out))


def layers_of(*nodes, **options):
    network = opened("m.onnx", onnx(*nodes, **options))["network"]
    assert status_of(network).fits
    return network["layers"]


def test_defaults_are_onnxs_not_pytorchs():
    (pool,) = layers_of(node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2]), out="y")
    assert pool == {"type": "max_pool2d", "kernel": [2, 2], "stride": [1, 1]}
    pads = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    (mean,) = layers_of(node("AveragePool", ["x"], ["y"], **pads), out="y")
    assert mean["count_include_pad"] is False
    assert mean["padding"] == [1, 1]
    (leaky,) = layers_of(node("LeakyRelu", ["x"], ["y"]), out="y")
    assert leaky["negative_slope"] == 0.01


def test_a_gemm_is_read_with_all_its_options():
    weight = np.array([[1, 2], [3, 4], [5, 6]], np.float64)
    bias = np.array([1.0, 2.0])
    gemm = node("Gemm", ["x", "w", "b"], ["y"], alpha=2.0, beta=0.5)
    (layer,) = layers_of(gemm, out="y", shape=(1, 3), w=weight, b=bias)
    assert layer == {"type": "linear", "weight": (2 * weight.T).tolist(), "bias": [0.5, 1]}
    (layer,) = layers_of(node("Gemm", ["x", "w"], ["y"], transB=1), out="y", shape=(1, 2), w=weight)
    assert layer == {"type": "linear", "weight": weight.tolist()}


def test_a_product_with_a_weight_and_the_bias_behind_it_are_one_layer():
    weight = np.array([[1.0, 2], [3, 4]])
    nodes = node("MatMul", ["x", "w"], ["p"]), node("Add", ["b", "p"], ["y"])
    (layer,) = layers_of(*nodes, out="y", shape=(1, 2), w=weight, b=np.array([5.0, 6]))
    assert layer == {"type": "linear", "weight": [[1, 3], [2, 4]], "bias": [5, 6]}
    bias = np.array([[[7.0]], [[8]]])
    conv, _ = layers_of(
        CONV, node("Add", ["c", "b"], ["a"]), node("Relu", ["a"], ["y"]), out="y", w=WEIGHT, b=bias
    )
    assert conv["bias"] == [7, 8]


def test_groups_and_lopsided_padding_are_read():
    weight = np.arange(8, dtype=np.float32).reshape(2, 1, 2, 2)
    conv = node("Conv", ["x", "w"], ["y"], group=2, pads=[0, 1, 2, 0])
    (layer,) = layers_of(conv, out="y", shape=(1, 2, 4, 4), w=weight)
    # ONNX says top, left, bottom, right.
    assert layer == {
        "type": "conv2d", "weight": weight.tolist(), "groups": 2, "padding": [0, 2, 1, 0],
    }  # fmt: skip
    even = np.ones((1, 1, 2, 2), np.float32)
    for auto, padding in (("SAME_UPPER", [0, 1, 0, 1]), ("SAME_LOWER", [1, 0, 1, 0])):
        (layer,) = layers_of(node("Conv", ["x", "w"], ["y"], auto_pad=auto), out="y", w=even)
        assert layer["padding"] == padding


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16])
def test_numbers_of_every_kind_are_read_however_they_are_written(kind, raw):
    weight = np.array([[[[0.5, -1.25], [3, 65504]]]], kind)
    model = model_of(graph_of([CONV], [tensor("w", weight, raw)], ("x", (1, 1, 4, 4)), "c"))
    (layer,) = opened("m.onnx", model)["network"]["layers"]
    assert layer["weight"] == weight.tolist()


def test_what_changes_nothing_is_left_out_and_said():
    found = opened(
        "m.onnx",
        onnx(
            node("Dropout", ["x", "r"], ["d"], name="drop"), node("Relu", ["d"], ["e"]),
            node("Identity", ["e"], ["y"], name="same"), out="y", r=np.float32(0.5),
        ),
    )  # fmt: skip
    assert [each["type"] for each in found["network"]["layers"]] == ["relu"]
    assert found["notes"][:2] == [
        "Dropout “drop” is left out: it changes nothing once a network is trained.",
        "Identity “same” is left out: it changes nothing.",
    ]


def test_a_flatten_in_any_form_is_one():
    flat: Any = {"Flatten": ([], {}), "Reshape": (["s"], {})}
    for kind, (more, attributes) in flat.items():
        nodes = node(kind, ["x", *more], ["f"], **attributes), node("Relu", ["f"], ["y"])
        for shape in ([1, -1], [-1, 16], [0, -1], [1, 16]):
            found = layers_of(*nodes, out="y", s=np.array(shape))
            assert [each["type"] for each in found] == ["flatten", "relu"]


def test_padding_that_keeps_the_size_is_worked_out():
    weight = np.ones((1, 1, 3, 3), np.float32)
    conv = node("Conv", ["x", "w"], ["y"], auto_pad="SAME_UPPER")
    (layer,) = layers_of(conv, out="y", w=weight)
    assert layer["padding"] == [1, 1]
    (pool,) = layers_of(node("GlobalAveragePool", ["x"], ["y"]), out="y")
    assert pool["kernel"] == [4, 4]


def test_everything_that_cannot_be_shown_is_named_node_by_node():
    nodes = (
        node("Conv", ["x", "w"], ["a"], name="first", kernel_shape=[2, 2]),
        node("Einsum", ["a"], ["b"], name="odd"),
        node("LSTM", ["b"], ["c"]),
        node("Add", ["c", "a"], ["d"], name="skip"),
        node("Softmax", ["d"], ["y"], axis=0),
    )
    message = refusal(File("m.onnx", onnx(*nodes, out="y", w=WEIGHT)))
    for part in ("Einsum “odd”: there is no such layer here", "LSTM “c”", "Add “skip”: it does not",
                 "Softmax “y”"):  # fmt: skip
        assert part in message
    assert "first" not in message


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"auto_pad": "ODD"}, "auto_pad = ODD"),
        ({"kernel_shape": [3, 3]}, "kernel_shape"),
        ({"strides": [1, 2, 3]}, "2 whole numbers"),
        ({"strides": [-1, 1]}, "negative"),
        ({"strides": [0, 1]}, "at least 1"),
        ({"dilations": [9, 9]}, "10 × 10"),
    ],
)
def test_a_convolution_with_an_option_that_cannot_be_shown_says_which(changed, said):
    attributes = {"kernel_shape": [2, 2], **changed}
    model = onnx(node("Conv", ["x", "w"], ["y"], name="c1", **attributes), out="y", w=WEIGHT)
    message = refusal(File("m.onnx", model))
    assert "Conv “c1”" in message
    assert said in message


def test_a_model_for_many_examples_or_of_open_size_says_how_to_export_it():
    assert "export the model with one" in refusal(
        File("m.onnx", onnx(CONV, out="c", shape=(8, 1, 4, 4), w=WEIGHT))
    )
    assert "fixed" in refusal(File("m.onnx", onnx(CONV, out="c", shape=(1, 1, "h", 4), w=WEIGHT)))
    (layer,) = layers_of(CONV, out="c", shape=("batch", 1, 4, 4), w=WEIGHT)
    assert layer["type"] == "conv2d"


def test_numbers_in_a_second_file_are_read_only_from_one_that_was_given():
    data = bytes(64) + WEIGHT.tobytes()
    beside = {"location": "m.onnx.data", "offset": "64", "length": str(WEIGHT.nbytes)}

    def model(**changed):
        outside = tensor("w", WEIGHT, outside={**beside, **changed})
        return model_of(graph_of([CONV], [outside], ("x", (1, 1, 4, 4)), "c"))

    second = File("m.onnx.data", data)
    assert opened("m.onnx", model(), second)["network"]["layers"][0]["weight"] == WEIGHT.tolist()
    assert "external_data=False" in refusal(File("m.onnx", model()))
    assert "open both at once" in refusal(second)
    for changed in (
        {"location": "../m.onnx.data"}, {"location": "/etc/passwd"}, {"location": ""},
        {"offset": "65"}, {"offset": "-1"}, {"offset": "9" * 30}, {"length": "16"},
        {"length": "33"}, {"offset": "1e1"}, {"length": "²"},
    ):  # fmt: skip
        assert refusal(File("m.onnx", model(**changed)), second)


# --- weights alone ------------------------------------------------------------------------------


def state_dict(layers):
    """The names and shapes that PyTorch gives a Sequential's."""
    return {
        f"{i}.{name}": np.array(layer[name])
        for i, layer in enumerate(layers)
        for name in ("weight", "bias")
        if layer.get(name) is not None
    }


def npz(arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def in_every_form(arrays):
    yield "w.npz", npz(arrays)
    yield (
        "w.safetensors",
        safetensors.numpy.save(
            {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        ),
    )


LENET_LAYERS = LESSONS["lenet"].network["layers"]


@pytest.mark.parametrize("form", [0, 1])
def test_lenets_weights_alone_propose_lenet(form):
    name, data = list(in_every_form(state_dict(LENET_LAYERS)))[form]
    found = opened(name, data)
    assert found["network"]["layers"] == LENET_LAYERS
    assert np.shape(found["network"]["input"]) == (1, 28, 28)
    assert found["network"]["head"] == {"type": "cross_entropy", "target": 0}
    assert traced(found["network"])
    assert found["choices"][0].startswith("input 1 × 28 × 28, a 2 × 2 max pool after each")
    assert any("ReLU is assumed" in note for note in found["notes"])


def test_every_choice_is_a_network_with_the_same_weights():
    data = npz(state_dict(LENET_LAYERS))
    first = opened("w.npz", data)
    assert len(first["choices"]) > 2
    for choice, label in enumerate(first["choices"]):
        found = opened("w.npz", data, choice=choice)
        assert found["choice"] == choice
        assert any(label in note for note in found["notes"])
        assert status_of(found["network"]).fits
        weights = [each["weight"] for each in found["network"]["layers"] if "weight" in each]
        assert weights == [each["weight"] for each in LENET_LAYERS if "weight" in each]
    message = refusal(File("w.npz", data), choice=len(first["choices"]))
    assert "architectures to choose from" in message


def test_names_of_every_habit_find_their_bias():
    rng = np.random.default_rng(0)
    for weight, bias in (
        ("fc{}.weight", "fc{}.bias"),
        ("W{}", "b{}"),
        ("layer{}/kernel", "layer{}/bias"),
    ):
        arrays = {}
        for i, (out, read) in enumerate([(4, 3), (5, 4), (2, 5)]):
            arrays[weight.format(9 + i)] = rng.integers(-3, 4, (out, read)).astype(float)
            arrays[bias.format(9 + i)] = rng.integers(-3, 4, out).astype(float)
        data = safetensors.numpy.save(arrays)
        linears = [each for each in opened("w.safetensors", data)["network"]["layers"]
                   if each["type"] == "linear"]  # fmt: skip
        assert [np.shape(each["weight"]) for each in linears] == [(4, 3), (5, 4), (2, 5)]
        assert all("bias" in each for each in linears)


def test_matrices_stored_the_other_way_round_are_turned_and_it_is_said():
    arrays = {"W1": np.ones((3, 4)), "W2": np.ones((4, 2)), "b1": np.zeros(4), "b2": np.zeros(2)}
    found = opened("w.npz", npz(arrays))
    assert np.shape(found["network"]["layers"][0]["weight"]) == (4, 3)
    assert any("turned over" in note for note in found["notes"])


def test_what_no_layer_holds_is_left_out_by_name():
    arrays = state_dict(LENET_LAYERS) | {"bn.running_mean": np.zeros(7), "e": np.zeros((2, 2, 2))}
    found = opened("w.npz", npz(arrays))
    assert any("“bn.running_mean”" in note and "“e”" in note for note in found["notes"])


def test_an_input_beside_the_weights_is_the_input():
    x = np.arange(784.0).reshape(1, 28, 28) / 784
    file = io.BytesIO()
    np.save(file, x)
    data = npz(state_dict(LENET_LAYERS))
    found = opened("w.npz", data, File("x.npy", file.getvalue()))
    assert found["network"]["input"] == x.tolist()
    file = io.BytesIO()
    np.save(file, x[:, :5])
    assert "reads [1, 28, 28]" in refusal(File("w.npz", data), File("x.npy", file.getvalue()))


def test_several_npy_files_are_the_weights_by_their_names():
    files = []
    for name, array in {"fc1.weight": np.eye(2), "fc1.bias": np.ones(2)}.items():
        file = io.BytesIO()
        np.save(file, array)
        files.append(File(f"{name}.npy", file.getvalue()))
    (layer,) = open_files(files)["network"]["layers"]
    assert layer == {"type": "linear", "weight": [[1, 0], [0, 1]], "bias": [1, 1]}


def test_weights_that_do_not_follow_each_other_say_which():
    arrays = {"a.weight": np.ones((3, 1, 2, 2)), "b.weight": np.ones((4, 5, 2, 2))}
    assert "“b.weight” reads 5, but “a.weight” before it gives 3" in refusal(
        File("w.npz", npz(arrays))
    )
    arrays = {"a.weight": np.ones((3, 1, 2, 2)), "b.weight": np.ones((4, 10))}
    assert "no multiple of the 3 channels" in refusal(File("w.npz", npz(arrays)))
    assert "There are no weights here" in refusal(File("w.npz", npz({"v": np.ones(3)})))


# --- there and back -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "npz", "safetensors"])
def test_500_random_networks_come_back_number_for_number(form):
    for seed in range(500):
        document = draw(Random(seed), exact=seed % 2 == 0)
        trace = run(Document.model_validate(document))
        saved = save(document, trace, form)
        found = opened(f"network.{form}", saved.data)
        assert found["network"] == document, seed
        # Not only equal: the same doubles.
        again = traced(found["network"])
        for ours, theirs in zip(trace.gradients, again.gradients, strict=True):
            assert ours.tobytes() == theirs.tobytes()


def test_a_saved_trace_holds_every_figure_for_numpy_to_load():
    document = LESSONS["founding-question"].network
    trace = traced(document)
    saved = save(document, trace, "npz")
    with np.load(io.BytesIO(saved.data), allow_pickle=False) as file:
        for i in range(5):
            assert np.array_equal(file[f"layers.{i}.value"], trace.values[i + 1])
            assert np.array_equal(file[f"layers.{i}.gradient"], trace.gradients[i + 1])
        assert np.array_equal(file["layers.0.weight.gradient"], trace.parameters[0]["weight"])
        assert file["layers.2.winners"].shape == (1, 2, 2)
        assert np.array_equal(file["layers.4.weight"], document["layers"][4]["weight"])


def test_a_saved_safetensors_file_opens_in_the_package():
    document = LESSONS["lenet"].network
    saved = save(document, traced(document), "safetensors")
    arrays = safetensors.numpy.load(saved.data)
    assert np.array_equal(arrays["layers.0.weight"], document["layers"][0]["weight"])


def test_a_table_reads_back_as_a_pasted_block():
    array = np.random.default_rng(3).standard_normal((2, 3, 4))
    array[0, 0, 0] = 7
    assert read_block(table(array), (2, 3, 4))["array"] == array.tolist()
    assert table(array).startswith("7,")
    assert table(np.array([1.0, 0.5])) == "1,0.5\n"


# --- what belongs together, and the route -------------------------------------------------------


def test_a_document_that_does_not_fit_opens_all_the_same_for_the_builder():
    document = copy.deepcopy(LESSONS["founding-question"].network)
    document["layers"][2]["kernel"] = [9, 9]
    assert opened("n.json", json.dumps({"network": document}).encode())["network"] == document


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "There is no file"),
        ([File("a", b"x")] * (MAX_FILES + 1), "at most 16"),
        ([File("a.txt", b"hello")], "none of the files"),
        ([File("a.onnx", b"")], "no ONNX file"),
        ([File("a.bin", b"")], "empty"),
        ([File("model.pt", b"\x80\x02}q\x00.")], "pickle, which could run any program"),
        ([File("model.h5", b"\x89HDF\r\n\x1a\n")], "HDF5"),
        ([File("a.json.gz", b"\x1f\x8b\x08")], "unpack it first"),
        ([File("a.json", b"{")], "not JSON"),
        ([File("a.json", b'{"a": 1}')], "no network"),
        ([File("a.json", b'{"input": 1}'), File("b.json", b'{"input": 1}')], "one at a time"),
        ([File("a.json", b'{"input": 1}'), File("b.txt", b"x")], "none of the files"),
    ],
)
def test_files_that_are_no_network_say_what_to_do(files, said):
    assert said in refusal(*files)


def test_files_are_sent_as_a_form_or_one_as_the_body(client):
    document = LESSONS["ties"].network
    data = json.dumps(document).encode()
    form: Any = {"files": [(io.BytesIO(data), "C:\\fakepath\\n.json")]}
    assert client.post("/api/open", data=form).json["network"] == document
    assert client.post("/api/open?name=n.json", data=data).json["network"] == document
    weights = npz(state_dict(LENET_LAYERS))
    form = {"anything": [(io.BytesIO(weights), "w.npz")], "choice": "1"}
    assert client.post("/api/open", data=form).json["choice"] == 1
    for path, sent in (("/api/open", b""), ("/api/open?choice=x", weights), ("/api/open", b"no")):
        response = client.post(path, data=sent)
        assert response.status_code == 422
        assert response.json["errors"][0]["msg"].endswith(".")


def test_files_are_opened_in_the_process_for_what_takes_long(client):
    document = LESSONS["ties"].network
    with contextlib.closing(Jobs(Site())) as jobs:
        apart = create_app(bench=jobs).test_client()
        for name, data in (("n.json", json.dumps(document).encode()), ("w.npz", b"PK\x03\x04")):
            form = {"files": [(io.BytesIO(data), name)]}
            response = apart.post("/api/open", data=form)
            own = client.post(f"/api/open?name={name}", data=data)
            assert (response.status_code, response.json) == (own.status_code, own.json)
            again = apart.post("/api/open?name=other.json", data=data)
            assert again.status_code == own.status_code


def test_what_the_page_saves_the_page_opens(client):
    document = LESSONS["ties"].network
    for form in ("json", "npz", "safetensors"):
        saved = client.post("/save", json={"network": document, "format": form})
        opened = client.post(f"/api/open?name=n.{form}", data=saved.data)
        assert opened.json["network"] == document
    asked = {"network": document, "of": {"layer": -1}, "figure": "gradient"}
    assert client.post("/table", json=asked).text.count("\n") > 1
    asked["of"] = {"layer": 9}
    assert client.post("/table", json=asked).status_code == 422


def test_lenet_is_among_the_models():
    network = opened("m.onnx", exported(LENET, "onnx").data)["network"]
    kinds = [layer["type"] for layer in network["layers"]]
    assert kinds.count("conv2d") == 2
    assert kinds.count("linear") == 3
    assert build(Document.model_validate(network))
