"""Right gradients in other layouts are right, and the answer names the layout."""

import numpy as np
import pytest

from app.check.given import Place, from_array, from_lists, from_text
from app.check.verdict import judge
from app.document.document import Refusal
from app.engine.layers import Flatten, Relu
from tests.engine.drawn import drawn_network
from tests.networks import conv, linear, max_pool, network

RNG = np.random.default_rng(7)


def image_network():
    weight = RNG.normal(size=(4, 2, 3, 3))
    return network(
        RNG.normal(size=(2, 5, 6)), conv(weight, RNG.normal(size=4), padding=(1, 1)), Relu,
        max_pool(), Flatten, linear(RNG.normal(size=(3, 24)), [0, 0, 0]), gradient=[1, -2, 0.5],
    )  # fmt: skip


TRACE = image_network().trace()


def place(layer, parameter=None, trace=TRACE):
    own = trace.gradients[layer + 1] if parameter is None else trace.parameters[layer][parameter]
    return Place(trace, layer, parameter, own.shape), own


def answer(where, written):
    return judge(where, from_text(written, where))


@pytest.mark.parametrize(
    ("layer", "parameter", "order", "name"),
    [
        (0, None, (1, 2, 0), "channels_last"),
        (-1, None, (1, 2, 0), "channels_last"),
        (0, None, (2, 1, 0), "column_major"),
        (0, "weight", (2, 3, 1, 0), "hwio"),
        (0, "weight", (0, 2, 3, 1), "ohwi"),
        (0, "weight", (1, 0, 2, 3), "iohw"),
        (0, "weight", (3, 2, 1, 0), "column_major"),
        (0, None, (2, 0, 1), "reordered"),
        (4, "weight", (1, 0), "in_out"),
    ],
)
def test_a_right_array_in_another_layout_is_right_and_its_layout_is_named(
    layer, parameter, order, name
):
    where, own = place(layer, parameter)
    stored = own.transpose(order)
    for candidates in (
        from_lists(stored.tolist(), where),
        from_text(str(stored.tolist()), where),
        from_array(stored, where),
    ):
        found = judge(where, candidates)
        assert found["right"]
        assert found["layout"]["name"] == name
        assert "compared so" in found["layout"]["sentence"]
        assert (found["difference"] == 0).all()


def test_a_batch_of_one_is_no_other_layout():
    where, own = place(0)
    assert judge(where, from_lists(own[None].tolist(), where))["layout"]["name"] == "same"
    assert answer(where, str(own[None].tolist()))["right"]


def test_several_examples_of_a_batch_are_asked_to_be_one():
    where, own = place(0)
    with pytest.raises(Refusal, match="2 examples of a batch"):
        from_text(str(np.stack([own, own]).tolist()), where)


def test_the_padded_map_is_recognised_and_its_cure_told():
    where, own = place(-1)
    padded = np.pad(own, ((0, 0), (1, 1), (1, 1)), constant_values=7.0)
    found = answer(where, str(padded.tolist()))
    assert (found["right"], found["layout"]["name"]) == (True, "padded")
    assert "cut the padding off, dx[:, 1:-1, 1:-1]" in found["sentence"]
    last = answer(where, str(padded.transpose(1, 2, 0).tolist()))
    assert "dx[1:-1, 1:-1, :]" in last["sentence"]


def test_one_row_of_all_numbers_may_have_channels_last_too():
    where, own = place(0)
    assert answer(where, str(own.ravel().tolist()))["layout"]["name"] == "flat"
    last = own.transpose(1, 2, 0).ravel()
    assert answer(where, str(last.tolist()))["layout"]["name"] == "channels_last_flat"


def test_a_wrong_array_in_another_layout_is_compared_in_it():
    where, own = place(0)
    wrong = own.transpose(1, 2, 0).copy()
    wrong[2, 3, 1] += 5
    found = answer(where, str(wrong.tolist()))
    assert (found["right"], found["differs"]) == (False, 1)
    assert found["largest"] is not None
    assert found["largest"]["index"] == [1, 2, 3]
    assert "stored channels last" in found["sentence"]


def test_where_the_shape_tells_nothing_channels_last_is_right_too():
    net = network(
        RNG.normal(size=(3, 3, 3)), conv(RNG.normal(size=(3, 3, 1, 1))),
        gradient=RNG.normal(size=(3, 3, 3)),
    )  # fmt: skip
    where, own = place(-1, trace=net.trace())
    found = answer(where, str(own.transpose(1, 2, 0).tolist()))
    assert (found["right"], found["layout"]["name"]) == (True, "channels_last")
    assert answer(where, str(own.tolist()))["layout"]["name"] == "same"


@pytest.mark.parametrize("seed", range(30))
def test_every_right_array_of_a_network_is_right_in_every_layout(seed):
    trace = drawn_network(seed).trace()
    for layer in range(-1, len(trace.network.layers)):
        for parameter in (None, *(trace.parameters[layer] if layer >= 0 else ())):
            where, own = place(layer, parameter, trace)
            orders: dict[int, list[tuple[int, ...]]] = {
                1: [(0,)],
                2: [(0, 1), (1, 0)],
                3: [(0, 1, 2), (1, 2, 0)],
            }
            orders[4] = [(0, 1, 2, 3), (2, 3, 1, 0), (0, 2, 3, 1)]
            for order in orders[own.ndim]:
                if own.ndim == 2 and own.shape[0] == own.shape[1]:
                    continue  # may be a missing transpose
                stored = own.transpose(order)
                assert answer(where, str(stored.tolist()))["right"], (layer, parameter, order)
                if own.ndim < 4:
                    assert answer(where, str(stored[None].tolist()))["right"]
            assert answer(where, " ".join(map(repr, own.ravel().tolist())))["right"]


def test_a_text_with_several_arrays_of_one_shape_asks_which():
    where, own = place(4, "bias")
    with pytest.raises(Refusal, match=r"2 arrays of the gradient’s shape \(“a”, “b”\)"):
        answer(where, f"a = {own.tolist()}\nb = {own.tolist()}")
    assert answer(where, f"a = {own.tolist()}\nb = [1, 2]")["right"]


def test_a_comma_that_may_be_two_things_is_asked_about_unless_one_makes_it_right():
    trace = network([1.0], linear([[1.234]]), gradient=[1]).trace()
    where, _ = place(-1, trace=trace)
    assert answer(where, "1,234\t")["right"]
    trace = network([1.0, 2.0], linear([[1.5, 5]]), gradient=[1]).trace()
    where, _ = place(-1, trace=trace)
    with pytest.raises(Refusal, match="read in two ways: with a comma as the decimal sign"):
        answer(where, "1,235\t5,000")
