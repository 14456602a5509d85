from functools import partial
from typing import get_args

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import given as drawn
from hypothesis import strategies as st

from app.engine.gradcheck import gradcheck
from app.engine.heads import KINDS as HEADS
from app.engine.heads import MeanSquaredError
from app.engine.layers import KINDS, AvgPool2d, Flatten, LeakyRelu, MaxPool2d, Relu
from app.engine.mistakes import (
    CODES,
    MISTAKES,
    Pass,
    diagnose,
    given,
    made_array,
    one_layer,
    search,
    slips,
    steps,
    wrong_pass,
)
from app.engine.mistakes.catalogue import StartCode
from app.engine.mistakes.catalogue.whole import WHOLE
from app.engine.receipt import Cell, reads, receipt_of, rounding, shape_of
from app.engine.types import identity
from app.engine.windows import Windows
from tests.engine import test_mistakes_by_hand
from tests.engine.plain_batches import WORDS_OF_BATCHES
from tests.networks import (
    conv,
    founding_question,
    linear,
    max_pool,
    network,
    networks,
    numbers,
    pool_convolution,
    tie,
)


def one_pool(x, gradient, **options):
    return network([x], max_pool(**options), gradient=[gradient])


def winner_in_another_corner():
    """Worked example 13, beside three windows whose winners are their first cells."""
    return one_pool([[9, 0, 9, 0], [0, 0, 0, 0], [0, 0, 9, 0], [0, 9, 0, 0]], [[1, 2], [3, 4]])


def relu():
    return network([-1, 2], Relu, gradient=[3, -4])


def one_weight():
    return network([2], linear([[0.5]], [0]), gradient=[3])


def with_a_loss():
    head = partial(MeanSquaredError, target=numbers([3, 1]))
    return network([1, 2], linear([[1, 0], [1, 1]]), head=head)


