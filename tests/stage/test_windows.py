"""The places of windows, compared with the engine's tables."""

from functools import partial
from itertools import product

import numpy as np
import pytest

from app.engine.heads import MeanSquaredError
from app.engine.layers import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d
from app.stage.windows import Ring, ring_around, windows_json
from tests.networks import conv, network

SHAPE = (1, 5, 6)
X = np.arange(30.0).reshape(SHAPE)
SLIDING = {
    "conv2d": conv(np.ones((2, 1, 2, 3)), stride=(2, 1), padding=(1, 2), dilation=(2, 1)),
    "max_pool2d": partial(MaxPool2d, kernel=(2, 3), stride=(1, 2), padding=(1, 1)),
    "dilated max_pool2d": partial(MaxPool2d, kernel=(2, 2), stride=(2, 2), dilation=(2, 3)),
    "avg_pool2d": partial(AvgPool2d, kernel=(2, 4), stride=(2, 4), padding=(0, 0), ceil_mode=True),
}


def of(layer):
    """A network of one layer, whose gradients do not matter."""
    shape = layer(input_shape=SHAPE).shape
    return network(X, layer, gradient=np.ones(shape))


@pytest.mark.parametrize("name", SLIDING)
def test_windows_read_what_the_engine_reads(name):
    net = of(SLIDING[name])
    told = windows_json(net, 0)
    assert told
    table = net.layers[0].windows.table
    assert told["of"] == "-1"
    (rows, columns), (down, across) = told["starts"], told["taps"]
    for position, (row, column) in enumerate(product(rows, columns)):
        places = [(row + i, column + j) for i, j in product(down, across)]
        read = [r * 6 + c if 0 <= r < 5 and 0 <= c < 6 else -1 for r, c in places]
        assert read == table[:, position].tolist()


@pytest.mark.parametrize("name", SLIDING)
def test_the_ring_holds_all_padding_that_windows_read(name):
    net = of(SLIDING[name])
    ring = ring_around(net, -1) or Ring(0, 0, 0, 0, "")
    told = windows_json(net, 0)
    assert told
    for (starts, taps, size), (before, after) in zip(
        zip(told["starts"], told["taps"], (5, 6), strict=True),
        ((ring.top, ring.bottom), (ring.left, ring.right)),
        strict=True,
    ):
        assert -before <= min(starts)
        assert max(starts) + max(taps) < size + after


def test_padding_says_what_it_counts_as():
    assert ring_around(of(SLIDING["conv2d"]), -1) == Ring(1, 2, 1, 2, "0")
    assert ring_around(of(SLIDING["max_pool2d"]), -1) == Ring(1, 1, 1, 1, "–")
    for counts, text in ((True, "0"), (False, "–")):
        pool = partial(AvgPool2d, kernel=(2, 2), padding=(1, 1), count_include_pad=counts)
        assert ring_around(of(pool), -1) == Ring(1, 1, 1, 1, text)
    mirrored = partial(Conv2d, weight=np.ones((1, 1, 3, 3)), padding=(1, 0), padding_mode="reflect")
    assert ring_around(of(mirrored), -1) == Ring(1, 0, 1, 0, "")
    over_end = partial(AvgPool2d, kernel=(2, 2), ceil_mode=True)
    assert ring_around(of(over_end), -1) == Ring(0, 0, 1, 0, "–")


def test_what_nothing_slides_over_has_neither_windows_nor_padding():
    head = partial(MeanSquaredError, target=np.zeros(3))
    weight = partial(Linear, weight=np.ones((3, 30)), bias=None)
    net = network(X, Flatten, weight, head=head)
    for layer in (-1, 0, 1):
        assert ring_around(net, layer) is None
        assert windows_json(net, layer) is None
    assert windows_json(net, None) is None
