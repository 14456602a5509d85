"""Two maxima in one window: who gets the gradient is a rule, and rules differ."""

import numpy as np

from app.engine.layers import max_pools
from app.engine.network import Trace
from app.engine.receipt import Cell
from app.lessons.lesson import Lesson
from app.text.numbers import figure
from app.text.sentences import listed

_RULES = {
    "first": "The first maximum takes it all (so do PyTorch, TensorFlow and JAX)",
    "last": "The last maximum takes it all",
    "split": "The maxima share it evenly",
    "all": "Every maximum gets all of it, which invents gradient (wrong, and common)",
}


def _tied(trace: Trace) -> int:
    return int(np.count_nonzero(trace.values[0] == trace.values[0].max()))


def _question(trace: Trace) -> str:
    tied = _tied(trace)
    if tied == 1:
        return "A window has one maximum. Who gets the gradient?"
    return f"A window has {tied} maxima. Who gets the gradient?"


def _answer(trace: Trace) -> str:
    pool = max_pools(trace.network.layers)[0]
    paid = listed([figure(g) for g in trace.gradients[0].reshape(-1)])
    if _tied(trace) == 1:
        return f"No two are equal now, so every rule says the same: the cells get {paid}."
    arrived, given = figure(trace.gradients[0].sum()), figure(trace.gradients[-1].sum())
    return (
        f"{_RULES[pool.ties]}: the cells get {paid}. Their gradients add up to {arrived}; the "
        f"pooled cell's gradient is {given}. Choose another rule below."
    )


LESSON = Lesson(
    slug="ties",
    title="A tie, under each rule",
    network={
        "version": 1,
        "title": "a tie",
        "input": [[[5, 5], [1, 2]]],
        "layers": [{"type": "max_pool2d", "kernel": [2, 2], "ties": "first"}],
        "head": {"type": "upstream", "gradient": [[[6]]]},
    },
    pinned=Cell(-1, 1),
    question=_question,
    answer=_answer,
)