# What somebody with the mistake gets, from the worked examples.
EXAMPLES = [
    ("unweighted", founding_question, (2, None), [[[11, 11], [11, 11]]]),
    ("copied", pool_convolution, (0, None), [[[1, 10, 10], [100, 1000, 1000], [100, 1000, 1000]]]),
    (
        "copied",
        partial(network, [1, 2], linear([[1, 2], [3, 4]]), gradient=[5, 6]),
        (-1, None),
        [5, 6],
    ),
    (
        "multiplied",
        pool_convolution,
        (0, None),
        [[[1, 20, 20], [300, 24_000_000, 80_000], [300, 1_200_000, 4000]]],
    ),
    ("multiplied", founding_question, (2, None), [[[36, 36], [36, 36]]]),
    (
        "unflipped",
        pool_convolution,
        (0, None),
        [[[4, 43, 30], [402, 4321, 3010], [200, 2100, 1000]]],
    ),
    (
        "assigned",
        partial(one_pool, [[3, 0, 4, 2, 0]], [[0.7, 0.9]], kernel=(1, 3), stride=(1, 2)),
        (-1, None),
        [[[0, 0, 0.9, 0, 0]]],
    ),
    (
        "assigned",
        partial(one_pool, [[1, 2, 3], [4, 9, 5], [6, 7, 8]], [[1, 2], [3, 4]], stride=(1, 1)),
        (-1, None),
        [[[0, 0, 0], [0, 4, 0], [0, 0, 0]]],
    ),
    (
        "assigned",
        pool_convolution,
        (0, None),
        [[[1, 10, 20], [100, 1000, 2000], [300, 3000, 4000]]],
    ),
    ("ties_all", partial(tie, "first"), (-1, None), [[[6, 6], [0, 0]]]),
    ("ties_all", partial(tie, "split"), (-1, None), [[[6, 6], [0, 0]]]),
    (
        "times_activation",
        partial(one_pool, [[1, 9], [3, 4]], [[-2]]),
        (-1, None),
        [[[0, -18], [0, 0]]],
    ),
    (
        "negatives_dropped",
        partial(one_pool, [[1, 9], [3, 4]], [[-2]]),
        (-1, None),
        [[[0, 0], [0, 0]]],
    ),
    (
        "zero_padding",
        partial(one_pool, [[-1, -2], [-3, -4]], [[1, 2], [3, 4]], padding=(1, 1)),
        (-1, None),
        [[[0, 0], [0, 0]]],
    ),
    (
        "local_index",
        winner_in_another_corner,
        (-1, None),
        [[[7, 0, 0, 3], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]],
    ),
    ("spread", partial(one_pool, [[1, 9], [3, 4]], [[-2]]), (-1, None), [[[-2, -2], [-2, -2]]]),
    ("spread", partial(one_pool, [[1, 9], [3, 4]], [[-2]]), (-1, None), [[[-0.5] * 2] * 2]),
    ("slope_from_gradient", relu, (-1, None), [3, 0]),
    (
        "slope_from_gradient",
        partial(network, [-1, 2], partial(LeakyRelu, negative_slope=0.5), gradient=[3, -4]),
        (-1, None),
        [3, -2],
    ),
    ("slope_forgotten", relu, (-1, None), [3, -4]),
    ("bias_one_cell", pool_convolution, (1, "bias"), [1]),
    ("bias_one_cell", pool_convolution, (1, "bias"), [1000]),
    ("bias_one_cell", pool_convolution, (1, "bias"), [100]),
    ("weight_as_factor", one_weight, (0, "weight"), [[1.5]]),
    ("weight_as_factor", pool_convolution, (1, "weight"), [[[[1111, 2222], [3333, 4444]]]]),
    (
        "transposed",
        partial(network, [1, 2], linear([[1, 2], [3, 4]]), gradient=[1, 10]),
        (-1, None),
        [21, 43],
    ),
    (
        "transposed",
        partial(network, [1, 2], linear([[1, 2], [3, 4]]), gradient=[1, 10]),
        (0, "weight"),
        [[1, 10], [2, 20]],
    ),
    ("transposed", pool_convolution, (1, "weight"), [[[[8697, 7686], [9889, 8798]]]]),
    (
        "half_turned",
        pool_convolution,
        (0, None),
        [[[4000, 3400, 300], [2040, 1234, 103], [20, 12, 1]]],
    ),
    ("half_turned", pool_convolution, (1, "weight"), [[[[8798, 7686], [9889, 8697]]]]),
    (
        "averaged",
        pool_convolution,
        (0, None),
        [[[1, 6, 20], [51.5, 308.5, 1020], [300, 1700, 4000]]],
    ),
    ("averaged", pool_convolution, (1, "bias"), [277.75]),
    (
        "averaged",
        partial(network, [1, 2], linear([[1, 2], [3, 4]]), gradient=[1, 10]),
        (-1, None),
        [15.5, 21],
    ),
    (
        "averaged",
        partial(one_pool, [[3, 0, 4, 2, 0]], [[0.7, 0.9]], kernel=(1, 3), stride=(1, 2)),
        (-1, None),
        [[[0, 0, 0.8, 0, 0]]],
    ),
    ("sign_reversed", with_a_loss, (0, None), [2, -2]),
    ("sign_reversed", with_a_loss, (-1, None), [0, -2]),
]


def right(trace, layer, parameter):
    return trace.gradients[layer + 1] if parameter is None else trace.parameters[layer][parameter]


def arrays(net):
    """Every (layer, parameter) that has a gradient."""
    for layer in range(-1, len(net.layers)):
        yield layer, None
        if layer >= 0:
            yield from ((layer, name) for name in net.layers[layer].parameters)


def judge(trace, array, layer, parameter):
    return diagnose(trace, layer, parameter, given(array.ravel().tolist(), array.shape))


def codes(found):
    return [tuple(slip.code for slip in explanation) for explanation in found.explanations]


def made(trace, explanation, layer, parameter):
    return made_array(trace, explanation, layer, parameter)


