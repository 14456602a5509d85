"""Is this gradient right? What was given or pasted, read, judged and answered."""

from typing import Any

import numpy as np

from app.check import diagnosis
from app.check.given import read_given
from app.document.places import find_shape
from app.engine.mistakes import diagnose
from app.engine.network import Trace


def check_json(
    trace: Trace, layer: int, parameter: str | None, array: list[Any] | None, text: str | None
) -> dict[str, Any]:
    """Whether an array is the gradient of a layer's output (−1: the input) or parameter.

    Raises:
        Refusal: there is no such array, or what was given has not its shape.
    """
    brought = read_given(array, text, find_shape(trace, layer, parameter, "of"))
    found = diagnose(trace, layer, parameter, brought)
    worst = diagnosis.worst_cell(found)
    return {
        "right": found.right,
        "difference": found.difference,
        "mistakes": diagnosis.mistakes(trace, layer, parameter, brought, found),
        "sentence": diagnosis.explain(trace, layer, parameter, brought, found),
        "given": brought.array,
        "wrong": found.wrong,
        "differs": int(np.count_nonzero(found.wrong)),
        "largest": None
        if found.right
        else {
            "index": [int(i) for i in np.unravel_index(worst, found.true.shape)],
            "given": brought.array.reshape(-1)[worst],
            "gradient": found.true.reshape(-1)[worst] + 0.0,
        },
        "complete": found.complete,
    }
