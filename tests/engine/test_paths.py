import math
from collections import Counter
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.engine import paths as engine
from app.engine.heads import MeanSquaredError
from app.engine.layers import Flatten, Relu
from app.engine.paths import EXACT, paths
from app.engine.receipt import Cell, receipt_of, rounding
from app.engine.types import Overflow
from tests.networks import (
    conv,
    founding_question,
    linear,
    max_pool,
    network,
    networks,
    pool_convolution,
)


def cells_of(net):
    """Every cell and every parameter; flatten's cells are other names of those before it."""
    for layer in range(-1, len(net.layers)):
        if layer < 0 or not isinstance(net.layers[layer], Flatten):
            yield from (Cell(layer, at) for at in range(math.prod(net.shape_of(layer))))
    for layer, each in enumerate(net.layers):
        for name, array in each.parameters.items():
            yield from (Cell(layer, at, name) for at in range(array.size))


def every_path(trace, cell):
    """All paths by walking receipts: (product, where the zero nearest the loss is, its code)."""
    receipt = receipt_of(trace, cell)
    network, closed = trace.network, {"lost", "blocked", "weight", "input"}
    if receipt.source is None:
        code = "settled" if network.head.is_loss else "upstream"
        yield receipt.gradient, None if receipt.gradient else ("head", code)
        return
    terms = zip(
        receipt.layers,
        receipt.sources.tolist(),
        receipt.factors.tolist(),
        receipt.zeros,
        strict=True,
    )
    for layer, at, factor, zero in terms:
        assert layer is not None
        for product, stop in every_path(trace, Cell(layer, at)):
            here = (layer, zero) if factor == 0 and zero in closed else None
            yield product * factor, stop or here


@pytest.mark.parametrize("question", [founding_question, pool_convolution])
def test_the_paths_of_every_cell_of_the_worked_examples_add_up_to_its_gradient(question):
    trace = question().trace()
    for cell in cells_of(trace.network):
        found = paths(trace, cell, 10_000)
        assert len(found.largest) == found.open
        assert sum(path.product for path in found.largest) == pytest.approx(
            found.gradient, abs=1e-12
        )


def test_all_paths_to_one_input_cell_of_the_founding_question():
    # Worked example 21: cell (2, 1), −8 = 7 · (−1) + (−0.5) · 2.
    trace = founding_question().trace()
    found = paths(trace, Cell(-1, 11))
    assert (found.gradient, found.total, found.open) == (-8, 12, 6)
    assert [(stop.layer, stop.zero, stop.count) for stop in found.stops] == [(2, "lost", 6)]
    assert [path.product for path in found.largest] == [-6, -6, 3, 2, -1.5, 0.5]
    first = found.largest[0]
    assert first.cells == [Cell(4, 1), Cell(2, 0), Cell(1, 5), Cell(0, 5), Cell(-1, 11)]
    assert (first.upstream, first.factors) == (3, [-1, 1, 1, 2])


def test_the_digits_of_the_centre_name_its_paths():
    found = paths(pool_convolution().trace(), Cell(0, 4))
    assert [path.product for path in found.largest] == [1000, 200, 30, 4]
    assert found.gradient == 1234


def test_a_cell_whose_terms_all_end_at_zeros_has_no_open_path():
    found = paths(founding_question().trace(), Cell(-1, 17))
    assert (found.total, found.open, found.largest) == (12, 0, [])
    assert sum(stop.count for stop in found.stops) == 12


@given(networks(), st.data())
def test_counts_stops_and_products_equal_those_of_listing_every_path(net, data):
    trace = net.trace()
    cell = data.draw(st.sampled_from(list(cells_of(net))))
    counted = paths(trace, cell, 1)
    assume(counted.total <= 3000)
    listed = list(every_path(trace, cell))
    opens = [product for product, stop in listed if stop is None]
    stops = Counter(stop for _, stop in listed if stop is not None)
    found = paths(trace, cell, 10_000)
    assert (found.total, found.open) == (len(listed), len(opens))
    assert {
        ("head" if stop.layer is None else stop.layer, stop.zero): stop.count
        for stop in found.stops
    } == stops
    products = [path.product for path in found.largest]
    assert sorted(map(abs, products), reverse=True) == list(map(abs, products))
    assert np.allclose(sorted(products), sorted(opens), rtol=1e-12, atol=0)
    assert abs(sum(products) - found.gradient) <= rounding(np.array(products)) + 1e-15


@given(networks(), st.data(), st.integers(1, 6))
def test_a_short_list_holds_the_largest(net, data, most):
    trace = net.trace()
    cell = data.draw(st.sampled_from(list(cells_of(net))))
    assume(paths(trace, cell, 1).total <= 3000)
    everything = [abs(path.product) for path in paths(trace, cell, 10_000).largest]
    found = paths(trace, cell, most)
    assert found.certain
    assert np.allclose([abs(path.product) for path in found.largest], everything[:most], rtol=1e-9)


