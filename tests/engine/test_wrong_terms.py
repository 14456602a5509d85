"""The terms of a wrong gradient add up to it; without a mistake they are those of a receipt."""

from typing import Any

import numpy as np
import pytest

from app.engine.mistakes import Pass, slips, wrong_pass
from app.engine.mistakes.terms import StepTerms
from app.engine.receipt import Cell, receipt_of
from app.engine.timeline import Moves, moves
from tests.engine.drawn import drawn_network
from tests.networks import linear, network

NO_SUM = {"multiplied"}
SEEDS = range(30)


def steps_of(net):
    for layer, each in enumerate(net.layers):
        if not each.relabels and each.skips_from is None:
            yield layer, net.read_by(layer)


def right_terms(trace, layer) -> Any:
    return moves(trace, layer)


def made_terms(made: Any, layer, right, targets, name=None) -> Any:
    return StepTerms(made, layer, name).of(right, targets)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_a_mistake_they_are_the_right_terms(seed):
    trace = drawn_network(seed, every=True).trace()
    for layer, below in steps_of(trace.network):
        right = right_terms(trace, layer)
        if right is None or len(trace.network.readers_of(below)) > 1:
            continue
        made = made_terms(Pass(trace, {}), layer, right, np.unique(right.targets))
        pairs = list(zip(made.sources.tolist(), made.targets.tolist(), strict=True))
        expected = dict(zip(zip(right.sources.tolist(), right.targets.tolist(), strict=True),
                            right.products.tolist(), strict=True))  # fmt: skip
        assert pairs == sorted(expected, key=lambda pair: (pair[1], pair[0]))
        sent = [expected[pair] for pair in pairs]
        np.testing.assert_allclose(made.products, sent, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(made.upstream * made.factors, made.products, 1e-9, 1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_those_of_a_mistake_add_up_to_the_wrong_gradient(seed):
    trace = drawn_network(seed).trace()
    summed = 0
    for layer, below in steps_of(trace.network):
        right = right_terms(trace, layer)
        if right is None:
            continue
        for slip in slips(trace.network, below, None):
            made = wrong_pass(trace, (slip,)) if slip.layers == (layer,) else None
            if made is None or made.values is not trace.values:
                continue
            wrong = made.gradient(below).reshape(-1)
            targets = np.unique(right.targets)
            terms = made_terms(made, layer, right, targets)
            if slip.code in NO_SUM:
                continue
            assert terms is not None, slip.code
            total = np.bincount(terms.targets, terms.products, wrong.size)[targets]
            sizes = np.bincount(terms.targets, np.abs(terms.products), wrong.size)[targets]
            assert (np.abs(total - wrong[targets]) <= 1e-9 * sizes).all(), slip.code
            last = np.flatnonzero(np.diff(terms.targets, append=-1))
            np.testing.assert_allclose(terms.running[last], total, rtol=1e-9, atol=1e-9)
            summed += 1
    assert summed or all(each.family in ("relabelling", "softmax") for each in trace.network.layers)


def test_a_product_of_gradients_has_no_terms():
    trace = network([2.0, 3.0], linear([[1.0, 2.0], [3.0, 4.0]]), gradient=[5.0, 7.0]).trace()
    slip = next(each for each in slips(trace.network, -1, None) if each.code == "multiplied")
    made = wrong_pass(trace, (slip,))
    assert made_terms(made, 0, right_terms(trace, 0), np.array([0, 1])) is None


def test_those_of_a_parameter_stand_at_the_same_outputs_as_the_right_ones():
    net = drawn_network(3)
    trace = net.trace()
    for layer, each in enumerate(net.layers):
        for name in each.parameters:
            receipt = receipt_of(trace, Cell(layer, 0, name))
            right = Moves(receipt.sources, np.zeros(len(receipt.sources), np.intp),
                          receipt.upstream, receipt.factors, receipt.products,
                          np.cumsum(receipt.products))  # fmt: skip
            made = made_terms(Pass(trace, {}), layer, right, np.array([0]), name)
            assert made.sources.tolist() == receipt.sources.tolist()
            np.testing.assert_allclose(made.products, receipt.products, rtol=1e-12, atol=1e-15)
