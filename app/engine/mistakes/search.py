"""Searches for the mistake, or the two mistakes together, that give a wrong array.

A mistake in the code of a backward pass appears in every layer that it concerns, so the search
first makes it in all these layers. But a network may mix right and wrong code, and by hand people
often use correct upstream gradients and make one wrong step. So the search also makes the mistake
in all layers of one kind or of two, in all but those of one kind or two, and in each layer alone.
It tries two mistakes together in all layers, in all layers of one kind, and in the last step before
the array.
It does not try pairs of single layers, nor pairs for one or two numbers: some of them would fit by
chance.

The search tries likely mistakes first, and stops when its budget is spent.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from app.engine.mistakes.agreement import Agreement
from app.engine.mistakes.backward_pass import Pass
from app.engine.mistakes.batches import AnyPass, BatchPass, parts_of
from app.engine.mistakes.catalogue import Code, one_example, one_position
from app.engine.mistakes.catalogue.mistake import CODES
from app.engine.mistakes.catalogue.whole import is_chosen, whole_fits
from app.engine.mistakes.digits import Given
from app.engine.mistakes.slips import (
    Explanation,
    Passes,
    Slip,
    concerned_layers,
    gradient_of,
    made_array,
    slips,
    weights_of,
)
from app.engine.network import Trace
from app.engine.types import Array

MAX_WORK = 1_500_000_000
"""The most products that one search may compute: a few seconds' work."""
MAX_SECONDS = 1.5
"""The most seconds that one search may take, however slow the machine is."""
FEWEST_FOR_PAIRS = 3
"""The fewest numbers of an array for which pairs are tried; with fewer, a pair fits by chance."""
MAX_PAIRS = 8
"""The most pairs that are listed; if more fit, the numbers cannot tell them apart."""


