"""Gradients of batches in plain loops: right ones are right, and mistakes are named."""

from decimal import Decimal
from functools import partial

import numpy as np
import pytest

from app.engine.heads import CrossEntropy, MeanSquaredError, NegativeLogLikelihood
from app.engine.layers import Relu
from app.engine.mistakes import Budget, Judge, diagnose, given, made_array, slips, wrong_pass
from app.engine.mistakes.agreement import Agreement
from app.engine.mistakes.batches import parts_of
from app.engine.mistakes.errors import losses
from app.engine.mistakes.precision import FLOAT32
from app.engine.mistakes.search import MAX_WORK
from app.engine.network import Network
from tests.engine.plain_batches import WORDS_OF_BATCHES, alone, batch_gradients, drawn_batch
from tests.engine.plain_loops import FOUND_AT_THE_END, WORDS
from tests.networks import conv, linear

RNG = np.random.default_rng(5)


def numbers(*shape):
    return RNG.uniform(-1.5, 1.5, shape).round(3)


def classified():
    """Three examples of a mean cross-entropy, with a convolution, a ReLU and two rows."""
    return Network(
        numbers(3, 4), [linear(numbers(5, 4), numbers(5)), Relu, linear(numbers(4, 5), numbers(4))],
        partial(CrossEntropy, target=np.array([0, 3, 1])), is_batch=True,
    )  # fmt: skip


def convolved():
    """Two maps, whose kernels lie at several places."""
    return Network(
        numbers(2, 1, 4, 4), [conv(numbers(2, 1, 2, 2), numbers(2))],
        partial(MeanSquaredError, target=numbers(2, 2, 3, 3)), is_batch=True,
    )  # fmt: skip


def judged(trace, where, array):
    layer, parameter = where
    return diagnose(trace, layer, parameter, given(array.ravel().tolist(), array.shape))


def codes(found):
    return {slip.code for explanation in found.explanations for slip in explanation}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("seed", range(16))
def test_right_gradients_of_a_batch_are_right_in_any_arithmetic(seed, dtype):
    net = drawn_batch(seed)
    trace = net.trace()
    for where, array in batch_gradients(net, dtype).items():
        found = judged(trace, where, array.astype(np.float64))
        beyond = np.abs(found.difference) > found.bound * (1 + 1e-9)
        assert found.right, (where, [each.name for each in net.layers])
        assert not beyond.any(), where


SHOWN = sorted({"averaged", "unweighted", "half_turned", "convolved", "one_channel", "transposed",
                "bias_all_kernels", "avg_undivided", "mask_inverted", "slope_forgotten",
                "activation_missing", "target_forgotten", "other_class", "softmax_twice",
                "scores_minus_target", "sign_reversed", "divided_by_classes",
                *WORDS_OF_BATCHES})  # fmt: skip


@pytest.mark.parametrize("seed", range(16))
def test_any_mistake_is_among_those_named_in_any_batch(seed):
    net = drawn_batch(seed)
    trace, right = net.trace(), batch_gradients(net)
    for word in SHOWN:
        with np.errstate(all="ignore"):
            wrong = batch_gradients(net, np.float64, word)
        for where, array in wrong.items():
            shows = not np.allclose(array, right[where], rtol=1e-9, atol=1e-12)
            if shows and np.isfinite(array).all():
                found = judged(trace, where, array)
                kinds = [each.name for each in net.layers]
                assert found.right or word in codes(found), (word, where, kinds)


@pytest.mark.parametrize("word", [*WORDS_OF_BATCHES, "other_class", "softmax_twice",
                                  "probability_slope", "scores_minus_target", "target_forgotten",
                                  "weight_as_factor"])  # fmt: skip
def test_a_mistake_in_a_batch_is_named_first(word):
    net = classified()
    trace, wrong = net.trace(), batch_gradients(net, np.float64, word)
    (first, *_) = judged(trace, (0, "weight"), wrong[0, "weight"]).explanations
    assert [slip.code for slip in first] == [word]


@pytest.mark.parametrize("word", FOUND_AT_THE_END)
def test_what_is_done_with_a_whole_array_is_found_in_batches(word):
    net = convolved()
    wrong = batch_gradients(net, np.float64, word)
    found = judged(net.trace(), (0, "weight"), wrong[0, "weight"])
    if word != "clipped by norm" or not found.right:  # a small norm is not clipped
        assert word.split(" by ")[0] in codes(found)


