"""Bundles hold what is not drawn one by one, and nothing is lost between them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from app.stage.bundles import LARGEST, MAX_BESIDE, MAX_SINGLE, bundles, channel_sums


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


@given(st.data())
def test_each_channels_products_and_the_channels_left_out_add_up_to_all(data):
    count, plane = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 6))
    drawn = st.lists(st.integers(0, 35), min_size=count, max_size=count)
    targets = np.sort(np.array(data.draw(drawn)) % 3)
    sources = np.array(data.draw(drawn))
    products = np.array(data.draw(drawn), float) - 15
    found = channel_sums(sources, targets, products, plane)
    assert set(found) == set(targets)
    for target, channels in found.items():
        own = products[targets == target]
        senders = sources[targets == target] // plane
        assert [each["channel"] for each in channels] == np.unique(senders).tolist()
        sums = {each["channel"]: each["sum"] for each in channels}
        for each in channels:
            sent = own[senders == each["channel"]]
            assert each["sum"] == sent.sum()
            assert len(each["single"]) == min(LARGEST, len(sent))
            assert own[each["single"]].sum() + each["rest"] == each["sum"]
            smallest = np.abs(own[each["single"]]).min()
            places = np.flatnonzero(senders == each["channel"]).tolist()
            left = [k for k in places if k not in each["single"]]
            assert np.abs(own[left]).max(initial=0) <= smallest
            others = [own_sum for channel, own_sum in sums.items() if channel != each["channel"]]
            others.sort(key=lambda own_sum: -abs(own_sum))
            most = min(MAX_BESIDE, len(others) - 1)
            assert each["others"] == [sum(others[n:]) for n in range(1, most + 1)]


def test_without_products_no_channel_sends_anything():
    assert channel_sums(np.array([], int), np.array([], int), np.array([]), 4) == {}
