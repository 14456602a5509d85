"""Which mistake makes these numbers? A search through all of them, alone and two together.

Whoever writes a backward pass wrong writes it wrong everywhere, so a mistake is first made in
every layer that it concerns. But a network may mix right code with wrong, and by hand one often
takes the right upstream gradients from somewhere and errs in a single step: so it is also made in
all layers of one kind, and in each layer alone. Two mistakes together are tried everywhere, in all
layers of one kind and in the last step before the array: every pair of single layers would find
explanations by chance, and so would any pair for one or two numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
import numpy.typing as npt

from app.engine.finite import LIMIT
from app.engine.magnitudes import magnitudes
from app.engine.mistakes.catalogue import MISTAKES, Changes, Code, Mistake, one_position
from app.engine.mistakes.choices import Turn, fitting_turns
from app.engine.mistakes.differences import FiniteDifferences, finite_differences
from app.engine.mistakes.digits import FEWEST_SIGNIFICANT, Given
from app.engine.mistakes.precision import FLOAT64, Losses, Precision, RoughLosses, losses
from app.engine.mistakes.steps import BACK, FORWARD, RIGHT, TO_PARAMETER, Pass, Steps, replace
from app.engine.network import Network, Trace
from app.engine.types import Array, View, identity

MAX_WORK = 1_500_000_000
"""Products that one search may take, as many as some seconds allow."""
FEWEST_FOR_PAIRS = 3
"""Numbers that an array must have; fewer are what some two mistakes give by chance."""
MAX_UNITS, FEWER_UNITS = 10, 3
"""Of the last digit, by which an array made by hand may be off where it was rounded on the way;
the fewer ones where it has three digits or less."""
MAX_SHARE_BY_HAND = 0.002
"""Of what a number is a sum of, which is more where numbers are large and have decimals besides."""
FEWEST_SHARE = 1e-9
"""Of its size that a wrong number may have lost, however exact the arithmetic: nobody's mistake
is as small."""
MAX_PAIRS = 8
"""Of explanations by two mistakes; where more fit, the numbers say too little to tell."""


@dataclass(frozen=True)
class Slip:
    """A mistake and the layers in which it is made; none where it is made at the start."""

    mistake: Mistake
    layers: tuple[int, ...]

    @property
    def code(self) -> Code:
        """The mistake's name."""
        return self.mistake.code


Explanation = tuple[Slip, ...]
"""One mistake, or two made together."""


@dataclass(frozen=True)
class Diagnosis:
    """A given gradient beside the right one, both in the array's shape."""

    right: bool
    true: Array
    difference: Array
    """Given − right."""
    wrong: npt.NDArray[np.bool_]
    """Which cells differ by more than their digits and their arithmetic explain."""
    explanations: list[Explanation]
    """Each gives the numbers on its own. Single mistakes, one for each code; pairs only where no
    single one fits, and only for three numbers or more."""
    complete: bool
    """Whether every mistake and pair was tried; a large network is not worth the time."""
    precision: Precision
    """The most exact arithmetic in which the array is right; of a wrong one, the least exact that
    its digits allow."""
    bound: Array
    """How far each number may be from the truth in that arithmetic, its digits included."""
    turns: tuple[Turn, ...] = ()
    """The choices that this arithmetic makes otherwise, where it is right with them only."""
    differences: FiniteDifferences | None = None
    """The way of taking finite differences that gives this array, where one does."""


def diagnose(trace: Trace, layer: int, parameter: str | None, given: Given) -> Diagnosis:
    """Is this the gradient of a layer's output (−1: the input) or parameter, and if not, why not?

    ``given`` has the gradient's shape. Explanations are in the order of ``MISTAKES``, each code
    with the widest choice of layers that fits; none where the array is right. Codes that coincide
    on this network are explanations each, a pair is one explanation with two slips.
    """
    return Judge(trace, layer, parameter).diagnose(given)


