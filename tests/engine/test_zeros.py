"""The reasons of zeros: one test per reason; the fast and the slow way agree."""

from functools import partial

import pytest
from hypothesis import given

from app.engine.heads import CrossEntropy, MeanSquaredError
from app.engine.layers import Flatten, MaxPool2d, Relu
from app.engine.receipt import Cell, receipt_of
from app.engine.zeros import zeros_of_cells, zeros_of_parameter
from tests.networks import (
    conv,
    founding_question,
    linear,
    max_pool,
    network,
    numbers,
    pool_convolution,
)
from tests.oracle.documents import built, documents


def check_codes(trace):
    """The codes of whole arrays are those of each receipt."""
    for layer in range(-1, len(trace.network.layers)):
        codes = zeros_of_cells(trace, layer)
        assert codes == [receipt_of(trace, Cell(layer, at)).zero for at in range(len(codes))]
        assert len(codes) == trace.gradients[layer + 1].size
    for layer, own in enumerate(trace.parameters):
        for name, gradient in own.items():
            codes = zeros_of_parameter(trace, layer, name)
            cells = [Cell(layer, at, name) for at in range(gradient.size)]
            assert codes == [receipt_of(trace, cell).zero for cell in cells]


@given(documents(exact=True))
def test_the_codes_of_exact_networks_are_those_of_the_receipts(doc):
    check_codes(built(doc).trace())


@given(documents(exact=False))
def test_the_codes_of_any_network_are_those_of_the_receipts(doc):
    check_codes(built(doc).trace())


@pytest.mark.parametrize("question", [founding_question, pool_convolution])
def test_the_codes_of_the_worked_examples_are_those_of_the_receipts(question):
    check_codes(question().trace())


def zeros(trace, cell):
    """(the codes of its terms, the code of its gradient), both ways alike."""
    check_codes(trace)
    receipt = receipt_of(trace, cell)
    return receipt.zeros, receipt.zero


def test_lost_another_cell_won_the_max():
    trace = network([[[1, 9], [3, 4]]], max_pool(), gradient=[[[-2]]]).trace()
    assert zeros(trace, Cell(-1, 0)) == (["lost"], "lost")
    assert zeros(trace, Cell(-1, 1)) == ([None], None)


@pytest.mark.parametrize(("rule", "second"), [("first", "lost"), ("split", None), ("all", None)])
def test_a_tied_cell_has_lost_only_where_the_rule_says_so(rule, second):
    pool = partial(MaxPool2d, kernel=(2, 2), ties=rule)
    trace = network([[[5, 5], [1, 2]]], pool, gradient=[[[6]]]).trace()
    assert zeros(trace, Cell(-1, 1)) == ([second], second)


def test_blocked_the_activation_is_flat_here():
    trace = network([-1, 2], Relu, gradient=[5, 5]).trace()
    assert zeros(trace, Cell(-1, 0)) == (["blocked"], "blocked")


def test_weight_the_weight_between_is_0():
    trace = network([1, 2], linear([[0, 3]]), gradient=[5]).trace()
    assert zeros(trace, Cell(-1, 0)) == (["weight"], "weight")


def test_input_the_number_a_weight_meets_is_0():
    trace = network([0, 2], linear([[4, 3]]), gradient=[5]).trace()
    assert zeros(trace, Cell(0, 0, "weight")) == (["input"], "input")


def test_settled_the_loss_asks_for_no_change():
    head = partial(MeanSquaredError, target=numbers([1, 5]))
    trace = network([1, 2], linear([[1, 0], [0, 1]]), head=head).trace()
    assert zeros(trace, Cell(0, 0)) == (["settled"], "settled")
    assert zeros(trace, Cell(0, 1)) == ([None], None)


def test_settled_a_probability_that_is_exactly_1():
    trace = network([1000, -1000], Relu, head=partial(CrossEntropy, target=0)).trace()
    assert zeros(trace, Cell(0, 0)) == (["settled"], "settled")


def test_upstream_nothing_arrives_from_above():
    trace = network([1, 2], linear([[4, 3]]), gradient=[0]).trace()
    assert zeros(trace, Cell(-1, 0)) == (["upstream"], "upstream")
    assert zeros(trace, Cell(0, 0)) == (["upstream"], "upstream")


def test_the_factor_goes_before_the_upstream_gradient():
    trace = network([0, 2], linear([[0, 3]]), gradient=[0]).trace()
    assert zeros(trace, Cell(-1, 0)) == (["weight"], "weight")
    assert zeros(trace, Cell(0, 0, "weight")) == (["input"], "input")


def test_underflow_neither_is_0_but_their_product_is():
    trace = network([1, 2], linear([[1e-200, 3]]), gradient=[1e-200]).trace()
    assert zeros(trace, Cell(-1, 0)) == (["underflow"], "underflow")


def test_unread_no_window_reads_it():
    trace = network([[[1, 2, 3]]], max_pool((1, 2)), gradient=[[[1]]]).trace()
    assert zeros(trace, Cell(-1, 2)) == ([], "unread")


def test_mixed_several_reasons():
    trace = network([1], linear([[0], [5]]), gradient=[7, 0]).trace()
    assert zeros(trace, Cell(-1, 0)) == (["weight", "upstream"], "mixed")


def test_cancelled_terms_that_are_not_0_add_up_to_it():
    trace = network([1], linear([[1], [-1]]), gradient=[7, 7]).trace()
    assert zeros(trace, Cell(-1, 0)) == ([None, None], "cancelled")


def test_cancelled_within_the_bound_of_rounding():
    trace = network([1], linear([[0.1], [0.2], [-0.3]]), gradient=[1, 1, 1]).trace()
    assert trace.gradients[0][0] != 0
    assert zeros(trace, Cell(-1, 0))[1] == "cancelled"


def test_a_truly_tiny_gradient_is_no_zero():
    trace = network([1], linear([[1e-300]]), gradient=[1]).trace()
    assert zeros(trace, Cell(-1, 0)) == ([None], None)


def test_a_cell_of_flatten_has_the_reason_of_its_reader():
    net = network([[[1, 2]]], Flatten, linear([[0, 1]]), gradient=[1])
    assert zeros(net.trace(), Cell(-1, 0)) == (["weight"], "weight")
    assert zeros(net.trace(), Cell(0, 0)) == (["weight"], "weight")


def test_a_padded_bias_only_position_gives_no_input():
    net = network([[[2]]], conv([[[[5]]]], padding=(0, 1)), gradient=[[[1, 0, 1]]])
    assert zeros(net.trace(), Cell(0, 0, "weight")) == (["input", "upstream", "input"], "mixed")
