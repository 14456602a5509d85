"""The rounding errors of each figure of a trace in arithmetic with fewer digits, cell by cell.

Every rounding error is propagated to the arrays that depend on it (a running error analysis:
Higham, *Accuracy and Stability of Numerical Algorithms*, §3.3). There are two bounds, and the
smaller one counts: the worst case, where all errors add up, and ``SPREAD`` times their root mean
square, which grows with √n for a sum of n terms. Numbers that the arithmetic holds exactly have no
error: a network of small whole numbers is exact in float16 too.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from app.engine.layers import Layer, MaxPool, RowWise
from app.engine.mistakes.precision import SPREAD, Precision
from app.engine.network import Trace
from app.engine.types import Array, View

SMOOTH_AT_0 = frozenset({"sigmoid", "tanh"})
"""Curved activations with an error relative to their output near 0. Other activations add numbers
of size 1, as in e^x − 1, and have an error relative to 1."""
CURVED = 4.0
"""How many roundings one evaluation of a curved activation or of its slope has."""
SETTLED = 64.0
"""How much closer to 0 an activation must have become straight, so that what is missing to its
slope of 0 or 1 is too small for float64: e to the power −37 is lost beside 1, but is a number."""


class _Loss(NamedTuple):
    """The errors of an array's figures: the largest possible ones, and their mean squares."""

    largest: Array
    square: Array

    @property
    def bound(self) -> Array:
        # fmin: the square of a large number may leave float64.
        return np.fmin(self.largest, self.likely)

    @property
    def none(self) -> bool:
        """Whether every figure is exact."""
        return not self.largest.any()

    @property
    def likely(self) -> Array:
        """The largest errors that are likely."""
        # The squares of tiny errors are too small for float64.
        lost = self.square < np.finfo(float).tiny
        return np.where(lost, self.largest, SPREAD * np.sqrt(self.square))

    def moved_by(self, off: Array) -> "_Loss":
        """With one more error of this size in each figure."""
        return self.plus(_Loss(off, np.square(off)))

    def plus(self, *others: "_Loss") -> "_Loss":
        with np.errstate(all="ignore"):
            largest = self.largest + sum(each.largest for each in others)
            return _Loss(largest, self.square + sum(each.square for each in others))


_TWO_WAYS: tuple[tuple[int, View], ...] = ((0, np.abs), (1, np.square))
"""|Errors| propagate through |local derivatives|, squared errors through squared derivatives."""


