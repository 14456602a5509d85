"""The properties that each activation declares are true; conventions of those with options."""

import math
from functools import partial

import numpy as np
import pytest

from app.engine.gradcheck import gradcheck
from app.engine.layers import Activation, Elu, Gelu, Hardtanh, Silu, Softplus
from app.engine.nudge import nudge
from app.engine.receipt import Cell, receipt_of
from app.engine.types import Misfit
from app.explain.nudge import kink_sentence, nudge_sentence
from tests.engine.test_layers import KINDS
from tests.networks import network


def is_of_any_shape(layer):
    """Whether it has no numbers for each cell or channel of its own."""
    return not layer.constants and all(each.size == 1 for each in layer.parameters.values())


ACTIVATIONS = {
    kind: partial(make)
    for kind, (shape, make) in KINDS.items()
    if make(shape).family == "activation" and is_of_any_shape(make(shape))
}
activations = pytest.mark.parametrize("make", ACTIVATIONS.values(), ids=list(ACTIVATIONS))
ENDS = [0.0, 1.0, 37.0, 709.0, 745.0, 800.0, 1e10, 1e154, 1e200, 1e308]


def at(make, *x):
    """Values and slopes of some numbers."""
    layer = make((len(x),))
    values, tape = layer.forward(np.array(x, np.float64))
    slopes = layer.slopes(tape)
    return values.tolist(), slopes.astype(float).tolist()


# --- what they say of themselves ----------------------------------------------------------------


@activations
def test_it_is_straight_between_its_edges_if_it_says_so_and_else_bends(make):
    x = np.linspace(-6, 6, 2402)
    layer = make(x.shape)
    assert isinstance(layer, Activation)
    _, tape = layer.forward(x)
    slopes = layer.slopes(tape)
    chosen = layer.choices(x, tape)
    pieces = np.zeros(x.shape) if chosen is None else np.asarray(chosen)
    spread = [np.ptp(slopes[pieces == piece].astype(float)) for piece in np.unique(pieces)]
    assert (max(spread) < 1e-12) == layer.is_piecewise_linear
    for piece in np.unique(pieces):
        within = slopes[pieces == piece].astype(float)
        assert np.abs(np.diff(within)).max(initial=0) < 0.02, "a kink that is no edge"


@activations
def test_its_slope_or_its_value_jumps_at_each_edge(make):
    for edge in make((1,)).edges:
        beside = [np.nextafter(edge, way) for way in (-np.inf, np.inf)]
        values, slopes = at(make, *beside)
        assert abs(values[0] - values[1]) > 1e-12 or abs(slopes[0] - slopes[1]) > 1e-12


@activations
def test_its_outputs_and_slopes_stay_within_its_reach(make):
    x = np.array([*np.linspace(-12, 12, 4001), *ENDS, *(-end for end in ENDS)])
    layer = make(x.shape)
    reach = layer.reach
    with np.errstate(over="ignore"):  # of 1 + e^-x, on its way to 1 / ∞
        values, tape = layer.forward(x)
    slopes = layer.slopes(tape)
    assert np.isfinite(values).all()
    assert np.isfinite(slopes.astype(float)).all()
    assert (np.abs(values) <= layer.bound_forward(np.abs(x)) * (1 + 1e-15)).all()
    assert np.abs(slopes.astype(float)).max() <= reach.steepest


@pytest.mark.parametrize(
    "make", [Hardtanh, Elu, Gelu, partial(Gelu, approximate="tanh"), Silu, Softplus,
             partial(Softplus, beta=2.5, threshold=1.0)],
)  # fmt: skip
@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_numbers_neither_warn_nor_leave_float64(make, sign):
    with np.errstate(all="raise", under="ignore"):
        values, slopes = at(make, *(sign * end for end in ENDS))
    assert np.isfinite([values, slopes]).all()
    assert -1e-300 < min(slopes[3:]) <= max(slopes[3:]) <= 1


# --- conventions, as in PyTorch -----------------------------------------------------------------


def test_hardtanh_is_flat_at_both_its_ends():
    values, slopes = at(partial(Hardtanh, min_val=-2, max_val=3), -5, -2, 0.5, 3, 4)
    assert values == [-2, -2, 0.5, 3, 3]
    assert slopes == [0, 0, 1, 0, 0]


