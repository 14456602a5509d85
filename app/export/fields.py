"""What a script calls a network's arrays, and the options it writes for its layers."""

from app.engine.heads import Head, PerHead
from app.engine.layers import AvgPool2d, MaxPool2d
from app.engine.network import Network
from app.export.worked import output_size


def names(network: Network) -> list[str]:
    """`x`, then `conv2d_0`, `relu_1` and so on: the input and each layer's output."""
    return ["x", *(f"{layer.name}_{i}" for i, layer in enumerate(network.layers))]


def read_by(network: Network, layer: int) -> str:
    """What a script passes to a layer: the output it reads, or the sum of two."""
    named = names(network)
    return " + ".join(named[source + 1] for source in network.inputs_of(layer))


def given_name(head: Head, field: str) -> str:
    """What a script calls an array that is given to the head."""
    return _GIVEN[head.name].get(field, field)


_GIVEN: PerHead[dict[str, str]] = {
    "upstream": {"gradient": "upstream"},
    "cross_entropy": {},
    "binary_cross_entropy_with_logits": {},
    "binary_cross_entropy": {},
    "mse": {},
    "smooth_l1": {},
    "huber": {},
}


def ceil_mode(layer: MaxPool2d | AvgPool2d) -> bool:
    """Whether a window runs off the end; a pool does not remember if it only might have."""
    slide = layer.windows
    axes = zip(slide.plane, slide.kernel, slide.stride, slide.padding, slide.dilation, strict=True)
    return slide.out != tuple(output_size(*axis, ceil_mode=False) for axis in axes)
