"""Thousands of random networks: each figure equals PyTorch's, each receipt adds up to it."""

import numpy as np
import pytest

from app.engine.receipt import EPSILON, Cell, receipt_of
from tests.oracle.documents import built
from tests.oracle.oracle import Torch, document_of
from tests.oracle.test_networks import agree_closely, agree_to_the_bit

pytestmark = pytest.mark.campaign


def noted(error, seed, exact):
    error.add_note(f"document_of({seed}, exact={exact})")
    return error


def test_every_figure_is_pytorchs(seeds, figures):
    oracle = Torch()
    for seed in seeds:
        for exact, agree in ((True, agree_to_the_bit), (False, agree_closely)):
            try:
                clear = agree(document_of(seed, exact), oracle)
            except AssertionError as error:
                raise noted(error, seed, exact) from None
            figures.count("exact networks equal to PyTorch's to the bit", exact)
            figures.count("drawn networks close to PyTorch's", not exact)
            figures.count("of them too close to a tie to compare winners", clear is False)


def test_every_receipt_adds_up_to_its_gradient(seeds, figures):
    for seed in seeds:
        trace = built(document_of(seed, exact=False)).trace()
        for layer, gradient in enumerate(trace.gradients, start=-1):
            for at in range(gradient.size):
                products = receipt_of(trace, Cell(layer, at)).products
                error = abs(sum(products) - gradient.flat[at])
                scale = EPSILON * len(products) * np.abs(products).sum()
                assert error <= 8 * scale, (
                    f"cell {at} of layer {layer} of document_of({seed}, exact=False)"
                )
                figures.count("receipts that add up to their gradients")
                if scale:
                    figures.largest("error of a sum, in n·ε·Σ|products|", error / scale)