class Losses:
    """How far each figure of a trace may be off, computed layer by layer on demand."""

    def __init__(self, trace: Trace, precision: Precision) -> None:
        self.trace, self.precision = trace, precision
        self._values: list[_Loss] = []
        self._slopes: dict[int, _Loss] = {}
        self._gradients: dict[int, _Loss] = {}

    def value(self, layer: int) -> Array:
        """The errors of a layer's output, in its shape; −1 for the input."""
        return self._value(layer).bound

    def array(self, layer: int, parameter: str | None) -> Array:
        """The errors of the gradient of a layer's output or of a parameter, in its shape.

        0 where no bound is known, as for a number that the arithmetic cannot hold: 70,000 in
        float16. Otherwise any number would be right there.
        """
        with np.errstate(all="ignore"):
            if parameter is not None:
                return self.of_all([self], layer, parameter)
            return np.nan_to_num(self._gradient(layer).bound, nan=0.0, posinf=0.0)

    def of_all(self, parts: "Sequence[Losses]", layer: int, parameter: str) -> Array:
        """The errors of the gradient of a parameter, the sum of what all examples bring."""
        with np.errstate(all="ignore"):
            loss = self._summed([each._of(layer, parameter) for each in parts], layer, parameter)
            return np.nan_to_num(loss.bound, nan=0.0, posinf=0.0)

    # --- forwards -------------------------------------------------------------------------------

    def _value(self, layer: int) -> _Loss:
        with np.errstate(all="ignore"):
            if not self._values:
                self._values.append(self._held(self.trace.values[0]))
            for i in range(len(self._values) - 1, layer + 1):
                self._values.append(self._forwards(i))
        return self._values[layer + 1]

    def _held(self, x: Array) -> _Loss:
        """The errors of given numbers: their distances from numbers of the arithmetic."""
        off = np.abs(self.precision.rounded(x) - x)
        return _Loss(off, np.square(off))

    def _forwards(self, i: int) -> _Loss:
        layer, tape, before = self.trace.network.layers[i], self.trace.tapes[i], self._values[i]
        x, y = self.trace.values[i], self.trace.values[i + 1]
        if layer.skips_from is not None:
            return self._added_up(i, layer.skips_from, y)
        travelled = _Loss(*(_forward(layer, tape, before[k], view) for k, view in _TWO_WAYS))
        if isinstance(layer, RowWise):
            # An error of x becomes a relative error of e^x.
            size = np.abs(x) + np.abs(x).max(0) + math.log(layer.row) + 1.0
            size = size * y if layer.name == "softmax" else size
            own = self._lost(y, size, CURVED + layer.row, layer.row == 1, travelled)
        elif _curved(layer):
            size = np.abs(y)
            if layer.name not in SMOOTH_AT_0:
                slope = np.abs(_slopes(layer, tape))
                size = np.maximum(size, np.maximum(np.abs(x), 1.0 + slope))
            exact = self._settled(layer, i) & (self.precision.rounded(y) == y)
            own = self._lost(y, size, CURVED, exact, travelled)
            own = own.moved_by(self._overflowed(layer, y, y))
        else:
            size = _added(layer, tape, np.abs(x))
            exact = before.none and self._holds(size, _grid(_derivatives(layer, tape)) * _grid(x),
                                                *map(_grid, _biases(layer)))  # fmt: skip
            terms = layer.multiply_adds / max(y.size, 1) + _of_root(layer)
            own = self._lost(y, size, terms, exact, travelled)
        return travelled.plus(own)

    def _overflowed(self, layer: Layer, y: Array, figure: Array) -> Array:
        """The errors of figures of a sigmoid that is so small that its e^−x leaves the arithmetic.

        1 / (1 + e^−x) and its slope are 0 then.
        """
        lost = layer.name == "sigmoid" and y < 1.0 / self.precision.largest
        return np.where(lost, figure, 0.0)

    def _settled(self, layer: Layer, i: int) -> npt.NDArray[np.bool_]:
        """Where an activation is straight, as it has been for so long that no digit is lost.

        Its slope is 0 or 1, and was that already at a small part of x. At a tiny x, it only seems
        straight.
        """
        closer, slope = self.trace.values[i] / SETTLED, _slopes(layer, self.trace.tapes[i])
        same = _slopes(layer, layer.forward(closer)[1]) == slope
        return np.asarray((np.abs(closer) >= 1) & np.isin(slope, (0.0, 1.0)) & same, np.bool_)

    def _added_up(self, i: int, source: int, y: Array) -> _Loss:
        """Of the sum of two outputs."""
        parts = [self.trace.values[i], self.trace.values[source + 1]]
        travelled = self._values[i].plus(self._values[source + 1])
        size = np.abs(parts[0]) + np.abs(parts[1])
        exact = travelled.none and self._holds(size, *map(_grid, parts))
        return travelled.plus(self._lost(y, size, 1.0, exact, travelled))

    def _lost(
        self,
        figure: Array,
        size: Array,
        terms: float,
        exact: npt.NDArray[np.bool_] | bool,
        travelled: _Loss,
    ) -> _Loss:
        """The errors of computing ``figure``, a sum of ``terms`` terms with Σ|terms| = ``size``."""
        unit, least = self.precision.unit, self.precision.smallest
        if self.precision.by_hand:
            held = np.abs(self.precision.rounded(figure) - figure) <= 1e-9 * np.abs(figure)
            off = np.where(held & (travelled.largest == 0), 0.0, unit * np.abs(figure) + least)
            return _Loss(off, np.square(off))
        if not terms:  # the layer only relabels
            exact = True
        reached = np.where(size > 0, least, 0.0)
        largest = unit * (terms + 2) * size + reached * terms
        typical = unit * (math.sqrt(terms) + 2) * size + reached * math.sqrt(terms)
        return _Loss(np.where(exact, 0.0, largest), np.where(exact, 0.0, np.square(typical)))

    def _holds(self, size: Array, *grids: float) -> npt.NDArray[np.bool_]:
        """Whether sums up to ``size`` of multiples of these numbers are exact."""
        if self.precision.by_hand:
            return np.zeros(size.shape, np.bool_)
        step = min(grids)
        room = 2.0**self.precision.digits * step
        return np.asarray((size <= room) & (step >= 2 * self.precision.smallest), np.bool_)

    # --- back -----------------------------------------------------------------------------------

    def _gradient(self, layer: int) -> _Loss:
        layers = self.trace.network.layers
        if not self._gradients:
            self._gradients[len(layers) - 1] = self._start()
        for i in range(min(self._gradients) - 1, layer - 1, -1):
            parts = [self._backwards(j) for j, _ in self.trace.network.direct_readers(i)]
            self._gradients[i] = parts[0] if len(parts) == 1 else self._together(i, parts)
        return self._gradients[layer]

    def _together(self, layer: int, parts: list[_Loss]) -> _Loss:
        """Of a gradient that comes from several layers, added up."""
        trace = self.trace
        sent = [
            trace.network.layers[j].backward(trace.tapes[j], trace.gradients[j + 1])
            for j, _ in trace.network.direct_readers(layer)
        ]
        travelled = parts[0].plus(*parts[1:])
        size = np.sum(np.abs(sent), axis=0)
        exact = travelled.none and self._holds(size, *map(_grid, sent))
        own = self._lost(trace.gradients[layer + 1], size, len(sent) - 1.0, exact, travelled)
        return travelled.plus(own)

    def _start(self) -> _Loss:
        trace, head = self.trace, self.trace.network.head
        output, gradient = trace.values[-1], trace.gradients[-1]
        if not head.is_loss:
            return self._held(gradient)
        before = self._value(len(trace.network.layers) - 1)
        if head.divides:
            # The rounding of p(1 − p), in units of a number close to 0, acts like one of p.
            before = before.moved_by(np.full(output.shape, 2 * self.precision.smallest))
        # A probability that saturates often moves the quotient by all it can. Twice that leaves
        # room for roundings, whose squares are added; the worst case is the limit still.
        likely = head.moved(output, before.likely, 2) * (1 + head.divides) / SPREAD
        travelled = _Loss(head.moved(output, before.largest, 1), np.square(likely))
        size, terms = head.added(output)
        if head.divides:
            terms += 2  # 1 − p, and the product
            size = size + travelled.largest  # the quotient that is rounded may be so much larger
        exact = travelled.none and self._holds(size, *map(_grid, head.held(output)))
        exact = exact & ~head.rounds(output)
        return travelled.plus(self._lost(gradient, size, terms, exact, travelled))

    def _slope(self, i: int) -> _Loss:
        """The errors of an activation's slopes, which depend on the errors of its input."""
        if i not in self._slopes:
            layer, x = self.trace.network.layers[i], self.trace.values[i]
            slope = _slopes(layer, self.trace.tapes[i])
            if not _curved(layer):
                nothing = np.zeros(x.shape)
                self._slopes[i] = _Loss(nothing, nothing)
            else:
                # Evaluate the slope at both ends of the error; the roundings do not cancel.
                y, off = self.trace.values[i + 1], self._value(i - 1).bound
                there = [_slopes(layer, layer.forward(x + each)[1]) for each in (off, -off)]
                moved = [np.abs(each - slope) for each in there]
                added = np.square(y) if layer.name in SMOOTH_AT_0 else 1.0 + np.abs(x)
                size = np.abs(slope) + added
                settled = self._settled(layer, i)
                own = self._lost(slope, size, CURVED, settled, _Loss(off, off))
                own = own.moved_by(self._overflowed(layer, y, slope))
                largest = np.maximum(*moved) + own.largest
                if self.precision.by_hand:  # people compute the slope from the written value
                    largest = largest + 2 * self._lost(y, y, CURVED, False, _Loss(off, off)).largest
                self._slopes[i] = _Loss(largest, np.square(largest / SPREAD))
        return self._slopes[i]

    def _backwards(self, i: int) -> _Loss:
        trace, layer = self.trace, self.trace.network.layers[i]
        tape, g = trace.tapes[i], trace.gradients[i + 1]
        above = self._gradient(i)
        travelled = _Loss(*(layer.backward(tape, above[k], view) for k, view in _TWO_WAYS))
        exact_slopes = True
        if layer.family == "activation":
            slope = self._slope(i)
            exact_slopes = slope.none
            travelled = travelled.plus(
                _Loss(
                    slope.largest * (np.abs(g) + above.largest),
                    slope.square * np.square(np.abs(g) + above.likely),
                )
            )
        size = layer.backward(tape, np.abs(g), np.abs)
        if isinstance(layer, RowWise):
            exact_slopes = False
            moved, added = self._slopes_of_row(layer, i)
            travelled, size = travelled.plus(_Loss(moved, np.square(moved / SPREAD))), size + added
        readers = float(layer.backward(tape, np.ones(g.shape), np.ones_like).max(initial=0.0))
        grid = _grid(_derivatives(layer, tape)) * _grid(g)
        if isinstance(layer, MaxPool) and layer.ties == "split":
            grid *= _grid(1.0 / layer.maxima(tape).sum(-2))
        exact = above.none and exact_slopes and self._holds(size, grid)
        if isinstance(layer, RowWise) and layer.row == 1:  # a number minus itself
            exact = np.ones(g.shape, np.bool_)
        terms = readers + _of_root(layer) if layer.multiply_adds else 0.0
        sent = layer.backward(tape, g)
        return travelled.plus(self._lost(sent, size, terms, exact, travelled))

    def _slopes_of_row(self, layer: RowWise, i: int) -> tuple[Array, Array]:
        """(the changes of the gradients with the errors of p; Σ|terms| by the usual formulas).

        The slopes are pᵢ(δᵢⱼ − pⱼ) or δᵢⱼ − pⱼ. The usual formulas subtract more than this engine.
        """
        p, others = self.trace.tapes[i]
        g = np.abs(self.trace.gradients[i + 1]) + self._gradient(i).bound
        g = g.reshape(p.shape)
        off = self._value(i).bound.reshape(p.shape)
        if layer.name == "softmax":
            together = (g * off).sum(0)
            moved = off * (g * others + (g * p).sum(0) + together) + p * together
            added = p * (g + (g * p).sum(0))
        else:
            moved, added = p * off * g.sum(0), g + p * g.sum(0)
        return moved.reshape(layer.shape), added.reshape(layer.shape)

    def _of(self, i: int, name: str) -> "_Sum":
        """What reaches the gradient of a parameter, before its products are added up."""
        trace, layer = self.trace, self.trace.network.layers[i]
        tape, g, x = trace.tapes[i], trace.gradients[i + 1], trace.values[i]
        above, below = self._gradient(i), self._value(i - 1)
        travelled = _Loss(
            *(layer.backward_parameters(tape, above[k], view)[name] for k, view in _TWO_WAYS)
        )
        if name != "bias":
            tapes = [layer.tape_of_change(below[k], view) for k, view in _TWO_WAYS]
            sizes = np.abs(g) + above.largest, np.square(np.abs(g) + above.likely)
            travelled = travelled.plus(
                _Loss(*(layer.backward_parameters(tapes[k], sizes[k])[name] for k in (0, 1)))
            )
        size = layer.backward_parameters(tape, np.abs(g), np.abs)[name]
        if layer.family == "normalization":
            size = layer.bound_parameters(np.abs(x), np.abs(g))[name]
        grid = _grid(g) * (1.0 if name == "bias" else _grid(x))
        held = name == "bias" or layer.family != "normalization"
        terms = math.prod(layer.shape[1:]) + _of_root(layer)
        return _Sum(travelled, size, terms, held and above.none and below.none, grid)

    def _summed(self, parts: "Sequence[_Sum]", i: int, name: str) -> _Loss:
        """The errors of a parameter's gradient, to which each example brings a part."""
        travelled = parts[0].travelled.plus(*(each.travelled for each in parts[1:]))
        size = np.sum([each.size for each in parts], axis=0)
        exact = all(each.exact for each in parts) and self._holds(size, *(e.grid for e in parts))
        terms = sum(each.terms for each in parts)
        own = self._lost(self.trace.parameters[i][name], size, terms, exact, travelled)
        if self.precision.by_hand and len(parts) > 1:  # each part is written down too
            unit, least = self.precision.unit, self.precision.smallest
            own = own.moved_by(unit * size + len(parts) * least)
        return travelled.plus(own)


