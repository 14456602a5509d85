"""A trace as a numpy script: the network worked out by hand, forwards and backwards."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine.heads import CrossEntropy, MeanSquaredError, Upstream
from app.engine.layers import (
    AvgPool2d,
    Conv2d,
    Identity,
    Layer,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Relu,
    Sigmoid,
    Tanh,
)
from app.engine.network import Network, Trace
from app.export import worked
from app.export.fields import ceil_mode, names
from app.export.numbers import RELATIVE, literal, rounding, unsettled

_HEADER = '''\
"""A small network in numpy alone, forwards and backwards. Exported from Gradient Routing.

It prints every number of the network and asserts that it is the one on the screen.
"""
'''

_CHECK = '''\
def check(name, computed, on_screen):
    """Print an array, and assert that it is the one on the screen."""
    print(f"{{name}}:\\n{{np.asarray(computed)}}\\n")
    # Sums that are added in another order differ in their last digits.
    np.testing.assert_allclose(
        computed, on_screen, rtol={relative}, atol={rounding}, err_msg=name
    )
'''

_SETTLED = '''\
def settled(name, computed, on_screen):
    """Check an array, and go on with the numbers on the screen.

    Here a maximum, or the side of a ReLU, is decided by less than rounding may change, and another
    order of adding could take another route.
    """
    check(name, computed, on_screen)
    return np.array(on_screen)
'''


def numpy_script(trace: Trace) -> str:
    """Source text that builds the network, prints its numbers and asserts them."""
    network = trace.network
    named = names(network)
    settled = set(unsettled(trace))
    check = _CHECK.format(relative=RELATIVE, rounding=max(rounding(trace)))
    parts = [
        "\n".join([_HEADER, *_imports(network)]),
        *_functions(network),
        check,
        *([_SETTLED] if settled else []),
        "\n".join(_numbers(network)),
        "\n".join(_forwards(trace, named, settled)),
        "\n".join(_backwards(network, named)),
        "\n".join(_checks(trace, named, settled)),
    ]
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def _imports(network: Network) -> list[str]:
    lines = ["import numpy as np"]
    kinds = {type(layer) for layer in network.layers}
    if kinds & {Conv2d, MaxPool2d, AvgPool2d}:
        lines += [
            "from numpy.typing import NDArray",
            "",
            "Array = NDArray[np.float64]",
            "Pair = tuple[int, int]",
        ]
    if MaxPool2d in kinds:
        lines.append("Cells = dict[tuple[int, int, int], list[Pair]]")
    return lines


def _functions(network: Network) -> list[str]:
    kinds = {type(layer) for layer in network.layers}
    wanted: list[Callable[..., Any]] = []
    if kinds & {Conv2d, MaxPool2d, AvgPool2d}:
        wanted += [worked.output_size]
    if Conv2d in kinds:
        wanted += [worked.window_slices, worked.conv2d, worked.conv2d_backward]
    if kinds & {MaxPool2d, AvgPool2d}:
        wanted += [worked.window_cells]
    if MaxPool2d in kinds:
        wanted += [worked.max_pool2d, worked.max_pool2d_backward]
    if AvgPool2d in kinds:
        wanted += [worked.avg_pool2d, worked.avg_pool2d_backward]
    return [inspect.getsource(function) for function in wanted]


def _numbers(network: Network) -> list[str]:
    lines = ["# --- the network's numbers", "", f"x = np.array({literal(network.x, ' ' * 13)})"]
    for i, layer in enumerate(network.layers):
        for name, array in layer.parameters.items():
            start = f"{name}_{i} = np.array("
            lines.append(f"{start}{literal(array, ' ' * len(start))})")
    head = network.head
    if isinstance(head, MeanSquaredError):
        lines.append(f"target = np.array({literal(head.target, ' ' * 18)})")
    if isinstance(head, Upstream):
        lines.append(f"upstream = np.array({literal(head.gradient, ' ' * 20)})")
    return lines


def _forwards(trace: Trace, named: list[str], settled: set[int]) -> list[str]:
    network = trace.network
    lines = ["# --- forwards", ""]
    for i, layer in enumerate(network.layers):
        x, y = named[i], named[i + 1]
        lines.append(_forward(trace, i, layer, x, y))
        if i in settled:
            start = f'{y} = settled("{y}", {y}, '
            lines.append(f"{start}{literal(trace.values[i + 1], ' ' * len(start))})")
    head, last = network.head, named[-1]
    if isinstance(head, MeanSquaredError):
        lines.append(f"loss = (({last} - target) ** 2).{head.reduction}()")
    if isinstance(head, CrossEntropy):
        lines += [
            "# Softmax, shifted by the largest score so that no exponential overflows.",
            f"exponentials = np.exp({last} - {last}.max())",
            "probabilities = exponentials / exponentials.sum()",
            f"loss = np.log(exponentials.sum()) - ({last}[{head.target}] - {last}.max())",
        ]
    return lines


def _forward(trace: Trace, i: int, layer: Layer, x: str, y: str) -> str:
    bias = "bias" in layer.parameters
    match layer:
        case Conv2d():
            added = f" + bias_{i}[:, None, None]" if bias else ""
            return f"{y} = conv2d(\n    {x}, weight_{i}, {_slide(layer)},\n){added}"
        case Linear():
            return f"{y} = weight_{i} @ {x}" + (f" + bias_{i}" if bias else "")
        case Relu():
            return f"{y} = np.maximum({x}, 0.0)"
        case LeakyRelu():
            return f"{y} = np.where({x} > 0, {x}, {layer.negative_slope!r} * {x})"
        case Sigmoid():
            if trace.values[i].min() < -700:
                # The plain formula would overflow on the way to its 0.
                return f"{y} = np.exp(-np.logaddexp(0.0, -{x}))"
            return f"{y} = 1.0 / (1.0 + np.exp(-{x}))"
        case Tanh():
            return f"{y} = np.tanh({x})"
        case Identity():
            return f"{y} = {x}"
        case MaxPool2d():
            return (
                f"{y}, winners_{i} = max_pool2d(\n"
                f"    {x}, {_pool(layer)}, dilation={layer.windows.dilation},\n"
                f'    ceil_mode={ceil_mode(layer)}, ties="{layer.ties}",\n)'
            )
        case AvgPool2d():
            return (
                f"{y}, divisors_{i} = avg_pool2d(\n    {x}, {_pool(layer)},\n"
                f"    ceil_mode={ceil_mode(layer)}, "
                f"count_include_pad={layer.count_include_pad},\n)"
            )
        case _:
            return f"{y} = {x}.reshape(-1)"


def _backwards(network: Network, named: list[str]) -> list[str]:
    head, last = network.head, named[-1]
    lines = ["# --- backwards: d_ is the derivative of the loss", ""]
    if isinstance(head, MeanSquaredError):
        count = f" / {math.prod(head.target.shape)}" if head.reduction == "mean" else ""
        lines.append(f"d_{last} = 2.0 * ({last} - target){count}")
    elif isinstance(head, CrossEntropy):
        lines += [
            f"d_{last} = probabilities.copy()",
            f"d_{last}[{head.target}] -= 1.0  # p − y",
        ]
    else:
        lines[0] = "# --- backwards: d_ is the derivative of what the upstream gradients ask for"
        lines.append(f"d_{last} = upstream")
    for i in reversed(range(len(network.layers))):
        lines += _backward(network.layers[i], i, named[i], named[i + 1])
    return lines


def _backward(layer: Layer, i: int, x: str, y: str) -> list[str]:
    match layer:
        case Conv2d():
            call = f"conv2d_backward(\n    d_{y}, {x}, weight_{i}, {_slide(layer)},\n)"
            lines = [f"d_{x}, d_weight_{i} = {call}"]
            if "bias" in layer.parameters:
                added = "  # it is added at every position"
                lines.append(f"d_bias_{i} = d_{y}.sum(axis=(1, 2)){added}")
            return lines
        case Linear():
            lines = [f"d_weight_{i} = np.outer(d_{y}, {x})"]
            if "bias" in layer.parameters:
                lines.append(f"d_bias_{i} = d_{y}")
            return [*lines, f"d_{x} = weight_{i}.T @ d_{y}"]
        case Relu():
            return [f"d_{x} = d_{y} * ({x} > 0)"]
        case LeakyRelu():
            return [f"d_{x} = d_{y} * np.where({x} > 0, 1.0, {layer.negative_slope!r})"]
        case Sigmoid():
            return [f"d_{x} = d_{y} * {y} * (1.0 - {y})"]
        case Tanh():
            return [f"d_{x} = d_{y} * (1.0 - {y} ** 2)"]
        case Identity():
            return [f"d_{x} = d_{y}"]
        case MaxPool2d():
            return [f'd_{x} = max_pool2d_backward(d_{y}, {x}, winners_{i}, ties="{layer.ties}")']
        case AvgPool2d():
            return [f"d_{x} = avg_pool2d_backward(d_{y}, {x}, divisors_{i}, {_pool(layer)})"]
        case _:
            return [f"d_{x} = d_{y}.reshape({x}.shape)"]


def _slide(layer: Conv2d) -> str:
    slide = layer.windows
    return f"stride={slide.stride}, padding={slide.padding}, dilation={slide.dilation}"


def _pool(layer: MaxPool2d | AvgPool2d) -> str:
    slide = layer.windows
    return f"kernel={slide.kernel}, stride={slide.stride}, padding={slide.padding}"


def _checks(trace: Trace, named: list[str], settled: set[int]) -> list[str]:
    lines = ["# --- the numbers on the screen", ""]

    def check(name: str, computed: str, array: object) -> None:
        start = f'check("{name}", {computed}, '
        lines.append(f"{start}{literal(array, ' ' * len(start))})")

    for i, layer in enumerate(trace.network.layers):
        if i not in settled:
            check(named[i + 1], named[i + 1], trace.values[i + 1])
        if isinstance(layer, MaxPool2d):
            winners = layer.winners(trace.tapes[i])
            width = layer.windows.plane[1]
            start = f"assert np.reshape(flat, {winners.shape}).tolist() == "
            lines += [
                f"flat = [row * {width} + column for (row, column), *_ in winners_{i}.values()]",
                f"{start}{literal(winners, ' ' * len(start))}",
            ]
    if trace.probabilities is not None:
        check("probabilities", "probabilities", trace.probabilities)
    if trace.loss is not None:
        check("loss", "loss", np.array(trace.loss))
    for i in reversed(range(len(named))):
        check(f"gradient of {named[i]}", f"d_{named[i]}", trace.gradients[i])
        for name, gradient in trace.parameters[i - 1].items() if i else ():
            check(f"gradient of {name}_{i - 1}", f"d_{name}_{i - 1}", gradient)
    return [*lines, 'print("All of these are the numbers on the screen.")']
