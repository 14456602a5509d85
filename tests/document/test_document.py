"""The network document: its defaults, and the error of each mistake."""

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from pydantic import ValidationError

from app.document.building import build, run
from app.document.document import Document, Refusal
from app.document.fields import MAX_PROBLEMS
from app.document.problems import located
from tests.oracle.documents import built, documents

GOOD: dict[str, Any] = {
    "version": 1,
    "title": "pool → convolution",
    "input": [[[7, 9, 8], [6, 8, 9], [6, 7, 8]]],
    "layers": [{"type": "conv2d", "weight": [[[[1, 2], [3, 4]]]], "bias": [0]}],
    "head": {"type": "upstream", "gradient": [[[1, 10], [100, 1000]]]},
}
ROWS: dict[str, Any] = {
    "input": [1, 2],
    "layers": [{"type": "linear", "weight": [[1, 2], [3, 4]], "bias": [0, 0]}],
    "head": {"type": "cross_entropy", "target": 1},
}
ABSENT = object()


def changed(doc, *changes):
    """A copy with some places changed: (path, value), or ABSENT to remove it."""
    doc = copy.deepcopy(doc)
    for path, value in changes:
        *way, last = path
        inner = doc
        for step in way:
            inner = inner[step]
        if value is ABSENT:
            del inner[last]
        elif isinstance(inner, list) and last == len(inner):
            inner.append(value)
        else:
            inner[last] = value
    return doc


def zeros(*shape):
    return np.zeros(shape).tolist()


def problems_of(doc):
    """[(location, words)] of a document that is refused."""
    try:
        run(Document.model_validate(doc))
    except ValidationError as error:
        return located(error)
    except Refusal as refusal:
        return refusal.problems
    return []


def with_layer(layer, x=None, head=None):
    x = x or [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]
    return {"input": x, "layers": [layer], "head": head or {"type": "upstream", "gradient": [1]}}


LAYER, WEIGHT, GRADIENT = ("layers", 0), ("layers", 0, "weight"), ("head", "gradient")

