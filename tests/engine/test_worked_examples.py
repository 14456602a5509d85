"""The worked examples that lessons are built from, figure by figure.

A and B are the founding question. The others each dispel a misconception; those that need more than
the engine are tested with the module that shows them.
"""

import math
from functools import partial

import numpy as np
import pytest

from app.engine.layers import AvgPool2d, MaxPool2d, Relu
from app.engine.receipt import Cell, receipt_of
from tests.networks import conv, founding_question, max_pool, network, numbers, pool_convolution


@pytest.fixture(scope="module")
def a():
    """Pool → fully connected."""
    return founding_question().trace()


@pytest.fixture(scope="module")
def b():
    """Pool → convolution."""
    return pool_convolution().trace()


def gradient_of(x, *layers, gradient):
    return network(x, *layers, gradient=gradient).trace().gradients[0].tolist()


# --- A: pool → fully connected ------------------------------------------------------------------


def test_a_forwards(a):
    _, conv_map, relu, pooled, _, outputs = a.values
    assert conv_map.tolist() == [[[1, 8, 5, 7], [4, 9, 9, 8], [6, 5, 5, 8], [5, 1, -1, 6]]]
    assert relu.tolist() == [[[1, 8, 5, 7], [4, 9, 9, 8], [6, 5, 5, 8], [5, 1, 0, 6]]]
    assert pooled.tolist() == [[[9, 9], [6, 8]]]
    assert outputs.tolist() == [12, 2, -4.25]


def test_a_winners_stand_one_in_each_corner_of_a_window(a):
    pool = a.network.layers[2]
    winners = pool.winners(a.tapes[2])
    assert winners.tolist() == [[[5, 6], [8, 11]]]
    assert sorted(a.tapes[2][1].ravel()) == [0, 1, 2, 3]


def test_a_backwards(a):
    to_input, to_map, _, to_pooled, _, _ = a.gradients
    assert to_pooled.tolist() == [[[-0.5, -1], [7, -3]]]
    assert to_map.tolist() == [[[0, 0, 0, 0], [0, -0.5, -1, 0], [7, 0, 0, -3], [0, 0, 0, 0]]]
    assert to_input.tolist() == [
        [
            [0, 0, 0, 0, 0],
            [0, -0.5, -0.5, 1, 0],
            [7, -8, -2.5, -4, 3],
            [14, 7, 0, -6, -3],
            [0, 0, 0, 0, 0],
        ]
    ]


def test_a_parameters(a):
    assert a.parameters[0]["weight"].tolist() == [[[[-5, 15], [7.5, 9.5]]]]
    assert a.parameters[0]["bias"].tolist() == [2.5]
    expected = [[18, 18, 12, 16], [27, 27, 18, 24], [54, 54, 36, 48]]
    assert a.parameters[4]["weight"].tolist() == expected
    assert a.parameters[4]["bias"].tolist() == [2, 3, 6]


def test_a_pooled_neuron_gets_each_gradient_times_its_own_weight(a):
    receipt = receipt_of(a, Cell(2, 0))
    assert receipt.upstream.tolist() == [2, 3, 6]
    assert receipt.factors.tolist() == [0.5, -1, 0.25]
    assert receipt.products.sum() == -0.5
    assert receipt_of(a, Cell(2, 1)).products.tolist() == [2, 0, -3]


def test_adding_without_weights_would_say_the_same_for_all(a):
    assert receipt_of(a, Cell(2, 0)).upstream.sum() == 11
    assert 11 not in a.gradients[3]


def test_an_input_cell_adds_what_overlapping_windows_send_it(a):
    receipt = receipt_of(a, Cell(-1, 2 * 5 + 1))
    terms = {(g, w) for g, w in zip(receipt.upstream, receipt.factors, strict=True) if g * w}
    assert terms == {(7, -1), (-0.5, 2)}
    assert receipt.gradient == -8


def test_a_kernel_learns_though_12_of_16_cells_get_0(a):
    assert np.count_nonzero(a.gradients[1]) == 4
    receipt = receipt_of(a, Cell(0, 0, "weight"))
    assert len(receipt.products) == 16
    assert np.count_nonzero(receipt.products) == 4
    assert receipt.gradient == -5


def test_the_gradient_is_not_the_input(a):
    assert not np.array_equal(a.gradients[0], a.values[0])


