"""Which networks are small enough for what takes long."""

from app.document.document import Refusal
from app.engine.network import Trace
from app.engine.probe import work
from app.engine.receipt import Cell

MAX_CHECK = 5 * 10**9
"""Numbers handled to check every gradient of a network once: about ten seconds."""


MAX_EXAMPLES = 500
"""The most examples of a batch through which the paths to a parameter are followed."""


def check_followable(trace: Trace, cell: Cell) -> None:
    """Refuse to follow the paths to a parameter through a batch of very many examples."""
    examples = 1 if trace.batch is None else trace.batch.network.examples or 1
    if cell.parameter is not None and examples > MAX_EXAMPLES:
        wrong = (
            f"The paths to a parameter go through all {examples:,} examples, and at most "
            f"{MAX_EXAMPLES} are followed. Use fewer examples."
        )
        raise Refusal([(("network", "input"), wrong)])


def check_affordable(trace: Trace) -> None:
    """Refuse to check all gradients of a network so large that it would take minutes."""
    network = trace.network
    arrays = 1 + sum(len(layer.parameters) for layer in network.layers)
    if 2 * arrays * work(network) > MAX_CHECK:
        wrong = (
            "Checking every gradient of this network takes too long. Nudge one number at a time, "
            "or use smaller maps or fewer channels."
        )
        raise Refusal([(("network",), wrong)])
