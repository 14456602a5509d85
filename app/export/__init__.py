"""Exports a network as scripts that run without this tool and assert its numbers."""

from typing_extensions import TypedDict

from app.document.document import Refusal
from app.engine.network import Trace
from app.export.numpy_script import numpy_script
from app.export.pytorch_script import pytorch_script

MAX_NUMBERS = 3_000_000
"""The most values, gradients and parameters in one script; with more, it exceeds 60 MB."""


LINES = 25
"""As many numbers are as long as the lines that a layer has in the script for each example."""


class ExportAnswer(TypedDict):
    """Scripts of a network that print its numbers and assert them."""

    pytorch: str
    numpy: str


def export(trace: Trace) -> ExportAnswer:
    """Write both scripts.

    Raises:
        Refusal: the network has so many numbers that the scripts would be too large to use.
    """
    numbers = sum(array.size for array in (*trace.values, *trace.gradients))
    if trace.network.examples is not None:
        numbers += LINES * trace.network.examples * len(trace.network.layers)
    for own in trace.parameters:
        numbers += 2 * sum(array.size for array in own.values())
    if numbers > MAX_NUMBERS:
        wrong = (
            f"Too large to export: this network has {numbers:,} values, gradients and parameters, "
            f"and a script holds at most {MAX_NUMBERS:,}. Use smaller maps or fewer channels."
        )
        raise Refusal([(("network",), wrong)])
    return {"pytorch": pytorch_script(trace), "numpy": numpy_script(trace)}


__all__ = ["MAX_NUMBERS", "ExportAnswer", "export", "numpy_script", "pytorch_script"]
