"""The line of code that usually makes each mistake: wrong and right, in numpy and in PyTorch.

``g`` is the gradient that arrives, ``x`` what went in, ``y`` what came out, ``W`` the weight;
``k``, ``s``, ``p`` and ``d`` are a window's side, stride, padding and dilation. In an answer they
carry the number of their layer, and the window's numbers stand in their places.
"""

import re
from typing import NamedTuple

from typing_extensions import TypedDict

from app.engine.mistakes import Slip
from app.engine.mistakes.catalogue import PerCode, step_code
from app.engine.network import Network
from app.engine.windows import Windows
from app.text.numbers import figure


class Lines(NamedTuple):
    """One mistake's lines of code."""

    numpy: str
    numpy_right: str
    pytorch: str
    pytorch_right: str


class CodeLines(TypedDict):
    """The line of code that a mistake usually is, as it is written and as it should be."""

    numpy: list[str]
    pytorch: list[str]
    names: str
    """What the names in them stand for."""


LINES: PerCode[Lines] = {
    "unweighted": Lines("dx = np.full_like(x, g.sum())", "dx = W.T @ g",
                   "dx = g.sum().expand_as(x)", "dx = W.T @ g"),
    "copied": Lines("dx[c, i:i+k, j:j+k] = g[o, i, j]",
                    "dx[c, i:i+k, j:j+k] += g[o, i, j] * W[o, c]",
               "dx = g.clone()", "dx = F.conv_transpose2d(g, W)"),
    "multiplied": Lines("dx *= W[o] * g[o]", "dx += W[o] * g[o]",
                   "dx = (W * g[:, None]).prod(0)", "dx = (W * g[:, None]).sum(0)"),
    "unflipped": Lines("dx = correlate2d(g, W, 'full')", "dx = convolve2d(g, W, 'full')",
                  "dx = F.conv2d(g, W.transpose(0, 1), padding=k-1)",
                  "dx = F.conv2d(g, W.transpose(0, 1).flip(2, 3), padding=k-1)"),
    "transposed": Lines("dx = W @ g", "dx = W.T @ g", "dx = g @ W.T", "dx = g @ W"),
    "half_turned": Lines("dW = correlate2d(g, x, 'valid')", "dW = correlate2d(x, g, 'valid')",
                    "dx = F.conv2d(g.flip(2, 3), W)", "dx = F.conv_transpose2d(g, W)"),
    "last_kernel": Lines("dx = scatter(g[o], W[o])", "dx += scatter(g[o], W[o])",
                    "dx = F.conv_transpose2d(g[:, o:o+1], W[o:o+1])",
                    "dx += F.conv_transpose2d(g[:, o:o+1], W[o:o+1])"),
    "assigned": Lines("dx[:, i:i+k, j:j+k] = W[o] * g[o, i, j]",
                 "dx[:, i:i+k, j:j+k] += W[o] * g[o, i, j]",
                 "dx.view(-1)[winners] = g", "dx.view(-1).index_add_(0, winners, g)"),
    "averaged": Lines("db = g.mean((1, 2))", "db = g.sum((1, 2))",
                 "db = g.mean((0, 2, 3))", "db = g.sum((0, 2, 3))"),
    "branches_averaged": Lines("dx = (g + dx_block) / 2", "dx = g + dx_block",
                          "dx = (g + dx_block) / 2", "dx = g + dx_block"),
    "branch_forgotten": Lines("dx = dx_block", "dx = g + dx_block",
                         "dx = dx_block", "dx = g + dx_block"),
    "stride_forgotten": Lines("dx[:, i:i+k, j:j+k] += …", "dx[:, i*s:i*s+k, j*s:j*s+k] += …",
                         "F.conv_transpose2d(g, W)", "F.conv_transpose2d(g, W, stride=s)"),
    "dilation_forgotten": Lines("dx[:, i:i+k, j:j+k] += …", "dx[:, i:i+d*k:d, j:j+d*k:d] += …",
                           "F.conv_transpose2d(g, W)", "F.conv_transpose2d(g, W, dilation=d)"),
    "padding_cut": Lines("dx = dx_padded[:, :height, :width]",
                    "dx = dx_padded[:, p:p+height, p:p+width]",
                    "dx = F.pad(dx, (0, -2*p, 0, -2*p))", "dx = F.pad(dx, (-p, -p, -p, -p))"),
    "unpadded_input": Lines("dW[o] += g[o, i, j] * x[:, i:i+k, j:j+k]",
                       "dW[o] += g[o, i, j] * x_padded[:, i:i+k, j:j+k]",
                       "dW = F.conv2d(x, g)", "dW = F.conv2d(x, g, padding=p)"),
    "ties_all": Lines("dx += (x == x.max()) * g", "dx.flat[x.argmax()] += g",
                 "dx = (x == y) * g", "dx = F.max_unpool2d(g, indices, k)"),
    "ties_other": Lines("i = k*k - 1 - window[::-1].argmax()", "i = window.argmax()",
                   "mask / mask.sum()", "F.max_pool2d(x, k, return_indices=True)"),
    "zero_padding": Lines("np.pad(x, p)", "np.pad(x, p, constant_values=-np.inf)",
                     "F.max_pool2d(F.pad(x, (p,) * 4), k)", "F.max_pool2d(x, k, padding=p)"),
    "local_index": Lines("dx.flat[window.argmax()] += g",
                    "a, b = divmod(window.argmax(), k); dx[i*s + a, j*s + b] += g",
                    "dx.view(-1)[window.argmax()] += g", "F.max_unpool2d(g, indices, k)"),
    "winner_exchanged": Lines("b, a = divmod(window.argmax(), k)",
                              "a, b = divmod(window.argmax(), k)",
                         "b, a = i // k, i % k", "a, b = i // k, i % k"),
    "spread": Lines("dx[i:i+k, j:j+k] += g[i, j]", "dx[winner] += g[i, j]",
               "F.interpolate(g, scale_factor=k)", "F.max_unpool2d(g, indices, k)"),
    "avg_undivided": Lines("dx[i:i+k, j:j+k] += g[i, j]", "dx[i:i+k, j:j+k] += g[i, j] / k**2",
                      "F.interpolate(g, scale_factor=k)",
                      "F.interpolate(g, scale_factor=k) / k**2"),
    "avg_divided_twice": Lines("g / k**2 / k**2", "g / k**2", "g / k**2 / k**2", "g / k**2"),
    "avg_by_side": Lines("g / k", "g / k**2", "g / k", "g / k**2"),
    "avg_to_maximum": Lines("dx.flat[window.argmax()] += g", "dx[i:i+k, j:j+k] += g / k**2",
                       "F.max_unpool2d(g, indices, k)", "F.interpolate(g, scale_factor=k) / k**2"),
    "avg_padding": Lines("g / window.size", "g / k**2",
                    "F.avg_pool2d(x, k, padding=p, count_include_pad=False)",
                    "F.avg_pool2d(x, k, padding=p)"),
    "times_activation": Lines("dx = g * y", "dx = g * (x > 0)", "dx = g * y", "dx = g * (x > 0)"),
    "negatives_dropped": Lines("dx = np.maximum(g, 0) * (x > 0)", "dx = g * (x > 0)",
                          "dx = g.clamp(min=0)", "dx = g * (x > 0)"),
    "slope_from_gradient": Lines("dx = g * (g > 0)", "dx = g * (x > 0)",
                            "dx = g * (g > 0)", "dx = g * (x > 0)"),
    "slope_forgotten": Lines("dx = g", "dx = g * slope(x)", "return g", "return g * slope(x)"),
    "slope_at_output": Lines("s = sigmoid(y); dx = g * s * (1 - s)", "dx = g * y * (1 - y)",
                        "s = torch.sigmoid(y); g * s * (1 - s)", "g * y * (1 - y)"),
    "slope_at_input": Lines("dx = g * x * (1 - x)", "dx = g * y * (1 - y)",
                       "g * (1 - x**2)", "g * (1 - y**2)"),
    "slope_half": Lines("dx = g * y", "dx = g * y * (1 - y)", "g * (1 - y)", "g * (1 - y**2)"),
    "mask_alone": Lines("dx = (x > 0) * 1.0", "dx = g * (x > 0)", "(x > 0).float()", "g * (x > 0)"),
    "mask_inverted": Lines("g[x > 0] = 0", "g[x <= 0] = 0",
                      "g.masked_fill(x > 0, 0)", "g.masked_fill(x <= 0, 0)"),
    "slope_at_0": Lines("dx = g * (x >= 0)", "dx = g * (x > 0)", "g * (x >= 0)", "g * (x > 0)"),
    "leak_lost": Lines("dx = g * (x > 0)", "dx = g * np.where(x > 0, 1, slope)",
                  "g * (x > 0)", "g * torch.where(x > 0, 1, slope)"),
    "activation_missing": Lines("y = W @ x + b", "y = relu(W @ x + b)",
                           "x = self.conv(x)", "x = F.relu(self.conv(x))"),
    "outputs_sent_back": Lines("dx = W.T @ y", "dx = W.T @ g",
                          "F.conv_transpose2d(y, W)", "F.conv_transpose2d(g, W)"),
    "bias_one_cell": Lines("db[o] = g[o, i, j]", "db[o] += g[o, i, j]",
                      "db = g[..., -1, -1]", "db = g.sum((0, 2, 3))"),
    "bias_all_kernels": Lines("db[:] = g.sum()", "db = g.sum((1, 2))",
                         "db = g.sum()", "db = g.sum((0, 2, 3))"),
    "weight_as_factor": Lines("dW = np.outer(g, W)", "dW = np.outer(g, x)",
                         "dW = g[:, None] * W", "dW = g[:, None] * x"),
    "convolved": Lines("dW = convolve2d(x, g, 'valid')", "dW = correlate2d(x, g, 'valid')",
                  "F.conv2d(x, g.flip(2, 3))", "F.conv2d(x, g)"),
    "one_channel": Lines("dW[o, c] += g[o, i, j] * x[0, …]", "dW[o, c] += g[o, i, j] * x[c, …]",
                    "F.conv2d(x[:, :1], g)", "F.conv2d(x.transpose(0, 1), g)"),
    "one_example": Lines("for g, x in batch: dW = outer(g, x)",
                         "for g, x in batch: dW += outer(g, x)",
                    "dW = g[-1:].T @ x[-1:]", "dW = g.T @ x"),
    "examples_averaged": Lines("dW = (g[:, :, None] * x[:, None, :]).mean(0)",
                               "dW = (g[:, :, None] * x[:, None, :]).sum(0)",
                          "dW = g.T @ x / len(x)", "dW = g.T @ x"),
    "sign_reversed": Lines("g = y - p", "g = p - y", "g = target - output", "g = output - target"),
    "target_forgotten": Lines("g = p", "g = p.copy(); g[target] -= 1",
                         "g = p", "g = p - F.one_hot(target, n)"),
    "softmax_twice": Lines("g = (p - y) * p * (1 - p)", "g = p - y",
                      "F.cross_entropy(F.softmax(z, 0), target)", "F.cross_entropy(z, target)"),
    "probability_slope": Lines("g = -y / p", "g = p - y", "g = -y / p", "g = p - y"),
    "other_class": Lines("g[target + 1] -= 1", "g[target] -= 1",
                    "F.cross_entropy(z, target - 1)", "F.cross_entropy(z, target)"),
    "scores_minus_target": Lines("g = z - y", "g = softmax(z) - y",
                                 "g = z - y", "g = z.softmax(0) - y"),
    "divided_by_classes": Lines("g = (p - y) / len(p)", "g = p - y",
                           "(-y * p.log()).mean()", "(-y * p.log()).sum()"),
    "scaled": Lines("g = output - target", "g = 2 * (output - target) / output.size",
               "loss = 0.5 * loss", "loss = F.mse_loss(output, target)"),
    "weight_decay": Lines("dW += lam * W", "dW", "SGD(…, weight_decay=lam)", "SGD(…)"),
    "stepped": Lines("W -= lr * dW; return W", "return dW", "print(W)", "print(W.grad)"),
    "clipped": Lines("dW = np.clip(dW, -c, c)", "dW",
                "clip_grad_norm_(model.parameters(), c)", "print the gradients before clipping"),
    "reordered": Lines("dx.reshape(channels, height, width)", "dx.transpose(2, 0, 1)",
                  "dx.view(channels, height, width)", "dx.permute(2, 0, 1)"),
}  # fmt: skip

