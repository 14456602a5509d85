"""The backward pass in plain loops, which other tests hold the engine against, is a right one."""

import numpy as np

from app.engine.heads import KINDS as HEADS
from app.engine.layers import KINDS as LAYERS
from tests.engine.drawn import drawn_network
from tests.engine.plain_batches import batch_gradients, drawn_batch
from tests.engine.plain_loops import gradients

SEEDS = range(120)
SATURATED = 1e-9


def drawn():
    for seed in SEEDS:
        yield seed, drawn_network(seed, every=True)


def test_the_drawn_networks_have_every_layer_and_every_loss():
    networks = [net for _, net in drawn()]
    # Layers along one axis are those over a map of one row (see test_one_axis.py).
    over_maps = {name for name, kind in LAYERS.items() if kind.axes == 2}
    assert {layer.name for net in networks for layer in net.layers} == over_maps
    assert {net.head.name for net in networks} == HEADS.keys()


def test_plain_loops_give_the_engines_gradients_of_every_layer_and_loss():
    for seed, net in drawn():
        hold(net, gradients(net), f"drawn_network({seed}, every=True)")


def test_plain_loops_give_the_engines_gradients_of_batches_under_every_loss():
    drawn = {seed: drawn_batch(seed, every=True) for seed in SEEDS}
    assert {net.head.name for net in drawn.values()} == HEADS.keys()
    for seed, net in drawn.items():
        hold(net, batch_gradients(net), f"drawn_batch({seed}, every=True)")


def hold(net, found, drawn):
    """Every gradient against the engine's."""
    trace = net.trace()
    output = trace.values[-1]
    if net.head.name == "binary_cross_entropy" and (output * (1 - output)).min() < SATURATED:
        return  # 1 − p keeps few digits, in whichever way it is computed
    for (layer, name), array in found.items():
        true = trace.parameters[layer][name] if name else trace.gradients[layer + 1]
        size = np.abs(true).max() or 1.0
        at = f"{drawn}, {layer, name}"
        np.testing.assert_allclose(array, true, rtol=1e-9, atol=1e-10 * size, err_msg=at)
