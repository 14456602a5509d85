"""The drawn plane of a large array."""

import numpy as np
import pytest

from app.document.building import run
from app.document.document import Document
from app.lessons import FIRST, LESSONS
from app.stage.channels import OpenChannels


@pytest.fixture(scope="module")
def lenet():
    return run(Document.model_validate(LESSONS["lenet"].network))


def test_small_arrays_are_drawn_whole():
    trace = run(Document.model_validate(FIRST.network))
    channels = OpenChannels(trace)
    for layer in range(-1, len(trace.network.layers)):
        plane = channels.output(layer)
        assert (plane.shape, plane.count, plane.first) == (trace.network.shape_of(layer), 1, 0)
    assert channels.parameter(4, "weight").shape == (3, 4)


def test_pools_and_activations_follow_the_convolution_before_them(lenet):
    channels = OpenChannels(lenet, {0: 5})
    assert [channels.channel(layer) for layer in (0, 1, 2)] == [5, 5, 5]
    assert [channels.output(layer).chooser for layer in (0, 1, 2)] == [0, 0, 0]
    assert channels.output(2).cells == range(5 * 144, 6 * 144)


def test_a_kernel_follows_both_channels_that_it_joins(lenet):
    plane = OpenChannels(lenet, {0: 2, 3: 7}).parameter(3, "weight")
    assert (plane.shape, plane.count, plane.chooser) == ((5, 5), 96, None)
    weight = lenet.network.layers[3].parameters["weight"]
    assert np.array_equal(weight.reshape(-1)[plane.cells], weight[7, 2].reshape(-1))


def test_large_weights_are_those_of_one_neuron(lenet):
    plane = OpenChannels(lenet, {7: 11}).parameter(7, "weight")
    assert (plane.shape, plane.count, plane.at, plane.chooser) == ((256,), 120, 11, 7)


def test_unchosen_is_what_the_loss_depends_on_most(lenet):
    channels = OpenChannels(lenet)
    sizes = np.abs(lenet.gradients[4]).reshape(16, -1).max(axis=1)
    assert channels.channel(3) == sizes.argmax()
    assert channels.by_layer == {layer: channels.channel(layer) for layer in (-1, 0, 3, 7, 9, 11)}
