"""Which causes are named, and which of them first."""

from functools import partial

import numpy as np
import pytest

from app.engine.heads import CrossEntropy
from app.engine.layers import Conv2d, Gelu, MaxPool2d, Relu, Sigmoid, Silu
from app.engine.mistakes import diagnose, given
from tests.engine.drawn import drawn_network
from tests.engine.plain_loops import Run, gradients
from tests.networks import linear, network, numbers


def told(net, where, array):
    """The causes named for an array, each by its first code."""
    array = np.asarray(array)
    layer, parameter = where
    found = diagnose(net.trace(), layer, parameter, given(array.ravel().tolist(), array.shape))
    assert not found.right
    return [some[0] for some in found.explanations]


def with_mistake(net, word, where):
    return Run(net, np.float64, word).backwards()[where]


def two_layers(x=(1, -2, 0.5)):
    rng = np.random.default_rng(5)
    return network(
        list(x),
        linear(rng.uniform(-1, 1, (4, 3)), rng.uniform(-1, 1, 4)),
        linear(rng.uniform(-1, 1, (3, 4)), rng.uniform(-1, 1, 3)),
        head=partial(CrossEntropy, target=1),
    )


def test_a_norm_that_was_clipped_to_a_round_number_comes_before_a_factor_that_nobody_chooses():
    net = two_layers()
    first, second = told(net, (0, "weight"), with_mistake(net, "clipped by norm", (0, "weight")))
    assert (first.code, first.amount) == ("clipped", 0.1)
    assert second.code == "scaled"


def test_a_factor_that_people_choose_is_still_named_first():
    net = two_layers()
    right = gradients(net)[0, "weight"]
    assert told(net, (0, "weight"), right / 5)[0].code == "scaled"


def test_what_gives_the_very_numbers_comes_before_what_only_agrees_with_their_few_digits():
    net = network([1, 2, 3], linear(np.diag([1.006, 0.475, 0.983])), gradient=[1, 1, 1])
    clipped, scaled = told(net, (-1, None), [0.1, 0.1, 0.1])
    # 0.11, 0.05 and 0.11, to one decimal
    assert (clipped.code, scaled.code) == ("clipped", "scaled")


def test_weight_decay_is_recognised_where_the_gradient_itself_is_0():
    net = network([0, 0, 0], linear(numbers([[1, 2, -1], [0.5, 3, 4]])), gradient=[1, -2])
    (decay,) = told(net, (0, "weight"), with_mistake(net, "weight_decay", (0, "weight")))
    assert (decay.code, decay.amount, decay.certain) == ("weight_decay", 0.1, True)


# Networks drawn with a seed, in which an array with this mistake has numbers that cancel.
CANCELLED = [
    (58, "spread", (2, None)),
    (58, "spread", (0, None)),
    (3009, "reordered", (-1, None)),
    (3105, "half_turned", (-1, None)),
]


@pytest.mark.parametrize(("seed", "word", "where"), CANCELLED)
def test_a_wrong_array_whose_terms_cancel_to_rounding_errors_has_its_cause(seed, word, where):
    net = drawn_network(seed, every=True)
    array = with_mistake(net, word, where)
    assert told(net, where, array)[0].code == word
    # The rounding errors of another program, which adds in another order.
    noise = np.random.default_rng(seed).uniform(-1e-16, 1e-16, array.shape) * np.abs(array).max()
    noisy = np.where(array == 0, 0, array + noise)
    assert told(net, where, noisy)[0].code == word


def test_wrong_numbers_from_an_upstream_gradient_of_few_digits_have_their_cause():
    # A GELU far below 0: its slope of 10⁻¹² keeps five digits, and the other rows keep all.
    where = (2, "weight")
    net = drawn_network(30492, every=True)
    (cause,) = told(net, where, with_mistake(net, "weight_as_factor", where))
    assert cause.code == "weight_as_factor"


def test_a_mistake_in_two_kinds_of_layers_out_of_four_is_recognised():
    # The plain loops forget the slopes of a ReLU and of a sigmoid, not those of SiLU and GELU.
    net = network([0.3, -1, 2, 0.7], Relu, Silu, Gelu, Sigmoid, gradient=[1, -2, 0.5, 3])
    where = (-1, None)
    (cause, *_) = told(net, where, with_mistake(net, "slope_forgotten", where))
    assert (cause.code, cause.layers) == ("slope_forgotten", (0, 3))


def test_rounding_errors_of_zeros_are_no_right_numbers_times_a_factor():
    net = two_layers()
    right = gradients(net)[0, "weight"]
    codes = {cause.code for cause in told(net, (0, "weight"), right * 3e-17)}
    assert not codes & {"scaled", "clipped", "weight_decay"}


def test_a_padding_of_0_takes_the_gradient_of_cells_below_0_and_perhaps_of_those_at_0():
    net = network(
        numbers([[[0, -1], [-2, -3]]]),
        partial(MaxPool2d, kernel=(2, 2), padding=(1, 1)),
        gradient=numbers([[[1, 2], [3, 4]]]),
    )
    for array in ([[[1, 0], [0, 0]]], [[[0, 0], [0, 0]]]):
        assert "zero_padding" in [slip.code for slip in told(net, (-1, None), array)]


def unflipped(gradients):
    """A kernel of one-digit numbers, which it moves by one when it is not flipped."""
    n = len(gradients)
    net = network(
        numbers([[list(range(n + 1))]]),
        partial(Conv2d, weight=numbers([[[[0.1, 0.2]]]])),
        gradient=numbers([[gradients]]),
    )
    causes = told(net, (-1, None), with_mistake(net, "unflipped", (-1, None)))
    return next(cause for cause in causes if cause.code == "unflipped")


def test_one_digit_numbers_that_a_mistake_moves_by_one_tell_it_if_there_are_three():
    assert unflipped([1, -1, 1, 1]).certain


def test_fewer_of_them_are_no_more_than_consistent_with_it():
    assert not unflipped([1]).certain


def test_one_digit_numbers_off_by_one_that_no_mistake_gives_have_no_cause():
    net = network(
        numbers([[[1, 2, 3]]]),
        partial(Conv2d, weight=numbers([[[[0.1, 0.2]]]])),
        gradient=numbers([[[1, 1]]]),
    )
    assert told(net, (-1, None), [[[0.1, 0.3, 0.3]]]) == []
