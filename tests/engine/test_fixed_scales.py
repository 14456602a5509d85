"""Batch normalization as it is after training, and transposed convolution."""

from functools import partial

import numpy as np
import pytest

from app.document.building import run
from app.document.document import Document, Refusal
from app.engine.layers import BatchNorm2d, ConvTranspose2d
from app.engine.mistakes import diagnose, given
from app.engine.receipt import Cell, input_multiplied, receipt_of
from app.engine.types import Misfit
from app.text import sentences
from tests.networks import network, numbers

X = [[[1, 3], [5, 7]]]


def norm(**options):
    given = {"running_mean": numbers([3]), "running_var": numbers([3.75]), "eps": 0.25}
    return partial(BatchNorm2d, **{**given, **options})


def transposed(weight, bias=None, **options):
    bias = None if bias is None else numbers(bias)
    return partial(ConvTranspose2d, weight=numbers(weight), bias=bias, **options)


def test_a_cell_is_shifted_by_the_mean_and_divided_by_the_root_of_the_variance():
    trace = network(X, norm(), gradient=[[[2, 4], [6, 8]]]).trace()
    assert trace.values[1].tolist() == [[[-1, 0], [1, 2]]]
    assert trace.gradients[0].tolist() == [[[1, 2], [3, 4]]]
    assert "(1 − 3) / 2 = −1" in sentences.making(trace, Cell(0, 0))


def test_a_scale_collects_what_it_met_normalized_and_a_bias_the_gradients():
    layer = norm(weight=numbers([10]), bias=numbers([1]))
    trace = network(X, layer, gradient=[[[2, 4], [6, 8]]]).trace()
    assert trace.values[1].tolist() == [[[-9, 1], [11, 21]]]
    assert trace.gradients[0].tolist() == [[[10, 20], [30, 40]]]
    assert trace.parameters[0]["weight"].tolist() == [-2 + 6 + 16]
    assert trace.parameters[0]["bias"].tolist() == [20]
    receipt = receipt_of(trace, Cell(0, 0, "weight"))
    assert receipt.factors.tolist() == [-1, 0, 1, 2]
    assert receipt.zeros == [None, "input", None, None]
    for parameter in ("weight", "bias", None):
        receipt = receipt_of(trace, Cell(0 if parameter else -1, 0, parameter))
        assert sentences.sentence(trace, receipt)
        assert sentences.onward_sentence(trace, receipt)


def test_training_is_refused_for_it_needs_a_batch():
    layer = {"type": "batch_norm2d", "running_mean": [0], "running_var": [1], "training": True}
    head = {"type": "mse", "target": X}
    with pytest.raises(Refusal) as refused:
        run(Document.model_validate({"input": X, "layers": [layer], "head": head}))
    ((place, message),) = refused.value.problems
    assert place == ("layers", 0, "training")
    assert "those of a batch" in message


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"running_mean": numbers([1, 2])}, "reads 1 channel, and here are 2 numbers"),
        ({"running_var": numbers([-1])}, "never below 0"),
        ({"bias": numbers([1])}, "give a weight too"),
    ],
)
def test_figures_that_do_not_fit_are_refused(options, wrong):
    with pytest.raises(Misfit, match=wrong):
        norm(**options)((1, 2, 2))


def test_a_pasted_gradient_of_a_scale_is_judged_in_its_arithmetic():
    rng = np.random.default_rng(0)
    x, upstream = rng.normal(size=(1, 3, 3)), rng.normal(size=(1, 3, 3))
    trace = network(x, norm(weight=numbers([0.7])), gradient=upstream).trace()
    right = trace.parameters[0]["weight"]
    in_float32 = right.astype(np.float32).astype(np.float64)
    assert diagnose(trace, 0, "weight", given(in_float32.tolist(), (1,))).right
    assert not diagnose(trace, 0, "weight", given((-right).tolist(), (1,))).right


def test_each_input_cell_lays_a_kernel_into_the_output():
    kernel = [[[[1, 2], [3, 4]]]]
    trace = network([[[1, 10]]], transposed(kernel, [100]), gradient=np.ones((1, 2, 3))).trace()
    assert trace.values[1].tolist() == [[[101, 112, 120], [103, 134, 140]]]
    assert trace.gradients[0].tolist() == [[[10, 10]]]
    assert trace.parameters[0]["weight"].tolist() == [[[[11, 11], [11, 11]]]]
    assert trace.parameters[0]["bias"].tolist() == [6]


def test_a_weight_of_a_transposed_convolution_meets_the_cell_that_it_was_laid_from():
    kernel = [[[[1, 2], [3, 4]]]]
    layer = transposed(kernel, stride=(2, 2), padding=(1, 0))
    trace = network([[[5, 7], [6, 8]]], layer, gradient=np.ones((1, 2, 4))).trace()
    receipt = receipt_of(trace, Cell(0, 3, "weight"))
    met = [input_multiplied(trace, Cell(0, 3, "weight"), at) for at in receipt.sources.tolist()]
    assert [each and each.at for each in met] == [0, 1]  # the second row's fall on the padding
    assert receipt.factors.tolist() == [5, 7]
    receipt = receipt_of(trace, Cell(-1, 2))
    between = [trace.network.layers[0].weights_between(at, 2) for at in receipt.sources.tolist()]
    assert between == [[0], [1]]
    assert receipt.factors.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"output_padding": (1, 0)}, "smaller than the stride or the dilation"),
        ({"padding": (2, 2)}, "cuts off the whole output"),
        ({"groups": 2}, "cannot be cut into 2"),
        ({"bias": numbers([1, 2])}, "1 output channel, so its bias needs 1"),
    ],
)
def test_what_does_not_fit_a_transposed_convolution_is_refused(options, wrong):
    with pytest.raises(Misfit, match=wrong):
        ConvTranspose2d((1, 2, 2), numbers([[[[1, 2], [3, 4]]]]), **options)


@pytest.mark.parametrize(
    ("bias", "said"), [(None, "so it is 0."), ([0.5], "so it is its bias, 0.5.")]
)
def test_a_cell_that_no_input_reaches_says_so(bias, said):
    layer = transposed([[[[1]]]], bias, stride=(2, 2))
    trace = network([[[1, 2]]], layer, gradient=[[[1, 1, 1]]]).trace()
    assert sentences.making(trace, Cell(0, 1)) == f"No input reaches this cell, {said}"