ALONG_ONE_AXIS = (
    ("a, b = divmod(window.argmax(), k); dx[i*s + a, j*s + b]", "dx[i*s + window.argmax()]"),
    ("correlate2d", "np.correlate"), ("convolve2d", "np.convolve"), ("2d(", "1d("),
    (", j:j+k", ""), (", j*s:j*s+k", ""), (", j:j+d*k:d", ""), (", i, j]", ", i]"),
    ("[i, j]", "[i]"), ("[..., -1, -1]", "[..., -1]"), ("((1, 2))", "(1)"), ("(0, 2, 3)", "(0, 2)"),
    ("(2, 3)", "(2)"), ("(2, 0, 1)", "(1, 0)"), ("k**2", "k"), ("k*k", "k"),
    ("(p,) * 4", "(p, p)"), ("(0, -2*p, 0, -2*p)", "(0, -2*p)"), ("(-p, -p, -p, -p)", "(-p, -p)"),
    (":height, :width", ":length"), ("p:p+height, p:p+width", "p:p+length"),
    ("height, width", "length"),
)  # fmt: skip
"""What stands in a line for maps, and in its place where windows slide along one axis."""

_NAMES = re.compile(r"\b(dx_padded|x_padded|dx|dW|db|W|x|y|g)\b(?!=)")
_WINDOW = re.compile(r"\b[kspd]\b")
_AMOUNT = re.compile(r"\b(?:lam|lr|c)\b(?!=)")
_MEANINGS = {
    "W": "the weight of layer {i}",
    "x": "what goes into layer {i}",
    "y": "what comes out of it",
    "g": "the gradient of its output",
}


