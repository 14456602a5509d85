"""The change of one number after which causes that give the same array give different ones.

Two mistakes often coincide on the numbers at hand: a mean over two readers is a half. Where they
do not coincide on every network of this structure, another weight or input tells them apart.
Mistakes with the examples of a batch coincide where the examples are alike: there, a change in the
input of one example tells them apart.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from app.engine.heads import Upstream
from app.engine.layers import Layer
from app.engine.mistakes.search import Budget
from app.engine.mistakes.slips import Explanation, made_array
from app.engine.network import Network, Trace
from app.engine.probe import work
from app.engine.types import Array, Misfit, Overflow, Shape

MAX_SECONDS = 0.3
"""Of computing, for one array."""
MAX_TRIED = 60
"""Changes that are tried."""
PLACES = 3
"""Numbers of one array that are tried."""
CLEAR = 0.02
"""Of the largest number, by which two arrays differ clearly."""


class Change(NamedTuple):
    """One number of a network, and what it is to become."""

    layer: int
    """−1: the input; as many as there are layers: the gradients given at the head."""
    parameter: str | None
    at: tuple[int, ...]
    was: float
    value: float


class Separation(NamedTuple):
    """A change, and into how many groups it puts the causes; 1 where it tells none apart."""

    change: Change | None
    groups: int


def separating_change(
    trace: Trace, explanations: Sequence[Explanation], layer: int, parameter: str | None
) -> Separation:
    """The change that tells the most of these causes apart, in an array that all of them give.

    The trace of one example of a batch stands for an array of this example: its places are those
    of the batch, and the input changes in this example alone.
    """
    budget = Budget(seconds=MAX_SECONDS)
    best, widest = Separation(None, 1), 0.0
    network = (trace.batch or trace).network
    needed = work(network) * len(explanations)
    of_examples = any(slip.mistake.only_batches for each in explanations for slip in each)
    for tried, change in enumerate(_changes(trace, of_examples)):
        if tried == MAX_TRIED or not budget.take(needed):
            break
        try:
            after = changed(network, change).trace()
            if trace.batch is not None:
                after = after.example(trace.at)
        except (Overflow, Misfit):
            continue
        made = [made_array(after, each, layer, parameter) for each in explanations]
        arrays = [each for each in made if each is not None and np.isfinite(each).all()]
        if len(arrays) < len(explanations):
            continue
        groups, gap = _groups(arrays)
        if (groups, gap) > (best.groups, widest) and groups > 1:
            best, widest = Separation(change, groups), gap
        if groups == len(explanations):
            break
    return best


def changed(network: Network, change: Change) -> Network:
    """A network with one number changed."""

    def put(array: Array) -> Array:
        array = array.copy()
        array[change.at] = change.value
        return array

    layers, x, head = list(network.layers), network.x, network.head
    if change.layer < 0:
        x = put(x)
    elif change.layer == len(layers):
        assert isinstance(head, Upstream)
        head = Upstream(head.gradient.shape, put(head.gradient))
    else:
        name = change.parameter or ""
        own = layers[change.layer]
        layers[change.layer] = own.with_parameter(name, put(own.parameters[name]))
    makers = [partial(_bound, each) for each in layers]
    return Network(x, makers, lambda shape: head, is_batch=network.examples is not None)


def _bound(layer: Layer, shape: Shape) -> Layer:
    return layer


class _Tried(NamedTuple):
    """An array of a network, and the places where a change of it is tried."""

    layer: int
    parameter: str | None
    array: Array
    places: list[tuple[int, ...]]


def _changes(trace: Trace, of_examples: bool) -> Iterator[Change]:
    """Weights first, as people can change them most easily; then the input, and given gradients.

    ``of_examples``: the causes are about the examples of a batch, which share their weights, so
    that the input comes first.
    """
    batch = trace.batch or trace
    network = batch.network
    arrays = [
        _Tried(i, name, array, _spread(array))
        for i, layer in enumerate(network.layers)
        for name, array in layer.parameters.items()
    ]
    given = [(-1, network.x, batch.gradients[0])]
    if isinstance(network.head, Upstream):
        given.append((len(network.layers), network.head.gradient, network.head.gradient))
    examples = _examples(trace)
    others = [
        _Tried(
            layer, None, array, _spread(array) if not examples else _within(examples, array, slopes)
        )
        for layer, array, slopes in given
    ]
    for up in (True, False):
        for layer, name, array, places in [*others, *arrays] if of_examples else [*arrays, *others]:
            for index in places:
                was = float(array[index])
                value = round(was + 1.0, 2) if up else round(-was - 0.5, 2)
                yield Change(layer, name, index, was, value)


def _examples(trace: Trace) -> list[int]:
    """The examples whose numbers are tried: the trace's own, or the first and the last of all."""
    if trace.batch is not None:
        return [trace.at]
    return sorted({0, trace.network.examples - 1}) if trace.network.examples else []


def _spread(array: Array) -> list[tuple[int, ...]]:
    """A few places of an array, from its first to its last."""
    flat = sorted({*np.linspace(0, array.size - 1, PLACES).astype(int).tolist()})
    return [tuple(int(k) for k in np.unravel_index(at, array.shape)) for at in flat]


def _within(examples: list[int], array: Array, slopes: Array) -> list[tuple[int, ...]]:
    """Of each example, the cell on which the loss depends most, and a few others."""
    places: list[tuple[int, ...]] = []
    for at in examples:
        steepest = np.unravel_index(int(np.abs(slopes[at]).argmax()), array[at].shape)
        own = [tuple(int(k) for k in steepest), *_spread(array[at])]
        places += [(at, *index) for index in dict.fromkeys(own)]
    return places


def _groups(arrays: Sequence[Array]) -> tuple[int, float]:
    """How many different arrays these are, and how far apart the closest two groups are."""
    kinds: list[Array] = []
    gap = np.inf
    for array in arrays:
        apart = [_apart(array, kind) for kind in kinds]
        if all(each > CLEAR for each in apart):
            gap = min([gap, *apart])
            kinds.append(array)
    return len(kinds), float(min(gap, 1.0))


def _apart(one: Array, other: Array) -> float:
    size = max(float(np.abs(one).max()), float(np.abs(other).max()))
    return float(np.abs(one - other).max()) / size if size else 0.0
