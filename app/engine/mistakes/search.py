"""Searches for the mistake, or the two mistakes together, that give a wrong array.

A mistake in the code of a backward pass appears in every layer that it concerns, so the search
first makes it in all these layers. But a network may mix right and wrong code, and by hand people
often use correct upstream gradients and make one wrong step. So the search also makes the mistake
in all layers of one kind, and in each layer alone. It tries two mistakes together in all layers, in
all layers of one kind, and in the last step before the array. It does not try pairs of single
layers, nor pairs for one or two numbers: some of them would fit by chance.

The search tries likely mistakes first, and stops when its budget is spent.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from app.engine.mistakes.catalogue import MISTAKES, Code, Mistake, one_position
from app.engine.mistakes.catalogue.mistake import CODES
from app.engine.mistakes.catalogue.whole import WHOLE, whole_array, whole_fits
from app.engine.mistakes.digits import Given
from app.engine.mistakes.steps import BACK, FORWARD, RIGHT, TO_PARAMETER, Pass, Steps, replaced_by
from app.engine.network import Network, Trace
from app.engine.types import Array

MAX_WORK = 1_500_000_000
"""The most products that one search may compute: a few seconds' work."""
MAX_SECONDS = 1.5
"""The most seconds that one search may take, however slow the machine is."""
FEWEST_FOR_PAIRS = 3
"""The fewest numbers of an array for which pairs are tried; with fewer, a pair fits by chance."""
FEWEST_SHARE = 1e-9
"""The smallest relative error allowed for a wrong number, however exact the arithmetic is: no real
mistake is as small."""
TELLING = 3.9
"""A mistake must change at least one number by this many times the number's uncertainty. The
opposite of a number of one digit, such as −0.1 for 0.1, is 4 times 0.05 away."""
MAX_PAIRS = 8
"""The most pairs that are listed; if more fit, the numbers cannot tell them apart."""


@dataclass(frozen=True)
class Slip:
    """A mistake and the layers in which it is made; no layers for the loss and the whole array."""

    mistake: Mistake
    layers: tuple[int, ...]
    variant: str = ""
    """The variant of the mistake: which start, or which order."""
    amount: float | None = None
    """The factor, decay, learning rate or bound that the numbers imply; None for others."""
    certain: bool = True
    """Whether enough numbers support it."""

    @property
    def code(self) -> Code:
        """The mistake's code."""
        return self.mistake.code

    @property
    def is_whole(self) -> bool:
        """Whether it changes the whole array after the backward pass."""
        return self.mistake in WHOLE


Explanation = tuple[Slip, ...]
"""One mistake, or two made together."""


@dataclass
class Budget:
    """The work and the time that a search has left."""

    work: int = field(default_factory=lambda: MAX_WORK)
    seconds: float = field(default_factory=lambda: MAX_SECONDS)
    clock: Callable[[], float] = time.thread_time
    spent: bool = False
    """Whether it ran out before the search was complete."""

    def __post_init__(self) -> None:
        self._end = self.clock() + self.seconds

    def take(self, work: int) -> bool:
        """Use some of it; False if too little is left."""
        self.work -= work
        self.spent = self.spent or self.work < 0 or self.clock() > self._end
        return not self.spent


def slips(network: Network, layer: int, parameter: str | None) -> Iterator[Slip]:
    """Every mistake that can change an array, with every choice of layers, the widest first."""
    for mistake in MISTAKES:
        if mistake.starts is not None:
            yield Slip(mistake, ())
        concerned = concerned_layers(mistake, network, layer, parameter)
        kinds = [
            tuple(i for i in concerned if network.layers[i].name == name)
            for name in dict.fromkeys(network.layers[i].name for i in concerned)
        ]
        alone = [(i,) for i in concerned]
        for layers in dict.fromkeys([concerned, *kinds, *alone]):
            if layers:
                yield Slip(mistake, layers)


def concerned_layers(
    mistake: Mistake, network: Network, layer: int, parameter: str | None
) -> tuple[int, ...]:
    """The layers in which a mistake changes the gradient of an array."""
    return tuple(
        i
        for i, each in enumerate(network.layers)
        if mistake.changes(each).keys() & _steps_towards(i, layer, parameter)
    )


def _steps_towards(i: int, layer: int, parameter: str | None) -> frozenset[str]:
    """The steps of layer i that the gradient of an array depends on."""
    if i > layer:
        return BACK | FORWARD
    if i == layer and parameter is not None:
        return TO_PARAMETER[parameter] | FORWARD
    return FORWARD


