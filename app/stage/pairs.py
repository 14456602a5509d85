"""The two grids of a step's scene, and the layer between them."""

from typing_extensions import TypedDict

from app.engine.network import Network
from app.engine.timeline import Step


class PairAnswer(TypedDict):
    """The keys of the grids in a step's scene."""

    kind: str
    """How the source reads the target: the family of the layer, or «loss»."""
    source: str
    """The grid that the gradients come from."""
    target: str
    """The grid that they arrive at."""
    weight: str | None
    bias: str | None


def pair_json(network: Network, step: Step) -> PairAnswer | None:
    """The scene of a step; None for the last step, which shows the whole network."""
    if step.phase in ("done", "input"):
        return None
    if step.layer is None:
        last = network.read_by(len(network.layers))
        return PairAnswer(kind="loss", source="head", target=str(last), weight=None, bias=None)
    layer = network.layers[step.layer]
    return PairAnswer(
        kind=layer.family,
        source=str(step.layer),
        target=str(network.read_by(step.layer, step.skips)),
        weight=f"{step.layer}.weight" if "weight" in layer.parameters else None,
        bias=f"{step.layer}.bias" if "bias" in layer.parameters else None,
    )


def explaining(network: Network, steps: list[Step], layer: int, parameter: str | None) -> int:
    """The index of the step that computes the gradients of a layer's output or of a parameter."""
    if parameter:
        return next(
            i for i, step in enumerate(steps) if step.phase == "parameters" and step.layer == layer
        )
    bringing = [
        i
        for i, step in enumerate(steps)
        if step.layer is not None
        and step.phase not in ("forward", "multiply", "parameters")
        and network.read_by(step.layer, step.skips) == layer
    ]
    arriving = next(i for i, step in enumerate(steps) if step.phase == "arrive")
    return max(bringing, default=arriving)
