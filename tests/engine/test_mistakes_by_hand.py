"""Backward passes written wrong by hand, in plain loops: the mistake is among those named.

``plain_loops`` shares nothing with the catalogue, so a mistake is recognised for what it does.
"""

from decimal import Decimal
from functools import partial

import numpy as np
import pytest

from app.engine.heads import CrossEntropy, MeanSquaredError
from app.engine.layers import Add, AvgPool2d, LeakyRelu, Relu, Sigmoid, Tanh
from app.engine.mistakes import diagnose, given
from tests.engine.drawn import drawn_network
from tests.engine.plain_loops import Run, gradients
from tests.networks import conv, linear, max_pool, network

RNG = np.random.default_rng(11)


def numbers(*shape):
    return RNG.uniform(-1.5, 1.5, shape).round(3)


def padded():
    """Strides, paddings, two channels: what geometry can get wrong shows here."""
    return network(
        numbers(2, 7, 7), conv(numbers(3, 2, 3, 3), numbers(3), stride=(2, 2), padding=(1, 1)),
        gradient=numbers(3, 4, 4),
    )  # fmt: skip


def dilated():
    return network(
        numbers(2, 7, 7), conv(numbers(2, 2, 2, 2), dilation=(2, 2)), gradient=numbers(2, 5, 5)
    )


def pooled():
    return network(numbers(2, 6, 6), max_pool((2, 2), stride=(2, 2)), gradient=numbers(2, 3, 3))


def tied():
    x = RNG.integers(0, 3, (2, 6, 6))
    return network(x, max_pool((2, 2)), gradient=numbers(2, 3, 3))


def skipped():
    """Two layers, and a skip connection around the second."""
    return network(
        numbers(3), linear(numbers(4, 3), numbers(4)), linear(numbers(4, 4)),
        partial(Add, source=0), gradient=numbers(4),
    )  # fmt: skip


def averaged(padding=(0, 0)):
    pool = partial(AvgPool2d, kernel=(2, 2), padding=padding)
    net = network(numbers(2, 4, 4), pool, gradient=numbers(*pool((2, 4, 4)).shape))
    return net


def divided():
    """An average of single cells, with a divisor of its own."""
    pool = partial(AvgPool2d, kernel=(1, 1), divisor_override=3)
    return network(numbers(1, 3, 3), pool, gradient=numbers(1, 3, 3))


def paid_with_nothing():
    """A cell that wins two windows, of which the second has the gradient 0."""
    x, gradient = [[[1, 2, 1], [0, 9, 3], [1, 0, 2]]], [[[5, 0.5], [-2, 0]]]
    return network(x, max_pool((2, 2), stride=(1, 1)), gradient=gradient)


def alike():
    """Weights of one size."""
    return network([0.5, -1, 2], linear(np.ones((2, 3))), gradient=[3, -0.75])


def activated(kind):
    return lambda: network(
        numbers(2, 5, 5), conv(numbers(2, 2, 2, 2), numbers(2)), kind, gradient=numbers(2, 4, 4)
    )


def at_zero():
    return network([[[0, 1, -1], [2, 0, -2]]], Relu, gradient=numbers(1, 2, 3))


def classified():
    head = partial(CrossEntropy, target=1)
    return network(numbers(4), linear(numbers(4, 4), numbers(4)), head=head)


def regressed():
    head = partial(MeanSquaredError, target=numbers(4))
    return network(numbers(3), linear(numbers(4, 3), numbers(4)), head=head)


