"""The backward pass of a batch with mistakes: that of each example, stacked or added up.

No layer mixes examples, so the wrong step of a batch is the wrong step of each of its examples. The
gradients of outputs have the examples as their first axis; that of a parameter is their sum.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from app.engine.mistakes.backward_pass import Pass
from app.engine.mistakes.one_layer import backward, backward_parameter, forward
from app.engine.mistakes.steps import RIGHT, Steps
from app.engine.network import Trace
from app.engine.types import Array


class BatchPass(Pass):
    """A batch's backward pass with the steps of some layers replaced, in all examples alike.

    ``start`` gives other upstream gradients to begin with, [examples, …]; ``inputs`` replace the
    trace's inputs of some layers, likewise. ``examples``: the traces of all examples, if they are
    at hand.

    A right layer goes back for all examples at once; a wrong one for one after the other.
    """

    def __init__(
        self,
        trace: Trace,
        replaced: Mapping[int, Steps],
        start: Array | None = None,
        inputs: Mapping[int, Array] | None = None,
        examples: Sequence[Trace] | None = None,
    ) -> None:
        super().__init__(trace, replaced, start, inputs)
        self._start, self._inputs, self._examples = start, inputs, examples
        self._parts: dict[int, Pass] = {}

    @classmethod
    def going_on(cls, trace: Trace, layer: int, gradient: Array) -> "BatchPass":
        """The right steps below a layer, from other gradients of its output."""
        made = cls(trace, {})
        made._top, made._gradients = layer, {layer: gradient}
        made._parts = {
            at: Pass.going_on(trace.example(at), layer, sent) for at, sent in enumerate(gradient)
        }
        return made

    def part(self, at: int) -> Pass:
        """The pass of one example, made when it is first asked for."""
        if at not in self._parts:
            start, inputs = self._start, self._inputs
            self._parts[at] = Pass(
                self.trace.example(at) if self._examples is None else self._examples[at],
                self.replaced,
                None if start is None else start[at],
                None if inputs is None else {i: x[at] for i, x in inputs.items()},
            )
        return self._parts[at]

    @property
    def parts(self) -> list[Pass]:
        """The passes of all examples."""
        return [self.part(at) for at in range(self.trace.network.examples or 1)]

    def parameter(self, layer: int, name: str) -> Array:
        """The gradient of a parameter of a layer."""
        if self.steps(layer) is not RIGHT:
            return self.joined(layer, self.of_examples(layer, name))
        own = self.trace.network.layers[layer]
        with np.errstate(all="ignore"):
            gradients = own.backward_parameters(self._tape(layer), self.gradient(layer))
        return np.asarray(gradients[name])

    def of_examples(self, layer: int, name: str) -> Array:
        """[examples, …]: what each example brings to the gradient of a parameter."""
        weighted: Any = self.trace.network.layers[layer]
        figures = self.values[layer], self.gradient(layer), self.values[layer + 1]
        steps = self.steps(layer)
        with np.errstate(all="ignore"):
            brought = [
                backward_parameter(weighted.example(at), *each, name, steps)
                for at, each in enumerate(zip(*figures, strict=True))
            ]
        return np.stack(brought)

    def joined(self, layer: int, brought: Array) -> Array:
        """What the examples bring, put together as this pass does it in a layer."""
        how = self.steps(layer).examples
        with np.errstate(all="ignore"):
            if isinstance(how, int):
                return np.asarray(brought[how])
            return np.asarray(brought.mean(0) if how == "average" else brought.sum(0))

    def _forward(self, layer: int, x: Array) -> Array:
        own, steps = self.trace.network.layers[layer], self.steps(layer)
        if steps is RIGHT:
            return own.forward(x)[0]
        return np.stack([forward(own.example(at), each, steps) for at, each in enumerate(x)])

    def _backward(self, layer: int, upstream: Array) -> Array:
        own, steps = self.trace.network.layers[layer], self.steps(layer)
        if steps is RIGHT:
            return own.backward(self._tape(layer), upstream)
        figures = self.values[layer], upstream, self.values[layer + 1]
        return np.stack(
            [
                backward(own.example(at), *each, steps)
                for at, each in enumerate(zip(*figures, strict=True))
            ]
        )

    def _tape(self, layer: int) -> Any:
        x = self.values[layer]
        if x is self.trace.values[layer]:
            return self.trace.tapes[layer]
        return self.trace.network.layers[layer].forward(x)[1]


AnyPass = Pass | BatchPass
"""The pass of one example, or of a batch."""


def pass_of(
    trace: Trace,
    replaced: Mapping[int, Steps],
    start: Array | None = None,
    inputs: Mapping[int, Array] | None = None,
    examples: Sequence[Trace] | None = None,
) -> AnyPass:
    """The backward pass of a network or of a batch, with the steps of some layers replaced."""
    if trace.network.examples is None:
        return Pass(trace, replaced, start, inputs)
    return BatchPass(trace, replaced, start, inputs, examples)


def going_on(trace: Trace, layer: int, gradient: Array) -> AnyPass:
    """The right steps below a layer, from another gradient of its output."""
    kind = Pass if trace.network.examples is None else BatchPass
    return kind.going_on(trace, layer, gradient)


def parts_of(made: AnyPass) -> Sequence[Pass]:
    """The pass of each example; of a network of one example, the pass itself."""
    return made.parts if isinstance(made, BatchPass) else [made]
