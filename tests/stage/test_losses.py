"""The rows of a loss, held against the gradients that the engine computes."""

from functools import partial

import numpy as np
import pytest

from app.engine.heads import (
    BinaryCrossEntropyWithLogits,
    CrossEntropy,
    Huber,
    MeanSquaredError,
)
from app.engine.layers import Identity
from app.stage.losses import MAX_COMPARED, compared
from tests.networks import network

X = [0.5, -1.0, 2.0]
TARGET = np.array([0.25, 1.0, 0.0])
SHARES = np.array([0.25, 0.5, 0.25])


@pytest.mark.parametrize(
    "head",
    [
        partial(CrossEntropy, target=1),
        partial(CrossEntropy, target=1, label_smoothing=0.3),
        partial(CrossEntropy, target=1, weight=SHARES + 1),
        partial(CrossEntropy, target=SHARES),
        partial(CrossEntropy, target=SHARES, weight=SHARES + 1, label_smoothing=0.1),
        partial(BinaryCrossEntropyWithLogits, target=TARGET),
        partial(BinaryCrossEntropyWithLogits, target=TARGET, reduction="sum"),
        partial(MeanSquaredError, target=TARGET),
        partial(MeanSquaredError, target=TARGET, reduction="sum"),
    ],
)
def test_each_gradient_is_the_factor_times_the_prediction_less_the_target(head):
    trace = network(X, Identity, head=head).trace()
    rows = compared(trace)
    assert rows
    differences = np.subtract(rows["prediction"], rows["target"])
    np.testing.assert_allclose(rows["factor"] * differences, trace.gradients[-1], atol=1e-15)
    assert len(rows["names"]) == 3


def test_only_what_the_loss_makes_itself_is_a_share():
    for head, is_share in (
        (partial(CrossEntropy, target=0), True),
        (partial(MeanSquaredError, target=TARGET), False),
    ):
        rows = compared(network(X, Identity, head=head).trace())
        assert rows
        assert rows["is_share"] == is_share


def test_a_loss_that_compares_in_another_way_a_map_and_many_outputs_have_no_rows():
    other = network(X, Identity, head=partial(Huber, target=TARGET, delta=1.0))
    many = np.zeros(MAX_COMPARED + 1)
    long = network(many, Identity, head=partial(MeanSquaredError, target=many))
    plane = np.zeros((1, 2, 2))
    flat = network(plane, Identity, head=partial(MeanSquaredError, target=plane))
    given = network(X, Identity, gradient=X)
    assert [compared(each.trace()) for each in (other, long, flat, given)] == [None] * 4


def test_the_title_of_the_gradients_has_the_factor_of_a_mean():
    titles = []
    for head in (
        partial(CrossEntropy, target=1),
        partial(BinaryCrossEntropyWithLogits, target=TARGET, reduction="sum"),
        partial(BinaryCrossEntropyWithLogits, target=TARGET),
        partial(MeanSquaredError, target=TARGET, reduction="sum"),
    ):
        rows = compared(network(X, Identity, head=head).trace())
        assert rows
        titles.append(rows["titles"][2])
    assert titles == [
        *["p − y, the gradient"] * 2,
        "(p − y) × 0.3333, the gradient",
        "(o − t) × 2, the gradient",
    ]
