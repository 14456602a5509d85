"""Exports a trace as a numpy script that computes both passes step by step."""

import inspect
import re

import numpy as np

from app.engine.network import Network, Reader, Trace
from app.export import worked
from app.export.fields import given_name, names, read_by
from app.export.numbers import RELATIVE, literal, rounding, unsettled
from app.export.numpy_heads import HEADS
from app.export.numpy_layers import LAYERS

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
    functions = _functions(network)
    parts = [
        "\n".join([_HEADER, *_imports("".join(functions))]),
        *functions,
        check,
        *([_SETTLED] if settled else []),
        "\n".join(_numbers(network)),
        "\n".join(_forwards(trace, named, settled)),
        "\n".join(_backwards(network, named)),
        "\n".join(_checks(trace, named, settled)),
    ]
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def _imports(functions: str) -> list[str]:
    """The imports that the functions in the script need."""
    lines = ["import math"] if "math." in functions else []
    lines.append("import numpy as np")
    aliases = [line for name, line in _ALIASES.items() if re.search(rf"\b{name}\b", functions)]
    return [*lines, "from numpy.typing import NDArray", "", *aliases] if aliases else lines


_ALIASES = {
    "Array": "Array = NDArray[np.float64]",
    "Pair": "Pair = tuple[int, int]",
    "Cells": "Cells = dict[tuple[int, int, int], list[Pair]]",
}


def _functions(network: Network) -> list[str]:
    used = {function for layer in network.layers for function in LAYERS[layer.name].functions}
    return [
        inspect.getsource(each) for each in vars(worked).values() if callable(each) and each in used
    ]


def _numbers(network: Network) -> list[str]:
    lines = ["# --- the network's numbers", "", f"x = np.array({literal(network.x, ' ' * 13)})"]
    for i, layer in enumerate(network.layers):
        for name, array in (layer.parameters | layer.constants).items():
            start = f"{name}_{i} = np.array("
            lines.append(f"{start}{literal(array, ' ' * len(start))})")
    for field, array in network.head.arrays.items():
        start = f"{given_name(network.head, field)} = np.array("
        lines.append(f"{start}{literal(array, ' ' * len(start))})")
    return lines


def _forwards(trace: Trace, named: list[str], settled: set[int]) -> list[str]:
    network = trace.network
    lines = ["# --- forwards", ""]
    for i, layer in enumerate(network.layers):
        x, y = read_by(network, i), named[i + 1]
        lines += LAYERS[layer.name].forward(layer, i, x, y, trace.values[i])
        if i in settled:
            start = f'{y} = settled("{y}", {y}, '
            lines.append(f"{start}{literal(trace.values[i + 1], ' ' * len(start))})")
    return lines + HEADS[network.head.name].forward(network.head, named[-1])


def _backwards(network: Network, named: list[str]) -> list[str]:
    head = network.head
    of = "the loss" if head.is_loss else "what the upstream gradients ask for"
    lines = [f"# --- backwards: d_ is the derivative of {of}", ""]
    lines += HEADS[head.name].backward(head, named[-1])
    for i, layer in reversed(list(enumerate(network.layers))):
        x, y = named[i], named[i + 1]
        readers = network.direct_readers(i - 1)
        arrived = len(readers) > 1 and readers[0] != Reader(i)
        if layer.skips_from is not None:
            skipped = named[layer.skips_from + 1]
            paid = network.direct_readers(layer.skips_from)[0] != Reader(i, skips=True)
            lines.append(f"d_{skipped} = " + (f"d_{skipped} + d_{y}" if paid else f"d_{y}"))
        if arrived:
            lines.append(f"arrived = d_{x}  # from what reads {x} further on")
        lines += LAYERS[layer.name].backward(layer, i, x, y)
        if arrived:
            lines.append(f"d_{x} = arrived + d_{x}")
    return lines


def _checks(trace: Trace, named: list[str], settled: set[int]) -> list[str]:
    lines = ["# --- the numbers on the screen", ""]

    def check(name: str, computed: str, array: object) -> None:
        start = f'check("{name}", {computed}, '
        lines.append(f"{start}{literal(array, ' ' * len(start))})")

    for i, layer in enumerate(trace.network.layers):
        if i not in settled:
            check(named[i + 1], named[i + 1], trace.values[i + 1])
        winners = layer.winners(trace.tapes[i])
        if winners is not None:
            width = trace.values[i].shape[-1]
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
