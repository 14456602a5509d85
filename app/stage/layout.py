"""What of a page stands still while numbers change: its tables, its form and the order of steps."""

import hashlib

from app.engine.network import Network, Trace
from app.engine.timeline import backward
from app.stage.settings import choices
from app.text import sentences


def layout_of(trace: Trace) -> str:
    """A short name of a network's layout; another structure has another one.

    Two networks that differ in numbers and settings alone have the same, so that a page of one can
    show the other without new tables.
    """
    network = trace.network
    layers = [
        (
            layer.name,
            sentences.layer_title(network, i),
            layer.shape,
            layer.skips_from,
            [(name, array.shape) for name, array in layer.parameters.items()],
        )
        for i, layer in enumerate(network.layers)
    ]
    steps = [(step.phase, step.layer) for step in backward(trace)]
    settings = [(choice.path, choice.label, choice.options) for choice in choices(trace)]
    # Tables of another example hold the places of other numbers in the document.
    batch = None if trace.batch is None else (trace.batch.network.examples, trace.at)
    whole = (network.x.shape, layers, _head(network), steps, settings, batch)
    return hashlib.blake2b(repr(whole).encode(), digest_size=8).hexdigest()


def _head(network: Network) -> tuple[str, list[str]]:
    return network.head.name, list(network.head.arrays)
