"""Mistakes in networks with skip connections, told in words."""

import re

import numpy as np
import pytest

from app.check.given import Place, from_array
from app.check.verdict import judge
from app.engine.layers import Add, Conv2d
from app.engine.mistakes import slips, wrong_pass
from tests.networks import network, numbers

KERNEL = numbers([[[[1, 2, -1], [0.5, -2, 1], [3, 1, 0.25]]]])


def with_a_skip():
    """A convolution around which a skip connection leads: the input has two readers."""
    rng = np.random.default_rng(3)
    return network(
        rng.integers(-8, 9, (1, 4, 4)) / 4,
        lambda shape: Conv2d(shape, weight=KERNEL, padding=(1, 1)),
        lambda shape: Add(shape, -1),
        gradient=rng.integers(-8, 9, (1, 4, 4)) / 4,
    ).trace()


TRACE = with_a_skip()
CODES = sorted({slip.code for slip in slips(TRACE.network, -1, None)})


@pytest.mark.parametrize("code", CODES)
def test_every_mistake_beside_a_skip_connection_is_told(code):
    for slip in slips(TRACE.network, -1, None):
        made = wrong_pass(TRACE, (slip,)) if slip.code == code else None
        if made is None:
            continue
        array, place = made.gradient(-1), Place(TRACE, -1, None, (1, 4, 4))
        answer = judge(place, from_array(array, place))
        assert answer["right"] or code in {c for each in answer["mistakes"] for c in each["codes"]}


BRANCHES = [
    ("branches_averaged", "average over the 2 layers that read this cell"),
    ("branch_forgotten", "sends back, alone. 2 layers read this cell"),
]


@pytest.mark.parametrize(("code", "says"), BRANCHES)
def test_branches_put_together_wrong_are_told_with_the_right_sum(code, says):
    for slip in (each for each in slips(TRACE.network, -1, None) if each.code == code):
        made = wrong_pass(TRACE, (slip,))
        assert made is not None
        place = Place(TRACE, -1, None, (1, 4, 4))
        answer = judge(place, from_array(made.gradient(-1), place))
        # Half of everything is also a factor of one half.
        first = answer["mistakes"][0]
        assert first["codes"] == [code]
        assert says in first["sentence"]


def test_what_the_others_send_is_added_in_the_sentence():
    slip = next(each for each in slips(TRACE.network, -1, None) if each.code == "unweighted")
    made = wrong_pass(TRACE, (slip,))
    assert made is not None
    place = Place(TRACE, -1, None, (1, 4, 4))
    answer = judge(place, from_array(made.gradient(-1), place))
    sentence = answer["mistakes"][0]["sentence"]
    assert "of what Convolution sends back" in sentence
    assert re.search(r"With what the others send, the gradient is .+ \+ .+ [=≈] ", sentence)