class Judge:
    """Compares arrays with one gradient; what each arithmetic may lose is computed once."""

    def __init__(self, trace: Trace, layer: int, parameter: str | None) -> None:
        self.trace, self.layer, self.parameter = trace, layer, parameter
        own = trace.gradients[layer + 1] if parameter is None else None
        self.true = trace.parameters[layer][str(parameter)] if own is None else own
        self._losses: dict[Precision, Losses | RoughLosses] = {}

    def agrees(self, given: Given) -> Diagnosis | None:
        """That an array is right within its digits and an arithmetic; None if it is not."""
        for precision in given.precisions:
            loss = allowed_loss(self.trace, self._lost(precision), self.layer, self.parameter)
            if given.held_in(precision).agrees(self.true, loss):
                return self._judged(given, True, precision, loss)
        return None

    def right(self, given: Given) -> Diagnosis | None:
        """The same, also with other choices of an arithmetic or as finite differences."""
        if agreeing := self.agrees(given):
            return agreeing
        for precision in given.precisions:
            lost = self._lost(precision)
            loss = allowed_loss(self.trace, lost, self.layer, self.parameter)
            held = given.held_in(precision)
            misses = partial(_misses, held, self.layer, self.parameter, loss)
            best = int(np.count_nonzero(held.apart(self.true, loss)))
            if some := fitting_turns(self.trace, self.layer, lost, misses, best):
                return self._judged(given, True, precision, loss, turns=tuple(some))
        differences = finite_differences(self.trace, self.layer, self.parameter, given)
        if differences is None:
            return None
        loss = np.full(self.true.shape, differences.bound)
        return self._judged(given, True, FLOAT64, loss, differences=differences)

    def diagnose(self, given: Given) -> Diagnosis:
        """Right, or which mistakes give these numbers."""
        if right := self.right(given):
            return right
        precision = [each for each in given.precisions if not each.by_hand][-1]
        loss = self._lost(precision).array(self.layer, self.parameter)
        held = given.held_in(precision)
        search = _Search(self.trace, self.layer, self.parameter, held, loss)
        found = search.singles()
        if not found and self.true.size >= FEWEST_FOR_PAIRS:
            found = search.pairs()
        return self._judged(
            given, False, precision, loss, explanations=found, complete=search.complete
        )

    def _lost(self, precision: Precision) -> Losses | RoughLosses:
        if precision not in self._losses:
            self._losses[precision] = losses(self.trace, precision)
        return self._losses[precision]

    def _judged(
        self,
        given: Given,
        right: bool,
        precision: Precision,
        loss: Array,
        explanations: Sequence[Explanation] = (),
        complete: bool = True,
        turns: tuple[Turn, ...] = (),
        differences: FiniteDifferences | None = None,
    ) -> Diagnosis:
        with np.errstate(over="ignore"):
            # Beyond float64 only where the given array is absurd: then by as much as there is.
            difference = np.nan_to_num(given.array - self.true) + 0.0
            held = given.held_in(precision)
            bound = np.minimum(held.half(self.true, loss) + loss, LIMIT)  # no figure is larger
        return Diagnosis(
            right=right,
            true=self.true,
            difference=difference,
            wrong=np.zeros(self.true.shape, np.bool_) if right else held.apart(self.true, loss),
            explanations=list(explanations),
            complete=complete,
            precision=precision,
            bound=bound,
            turns=turns,
            differences=differences,
        )


def allowed_loss(
    trace: Trace, lost: Losses | RoughLosses, layer: int, parameter: str | None
) -> Array:
    """What an array may lose and still be called right.

    By hand, that is no more than a few units of the last digit.
    """
    loss, precision = lost.array(layer, parameter), lost.precision
    if not precision.by_hand:
        return loss
    sizes = magnitudes(trace)
    size = sizes.gradients[layer + 1] if parameter is None else sizes.parameters[layer][parameter]
    size = np.where(np.isfinite(size), size, 0.0)
    units = FEWER_UNITS if precision.digits <= FEWEST_SIGNIFICANT else MAX_UNITS
    last = 2 * units * (precision.unit * size + precision.smallest)
    return np.minimum(loss, np.maximum(last, MAX_SHARE_BY_HAND * size))


def _misses(given: Given, layer: int, parameter: str | None, loss: Array, made: Pass) -> int:
    return int(np.count_nonzero(given.apart(made.array(layer, parameter), loss)))


def slips(network: Network, layer: int, parameter: str | None) -> Iterator[Slip]:
    """Every mistake that can show in an array, with every choice of layers, widest first."""
    for mistake in MISTAKES:
        if mistake.start is not identity:
            yield Slip(mistake, ())
        concerned = concerned_layers(mistake, network, layer, parameter)
        kinds = [
            tuple(i for i in concerned if type(network.layers[i]) is kind)
            for kind in dict.fromkeys(type(network.layers[i]) for i in concerned)
        ]
        alone = [(i,) for i in concerned]
        for layers in dict.fromkeys([concerned, *kinds, *alone]):
            if layers:
                yield Slip(mistake, layers)


def concerned_layers(
    mistake: Mistake, network: Network, layer: int, parameter: str | None
) -> tuple[int, ...]:
    """The layers in which a mistake, if made there, can show in the gradient of an array."""
    return tuple(
        i
        for i, each in enumerate(network.layers)
        if mistake.changes(each).keys() & _steps_towards(i, layer, parameter)
    )


