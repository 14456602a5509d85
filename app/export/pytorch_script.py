"""Exports a trace as a PyTorch script, which gets the gradients from autograd."""

from app.engine.heads import Head
from app.engine.layers import max_pools
from app.engine.network import Network, Trace
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
from app.export.pytorch_layers import HEADS, LAYERS

_HEADER = '''\
"""A small network in PyTorch. Exported from Gradient Routing.

It prints every number of the network and asserts that it is the one on the screen.
"""

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
'''

_CHECK = '''\
def check(name, computed, on_screen):
    """Print a tensor, and assert that it is the one on the screen."""
    computed = computed.detach()
    print(f"{{name}}:\\n{{computed}}\\n")
    # Sums that are added in another order differ in their last digits.
    torch.testing.assert_close(
        computed, torch.tensor(on_screen), rtol={relative}, atol={rounding},
        msg=lambda message: f"{{name}}: {{message}}",
    )
'''

_SETTLE = '''\
def settle(name, computed, on_screen):
    """Check a tensor, and go on with the numbers on the screen.

    Here a maximum, or the side of a ReLU, is decided by less than rounding may change, and another
    order of adding could take another route.
    """
    check(name, computed, on_screen)
    computed.data.copy_(torch.tensor(on_screen))
'''

_TIES = '''\
class PayTies(torch.autograd.Function):
    """The maximum of each window, whose gradient goes to the last one, is split or goes to all.

    PyTorch's own max pooling pays the first maximum of a tie and knows no other rule.
    """

    @staticmethod
    def forward(ctx, windows, ties):  # [channels, taps, positions], −∞ on padding
        best = windows.amax(1, keepdim=True)
        shares = (windows == best).to(windows.dtype)
        if ties == "last":
            shares = shares * (shares.flip(1).cumsum(1).flip(1) == 1)
        elif ties == "split":
            shares = shares / shares.sum(1, keepdim=True)
        ctx.save_for_backward(shares)
        return best[:, 0]

    @staticmethod
    def backward(ctx, upstream):
        (shares,) = ctx.saved_tensors
        return shares * upstream[:, None], None


def max_pool2d_with_ties(x, kernel, stride, padding, dilation, out, ties):
    """[C, H, W] → the maxima [C, *out], and the flat index of each one in its plane."""
    channels, *size = x.shape
    # So much −∞ at the ends that the windows fit exactly; negative where cells are left over.
    ends = [
        (out[a] - 1) * stride[a] + dilation[a] * (kernel[a] - 1) + 1 - padding[a] - size[a]
        for a in (0, 1)
    ]

    def windows(planes, beside):
        framed = F.pad(planes, (padding[1], ends[1], padding[0], ends[0]), value=beside)
        return F.unfold(framed, kernel, dilation=dilation, stride=stride)

    taken = windows(x[:, None], -torch.inf)  # [channels, taps, positions]
    y = PayTies.apply(taken, ties)
    held = (taken == y[:, None]).int()
    taps = held.shape[1]
    winner = taps - 1 - held.flip(1).argmax(1) if ties == "last" else held.argmax(1)
    plane = torch.arange(size[0] * size[1], dtype=x.dtype).reshape(1, 1, *size)
    cells = windows(plane, -1.0)[0].long()  # [taps, positions]
    winners = cells[winner, torch.arange(cells.shape[1])]
    return y.reshape(channels, *out), winners.reshape(channels, *out)
'''


def pytorch_script(trace: Trace) -> str:
    """Source text that builds the network, prints its numbers and asserts them."""
    network = trace.network
    named = names(network)
    settled = set(unsettled(trace))
    parts = [_HEADER, _CHECK.format(relative=RELATIVE, rounding=max(rounding(trace)))]
    if settled:
        parts.append(_SETTLE)
    if any(pool.ties != "first" for pool in max_pools(network.layers).values()):
        parts.append(_TIES)
    parts += _batch(trace, named, settled) if network.examples else _one(trace, named, settled)
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def _one(trace: Trace, named: list[str], settled: set[int]) -> list[str]:
    network = trace.network
    head = network.head
    return [
        "\n".join(["# --- the network's numbers", "", *_given(network), *_parameters(network)]),
        "\n".join(["# --- forwards", "", *_forwards(trace, named, settled, head)]),
        "\n".join(_backwards(named, head)),
        "\n".join([_TITLE, "", *_checks(trace, named, settled), *_of_parameters(trace), _END]),
    ]