@pytest.mark.parametrize("make", [classified, convolved])
@pytest.mark.parametrize("name", ["weight", "bias"])
def test_the_example_whose_gradient_stands_alone_is_found(make, name):
    net = make()
    for at in range(net.examples):
        own = net.trace().example(at)
        alone_there = own.network.layers[0].backward_parameters(own.tapes[0], own.gradients[1])
        found = judged(net.trace(), (0, name), alone_there[name])
        slip = next(slip for (slip, *_) in found.explanations if slip.code == "one_example")
        assert slip.mistake.variant == str(at)


def test_the_cells_of_a_batch_that_lack_its_mean_are_the_right_ones_times_its_examples():
    net = classified()
    each = [alone(net, at).trace().gradients[0] for at in range(3)]
    found = judged(net.trace(), (-1, None), np.stack(each))
    ((first, *_), *_) = found.explanations
    assert (first.code, first.amount) == ("scaled", 3.0)


def test_a_pass_with_no_mistake_is_the_batch_itself():
    for seed in range(12):
        net = drawn_batch(seed)
        trace = net.trace()
        for layer in range(len(net.layers)):
            for name, true in trace.parameters[layer].items():
                made = wrong_pass(trace, ())
                assert made is not None
                assert np.allclose(made.array(layer, name), true, rtol=1e-12, atol=1e-12)
        made = wrong_pass(trace, ())
        assert made is not None
        assert (made.gradient(-1) == trace.gradients[0]).all()


def test_mistakes_of_batches_are_made_in_no_network_of_one_example():
    net = convolved()
    own = {slip.code for slip in slips(net, 0, "weight")}
    single = {slip.code for slip in slips(alone(net, 0), 0, "weight")}
    assert own - single == set(WORDS_OF_BATCHES)


@pytest.mark.parametrize("digits", [2, 17])
def test_no_mistake_that_gives_a_batch_is_passed_over_at_one_of_its_examples(digits):
    for seed in range(4):
        trace = drawn_batch(seed).trace()
        for layer, true in enumerate(trace.gradients, start=-1):
            for slip in slips(trace.network, layer, None):
                made = None if slip.mistake.starts else made_array(trace, (slip,), layer, None)
                if made is None or not np.isfinite(made).all():
                    continue
                written = [Decimal(f"{x:.{digits - 1}e}") for x in made.ravel().tolist()]
                array = given(written, made.shape)
                loss = losses(trace, FLOAT32).array(layer, None)
                agreement = Agreement(trace, layer, None, true, array, loss)
                if agreement.of(made) or agreement.may_be_rounding(made):
                    assert all(agreement.may_hold(at, one) for at, one in enumerate(made)), slip


def test_a_pass_through_a_whole_batch_is_that_through_each_of_its_examples():
    for seed in range(6):
        trace = drawn_batch(seed, every=True).trace()
        for slip in slips(trace.network, -1, None):
            made = None if slip.mistake.starts else wrong_pass(trace, (slip,))
            if made is None:
                continue
            array = made.gradient(-1)
            size = float(np.abs(array).max())
            for at, part in enumerate(parts_of(made)):
                close = np.isclose(array[at], part.gradient(-1), 1e-9, 1e-12 * size, equal_nan=True)
                assert close.all(), (seed, slip)


def test_a_mean_of_negative_log_likelihoods_over_three_examples_is_rounded():
    target = np.array([0, 3, 1])
    net = Network(
        numbers(3, 4), [Relu], partial(NegativeLogLikelihood, target=target), is_batch=True
    )
    for dtype in (np.float32, np.float16):
        array = batch_gradients(net, dtype)[0, None]
        written = given(array.astype(np.float64).ravel().tolist(), array.shape, dtype.__name__)
        assert diagnose(net.trace(), 0, None, written).right


def test_cells_of_a_batch_that_no_mistake_gives_take_little_more_work_than_those_of_an_example():
    net = convolved()
    left = []
    for each in (net, alone(net, 0)):
        trace, budget = each.trace(), Budget()
        noise = RNG.normal(size=trace.gradients[0].shape)
        judge = Judge(trace, -1, None, budget)
        assert not judge.diagnose(given(noise.ravel().tolist(), noise.shape)).explanations
        left.append(MAX_WORK - budget.work)
    assert left[0] < 1.1 * left[1]


def test_every_word_has_its_place():
    assert FOUND_AT_THE_END[0] == "scaled"
    assert set(FOUND_AT_THE_END) < set(WORDS)
