"""Documents of layers along one axis: what an input of two or three axes means."""

import pytest
from pydantic import ValidationError

from app.document.building import run
from app.document.dialects import understood
from app.document.document import Document, Refusal
from app.document.problems import located

LAYERS = [{"type": "relu"}, {"type": "max_pool1d", "kernel": 2}]
MAX_2D = {"type": "max_pool2d", "kernel": 2}
LINEAR = {"type": "linear", "weight": [[1, 2]]}
ONE = [[1, 3, 2, 5], [0, 4, 6, 6]]


def document(x, layers=LAYERS, gradient=None, **fields):
    head = {"type": "upstream", "gradient": [[1, 2], [3, 4]] if gradient is None else gradient}
    return {"input": x, "layers": layers, "head": head, **fields}


def refused(doc):
    try:
        run(Document.model_validate(doc))
    except ValidationError as error:
        return located(error)
    except Refusal as refusal:
        return refusal.problems
    raise AssertionError("nothing was refused")


@pytest.mark.parametrize("fields", [{}, {"batch": False}])
def test_two_axes_are_channels_and_positions_where_a_layer_slides_along_one(fields):
    trace = run(Document.model_validate(document(ONE, **fields)))
    assert trace.network.examples is None
    assert trace.values[-1].tolist() == [[3, 5], [4, 6]]
    assert trace.gradients[0].tolist() == [[0, 1, 0, 2], [0, 3, 4, 0]]


def test_three_axes_with_batch_are_examples():
    given = document([ONE, ONE], gradient=[[[1, 2], [3, 4]], [[0, 0], [0, 1]]], batch=True)
    trace = run(Document.model_validate(given))
    assert trace.network.examples == 2
    assert trace.gradients[0][1].tolist() == [[0, 0, 0, 0], [0, 0, 1, 0]]


def test_a_number_may_stand_in_a_list_as_pytorch_writes_it():
    layers = [{"type": "max_pool1d", "kernel": [2], "stride": [2], "padding": [0]}]
    trace = run(Document.model_validate(document(ONE, layers)))
    assert trace.values[-1].tolist() == [[3, 5], [4, 6]]


@pytest.mark.parametrize(
    ("given", "place", "words"),
    [
        (document([ONE, ONE]), ("layers", 1), "say “batch”: true"),
        (document([1, 2, 3]), ("layers", 1), "an input of channels × positions"),
        (document(ONE, batch=True), ("layers", 1), "an input of channels × positions"),
        (document(ONE, [MAX_2D, *LAYERS]), ("layers", 0), "max_pool1d"),
        (document(ONE, [*LAYERS, {"type": "softmax"}]), ("layers", 2), "flatten"),
        (document(ONE, [*LAYERS, LINEAR]), ("layers", 2), "flatten"),
        (document(ONE, [{"type": "relu"}]), ("input",), "rows × columns"),
        (document(ONE, gradient=[1, 2, 3, 4]), ("head", "gradient"), "2 × 2"),
        (document(ONE, [{"type": "max_pool1d", "kernel": [1, 2]}]), ("layers", 0, "kernel"),
         "along one axis"),
        (document(ONE, [{"type": "conv1d", "weight": [[[[1]]]]}]), ("layers", 0, "weight", 0, 0, 0),
         "A single number"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_at_its_place_with_the_cure(given, place, words):
    problems = refused(given)
    assert [at for at, _ in problems][:1] == [place]
    assert words in problems[0][1]


def test_the_words_of_other_libraries_are_read():
    theirs = {
        "input": ONE,
        "layers": [
            {
                "type": "nn.Conv1d",
                "kernel_size": [2],
                "in_channels": 2,
                "weight": [[[1, 0], [0, 1]]],
            },
            {"type": "MaxPooling1D", "pool_size": 2, "strides": 1},
            {"type": "Flatten"},
        ],
        "head": {"type": "nll", "target": [0, 1]},
    }
    ours, readings = understood(theirs)
    assert ours["layers"][:2] == [
        {"type": "conv1d", "weight": [[[1, 0], [0, 1]]]},
        {"type": "max_pool1d", "kernel": 2, "stride": 1},
    ]
    assert ours["head"]["target"] == 1
    assert ("layers", 0, "kernel_size") in [reading.place for reading in readings]
    assert run(Document.model_validate(ours)).values[-1].tolist() == [9, 9]
