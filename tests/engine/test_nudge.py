import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.heads import CrossEntropy
from app.engine.layers import LeakyRelu, Relu, Sigmoid
from app.engine.nudge import nudge
from app.engine.receipt import Cell
from app.engine.types import Overflow
from tests.networks import founding_question, linear, max_pool, network, networks, tie


def near_tie():
    """Worked example 20."""
    return network([[[5, 4.9], [1, 2]]], max_pool(), gradient=[[[1]]]).trace()


def test_up_to_the_first_kink_a_network_without_curves_does_what_the_gradient_predicts():
    found = nudge(founding_question().trace(), Cell(-1, 11))
    assert found.check.verdict == "agree"
    assert found.predicted == pytest.approx(found.happened)
    assert not any(map(found.crosses, found.kinks))


def test_the_route_is_not_fixed():
    found = nudge(near_tie(), Cell(-1, 0), by=-0.2)
    assert found.predicted == pytest.approx(-0.2)
    assert found.happened == pytest.approx(-0.1)
    [kink] = found.kinks
    assert kink.by == -0.1
    assert found.crosses(kink)
    # Seen by someone who goes down: from the winner to its neighbour.
    assert [(each.before, each.after) for each in kink.switches] == [((0,), (1,))]
    assert found.check.verdict == "kink"


def test_kinks_lie_where_the_margins_of_the_founding_question_say():
    found = nudge(founding_question().trace(), Cell(-1, 11), reach=1)
    # Two in the first window rises or falls by 2 a unit of the cell, and its margin is 1.
    assert [(kink.by, kink.rising) for kink in found.kinks] == [(-0.5, False), (0.5, True)]
    assert [kink.switches[0][:2] for kink in found.kinks] == [(2, 0), (2, 2)]


def test_the_kinks_are_points_of_the_curve_and_the_curve_is_straight_between_them():
    found = nudge(founding_question().trace(), Cell(0, 0, "weight"))
    bends = {kink.by for kink in found.kinks if abs(kink.before - kink.after) > 1e-6}
    assert bends <= set(found.at.tolist())
    slopes = np.diff(found.changes) / np.diff(found.at)
    for at, before, after in zip(found.at[1:-1], slopes, slopes[1:], strict=False):
        assert (abs(after - before) > 1e-6) == (at in bends)


def test_a_kink_tells_the_slope_before_it_and_after_it():
    found = nudge(founding_question().trace(), Cell(-1, 11), by=-1)
    kink = next(each for each in found.kinks if not each.rising)
    assert [kink.before, kink.after] == pytest.approx([-8, -7])


def test_a_switch_of_no_consequence_leaves_the_slope_as_it_is():
    # The ReLU turns on at −0.5 in a cell that loses its window all the same.
    found = nudge(founding_question().trace(), Cell(0, 0, "weight"))
    kink = found.kinks[0]
    assert (kink.by, kink.switches[0].layer) == (-0.5, 1)
    assert kink.before == pytest.approx(kink.after) == pytest.approx(-5)


@pytest.mark.parametrize("ties", ["first", "last", "split", "all"])
def test_at_a_tie_the_kink_is_right_here(ties):
    found = nudge(tie(ties).trace(), Cell(-1, 0))
    assert 0 in {kink.by for kink in found.kinks}
    assert found.check.verdict == "kink"
    up, down = (
        nudge(tie(ties).trace(), Cell(-1, 0), 0.5),
        nudge(tie(ties).trace(), Cell(-1, 0), -0.5),
    )
    assert (up.happened, down.happened) == (3, 0)


def test_a_tie_is_crossed_on_the_side_where_the_route_changes():
    trace = tie("first").trace()
    # The first cell is the winner already: it loses when it falls.
    assert not any(map((up := nudge(trace, Cell(-1, 0), 0.5)).crosses, up.kinks))
    assert any(map((down := nudge(trace, Cell(-1, 0), -0.5)).crosses, down.kinks))


def test_relu_and_leaky_relu_bend_at_0():
    for bend in (Relu, partial(LeakyRelu, negative_slope=0.5)):
        found = nudge(network([-0.3], bend, gradient=[1]).trace(), Cell(-1, 0))
        assert [kink.by for kink in found.kinks] == [0.3]
        assert found.kinks[0].switches[0].after == (0,)


