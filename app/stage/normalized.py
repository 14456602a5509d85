"""What a batch normalization does to each cell: the numbers between its input and its output."""

from typing import NotRequired

import numpy as np
from typing_extensions import TypedDict

from app.engine.layers.normalization import BatchNorm2d
from app.engine.network import Trace
from app.engine.types import Array

MAX_CELLS = 256
"""Of more drawn cells, the numbers in between are left out."""


class NormalizedAnswer(TypedDict):
    """By channel, as for all channels: output = (input − mean) / deviation · scale + shift."""

    mean: list[float]
    deviation: list[float]
    """√(running variance + ε)."""
    slope: list[float]
    """scale / deviation: each local derivative."""
    between: NotRequired[tuple[list[float], list[float], list[float]]]
    """Of the drawn cells: less the mean, over the deviation, times the scale."""


def normalized(trace: Trace, layer: int | None, drawn: slice) -> NormalizedAnswer | None:
    """The numbers of a batch normalization; None for every other layer."""
    own = None if layer is None or layer < 0 else trace.network.layers[layer]
    if layer is None or not isinstance(own, BatchNorm2d):  # no other layer has a mean
        return None
    x = trace.values[trace.network.read_by(layer) + 1]
    scale = np.ones(len(x)) if own.weight is None else own.weight
    answer: NormalizedAnswer = {
        "mean": own.running_mean.tolist(),
        "deviation": own.deviation.tolist(),
        "slope": (scale / own.deviation).tolist(),
    }
    centred = x - _by_channel(own.running_mean)
    normal = centred / _by_channel(own.deviation)
    between = [
        (each.reshape(-1)[drawn] + 0.0).tolist()
        for each in (centred, normal, normal * _by_channel(scale))
    ]
    if len(between[0]) <= MAX_CELLS:
        answer["between"] = (between[0], between[1], between[2])
    return answer


def _by_channel(array: Array) -> Array:
    return array[:, None, None]
