"""Where a mistake is made: in which layers, and what array a pass with it gives."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from app.engine.mistakes.batches import AnyPass, pass_of
from app.engine.mistakes.catalogue import MISTAKES, Code, Mistake
from app.engine.mistakes.catalogue.whole import WHOLE, whole_array
from app.engine.mistakes.steps import BACK, FORWARD, RIGHT, TO_PARAMETER, Steps, replaced_by
from app.engine.network import Network, Trace
from app.engine.types import Array


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


def slips(network: Network, layer: int, parameter: str | None) -> Iterator[Slip]:
    """Every mistake that can change an array, with every choice of layers, the widest first."""
    for mistake in MISTAKES:
        if mistake.only_batches and network.examples is None:
            continue
        if mistake.starts is not None:
            yield Slip(mistake, ())
        concerned = concerned_layers(mistake, network, layer, parameter)
        for layers in dict.fromkeys(_choices(network, concerned)):
            if layers:
                yield Slip(mistake, layers)


def _choices(network: Network, concerned: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """All these layers; one kind, or all but one; each alone; two kinds, or all but two."""
    kinds = dict.fromkeys(network.layers[i].name for i in concerned)

    def of_kinds(some: Iterable[str]) -> tuple[int, ...]:
        return tuple(i for i in concerned if network.layers[i].name in some)

    yield concerned
    for few in (1, 2):
        some = list(combinations(kinds, few))
        yield from map(of_kinds, some)
        yield from (of_kinds(kinds.keys() - each) for each in some)
        yield from ((i,) for i in concerned)


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


class Passes:
    """The backward passes of a trace with mistakes, and what all of them begin with."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        examples = range(trace.network.examples or 0)
        self._examples = [trace.example(at) for at in examples] or None
        self._starts: dict[tuple[Code, str], Mapping[str, Array]] = {}

    def starts_of(self, mistake: Mistake) -> Mapping[str, Array]:
        """The wrong upstream gradients at the loss, by variant."""
        key = mistake.code, mistake.variant
        if key not in self._starts:
            self._starts[key] = mistake.starts_of(self.trace)
        return self._starts[key]

    def of(self, explanation: Explanation) -> AnyPass | None:
        """The pass with these mistakes.

        None where two of them replace the same step, or where one is made after the pass.
        """
        steps: dict[int, Steps] = {}
        start: Array | None = None
        for slip in explanation:
            if slip.is_whole:
                return None
            if slip.mistake.starts is not None:
                start = self.starts_of(slip.mistake).get(slip.variant)
                if start is None:
                    return None
            for i in slip.layers:
                changes = slip.mistake.changes(self.trace.network.layers[i])
                try:
                    steps[i] = replaced_by(steps.get(i, RIGHT), changes)
                except ValueError:
                    return None
        return pass_of(self.trace, steps, start, examples=self._examples)


def wrong_pass(trace: Trace, explanation: Explanation) -> AnyPass | None:
    """The backward pass with these mistakes, as ``Passes.of``."""
    return Passes(trace).of(explanation)


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