def wrong_pass(trace: Trace, explanation: Explanation) -> Pass | None:
    """The backward pass with these mistakes in it; None where they replace the same step."""
    replaced: dict[int, Steps] = {}
    start: View = identity
    for slip in explanation:
        if slip.mistake.start is not identity:
            start = slip.mistake.start
        for i in slip.layers:
            changes: Changes = slip.mistake.changes(trace.network.layers[i])
            try:
                replaced[i] = replace(replaced.get(i, RIGHT), changes)
            except ValueError:
                return None
    return Pass(trace, replaced, start)


def _steps_towards(i: int, layer: int, parameter: str | None) -> frozenset[str]:
    """The steps of layer i that the gradient of an array depends on."""
    if i > layer:
        return BACK | FORWARD
    if i == layer and parameter is not None:
        return TO_PARAMETER[parameter] | FORWARD
    return FORWARD


class _Search:
    """One array's search, within its share of work."""

    def __init__(
        self, trace: Trace, layer: int, parameter: str | None, given: Given, loss: Array
    ) -> None:
        self.trace, self.layer, self.parameter = trace, layer, parameter
        self.given, self.loss = given, loss
        true = (
            trace.gradients[layer + 1] if parameter is None else trace.parameters[layer][parameter]
        )
        self.size = float(np.abs(true).sum())
        self.share = max(FEWEST_SHARE, float(loss.sum()) / self.size if self.size else 0.0)
        self.left = MAX_WORK
        self.complete = True
        self.slips = list(slips(trace.network, layer, parameter))

    def singles(self) -> list[Explanation]:
        found: dict[Code, Explanation] = {}
        for slip in self.slips:
            if slip.code not in found and (fitted := self._fitted((slip,))):
                found[slip.code] = fitted
        return list(found.values())

    def pairs(self) -> list[Explanation]:
        found: dict[frozenset[Code], Explanation] = {}
        for pair in combinations([slip for slip in self.slips if self._may_pair(slip)], 2):
            codes = frozenset(slip.code for slip in pair)
            if len(codes) == 2 and codes not in found and (fitted := self._fitted(pair)):
                found[codes] = fitted
                if len(found) == MAX_PAIRS:
                    break
        return list(found.values())

    def _may_pair(self, slip: Slip) -> bool:
        network = self.trace.network
        last_step = self.layer if self.parameter else network.reader_of(self.layer)
        if len(slip.layers) != 1 or slip.layers == (last_step,):
            return True
        # A layer that is the only one of its kind is all layers of that kind.
        kind = type(network.layers[slip.layers[0]])
        return sum(type(each) is kind for each in network.layers) == 1

    def _fitted(self, explanation: Explanation) -> Explanation | None:
        """The explanation if it gives the numbers, with the one cell that a bias takes found."""
        self.left -= self._work(explanation)
        if self.left < 0:
            self.complete = False
            return None
        made = wrong_pass(self.trace, explanation)
        if made is None:
            return None
        if any(slip.code == "bias_one_cell" for slip in explanation):
            return self._with_a_cell(explanation, made)
        array = made.array(self.layer, self.parameter)
        return explanation if self.given.agrees(array, self._lost(array)) else None

    def _lost(self, array: Array) -> Array:
        """What a wrong array may have lost: as much of its size as the right one of its own."""
        with np.errstate(all="ignore"):
            grown = float(np.abs(array).sum()) / self.size if self.size else 1.0
            lost = self.share * np.abs(array) + max(1.0, grown) * self.loss
        return np.nan_to_num(lost, nan=0.0, posinf=0.0)

    def _with_a_cell(self, explanation: Explanation, made: Pass) -> Explanation | None:
        upstream = made.steps(self.layer).upstream(made.gradient(self.layer))
        cells = upstream.reshape(self.given.array.size, -1).T
        position = self.given.first_agreeing(cells, self.loss + self.share * np.abs(cells))
        if position is None:
            return None
        return tuple(
            Slip(one_position(position), slip.layers) if slip.code == "bias_one_cell" else slip
            for slip in explanation
        )

    def _work(self, explanation: Explanation) -> int:
        """Of the layers between the first mistake and the array, roughly."""
        layers = self.trace.network.layers
        top = max(max(slip.layers, default=-1) for slip in explanation)
        if any(slip.code in ("zero_padding", "sign_reversed") for slip in explanation):
            top = len(layers) - 1
        between = layers[max(self.layer, 0) : top + 1]
        return sum(each.multiply_adds + each.cells for each in between)
