"""The products of which a wrong gradient is the sum, as those of a right one are in its receipt.

Nearly every mistake leaves a backward step a sum of one term for each output cell. So the term of
one output cell is what the wrong step gives if all other upstream gradients are 0.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from app.engine.mistakes.backward_pass import Pass
from app.engine.mistakes.one_layer import backward, backward_parameter
from app.engine.mistakes.steps import Steps, own_upstream
from app.engine.network import Reader
from app.engine.timeline import Moves
from app.engine.types import Array, Index

MAX_WORK = 64_000_000
"""The most multiply-adds to find the terms of one step."""
EXACT = 1e-9
"""Of the sizes of the terms: how closely they must add up to the gradient."""


class StepTerms:
    """The terms of one layer's backward step in a pass with mistakes.

    ``skips``: at the output that the layer reads by its skip connection.
    """

    def __init__(
        self, made: Pass, layer: int, parameter: str | None = None, skips: bool = False
    ) -> None:
        self._layer: Any = made.trace.network.layers[layer]
        self._parameter = parameter
        self._made, self._below = made, made.trace.network.read_by(layer, skips)
        self._share = 1.0
        if parameter is None:
            source = made.trace.network.inputs_of(layer)[int(skips)]
            self._share = made.share(source, Reader(layer, skips))
        self._x, self._output = made.values[layer], made.values[layer + 1]
        steps = made.steps(layer)
        self.upstream: Array = steps.upstream(made.gradient(layer), self._output)
        """The gradients that the step multiplies, in the shape of the layer's output."""
        self._steps: Steps = replace(steps, upstream=own_upstream)

    @property
    def work(self) -> int:
        """The multiply-adds to find the terms of one output cell."""
        work: int = self._layer.multiply_adds + self._layer.cells
        return work

    def of(self, right: Moves, targets: Index) -> Moves | None:
        """The terms that arrive at some cells (flat), those of the right step that are 0 included.

        None if they would take too long, or are no terms of a sum: a product of gradients is none.
        """
        sources = np.arange(self.upstream.size)
        if self._parameter == "weight" or len(sources) * self.work > MAX_WORK:
            sources = np.unique(right.sources)
        if len(sources) * self.work > MAX_WORK:
            return None
        rows = []
        for at in sources.tolist():
            alone = np.zeros(self.upstream.size)
            alone[at] = self.upstream.flat[at]
            rows.append(self._sent(alone.reshape(self.upstream.shape)).reshape(-1)[targets])
        products = np.array(rows).T  # [targets, sources]
        if self._steps.collect == "assign_paid":
            _keep_last(products)
        whole = self._sent(self.upstream).reshape(-1)[targets]
        off = np.abs(products.sum(1) - whole)
        if not (off <= EXACT * np.abs(products).sum(1)).all():
            return None
        return self._listed(right, sources, targets, products)

    def _listed(self, right: Moves, sources: Index, targets: Index, products: Array) -> Moves:
        place = np.searchsorted(sources, right.sources), np.searchsorted(targets, right.targets)
        factors, held = np.zeros(products.shape), products != 0
        factors[place[1], place[0]] = right.factors  # of those whose upstream gradient is 0
        held[place[1], place[0]] = True
        upstream = np.broadcast_to(self.upstream.reshape(-1)[sources], products.shape)
        np.divide(products, upstream, out=factors, where=upstream != 0)
        rows, columns = np.nonzero(held)
        sent = products[rows, columns]
        before = self._before(targets, products)
        running = np.concatenate([
            before[k] + np.cumsum(sent[rows == k]) for k in range(len(targets))
        ])  # fmt: skip
        return Moves(
            sources[columns], targets[rows], upstream[rows, columns], factors[rows, columns],
            sent, running,
        )  # fmt: skip

    def _before(self, targets: Index, products: Array) -> Array:
        """What comes to each cell from other layers."""
        network = self._made.trace.network
        if self._parameter is not None or len(network.readers_of(self._below)) < 2:
            return np.zeros(len(targets))
        whole = self._made.gradient(self._below).reshape(-1)[targets]
        return np.asarray(whole - products.sum(1))

    def _sent(self, upstream: Array) -> Array:
        layer, x, output = self._layer, self._x, self._output
        with np.errstate(all="ignore"):
            if self._parameter is None:
                return self._share * backward(layer, x, upstream, output, self._steps)
            return backward_parameter(layer, x, upstream, output, self._parameter, self._steps)


def _keep_last(products: Array) -> None:
    """Set to 0 all but the last product of each row that is not 0."""
    for row in products:
        row[np.flatnonzero(row)[:-1]] = 0.0