BY_HAND = [
    ("last_kernel", padded, (-1, None)),
    ("stride_forgotten", padded, (-1, None)),
    ("stride_forgotten", padded, (0, "weight")),
    ("stride_forgotten", pooled, (-1, None)),
    ("dilation_forgotten", dilated, (-1, None)),
    ("dilation_forgotten", dilated, (0, "weight")),
    ("padding_cut", padded, (-1, None)),
    ("unpadded_input", padded, (0, "weight")),
    ("convolved", padded, (0, "weight")),
    ("one_channel", padded, (0, "weight")),
    ("bias_all_kernels", padded, (0, "bias")),
    ("bias_all_kernels", classified, (0, "bias")),
    ("outputs_sent_back", padded, (-1, None)),
    ("outputs_sent_back", pooled, (-1, None)),
    ("ties_other", tied, (-1, None)),
    ("winner_exchanged", pooled, (-1, None)),
    ("mask_alone", pooled, (-1, None)),
    ("branches_averaged", skipped, (-1, None)),
    ("branches_averaged", skipped, (0, "weight")),
    ("branch_forgotten", skipped, (-1, None)),
    ("branch_forgotten", skipped, (0, "bias")),
    ("avg_undivided", averaged, (-1, None)),
    ("avg_divided_twice", averaged, (-1, None)),
    ("avg_by_side", averaged, (-1, None)),
    ("avg_to_maximum", averaged, (-1, None)),
    ("avg_padding", partial(averaged, (1, 1)), (-1, None)),
    *((word, activated(kind), where)
      for word, kinds in {
          "slope_at_output": (Sigmoid, Tanh),
          "slope_at_input": (Sigmoid, Tanh),
          "slope_half": (Sigmoid, Tanh),
          "mask_alone": (Relu, LeakyRelu),
          "mask_inverted": (Relu, LeakyRelu),
          "leak_lost": (LeakyRelu,),
      }.items()
      for kind in kinds
      for where in ((0, None), (-1, None), (0, "weight"), (0, "bias"))),
    ("activation_missing", lambda: network(
        numbers(4), linear(numbers(3, 4)), Sigmoid, linear(numbers(2, 3)),
        head=partial(MeanSquaredError, target=numbers(2))), (0, "weight")),
    ("slope_at_0", at_zero, (-1, None)),
    *((word, classified, where)
      for word in ("target_forgotten", "softmax_twice", "probability_slope", "other_class",
                   "scores_minus_target", "divided_by_classes")
      for where in ((0, None), (-1, None), (0, "weight"), (0, "bias"))),
    ("target_forgotten", regressed, (0, "weight")),
    ("scaled", regressed, (0, "weight")),
    ("scaled", padded, (-1, None)),
    ("weight_decay", padded, (0, "weight")),
    ("weight_decay", regressed, (0, "weight")),
    ("stepped", regressed, (0, "weight")),
    ("clipped by value", padded, (-1, None)),
    ("clipped by norm", padded, (0, "weight")),
    ("clipped by value", alike, (0, "weight")),
    ("avg_undivided", divided, (-1, None)),
    ("avg_divided_twice", divided, (-1, None)),
    ("assigned", paid_with_nothing, (-1, None)),
    ("reordered", padded, (0, "weight")),
    ("reordered", padded, (-1, None)),
]  # fmt: skip

CODES_BY_HAND = {word.split(" by ")[0] for word, *_ in BY_HAND}


def named(trace, where, array):
    written = given(array.ravel().tolist(), array.shape)
    return diagnose(trace, where[0], where[1], written)


@pytest.mark.parametrize(("word", "make", "where"), BY_HAND)
def test_a_mistake_made_in_plain_loops_is_named(word, make, where):
    net = make()
    wrong = Run(net, np.float64, word).backwards()[where]
    found = named(net.trace(), where, wrong)
    codes = [slip.code for (slip, *_) in found.explanations]
    assert not found.right
    assert word.split(" by ")[0] in codes
    assert len(found.explanations[0]) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_it_is_named_in_less_exact_arithmetic_too(dtype):
    missed = []
    for word, make, where in BY_HAND:
        net = make()
        with np.errstate(all="ignore"):
            wrong = np.asarray(Run(net, dtype, word).backwards()[where]).astype(dtype)
        found = named(net.trace(), where, wrong.astype(np.float64))
        codes = [slip.code for (slip, *_) in found.explanations]
        if not found.right and word.split(" by ")[0] not in codes:
            missed.append(word)
    assert len(missed) <= 0.02 * len(BY_HAND), missed


