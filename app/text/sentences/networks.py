"""What a network is made of, in words."""

from app.engine.heads import CrossEntropy, MeanSquaredError
from app.engine.layers import Conv2d, Flatten, LeakyRelu, Linear, MaxPool2d, Pool
from app.engine.network import Network
from app.text.numbers import figure
from app.text.sentences.names import layer_title, shape_words, side_words
from app.text.texts import say


def network_words(network: Network) -> list[str]:
    """A line for the input, for each layer that is drawn, and for where the way back starts."""
    lines = [(-1, shape_words(network.shape_of(-1)))]
    lines += [
        (i, _layer_words(network, i))
        for i, layer in enumerate(network.layers)
        if not isinstance(layer, Flatten)
    ]
    told = [
        say("architecture.line", layer=layer_title(network, i), words=words) for i, words in lines
    ]
    return [*told, _head_words(network)]


def _layer_words(network: Network, i: int) -> str:
    layer = network.layers[i]
    size = shape_words(layer.shape)
    if isinstance(layer, Linear):
        neurons, before = layer.weight.shape
        words = say("architecture.linear", n=neurons, before=before)
        return words if "bias" in layer.parameters else say("architecture.unbiased", words=words)
    said = []
    if isinstance(layer, Pool | Conv2d):
        windows = layer.windows
        kernel = shape_words(windows.kernel)
        pool = isinstance(layer, Pool)
        said.append(say("architecture.window" if pool else "architecture.kernel", size=kernel))
        usual = windows.kernel if isinstance(layer, Pool) else (1, 1)
        for name, pair, default in (
            ("stride", windows.stride, usual),
            ("padding", windows.padding, (0, 0)),
            ("dilation", windows.dilation, (1, 1)),
        ):
            if pair != default:
                said.append(say("architecture.slides", name, sides=side_words(pair)))
    if isinstance(layer, MaxPool2d) and layer.ties != "first":
        said.append(say("architecture.ties", rule=layer.ties))
    if isinstance(layer, LeakyRelu):
        said.append(say("architecture.negative_slope", slope=figure(layer.negative_slope)))
    return ", ".join([*said, say("architecture.giving", size=size)])


def _head_words(network: Network) -> str:
    head = network.head
    if isinstance(head, CrossEntropy):
        return say("architecture.cross_entropy", target=head.target)
    if isinstance(head, MeanSquaredError):
        return say("architecture.mean" if head.reduction == "mean" else "architecture.sum")
    return say("architecture.upstream")