def _batch(trace: Trace, named: list[str], settled: set[int]) -> list[str]:
    """The parts of a batch: one example after the other; autograd adds up what each brings."""
    parts = ["\n".join(["# --- the network's parameters", "", *_parameters(trace.network)])]
    every = examples_of(trace)
    for at, one in enumerate(every):
        head, divisor = summed(one.network.head)
        lines = [
            f"# --- example {at + 1} of {len(every)}: forwards",
            "",
            *_given(one.network),
            *_own(trace.network, one.network),
        ]
        lines += _forwards(one, named, settled, head)
        if divisor != 1:
            lines.append(f"loss = loss / {divisor!r}  # the mean is over all examples")
        if head.is_loss:
            lines.append("total = total + loss.detach()" if at else "total = loss.detach()")
        lines += ["", *_backwards(named, head), "", _TITLE, "", *_checks(one, named, settled)]
        parts.append("\n".join(lines))
    last = ["# --- what adds up over all examples", ""]
    if trace.loss is not None:
        last.append(check_line("loss of the batch", "total", trace.loss))
    return [*parts, "\n".join([*last, *_of_parameters(trace), _END])]


_TITLE = "# --- the numbers on the screen"
_END = 'print("All of these are the numbers on the screen.")'


def _parameters(network: Network) -> list[str]:
    lines: list[str] = []
    for i, layer in enumerate(network.layers):
        lines += [_tensor(f"{name}_{i}", array) for name, array in layer.parameters.items()]
        constants = shared_constants(layer)
        lines += [_tensor(f"{name}_{i}", array, "") for name, array in constants.items()]
    return lines


def _own(batch: Network, example: Network) -> list[str]:
    """What an example of a batch has of its own in the layers."""
    return [_tensor(name, array, "") for name, array in own_constants(batch, example).items()]


def _given(network: Network) -> list[str]:
    """The input, and the arrays of the head."""
    head = network.head
    arrays = [_tensor(given_name(head, field), array, "") for field, array in head.arrays.items()]
    return [_tensor("x", network.x), *arrays]


def _tensor(name: str, array: object, learns: str = ", requires_grad=True") -> str:
    return line(f"{name} = torch.tensor(", array, f"{learns})")


def _forwards(trace: Trace, named: list[str], settled: set[int], head: Head) -> list[str]:
    lines: list[str] = []
    for i, layer in enumerate(trace.network.layers):
        x = read_by(trace.network, i)
        lines.append(LAYERS[layer.name](layer, i, x, named[i + 1]))
        if i in settled:
            start = f'settle("{named[i + 1]}", {named[i + 1]}, '
            lines.append(line(start, trace.values[i + 1]))
    return lines + HEADS[head.name](head, named[-1])


def _backwards(named: list[str], head: Head) -> list[str]:
    start = "loss.backward()" if head.is_loss else f"{named[-1]}.backward(upstream)"
    outputs = ", ".join(named[1:])
    return [
        "# --- backwards, keeping the gradients of all outputs",
        "",
        f"for output in [{outputs}]:",
        "    output.retain_grad()",
        start,
    ]


def _checks(trace: Trace, named: list[str], settled: set[int]) -> list[str]:
    lines: list[str] = []

    def check(name: str, computed: str, array: object) -> None:
        lines.append(check_line(name, computed, array))

    for i, layer in enumerate(trace.network.layers):
        if i not in settled:
            check(named[i + 1], named[i + 1], trace.values[i + 1])
        winners = layer.winners(trace.tapes[i])
        if winners is not None:
            lines.append(line(f"assert winners_{i}.tolist() == ", winners, ""))
    if trace.probabilities is not None:
        check("probabilities", "probabilities", trace.probabilities)
    if trace.loss is not None:
        check("loss", "loss", trace.loss)
    for i in reversed(range(len(named))):
        check(f"gradient of {named[i]}", f"{named[i]}.grad", trace.gradients[i])
    return lines


def _of_parameters(trace: Trace) -> list[str]:
    """The checks of the parameters' gradients, those nearest the loss first."""
    return [
        check_line(f"gradient of {name}_{i}", f"{name}_{i}.grad", gradient)
        for i, own in reversed(list(enumerate(trace.parameters)))
        for name, gradient in own.items()
    ]
