"""Document → network → trace, within limits of work.

``build`` makes a document’s layers a network whose layers fit, and ``run`` its trace. Sizes are
checked layer by layer, up to the first layer that does not fit.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from app.document.document import Document, Refusal
from app.document.fields import Location, Model
from app.engine.heads import KINDS as HEADS
from app.engine.layers import KINDS as LAYERS
from app.engine.layers import Layer as EngineLayer
from app.engine.network import Network, Trace
from app.engine.types import Misfit, Overflow
from app.text.sentences import layer_title

MAX_CELLS = 2_000_000
"""Numbers in all maps together, their padding included."""
MAX_WINDOW_READS = 10_000_000
"""Numbers that all windows together copy out of their inputs."""
MAX_MULTIPLY_ADDS = 300_000_000
"""Products of one forward pass; 3×64×64 with 5×5 kernels, 32 and 64 of them, takes 220 million."""


class _Budget:
    """Adds up the work of the layers, and refuses the layer that exceeds a limit."""

    def __init__(self, cells: int, examples: int) -> None:
        self.cells, self.window_reads, self.multiply_adds = cells, 0, 0
        self.examples = examples

    def admit(self, layer: EngineLayer) -> None:
        self.cells += self.examples * layer.cells
        self.window_reads += self.examples * layer.window_reads
        self.multiply_adds += self.examples * layer.multiply_adds
        for what, spent, limit in (
            ("cells", self.cells, MAX_CELLS),
            ("window reads", self.window_reads, MAX_WINDOW_READS),
            ("multiply-adds", self.multiply_adds, MAX_MULTIPLY_ADDS),
        ):
            if spent > limit:
                raise Misfit(
                    None,
                    f"Too much work: up to this layer the network takes {spent:,} {what}, and the "
                    f"limit is {limit:,}. Use smaller maps, fewer channels or a larger stride"
                    f"{', or fewer examples' if self.examples > 1 else ''}.",
                )


def build(document: Document, bound: Callable[[EngineLayer], None] | None = None) -> Network:
    """Bind the layers to each other's shapes; ``bound`` hears of each that fits, in order.

    Raises:
        Refusal: at the first layer, or the head, that does not fit or costs too much.
    """
    problems = document.batch_problems()
    if problems:
        raise Refusal(problems)
    if document.input.size > MAX_CELLS:
        raise Refusal([(("input",), f"Too large: at most {MAX_CELLS:,} numbers.")])
    budget = _Budget(document.input.size, len(document.input) if document.is_batch else 1)

    def admit(layer: EngineLayer) -> None:
        budget.admit(layer)
        if bound is not None:
            bound(layer)

    try:
        return Network(
            document.input,
            [partial(LAYERS[each.type], **_fields(each)) for each in document.layers],
            partial(HEADS[document.head.type], **_fields(document.head)),
            admit,
            document.is_batch,
        )
    except Misfit as misfit:
        place: Location = ("head",) if misfit.layer is None else ("layers", misfit.layer)
        raise Refusal([((*place, *filter(None, [misfit.field])), str(misfit))]) from None


def check_single(network: Network) -> None:
    """Refuse a batch where one example is needed.

    Raises:
        Refusal: it says what to send instead.
    """
    if network.examples is not None:
        wrong = (
            f"This is a batch of {network.examples}, and what you asked for needs one example: "
            "give one of them as the input, with its own target."
        )
        raise Refusal([(("input",), wrong)])


def run(document: Document) -> Trace:
    """Document → trace.

    Raises:
        Refusal: at the first layer that does not fit, costs too much, or overflows.
    """
    network = build(document)
    with overflows_refused(network):
        return network.trace()


@contextmanager
def overflows_refused(network: Network) -> Iterator[None]:
    """Turns an Overflow, or outputs that do not suit the loss, into a Refusal that says where."""
    try:
        yield
    except Overflow as overflow:
        raise _refusal_of(overflow, network) from None
    except Misfit as misfit:
        raise Refusal([(("head",), str(misfit))]) from None


def _refusal_of(overflow: Overflow, network: Network) -> Refusal:
    place: Location = ("head",) if overflow.layer is None else ("layers", overflow.layer)
    where = "the outputs" if overflow.layer is None else layer_title(network, overflow.layer)
    wrong = (
        f"At {where}, {overflow.what} grows beyond 10³⁰⁸, too large for float64 to add up safely. "
        "Use smaller weights or inputs."
    )
    return Refusal([(place, wrong)])


def _fields(model: Model) -> dict[str, Any]:
    fields = vars(model).copy()
    del fields["type"]
    return fields
