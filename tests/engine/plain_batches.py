"""The backward pass of a batch written by hand: plain loops over the examples, right and wrong.

Each example goes back by itself, as in ``plain_loops``; only the loss knows how many there are.
"""

from functools import partial
from typing import Any

import numpy as np

from app.engine.heads import (
    AbsoluteError,
    BinaryCrossEntropy,
    BinaryCrossEntropyWithLogits,
    CrossEntropy,
    Huber,
    MeanSquaredError,
    NegativeLogLikelihood,
    SmoothL1,
    Upstream,
)
from app.engine.network import Network
from tests.engine.drawn import drawn_network
from tests.engine.plain_loops import FOUND_AT_THE_END, Run

WORDS_OF_BATCHES = ("one_example", "examples_averaged")
"""The mistakes that can be made in batches only."""


def batch_of(net, examples, rng, every=False):
    """A batch of new inputs for the layers of a network, with one of three heads, or of all."""

    def array(*shape):
        return rng.uniform(-1.5, 1.5, shape).round(3)

    shape = net.layers[-1].shape
    heads: list[Any] = [
        partial(Upstream, gradient=array(examples, *shape)),
        partial(MeanSquaredError, target=array(examples, *shape)),
    ]
    if len(shape) == 1:
        reduction: Any = rng.choice(["mean", "mean", "sum"])
        target = rng.integers(0, shape[0], examples)
        heads.append(partial(CrossEntropy, target=target, reduction=reduction))
    if every:
        heads += _other_heads(rng, (examples, *shape), array)
    if every and net.head.name == "binary_cross_entropy":  # its outputs must be probabilities
        heads = [partial(BinaryCrossEntropy, target=rng.integers(0, 9, (examples, *shape)) / 8)]
    layers = [partial(_bound, layer) for layer in net.layers]
    head = heads[rng.integers(len(heads))]
    return Network(array(examples, *net.x.shape), layers, head, is_batch=True)


def _other_heads(rng, shape, array):
    """Every other loss, as a mean or a sum, with weights, smoothing and shares of classes."""
    reduction: Any = str(rng.choice(["mean", "sum"]))
    likely = rng.integers(0, 9, shape) / 8
    heads: list[Any] = [
        partial(AbsoluteError, target=array(*shape), reduction=reduction),
        partial(SmoothL1, target=array(*shape), reduction=reduction),
        partial(Huber, target=array(*shape), reduction=reduction),
        partial(MeanSquaredError, target=array(*shape), reduction=reduction),
        partial(BinaryCrossEntropyWithLogits, target=likely, reduction=reduction),
    ]
    if len(shape) > 2:
        return heads
    right, weight = rng.integers(0, shape[1], shape[0]), rng.integers(1, 17, shape[1]) / 8
    options: dict[str, Any] = {"weight": weight, "reduction": reduction}
    smooth = int(rng.integers(1, 4)) / 8
    return [
        *heads,
        partial(CrossEntropy, target=right, **options),
        partial(CrossEntropy, target=right, label_smoothing=smooth),
        partial(CrossEntropy, target=likely, label_smoothing=smooth, **options),
        partial(NegativeLogLikelihood, target=right),
        partial(NegativeLogLikelihood, target=right, **options),
    ]


def drawn_batch(seed, most_layers=4, every=False):
    """A batch of two to four examples; ``every``: with every layer, option and head."""
    rng = np.random.default_rng(seed)
    net = drawn_network(seed, most_layers, every)
    return batch_of(net, int(rng.integers(2, 5)), rng, every)


OPTIONS = ("reduction", "beta", "delta", "weight", "label_smoothing")
"""What a head may have besides its target."""


def alone(net, at):
    """The network of one example, as if there were no others."""
    head = net.head
    if head.name == "upstream":
        make: Any = partial(Upstream, gradient=head.gradient[at])
    else:
        options = {name: getattr(head, name) for name in OPTIONS if hasattr(head, name)}
        target = head.target[at]
        target = target if isinstance(target, np.ndarray) else int(target)
        kind: Any = type(head)
        make = partial(kind, target=target, **options)
    return Network(net.x[at], [partial(_bound, layer) for layer in net.layers], make)


def mean_over(head, examples):
    """What a mean over classes divides by: the weights of the right classes, one an example."""
    weights = getattr(head, "weight", None)
    if weights is None or np.asarray(head.target).ndim != 1:
        return examples
    total = 0.0
    for right in head.target:
        total += weights[right]
    return total


def batch_gradients(net, dtype=np.float64, mistake=""):
    """{(layer, parameter or None): gradient} of a batch, rounded to ``dtype`` at every step."""
    in_steps = "" if mistake in (*FOUND_AT_THE_END, *WORDS_OF_BATCHES) else mistake
    each = []
    for at in range(net.examples):
        run = Run(alone(net, at), dtype, in_steps)
        run.examples, run.mean_over = net.examples, mean_over(net.head, net.examples)
        each.append(run.backwards())
    found = {}
    for where in each[0]:
        brought = [one[where] for one in each]
        if where[1] is None:
            found[where] = np.stack(brought)
            continue
        total = np.zeros_like(brought[0])
        for one in brought:
            total = one if mistake == "one_example" else total + one
        if mistake == "examples_averaged":
            total = total / dtype(net.examples)
        found[where] = total
    ended = Run(net, dtype, mistake if mistake in FOUND_AT_THE_END else "")
    return {where: ended.at_the_end(array, where) for where, array in found.items()}


def _bound(layer, shape):
    return layer
