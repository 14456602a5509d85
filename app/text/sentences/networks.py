"""Describes a network in words."""

from collections.abc import Callable
from typing import Any

from app.engine.heads import CrossEntropy, NegativeLogLikelihood, PerHead
from app.engine.layers import ConvTranspose2d, Layer, Linear, PerFamily, Setting
from app.engine.network import Network
from app.text.numbers import figure
from app.text.sentences.names import (
    layer_title,
    options_of,
    output_words,
    shape_words,
    side_words,
    window_words,
)
from app.text.texts import say


def network_words(network: Network) -> list[str]:
    """One line each for the input, every drawn layer, and the start of the backward pass."""
    layers = [(-1, output_words(network.shape_of(-1)))]
    layers += [
        (i, _layer_words(network, i))
        for i, layer in enumerate(network.layers)
        if not layer.relabels
    ]
    lines = [
        say("architecture.line", layer=layer_title(network, i), words=words) for i, words in layers
    ]
    return [*lines, _head_words(network)]


def _layer_words(network: Network, i: int) -> str:
    layer = network.layers[i]
    words = _WORDS[layer.family](layer)
    if layer.skips_from is None:
        return words
    source = layer_title(network, network.maker_of(layer.skips_from))
    return say("architecture.add", source=source, words=words)


def _neurons(layer: Linear) -> str:
    neurons, before = layer.weight.shape
    words = say("architecture.linear", n=neurons, before=before)
    return words if "bias" in layer.parameters else say("architecture.unbiased", words=words)


def _map(layer: Layer) -> str:
    said, slide = [], layer.slide
    if slide is not None:
        key = "architecture.kernel" if layer.weight_noun else "architecture.window"
        said.append(say(key, size=window_words(slide.windows)))
        said += [say("architecture.slides", name, sides=sides) for name, sides in options_of(slide)]
    if layer.groups > 1:
        said.append(say("architecture.groups", n=layer.groups))
    said += [
        say("architecture.settings", setting.name, value=_value(layer, setting))
        for setting in layer.settings
        if not setting.choices or getattr(layer, setting.name) != layer.default(setting.name)
    ]
    return ", ".join([*said, say("architecture.giving", size=output_words(layer.shape))])


def _transposed(layer: ConvTranspose2d) -> str:
    windows = layer.windows
    said = [say("architecture.kernel", size=shape_words(windows.kernel))]
    said += [
        say("architecture.slides", name, sides=side_words(sides))
        for name, sides, usual in (
            ("stride", windows.stride, (1, 1)),
            ("padding", windows.padding, (0, 0)),
            ("output_padding", layer.output_padding, (0, 0)),
            ("dilation", windows.dilation, (1, 1)),
        )
        if sides != usual
    ]
    if layer.groups > 1:
        said.append(say("architecture.groups", n=layer.groups))
    return ", ".join([*said, say("architecture.giving", size=output_words(layer.shape))])


def _value(layer: Layer, setting: Setting) -> str:
    value = getattr(layer, setting.name)
    return str(value) if setting.choices else figure(value)


_WORDS: PerFamily[Callable[[Any], str]] = {
    "convolution": _map,
    "transposed_convolution": _transposed,
    "fully_connected": _neurons,
    "activation": _map,
    "softmax": _map,
    "max_pool": _map,
    "avg_pool": _map,
    "normalization": _map,
    "relabelling": _map,
    "addition": _map,
}


def _head_words(network: Network) -> str:
    return _HEADS[network.head.name](network.head)


def _weighed(head: CrossEntropy | NegativeLogLikelihood, words: str) -> str:
    if head.weight is not None:
        words = say("architecture.weighed", words=words)
    smoothing = getattr(head, "label_smoothing", 0.0)
    if not smoothing:
        return words
    return say("architecture.smoothed", words=words, share=figure(smoothing))


_HEADS: PerHead[Callable[[Any], str]] = {
    "upstream": lambda head: say("architecture.upstream"),
    "cross_entropy": lambda head: _weighed(
        head,
        say("architecture.cross_entropy.shares")
        if head.right is None
        else say("architecture.cross_entropy.one", target=head.right),
    ),
    "nll": lambda head: _weighed(head, say("architecture.nll", target=head.right)),
    "binary_cross_entropy_with_logits": lambda head: say(
        "architecture.binary_with_logits", head.reduction
    ),
    "binary_cross_entropy": lambda head: say("architecture.binary", head.reduction),
    "mse": lambda head: say("architecture.mse", head.reduction),
    "l1": lambda head: say("architecture.l1", head.reduction),
    "smooth_l1": lambda head: say("architecture.smooth_l1", head.reduction, beta=figure(head.beta)),
    "huber": lambda head: say("architecture.huber", head.reduction, delta=figure(head.delta)),
}
