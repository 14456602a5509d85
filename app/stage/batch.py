"""Which example of a batch the stage shows, and a small picture of each to choose from."""

from base64 import b64encode

import numpy as np
from typing_extensions import TypedDict

from app.engine.network import Trace
from app.text.numbers import figure
from app.text.texts import say

FEW = 4
"""With at most this many examples, one goes from one to the next without small pictures."""
MAX_PICTURED = 64
"""The most examples that have a small picture: the first ones."""
MAX_SIDE = 32
"""The most rows and columns of a small picture; of larger inputs, every second cell or fewer."""


class ThumbsAnswer(TypedDict):
    """Small pictures of the first channel of the examples, one after the other."""

    columns: int
    """Of one picture."""
    cells: int
    """Of one picture."""
    levels: str
    """All pictures as int8, base64; ±127 stands for the largest |input|."""


class BatchAnswer(TypedDict):
    """The shown example of a batch."""

    example: int
    examples: int
    count: str
    """«Example 1 of 2»."""
    sentence: str
    thumbs: ThumbsAnswer | None
    """None for few examples."""


def batch_json(trace: Trace) -> BatchAnswer | None:
    """The example that a trace is of; None where the network has one example."""
    if trace.batch is None:
        return None
    examples = trace.batch.network.examples or 1
    sentence = say("batch.sentence", n=examples)
    if trace.loss is not None and trace.batch.loss is not None:
        loss, share = figure(trace.batch.loss), figure(trace.loss)
        sentence = f"{sentence} {say('batch.loss', loss=loss, share=share)}"
    return {
        "example": trace.at,
        "examples": examples,
        "count": say("batch.count", at=trace.at + 1, of=examples),
        "sentence": sentence,
        "thumbs": _thumbs(trace.batch) if examples > FEW else None,
    }


def _thumbs(batch: Trace) -> ThumbsAnswer:
    x = batch.values[0][:MAX_PICTURED]
    planes = x[:, 0] if x.ndim == 4 else x.reshape(len(x), -1, x.shape[-1])[:, :1]
    down, across = (-(-side // MAX_SIDE) for side in planes.shape[1:])
    planes = planes[:, ::down, ::across]
    most = float(np.abs(planes).max()) or 1.0
    levels = np.rint(127 * (planes / most)).astype(np.int8)
    return {
        "columns": planes.shape[2],
        "cells": planes.shape[1] * planes.shape[2],
        "levels": b64encode(levels.tobytes()).decode(),
    }
