import numpy as np
import pytest
from hypothesis import given

from app.engine.magnitudes import magnitudes
from app.engine.receipt import Cell, receipt_of
from tests.networks import linear, network, networks


@given(networks())
def test_every_gradients_magnitude_is_that_of_its_receipts_products(net):
    trace = net.trace()
    sizes = magnitudes(trace)
    for layer in range(-1, len(net.layers) - 1):
        for at, size in enumerate(sizes.gradients[layer + 1].ravel()):
            receipt = receipt_of(trace, Cell(layer, at))
            assert size == pytest.approx(np.abs(receipt.products).sum())
    for layer, own in enumerate(sizes.parameters):
        for name, array in own.items():
            for at, size in enumerate(array.ravel()):
                receipt = receipt_of(trace, Cell(layer, at, name))
                assert size == pytest.approx(np.abs(receipt.products).sum())


@given(networks())
def test_no_value_is_larger_than_its_magnitude(net):
    trace = net.trace()
    for size, value in zip(magnitudes(trace).values, trace.values, strict=True):
        assert size.shape == value.shape
        assert (size >= np.abs(value) * (1 - 1e-12)).all()


def test_what_cancels_keeps_its_magnitude():
    trace = network([1, 1], linear([[3, -3], [2, 2]]), gradient=[2, -3]).trace()
    sizes = magnitudes(trace)
    assert trace.values[1].tolist() == [0, 4]
    assert sizes.values[1].tolist() == [6, 4]
    assert trace.gradients[0].tolist() == [0, -12]
    assert sizes.gradients[0].tolist() == [12, 12]
