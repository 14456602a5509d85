"""The steps of both passes in words."""

import weakref
from collections.abc import Callable
from threading import Lock

from cachetools import LRUCache, cached
from typing_extensions import TypedDict

from app.engine.network import Trace
from app.engine.receipt import Cell
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


class StoryAnswer(TypedDict):
    """The steps of both passes."""

    forward: list[StepAnswer]
    steps: list[StepAnswer]
    """The steps of the backward pass."""
    longest: str
    """The longest sentence; the page reserves room for it."""


def story(channels: OpenChannels, pinned: Cell | None = None) -> StoryAnswer:
    """The steps of both passes with their sentences, which take longer to compute than the numbers.

    A step's sentence is about the pinned cell if the step concerns it; if the step sends its
    gradient on, about the cell that gets most of it.
    """
    ahead, steps = (
        [_step(channels, step, pinned) for step in passed(channels.trace)]
        for passed in (forward, backward)
    )
    longest = max((step["sentence"] for step in ahead + steps), key=len)
    return {"forward": ahead, "steps": steps, "longest": longest}


def _step(channels: OpenChannels, step: Step, pinned: Cell | None) -> StepAnswer:
    trace = channels.trace
    if pinned and not sentences.follows(step, trace, pinned):
        pinned = None
    return _told(weakref.ref(trace), step, channels.goal(step), pinned, spoken())


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
    }


def _place(cell: Cell) -> PlaceAnswer:
    key = f"{cell.layer}.{cell.parameter}" if cell.parameter else str(cell.layer)
    return {"key": key, "at": cell.at}