@given(networks(), st.data())
def test_a_path_is_a_chain_of_contributions_from_the_loss_to_the_cell(net, data):
    trace = net.trace()
    cell = data.draw(st.sampled_from(list(cells_of(net))))
    for path in paths(trace, cell, 5).largest:
        assert path.cells[-1] == cell
        assert len(path.factors) == len(path.cells) - 1
        for above, below, factor in zip(path.cells, path.cells[1:], path.factors, strict=False):
            receipt = receipt_of(trace, below)
            paying = (np.array(receipt.layers) == above.layer) & (receipt.sources == above.at)
            assert factor in receipt.factors[paying]
        assert path.upstream == trace.gradients[-1].reshape(-1)[path.cells[0].at]


def test_an_unread_cell_has_no_paths():
    trace = network(np.ones((1, 3, 3)), max_pool(), gradient=[[[1]]]).trace()
    found = paths(trace, Cell(-1, 8))
    assert (found.total, found.open, found.stops, found.largest) == (0, 0, [], [])


def test_a_path_stops_at_the_zero_nearest_the_loss():
    # The weight of 0 comes first on the way down, the ReLU that is off only after it.
    trace = network([-1, 1], Relu, linear([[0, 1], [1, 1]]), gradient=[1, 0]).trace()
    found = paths(trace, Cell(-1, 0))
    stops = [(stop.layer, stop.zero, stop.count) for stop in found.stops]
    assert stops == [(None, "upstream", 1), (1, "weight", 1)]


def test_an_output_that_a_loss_is_content_with_stops_its_paths():
    head = partial(MeanSquaredError, target=np.array([1.0]))
    found = paths(network([1], linear([[1]]), head=head).trace(), Cell(-1, 0))
    assert [(stop.layer, stop.zero) for stop in found.stops] == [(None, "settled")]


def test_a_weight_that_met_an_input_of_0_is_blocked_there():
    found = paths(network([0, 2], linear([[3, 4]]), gradient=[1]).trace(), Cell(0, 0, "weight"))
    assert [(stop.layer, stop.zero, stop.count) for stop in found.stops] == [(0, "input", 1)]


def deep(width, layers):
    return network(
        np.ones(width), *[linear(np.ones((width, width))) for _ in range(layers)],
        gradient=np.ones(width),
    )  # fmt: skip


def test_more_paths_than_can_be_listed_are_counted():
    found = paths(deep(20, 9).trace(), Cell(-1, 0), 7)
    assert found.total == found.open == 20**9 < EXACT
    assert [path.product for path in found.largest] == [1] * 7
    assert found.certain


def test_counts_beyond_2_to_the_53_are_known_to_be_rounded():
    found = paths(deep(40, 12).trace(), Cell(-1, 0), 3)
    assert found.total > EXACT
    assert found.total == pytest.approx(40.0**12)


def test_the_search_says_when_it_may_have_missed_a_larger_path(monkeypatch):
    monkeypatch.setattr(engine, "MAX_CELLS", 8)
    rng = np.random.default_rng(0)
    net = network(
        rng.normal(size=8), *[linear(rng.normal(size=(8, 8))) for _ in range(4)],
        gradient=rng.normal(size=8),
    )  # fmt: skip
    found = paths(net.trace(), Cell(-1, 0), 5)
    assert len(found.largest) == 5
    assert not found.certain
    monkeypatch.undo()
    best = paths(net.trace(), Cell(-1, 0), 1)
    assert abs(best.largest[0].product) >= abs(found.largest[0].product)


def test_a_product_beyond_float64_is_refused_at_its_layer():
    # Two paths of opposite sign cancel before they overflow: the gradient itself is finite.
    net = network([0], linear([[1e200]]), linear([[1], [1]]), linear([[1e200, -1e200]]),
                    gradient=[1])  # fmt: skip
    with pytest.raises(Overflow) as refused:
        net.trace()
    assert refused.value.layer == 0


def test_paths_look_through_flatten_at_either_end():
    trace = network([[[1, 2]]], Flatten, Relu, Flatten, gradient=[3, 4]).trace()
    found = paths(trace, Cell(-1, 1))
    assert found.largest[0].cells == [Cell(1, 1), Cell(-1, 1)]
    assert found.largest[0].product == 4


def test_a_convolution_weight_has_a_path_from_every_position_it_was_used_at():
    net = network(np.ones((1, 4, 4)), conv(np.ones((1, 1, 2, 2)), [0]), gradient=np.ones((1, 3, 3)))
    assert paths(net.trace(), Cell(0, 0, "weight")).total == 9
    assert paths(net.trace(), Cell(0, 0, "bias")).open == 9
