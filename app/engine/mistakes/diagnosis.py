"""Which mistake makes these numbers? A search through all of them, alone and two together.

Whoever writes a backward pass wrong writes it wrong everywhere, so a mistake is first made in
every layer that it concerns. But a network may mix right code with wrong, and by hand one often
takes the right upstream gradients from somewhere and errs in a single step: so it is also made in
all layers of one kind, and in each layer alone. Two mistakes together are tried everywhere, in all
layers of one kind and in the last step before the array: every pair of single layers would find
explanations by chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from app.engine.magnitudes import magnitudes
from app.engine.mistakes.catalogue import MISTAKES, Changes, Code, Mistake
from app.engine.mistakes.digits import Given
from app.engine.mistakes.steps import BACK, FORWARD, RIGHT, TO_PARAMETER, Pass, Steps, replace
from app.engine.network import Network, Trace
from app.engine.types import Array

MAX_WORK = 1_500_000_000
"""Products that one search may take, as many as some seconds allow."""
MAX_PAIRS = 8
"""Of explanations by two mistakes; where more fit, the numbers say too little to tell."""


@dataclass(frozen=True)
class Slip:
    """A mistake and the layers in which it is made."""

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
    """Which cells differ by more than their digits."""
    explanations: list[Explanation]
    """Each gives the numbers on its own. Single mistakes, one for each code; pairs only where no
    single one fits."""
    complete: bool
    """Whether every mistake and pair was tried; a large network is not worth the time."""


def diagnose(trace: Trace, layer: int, parameter: str | None, given: Given) -> Diagnosis:
    """Is this the gradient of a layer's output (−1: the input) or parameter, and if not, why not?

    ``given`` has the gradient's shape. Explanations are in the order of ``MISTAKES``, each code
    with the widest choice of layers that fits; none where the array is right. Codes that coincide
    on this network are explanations each, a pair is one explanation with two slips.
    """
    true = trace.gradients[layer + 1] if parameter is None else trace.parameters[layer][parameter]
    with np.errstate(over="ignore"):
        # Beyond float64 only where the given array is absurd: then by as much as there is.
        difference = np.nan_to_num(given.array - true) + 0.0
    sizes = magnitudes(trace)
    added = sizes.gradients[layer + 1] if parameter is None else sizes.parameters[layer][parameter]
    added = np.where(np.isfinite(added), added, 0.0)
    wrong = given.apart(true, added)
    if not wrong.any():
        return Diagnosis(True, true, difference, wrong, [], True)
    search = _Search(trace, layer, parameter, given, added)
    found = search.singles() or search.pairs()
    return Diagnosis(False, true, difference, wrong, found, search.complete)


def slips(network: Network, layer: int, parameter: str | None) -> Iterator[Slip]:
    """Every mistake that can show in an array, with every choice of layers, widest first."""
    for mistake in MISTAKES:
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
    for slip in explanation:
        for i in slip.layers:
            changes: Changes = slip.mistake.changes(trace.network.layers[i])
            try:
                replaced[i] = replace(replaced.get(i, RIGHT), changes)
            except ValueError:
                return None
    return Pass(trace, replaced)


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
        self, trace: Trace, layer: int, parameter: str | None, given: Given, added: Array
    ) -> None:
        self.trace, self.layer, self.parameter = trace, layer, parameter
        self.given, self.added = given, added
        self.left = MAX_WORK
        self.complete = True
        self.slips = list(slips(trace.network, layer, parameter))

    def singles(self) -> list[Explanation]:
        found: dict[Code, Explanation] = {}
        for slip in self.slips:
            if slip.code not in found and self._explains((slip,)):
                found[slip.code] = (slip,)
        return list(found.values())

    def pairs(self) -> list[Explanation]:
        found: dict[frozenset[Code], Explanation] = {}
        for pair in combinations([slip for slip in self.slips if self._may_pair(slip)], 2):
            codes = frozenset(slip.code for slip in pair)
            if len(codes) == 2 and codes not in found and self._explains(pair):
                found[codes] = pair
                if len(found) == MAX_PAIRS:
                    break
        return list(found.values())

    def _may_pair(self, slip: Slip) -> bool:
        network = self.trace.network
        last_step = self.layer if self.parameter else network.reader_of(self.layer)
        if len(slip.layers) > 1 or slip.layers == (last_step,):
            return True
        # A layer that is the only one of its kind is all layers of that kind.
        kind = type(network.layers[slip.layers[0]])
        return sum(type(each) is kind for each in network.layers) == 1

    def _explains(self, explanation: Explanation) -> bool:
        self.left -= self._work(explanation)
        if self.left < 0:
            self.complete = False
            return False
        made = wrong_pass(self.trace, explanation)
        if made is None:
            return False
        return self.given.agrees(made.array(self.layer, self.parameter), self.added)

    def _work(self, explanation: Explanation) -> int:
        """Of the layers between the first mistake and the array, roughly."""
        layers = self.trace.network.layers
        top = max(max(slip.layers) for slip in explanation)
        if any(slip.code == "zero_padding" for slip in explanation):
            top = len(layers) - 1
        between = layers[max(self.layer, 0) : top + 1]
        return sum(each.multiply_adds + each.cells for each in between)
