import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.layers import MaxPool2d, Relu
from app.engine.margins import margins, maxima, rise
from app.engine.types import Overflow
from tests.networks import founding_question, max_pool, network, networks, tie


def one_window(cells, ties="first", **options):
    return network([cells], max_pool(ties=ties, **options), gradient=[[[1]]]).trace()


def only(array):
    """Of a layer with one window, its entry."""
    return array.reshape(-1)[0]


def test_the_runner_up_is_the_largest_of_the_others():
    of = margins(one_window([[5, 1], [3, 2]]), 0)
    assert (only(of.winner), only(of.runner_up), only(of.margin)) == (0, 2, 2)
    assert not only(of.tied)


@pytest.mark.parametrize(
    ("ties", "cells", "enough"),
    [
        ("first", [[3, 1], [5, 2]], True),
        ("first", [[5, 1], [3, 2]], False),
        ("last", [[3, 1], [5, 2]], False),
        ("last", [[5, 1], [3, 2]], True),
        ("split", [[5, 1], [3, 2]], True),
        ("all", [[5, 1], [3, 2]], True),
    ],
)
def test_equality_is_enough_for_the_cell_that_the_tie_rule_favours(ties, cells, enough):
    of = margins(one_window(cells, ties), 0)
    assert only(of.margin) == 2
    assert only(of.equality_is_enough) == enough


def test_of_several_runners_up_it_is_the_one_that_needs_least():
    assert only(margins(one_window([[3, 5], [3, 1]]), 0).runner_up) == 0
    assert only(margins(one_window([[3, 5], [3, 1]], "last"), 0).runner_up) == 2


@pytest.mark.parametrize("ties", ["first", "last", "split", "all"])
def test_a_tied_window_has_no_margin(ties):
    trace = tie(ties).trace()
    of = margins(trace, 0)
    assert only(of.tied)
    assert only(of.margin) == 0
    assert not only(of.equality_is_enough)
    assert maxima(trace, 0) == {(0, 0, 0): [0, 1]}


def test_nearly_equal_is_no_tie():
    # Worked example 22.
    of = margins(one_window([[5.0, 4.995], [1, 2]]), 0)
    assert not only(of.tied)
    assert only(of.margin) == pytest.approx(0.005)


def test_zeros_after_a_relu_are_tied_whatever_they_were_before():
    # Worked example 11.
    trace = network([[[-1, -2], [-0.5, -3]]], Relu, max_pool(), gradient=[[[4]]]).trace()
    assert only(margins(trace, 1).tied)
    assert maxima(trace, 1) == {(0, 0, 0): [0, 1, 2, 3]}


def test_a_window_of_one_cell_has_no_runner_up():
    of = margins(one_window([[7]], kernel=(1, 1)), 0)
    assert (only(of.runner_up), only(of.margin)) == (-1, np.inf)
    assert not only(of.tied)


def test_padding_is_no_runner_up():
    # Worked example 12: each window holds one cell and three of padding.
    trace = network(
        [[[-1, -2], [-3, -4]]], max_pool(padding=(1, 1), stride=(2, 2)), gradient=[[[1, 1], [1, 1]]]
    ).trace()
    of = margins(trace, 0)
    assert (of.runner_up == -1).all()
    assert of.winner.tolist() == [[[0, 1], [2, 3]]]


def test_the_margins_of_the_founding_question():
    of = margins(founding_question().trace(), 2)
    assert of.winner.tolist() == [[[5, 6], [8, 11]]]
    assert of.runner_up.tolist() == [[[1, 7], [9, 15]]]
    assert of.margin.tolist() == [[[1, 1], [1, 2]]]
    assert of.equality_is_enough.tolist() == [[[True, False], [False, False]]]


@st.composite
def pools(draw):
    """A network of one max pooling over few different numbers."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    pool = max_pool(
        kernel,
        stride=draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
        padding=(kernel[0] // 2, kernel[1] // 2) if draw(st.booleans()) else (0, 0),
        ties=draw(st.sampled_from(["first", "last", "split", "all"])),
    )
    x = rng.integers(-4, 4, (2, draw(st.integers(3, 5)), draw(st.integers(3, 5)))) / 8
    return network(x, pool, gradient=np.ones(pool(x.shape).shape))


@given(pools(), st.data())
def test_a_cell_is_paid_from_where_its_margin_says_on_and_not_before(net, data):
    trace = net.trace()
    of = margins(trace, 0)
    pool = net.layers[0]
    window = data.draw(st.integers(0, of.winner.size - 1))
    reads = pool.contributions_of(trace.tapes[0], window).inputs
    cell = data.draw(st.sampled_from(reads[reads >= 0].tolist()))
    needed, equality = rise(trace, of, window, cell)

    def paid(by):
        changed = net.x.copy()
        changed.reshape(-1)[cell] += by
        tape = pool.forward(changed)[1]
        terms = pool.contributions_of(tape, window)
        return bool(terms.derivatives[terms.inputs == cell][0])

    little = 2**-20
    if not paid(0):
        assert needed >= 0
        assert paid(needed + little)
        assert paid(needed) == equality
        assert needed == 0 or not paid(needed - little)
    elif np.isneginf(needed):
        assert paid(-100)
    else:
        assert needed <= 0
        assert paid(needed + little)
        assert paid(needed) != equality
        assert not paid(needed - little)


@given(networks(losses=False))
def test_a_runner_up_needs_what_its_margin_says(net):
    trace = net.trace()
    for layer, pool in enumerate(net.layers):
        if not isinstance(pool, MaxPool2d):
            continue
        of = margins(trace, layer)
        assert (of.winner == pool.winners(trace.tapes[layer])).all()
        assert ((of.margin == 0) == of.tied).all()
        assert set(map(tuple, np.argwhere(of.tied).tolist())) == set(maxima(trace, layer))
        plane = pool.windows.plane[0] * pool.windows.plane[1]
        for window, runner_up in enumerate(of.runner_up.reshape(-1).tolist()):
            if runner_up < 0 or (of.tied.reshape(-1)[window] and pool.ties in ("split", "all")):
                continue
            channel = window // pool.windows.positions
            assert rise(trace, of, window, channel * plane + runner_up) == (
                of.margin.reshape(-1)[window],
                of.equality_is_enough.reshape(-1)[window],
            )


def test_a_winner_can_fall_by_the_margin_before_it_loses():
    trace = one_window([[3, 1], [5, 2]])
    assert rise(trace, margins(trace, 0), 0, 2) == (-2, True)


def test_only_max_pooling_has_margins():
    with pytest.raises(TypeError):
        margins(founding_question().trace(), 0)


@pytest.mark.parametrize("cells", [[[1e308, -1e308], [9e307, 0]], [[1e308, 0], [-1e308, -1e308]]])
def test_cells_farther_apart_than_float64_can_say_are_refused(cells):
    with pytest.raises(Overflow) as caught:
        margins(one_window(cells), 0)
    assert caught.value.layer == 0


def test_padding_is_no_cell_however_far():
    net = network([[[5e307]]], max_pool((3, 3), padding=(1, 1)), gradient=[[[1]]])
    assert only(margins(net.trace(), 0).margin) == np.inf


def test_cells_just_as_far_apart_as_float64_can_say_are_compared():
    of = margins(one_window([[5e307, -5e307], [0, 0]]), 0)
    assert only(of.margin) == 5e307
