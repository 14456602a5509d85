"""Groups of channels, and paddings of every form."""

from functools import partial

import numpy as np
import pytest
from pydantic import ValidationError

from app.document.building import run
from app.document.document import Document, Refusal
from app.engine.gather import gather
from app.engine.layers import Conv2d
from app.engine.network import Network
from app.engine.receipt import Cell, receipt_of
from app.stage.windows import ring_around
from app.text.sentences import network_words
from tests.networks import network

rng = np.random.default_rng(3)
X, UPSTREAM = rng.normal(size=(4, 5, 5)), rng.normal(size=(6, 4, 4))
WEIGHT = rng.normal(size=(6, 2, 2, 2))


def trace_of(**options):
    layer = partial(Conv2d, weight=WEIGHT, groups=2, **options)
    return network(X, layer, gradient=UPSTREAM).trace()


def test_a_group_is_a_convolution_of_its_own_channels():
    both = trace_of()
    for group in range(2):
        inner, outer = slice(2 * group, 2 * group + 2), slice(3 * group, 3 * group + 3)
        layer = partial(Conv2d, weight=WEIGHT[outer])
        alone = network(X[inner], layer, gradient=UPSTREAM[outer]).trace()
        np.testing.assert_allclose(both.values[1][outer], alone.values[1], 1e-13)
        np.testing.assert_allclose(both.gradients[0][inner], alone.gradients[0], 1e-12)
        weights = alone.parameters[0]["weight"]
        np.testing.assert_allclose(both.parameters[0]["weight"][outer], weights, 1e-12)


def test_a_cell_is_read_by_the_kernels_of_its_own_group_alone():
    trace = trace_of()
    middle = Cell(-1, int(np.ravel_multi_index((3, 2, 2), X.shape)))
    receipt = receipt_of(trace, middle)
    kernels = receipt.sources // 16
    assert sorted(set(kernels.tolist())) == [3, 4, 5]
    assert receipt.products.sum() == pytest.approx(receipt.gradient)
    gathered = gather(trace, middle)
    assert gathered is not None
    assert gathered.products.sum() == pytest.approx(receipt.gradient)


def test_only_a_depthwise_convolution_keeps_its_channels():
    depthwise = Conv2d((3, 4, 4), rng.normal(size=(3, 1, 2, 2)), groups=3)
    assert depthwise.keeps_channels
    assert not Conv2d((3, 4, 4), rng.normal(size=(6, 1, 2, 2)), groups=3).keeps_channels
    assert not Conv2d((3, 4, 4), rng.normal(size=(3, 3, 2, 2))).keeps_channels


def test_groups_cost_as_many_products_as_they_take():
    assert Conv2d((4, 5, 5), WEIGHT, groups=2).multiply_adds == 6 * 2 * 4 * 16


def test_the_architecture_tells_groups_and_lopsided_padding():
    lines = network_words(lopsided())
    assert "in two groups" in lines[1]
    assert "padding 0 above, 1 below, 0 left, 1 right" in lines[1]


def lopsided() -> Network:
    layer = partial(Conv2d, weight=WEIGHT, groups=2, padding="same")
    return network(X, layer, gradient=np.ones((6, 5, 5)))


def test_padding_that_is_the_same_puts_an_odd_cell_below_and_to_the_right():
    ring = ring_around(lopsided(), -1)
    assert ring is not None
    assert (ring.top, ring.left, ring.bottom, ring.right, ring.text) == (0, 0, 1, 1, "0")


CONV = {"type": "conv2d", "weight": [[[[1, 2], [3, 4]]]]}


def document(**options):
    layers = [{**CONV, **options}]
    head = {"type": "mse", "target": [[[0.0]]]}
    return {"input": [[[1, 2], [3, 4]]], "layers": layers, "head": head}


@pytest.mark.parametrize("padding", ["valid", 0, [0, 0], [0, 0, 0, 0]])
def test_no_padding_can_be_said_in_four_ways(padding):
    trace = run(Document.model_validate(document(padding=padding)))
    assert trace.values[1].tolist() == [[[30]]]


@pytest.mark.parametrize(
    ("options", "place", "words"),
    [
        ({"padding": "same", "stride": 2}, ("layers", 0, "padding"), "a stride of 1"),
        ({"groups": 2}, ("layers", 0, "groups"), "divides both 1 input channels and 1 kernel"),
        ({"weight": [[[[1]], [[1]]]]}, ("layers", 0, "weight"), "reads 2 channels"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_cure(options, place, words):
    with pytest.raises(Refusal) as refused:
        run(Document.model_validate(document(**options)))
    ((at, message),) = refused.value.problems
    assert at == place
    assert words in message


@pytest.mark.parametrize("padding", ["full", [1, 2, 3], [1, 2, 3, -1], [0, 0, 0.5, 0], None])
def test_other_paddings_are_refused(padding):
    with pytest.raises(ValidationError):
        Document.model_validate(document(padding=padding))