def test_a_relu_after_the_linear_layer_takes_the_third_gradient_away():
    net = founding_question()
    layers = [lambda shape, own=own: own for own in net.layers]
    trace = network(net.x, *layers, Relu, gradient=[2, 3, 6]).trace()
    assert trace.values[-1].tolist() == [12, 2, 0]
    assert trace.gradients[3].tolist() == [[[-2, 2], [1, 3]]]


def test_an_average_sends_a_quarter_to_each_cell(a):
    net = network(a.values[1], partial(AvgPool2d, kernel=(2, 2)), gradient=a.gradients[3])
    trace = net.trace()
    assert trace.values[1].tolist() == [[[5.5, 7.25], [4.25, 4.5]]]
    assert trace.gradients[0][0, :2, :2].tolist() == [[-0.125, -0.125], [-0.125, -0.125]]
    assert trace.gradients[0].sum() == a.gradients[3].sum()


# --- B: pool → convolution ----------------------------------------------------------------------


def test_b_figures(b):
    assert b.values[1].tolist() == [[[7, 9, 8], [6, 8, 9], [6, 7, 8]]]
    assert b.gradients[1].tolist() == [[[1, 12, 20], [103, 1234, 2040], [300, 3400, 4000]]]
    assert b.parameters[1]["weight"].tolist() == [[[[8697, 9889], [7686, 8798]]]]
    at = {
        (0, 2): 12, (1, 1): 1, (1, 4): 20, (2, 0): 103, (2, 5): 2040, (3, 2): 1234, (4, 1): 300,
        (5, 2): 3400, (5, 5): 4000,
    }  # fmt: skip
    expected = np.zeros((1, 6, 6))
    for (row, column), gradient in at.items():
        expected[0, row, column] = gradient
    assert b.gradients[0].tolist() == expected.tolist()


def test_the_top_right_cell_has_one_reader_and_its_weight(b):
    receipt = receipt_of(b, Cell(0, 2))
    assert (receipt.upstream.tolist(), receipt.factors.tolist()) == ([10], [2])


def test_the_askers_cell_has_two_readers_that_are_added(b):
    receipt = receipt_of(b, Cell(0, 3))
    assert sorted(zip(receipt.factors, receipt.upstream, strict=True)) == [(1, 100), (3, 1)]
    assert receipt.gradient == 103
    assert math.prod(receipt.products) == 300


def test_the_centre_spells_the_paths(b):
    receipt = receipt_of(b, Cell(0, 4))
    assert receipt.products.tolist() == [4, 30, 200, 1000]
    assert math.prod(receipt.products) == 24_000_000
    unflipped = receipt.factors[::-1] * receipt.upstream
    assert unflipped.sum() == 4321


def test_pooling_passes_on_all_it_gets(b):
    assert b.gradients[1].sum() == b.gradients[0].sum() == 11110


def test_a_bias_gets_the_sum_of_its_map(b):
    assert b.parameters[1]["bias"].tolist() == [1111]
    assert len(receipt_of(b, Cell(1, 0, "bias")).products) == 4


# --- one misconception each ---------------------------------------------------------------------


def test_what_is_routed_is_not_multiplied_by_the_activation_nor_dropped_if_negative():
    assert gradient_of([[[1, 9], [3, 4]]], max_pool(), gradient=[[[-2]]]) == [[[0, -2], [0, 0]]]


def test_where_windows_overlap_gradients_add():
    row = gradient_of([[[3, 0, 4, 2, 0]]], max_pool((1, 3), stride=(1, 2)), gradient=[[[0.7, 0.9]]])
    np.testing.assert_allclose(row, [[[0, 0, 1.6, 0, 0]]])
    centre = gradient_of(
        [[[1, 2, 3], [4, 9, 5], [6, 7, 8]]], max_pool(stride=(1, 1)), gradient=[[[1, 2], [3, 4]]]
    )
    assert centre == [[[0, 0, 0], [0, 10, 0], [0, 0, 0]]]


@pytest.mark.parametrize(
    ("rule", "paid"), [("first", [6, 0]), ("last", [0, 6]), ("split", [3, 3]), ("all", [6, 6])]
)
def test_on_a_tie_the_rule_decides(rule, paid):
    pool = partial(MaxPool2d, kernel=(2, 2), ties=rule)
    assert gradient_of([[[5, 5], [1, 2]]], pool, gradient=[[[6]]]) == [[paid, [0, 0]]]


