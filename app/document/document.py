"""The network document: what may be sent, and what is wrong with it.

``Document`` checks the fields of JSON, and reports all mistakes together; ``building`` makes it a
network.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from app.document.fields import MAX_PROBLEMS, NO_CHANNEL, Location, MapsOrRows, Model, whole
from app.document.heads import CrossEntropy, Head, NegativeLogLikelihood, Upstream
from app.document.layers import MAX_LAYERS, Layer
from app.engine.heads import KINDS as HEADS
from app.engine.layers import KINDS as LAYERS

MAX_BYTES = 20 * 2**20
"""Of a request. A 3×64×64 network with convolutions of 32 and 64 channels takes about 5 MB."""


class Refusal(Exception):
    """A request that cannot be answered: a list of (location, what is wrong and the cure)."""

    def __init__(self, problems: Sequence[tuple[Location, str]]) -> None:
        super().__init__(problems)
        self.problems = list(problems[:MAX_PROBLEMS])


def _version(value: Any) -> Any:
    """Refuses true, which equals 1."""
    return None if isinstance(value, bool) else whole(value)


class Document(Model):
    """A network: its input, its layers in order, and the head where the backward pass starts.

    An input of four axes is a batch, [examples][C][H][W]. One of two is a single example,
    [C][L], where a layer slides along one axis, and else a batch of rows, [examples][N], before
    ``linear`` or if ``batch`` says so; a batch of the former, [examples][C][L], needs ``batch``.
    """

    version: Annotated[Literal[1], BeforeValidator(_version)] = 1
    title: Annotated[str, Field(max_length=200)] = ""
    batch: bool | None = None
    input: MapsOrRows
    layers: Annotated[list[Layer], Field(min_length=1, max_length=MAX_LAYERS)]
    head: Head

    TAGS: ClassVar[frozenset[str]] = frozenset(LAYERS) | frozenset(HEADS)

    @property
    def is_batch(self) -> bool:
        """Whether the input is several examples, its first axis."""
        axes = self.input.ndim
        if self._has_lines:
            return axes == 4 or bool(self.batch)
        return axes in (2, 4)

    @property
    def _has_lines(self) -> bool:
        """Whether a layer slides along one axis."""
        return any(LAYERS[layer.type].axes == 1 for layer in self.layers)

    def batch_problems(self) -> list[tuple[Location, str]]:
        """What is wrong between the axes of the input and those of the head's entries."""
        return list(self._input_problems()) or list(self._target_problems())

    def _input_problems(self) -> Iterator[tuple[Location, str]]:
        axes = self.input.ndim
        if axes == 4 and self.batch is False:
            yield ("batch",), "An input of four axes is always a batch: leave this out."
        if self._has_lines and axes in (2, 3):
            return  # Which layer does not fit, the engine says.
        if axes == 2 and (
            self.batch is False or (self.batch is None and self.layers[0].type != "linear")
        ):
            yield ("input",), f"{NO_CHANNEL} If it is a batch of rows, say “batch”: true."
        if axes in (1, 3) and self.batch:
            yield (
                ("input",),
                "A batch is [examples][channels][rows][columns], or [examples][numbers]: put one "
                "more pair of brackets around a single example, or leave out “batch”.",
            )

    def _target_problems(self) -> Iterator[tuple[Location, str]]:
        head = self.head
        field = "gradient" if isinstance(head, Upstream) else "target"
        given = getattr(head, field)
        place: Location = ("head", field)
        of_classes = isinstance(head, CrossEntropy | NegativeLogLikelihood)
        axes = np.ndim(given)
        if self._has_lines and not of_classes:
            return  # Which shape is right, the head says.
        if not of_classes and self.is_batch and axes in (1, 3):
            yield (
                place,
                f"The input is a batch of {len(self.input)}: give a list with one entry for each "
                "example, each in the shape of the last layer’s output.",
            )
        if not of_classes and not self.is_batch and axes == 2:
            yield place, NO_CHANNEL
        if not self.is_batch and (axes == 4 or (of_classes and axes == 2)):
            yield place, "These are entries for a batch, but the input is one example: give one."
        if isinstance(head, NegativeLogLikelihood) and not self.is_batch and axes == 1:
            yield place, "A whole number is needed here."
        if of_classes and self.is_batch and axes == 1:
            for i, each in enumerate(given.tolist()):
                if each < 0 or not each.is_integer():
                    wrong = "A whole number from 0 is needed here, the number of a class."
                    yield (*place, i), wrong