def test_every_mistake_has_an_example():
    by_hand = set(test_mistakes_by_hand.CODES_BY_HAND)
    by_hand |= set(WORDS_OF_BATCHES)
    assert {code for code, *_ in EXAMPLES} | by_hand == set(CODES)
    assert {each.code for each in (*MISTAKES, *WHOLE)} == set(CODES)


@pytest.mark.parametrize(("code", "make", "where", "wrong"), EXAMPLES)
def test_a_mistake_gives_other_numbers_than_the_truth_and_is_recognised(code, make, where, wrong):
    trace = make().trace()
    found = judge(trace, numbers(wrong), *where)
    assert not found.right
    assert (code,) in codes(found)
    assert (found.difference == numbers(wrong) - right(trace, *where)).all()
    assert (found.wrong == (found.difference != 0)).all()


@drawn(networks())
def test_the_right_array_is_right_and_has_no_mistakes(net):
    trace = net.trace()
    for where in arrays(net):
        found = judge(trace, right(trace, *where), *where)
        assert found.right
        assert not found.wrong.any()
        assert found.explanations == []


@drawn(networks())
def test_with_no_step_replaced_the_pass_is_the_engines(net):
    trace = net.trace()
    plain = Pass(trace, dict.fromkeys(range(len(net.layers)), steps.Steps()))
    for where in arrays(net):
        np.testing.assert_allclose(plain.array(*where), right(trace, *where), rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("ties", ["first", "last", "split", "all"])
def test_with_no_step_replaced_every_rule_for_ties_is_the_engines(ties):
    trace = tie(ties).trace()
    assert (Pass(trace, {0: steps.Steps()}).gradient(-1) == trace.gradients[0]).all()


@drawn(networks(), st.data())
def test_any_mistake_that_shows_clearly_is_recognised_in_any_network(net, data):
    trace = net.trace()
    where = data.draw(st.sampled_from(list(arrays(net))))
    possible = list(slips(net, *where))
    assume(possible)
    slip = data.draw(st.sampled_from(possible))
    wrong = made(trace, (slip,), *where)
    assume(wrong is not None and np.isfinite(wrong).all())
    found = judge(trace, wrong, *where)
    # −0.125 written as 0.0 may be a rounding of somebody's own: one digit tells too little.
    assume(found.right or (np.abs(found.difference) > 4 * found.bound).any())
    assert found.right or (slip.code,) in codes(found)


def test_mistakes_that_coincide_are_both_named():
    # Where every input is positive, the sign of the gradient alone decides in both.
    trace = network([1, 2], Relu, gradient=[3, -4]).trace()
    found = judge(trace, numbers([3, 0]), -1, None)
    assert codes(found) == [("negatives_dropped",), ("slope_from_gradient",)]
    # With one reader nothing is added: without its weight, a gradient is copied.
    trace = one_weight().trace()
    assert codes(judge(trace, numbers([3]), -1, None)) == [("unweighted",), ("copied",)]


def test_a_0_is_right_where_terms_cancel_to_less_than_rounding():
    trace = network([1.0], linear([[0.1], [0.2], [-0.3]]), gradient=[1, 1, 1]).trace()
    assert trace.gradients[0] != 0
    assert judge(trace, numbers([0]), -1, None).right
    # What is only small is not 0.
    trace = network([1.0], linear([[1e-17]]), gradient=[1]).trace()
    assert not judge(trace, numbers([0]), -1, None).right


def test_a_number_that_no_mistake_gives_is_not_explained():
    trace = founding_question().trace()
    wrong = trace.gradients[0].copy()
    wrong[0, 2, 2] += 0.137
    found = judge(trace, wrong, -1, None)
    assert found.complete
    assert found.explanations == []
    assert np.argwhere(found.wrong).tolist() == [[0, 2, 2]]


def test_two_mistakes_together_are_recognised():
    trace = founding_question().trace()
    # Without weights each pooled cell gets 11; then every cell of its window is given that.
    wrong = np.full((1, 4, 4), 11.0)
    found = judge(trace, wrong, 1, None)
    assert codes(found) == [("unweighted", "spread")]


@drawn(st.sampled_from([founding_question, pool_convolution]), st.data())
def test_any_two_mistakes_made_everywhere_are_recognised_together(question, data):
    net = question()
    trace = net.trace()
    where = data.draw(st.sampled_from(list(arrays(net))))
    pairing = [slip for slip in slips(net, *where) if slip.mistake.pairs]
    widest = {id(slip.mistake): slip for slip in reversed(pairing)}
    assume(len(widest) > 1)
    pair = data.draw(st.lists(st.sampled_from(list(widest.values())), min_size=2, max_size=2))
    assume(pair[0].code != pair[1].code)
    assume(right(trace, *where).size >= search.FEWEST_FOR_PAIRS)
    wrong = made(trace, tuple(pair), *where)
    assume(wrong is not None and np.isfinite(wrong).all())
    found = judge(trace, wrong, *where)
    assume(len(found.explanations) < search.MAX_PAIRS)
    # One of them may be enough, where the other does not show.
    both = {each.code for each in pair}
    assert (
        found.right or any(set(each) <= both for each in codes(found)) or len(codes(found)[0]) == 1
    )


@pytest.mark.parametrize(
    ("readers", "explained"),
    [
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [("negatives_dropped", "sign_reversed")]),
        ([[1, 2], [4, 5], [7, 8]], []),
    ],
)
def test_fewer_than_three_numbers_are_not_explained_by_two_mistakes(readers, explained):
    net = network(np.ones(len(readers[0])), linear(readers), gradient=[10, -1, 20])
    # Of −10, 1 and −20, the 1 alone comes back.
    found = judge(net.trace(), numbers(readers[1]), -1, None)
    assert (codes(found), found.right, found.complete) == (explained, False, True)


