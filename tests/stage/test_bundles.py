"""Bundles hold what is not drawn one by one, and nothing is lost between them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from app.stage.bundles import LARGEST, MAX_SINGLE, bundles


@given(npst.arrays(np.float64, st.integers(1, 60), elements=st.integers(-9, 9).map(float)))
def test_the_largest_are_single_and_with_the_others_sum_they_add_up_to_all(products):
    found = bundles(np.full(products.size, 7), products)
    if products.size <= MAX_SINGLE:
        assert found == {}
        return
    single, others = found[7]["single"], found[7]["sum"]
    assert len(single) == LARGEST
    assert single == sorted(single)
    assert products[single].sum() + others == products.sum()
    left = np.delete(products, single)
    assert np.abs(products[single]).min() >= np.abs(left).max()


def test_each_target_has_a_bundle_of_its_own():
    targets = np.repeat([3, 8, 9], [12, 2, 11])
    products = np.arange(25.0)
    found = bundles(targets, products)
    assert set(found) == {3, 9}
    assert found[3] == {"single": [7, 8, 9, 10, 11], "sum": 21.0}
    assert found[9] == {"single": [6, 7, 8, 9, 10], "sum": 14.0 + 15 + 16 + 17 + 18 + 19}