_THE_SAME: dict[Code, Code] = {
    "transposed": "reordered",
    "half_turned": "reordered",
    "examples_averaged": "scaled",
}
"""Mistakes that say more exactly what another one says of the same numbers."""


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
        self.agreement = Agreement(trace, layer, parameter, self.true, given, loss)
        self.slips = sorted(slips(trace.network, layer, parameter), key=self._unlikely)
        self._passes = Passes(trace)
        examples = trace.network.examples if parameter is None else None
        self._screened = None if examples is None else _furthest(given.array, self.true)
        """An example that each mistake is tried with before all others."""

    def singles(self) -> list[Explanation]:
        """The single mistakes that give the numbers, one for each code, the likelier first."""
        explanations: dict[Code, Explanation] = {}
        weight = weights_of(self.trace, self.layer, self.parameter)
        for fit in whole_fits(self.true, weight, self.given, self.loss, self.agreement.of):
            slip = Slip(fit.mistake, (), fit.variant, fit.amount, fit.certain)
            explanations.setdefault(slip.code, (slip,))
        for slip in self.slips:
            if slip.code not in explanations and (fitted := self._fitted((slip,))):
                explanations[slip.code] = fitted
            if self.budget.spent:
                break
        for exactly, roughly in _THE_SAME.items():
            if exactly in explanations:  # the same mistake, less exactly
                explanations.pop(roughly, None)
        return sorted(map(self._as_certain, explanations.values()), key=self._rank)

    def pairs(self) -> list[Explanation]:
        """The pairs of mistakes that give the numbers, one for each two codes."""
        explanations: dict[frozenset[Code], Explanation] = {}
        some = [slip for slip in self.slips if slip.mistake.pairs and self._may_pair(slip)]
        some.sort(key=lambda slip: CODES.index(slip.code))
        for pair in combinations(some, 2):
            codes = frozenset(slip.code for slip in pair)
            if len(codes) == 2 and codes not in explanations and (fitted := self._fitted(pair)):
                made = made_array(self.trace, fitted, self.layer, self.parameter)
                if made is not None and self.agreement.is_certain(made):
                    explanations[codes] = fitted
            if self.budget.spent or len(explanations) == MAX_PAIRS:
                break
        return list(explanations.values())

    def _unlikely(self, slip: Slip) -> int:
        """0 for a mistake in all layers, 1 in the last step, 2 in one kind or all but one.

        3 in one layer, 4 in two kinds of many.
        """
        concerned = self._concerned(slip)
        if not slip.layers or slip.layers == concerned:
            return 0
        if slip.layers == (self._last_step(),):
            return 1
        within = self._kinds(slip.layers)
        if len(within) > 1 and len(self._kinds(concerned) - within) > 1:
            return 4
        return 2 if len(slip.layers) > 1 or self._only_one_of_its_kind(slip) else 3

    def _kinds(self, layers: tuple[int, ...]) -> set[str]:
        return {self.trace.network.layers[i].name for i in layers}

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
        if not slip.layers or slip.layers in (self._concerned(slip), (self._last_step(),)):
            return True
        # The only layer of its kind stands for all layers of that kind.
        return len(self._kinds(slip.layers)) == 1 and (
            len(slip.layers) > 1 or self._only_one_of_its_kind(slip)
        )

    def _as_certain(self, explanation: Explanation) -> Explanation:
        """A single mistake, marked where the numbers are no more than consistent with it."""
        (slip,) = explanation
        made = made_array(self.trace, explanation, self.layer, self.parameter)
        if made is None or self.agreement.is_certain(made):
            return explanation
        return (replace(slip, certain=False),)

    def _rank(self, explanation: Explanation) -> tuple[int | bool, ...]:
        """The sort key of an explanation.

        What gives the very numbers comes before what only agrees with their digits, then what is
        certain. A factor that nobody chooses comes last: some factor always comes close.
        """
        (slip, *_) = explanation
        made = made_array(self.trace, explanation, self.layer, self.parameter)
        exact = made is not None and self.agreement.is_given(made)
        chosen = slip.amount is None or is_chosen(slip.amount)
        usual = slip.code == "scaled" and self._has_a_reason(slip.amount)
        place = 0 if usual else 1 + CODES.index(slip.code)
        return (not exact, not slip.certain, not chosen, place, len(slip.layers))

    def _has_a_reason(self, factor: float | None) -> bool:
        """Whether this is a factor of the loss that people forget."""
        head = self.trace.network.head
        examples = (self.trace.batch or self.trace).network.examples or 1
        outputs = self.trace.values[-1].size
        if examples > 1 and head.is_loss and factor in {1.0 / examples, float(examples)}:
            return True
        return head.name == "mse" and factor in {0.5, 2.0, 1.0 / outputs, float(outputs)}

    def _fitted(self, explanation: Explanation) -> Explanation | None:
        """The explanation with its variant or position filled in; None if it does not fit."""
        for k, slip in enumerate(explanation):
            if slip.mistake.starts is not None and not slip.variant:
                return self._with_a_start(explanation, k)
        return self._fitted_as_it_is(explanation)

    def _with_a_start(self, explanation: Explanation, k: int) -> Explanation | None:
        slip = explanation[k]
        for variant in self._passes.starts_of(slip.mistake):
            exact = (*explanation[:k], replace(slip, variant=variant), *explanation[k + 1 :])
            if fitted := self._fitted_as_it_is(exact):
                return fitted
            if self.budget.spent:
                return None
        return None

    def _fitted_as_it_is(self, explanation: Explanation) -> Explanation | None:
        wrong, work = self._passes.of(explanation), self._work(explanation)
        examples = self.trace.network.examples or 1
        if not self.budget.take(work if self._screened is not None else work * examples):
            return None
        if wrong is None:
            return None
        if any(slip.code == "bias_one_cell" for slip in explanation):
            return self._with_a_cell(explanation, wrong)
        if isinstance(wrong, BatchPass):
            if self.parameter is not None:
                for k, slip in enumerate(explanation):
                    if slip.code == "one_example":
                        return self._with_an_example(explanation, k, wrong, self.parameter)
            elif not self._passes_screen(wrong) or not self.budget.take(work * (examples - 1)):
                return None
        array = wrong.array(self.layer, self.parameter)
        if self.agreement.of(array):
            return explanation
        near = self.agreement.may_be_rounding(array)
        if not near or not self.budget.take(2 * work * examples):
            return None
        return explanation if self.agreement.of_pass(wrong, array) else None

    def _passes_screen(self, wrong: BatchPass) -> bool:
        """Whether one example's gradients may be those given, before all are computed."""
        at = self._screened or 0
        return self.agreement.may_hold(at, wrong.part(at).gradient(self.layer))

    def _with_a_cell(self, explanation: Explanation, wrong: AnyPass) -> Explanation | None:
        cells = np.sum([self._cells_of(part) for part in parts_of(wrong)], axis=0)
        lost = self.loss + self.agreement.share * np.abs(cells)
        position = self.given.first_agreeing(cells, lost)
        if position is None:
            return None
        return tuple(
            Slip(one_position(position), slip.layers) if slip.code == "bias_one_cell" else slip
            for slip in explanation
        )

    def _cells_of(self, wrong: Pass) -> Array:
        """[positions, biases]: what each position of the output sends to the biases."""
        steps = wrong.steps(self.layer)
        upstream = steps.upstream(wrong.gradient(self.layer), wrong.values[self.layer + 1])
        return upstream.reshape(self.given.array.size, -1).T

    def _with_an_example(
        self, explanation: Explanation, k: int, wrong: BatchPass, parameter: str
    ) -> Explanation | None:
        brought = wrong.of_examples(self.layer, parameter)
        # A loop that assigns leaves the last example.
        for at in reversed(range(len(brought))):
            if self.agreement.of(brought[at]):
                slip = Slip(one_example(at), explanation[k].layers)
                return (*explanation[:k], slip, *explanation[k + 1 :])
        return None

    def _work(self, explanation: Explanation) -> int:
        """Roughly the products of one example between the first mistake and the array."""
        layers = self.trace.network.layers
        top = max(max(slip.layers, default=len(layers) - 1) for slip in explanation)
        if any(slip.code in ("zero_padding", "activation_missing") for slip in explanation):
            top = len(layers) - 1
        between = layers[max(self.layer, 0) : top + 1]
        return sum(each.multiply_adds + each.cells for each in between)


def _furthest(given: Array, true: Array) -> int:
    """The example whose gradients are the furthest from the right ones."""
    with np.errstate(all="ignore"):
        apart = np.abs(given - true).reshape(len(true), -1).max(1)
    return int(np.nan_to_num(apart, nan=0.0).argmax())
