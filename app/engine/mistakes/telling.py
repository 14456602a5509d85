"""The change of one number after which causes that give the same array give different ones.

Two mistakes often coincide on the numbers at hand: a mean over two readers is a half. Where they
do not coincide on every network of this structure, another weight or input tells them apart.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from app.engine.heads import Upstream
from app.engine.layers import Layer
from app.engine.mistakes.search import Budget, Explanation, made_array
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


class Telling(NamedTuple):
    """A change, and into how many groups it puts the causes; 1 where it tells none apart."""

    change: Change | None
    groups: int


def telling_change(
    trace: Trace, explanations: Sequence[Explanation], layer: int, parameter: str | None
) -> Telling:
    """The change that tells the most of these causes apart, in an array that all of them give."""
    budget = Budget(seconds=MAX_SECONDS)
    best, widest = Telling(None, 1), 0.0
    for tried, change in enumerate(_changes(trace)):
        if tried == MAX_TRIED or not budget.take(work(trace.network) * len(explanations)):
            break
        try:
            after = changed(trace.network, change).trace()
        except (Overflow, Misfit):
            continue
        made = [made_array(after, each, layer, parameter) for each in explanations]
        arrays = [each for each in made if each is not None and np.isfinite(each).all()]
        if len(arrays) < len(explanations):
            continue
        groups, gap = _groups(arrays)
        if (groups, gap) > (best.groups, widest) and groups > 1:
            best, widest = Telling(change, groups), gap
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
        head = Upstream(layers[-1].shape, put(head.gradient))
    else:
        name = change.parameter or ""
        own = layers[change.layer]
        layers[change.layer] = own.with_parameter(name, put(own.parameters[name]))
    makers = [partial(_bound, each) for each in layers]
    return Network(x, makers, lambda shape: head)


def _bound(layer: Layer, shape: Shape) -> Layer:
    return layer


def _changes(trace: Trace) -> Iterator[Change]:
    """Weights first, as people can change them most easily; then the input, and given gradients."""
    network = trace.network
    arrays: list[tuple[int, str | None, Array]] = [
        (i, name, array)
        for i, layer in enumerate(network.layers)
        for name, array in layer.parameters.items()
    ]
    arrays.append((-1, None, network.x))
    if isinstance(network.head, Upstream):
        arrays.append((len(network.layers), None, network.head.gradient))
    for up in (True, False):
        for layer, name, array in arrays:
            for at in sorted({*np.linspace(0, array.size - 1, PLACES).astype(int).tolist()}):
                was = float(array.flat[at])
                value = round(was + 1.0, 2) if up else round(-was - 0.5, 2)
                index = tuple(int(k) for k in np.unravel_index(at, array.shape))
                yield Change(layer, name, index, was, value)


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
