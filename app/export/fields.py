"""What a script calls a network's arrays, and the options it writes for its layers."""

from app.engine.layers import KINDS, AvgPool2d, MaxPool2d
from app.engine.network import Network
from app.export.worked import output_size


def names(network: Network) -> list[str]:
    """`x`, then `conv2d_0`, `relu_1` and so on: the input and each layer's output."""
    kinds = {kind: name for name, kind in KINDS.items()}
    return ["x", *(f"{kinds[type(layer)]}_{i}" for i, layer in enumerate(network.layers))]


def ceil_mode(layer: MaxPool2d | AvgPool2d) -> bool:
    """Whether a window runs off the end; a pool does not remember if it only might have."""
    slide = layer.windows
    axes = zip(slide.plane, slide.kernel, slide.stride, slide.padding, slide.dilation, strict=True)
    return slide.out != tuple(output_size(*axis, ceil_mode=False) for axis in axes)