@pytest.mark.parametrize(
    ("wrong", "position"), [([1, 2], 0), ([10, 20], 1), ([100, 10], 2), ([1, 10], None)]
)
def test_the_cell_whose_gradient_a_bias_took_is_one_for_all_its_maps(wrong, position):
    net = network(
        np.ones((1, 2, 2)), conv([[[[1]]], [[[1]]]], [0, 0]),
        gradient=[[[1, 10], [100, 1000]], [[2, 20], [10, 2000]]],
    )  # fmt: skip
    found = judge(net.trace(), numbers(wrong), 0, "bias")
    variants = [slip.mistake.variant for (slip,) in found.explanations]
    assert variants == ([] if position is None else [str(position)])


def test_the_cell_that_a_bias_took_is_found_beside_another_mistake():
    net = network(
        np.ones((1, 1, 2)), conv([[[[1]]], [[[2]]], [[[3]]]], [0, 0, 0]), Flatten,
        linear([[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]]), gradient=[1, 10],
    )  # fmt: skip
    trace = net.trace()
    by_code = {slip.code: slip for slip in slips(net, 0, "bias")}
    reversed_signs = wrong_pass(trace, (by_code["sign_reversed"],))
    assert reversed_signs is not None
    wrong = reversed_signs.gradient(0)[:, 0, 1]
    ((first, second),) = judge(trace, wrong, 0, "bias").explanations
    assert (first.code, first.mistake.variant) == ("bias_one_cell", "1")
    assert second.code == "sign_reversed"


def test_averaging_concerns_only_what_several_numbers_reach():
    single = network([[[1, 2], [3, 4]]], conv([[[[2]]]], [0]), max_pool(), gradient=[[[3]]])
    assert {slip.layers for slip in slips(single, -1, None) if slip.code == "averaged"} == set()
    assert {slip.layers for slip in slips(single, 0, "bias") if slip.code == "averaged"} == {(0,)}


