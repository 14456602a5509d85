"""What to say to a guess: whether it is right, or which known mistake gives this number."""

import numpy as np
from typing_extensions import TypedDict

from app.check.reasons import example_of, why
from app.check.titles import TITLES
from app.engine.mistakes import slips, wrong_pass
from app.engine.mistakes.catalogue import step_code
from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.text.numbers import figure
from app.text.texts import say

MAX_WORK = 20_000_000
"""Cells and products handled by the search for a mistake: a reader waits for the answer."""
NEAR = 5e-4
"""How near a guess must be, as a part of the number."""


class GuessAnswer(TypedDict):
    """What is said to a guess."""

    right: bool
    guess: str
    """As people write it."""
    sentence: str


def judge(trace: Trace, cell: Cell, guess: float) -> GuessAnswer:
    """Whether a guess is right, and a sentence about it.

    The mistakes are tried in the order of the catalogue; the first that gives this cell the guess
    is named. One number can be right for the wrong reason, so a right guess is not searched.
    """
    gradient = receipt_of(trace, cell).gradient
    said = figure(guess)
    if _agree(guess, gradient):
        return {"right": True, "guess": said, "sentence": say("guess.right", guess=said)}
    mistake = _mistake(trace, cell, guess)
    if mistake is None:
        return {"right": False, "guess": said, "sentence": say("guess.wrong", guess=said)}
    return {
        "right": False,
        "guess": said,
        "sentence": say("guess.mistake", guess=said, why=mistake),
    }


def _mistake(trace: Trace, cell: Cell, guess: float) -> str | None:
    network = trace.network
    cost = sum(layer.multiply_adds + layer.cells for layer in network.layers)
    left = MAX_WORK
    for slip in slips(network, cell.layer, cell.parameter):
        left -= cost
        if left < 0:
            return None
        made = wrong_pass(trace, (slip,))
        if made is None:
            continue
        array = made.array(cell.layer, cell.parameter)
        wrong = float(array.reshape(-1)[cell.at])
        if not np.isfinite(wrong) or not _agree(guess, wrong):
            continue
        if (code := step_code(slip.code)) is not None:
            example = example_of(trace, cell.layer, cell.parameter, made)
            if example.receipt.cell == cell:
                return why(trace, code, slip, example)
        return say("guess.named", mistake=TITLES[slip.code])
    return None


def _agree(guess: float, number: float) -> bool:
    return abs(guess - number) <= NEAR * max(abs(number), 1e-12)
