"""Matches given arrays with the arrays of a network: by shape, then by name, then by order.

Names follow the habits of people and PyTorch: ``0.weight``, ``conv1.bias.grad``, ``dW2``,
``grad_input``. If several arrays of a network fit and no name decides, the match stays open.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.engine.network import Network

_NOISE = re.compile(r"(?:^|[._])(?:grads?|gradients?|params?|module|model|state|net)(?=$|[._])")
_DERIVATIVE = re.compile(r"^(?:d(?:l|loss)?_?d?|grad_?|∂l?/?∂?|g_)(?=[a-z])")
_WEIGHT = re.compile(r"weights?|kernels?|filters?|(?:^|[._\d])d?w\d*$|^d?w(?![a-z])")
_BIAS = re.compile(r"bias(?:es)?|(?:^|[._\d])d?b\d*$|^d?b(?![a-z])")
_INPUT = re.compile(r"^d?x\d?$|input|image|^x_")
_EXAMPLE = re.compile(r"\[(\d{1,9})\]\s*$")
_FAMILIES = {
    "convolution": re.compile(r"conv|kernel|filter|^c\d"),
    "fully_connected": re.compile(r"fc|linear|dense|lin|affine|head|classifier"),
    "activation": re.compile(r"relu|act|sigmoid|tanh|gelu|elu|silu"),
    "max_pool": re.compile(r"pool"),
    "avg_pool": re.compile(r"pool|avg"),
}


@dataclass(frozen=True)
class Where:
    """An array of a network that has a gradient."""

    layer: int
    parameter: str | None
    example: int | None = None
    """Of a batch: the example, where the array is that of one example."""

    @property
    def from_the_loss(self) -> tuple[int, int, int]:
        """The sort key from the loss back: a layer's output, then its weight, then its bias."""
        part = {None: 0, "weight": 1}.get(self.parameter, 2)
        return (-self.layer, part, -1 if self.example is None else self.example)


def places(network: Network) -> list[Where]:
    """Every array of a network that has a gradient, from the loss back."""
    all_places = [Where(-1, None)]
    for i, layer in enumerate(network.layers):
        all_places += [Where(i, None), *(Where(i, name) for name in layer.parameters)]
    return sorted(all_places, key=lambda where: where.from_the_loss)


def match(
    network: Network, names: Sequence[str], fitting: Sequence[Sequence[Where]]
) -> list[list[Where]]:
    """For each given array, its possible places in the network; one place if it is decided.

    ``fitting`` has the places whose shape each array has.
    """
    left = [_by_name(network, name, some) for name, some in zip(names, fitting, strict=True)]
    changed = True
    while changed:  # a place that is decided is removed from the other arrays' places
        taken = {some[0] for some in left if len(some) == 1}
        fewer = [
            some if len(some) < 2 else [where for where in some if where not in taken]
            for some in left
        ]
        changed, left = fewer != left, fewer
    return _by_order(left)


def _by_order(left: list[list[Where]]) -> list[list[Where]]:
    """Arrays that fit the same places are matched in order, if they are as many as the places."""
    groups: dict[tuple[Where, ...], list[int]] = {}
    for i, some in enumerate(left):
        if len(some) > 1:
            groups.setdefault(tuple(some), []).append(i)
    for group, arrays in groups.items():
        if len(group) == len(arrays):
            in_order = sorted(group, key=lambda where: (where.layer, where.example or 0))
            for i, where in zip(arrays, in_order, strict=True):
                left[i] = [where]
    return left


def _by_name(network: Network, name: str, fitting: Sequence[Where]) -> list[Where]:
    """The places of fitting shape that the array's name allows; all of them if it allows none."""
    if name.startswith("#"):  # a text's own count, which names nothing
        return list(fitting)
    if example := _EXAMPLE.search(name):  # «input[1]»
        name = name[: example.start()]
        its = [where for where in fitting if where.example == int(example[1])]
        fitting = its or fitting
    plain = _NOISE.sub("", name.lower().strip()).strip("._")
    role = _DERIVATIVE.sub("", plain) or plain
    some = list(fitting)
    for test, parameter in ((_WEIGHT, "weight"), (_BIAS, "bias")):
        if test.search(role):
            some = [where for where in some if where.parameter == parameter]
            break
    else:
        if _INPUT.search(role):
            some = [where for where in some if where.layer < 0]
        elif role:
            some = [where for where in some if where.parameter is None]
    some = some or list(fitting)
    if len(some) > 1 and (numbered := _by_number(network, role, some)):
        return numbered
    return some


def _by_number(network: Network, role: str, some: list[Where]) -> list[Where]:
    numbers = re.findall(r"\d+", role)
    if not numbers:
        return []
    number = int(numbers[0])
    for family, test in _FAMILIES.items():
        if test.search(role):
            own = [i for i, layer in enumerate(network.layers) if layer.family == family]
            # conv1 is the first convolution, and fc1 the first fully connected layer.
            return [
                where for where in some if number >= 1 and where.layer in own[number - 1 : number]
            ]
    if re.match(r"(?:layers?[._]?|l)?\d+(?:[._]|$)", role):  # as PyTorch's Sequential counts
        return [where for where in some if where.layer == number]
    with_weights = [i for i, layer in enumerate(network.layers) if layer.parameters]
    return [where for where in some if where.layer in with_weights[number - 1 : number]]
