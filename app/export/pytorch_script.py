"""Exports a trace as a PyTorch script, which gets the gradients from autograd."""

from app.engine.layers import max_pools
from app.engine.network import Network, Trace
from app.export.fields import given_name, names, read_by
from app.export.numbers import RELATIVE, literal, rounding, unsettled
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
    parts += [
        "\n".join(_numbers(network)),
        "\n".join(_forwards(trace, named, settled)),
        "\n".join(_backwards(network, named)),
        "\n".join(_checks(trace, named, settled)),
    ]
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def _numbers(network: Network) -> list[str]:
    lines = ["# --- the network's numbers", ""]

    def learn(name: str, array: object, learns: str = ", requires_grad=True") -> None:
        start = f"{name} = torch.tensor("
        lines.append(f"{start}{literal(array, ' ' * len(start))}{learns})")

    learn("x", network.x)
    for i, layer in enumerate(network.layers):
        for name, array in layer.parameters.items():
            learn(f"{name}_{i}", array)
        for name, array in layer.constants.items():
            learn(f"{name}_{i}", array, "")
    for field, array in network.head.arrays.items():
        learn(given_name(network.head, field), array, "")
    return lines


def _forwards(trace: Trace, named: list[str], settled: set[int]) -> list[str]:
    lines = ["# --- forwards", ""]
    for i, layer in enumerate(trace.network.layers):
        x = read_by(trace.network, i)
        lines.append(LAYERS[layer.name](layer, i, x, named[i + 1]))
        if i in settled:
            start = f'settle("{named[i + 1]}", {named[i + 1]}, '
            lines.append(f"{start}{literal(trace.values[i + 1], ' ' * len(start))})")
    head = trace.network.head
    return lines + HEADS[head.name](head, named[-1])


def _backwards(network: Network, named: list[str]) -> list[str]:
    start = "loss.backward()" if network.head.is_loss else f"{named[-1]}.backward(upstream)"
    outputs = ", ".join(named[1:])
    return [
        "# --- backwards, keeping the gradients of all outputs",
        "",
        f"for output in [{outputs}]:",
        "    output.retain_grad()",
        start,
    ]


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
            start = f"assert winners_{i}.tolist() == "
            lines.append(f"{start}{literal(winners, ' ' * len(start))}")
    if trace.probabilities is not None:
        check("probabilities", "probabilities", trace.probabilities)
    if trace.loss is not None:
        check("loss", "loss", trace.loss)
    for i in reversed(range(len(named))):
        check(f"gradient of {named[i]}", f"{named[i]}.grad", trace.gradients[i])
        for name, gradient in trace.parameters[i - 1].items() if i else ():
            check(f"gradient of {name}_{i - 1}", f"{name}_{i - 1}.grad", gradient)
    return [*lines, 'print("All of these are the numbers on the screen.")']
