"""What a network is made of, in words."""

from app.engine.heads import CrossEntropy, MeanSquaredError
from app.engine.layers import Conv2d, Flatten, LeakyRelu, Linear, MaxPool2d, Pool
from app.engine.network import Network
from app.figures import figure
from app.wording.grammar import count
from app.wording.names import layer_title, shape_words


def network_words(network: Network) -> list[str]:
    """A line for the input, for each layer that is drawn, and for where the way back starts."""
    lines = [f"Input: {shape_words(network.shape_of(-1))}"]
    lines += [
        f"{layer_title(network, i)}: {_layer_words(network, i)}"
        for i, layer in enumerate(network.layers)
        if not isinstance(layer, Flatten)
    ]
    return [*lines, _head_words(network)]


def _layer_words(network: Network, i: int) -> str:
    layer = network.layers[i]
    size = shape_words(layer.shape)
    if isinstance(layer, Linear):
        neurons = count(layer.shape[0], "neuron")
        biased = "" if "bias" in layer.parameters else ", without bias"
        return f"{neurons}, each joined to all {layer.weight.shape[1]} before it{biased}"
    said = []
    if isinstance(layer, Pool | Conv2d):
        windows = layer.windows
        kernel = shape_words(windows.kernel)
        said.append(f"windows of {kernel}" if isinstance(layer, Pool) else f"kernel of {kernel}")
        usual = windows.kernel if isinstance(layer, Pool) else (1, 1)
        for name, pair, default in (
            ("stride", windows.stride, usual),
            ("padding", windows.padding, (0, 0)),
            ("dilation", windows.dilation, (1, 1)),
        ):
            if pair != default:
                one = str(pair[0]) if pair[0] == pair[1] else shape_words(pair)
                said.append(f"{name} {one}")
    if isinstance(layer, MaxPool2d) and layer.ties != "first":
        said.append(f"ties: {layer.ties}")
    if isinstance(layer, LeakyRelu):
        said.append(f"negative slope {figure(layer.negative_slope)}")
    return ", ".join([*said, f"giving {size}"])


def _head_words(network: Network) -> str:
    head = network.head
    if isinstance(head, CrossEntropy):
        return f"Loss: softmax with cross-entropy, the right class is {head.target}"
    if isinstance(head, MeanSquaredError):
        of = "mean" if head.reduction == "mean" else "sum"
        return f"Loss: the {of} of the squared differences from the targets"
    return "At the end: given upstream gradients"