FIELDS: dict[str, Any] = {
    # wrong rank
    "an input of rows and columns": (GOOD, ("input",), [[1, 2], [3, 4]], ("input",), "channel"),
    "an input that is a number": (GOOD, ("input",), 3, ("input",), "a list of channels"),
    "a batch with targets for one example": (
        GOOD, ("input",), [[[[1]]]], GRADIENT, "one entry for each example",
    ),
    "a single example that is called a batch": (
        GOOD, ("batch",), True, ("input",), "one more pair of brackets",
    ),
    "a batch that is not a word of logic": (GOOD, ("batch",), 1, ("batch",), "true or false"),
    "the gradients of a batch for one example": (
        GOOD, GRADIENT, [[[[1, 10], [100, 1000]]]], GRADIENT, "the input is one example",
    ),
    "a weight of three axes": (GOOD, WEIGHT, [[[1]]], (*WEIGHT, 0, 0, 0), "a list of columns"),
    "a bias that is a number": (GOOD, (*LAYER, "bias"), 0, (*LAYER, "bias"), "a list of numbers"),
    "an empty input": (GOOD, ("input",), [], ("input",), "empty"),
    "an empty row": (GOOD, ("input", 0, 1), [], ("input", 0, 1), "empty"),
    "an empty bias": (GOOD, (*LAYER, "bias"), [], (*LAYER, "bias"), "empty"),
    # ragged
    "a row too short": (GOOD, ("input", 0, 2), [6, 7], ("input", 0, 2), "Expected 3 columns"),
    "a number among rows": (GOOD, ("input", 0, 1), 5, ("input", 0, 1), "a list of columns"),
    "a ragged kernel": (GOOD, (*WEIGHT, 0, 0, 1), [3], (*WEIGHT, 0, 0, 1), "Expected 2 columns"),
    # what is no number
    "NaN": (GOOD, ("input", 0, 0, 0), float("nan"), ("input", 0, 0, 0), "finite"),
    "Infinity": (GOOD, (*WEIGHT, 0, 0, 1, 1), float("inf"), (*WEIGHT, 0, 0, 1, 1), "finite"),
    "−Infinity": (GOOD, (*GRADIENT, 0, 0, 0), -float("inf"), (*GRADIENT, 0, 0, 0), "finite"),
    "an integer of many digits": (
        GOOD, ("input", 0, 0, 0), 10**400, ("input", 0, 0, 0), "finite",
    ),
    "true": (GOOD, ("input", 0, 1, 1), True, ("input", 0, 1, 1), "true or false"),
    "a text": (GOOD, ("input", 0, 1, 1), "2", ("input", 0, 1, 1), "quotation marks"),
    "null": (GOOD, ("input", 0, 1, 1), None, ("input", 0, 1, 1), "A number"),
    "an object": (GOOD, ("input", 0, 1, 1), {}, ("input", 0, 1, 1), "A number"),
    "a list in the place of a number": (
        GOOD, ("input", 0, 1, 1), [2], ("input", 0, 1, 1), "not a list",
    ),
    # unknown and missing
    "an unknown layer": (
        GOOD, (*LAYER, "type"), "conv3d", (*LAYER, "type"), "conv2d, conv_transpose2d, relu",
    ),
    "an unknown head": (GOOD, ("head", "type"), "l2", ("head", "type"), "cross_entropy"),
    "a layer without a type": (GOOD, (*LAYER, "type"), ABSENT, (*LAYER, "type"), "type"),
    "a layer that is a text": (GOOD, LAYER, "relu", (*LAYER,), "object"),
    "an unknown field of a layer": (GOOD, (*LAYER, "grups"), 1, (*LAYER, "grups"), "spelling"),
    "an unknown field of a head": (GOOD, ("head", "scale"), 1, ("head", "scale"), "spelling"),
    "an unknown field": (GOOD, ("batches",), 1, ("batches",), "spelling"),
    "no input": (GOOD, ("input",), ABSENT, ("input",), "missing"),
    "no layers": (GOOD, ("layers",), ABSENT, ("layers",), "missing"),
    "no head": (GOOD, ("head",), ABSENT, ("head",), "missing"),
    "no weight": (GOOD, WEIGHT, ABSENT, WEIGHT, "missing"),
    "a beta of 0": (
        GOOD, LAYER, {"type": "softplus", "beta": 0}, (*LAYER, "beta"), "must be more than 0",
    ),
    "a beta below 0": (
        GOOD, LAYER, {"type": "softplus", "beta": -1}, (*LAYER, "beta"), "must be more than 0",
    ),
    "a beta that is a text": (
        GOOD, LAYER, {"type": "softplus", "beta": "1"}, (*LAYER, "beta"), "quotation marks",
    ),
    "a smallest output above the largest": (
        GOOD, LAYER, {"type": "hardtanh", "min_val": 2}, (*LAYER, "min_val"),
        "The smallest output, 2, is above the largest, 1. Use a min_val that is at most max_val.",
    ),
    "a mask of other numbers": (
        GOOD, LAYER, {"type": "dropout", "mask": [[[1, 0.5]]]}, (*LAYER, "mask", 0, 0, 1),
        "0 (dropped) and 1 (kept)",
    ),
    "a share that is more than all": (
        GOOD, LAYER, {"type": "dropout", "mask": [[[1]]], "p": 2}, (*LAYER, "p"), "from 0 to 1",
    ),
    "a divisor of 0": (
        GOOD, LAYER, {"type": "avg_pool2d", "kernel": 2, "divisor_override": 0},
        (*LAYER, "divisor_override"), "must not be 0",
    ),
    "an output without rows": (
        GOOD, LAYER, {"type": "adaptive_avg_pool2d", "output_size": [0, 1]},
        (*LAYER, "output_size", 0), "at least 1",
    ),
    "an approximation that nobody knows": (
        GOOD, LAYER, {"type": "gelu", "approximate": "erf"}, (*LAYER, "approximate"), "'tanh'",
    ),
    "an empty list of layers": (GOOD, ("layers",), [], ("layers",), "at least 1"),
    "layers that are no list": (GOOD, ("layers",), {}, ("layers",), "list"),
    "65 layers": (GOOD, ("layers",), [{"type": "relu"}] * 65, ("layers",), "at most 64"),
    "another version": (GOOD, ("version",), 2, ("version",), "1"),
    "a version that is true": (GOOD, ("version",), True, ("version",), "1"),
    "a title that is a number": (GOOD, ("title",), 5, ("title",), "text"),
    "a title too long": (GOOD, ("title",), "x" * 201, ("title",), "200"),
    # pairs
    "a stride of 0": (GOOD, (*LAYER, "stride"), 0, (*LAYER, "stride"), "at least 1"),
    "a negative padding": (GOOD, (*LAYER, "padding"), [0, -1], (*LAYER, "padding", 1), "least 0"),
    "a dilation of 0": (GOOD, (*LAYER, "dilation"), [0, 1], (*LAYER, "dilation", 0), "least 1"),
    "a stride of three": (GOOD, (*LAYER, "stride"), [1, 1, 1], (*LAYER, "stride"), "a list of two"),
    "a stride of a half": (GOOD, (*LAYER, "stride"), 1.5, (*LAYER, "stride"), "whole"),
    "a stride that is true": (GOOD, (*LAYER, "stride"), True, (*LAYER, "stride"), "whole"),
    "a stride that is a text": (GOOD, (*LAYER, "stride"), "1", (*LAYER, "stride"), "whole"),
    "a huge stride": (GOOD, (*LAYER, "stride"), 10**30, (*LAYER, "stride"), "at most 4096"),
    "a huge dilation": (GOOD, (*LAYER, "dilation"), 10**9, (*LAYER, "dilation"), "at most 4096"),
    "a huge padding": (GOOD, (*LAYER, "padding"), 2**63, (*LAYER, "padding"), "at most 4096"),
    # heads
    "a target of a half": (ROWS, ("head", "target"), 0.5, ("head", "target"), "whole"),
    "a target that is true": (ROWS, ("head", "target"), True, ("head", "target"), "whole"),
    "a target that is a text": (ROWS, ("head", "target"), "1", ("head", "target"), "whole"),
    "a negative target": (ROWS, ("head", "target"), -1, ("head", "target"), "at least 0"),
    "a target beyond the classes": (ROWS, ("head", "target"), 2, ("head", "target"), "no class 2"),
    "a target of many digits": (ROWS, ("head", "target"), 10**40, ("head", "target"), "no class"),
    # what does not fit
    "a kernel larger than its input": (GOOD, WEIGHT, [[[[1] * 4]]], WEIGHT, "covers 1 × 4"),
    "other channels": (GOOD, WEIGHT, [[[[1]], [[1]]]], WEIGHT, "2 channels"),
    "a bias for other channels": (GOOD, (*LAYER, "bias"), [0, 0], (*LAYER, "bias"), "needs 1"),
    "gradients of another shape": (GOOD, GRADIENT, [[[1, 2, 3]]], GRADIENT, "1 × 2 × 2"),
    "gradients of another rank": (GOOD, GRADIENT, [1, 2, 3, 4], GRADIENT, "1 × 2 × 2"),
    "a linear layer on a map": (
        GOOD, ("layers", 1), {"type": "linear", "weight": [[1]]}, ("layers", 1), "add flatten",
    ),
    "cross-entropy on a map": (
        GOOD, ("head",), {"type": "cross_entropy", "target": 0}, ("head",), "add flatten",
    ),
    "a skip from a later layer": (
        ROWS, ("layers", 1), {"type": "add", "from": 1}, ("layers", 1, "from"), "to 0",
    ),
    "a skip from no layer": (
        ROWS, ("layers", 1), {"type": "add", "from": -2}, ("layers", 1, "from"), "at least -1",
    ),
    "a skip from an output of another shape": (
        GOOD, ("layers", 1), {"type": "add", "from": -1}, ("layers", 1, "from"),
        "The same shape have layer 0.",
    ),
    "a pool on a row": (
        ROWS, ("layers", 1), {"type": "avg_pool2d", "kernel": 1}, ("layers", 1), "row of 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FIELDS)
def test_a_mistake_is_refused_at_its_place_with_a_cure(case):
    doc, path, value, place, words = FIELDS[case]
    problems = problems_of(changed(doc, (path, value)))
    assert [at for at, _ in problems] == [place]
    assert words in problems[0][1]


POOLS: dict[str, Any] = {
    "padding over half the kernel": ({"kernel": 2, "padding": [0, 2]}, "padding", "half"),
    "no kernel": ({}, "kernel", "missing"),
    "a kernel of 0": ({"kernel": 0}, "kernel", "at least 1"),
    "a window larger than the input": ({"kernel": [4, 1]}, "kernel", "covers 4 × 1"),
    "ceil_mode that is 1": ({"kernel": 2, "ceil_mode": 1}, "ceil_mode", "true or false"),
}


@pytest.mark.parametrize("kind", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("case", POOLS)
def test_a_pool_that_is_wrong_is_refused_at_its_field(kind, case):
    fields, field, words = POOLS[case]
    [(place, said)] = problems_of(with_layer({"type": kind, **fields}))
    assert place == ("layers", 0, field)
    assert words in said


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"kernel": 2, "ties": "none"}, "ties", "'first', 'last', 'split' or 'all'"),
        ({"kernel": 2, "dilation": 3}, "kernel", "covers 4 × 4"),
        ({"kernel": 2, "count_include_pad": True}, "count_include_pad", "spelling"),
    ],
)
def test_the_options_of_a_max_pool_are_its_own(fields, field, words):
    [(place, said)] = problems_of(with_layer({"type": "max_pool2d", **fields}))
    assert place == ("layers", 0, field)
    assert words in said


