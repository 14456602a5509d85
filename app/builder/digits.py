"""Ten real handwritten digits as inputs; digits.json names their source."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from app.builder.fill import nested

SIDE = 8
BRIGHTEST = 16


@cache
def digits() -> dict[str, list[list[int]]]:
    """By digit, [8][8] shades from 0 (the background) to 16."""
    shades: dict[str, list[list[int]]] = json.loads(_file())["digits"]
    return shades


def source() -> str:
    """The source of the digits and their licence."""
    about: str = json.loads(_file())["about"]
    return about


def digit_input(digit: int, channels: int = 1, side: int = SIDE) -> list[list[list[float]]]:
    """[channels][side][side] from 0 to 1: one digit, enlarged or reduced by linear interpolation.

    The corner values stay. Every channel holds the same picture, to three decimals.
    """
    picture = np.array(digits()[str(digit)], np.float64) / BRIGHTEST
    at, old = np.linspace(0, SIDE - 1, side), np.arange(SIDE)
    rows = np.array([np.interp(at, old, row) for row in picture])
    scaled = np.array([np.interp(at, old, column) for column in rows.T]).T
    channel: list[list[float]] = nested(np.round(scaled, 3))
    return [channel] * channels


@cache
def _file() -> str:
    return Path(__file__).with_name("digits.json").read_text("utf-8")
