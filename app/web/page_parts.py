"""What a page holds for one network: its tables, its form, the arrays that can be checked.

A page is made with them, and shows a network of another structure by exchanging them.
"""

from typing import Any, TypedDict

from flask import render_template

from app.engine.receipt import Cell
from app.engine.step import suggested_rate
from app.lessons.lesson import Lesson
from app.stage.channels import OpenChannels
from app.stage.picture import Grid, grids
from app.stage.settings import choices
from app.stage.story import story
from app.text import sentences

MAX_FIELDS = 100
"""Cells of one array that the form still shows as fields; larger ones are edited in the picture."""


class PinnedAnswer(TypedDict):
    """The cell that a page opens at, as the page names it."""

    key: str
    index: str


class PartsAnswer(TypedDict):
    """The parts of a page as HTML, and what it opens at."""

    grids: str
    form: str
    too_large: bool
    arrays: str
    learning: str
    pinned: PinnedAnswer


def parts_of(channels: OpenChannels, drawn: list[Grid], pinned: Cell) -> dict[str, Any]:
    """What the templates of these parts are filled in with."""
    trace = channels.trace
    index = ",".join(map(str, sentences.index_of(trace, pinned)))
    return {
        "grids": drawn,
        "fields": [grid for grid in drawn if grid.path and grid.value.size <= MAX_FIELDS],
        "too_large": any(grid.path and grid.value.size > MAX_FIELDS for grid in drawn),
        "choices": choices(trace),
        "arrays": [grid for grid in drawn if grid.layer is not None],
        "rate": suggested_rate(trace),
        "objective": "outputs" if trace.loss is None else "loss",
        "pinned": {"key": str(pinned.layer), "index": index},
    }


def exchanged(lesson: Lesson, channels: OpenChannels) -> dict[str, Any]:
    """The parts of the page of another network, and its story."""
    parts = parts_of(channels, grids(channels), lesson.pinned)
    answer: PartsAnswer = {
        "grids": render_template("_grids.html", question=None, **parts),
        "form": render_template("_form.html", **parts),
        "too_large": parts["too_large"],
        "arrays": render_template("_arrays.html", **parts),
        "learning": render_template("_learning.html", **parts),
        "pinned": parts["pinned"],
    }
    return {"parts": answer, **story(channels, lesson.pinned)}