class _Sum(NamedTuple):
    """The products that add up to a parameter's gradient, or an example's part of them."""

    travelled: _Loss
    """The errors that they bring."""
    size: Array
    """Σ|products|."""
    terms: float
    exact: bool
    """Whether each of them is exact."""
    grid: float


def _of_root(layer: Layer) -> float:
    """Roundings on the way to √(variance + ε), beside those of sums."""
    return CURVED if layer.family == "normalization" else 0.0


def _slopes(layer: Any, tape: object) -> Array:
    """Of an activation."""
    return np.asarray(layer.slopes(tape), np.float64)


def _curved(layer: Layer) -> bool:
    return not layer.is_piecewise_linear


def _forward(layer: Layer, tape: Any, x: Array, view: View) -> Array:
    """For each output cell, the sum of view(local derivative) × x over the cells it reads.

    For a max pool, the largest x in the window; for the squares of an average, a little too much.
    """
    if isinstance(layer, RowWise):
        return layer.moved(tape, x, view)
    if layer.family in ("activation", "normalization"):
        return view(_slopes(layer, tape)) * x
    return np.abs(_with_parameters(layer, view, np.zeros_like).forward(x)[0])


def _added(layer: Layer, tape: object, x: Array) -> Array:
    """Σ|terms| of each output cell."""
    if layer.family == "activation":
        return np.abs(_slopes(layer, tape)) * x
    if layer.family == "normalization":
        return layer.bound_forward(x)
    return np.abs(_with_parameters(layer, np.abs, np.abs).forward(x)[0])


def _with_parameters(layer: Layer, of_weight: View, of_bias: View) -> Layer:
    for name, array in layer.parameters.items():
        layer = layer.with_parameter(name, (of_bias if name == "bias" else of_weight)(array))
    return layer


def _derivatives(layer: Layer, tape: object) -> Array:
    """All local derivatives of a layer, each at least once, except those that are always 1."""
    if layer.family in ("activation", "normalization"):
        return _slopes(layer, tape)
    if layer.parameters:
        return layer.parameters["weight"]
    return np.asarray(tape, np.float64) if isinstance(tape, np.ndarray) else np.ones(1)


def _biases(layer: Layer) -> list[Array]:
    return [array for name, array in layer.parameters.items() if name == "bias"]


def _grid(x: Array) -> float:
    """The largest power of two that divides every number."""
    some = np.abs(x[np.isfinite(x) & (x != 0)])
    if not some.size:
        return math.inf
    mantissas, exponents = np.frexp(some)
    whole = (mantissas * 2.0**53).astype(np.int64)
    lowest = np.log2((whole & -whole).astype(np.float64)) + exponents - 53
    return float(2.0 ** lowest.min())
