"""Dropout with its mask, and PReLU, whose slopes learn."""

from functools import partial

import numpy as np
import pytest

from app.engine.heads import Upstream
from app.engine.layers import Dropout, PRelu
from app.engine.mistakes import diagnose, given
from app.engine.network import Network
from app.engine.receipt import Cell, receipt_of
from app.engine.types import Misfit
from app.engine.zeros import zeros_of_parameter
from app.text import sentences
from tests.networks import network, numbers


def dropout(mask, **options):
    return partial(Dropout, mask=numbers(mask), **options)


def prelu(*weight):
    return partial(PRelu, weight=numbers(weight))


def test_what_dropout_keeps_is_divided_by_1_minus_p():
    trace = network([4, 6], dropout([1, 0], p=0.75), gradient=[1, 10]).trace()
    assert trace.values[1].tolist() == [16, 0]
    assert trace.gradients[0].tolist() == [4, 0]
    assert receipt_of(trace, Cell(-1, 1)).zero == "blocked"


def test_a_dropped_cell_is_told_of_as_dropped_and_not_as_flat():
    trace = network([4, 6], dropout([1, 0]), gradient=[1, 10]).trace()
    said = sentences.sentence(trace, receipt_of(trace, Cell(-1, 1)))
    assert "its mask is 0 here" in said
    assert "its mask is 0 here" in sentences.onward_sentence(trace, receipt_of(trace, Cell(0, 1)))


def test_with_p_1_everything_is_dropped():
    trace = network([4, 6], dropout([1, 1], p=1), gradient=[1, 10]).trace()
    assert trace.values[1].tolist() == trace.gradients[0].tolist() == [0, 0]


def test_a_mask_of_another_shape_is_refused_with_the_shape_that_fits():
    with pytest.raises(Misfit, match="shape 3, but what reaches this layer is 2:"):
        network([4, 6], dropout([1, 1, 0]), gradient=[1, 10])


def test_each_example_of_a_batch_can_have_a_mask_of_its_own():
    net = Network(
        numbers([[4, 6], [3, 5]]), [dropout([[1, 0], [0, 1]])],
        partial(Upstream, gradient=numbers([[1, 10], [2, 20]])), is_batch=True,
    )  # fmt: skip
    trace = net.trace()
    assert trace.values[1].tolist() == [[8, 0], [0, 10]]
    assert trace.gradients[0].tolist() == [[2, 0], [0, 40]]
    for at, (kept, dropped) in enumerate([(0, 1), (1, 0)]):
        one = trace.example(at)
        assert receipt_of(one, Cell(-1, dropped)).zero == "blocked"
        assert receipt_of(one, Cell(-1, kept)).gradient == trace.gradients[0][at, kept]


@pytest.mark.parametrize(
    ("x", "is_batch", "said"),
    [([[4, 6]], True, "a batch of 1"), ([4, 6], False, "one example")],
)
def test_masks_for_other_examples_are_refused(x, is_batch, said):
    with pytest.raises(Misfit, match=f"has 2 entries, but the input is {said}"):
        Network(
            numbers(x), [dropout([[1, 0], [0, 1]])],
            partial(Upstream, gradient=numbers(x)), is_batch=is_batch,
        )  # fmt: skip


def test_a_slope_learns_from_the_cells_below_0_of_its_channel():
    x = [[[1, -2], [-3, 0]], [[-4, 5], [6, 7]]]
    trace = network(x, prelu(0.5, -1), gradient=np.full((2, 2, 2), 10)).trace()
    assert trace.values[1].tolist() == [[[1, -1], [-1.5, 0]], [[4, 5], [6, 7]]]
    assert trace.gradients[0].tolist() == [[[10, 5], [5, 5]], [[-10, 10], [10, 10]]]
    assert trace.parameters[0]["weight"].tolist() == [-50, -40]
    receipt = receipt_of(trace, Cell(0, 0, "weight"))
    assert receipt.factors.tolist() == [0, -2, -3, 0]
    assert receipt.zeros == ["blocked", None, None, "blocked"]


def test_one_slope_for_all_learns_from_all_channels():
    x = [[[1, -2], [-3, 0]], [[-4, 5], [6, 7]]]
    trace = network(x, prelu(0.5), gradient=np.full((2, 2, 2), 10)).trace()
    assert trace.parameters[0]["weight"].tolist() == [-90]
    assert len(receipt_of(trace, Cell(0, 0, "weight")).products) == 8
    assert "every channel" in sentences.cell_name(trace, Cell(0, 0, "weight"))


def test_a_slope_that_no_cell_uses_is_blocked():
    trace = network([1, 2], prelu(0.5, 0.25), gradient=[3, 4]).trace()
    assert zeros_of_parameter(trace, 0, "weight") == ["blocked", "blocked"]


def test_there_is_one_slope_or_one_for_each_channel():
    with pytest.raises(Misfit, match="There are 3 slopes, and this layer reads 2 channels"):
        network([1, 2], prelu(1, 2, 3), gradient=[1, 1])


def test_a_pasted_gradient_of_a_slope_is_judged():
    trace = network([-1, 2, -3], prelu(0.5), gradient=[1, 2, 3]).trace()
    right = diagnose(trace, 0, "weight", given([-10.0], (1,)))
    wrong = diagnose(trace, 0, "weight", given([10.0], (1,)))
    assert right.right
    assert not wrong.right