def lines_of(network: Network, layer: int, slip: Slip) -> CodeLines:
    """A mistake's lines with the names and numbers of the layer that it is made in.

    ``layer`` is that of the array in which it shows.
    """
    code = slip.code
    i = _layer(network, layer, slip)
    each = network.layers[i]
    windows = each.slide.windows if each.slide is not None else None

    def filled(line: str) -> str:
        if network.axes == 1:
            line = along_one_axis(line)
        if slip.amount is not None:
            line = _AMOUNT.sub(figure(abs(slip.amount)).replace("−", "-"), line)
        if step_code(code) is None and not slip.is_whole:
            return line
        if windows is not None:
            line = _WINDOW.sub(lambda name: _number(windows, name[0]), line)
        return _NAMES.sub(lambda name: f"{name[0]}{i}", line)

    wrong, right, torch_wrong, torch_right = map(filled, LINES[code])
    said = " ".join((wrong, right, torch_wrong, torch_right))
    meanings = [
        f"{name}{i} is {what.format(i=i)}"
        for name, what in _MEANINGS.items()
        if re.search(rf"\bd?{name}{i}\b", said)
    ]
    return {
        "numpy": [wrong, right],
        "pytorch": [torch_wrong, torch_right],
        "names": "; ".join(meanings),
    }


def along_one_axis(line: str) -> str:
    """The line where windows slide along one axis."""
    for of_maps, instead in ALONG_ONE_AXIS:
        line = line.replace(of_maps, instead)
    return line


def _layer(network: Network, layer: int, slip: Slip) -> int:
    """The last layer on the way back in which it is made; else the array's own."""
    if slip.layers:
        return min(slip.layers)
    return max(layer, 0)


def _number(windows: Windows, name: str) -> str:
    """A window's side, stride, padding or dilation, where all axes have the same."""
    sides = {
        "k": windows.kernel,
        "s": windows.stride,
        "p": windows.padding,
        "d": windows.dilation,
    }[name][-windows.axes :]
    return str(sides[0]) if len(set(sides)) == 1 else name