@drawn(networks())
def test_an_average_is_of_the_receipts_products(net):
    trace = net.trace()
    for where in arrays(net):
        step = where[0] if where[1] else net.reader_of(where[0])
        if where[1] is None and len(net.readers_of(where[0])) > 1:
            continue  # its receipt has terms of a skip connection too
        for slip in slips(net, *where):
            if (slip.code, slip.layers) != ("averaged", (step,)):
                continue
            for at, wrong in enumerate(made(trace, (slip,), *where).ravel()):
                receipt = receipt_of(trace, Cell(where[0], at, where[1]))
                products = receipt.products
                if isinstance(net.layers[step], MaxPool2d):  # of the windows that the cell won
                    products = products[receipt.factors != 0]
                assert wrong == pytest.approx(products.mean() if products.size else 0, abs=1e-9)


def test_reversed_signs_are_seen_in_every_array_of_a_network():
    trace = founding_question().trace()
    for where in arrays(trace.network):
        assert ("sign_reversed",) in codes(judge(trace, 0 - right(trace, *where), *where))


def test_a_mistake_in_one_of_several_layers_is_found_there():
    def three():
        return network(
            [1, 2],
            linear([[1, 2], [3, 5]]),
            linear([[2, 1], [1, 3]]),
            linear([[3, 1], [2, 2]]),
            gradient=[1, 10],
        )

    trace = three().trace()
    by_code = {}
    for slip in slips(trace.network, -1, None):
        if slip.code == "unweighted":
            found = judge(trace, made(trace, (slip,), -1, None), -1, None)
            by_code[slip.layers] = found.explanations[0][0].layers
    assert by_code == {layers: layers for layers in [(0, 1, 2), (0,), (1,), (2,)]}


def test_mistakes_that_replace_the_same_step_are_not_combined():
    trace = pool_convolution().trace()
    by_code = {slip.code: slip for slip in slips(trace.network, 0, None)}
    assert wrong_pass(trace, (by_code["unweighted"], by_code["unflipped"])) is None


def test_a_mistake_that_cannot_show_is_not_tried():
    trace = pool_convolution().trace()
    # Below the convolution: its way back, not its parameters'; nothing of the pool.
    tried = {slip.code for slip in slips(trace.network, 0, None)}
    assert tried.isdisjoint({"bias_one_cell", "weight_as_factor", "spread", "slope_forgotten"})
    assert {slip.code for slip in slips(trace.network, 1, "bias")} == {
        "negatives_dropped", "outputs_sent_back", "bias_one_cell", "averaged", *get_args(StartCode),
    }  # fmt: skip


def test_zero_padding_changes_the_way_forwards_and_so_the_weights_gradient():
    net = network(
        [[[-1, -2], [-3, -4]]], max_pool(padding=(1, 1)), Flatten, linear([[1, 1, 1, 1]]),
        gradient=[1],
    )  # fmt: skip
    found = judge(net.trace(), numbers([[0, 0, 0, 0]]), 2, "weight")
    assert ("zero_padding",) in codes(found)


def test_a_search_that_would_take_too_long_says_so(monkeypatch):
    trace = founding_question().trace()
    wrong = trace.gradients[0] + 0.137
    assert judge(trace, wrong, -1, None).complete
    monkeypatch.setattr(search, "MAX_WORK", 1000)
    found = judge(trace, wrong, -1, None)
    assert not found.complete
    assert found.explanations == []


def test_numbers_that_overflow_beside_the_right_ones_are_far_off_and_nothing_breaks():
    trace = network([1.0], linear([[1e308]]), gradient=[1]).trace()
    found = judge(trace, numbers([-1.7e308]), -1, None)
    assert not found.right
    assert np.isfinite(found.difference).all()


# --- the same mistakes planted into the engine itself -------------------------------------------


def receipts_add_up(trace):
    for layer, parameter in arrays(trace.network):
        for at in range(np.prod(shape_of(trace, layer, parameter))):
            receipt = receipt_of(trace, Cell(layer, at, parameter))
            if abs(receipt.products.sum() - receipt.gradient) > rounding(receipt.products):
                return False
    return True


