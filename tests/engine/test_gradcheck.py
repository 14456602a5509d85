import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import given

from app.engine.gradcheck import check_cell, gradcheck
from app.engine.heads import CrossEntropy
from app.engine.layers import (
    AvgPool2d,
    Conv2d,
    Flatten,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Relu,
    Sigmoid,
    Tanh,
)
from app.engine.receipt import Cell
from app.engine.types import Overflow, identity
from tests.networks import (
    conv,
    founding_question,
    linear,
    max_pool,
    network,
    networks,
    pool_convolution,
    tie,
)


@given(networks())
def test_every_gradient_of_any_network_is_right(net):
    report = gradcheck(net)
    assert report.ok
    cells = net.x.size + sum(p.size for each in net.layers for p in each.parameters.values())
    assert report.count("agree") + report.count("kink") == cells


@pytest.mark.parametrize("question", [founding_question, pool_convolution])
def test_the_worked_examples_agree_everywhere_and_closely(question):
    report = gradcheck(question())
    assert report.count("kink") == report.count("wrong") == 0
    assert all(each.difference < 1e-9 for each in report.findings)


@pytest.mark.parametrize("ties", ["first", "last", "split", "all"])
def test_a_tie_is_a_kink_and_no_error(ties):
    report = gradcheck(tie(ties))
    assert report.ok
    kinks = [each for each in report.findings if each.verdict == "kink"]
    assert [each.cell for each in kinks] == [Cell(-1, 0), Cell(-1, 1)]
    for each in kinks:
        assert [each.below, each.above] == pytest.approx([0, 6])
        assert each.switches[0].layer == 0


def test_a_relu_at_exactly_0_is_a_kink_where_something_depends_on_it():
    report = gradcheck(network([0, 1, 0], Relu, linear([[2, 3, 0]]), gradient=[1]))
    kinks = [each.cell for each in report.findings if each.verdict == "kink"]
    # The third cell stands at 0 as well, but its weight is 0: either side has the slope 0.
    assert kinks[0] == Cell(-1, 0)
    assert Cell(-1, 2) not in kinks
    assert report.ok


def test_a_leaky_relu_without_a_bend_has_no_kink():
    net = network([0, 1], partial(LeakyRelu, negative_slope=1), gradient=[1, 1])
    assert gradcheck(net).count("agree") == 2


def test_a_tie_whose_cells_move_together_is_checked_and_shows_that_paying_all_is_wrong():
    # One weight makes both cells: however it moves, they stay equal, and there is no kink.
    def net(ties):
        return network([[[1, 1]]], conv([[[[5]]]]), max_pool((1, 2), ties=ties), gradient=[[[6]]])

    assert all(gradcheck(net(ties)).count("wrong") == 0 for ties in ("first", "last", "split"))
    wrong = [each for each in gradcheck(net("all")).findings if each.verdict == "wrong"]
    assert [each.cell for each in wrong] == [Cell(0, 0, "weight")]


def test_a_kink_beside_the_cell_is_stepped_around():
    net = network([[[5, 5 - 1e-5], [1, 2]]], max_pool(), gradient=[[[6]]])
    assert gradcheck(net).count("agree") == 4


def test_the_same_cell_fails_with_a_step_over_its_margin_and_is_told_why():
    # Worked example 10: the finite difference is off when the winner changes within the step.
    trace = network([[[5, 4.9], [1, 2]]], max_pool(), gradient=[[[1]]]).trace()
    assert check_cell(trace, Cell(-1, 0), 0.09).verdict == "agree"
    over = check_cell(trace, Cell(-1, 0), 0.2)
    assert over.verdict == "kink"
    assert over.happened / 0.4 == pytest.approx(0.75)
    assert [(each.before, each.after) for each in over.switches] == [((1,), (0,))]


def test_a_weight_fails_when_the_margin_is_below_the_step_times_the_difference_of_slopes():
    # The map is w · (5, 4): a margin of 1 · w = 2, closed by w alone only at w = 0.
    trace = network(
        [[[5, 4]], [[0, 1]]], conv([[[[2]], [[1]]]]), max_pool((1, 2)), gradient=[[[1]]]
    ).trace()
    # 10 against 9: the second weight raises only the second cell, by its input of 1.
    assert check_cell(trace, Cell(0, 1, "weight"), 0.9).verdict == "agree"
    assert check_cell(trace, Cell(0, 1, "weight"), 1.1).verdict == "kink"


