"""Both passes as steps: what is known after each step, and the products that move in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.engine.layers.kinds import Passage
from app.engine.network import Reader, Trace
from app.engine.receipt import Terms, terms_of_cells
from app.engine.types import Array, Index

Phase = Literal["input", "forward", "start", "arrive", Passage, "done"]
"""The phases of the forward pass, then of the backward pass."""

MAX_MOVES = 1000
"""A step with more contributions lists its moves only for chosen cells."""
SOME = 40
"""How many cells' contributions are counted before those of all cells are listed."""


@dataclass(frozen=True)
class Step:
    """One step of a pass.

    After it, these are known: the outputs of layers ≤ ``values_to``, the gradients of the outputs
    of layers ≥ ``gradients_from``, and those of the parameters of layers ≥ ``parameters_from``.
    ``layer`` is the layer that the step goes through; None for the input and for the head.
    """

    phase: Phase
    layer: int | None
    gradients_from: int
    parameters_from: int
    values_to: int

    @property
    def skips(self) -> bool:
        """Whether they go by the layer's skip connection."""
        return self.phase == "skip"


@dataclass(frozen=True)
class Moves:
    """The products that travel in one step; arrays [n], by target and then in adding order.

    ``sources`` are cells of ``Step.layer``, ``targets`` cells of what it reads. ``running`` is the
    target's sum once this product has arrived, which counts what came from other layers before.
    """

    sources: Index
    targets: Index
    upstream: Array
    factors: Array
    products: Array
    running: Array


def forward(trace: Trace) -> list[Step]:
    """The forward pass, one layer after the other."""
    layers = trace.network.layers
    n = len(layers)
    steps = [Step("input", None, n, n, -1)]
    steps += [Step("forward", i, n, n, i) for i, layer in enumerate(layers) if not layer.relabels]
    return steps


def backward(trace: Trace) -> list[Step]:
    """The backward pass, one layer after the other."""
    network = trace.network
    last = len(network.layers) - 1
    known = parameters = last + 1
    steps = []

    def step(phase: Phase, layer: int | None = None) -> None:
        steps.append(Step(phase, layer, known, parameters, last))

    step("start")
    known = network.read_by(last + 1)
    step("arrive")
    for i in reversed(range(last + 1)):
        for passage in network.layers[i].passages:
            if passage == "parameters":
                parameters = i
            elif passage not in ("multiply", "skip"):
                # Products arrive in the next phase, and a skip brings only a part of the sum.
                known = network.read_by(i)
            step(passage, i)
    step("done")
    return steps


def moves(
    trace: Trace, layer: int, targets: Sequence[int] | None = None, skips: bool = False
) -> Moves | None:
    """The products that go back through a layer, to all its inputs or only to ``targets`` (flat).

    ``skips``: those that go back by its skip connection.

    None where there are none, or more than MAX_MOVES.
    """
    below = trace.network.read_by(layer, skips)
    if targets is None:
        targets = range(trace.gradients[below + 1].size)
    if len(targets) > MAX_MOVES:
        return None
    # Try some cells first: if these are too many already, do not list the rest.
    for some in (targets[:SOME], targets) if len(targets) > SOME else (targets,):
        before, (_, terms, upstream, _) = _arriving(
            trace, below, np.array(some, np.intp), Reader(layer, skips)
        )
        if len(upstream) > MAX_MOVES:
            return None
    if not len(upstream):
        return None
    products = upstream * terms.derivatives
    starting = products.copy()
    if before:
        first = np.flatnonzero(np.diff(terms.inputs, prepend=-1))
        arrived = np.zeros(trace.gradients[below + 1].size)
        for part in before:
            earlier = part.contributions
            arrived += np.bincount(
                earlier.inputs, part.upstream * earlier.derivatives, arrived.size
            )
        starting[first] += arrived[terms.inputs[first]]
    return Moves(
        sources=terms.outputs,
        targets=terms.inputs,
        upstream=upstream,
        factors=terms.derivatives,
        products=products,
        running=_running(starting, terms.inputs),
    )


def _arriving(trace: Trace, below: int, cells: Index, reader: Reader) -> tuple[list[Terms], Terms]:
    """The terms of some cells that arrive before those of a reader, and the reader's terms."""
    before: list[Terms] = []
    for part in terms_of_cells(trace, below, cells):
        if part.reader == reader:
            return before, part
        before.append(part)
    raise ValueError(f"layer {reader.layer} does not read layer {below}")


def _running(products: Array, targets: Index) -> Array:
    """[n] the sum of each target's products up to this one, added in order as by ``np.cumsum``."""
    running = products.copy()
    starts = np.flatnonzero(np.diff(targets, prepend=-1))
    counts = np.diff(starts, append=len(targets))
    if len(starts) < counts.max():
        for some in np.split(running, starts[1:]):
            np.cumsum(some, out=some)
        return running
    for k in range(1, counts.max()):
        here = starts[counts > k] + k
        running[here] += running[here - 1]
    return running