def maxima_are_of_real_cells(trace):
    for i, layer in enumerate(trace.network.layers):
        if isinstance(layer, MaxPool2d):
            for at, value in enumerate(trace.values[i + 1].ravel()):
                window = reads(trace, Cell(i, at))
                if window is None or window.values.max() != value:
                    return False
    return True


def plant(monkeypatch, mistake):
    """Make the engine go backwards with this mistake, in every layer that it concerns."""

    def patch(kind):
        forward, backward, backward_parameters = (
            kind.forward,
            kind.backward,
            kind.backward_parameters,
        )

        def remember(self, x):
            self.seen = x
            y, tape = forward(self, x)
            self.put_out = y
            return y, tape

        def mistaken(self, tape, upstream, view=identity):
            changes = mistake.changes(self)
            if view is not identity or not changes.keys() & (steps.BACK | steps.FORWARD):
                return backward(self, tape, upstream, view)
            return one_layer.backward(
                self, self.seen, upstream, self.put_out, steps.Steps(**changes)
            )

        def mistaken_parameters(self, tape, upstream, view=identity):
            gradients = backward_parameters(self, tape, upstream, view)
            changes = mistake.changes(self)
            for name in gradients if view is identity else ():
                if changes.keys() & steps.TO_PARAMETER[name]:
                    gradients[name] = one_layer.backward_parameter(
                        self, self.seen, upstream, self.put_out, name, steps.Steps(**changes)
                    )
            return gradients

        monkeypatch.setattr(kind, "forward", remember)
        monkeypatch.setattr(kind, "backward", mistaken)
        monkeypatch.setattr(kind, "backward_parameters", mistaken_parameters)

    if mistake.code == "zero_padding":
        patches = Windows.patches
        monkeypatch.setattr(Windows, "patches", lambda self, x, fill=0.0: patches(self, x, 0.0))
    for kind in KINDS.values():
        patch(kind)
    for head in HEADS.values():
        start = head.start
        monkeypatch.setattr(
            head,
            "start",
            lambda self, output, start=start: (right := start(self, output))._replace(
                gradient=0.0 - right.gradient if mistake.starts else right.gradient
            ),
        )


@pytest.mark.parametrize(("code", "make"), [(code, make) for code, make, *_ in EXAMPLES])
def test_a_mistake_planted_into_the_engine_breaks_what_every_engine_test_asks(
    code, make, monkeypatch
):
    planted = []
    for mistake in MISTAKES:
        if mistake.code != code:
            continue
        assert receipts_add_up(make().trace())
        assert maxima_are_of_real_cells(make().trace())
        with monkeypatch.context() as patching:
            plant(patching, mistake)
            trace = make().trace()
            holds = receipts_add_up(trace) and maxima_are_of_real_cells(trace)
            if mistake.starts is not None:  # all adds up below: finite differences alone tell
                holds = gradcheck(make()).ok
            planted.append(not holds)
            # A tie has no derivative to compare with, and a pool with zeros is another function,
            # rightly derived.
            if code not in ("ties_all", "zero_padding") and not holds:
                assert not gradcheck(make()).ok
    assert any(planted)


@pytest.mark.parametrize(
    "pool",
    [
        partial(AvgPool2d, kernel=(2, 2), stride=(1, 1)),
        partial(AvgPool2d, kernel=(3, 3), stride=(2, 2), padding=(1, 1)),
    ],
)
def test_assigning_is_recognised_in_an_average_pool_too(pool):
    net = network(np.arange(16.0).reshape(1, 4, 4), pool, gradient=np.ones(pool((1, 4, 4)).shape))
    trace = net.trace()
    slip = next(slip for slip in slips(net, -1, None) if slip.code == "assigned")
    found = judge(trace, made(trace, (slip,), -1, None), -1, None)
    assert ("assigned",) in codes(found)
