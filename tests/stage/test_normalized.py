"""The numbers of a batch normalization, held against the engine's values and gradients."""

from functools import partial

import numpy as np
import pytest

from app.engine.layers import BatchNorm2d, Identity
from app.stage.normalized import MAX_CELLS, normalized
from tests.networks import network

X = np.arange(12.0).reshape(2, 2, 3) / 4 - 1
MEAN, VARIANCE = np.array([0.5, -1.0]), np.array([4.0, 0.25])
LEARNT = {"weight": np.array([1.5, -2.0]), "bias": np.array([0.25, 1.0])}


def trace_of(x=X, **learnt):
    layer = partial(BatchNorm2d, running_mean=MEAN, running_var=VARIANCE, **learnt)
    gradient = np.arange(1.0, x.size + 1).reshape(x.shape)
    return network(x, layer, Identity, gradient=gradient).trace()


@pytest.mark.parametrize("learnt", [{}, {"weight": LEARNT["weight"]}, LEARNT])
def test_the_operations_lead_from_the_input_to_the_output(learnt):
    trace = trace_of(**learnt)
    found = normalized(trace, 0, slice(0, X.size))
    assert found
    mean, deviation = (np.array(found[name])[:, None, None] for name in ("mean", "deviation"))
    less, over, times = (np.reshape(each, X.shape) for each in found["between"])
    np.testing.assert_allclose(less, X - mean)
    np.testing.assert_allclose(over, less / deviation)
    np.testing.assert_allclose(times + learnt.get("bias", np.zeros(2))[:, None, None],
                               trace.values[1])  # fmt: skip


def test_each_gradient_of_the_input_is_the_slope_of_its_channel_times_that_of_the_output():
    trace = trace_of(**LEARNT)
    found = normalized(trace, 0, slice(0, X.size))
    assert found
    slopes = np.array(found["slope"])[:, None, None]
    np.testing.assert_allclose(trace.gradients[1] * slopes, trace.gradients[0])


def test_of_one_drawn_channel_the_numbers_between_are_those_of_its_cells():
    found, whole = (normalized(trace_of(**LEARNT), 0, cells) for cells in (slice(6, 12), slice(12)))
    assert found
    assert whole
    assert found["between"] == tuple(each[6:] for each in whole["between"])


def test_another_layer_and_the_head_have_none_and_a_large_map_only_those_of_its_channels():
    trace = trace_of(**LEARNT)
    assert [normalized(trace, layer, slice(0, 1)) for layer in (1, -1, None)] == [None] * 3
    large = trace_of(np.zeros((2, 12, 12)))
    found = normalized(large, 0, slice(0, 2 * 144))
    assert MAX_CELLS < 2 * 144
    assert found
    assert "between" not in found
