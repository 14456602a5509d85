"""Figures beyond float64 are refused in one place, equally on every processor."""

import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import bounds
from app.engine.bounds import FAR
from app.engine.finite import LIMIT
from app.engine.heads import CrossEntropy, MeanSquaredError
from app.engine.layers import Flatten, Relu, Sigmoid
from app.engine.magnitudes import magnitudes
from app.engine.types import Overflow
from tests.networks import linear, network, networks, numbers


def refused_at(net):
    with pytest.raises(Overflow) as caught:
        net.trace()
    return caught.value.layer, caught.value.what


def test_a_single_product_that_the_sum_would_hide_is_refused():
    # Fused with what is added to it, −1.003 × −1.797×10³⁰⁸ gives a finite sum on some processors.
    net = network(
        [0.5],
        linear([[1e308], [-0.6975637175685552], [5e-324], [-1.7976931348623157e308]]),
        gradient=[-0.06796609290252809, 1e308, -1.7540784622027852, -1.003021533192527],
    )
    assert refused_at(net) == (0, "a gradient")


def test_what_is_just_within_the_limit_is_admitted_and_what_is_just_beyond_is_not():
    weights, ones = linear([[LIMIT / 2, -LIMIT / 2]]), [1, 1]
    assert network(ones, weights, gradient=[1]).trace().values[1].tolist() == [0]
    assert refused_at(network([1, 1.001], weights, gradient=[1])) == (0, "a value")


def test_the_order_of_terms_decides_nothing():
    terms = np.array([LIMIT, 1.0, -LIMIT / 3, LIMIT / 7, -1e290] * 3) / 4
    orders = [np.random.default_rng(seed).permutation(len(terms)) for seed in range(20)]
    for weight in (terms, terms / 2):
        refusals = set()
        for order in orders:
            net = network(np.ones(len(terms)), linear([weight[order]]), gradient=[1])
            try:
                net.trace()
            except Overflow as overflow:
                refusals.add(overflow.layer)
            else:
                refusals.add(None)
        assert len(refusals) == 1


def test_flatten_forms_nothing_and_refuses_nothing():
    net = network([[[1.7e308]]], Flatten, linear([[1e-3]]), gradient=[0.1])
    assert net.trace().values[1].tolist() == [1.7e308]


def test_a_sigmoid_ends_all_growth():
    assert network([1e308], Sigmoid, linear([[1e307]]), gradient=[1]).trace().values[2] == 1e307


def test_scores_are_subtracted_and_errors_squared():
    far_apart = network([6e307, -6e307], Relu, head=partial(CrossEntropy, target=1))
    assert refused_at(far_apart) == (None, "the loss")
    squared = network([1e150], Relu, head=partial(MeanSquaredError, target=numbers([-1e155])))
    assert refused_at(squared) == (None, "the loss")


@given(networks())
def test_bounds_contain_what_is_added_up_anywhere(net):
    trace = net.trace()
    sizes = magnitudes(trace)
    values = bounds._forward(np.abs(net.x), net.layers)
    for bound, size in zip(values, sizes.values, strict=True):
        assert (size <= bound * (1 + 1e-12)).all()
    assert bounds._rough(net.x, net.layers, net.head) >= max(map(np.max, values))


@given(networks(), st.integers(0, 12))
def test_the_rough_bound_only_saves_work(net, power):
    net.x *= 10.0 ** (25 * power)
    refused = False
    with np.errstate(all="ignore"):
        try:
            bounds._check(net.x, net.layers, net.head)
        except Overflow:
            refused = True
    assert not refused or bounds._rough(net.x, net.layers, net.head) > FAR


PROGRAM = """
from pydantic import ValidationError

from app.document.building import run
from app.document.document import Document, Refusal
from tests.test_extremes import stretched

for seed in range(60):
    try:
        run(Document.model_validate(stretched(seed)))
        print(seed, "answered")
    except (Refusal, ValidationError) as refusal:
        print(seed, refusal)
"""


@pytest.mark.parametrize("blas", ["Prescott", "Haswell"])
def test_a_processor_that_does_not_fuse_products_and_sums_decides_alike(blas):
    def decided(**kind):
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM], env={**os.environ, **kind}, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        return run.stdout

    assert decided(OPENBLAS_CORETYPE=blas) == decided()
