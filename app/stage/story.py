"""The steps of both passes in words."""

import weakref
from collections.abc import Callable
from threading import Lock

import numpy as np
from cachetools import LRUCache, cached
from typing_extensions import TypedDict

from app.engine.network import Trace
from app.engine.receipt import Cell, input_met, receipt_of
from app.engine.timeline import Phase, Step, backward, forward
from app.stage.channels import OpenChannels
from app.stage.moves import moves_key
from app.stage.pairs import PairAnswer, pair_json
from app.text import sentences
from app.text.texts import Language, spoken

MAX_TOLD = 4096
"""Steps in words that are kept, of about 1 kB each: those of 200 lessons."""


class PlaceAnswer(TypedDict):
    """A drawn cell: its grid, and its flat index there."""

    key: str
    at: int


class MeetingAnswer(TypedDict):
    """The largest product of a weight's gradient."""

    output: PlaceAnswer
    """The cell whose gradient is the upstream gradient."""
    input: PlaceAnswer | None
    """The cell whose value is the local derivative; null on padding."""
    upstream: float
    factor: float
    is_all: bool
    """Whether all other products are 0."""


class StepAnswer(TypedDict):
    """One step of a pass: the arrays that are known after it, and its sentence."""

    phase: Phase
    layer: int | None
    moves: str | None
    """Which moves it shows; null where none are listed."""
    gradients_from: int
    parameters_from: int
    values_to: int
    label: str
    sentence: str
    example: PlaceAnswer | None
    """The cell that the sentence is about."""
    pair: PairAnswer | None
    meeting: MeetingAnswer | None


class StoryAnswer(TypedDict):
    """The steps of both passes."""

    forward: list[StepAnswer]
    steps: list[StepAnswer]
    """The steps of the backward pass."""
    longest: str
    """The longest sentence; the page reserves room for it."""


def story(channels: OpenChannels, pinned: Cell | None = None) -> StoryAnswer:
    """The steps of both passes with their sentences, which take longer to compute than the numbers.

    A step's sentence is about the pinned cell if the step concerns it.
    """
    ahead, steps = (
        [_step(channels, step, pinned) for step in passed(channels.trace)]
        for passed in (forward, backward)
    )
    longest = max((step["sentence"] for step in ahead + steps), key=len)
    return {"forward": ahead, "steps": steps, "longest": longest}


def _step(channels: OpenChannels, step: Step, pinned: Cell | None) -> StepAnswer:
    trace = channels.trace
    reached = -1 if step.layer is None else trace.network.read_by(step.layer, step.skips)
    if pinned and not sentences.concerns(step, trace, pinned):
        pinned = None
    return _told(weakref.ref(trace), step, channels.output(reached).cells, pinned, spoken())


# A click changes the sentences of a few steps; the others are said again word for word.
@cached(LRUCache(MAX_TOLD), lock=Lock())
def _told(
    trace_of: Callable[[], Trace | None],
    step: Step,
    among: range,
    pinned: Cell | None,
    language: Language,
) -> StepAnswer:
    """A step in words. It refers to its trace weakly, so that a trace is forgotten all the same."""
    trace = trace_of()
    assert trace is not None
    example = sentences.step_example(step, trace, among, pinned)
    return {
        "phase": step.phase,
        "layer": step.layer,
        "moves": moves_key(step),
        "gradients_from": step.gradients_from,
        "parameters_from": step.parameters_from,
        "values_to": step.values_to,
        "label": sentences.step_label(step, trace),
        "sentence": sentences.step_sentence(step, trace, example),
        "pair": pair_json(trace.network, step),
        "example": None if example is None else _place(example),
        "meeting": _meeting(trace, example) if example and example.parameter else None,
    }


def _place(cell: Cell) -> PlaceAnswer:
    key = f"{cell.layer}.{cell.parameter}" if cell.parameter else str(cell.layer)
    return {"key": key, "at": cell.at}


def _meeting(trace: Trace, weight: Cell) -> MeetingAnswer:
    """The largest product of a weight's gradient in the shown example: its output and input."""
    receipt = receipt_of(trace, weight)
    own = receipt.of_example(trace.at)
    term = (own.start or 0) + int(np.abs(receipt.products[own]).argmax())
    output = int(receipt.sources[term])
    read = input_met(trace, weight, output)
    return {
        "output": _place(Cell(weight.layer, output)),
        "input": None if read is None else _place(read),
        "upstream": float(receipt.upstream[term]) + 0.0,
        "factor": float(receipt.factors[term]) + 0.0,
        "is_all": int(np.count_nonzero(receipt.products)) <= 1,
    }
