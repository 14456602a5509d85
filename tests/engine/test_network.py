"""The chain of layers: misfits, overflows, and the start of the backward pass."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from app.engine.heads import CrossEntropy, MeanSquaredError, Upstream
from app.engine.layers import AvgPool2d, Conv2d, Flatten, LeakyRelu, Linear, MaxPool2d, Relu, Tanh
from app.engine.types import Misfit, Overflow
from tests.networks import conv, linear, max_pool, network, numbers

MAP, ROW = (1, 4, 4), (4,)


# --- what fits ----------------------------------------------------------------------------------


def test_layers_are_counted_from_0_and_the_input_is_minus_1():
    net = network(np.ones((1, 4, 4)), Relu, Flatten, linear(np.ones((2, 16))), gradient=[1, 1])
    assert [net.shape_of(layer) for layer in range(-1, 3)] == [(1, 4, 4), (1, 4, 4), (16,), (2,)]


def test_flatten_is_looked_through_both_ways():
    net = network(
        np.ones((1, 2, 2)), Flatten, Flatten, linear(np.ones((2, 4))), Flatten, gradient=[1, 1]
    )
    assert [net.reader_of(layer) for layer in range(-1, 4)] == [2, 2, 2, None, None]
    assert [net.read_by(layer) for layer in range(4)] == [-1, -1, -1, 2]


MISFITS: dict[str, Any] = {
    "a linear layer on a map": (MAP, partial(Linear, weight=np.ones((2, 16))), None, "flatten"),
    "a convolution on a row": (ROW, partial(Conv2d, weight=np.ones((1, 1, 1, 1))), None, "map"),
    "a pool on a row": (ROW, partial(MaxPool2d, kernel=(1, 1)), None, "map"),
    "too many columns": (ROW, partial(Linear, weight=np.ones((2, 5))), "weight", "reads 4 numbers"),
    "a bias too short": (
        ROW, partial(Linear, weight=np.ones((2, 4)), bias=np.ones(1)), "bias", "needs 2",
    ),
    "kernels of other channels": (
        MAP, partial(Conv2d, weight=np.ones((1, 2, 3, 3))), "weight", "has 1",
    ),
    "a bias of a convolution too long": (
        MAP, partial(Conv2d, weight=np.ones((1, 1, 3, 3)), bias=np.ones(2)), "bias", "needs 1",
    ),
    "a kernel larger than its input": (
        MAP, partial(Conv2d, weight=np.ones((1, 1, 5, 5))), "weight", "covers 5 × 5",
    ),
    "a window larger than its input": (
        MAP, partial(AvgPool2d, kernel=(5, 1)), "kernel", "covers 5 × 1",
    ),
    "a dilated window larger than its input": (
        MAP, partial(MaxPool2d, kernel=(3, 3), dilation=(2, 2)), "kernel", "covers 5 × 5",
    ),
    "padding over half the kernel": (
        MAP, partial(MaxPool2d, kernel=(3, 2), padding=(1, 2)), "padding", "at most 1 and 1",
    ),
    "a window that steps over every cell": (
        (1, 1, 5), partial(MaxPool2d, kernel=(2, 2), padding=(1, 1), dilation=(2, 2)), "dilation",
        "no cell",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MISFITS)
def test_a_layer_that_does_not_fit_says_which_field_and_why(case):
    shape, make, field, words = MISFITS[case]
    with pytest.raises(Misfit, match=words) as caught:
        network(np.ones(shape), make, gradient=[])
    assert (caught.value.layer, caught.value.field) == (0, field)


def test_the_first_layer_that_does_not_fit_is_named():
    with pytest.raises(Misfit) as caught:
        network([1, 2], Relu, linear([[1]]), linear([[1, 2, 3]]), gradient=[1])
    assert caught.value.layer == 1


HEADS: dict[str, Any] = {
    "upstream gradients of another shape": (
        ROW, partial(Upstream, gradient=np.ones(3)), "gradient", "one for each",
    ),
    "targets of another shape": (
        ROW, partial(MeanSquaredError, target=np.ones((1, 2, 2))), "target", "one for each",
    ),
    "cross-entropy on a map": (MAP, partial(CrossEntropy, target=0), None, "flatten"),
    "a class that is not there": (ROW, partial(CrossEntropy, target=4), "target", "0 to 3"),
}  # fmt: skip


@pytest.mark.parametrize("case", HEADS)
def test_a_head_that_does_not_fit_says_which_field_and_why(case):
    shape, head, field, words = HEADS[case]
    with pytest.raises(Misfit, match=words) as caught:
        network(np.ones(shape), Relu, head=head)
    assert (caught.value.layer, caught.value.field) == (None, field)


# --- where the way back starts ------------------------------------------------------------------


@pytest.mark.parametrize("target", [0, 1, 2])
def test_cross_entropy_is_stable_for_scores_of_1000(target):
    trace = network([1000, -1000, 0], Relu, head=partial(CrossEntropy, target=target)).trace()
    assert trace.probabilities is not None
    assert trace.probabilities.tolist() == [1, 0, 0]
    assert trace.loss == [0, 1000, 1000][target]
    expected = numbers([1, 0, 0])
    expected[target] -= 1
    assert trace.gradients[-1].tolist() == expected.tolist()


def test_cross_entropy_starts_with_p_minus_y():
    trace = network([0, 0], LeakyRelu, head=partial(CrossEntropy, target=1)).trace()
    assert trace.loss == pytest.approx(np.log(2))
    assert trace.gradients[-1].tolist() == [0.5, -0.5]


@pytest.mark.parametrize(
    ("reduction", "loss", "gradient"), [("mean", 2.5, [2, -1]), ("sum", 5, [4, -2])]
)
def test_the_squared_error_has_no_factor_of_a_half(reduction, loss, gradient):
    head = partial(MeanSquaredError, target=numbers([1, 3]), reduction=reduction)
    trace = network([3, 2], Relu, head=head).trace()
    assert trace.loss == loss
    assert trace.gradients[-1].tolist() == gradient
    assert trace.probabilities is None


def test_upstream_gradients_have_no_loss():
    trace = network([1], Relu, gradient=[3]).trace()
    assert (trace.loss, trace.probabilities) == (None, None)


# --- what overflows -----------------------------------------------------------------------------

BIG = 1e200

OVERFLOWS: dict[str, Any] = {
    "a value of a convolution": (
        [[[BIG]]], [Relu, conv([[[[BIG]]]])], {"gradient": [[[1]]]}, 1, "a value",
    ),
    "a value that a ReLU would hide": (
        [-BIG], [linear([[BIG]]), Relu], {"gradient": [1]}, 0, "a value",
    ),
    "a value that tanh would hide": (
        [BIG], [linear([[BIG]]), Tanh], {"gradient": [1]}, 0, "a value",
    ),
    "a sum whose terms do not overflow": (
        [1e308, 1e308], [linear([[1, 1]])], {"gradient": [1]}, 0, "a value",
    ),
    "two infinities that cancel": (
        [BIG, BIG], [linear([[BIG, -BIG]])], {"gradient": [1]}, 0, "a value",
    ),
    "a value of a leaky ReLU": (
        [-BIG], [partial(LeakyRelu, negative_slope=BIG)], {"gradient": [1]}, 0, "a value",
    ),
    "the sum of an average": (
        [[[1.7e308, 1.7e308]]], [partial(AvgPool2d, kernel=(1, 2))], {"gradient": [[[1]]]}, 0,
        "a value",
    ),
    "the loss": (
        [BIG], [Relu], {"head": partial(MeanSquaredError, target=numbers([0]))}, None, "the loss",
    ),
    "a gradient of the input": (
        [1], [Relu, linear([[BIG]]), Relu], {"gradient": [BIG]}, 1, "a gradient",
    ),
    "a gradient of a weight": (
        [BIG], [linear([[1e-100]]), Relu], {"gradient": [BIG]}, 0, "a gradient",
    ),
    "a gradient of a bias": (
        [[[0, 0]]], [conv([[[[0]]]], [0])], {"gradient": [[[1.7e308, 1.7e308]]]}, 0, "a gradient",
    ),
    "where windows overlap": (
        [[[1, 2, 1]]], [max_pool((1, 2), stride=(1, 1))], {"gradient": [[[1e308, 1e308]]]}, 0,
        "a gradient",
    ),
    "where every slope below is 0": (
        [-1], [Relu, linear([[BIG]])], {"gradient": [BIG]}, 1, "a gradient",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OVERFLOWS)
def test_an_overflow_is_refused_at_its_layer(case):
    x, layers, head, layer, what = OVERFLOWS[case]
    with pytest.raises(Overflow) as caught:
        network(x, *layers, **head).trace()
    assert (caught.value.layer, caught.value.what) == (layer, what)


def test_large_numbers_that_do_not_overflow_are_admitted():
    trace = network([1e200, -1e200], Relu, linear([[1e100, 1]]), gradient=[1]).trace()
    assert trace.values[2].tolist() == [1e300]