def test_a_window_that_holds_no_real_cell_is_refused():
    layer = {"type": "max_pool2d", "kernel": 2, "padding": 1, "dilation": 2}
    [(place, said)] = problems_of(with_layer(layer, x=[[[1, 2, 3]]]))
    assert place == ("layers", 0, "dilation")
    assert "only padding" in said


def test_all_mistakes_of_fields_are_told_together():
    doc = changed(
        GOOD,
        (("input", 0, 0, 0), "7"),
        ((*WEIGHT, 0, 0, 0, 0), None),
        ((*LAYER, "stride"), [0, 0]),
        ((*GRADIENT, 0, 1), [100]),
        (("colour",), "red"),
    )
    assert {at for at, _ in problems_of(doc)} == {
        ("input", 0, 0, 0),
        (*WEIGHT, 0, 0, 0, 0),
        (*LAYER, "stride", 0),
        (*LAYER, "stride", 1),
        (*GRADIENT, 0, 1),
        ("colour",),
    }


def test_sizes_are_checked_up_to_the_first_layer_that_does_not_fit():
    pool = {"type": "max_pool2d", "kernel": 9}
    problems = problems_of(changed(GOOD, (("layers", 1), pool), (("layers", 2), pool)))
    assert [at for at, _ in problems] == [("layers", 1, "kernel")]


