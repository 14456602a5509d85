"""Exports a trace as a numpy script that computes both passes step by step."""

import inspect
import re

import numpy as np

from app.engine.heads import Head
from app.engine.network import Network, Reader, Trace
from app.engine.types import Array
from app.export import worked, worked_lines
from app.export.fields import (
    examples_of,
    given_name,
    names,
    own_constants,
    read_by,
    shared_constants,
    summed,
)
from app.export.numbers import RELATIVE, check_line, line, rounding, unsettled
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
        *(_batch(trace, named, settled) if network.examples else _one(trace, named, settled)),
    ]
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def _one(trace: Trace, named: list[str], settled: set[int]) -> list[str]:
    network = trace.network
    head = network.head
    return [
        "\n".join(["# --- the network's numbers", "", *_given(network), *_parameters(network)]),
        "\n".join(["# --- forwards", "", *_forwards(trace, named, settled, head)]),
        "\n".join([*_title_of_backwards(head), *_backwards(network, named, head)]),
        "\n".join([_TITLE, "", *_checks(trace, named, settled), *_of_parameters(trace), _END]),
    ]


def _batch(trace: Trace, named: list[str], settled: set[int]) -> list[str]:
    """The parts of a batch: one example after the other, and what adds up over all of them."""
    network = trace.network
    sums = [(i, name) for i, layer in enumerate(network.layers) for name in layer.parameters]
    parts = ["\n".join(["# --- the network's parameters", "", *_parameters(network)])]
    every = examples_of(trace)
    for at, one in enumerate(every):
        head, divisor = summed(one.network.head)
        lines = [
            f"# --- example {at + 1} of {len(every)}: forwards",
            "",
            *_given(one.network),
            *_own(network, one.network),
        ]
        lines += _forwards(one, named, settled, head)
        divided = divisor != 1
        if divided:
            lines.append(f"loss = loss / {divisor!r}  # the mean is over all examples")
        if head.is_loss:
            lines.append("total = total + loss" if at else "total = loss")
        lines += ["", *_title_of_backwards(head), *_backwards(one.network, named, head, divisor)]
        for i, name in sums:
            own, whole = f"d_{name}_{i}", f"sum_{name}_{i}"
            lines.append(f"{whole} = {whole} + {own}" if at else f"{whole} = {own}")
        lines += ["", _TITLE, "", *_checks(one, named, settled)]
        parts.append("\n".join(lines))
    last = ["# --- what adds up over all examples", ""]
    if trace.loss is not None:
        last.append(check_line("loss of the batch", "total", np.array(trace.loss)))
    return [*parts, "\n".join([*last, *_of_parameters(trace, "sum"), _END])]


_TITLE = "# --- the numbers on the screen"
_END = 'print("All of these are the numbers on the screen.")'


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
    written = {**vars(worked), **vars(worked_lines)}
    used = {function for layer in network.layers for function in LAYERS[layer.name].functions}
    return [inspect.getsource(each) for each in written.values() if callable(each) and each in used]


def _parameters(network: Network) -> list[str]:
    return [
        _array(f"{name}_{i}", array)
        for i, layer in enumerate(network.layers)
        for name, array in (layer.parameters | shared_constants(layer)).items()
    ]


def _own(batch: Network, example: Network) -> list[str]:
    """What an example of a batch has of its own in the layers."""
    return [_array(name, array) for name, array in own_constants(batch, example).items()]


def _given(network: Network) -> list[str]:
    """The input, and the arrays of the head."""
    head = network.head
    arrays = [_array(given_name(head, field), array) for field, array in head.arrays.items()]
    return [_array("x", network.x), *arrays]


def _array(name: str, array: Array) -> str:
    return line(f"{name} = np.array(", array)


def _forwards(trace: Trace, named: list[str], settled: set[int], head: Head) -> list[str]:
    network = trace.network
    lines: list[str] = []
    for i, layer in enumerate(network.layers):
        x, y = read_by(network, i), named[i + 1]
        lines += LAYERS[layer.name].forward(layer, i, x, y, trace.values[i])
        if i in settled:
            lines.append(line(f'{y} = settled("{y}", {y}, ', trace.values[i + 1]))
    return lines + HEADS[head.name].forward(head, named[-1])


def _title_of_backwards(head: Head) -> list[str]:
    of = "the loss" if head.is_loss else "what the upstream gradients ask for"
    return [f"# --- backwards: d_ is the derivative of {of}", ""]


def _backwards(network: Network, named: list[str], head: Head, divisor: float = 1.0) -> list[str]:
    lines = HEADS[head.name].backward(head, named[-1])
    if divisor != 1:
        lines = [*lines, f"d_{named[-1]} = d_{named[-1]} / {divisor!r}"]
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
    lines: list[str] = []

    def check(name: str, computed: str, array: object) -> None:
        lines.append(check_line(name, computed, array))

    for i, layer in enumerate(trace.network.layers):
        if i not in settled:
            check(named[i + 1], named[i + 1], trace.values[i + 1])
        winners = layer.winners(trace.tapes[i])
        if winners is not None:
            width = trace.values[i].shape[-1]
            start = f"assert np.reshape(flat, {winners.shape}).tolist() == "
            lines += [
                f"flat = [row * {width} + column for (row, column), *_ in winners_{i}.values()]",
                line(start, winners, ""),
            ]
    if trace.probabilities is not None:
        check("probabilities", "probabilities", trace.probabilities)
    if trace.loss is not None:
        check("loss", "loss", np.array(trace.loss))
    for i in reversed(range(len(named))):
        check(f"gradient of {named[i]}", f"d_{named[i]}", trace.gradients[i])
    return lines


def _of_parameters(trace: Trace, prefix: str = "d") -> list[str]:
    """The checks of the parameters' gradients, those nearest the loss first."""
    return [
        check_line(f"gradient of {name}_{i}", f"{prefix}_{name}_{i}", gradient)
        for i, own in reversed(list(enumerate(trace.parameters)))
        for name, gradient in own.items()
    ]
