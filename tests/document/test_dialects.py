"""Networks as other libraries write them: read where nothing can be mistaken, else refused."""

import contextlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.building import run
from app.document.dialects import understood
from app.document.document import Document, Refusal
from app.document.names import named
from app.document.plain import as_json
from app.files.loading import File, open_files
from app.web.application import create_app
from tests.oracle.documents import documents

CLIENT = create_app().test_client()
KERNELS = np.arange(8.0).reshape(2, 1, 2, 2) - 3
MATRIX = np.arange(8.0).reshape(4, 2)[:, :1] @ np.ones((1, 2)) - np.arange(2)
ROWS = np.arange(16.0).reshape(4, 4)

PLAIN: dict[str, Any] = {
    "input": [ROWS.tolist()],
    "layers": [
        {"type": "conv2d", "weight": KERNELS.tolist(), "stride": 1, "padding": "same"},
        {"type": "relu"},
        {"type": "max_pool2d", "kernel": 4, "stride": 4},
        {"type": "flatten"},
        {"type": "linear", "weight": MATRIX.tolist()},
    ],
    "head": {"type": "cross_entropy", "target": 1},
}
AS_PYTORCH: dict[str, Any] = {
    "input": [ROWS.tolist()],
    "layers": [
        {"type": "nn.Conv2d", "in_channels": 1, "out_channels": 2, "kernel_size": [2, 2],
         "weight": KERNELS.tolist(), "bias": False, "stride": 1, "padding": "same"},
        {"type": "torch.nn.ReLU", "inplace": True},
        {"type": "MaxPool2d", "kernel_size": 4, "stride": 4, "return_indices": False},
        {"type": "Flatten"},
        {"type": "Linear", "in_features": 2, "out_features": 4, "weight": MATRIX.tolist()},
    ],
    "loss": {"type": "nn.CrossEntropyLoss", "target": 1},
}  # fmt: skip
AS_KERAS: dict[str, Any] = {
    "input": ROWS[..., None].tolist(),
    "layers": [
        {"type": "Conv2D", "filters": 2, "kernel_size": 2, "strides": 1, "padding": "SAME",
         "kernel": KERNELS.transpose(2, 3, 1, 0).tolist(), "use_bias": False, "activation": None},
        {"type": "ReLU"},
        {"type": "MaxPooling2D", "pool_size": 4, "strides": 4},
        {"type": "Flatten"},
        {"type": "Dense", "units": 4, "kernel": MATRIX.T.tolist()},
    ],
    "head": {"type": "cross_entropy", "target": 1},
}  # fmt: skip


def trace_of(document):
    return CLIENT.post("/api/trace", json={"network": document})


@pytest.mark.parametrize("written", [AS_PYTORCH, AS_KERAS])
def test_a_network_in_another_librarys_words_has_the_same_figures(written):
    answer, plain = trace_of(written).get_json(), trace_of(PLAIN).get_json()
    assert answer["read_as"]
    assert "read_as" not in plain
    figures = {key: value for key, value in answer.items() if key not in ("id", "read_as")}
    assert figures == {key: value for key, value in plain.items() if key != "id"}


def test_every_route_of_programs_says_what_it_read():
    cell = {"layer": 0, "index": [0, 0, 0]}
    answer = CLIENT.post("/api/receipt", json={"network": AS_PYTORCH, "cell": cell}).get_json()
    said = [each["msg"] for each in answer["read_as"]]
    assert "“nn.Conv2d” is read as conv2d." in said
    assert ["layers", 2, "kernel_size"] in [each["loc"] for each in answer["read_as"]]


@given(documents(exact=False))
def test_a_document_in_our_own_words_stays_as_it_is(document):
    assert named(document) == (document, [])
    assert named(document)[0] is document