def wrong_pass(trace: Trace, explanation: Explanation) -> Pass | None:
    """The backward pass with these mistakes.

    None where two of them replace the same step, or where one is made after the pass.
    """
    steps: dict[int, Steps] = {}
    start: Callable[[Trace], Array] | None = None
    for slip in explanation:
        if slip.is_whole:
            return None
        if slip.mistake.starts is not None:
            begun = slip.mistake.starts(trace).get(slip.variant)
            if begun is None:
                return None
            start = _constant(begun)
        for i in slip.layers:
            changes = slip.mistake.changes(trace.network.layers[i])
            try:
                steps[i] = replaced_by(steps.get(i, RIGHT), changes)
            except ValueError:
                return None
    return Pass(trace, steps, start)


def _constant(begun: Array) -> Callable[[Trace], Array]:
    return lambda trace: begun


def made_array(
    trace: Trace, explanation: Explanation, layer: int, parameter: str | None
) -> Array | None:
    """The array that these mistakes give; None where they cannot be made together."""
    (first, *_) = explanation
    if first.is_whole:
        true, weight = gradient_of(trace, layer, parameter), weights_of(trace, layer, parameter)
        return whole_array(first.mistake, first.variant, first.amount, true, weight)
    wrong = wrong_pass(trace, explanation)
    return None if wrong is None else wrong.array(layer, parameter)


def gradient_of(trace: Trace, layer: int, parameter: str | None) -> Array:
    """The right gradient of an array."""
    if parameter is None:
        return trace.gradients[layer + 1]
    return trace.parameters[layer][parameter]


def weights_of(trace: Trace, layer: int, parameter: str | None) -> Array | None:
    """The parameter itself; None for the gradient of an output."""
    return None if parameter is None else trace.network.layers[layer].parameters[parameter]


