"""Finite differences of a loss in float32, printed with few digits."""

from decimal import Decimal
from functools import partial

import numpy as np
import pytest

from app.engine.heads import MeanSquaredError
from app.engine.mistakes import diagnose, given
from tests.networks import linear, network

STEP = np.float32(1e-4)


def differences(seed):
    """A network, and the differences of its loss, computed in float32 throughout."""
    rng = np.random.default_rng(seed)
    weight, x, target = rng.uniform(-1, 1, (4, 8)), rng.uniform(-1, 1, 8), rng.uniform(-1, 1, 4)
    net = network(x, linear(weight), head=partial(MeanSquaredError, target=target))
    w, t = weight.astype(np.float32), target.astype(np.float32)

    def loss(at, by):
        moved = x.astype(np.float32)
        moved[at] += by
        return (((w @ moved) - t) ** 2).mean(dtype=np.float32)

    quotients = [(loss(i, STEP) - loss(i, -STEP)) / (2 * STEP) for i in range(len(x))]
    return net.trace(), [float(each) for each in quotients]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("form", [".5f", ".7e"])
def test_they_are_recognised_as_that_and_right(seed, form):
    trace, numbers = differences(seed)
    written = [Decimal(f"{x:{form}}") for x in numbers]
    found = diagnose(trace, -1, None, given(written, (8,)))
    assert found.right
    assert found.differences is not None
    assert found.differences.arithmetic == "float32"


@pytest.mark.parametrize("seed", range(40))
def test_noise_of_the_same_size_is_not_taken_for_them(seed):
    trace, numbers = differences(seed)
    rng = np.random.default_rng(seed)
    true = trace.gradients[0]
    off = np.abs(np.array(numbers) - true).max()
    noisy = true + rng.uniform(-1, 1, 8) * 3 * off
    found = diagnose(trace, -1, None, given([Decimal(f"{x:.4e}") for x in noisy], (8,)))
    assert found.differences is None
