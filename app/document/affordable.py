"""Which networks are small enough to have every gradient checked."""

from app.document.document import Refusal
from app.engine.network import Trace
from app.engine.probe import work

MAX_CHECK = 5 * 10**9
"""Numbers handled to check every gradient of a network once: about ten seconds."""


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