def test_a_curve_has_no_kinks():
    found = nudge(network([0.5], Sigmoid, gradient=[1]).trace(), Cell(-1, 0), by=1)
    assert found.kinks == []
    assert found.check.verdict == "curved"
    assert abs(found.happened) < abs(found.predicted)


def test_a_loss_is_followed_where_there_is_one():
    trace = network([1, 2], linear(np.eye(2)), head=partial(CrossEntropy, target=0)).trace()
    found = nudge(trace, Cell(0, 1, "weight"), by=0.001)
    assert found.objective == trace.loss
    assert found.happened == pytest.approx(found.predicted, rel=1e-2)


def test_the_network_that_was_nudged_is_what_it_was():
    net = founding_question()
    before = [net.x.copy(), net.layers[0].weight.copy()]
    nudge(net.trace(), Cell(-1, 3))
    nudge(net.trace(), Cell(0, 1, "weight"))
    assert (net.x == before[0]).all()
    assert (net.layers[0].weight == before[1]).all()


@given(networks(curved=False, losses=False), st.data())
def test_a_network_without_curves_bends_only_at_its_kinks(net, data):
    trace = net.trace()
    cell = Cell(-1, data.draw(st.integers(0, net.x.size - 1)))
    found = nudge(trace, cell, reach=2)
    assert set(found.at.tolist()) >= {-2, 0, found.by, 2, *(kink.by for kink in found.kinks)}
    bends = np.array([kink.by for kink in found.kinks])
    slopes = np.diff(found.changes) / np.maximum(np.diff(found.at), 1e-300)
    for i, at in enumerate(found.at[1:-1].tolist()):
        wide = min(np.diff(found.at[i : i + 3])) > 1e-6
        far = not len(bends) or min(abs(bends - at)) > 1e-6
        if wide and far:
            assert slopes[i] == pytest.approx(slopes[i + 1], rel=1e-6, abs=1e-6)


@given(networks(), st.data())
def test_a_nudge_that_crosses_nothing_is_never_called_a_kink(net, data):
    trace = net.trace()
    found = nudge(trace, Cell(-1, data.draw(st.integers(0, net.x.size - 1))))
    assert found.check.verdict != "wrong"
    if not found.kinks:
        assert found.check.verdict in ("agree", "curved")


def test_only_so_many_kinks_are_located_those_nearest_first(monkeypatch):
    monkeypatch.setattr("app.engine.nudge.KINKS", (1, 2))
    net = network([0.1], linear([[1], [1], [1], [1]], [0, 0.2, 0.3, -0.9]), Relu,
                  gradient=[1, 1, 1, 1])  # fmt: skip
    found = nudge(net.trace(), Cell(-1, 0), reach=1)
    assert [kink.by for kink in found.kinks] == [-0.3, -0.1]
    assert found.more_kinks


def test_an_output_cannot_be_nudged_by_itself():
    with pytest.raises(ValueError, match="input and parameters"):
        nudge(founding_question().trace(), Cell(1, 0))


def test_a_change_of_nothing_is_refused():
    with pytest.raises(ValueError, match="not 0"):
        nudge(founding_question().trace(), Cell(-1, 0), by=0)


LARGEST = sys.float_info.max


@pytest.mark.parametrize(
    ("cells", "weight", "by"),
    [([1], 1e300, 1e12), ([LARGEST], 0, None), ([-LARGEST, 1], 0, None), ([LARGEST], 0, 1e-9)],
)
def test_a_change_that_leaves_float64_is_refused(cells, weight, by):
    trace = network(cells, linear([[weight] * len(cells)]), gradient=[0.1]).trace()
    with pytest.raises(Overflow):
        nudge(trace, Cell(-1, 0), by=by)


def test_a_slope_beyond_a_kink_that_leaves_float64_is_refused():
    steep = partial(LeakyRelu, negative_slope=1e308)
    with pytest.raises(Overflow):
        nudge(network([0.5], steep, gradient=[3]).trace(), Cell(-1, 0), reach=1)