@given(documents(exact=True), st.randoms(use_true_random=False))
def test_a_matrix_the_other_way_round_is_turned_if_it_fits_in_no_other_way(document, random):
    matrices = [layer for layer in document["layers"] if layer["type"] == "linear"]
    shapes = [np.shape(layer["weight"]) for layer in matrices]
    other = json.loads(json.dumps(document))
    for layer in other["layers"]:
        if layer["type"] == "linear":
            layer["weight"] = np.transpose(layer["weight"]).tolist()
    if not matrices or all(rows == columns for rows, columns in shapes):
        return
    if any(rows == columns for rows, columns in shapes):
        with pytest.raises(Refusal, match="fits both ways"):
            understood(other)
        return
    read, readings = understood(other)
    assert len(readings) == len(matrices)
    assert as_json(Document.model_validate(read)) == as_json(Document.model_validate(document))


def test_a_file_in_another_librarys_words_opens_with_notes():
    opened = open_files([File("keras.json", json.dumps(AS_KERAS).encode())])
    assert any(note.startswith("layers.0.weight: 2 × 2 × 1 × 2 fits only as [rows]")
               for note in opened["notes"])  # fmt: skip
    figures = run(Document.model_validate(opened["network"]))
    assert figures.loss == run(Document.model_validate(PLAIN)).loss


def with_layer(**changes):
    """The plain network with other fields in its first layer."""
    first, *others = PLAIN["layers"]
    return {**PLAIN, "layers": [{**first, **changes}, *others]}


@pytest.mark.parametrize(
    ("document", "place", "cure"),
    [
        (with_layer(in_channels=3), ["layers", 0, "in_channels"], "This says 3"),
        (with_layer(kernel_size=3), ["layers", 0, "kernel_size"], "says 2 × 2"),
        (with_layer(activation="relu"), ["layers", 0, "activation"], '{"type": "relu"}'),
        (with_layer(bias=True), ["layers", 0, "bias"], "Give the numbers of the bias"),
        (with_layer(strides=1), ["layers", 0, "strides"], "by another name"),
        (with_layer(type="maxpol2d"), ["layers", 0, "type"], "Did you mean max_pool2d?"),
        (with_layer(kernal=2), ["layers", 0, "kernal"], "no field of this name"),
    ],
)
def test_what_could_mean_two_things_is_refused_with_the_cure(document, place, cure):
    answer = trace_of(document)
    assert answer.status_code == 422
    assert [each["loc"] for each in answer.get_json()["errors"]][:1] == [place]
    assert cure in answer.get_json()["errors"][0]["msg"]


def test_an_input_whose_channels_come_last_is_refused_where_flatten_would_mix_them():
    document = {
        "input": np.arange(12.0).reshape(2, 3, 2).tolist(),
        "layers": [
            {"type": "conv2d", "weight": np.ones((2, 2, 1, 1)).tolist()},
            {"type": "flatten"},
            {"type": "linear", "weight": np.ones((1, 12)).tolist()},
        ],
        "head": {"type": "upstream", "gradient": [1]},
    }
    assert trace_of(document).status_code == 200  # [2][3][2] fits as [channels][rows][columns].
    document["input"] = np.arange(12.0).reshape(3, 2, 2).tolist()
    answer = trace_of(document)
    assert answer.status_code == 422
    assert "flatten would put its cells in another order" in answer.get_json()["errors"][0]["msg"]


def test_a_one_hot_target_of_nll_is_a_class():
    document = {
        "input": [1, 2, 3],
        "layers": [{"type": "LogSoftmax"}],
        "head": {"type": "NLLLoss", "target": [0, 0, 1]},
    }
    read, readings = understood(document)
    assert read["head"] == {"type": "nll", "target": 2}
    assert readings[-1].message == "The one-hot target is read as class 2."


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "kernel", "weight", "layers", "head", "loss", "bias",
                             "kernel_size", "target", "in_channels", "activation"])
            | st.text(max_size=3),
            inner | st.sampled_from(["Conv2d", "Dense", "NLLLoss", "nn.MaxPool2d"]),
            max_size=4,
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_any_json_is_understood_or_refused(raw):
    with contextlib.suppress(Refusal):
        assert json.dumps(understood(raw)[0])
