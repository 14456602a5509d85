"""A layer defines its contributions in three ways; these tests compare the three."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from app.engine import windows
from app.engine.gradcheck import gradcheck
from app.engine.layers import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    Add,
    AvgPool1d,
    AvgPool2d,
    BatchNorm2d,
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Elu,
    Flatten,
    Gelu,
    Hardtanh,
    Identity,
    LeakyRelu,
    Linear,
    LogSoftmax,
    MaxPool1d,
    MaxPool2d,
    PRelu,
    Relu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)
from app.engine.types import identity, is_closed, is_open
from tests.networks import conv, linear, network, numbers
from tests.oracle.documents import built, documents

rng = np.random.default_rng(0)
MAPS, LINES, ROW = (2, 7, 6), (2, 7), (5,)
WEIGHT = rng.normal(size=(3, 2, 3, 2))

KINDS: dict[str, Any] = {
    "conv2d": (MAPS, partial(Conv2d, weight=WEIGHT, bias=rng.normal(size=3))),
    "conv2d with every option": (
        MAPS, partial(Conv2d, weight=WEIGHT, stride=(2, 1), padding=(3, 1), dilation=(2, 3)),
    ),
    "conv2d in groups": (
        (4, 5, 4),
        partial(
            Conv2d, weight=rng.normal(size=(6, 2, 3, 2)), bias=rng.normal(size=6), groups=2,
            stride=(2, 1), padding=(1, 0, 2, 1),
        ),
    ),
    "conv2d depthwise": (
        (3, 5, 4), partial(Conv2d, weight=rng.normal(size=(3, 1, 2, 3)), padding="same", groups=3),
    ),
    "conv2d of the same size": (
        MAPS, partial(Conv2d, weight=WEIGHT, padding="same", dilation=(1, 3)),
    ),
    "conv2d with mirrored padding": (
        MAPS,
        partial(
            Conv2d, weight=WEIGHT, bias=rng.normal(size=3), padding=(5, 3, 4, 2),
            padding_mode="reflect", dilation=(2, 1),
        ),
    ),
    "conv2d with repeated edges": (
        (4, 3, 2),
        partial(
            Conv2d, weight=rng.normal(size=(2, 2, 3, 3)), groups=2, stride=(2, 1), padding=(3, 4),
            padding_mode="replicate",
        ),
    ),
    "conv2d of the same size with mirrored padding": (
        MAPS, partial(Conv2d, weight=WEIGHT, padding="same", padding_mode="reflect"),
    ),
    "conv1d": (LINES, partial(Conv1d, weight=WEIGHT[:, :, 0], bias=rng.normal(size=3))),
    "conv1d with every option": (
        LINES, partial(Conv1d, weight=WEIGHT[..., 0], stride=2, padding=(3, 1), dilation=2),
    ),
    "conv1d in groups of the same size": (
        (4, 5), partial(Conv1d, weight=rng.normal(size=(6, 2, 4)), padding="same", groups=2),
    ),
    "conv1d with mirrored padding": (
        LINES,
        partial(Conv1d, weight=WEIGHT[..., 0], padding=5, padding_mode="reflect", dilation=3),
    ),
    "max_pool1d": (LINES, partial(MaxPool1d, kernel=3)),
    "max_pool1d with every option": (
        LINES,
        partial(
            MaxPool1d, kernel=3, stride=2, padding=1, dilation=2, ceil_mode=True, ties="split",
        ),
    ),
    "avg_pool1d": (LINES, partial(AvgPool1d, kernel=2)),
    "avg_pool1d with every option": (
        LINES,
        partial(
            AvgPool1d, kernel=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False,
        ),
    ),
    "conv_transpose2d": (
        MAPS,
        partial(ConvTranspose2d, weight=rng.normal(size=(2, 3, 3, 2)), bias=numbers([1, 0, 2])),
    ),
    "conv_transpose2d with every option": (
        (4, 3, 4),
        partial(
            ConvTranspose2d, weight=rng.normal(size=(4, 3, 2, 3)), bias=rng.normal(size=6),
            stride=(3, 2), padding=(1, 2), output_padding=(2, 0), groups=2, dilation=(1, 2),
        ),
    ),
    "conv_transpose2d with rows that a dilation steps over": (
        (1, 3, 2),
        partial(
            ConvTranspose2d, weight=rng.normal(size=(1, 1, 2, 2)), output_padding=(2, 1),
            dilation=(3, 2),
        ),
    ),
    "batch_norm2d": (
        MAPS,
        partial(
            BatchNorm2d, running_mean=numbers([0.5, -1]), running_var=numbers([2, 0.3]),
            weight=numbers([1.5, -2]), bias=numbers([0.1, 0.2]),
        ),
    ),
    "batch_norm2d without parameters": (
        MAPS,
        partial(BatchNorm2d, running_mean=numbers([0.5, 3]), running_var=numbers([0, 9]), eps=0.01),
    ),
    "linear": (ROW, partial(Linear, weight=rng.normal(size=(3, 5)), bias=rng.normal(size=3))),
    "linear without bias": (ROW, partial(Linear, weight=rng.normal(size=(3, 5)))),
    "relu": (MAPS, Relu),
    "leaky_relu": (MAPS, partial(LeakyRelu, negative_slope=0.3)),
    "sigmoid": (MAPS, Sigmoid),
    "tanh": (ROW, Tanh),
    "identity": (MAPS, Identity),
    "hardtanh": (MAPS, Hardtanh),
    "hardtanh with other ends": (MAPS, partial(Hardtanh, min_val=-0.3, max_val=1.2)),
    "elu": (MAPS, Elu),
    "elu with a kink": (ROW, partial(Elu, alpha=-0.4)),
    "gelu": (MAPS, Gelu),
    "gelu with tanh": (MAPS, partial(Gelu, approximate="tanh")),
    "silu": (ROW, Silu),
    "softplus": (MAPS, Softplus),
    "softplus with a jump": (MAPS, partial(Softplus, beta=3.0, threshold=0.9)),
    "prelu": (MAPS, partial(PRelu, weight=numbers([0.25]))),
    "prelu of each channel": (MAPS, partial(PRelu, weight=numbers([0.3, -1.5]))),
    "prelu of a row": (ROW, partial(PRelu, weight=rng.normal(size=5))),
    "dropout": (MAPS, partial(Dropout, mask=numbers(rng.integers(0, 2, MAPS)))),
    "dropout of nearly all": (
        ROW, partial(Dropout, mask=numbers([0, 0, 1, 0, 0]), p=0.9),
    ),
    "softmax": (ROW, Softmax),
    "softmax of a map": (MAPS, Softmax),
    "log_softmax": (ROW, LogSoftmax),
    "log_softmax of a map": (MAPS, LogSoftmax),
    "max_pool2d": (MAPS, partial(MaxPool2d, kernel=(2, 2))),
    "max_pool2d with every option": (
        MAPS,
        partial(
            MaxPool2d, kernel=(3, 3), stride=(1, 2), padding=(1, 1), dilation=(2, 1),
            ceil_mode=True, ties="last",
        ),
    ),
    "max_pool2d that splits": (MAPS, partial(MaxPool2d, kernel=(3, 2), ties="split")),
    "max_pool2d that pays all": (MAPS, partial(MaxPool2d, kernel=(3, 2), ties="all")),
    "avg_pool2d": (MAPS, partial(AvgPool2d, kernel=(2, 2))),
    "avg_pool2d with every option": (
        MAPS,
        partial(
            AvgPool2d, kernel=(3, 3), stride=(2, 2), padding=(1, 1), ceil_mode=True,
            count_include_pad=False,
        ),
    ),
    "avg_pool2d with a divisor": (
        MAPS, partial(AvgPool2d, kernel=(3, 2), padding=(1, 0), divisor_override=5),
    ),
    "avg_pool2d with a divisor below 0": (
        MAPS, partial(AvgPool2d, kernel=(2, 2), divisor_override=-3),
    ),
    "max_pool2d over the end": ((2, 1, 3), partial(MaxPool2d, kernel=(2, 2), ceil_mode=True)),
    "adaptive_max_pool2d": (MAPS, partial(AdaptiveMaxPool2d, output_size=(3, 2))),
    "adaptive_max_pool2d that overlaps": (MAPS, partial(AdaptiveMaxPool2d, output_size=(5, 4))),
    "adaptive_max_pool2d with more windows than cells": (
        (2, 3, 2), partial(AdaptiveMaxPool2d, output_size=(7, 5)),
    ),
    "adaptive_avg_pool2d": (MAPS, partial(AdaptiveAvgPool2d, output_size=(1, 1))),
    "adaptive_avg_pool2d that overlaps": (MAPS, partial(AdaptiveAvgPool2d, output_size=(5, 4))),
    "adaptive_avg_pool2d with more windows than cells": (
        (2, 3, 2), partial(AdaptiveAvgPool2d, output_size=(7, 5)),
    ),
    "flatten": (MAPS, Flatten),
    "add": (MAPS, partial(Add, source=-1)),
}  # fmt: skip

kinds = pytest.mark.parametrize("kind", KINDS)


def jacobian(layer, tape):
    """[output cells, input cells], from the contributions of each input cell."""
    matrix = np.zeros((np.prod(layer.shape), np.prod(layer.input_shape)))
    for cell in range(matrix.shape[1]):
        to = layer.contributions_to(tape, np.array([cell]))
        assert (to.inputs == cell).all()
        steps = np.diff(to.outputs)
        assert (steps >= (layer.repeats == 1)).all(), "each reader once, in adding order"
        np.add.at(matrix[:, cell], to.outputs, to.derivatives)
    return matrix


def jacobian_by_rows(layer, tape):
    """The same from the contributions of each output cell; what reads padding is left out."""
    matrix = np.zeros((np.prod(layer.shape), np.prod(layer.input_shape)))
    for cell in range(matrix.shape[0]):
        of = layer.contributions_of(tape, cell)
        assert (of.outputs == cell).all()
        inside = of.inputs >= 0
        np.add.at(matrix[cell], of.inputs[inside], of.derivatives[inside])
    return matrix


def parameter_jacobian(layer, tape, name):
    matrix = np.zeros((np.prod(layer.shape), layer.parameters[name].size))
    for cell in range(matrix.shape[1]):
        to = layer.contributions_to_parameter(tape, name, cell)
        assert (to.inputs == cell).all()
        matrix[to.outputs, cell] = to.derivatives
    return matrix


def check_three_ways(layer, tape, upstream):
    matrix = jacobian(layer, tape)
    np.testing.assert_allclose(jacobian_by_rows(layer, tape), matrix, 1e-12, 1e-12)
    gradient = layer.backward(tape, upstream).ravel()
    np.testing.assert_allclose(gradient, upstream.ravel() @ matrix, 1e-12, 1e-12)
    for name, gradient in layer.backward_parameters(tape, upstream).items():
        assert gradient.shape == layer.parameters[name].shape
        uses = parameter_jacobian(layer, tape, name)
        np.testing.assert_allclose(gradient.ravel(), upstream.ravel() @ uses, 1e-12, 1e-12)


@kinds
def test_the_fast_backward_pass_is_the_column_sums_of_the_contributions(kind):
    shape, make = KINDS[kind]
    layer = make(shape)
    # Halves, so that some cells tie.
    y, tape = layer.forward(np.round(rng.normal(size=shape) * 2) / 2)
    assert y.shape == layer.shape
    check_three_ways(layer, tape, rng.normal(size=layer.shape))


@kinds
def test_the_contributions_to_many_cells_are_those_to_each_one_after_the_other(kind):
    shape, make = KINDS[kind]
    layer = make(shape)
    _, tape = layer.forward(np.round(rng.normal(size=shape) * 2) / 2)
    cells = rng.permutation(np.prod(shape))
    together = layer.contributions_to(tape, cells)
    for field in together._fields:
        apart = [
            getattr(layer.contributions_to(tape, cells[[i]]), field) for i in range(len(cells))
        ]
        np.testing.assert_array_equal(getattr(together, field), np.concatenate(apart))


@given(documents(exact=False))
def test_it_is_in_every_layer_of_any_network(doc):
    trace = built(doc).trace()
    for i, layer in enumerate(trace.network.layers):
        check_three_ways(layer, trace.tapes[i], trace.gradients[i + 1])


@kinds
@pytest.mark.parametrize("view", [identity, np.abs, np.ones_like, is_open, is_closed])
def test_a_view_of_the_local_derivatives_is_taken_before_they_are_summed(kind, view):
    shape, make = KINDS[kind]
    layer = make(shape)
    _, tape = layer.forward(np.round(rng.normal(size=shape) * 2) / 2)
    upstream = rng.normal(size=layer.shape)
    expected = np.zeros(np.prod(shape))
    for cell in range(len(expected)):
        to = layer.contributions_to(tape, np.array([cell]))
        expected[cell] = upstream.ravel()[to.outputs] @ view(to.derivatives)
    gradient = layer.backward(tape, upstream, view).ravel()
    np.testing.assert_allclose(gradient, expected, 1e-12, 1e-12)
    for name, gradient in layer.backward_parameters(tape, upstream, view).items():
        for cell in range(gradient.size):
            to = layer.contributions_to_parameter(tape, name, cell)
            wanted = upstream.ravel()[to.outputs] @ view(to.derivatives)
            assert gradient.ravel()[cell] == pytest.approx(wanted, 1e-12, 1e-12)


@kinds
def test_finite_differences_agree_with_the_gradients(kind):
    shape, make = KINDS[kind]
    upstream = rng.normal(size=make(shape).shape)
    assert gradcheck(network(rng.normal(size=shape), make, gradient=upstream)).ok


@kinds
def test_a_gradient_check_would_find_a_wrong_gradient(kind):
    shape, make = KINDS[kind]
    upstream = rng.normal(size=make(shape).shape)
    trace = network(rng.normal(size=shape), make, gradient=upstream).trace()
    trace.gradients[0] = trace.gradients[0] + 0.01
    assert not gradcheck(trace).ok


@kinds
def test_large_maps_take_another_way_to_the_same_figures(kind, monkeypatch):
    shape, make = KINDS[kind]
    layer = make(shape)
    x, upstream = np.round(rng.normal(size=shape) * 2) / 2, rng.normal(size=layer.shape)
    small, tape = layer.forward(x)
    gradient = layer.backward(tape, upstream)
    monkeypatch.setattr(windows, "SMALL", 0)
    large, tape = layer.forward(x)
    np.testing.assert_array_equal(large, small)
    np.testing.assert_allclose(layer.backward(tape, upstream), gradient, 1e-13, 1e-13)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [0, 0.1, 1, 30])
def test_no_sum_of_sizes_exceeds_its_bound_and_no_bound_the_rough_one(kind, scale):
    shape, make = KINDS[kind]
    layer = make(shape)
    x, upstream = rng.normal(size=shape) * scale, rng.normal(size=layer.shape)
    y, tape = layer.forward(x)
    largest, most = (layer.gain * max(1, np.abs(each).max()) for each in (x, upstream))
    bound = layer.bound_forward(np.abs(x))
    assert (np.abs(y) <= bound * (1 + 1e-12)).all()
    assert bound.max() <= largest
    bound = layer.bound_backward(np.abs(upstream))
    assert (layer.backward(tape, np.abs(upstream), np.abs) <= bound * (1 + 1e-12)).all()
    assert bound.max() <= most
    bounds = layer.bound_parameters(np.abs(x), np.abs(upstream))
    sizes = layer.backward_parameters(tape, np.abs(upstream), np.abs)
    assert list(bounds) == list(sizes) == list(layer.parameters)
    for name, size in sizes.items():
        assert (size <= bounds[name] * (1 + 1e-12)).all()


# --- conventions --------------------------------------------------------------------------------


def trace_of(x, *layers, gradient):
    return network(x, *layers, gradient=gradient).trace()


def test_relu_has_the_slope_0_at_0():
    trace = trace_of([-1, 0, 2], Relu, gradient=[5, 6, 7])
    assert trace.values[1].tolist() == [0, 0, 2]
    assert trace.gradients[0].tolist() == [0, 0, 7]


def test_leaky_relu_has_its_negative_slope_at_0():
    leaky = partial(LeakyRelu, negative_slope=0.25)
    trace = trace_of([-4, 0, 2], leaky, gradient=[8, 8, 8])
    assert trace.values[1].tolist() == [-1, 0, 2]
    assert trace.gradients[0].tolist() == [2, 2, 8]


def test_sigmoid_and_tanh_saturate_without_a_warning():
    for kind, ends in ((Sigmoid, [0, 0.5, 1]), (Tanh, [-1, 0, 1])):
        trace = trace_of([-1e4, 0, 1e4], kind, gradient=[1, 1, 1])
        assert trace.values[1].tolist() == ends
        assert trace.gradients[0][[0, 2]].tolist() == [0, 0]


def test_a_convolution_does_not_flip_its_kernel():
    trace = trace_of([[[1, 0], [0, 0]]], conv([[[[1, 2], [3, 4]]]]), gradient=[[[1]]])
    assert trace.values[1].tolist() == [[[1]]]


TIES = {
    "first": ([[6, 0], [0, 0]], 0),
    "last": ([[0, 6], [0, 0]], 1),
    "split": ([[3, 3], [0, 0]], 0),
    "all": ([[6, 6], [0, 0]], 0),
}


@pytest.mark.parametrize("rule", TIES)
def test_a_tie_is_paid_by_its_rule(rule):
    gradient, winner = TIES[rule]
    pool = partial(MaxPool2d, kernel=(2, 2), ties=rule)
    trace = trace_of([[[5, 5], [1, 2]]], pool, gradient=[[[6]]])
    layer = trace.network.layers[0]
    assert trace.gradients[0].tolist() == [gradient]
    assert layer.winners(trace.tapes[0]).tolist() == [[[winner]]]
    assert layer.maxima(trace.tapes[0])[0, :, 0].tolist() == [True, True, False, False]


@pytest.mark.parametrize(("rule", "winner"), [("first", 0), ("last", 8), ("split", 0), ("all", 0)])
def test_a_window_of_equal_cells_ties_among_all_of_them_and_never_with_padding(rule, winner):
    pool = partial(MaxPool2d, kernel=(3, 3), stride=(2, 2), padding=(1, 1), ties=rule)
    trace = trace_of(-np.ones((1, 3, 3)), pool, gradient=np.full((1, 2, 2), 4))
    assert trace.values[1].tolist() == [[[-1, -1], [-1, -1]]]
    winners = trace.network.layers[0].winners(trace.tapes[0]).ravel()
    # The four windows overlap in the middle, and each holds four real cells.
    assert winners.tolist() == ([4, 5, 7, 8] if rule == "last" else [0, 1, 3, 4])
    expected = {
        "first": [[4, 4, 0], [4, 4, 0], [0, 0, 0]],
        "last": [[0, 0, 0], [0, 4, 4], [0, 4, 4]],
        "split": [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
        "all": [[4, 8, 4], [8, 16, 8], [4, 8, 4]],
    }
    assert trace.gradients[0].tolist() == [expected[rule]]


def test_an_average_counts_padding_but_never_what_lies_beyond_it():
    options: dict[str, Any] = {
        "kernel": (3, 3),
        "stride": (2, 2),
        "padding": (1, 1),
        "ceil_mode": True,
    }
    trace = trace_of(np.ones((1, 6, 6)), partial(AvgPool2d, **options), gradient=np.ones((1, 4, 4)))
    np.testing.assert_allclose(trace.values[1][0, :, 3], [1 / 3, 1 / 2, 1 / 2, 1 / 4])
    real = partial(AvgPool2d, **options, count_include_pad=False)
    trace = trace_of(np.ones((1, 6, 6)), real, gradient=np.ones((1, 4, 4)))
    assert trace.values[1].tolist() == np.ones((1, 4, 4)).tolist()


def test_ceil_mode_keeps_a_window_only_if_it_starts_on_a_cell_or_the_padding_before_it():
    kept = MaxPool2d((1, 5, 5), (2, 2), ceil_mode=True)
    assert kept.shape == (1, 3, 3)
    dropped = MaxPool2d((1, 3, 3), (2, 2), stride=(2, 2), padding=(1, 1), ceil_mode=True)
    assert dropped.shape == (1, 2, 2)


def test_a_stack_of_linear_layers_needs_no_map():
    trace = trace_of([1, 2], linear([[1, -1], [0.5, 2]]), linear([[3, -2]], [1]), gradient=[2])
    assert trace.values[2].tolist() == [3 * -1 + -2 * 4.5 + 1]
    assert trace.gradients[0].tolist() == [2 * (3 * 1 + -2 * 0.5), 2 * (3 * -1 + -2 * 2)]
    assert trace.parameters[0]["weight"].tolist() == numbers([[6, 12], [-4, -8]]).tolist()