class Search:
    """The search for one array, within a budget."""

    def __init__(
        self,
        trace: Trace,
        layer: int,
        parameter: str | None,
        given: Given,
        loss: Array,
        budget: Budget,
    ) -> None:
        self.trace, self.layer, self.parameter = trace, layer, parameter
        self.given, self.loss, self.budget = given, loss, budget
        self.true = gradient_of(trace, layer, parameter)
        with np.errstate(over="ignore"):
            self.size = float(np.abs(self.true).sum())
            share = float(loss.sum()) / self.size if self.size else 0.0
        self.share = max(FEWEST_SHARE, share) if np.isfinite(share) else FEWEST_SHARE
        self.slips = sorted(slips(trace.network, layer, parameter), key=self._unlikely)

    def singles(self) -> list[Explanation]:
        """The single mistakes that give the numbers, one for each code, the likelier first."""
        explanations: dict[Code, Explanation] = {}
        weight = weights_of(self.trace, self.layer, self.parameter)
        for fit in whole_fits(self.true, weight, self.given, self._agrees):
            slip = Slip(fit.mistake, (), fit.variant, fit.amount, fit.certain)
            explanations.setdefault(slip.code, (slip,))
        for slip in self.slips:
            if slip.code not in explanations and (fitted := self._fitted((slip,))):
                explanations[slip.code] = fitted
            if self.budget.spent:
                break
        if explanations.keys() & {"transposed", "half_turned"}:
            explanations.pop("reordered", None)  # the same mistake, less exactly
        return sorted(explanations.values(), key=self._rank)

    def pairs(self) -> list[Explanation]:
        """The pairs of mistakes that give the numbers, one for each two codes."""
        explanations: dict[frozenset[Code], Explanation] = {}
        some = [slip for slip in self.slips if slip.mistake.pairs and self._may_pair(slip)]
        some.sort(key=lambda slip: CODES.index(slip.code))
        for pair in combinations(some, 2):
            codes = frozenset(slip.code for slip in pair)
            if len(codes) == 2 and codes not in explanations and (fitted := self._fitted(pair)):
                explanations[codes] = fitted
            if self.budget.spent or len(explanations) == MAX_PAIRS:
                break
        return list(explanations.values())

    def _unlikely(self, slip: Slip) -> int:
        """0 for a mistake in all layers, 1 in the last step, 2 in one kind, 3 in one layer."""
        if not slip.layers or slip.layers == self._concerned(slip):
            return 0
        if slip.layers == (self._last_step(),):
            return 1
        return 2 if len(slip.layers) > 1 or self._only_one_of_its_kind(slip) else 3

    def _concerned(self, slip: Slip) -> tuple[int, ...]:
        return concerned_layers(slip.mistake, self.trace.network, self.layer, self.parameter)

    def _last_step(self) -> int | None:
        network = self.trace.network
        return self.layer if self.parameter else network.reader_of(self.layer)

    def _only_one_of_its_kind(self, slip: Slip) -> bool:
        layers = self.trace.network.layers
        name = layers[slip.layers[0]].name
        return sum(each.name == name for each in layers) == 1

    def _may_pair(self, slip: Slip) -> bool:
        return (
            len(slip.layers) != 1
            or slip.layers == (self._last_step(),)
            # The only layer of its kind stands for all layers of that kind.
            or self._only_one_of_its_kind(slip)
        )

    def _rank(self, explanation: Explanation) -> tuple[int, int, int]:
        """The sort key: certain ones first, then by code, then those in the fewest layers."""
        (slip, *_) = explanation
        usual = slip.code == "scaled" and self._has_a_reason(slip.amount)
        return (int(not slip.certain), 0 if usual else 1 + CODES.index(slip.code), len(slip.layers))

    def _has_a_reason(self, factor: float | None) -> bool:
        """Whether this is a factor of the loss that people forget."""
        head = self.trace.network.head
        outputs = self.trace.values[-1].size
        return head.name == "mse" and factor in {0.5, 2.0, 1.0 / outputs, float(outputs)}

    def _fitted(self, explanation: Explanation) -> Explanation | None:
        """The explanation with its variant or position filled in; None if it does not fit."""
        if not self.budget.take(self._work(explanation)):
            return None
        for k, slip in enumerate(explanation):
            if slip.mistake.starts is not None and not slip.variant:
                return self._with_a_start(explanation, k)
        return self._fitted_as_it_is(explanation)

    def _with_a_start(self, explanation: Explanation, k: int) -> Explanation | None:
        slip = explanation[k]
        assert slip.mistake.starts is not None
        for variant in slip.mistake.starts(self.trace):
            exact = (*explanation[:k], replace(slip, variant=variant), *explanation[k + 1 :])
            if fitted := self._fitted_as_it_is(exact):
                return fitted
            if not self.budget.take(self._work(explanation)):
                return None
        return None

    def _fitted_as_it_is(self, explanation: Explanation) -> Explanation | None:
        wrong = wrong_pass(self.trace, explanation)
        if wrong is None:
            return None
        if any(slip.code == "bias_one_cell" for slip in explanation):
            return self._with_a_cell(explanation, wrong)
        return explanation if self._agrees(wrong.array(self.layer, self.parameter)) else None

    def _agrees(self, array: Array) -> bool:
        if array.shape != self.true.shape or not np.isfinite(array).all():
            return False
        lost = self._lost(array)
        if not self.given.agrees(array, lost):
            return False
        # The array must differ clearly from the right one: otherwise it explains nothing.
        apart = np.abs(array - self.true)
        return bool((apart > TELLING * (self.given.half(array, lost) + self.loss)).any())

    def _lost(self, array: Array) -> Array:
        """The rounding errors of a wrong array: as large, relative to it, as the right one's."""
        with np.errstate(all="ignore"):
            grown = float(np.abs(array).sum()) / self.size if self.size else 1.0
            lost = self.share * np.abs(array) + max(1.0, grown) * self.loss
        return np.nan_to_num(lost, nan=0.0, posinf=0.0)

    def _with_a_cell(self, explanation: Explanation, wrong: Pass) -> Explanation | None:
        steps = wrong.steps(self.layer)
        upstream = steps.upstream(wrong.gradient(self.layer), wrong.values[self.layer + 1])
        cells = upstream.reshape(self.given.array.size, -1).T
        position = self.given.first_agreeing(cells, self.loss + self.share * np.abs(cells))
        if position is None:
            return None
        return tuple(
            Slip(one_position(position), slip.layers) if slip.code == "bias_one_cell" else slip
            for slip in explanation
        )

    def _work(self, explanation: Explanation) -> int:
        """Roughly the products of the layers between the first mistake and the array."""
        layers = self.trace.network.layers
        top = max(max(slip.layers, default=len(layers) - 1) for slip in explanation)
        if any(slip.code in ("zero_padding", "activation_missing") for slip in explanation):
            top = len(layers) - 1
        between = layers[max(self.layer, 0) : top + 1]
        return sum(each.multiply_adds + each.cells for each in between)
