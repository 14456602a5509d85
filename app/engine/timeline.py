"""The backward pass as steps, so that it can be watched: what is known when, and what moves."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.engine.layers import Activation, Flatten, MaxPool2d
from app.engine.network import Trace
from app.engine.receipt import Cell, receipt
from app.engine.types import Array, Index

Phase = Literal["start", "arrive", "multiply", "add", "route", "share", "pass", "parameters"]

MAX_MOVES = 1000
"""Above this many contributions a step, the moves of single cells are asked for one by one."""


@dataclass(frozen=True)
class Step:
    """One step of the backward pass.

    Once it is done, the gradients of the outputs of layers ≥ ``gradients_from`` and of the
    parameters of layers ≥ ``parameters_from`` are known, and no others.
    ``layer`` is the layer the gradients go through; None where they start.
    """

    phase: Phase
    layer: int | None
    gradients_from: int
    parameters_from: int


@dataclass(frozen=True)
class Moves:
    """The products that travel in one step; arrays [n], by target and then in adding order.

    ``sources`` are cells of ``Step.layer``, ``targets`` cells of what it reads. ``running`` is the
    target's sum once this product has arrived.
    """

    sources: Index
    targets: Index
    upstream: Array
    factors: Array
    products: Array
    running: Array


def steps(trace: Trace) -> list[Step]:
    """The backward pass of a network, one layer after the other."""
    network = trace.network
    unknown = len(network.layers)
    known = unknown - 1
    done = [Step("start", None, unknown, unknown)]
    while known > 0 and isinstance(network.layers[known], Flatten):
        known -= 1
    done.append(Step("arrive", None, known, unknown))
    parameters = unknown
    for i in reversed(range(len(network.layers))):
        layer = network.layers[i]
        if isinstance(layer, Flatten):
            continue
        below = network.read_by(i)
        if layer.parameters:
            done.append(Step("multiply", i, i, parameters))
            done.append(Step("add", i, below, parameters))
            parameters = i
            done.append(Step("parameters", i, below, parameters))
        elif isinstance(layer, Activation):
            done.append(Step("pass", i, below, parameters))
        else:
            route = isinstance(layer, MaxPool2d)
            done.append(Step("route" if route else "share", i, below, parameters))
    return done


def moves(trace: Trace, layer: int, only: int | None = None) -> Moves | None:
    """What travels through a layer, to all cells it reads or to ``only`` one (flat).

    None where that is more than MAX_MOVES products.
    """
    below = trace.network.read_by(layer)
    targets = range(trace.gradients[below + 1].size) if only is None else [only]
    if len(targets) > MAX_MOVES:
        return None
    receipts = []
    total = 0
    for at in targets:
        receipts.append(receipt(trace, Cell(below, at)))
        total += len(receipts[-1].products)
        if total > MAX_MOVES:
            return None
    if not receipts:
        return None
    return Moves(
        sources=np.concatenate([each.sources for each in receipts]),
        targets=np.repeat(np.array(targets), [len(each.products) for each in receipts]),
        upstream=np.concatenate([each.upstream for each in receipts]),
        factors=np.concatenate([each.factors for each in receipts]),
        products=np.concatenate([each.products for each in receipts]),
        running=np.concatenate([np.cumsum(each.products) for each in receipts]),
    )