def test_it_is_named_from_four_digits_too():
    missed = []
    for word, make, where in BY_HAND:
        net = make()
        wrong = Run(net, np.float64, word).backwards()[where]
        written = [Decimal(f"{x:.3e}") for x in wrong.ravel()]
        found = diagnose(net.trace(), where[0], where[1], given(written, wrong.shape))
        codes = [slip.code for (slip, *_) in found.explanations]
        if not found.right and word.split(" by ")[0] not in codes:
            missed.append((word, where))
    assert len(missed) <= 0.02 * len(BY_HAND), missed


@pytest.mark.parametrize(
    ("word", "amount"),
    [("scaled", 0.5), ("scaled", -0.01), ("weight_decay", 0.05), ("stepped", 0.2)],
)
def test_how_much_is_found_from_the_numbers(word, amount):
    net = regressed()
    run = Run(net, np.float64, word)
    run.amount = amount
    found = named(net.trace(), (0, "weight"), run.backwards()[0, "weight"])
    slip = next(slip for (slip, *_) in found.explanations if slip.code == word)
    assert slip.amount == pytest.approx(amount)
    assert slip.certain


@pytest.mark.parametrize("word", ["scaled", "weight_decay", "stepped"])
def test_an_amount_is_found_in_numbers_of_four_digits(word):
    for make in (padded, regressed) * 5:
        net = make()
        wrong = Run(net, np.float64, word).backwards()[0, "weight"]
        written = given([Decimal(f"{x:.3e}") for x in wrong.ravel()], wrong.shape)
        found = diagnose(net.trace(), 0, "weight", written)
        amounts = {slip.code: slip.amount for (slip, *_) in found.explanations}
        assert amounts[word] == pytest.approx(0.1)


def test_a_step_is_recognised_where_all_weights_are_alike():
    net = alike()
    found = named(
        net.trace(), (0, "weight"), Run(net, np.float64, "stepped").backwards()[0, "weight"]
    )
    assert "stepped" in [slip.code for (slip, *_) in found.explanations]


def test_fewer_than_three_numbers_are_no_more_than_consistent_with_a_factor():
    net = network([2.0, 3.0], linear([[1.0, 2.0]]), gradient=[1.0])
    found = named(net.trace(), (-1, None), np.array([0.37, 0.74]))
    (slip,) = found.explanations[0]
    assert (slip.code, slip.certain) == ("scaled", False)


def test_noise_and_single_errors_get_no_name():
    named_by_chance = tried = 0
    for seed in range(24):
        rng = np.random.default_rng(seed)
        net = drawn_network(seed, most_layers=4)
        trace = net.trace()
        for layer in range(-1, len(net.layers)):
            true = trace.gradients[layer + 1]
            if true.size < 4 or not true.any():
                continue
            noisy = true + rng.normal(size=true.shape) * np.abs(true).max() * 0.1
            single = true.copy()
            at = tuple(rng.integers(0, n) for n in true.shape)
            single[at] += np.abs(true).max() * rng.uniform(0.2, 2)
            for wrong in (noisy, single):
                found = named(trace, (layer, None), wrong.round(4))
                tried += 1
                named_by_chance += bool(found.explanations)
    assert tried > 100
    assert named_by_chance <= 0.01 * tried


SHOWN = sorted(
    {"last_kernel", "convolved", "one_channel", "stride_forgotten", "padding_cut", "unpadded_input",
     "bias_all_kernels", "avg_undivided", "avg_by_side", "avg_to_maximum", "avg_padding",
     "mask_alone", "mask_inverted", "leak_lost", "slope_at_output", "slope_half",
     "outputs_sent_back", "activation_missing", "target_forgotten", "other_class",
     "scores_minus_target", "softmax_twice"}
)  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_any_mistake_is_among_those_named_in_any_network(seed):
    net = drawn_network(seed, most_layers=4)
    trace = net.trace()
    right = gradients(net)
    for word in SHOWN:
        with np.errstate(all="ignore"):
            wrong = Run(net, np.float64, word).backwards()
        for where, array in wrong.items():
            shows = not np.allclose(array, right[where], rtol=1e-9, atol=1e-12)
            if not (shows and np.isfinite(array).all()):
                continue
            found = named(trace, where, array)
            codes = {slip.code for explanation in found.explanations for slip in explanation}
            assert found.right or word in codes, (word, where, [each.name for each in net.layers])