def test_hardtanh_needs_its_ends_in_order():
    with pytest.raises(Misfit, match="min_val that is at most max_val") as caught:
        Hardtanh((1,), 2, 1)
    assert caught.value.field == "min_val"
    assert at(partial(Hardtanh, min_val=2, max_val=2), 0, 2, 5) == ([2, 2, 2], [0, 0, 0])


def test_elu_has_the_slope_alpha_at_0():
    values, slopes = at(partial(Elu, alpha=0.5), -1, 0, 2)
    assert values == [0.5 * math.expm1(-1), 0, 2]
    assert slopes == [0.5 * math.exp(-1), 0.5, 1]


def test_gelu_keeps_its_digits_where_1_plus_erf_would_cancel():
    # Φ(−10) = 7.619853024160527×10⁻²⁴.
    values, _ = at(Gelu, -10, 0, 10)
    assert values == [pytest.approx(-7.619853024160527e-23, rel=1e-14), 0, 10]


def test_silu_is_x_times_its_sigmoid():
    values, slopes = at(Silu, -800, 0, 1, 800)
    assert values == [0, 0, pytest.approx(1 / (1 + math.exp(-1))), 800]
    assert slopes == [0, 0.5, pytest.approx(0.9276705118714869), 1]


def test_softplus_jumps_to_the_line_beyond_its_threshold():
    values, slopes = at(partial(Softplus, beta=2, threshold=1), 0.5, 0.51)
    assert values == [pytest.approx(math.log1p(math.e) / 2), 0.51]
    assert slopes == [pytest.approx(math.e / (1 + math.e)), 1]


def test_softplus_needs_a_beta_above_0():
    with pytest.raises(Misfit, match="above 0") as caught:
        Softplus((1,), beta=0)
    assert caught.value.field == "beta"


# --- where they have kinks, and where they bend -------------------------------------------------


@pytest.mark.parametrize(
    ("make", "x", "kink", "said"),
    [
        (Hardtanh, -1.3, 0.3, "Hardtanh, neuron 0 turns on"),
        (Hardtanh, 0.7, 0.3, "Hardtanh, neuron 0 turns off"),
        (partial(Elu, alpha=0.5), -0.3, 0.3, "the input of ELU, neuron 0 crosses 0"),
        (partial(Softplus, threshold=1), 0.7, 0.3, "the input of softplus, neuron 0 crosses 1"),
    ],
)
def test_a_nudge_finds_the_kink_and_says_what_happens_there(make, x, kink, said):
    trace = network([x], make, gradient=[1]).trace()
    found = nudge(trace, Cell(-1, 0), by=0.6)
    assert kink in [each.by for each in found.kinks]
    (told,) = [kink_sentence(trace, each) for each in found.kinks if each.by == kink]
    assert f"{kink}, {said}" in told


def test_ends_that_are_one_are_crossed_at_once():
    trace = network([0.0], partial(Hardtanh, min_val=2, max_val=2), gradient=[1]).trace()
    (kink,) = nudge(trace, Cell(-1, 0), by=4.0).kinks
    said = "At 2, the input of hardtanh, neuron 0 crosses 2: the slope stays 0."
    assert kink_sentence(trace, kink) == said


@pytest.mark.parametrize("make", [Elu, Gelu, partial(Gelu, approximate="tanh"), Silu, Softplus])
def test_a_smooth_activation_has_no_kink_and_is_said_to_be_curved(make):
    trace = network([-0.2], make, gradient=[1]).trace()
    found = nudge(trace, Cell(-1, 0), by=0.5)
    assert found.kinks == []
    assert nudge_sentence(trace, found).endswith("the better the prediction.")


@pytest.mark.parametrize(
    ("make", "x"),
    [
        (partial(Elu, alpha=0.5), 0.0),
        (Hardtanh, -1.0),
        (Hardtanh, 1.0),
        (partial(Softplus, beta=2, threshold=1), 0.5),
    ],
)
def test_on_an_edge_the_gradient_check_speaks_of_a_kink(make, x):
    report = gradcheck(network([x], make, gradient=[1]))
    assert report.count("kink") == 1


@pytest.mark.parametrize("make", [Elu, Gelu, partial(Gelu, approximate="tanh"), Silu, Softplus])
def test_at_0_a_smooth_activation_passes_the_gradient_check(make):
    assert gradcheck(network([0.0], make, gradient=[1])).count("agree") == 1


def test_where_an_activation_is_flat_its_zero_is_blocked():
    receipt = receipt_of(network([3.0], Hardtanh, gradient=[2]).trace(), Cell(-1, 0))
    assert receipt.zero == "blocked"