def test_too_large_a_step_on_a_curve_is_not_called_an_error():
    trace = network([1, -1], Tanh, gradient=[1, 1]).trace()
    assert check_cell(trace, Cell(-1, 0), 0.5).verdict == "curved"
    assert check_cell(trace, Cell(-1, 0)).verdict == "agree"


def test_a_gradient_below_rounding_is_not_called_an_error():
    net = network([60.0, 0.0], linear(np.eye(2)), head=partial(CrossEntropy, target=0))
    assert gradcheck(net).ok


def test_large_and_small_numbers_are_checked_as_well():
    for size in (1e-6, 1e6):
        net = network(np.array([3.0, -2.0]) * size, linear([[1, 2], [3, 4]]), gradient=[1, -1])
        assert gradcheck(net).count("agree") == 6


def test_a_small_cell_beside_large_ones_gets_a_step_of_its_own_size():
    net = network([1e8, 0, -1e8], Sigmoid, gradient=[1, 1, 1])
    assert gradcheck(net).count("agree") == 3


# --- planted mistakes ---------------------------------------------------------------------------


class FlippedConv(Conv2d):
    def backward(self, tape, upstream, view=identity):
        return super().backward(tape, upstream, view)[:, ::-1, ::-1]


class OneCellBias(Conv2d):
    def backward_parameters(self, tape, upstream, view=identity):
        found = super().backward_parameters(tape, upstream, view)
        return found | {"bias": upstream[:, 0, 0]}


class OpenRelu(Relu):
    def backward(self, tape, upstream, view=identity):
        return upstream


class SpreadPool(MaxPool2d):
    def backward(self, tape, upstream, view=identity):
        return AvgPool2d(self.input_shape, self.windows.kernel).backward(
            np.ones(self.windows.positions), upstream, view
        )


class WeightAsFactor(Linear):
    def backward_parameters(self, tape, upstream, view=identity):
        return super().backward_parameters(tape, upstream, view) | {
            "weight": upstream[:, None] * self.weight
        }


def planted(convolution=Conv2d, relu=Relu, pool=MaxPool2d, last=Linear):
    rng = np.random.default_rng(3)
    return network(
        rng.normal(size=(1, 5, 5)),
        partial(convolution, weight=rng.normal(size=(2, 1, 2, 2)), bias=np.array([1.0, -2.0])),
        relu,
        partial(pool, kernel=(2, 2)),
        Flatten,
        partial(last, weight=rng.normal(size=(3, 8))),
        gradient=rng.normal(size=3),
    )


def test_without_a_mistake_the_same_network_is_right():
    assert gradcheck(planted()).count("agree") == 25 + 8 + 2 + 24


@pytest.mark.parametrize(
    ("mistake", "at_fault"),
    [
        ({"convolution": FlippedConv}, (-1, None)),
        ({"convolution": OneCellBias}, (0, "bias")),
        ({"relu": OpenRelu}, (0, "weight")),
        ({"pool": SpreadPool}, (0, "weight")),
        ({"last": WeightAsFactor}, (4, "weight")),
    ],
)
def test_a_wrong_backward_pass_is_caught_where_it_shows(mistake, at_fault):
    report = gradcheck(planted(**mistake))
    assert not report.ok
    wrong = [each for each in report.findings if each.verdict == "wrong"]
    assert at_fault in {(each.layer, each.parameter) for each in wrong}
    assert all(len(each.cells) == 1 for each in wrong)


def test_one_wrong_cell_among_many_is_found():
    class OneWrong(Linear):
        def backward_parameters(self, tape, upstream, view=identity):
            found = super().backward_parameters(tape, upstream, view)
            found["weight"][1, 5] += 0.01
            return found

    report = gradcheck(planted(last=OneWrong))
    wrong = [each.cell for each in report.findings if each.verdict == "wrong"]
    assert wrong == [Cell(4, 13, "weight")]


@pytest.mark.parametrize("largest", [sys.float_info.max, -sys.float_info.max])
@pytest.mark.parametrize("layer", [Relu, Tanh, linear([[0]])])
def test_a_step_that_leaves_float64_is_refused(largest, layer):
    with pytest.raises(Overflow):
        gradcheck(network([largest], layer, gradient=[1]))