def test_many_mistakes_are_cut_short():
    doc = changed(GOOD, (("input",), [[["x"] * 1000] * 3]))
    assert len(problems_of(doc)) == MAX_PROBLEMS
    doc = changed(GOOD, (("input",), [[[float("inf")] * 1000] * 3]))
    assert len(problems_of(doc)) == MAX_PROBLEMS


# --- what is accepted ---------------------------------------------------------------------------


def fields_of(doc) -> Any:
    return Document.model_validate(doc)


def test_optional_fields_have_the_defaults_of_pytorch():
    layers = [
        {"type": "conv2d", "weight": [[[[1]]]]},
        {"type": "leaky_relu"},
        {"type": "max_pool2d", "kernel": [2, 3]},
        {"type": "avg_pool2d", "kernel": 1},
    ]
    read = fields_of({**GOOD, "layers": layers})
    conv, leaky, pool, average = read.layers
    assert conv.bias is None
    assert conv.stride == conv.dilation == (1, 1)
    assert conv.padding == (0, 0)
    assert leaky.negative_slope == 0.01
    assert (pool.stride, pool.padding, pool.dilation) == (None, (0, 0), (1, 1))
    assert (pool.ceil_mode, pool.ties) == (False, "first")
    assert (average.ceil_mode, average.count_include_pad) == (False, True)
    head = {"type": "mse", "target": zeros(1, 2, 2)}
    strides = with_layer(layers[2], x=zeros(1, 4, 6), head=head)
    assert build(fields_of(strides)).shape_of(0) == (1, 2, 2)


def test_the_default_of_the_squared_error_is_the_mean():
    head = {"type": "mse", "target": [1, 2]}
    doc = changed(ROWS, (("head",), head))
    assert run(fields_of(doc)).loss == ((5 - 1) ** 2 + (11 - 2) ** 2) / 2


@pytest.mark.parametrize("one", [2, 2.0, [2, 2], [2.0, 2]])
def test_one_whole_number_stands_for_a_pair(one):
    layer = {"type": "max_pool2d", "kernel": one}
    read = fields_of(with_layer(layer))
    assert read.layers[0].kernel == (2, 2)


def test_a_whole_number_may_be_written_as_15_point_0():
    doc = changed(ROWS, (("head", "target"), 1.0), (("version",), 1.0))
    read = fields_of(doc)
    assert (read.head.target, read.version) == (1, 1)


@pytest.mark.parametrize("bias", [None, ABSENT])
def test_an_absent_bias_and_a_null_bias_are_none(bias):
    doc = changed(GOOD, ((*LAYER, "bias"), bias))
    assert build(fields_of(doc)).layers[0].parameters.keys() == {"weight"}


def test_minus_0_is_read_as_0():
    read = fields_of(changed(ROWS, (("input",), [-0.0, 2])))
    assert not np.signbit(read.input).any()
    leaky = with_layer({"type": "leaky_relu", "negative_slope": -0.0})
    assert not np.signbit(fields_of(leaky).layers[0].negative_slope)


def test_an_integer_beyond_64_bits_that_a_float_can_hold_is_a_number():
    read = fields_of(changed(ROWS, (("input",), [2**70, 1])))
    assert read.input.tolist() == [2.0**70, 1]


def test_version_and_title_may_be_left_out():
    read = fields_of(ROWS)
    assert (read.version, read.title) == (1, "")


@given(documents(exact=False))
def test_what_is_read_is_what_was_written(doc):
    net = built(doc)
    assert net.x.tolist() == doc["input"]
    for layer, written in zip(net.layers, doc["layers"], strict=True):
        for name in ("weight", "bias"):
            array = layer.parameters.get(name)
            assert (None if array is None else array.tolist()) == written.get(name)