@pytest.mark.parametrize("rule", ["first", "last", "split", "all"])
def test_the_rule_does_not_matter_where_relu_blocks_every_choice(rule):
    pool = partial(MaxPool2d, kernel=(2, 2), ties=rule)
    trace = network([[[-1, -2], [-0.5, -3]]], Relu, pool, gradient=[[[4]]]).trace()
    assert trace.gradients[1].sum() == (16 if rule == "all" else 4)
    assert trace.gradients[0].tolist() == [[[0, 0], [0, 0]]]


def test_padding_never_wins():
    pool = partial(MaxPool2d, kernel=(2, 2), stride=(2, 2), padding=(1, 1))
    trace = network([[[-1, -2], [-3, -4]]], pool, gradient=[[[1, 2], [3, 4]]]).trace()
    assert trace.values[1].tolist() == [[[-1, -2], [-3, -4]]]
    assert trace.gradients[0].tolist() == [[[1, 2], [3, 4]]]


def test_the_index_in_the_window_is_not_the_index_in_the_map():
    x = np.zeros((1, 4, 4))
    x[0, 3, 1] = 1
    trace = network(x, max_pool(), gradient=np.ones((1, 2, 2))).trace()
    pool, tape = trace.network.layers[0], trace.tapes[0]
    assert tape[1][0, 2] == 3
    assert pool.winners(tape)[0, 1, 0] == 13


def test_a_weights_factor_is_its_input_and_an_inputs_factor_is_its_weight():
    trace = network([[[2]]], conv([[[[0.5]]]]), gradient=[[[3]]]).trace()
    assert trace.gradients[0].item() == 1.5
    assert trace.parameters[0]["weight"].item() == 6


def test_flatten_counts_channel_then_row_then_column():
    index = np.ravel_multi_index((1, 0, 1), (2, 2, 2))
    net = founding_question()
    flatten = type(net.layers[3])
    x = np.arange(8.0).reshape(2, 2, 2)
    trace = network(x, flatten, gradient=np.arange(8.0) * 10).trace()
    assert index == 5
    assert trace.values[1][index] == x[1, 0, 1]
    assert trace.gradients[0][1, 0, 1] == 50


def test_left_over_rows_are_read_by_nothing():
    trace = network(np.ones((1, 5, 5)), max_pool(), gradient=np.ones((1, 2, 2))).trace()
    assert not trace.gradients[0][0, 4].any()
    assert not trace.gradients[0][0, :, 4].any()
    assert receipt_of(trace, Cell(-1, 4 * 5 + 2)).zero == "unread"
    assert receipt_of(trace, Cell(-1, 0 * 5 + 4)).zero == "unread"


def test_with_ceil_mode_the_left_over_rows_have_windows_of_their_own():
    net = network(np.ones((1, 5, 5)), max_pool(ceil_mode=True), gradient=np.ones((1, 3, 3)))
    expected = np.zeros((5, 5))
    expected[::2, ::2] = 1
    assert net.trace().gradients[0][0].tolist() == expected.tolist()


def test_a_stride_over_the_kernel_leaves_cells_unread():
    trace = network([[[1, 2, 3, 4]]], conv([[[[5]]]], stride=(1, 3)), gradient=[[[1, 10]]]).trace()
    assert trace.gradients[0].tolist() == [[[5, 0, 0, 50]]]
    assert [receipt_of(trace, Cell(-1, at)).zero for at in (1, 2)] == ["unread", "unread"]


def test_the_route_changes_with_the_winner():
    before = network([[[5, 4.9], [1, 2]]], max_pool(), gradient=[[[1]]]).trace()
    after = network([[[4.8, 4.9], [1, 2]]], max_pool(), gradient=[[[1]]]).trace()
    assert (before.values[1].item(), after.values[1].item()) == (5, 4.9)
    assert before.gradients[0].tolist() == [[[1, 0], [0, 0]]]
    assert after.gradients[0].tolist() == [[[0, 1], [0, 0]]]


def test_nearly_equal_is_no_tie():
    trace = network([[[5.000, 4.995], [1, 2]]], max_pool(), gradient=[[[6]]]).trace()
    assert trace.network.layers[0].maxima(trace.tapes[0]).sum() == 1
    assert trace.gradients[0].tolist() == numbers([[[6, 0], [0, 0]]]).tolist()
