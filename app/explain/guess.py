"""Judges a guess: whether it is right, or which known mistake gives this number."""

import numpy as np
from typing_extensions import TypedDict

from app.check.example import example_of
from app.check.reasons import why
from app.check.titles import title
from app.engine.mistakes import slips, wrong_pass
from app.engine.mistakes.catalogue import step_code
from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.text.numbers import figure
from app.text.texts import say

MAX_WORK = 20_000_000
"""The most cells and products that the search for a mistake handles, because a reader waits."""
NEAR = 5e-4
"""How close a guess must be, relative to the number."""


class GuessAnswer(TypedDict):
    """The reply to a guess."""

    right: bool
    guess: str
    """The guess as people write it."""
    sentence: str


def judge(trace: Trace, cell: Cell, guess: float) -> GuessAnswer:
    """Judge a guess, with a sentence.

    The mistakes are tried in the order of the catalogue, and the first that gives this number is
    named. A right guess is not searched.
    """
    gradient = receipt_of(trace, cell).gradient
    written = figure(guess)
    if _agree(guess, gradient):
        return {"right": True, "guess": written, "sentence": say("guess.right", guess=written)}
    mistake = _mistake(trace, cell, guess)
    if mistake is None:
        return {"right": False, "guess": written, "sentence": say("guess.wrong", guess=written)}
    return {
        "right": False,
        "guess": written,
        "sentence": say("guess.mistake", guess=written, why=mistake),
    }


def _mistake(trace: Trace, cell: Cell, guess: float) -> str | None:
    if cell.parameter is not None and trace.batch is not None:
        trace = trace.batch  # all examples bring something to it
    network = trace.network
    cost = sum(layer.multiply_adds + layer.cells for layer in network.layers)
    cost *= network.examples or 1
    left = MAX_WORK
    for slip in slips(network, cell.layer, cell.parameter):
        left -= cost
        if left < 0:
            return None
        wrong = wrong_pass(trace, (slip,))
        if wrong is None:
            continue
        array = wrong.array(cell.layer, cell.parameter)
        number = float(array.reshape(-1)[cell.at])
        if not np.isfinite(number) or not _agree(guess, number):
            continue
        if (code := step_code(slip.code)) is not None:
            example = example_of(trace, cell.layer, cell.parameter, wrong)
            if example.receipt.cell == cell:
                return why(code, slip, example)
        return say("guess.named", mistake=title(slip, network.axes))
    return None


def _agree(guess: float, number: float) -> bool:
    return abs(guess - number) <= NEAR * max(abs(number), 1e-12)
