"""The backward pass written by hand: plain loops in any arithmetic, and the mistakes people make.

It shares no line with the engine. A mistake is a word that some ``if`` below looks for.
"""

from typing import Any

import numpy as np

from tests.engine.plain_activations import Activations
from tests.engine.plain_heads import start
from tests.engine.plain_layers import Layers
from tests.engine.plain_lines import Lines

WORDS = (
    "last_kernel", "unweighted", "copied", "multiplied", "unflipped", "transposed", "half_turned",
    "assigned", "averaged", "branches_averaged", "branch_forgotten", "stride_forgotten",
    "dilation_forgotten", "padding_cut", "unpadded_input", "convolved", "one_channel",
    "bias_all_kernels", "bias_one_cell", "weight_as_factor", "ties_all", "ties_other",
    "zero_padding", "local_index", "winner_exchanged", "spread", "avg_undivided",
    "avg_divided_twice", "avg_by_side", "avg_to_maximum", "avg_padding", "times_activation",
    "negatives_dropped", "slope_from_gradient", "slope_forgotten", "slope_at_output",
    "slope_at_input", "slope_half", "mask_alone", "mask_inverted", "slope_at_0", "leak_lost",
    "activation_missing", "outputs_sent_back", "sign_reversed", "target_forgotten",
    "softmax_twice", "probability_slope", "other_class", "scores_minus_target",
    "divided_by_classes", "scaled", "weight_decay", "stepped", "clipped by value",
    "clipped by norm", "reordered",
)  # fmt: skip
"""Every mistake that can be made here."""
FOUND_AT_THE_END = WORDS[-6:]
"""Those that are made with a whole array, after the backward pass."""
TAKES = ("convolution", "fully_connected", "activation", "max_pool", "avg_pool")
"""The families of layers whose code takes gradients that may be of the wrong kind."""


def gradients(net, dtype=np.float64, mistake="", only=None):
    """{(layer, parameter or None): gradient} of a network; ``only``: the layers with the mistake.

    Every product and sum is rounded to ``dtype``.
    """
    run = Run(net, dtype, mistake, only)
    return run.backwards()


def rounded_by_hand(net, digits):
    """The same on paper: every map, slope and gradient that is written down has these decimals."""
    return Run(net, np.float64, "", None, lambda x: np.round(x, digits)).backwards()


class Run(Activations, Layers, Lines):
    def __init__(self, net, dtype, mistake="", only=None, write=None):
        self.net, self.dtype, self.mistake, self.only = net, dtype, mistake, only
        self.write = write or (lambda x: x)

    amount = 0.1
    examples = 1
    """How many examples a mean over the batch divides by."""
    mean_over: float | None = None
    """What a mean over classes divides by in a batch."""

    def has(self, word, i):
        return self.mistake == word and (self.only is None or i in self.only)

    def is_missing(self, i, layer):
        return self.has("activation_missing", i) and layer.family == "activation"

    def number(self, x):
        return self.dtype(x)

    def array(self, x):
        return np.array(x).astype(self.dtype)

    def backwards(self):
        values = [self.array(self.net.x)]
        for i, layer in enumerate(self.net.layers):
            if self.is_missing(i, layer):
                values.append(values[-1])
                continue
            x = self.reaching(layer, values)
            values.append(self.write(getattr(self, f"forward_{layer.name}")(i, layer, x)))
        n = len(self.net.layers)
        g = self.write(start(self, values[-1]))
        found = {(n - 1, None): g}
        skipped: dict[int, Any] = {}
        for i in range(n - 1, -1, -1):
            layer, x = self.net.layers[i], values[i]
            takes = layer.family in TAKES
            if self.has("negatives_dropped", i) and takes:
                g = np.where(g > 0, g, self.number(0))
            if self.has("outputs_sent_back", i) and takes:
                g = values[i + 1]
            for name in layer.parameters:
                found[i, name] = self.write(self.of_parameter(i, layer, name, x, g))
            if layer.name == "add":
                source = layer.skips_from
                skipped[source] = skipped[source] + g if source in skipped else g
            elif not self.is_missing(i, layer):
                back = getattr(self, f"backward_{layer.name}")
                g = self.write(back(i, layer, x, values[i + 1], g))
            if i - 1 in skipped and self.mistake != "branch_forgotten":
                g = self.write(skipped[i - 1] + g)
                if self.mistake == "branches_averaged":
                    adding = [each for each in self.net.layers if each.skips_from == i - 1]
                    g = g / self.number(1 + len(adding))
            found[i - 1, None] = g
        return {where: self.at_the_end(array, where) for where, array in found.items()}

    def reaching(self, layer, values):
        """What a layer reads: the output before it, and that of an earlier layer where it adds."""
        return values[-1] if layer.name != "add" else values[-1] + values[layer.skips_from + 1]

    def forward_add(self, i, layer, x):
        return x

    def at_the_end(self, array, where):
        layer, name = where
        weights = self.net.layers[layer].parameters[name] if name else None
        if self.mistake == "scaled":
            return array * self.amount
        if self.mistake == "weight_decay" and weights is not None:
            return array + self.amount * weights
        if self.mistake == "stepped" and weights is not None:
            return weights - self.amount * array
        if self.mistake == "clipped by value":
            return np.array([min(max(v, -self.amount), self.amount) for v in array.flat]).reshape(
                array.shape
            )
        if self.mistake == "clipped by norm":
            norm = np.sqrt(sum(v * v for v in array.flat))
            return array * (self.amount / norm) if norm > self.amount else array
        if self.mistake == "reordered" and array.ndim > 1:
            flat = [array[at[::-1]] for at in np.ndindex(array.shape[::-1])]
            return np.array(flat).reshape(array.shape)
        return array

    # --- windows --------------------------------------------------------------------------------

    def places(self, layer, shape, i=None):
        """(position, tap, cell) of every window, in the order of a loop; padding left out.

        ``i``: on the way back in this layer, where they may be put elsewhere by mistake.
        """
        slide = layer.slide.windows
        (sh, sw), (ph, pw), (dh, dw) = slide.stride, slide.padding, slide.dilation
        if i is not None and self.has("stride_forgotten", i):
            sh = sw = 1
        if i is not None and self.has("dilation_forgotten", i):
            dh = dw = 1
        if i is not None and self.has("padding_cut", i):
            ph = pw = 0
        for r in range(slide.out[0]):
            for c in range(slide.out[1]):
                for a in range(slide.kernel[0]):
                    for b in range(slide.kernel[1]):
                        y, x = r * sh + a * dh - ph, c * sw + b * dw - pw
                        if 0 <= y < shape[1] and 0 <= x < shape[2]:
                            yield (r, c), (a, b), (y, x)

    def read_by(self, layer, o):
        """(channel, its place in the kernel) of what output o reads."""
        inner, outer = layer.weight.shape[1], len(layer.weight) // layer.groups
        return [(o // outer * inner + k, k) for k in range(inner)]

    def forward_conv2d(self, i, layer, x):
        w = self.array(layer.weight)
        out = np.zeros(layer.shape, self.dtype)
        for o in range(len(w)):
            for (r, c), (a, b), (y, z) in self.places(layer, x.shape):
                for channel, k in self.read_by(layer, o):
                    out[o, r, c] += w[o, k, a, b] * x[channel, y, z]
            if layer.bias is not None:
                out[o] += self.number(layer.bias[o])
        return out

    def kernels(self, i, layer):
        """The weights on the way back."""
        w = self.array(layer.weight)
        if self.has("unweighted", i) or (self.has("copied", i) and layer.groups == 1):
            return np.ones_like(w)
        if self.has("unflipped", i):
            return w[:, :, ::-1, ::-1]
        if self.has("transposed", i) and w.shape[2] == w.shape[3]:
            return w.swapaxes(2, 3)
        return w

    def backward_conv2d(self, i, layer, x, out, g):
        w = self.kernels(i, layer)
        whole = layer.groups == 1
        multiplied = self.has("multiplied", i) and whole
        dx, readers = np.zeros_like(x), np.zeros(x.shape)
        if multiplied:
            dx[:] = 1
        for o in range(len(w)):
            if self.has("last_kernel", i):
                dx[:] = 0
            for (r, c), (a, b), (y, z) in self.places(layer, x.shape, i):
                for channel, k in self.read_by(layer, o):
                    sent, cell = g[o, r, c] * w[o, k, a, b], (channel, y, z)
                    readers[cell] += 1
                    if multiplied:
                        dx[cell] *= sent
                    elif whole and (self.has("assigned", i) or self.has("copied", i)):
                        dx[cell] = sent
                    else:
                        dx[cell] += sent
        if multiplied:
            dx[readers == 0] = 0
        if whole:
            dx = self.averaged(i, dx, readers)
        return dx[:, ::-1, ::-1] if self.has("half_turned", i) else dx

    def of_parameter(self, i, layer, name, x, g):
        if layer.name == "conv1d":
            return self.parameter_of_conv1d(i, layer, name, x, g)
        if layer.name not in ("conv2d", "linear"):
            return getattr(self, f"weights_of_{layer.name}")(layer, name, x, g)
        mean = self.has("averaged", i) and layer.name == "conv2d"
        if name == "bias":
            db = np.zeros(len(layer.bias), self.dtype)
            for o in range(len(db)):
                for each in np.atleast_1d(g[o]).ravel():
                    db[o] = each if self.has("bias_one_cell", i) else db[o] + each
            if self.has("bias_all_kernels", i):
                db[:] = sum(db)
            return db / self.number(g[0].size) if mean else db
        w = self.array(layer.weight)
        dw = np.zeros(w.shape, self.dtype)
        if w.ndim == 2:
            for o, k in np.ndindex(w.shape):
                dw[o, k] = g[o] * (w[o, k] if self.has("weight_as_factor", i) else x[k])
            return dw
        if self.has("weight_as_factor", i):
            for o in range(len(w)):
                for each in g[o].ravel():
                    dw[o] += each * w[o]
            return dw
        if self.has("unpadded_input", i):
            return self.without_padding(layer, x, g)
        rows, columns = g.shape[1:]
        for o in range(len(w)):
            for (r, c), (a, b), (y, z) in self.places(layer, x.shape, self.of_weights(i)):
                met = (
                    g[o, rows - 1 - r, columns - 1 - c] if self.has("convolved", i) else g[o, r, c]
                )
                for channel, k in self.read_by(layer, o):
                    first = self.has("one_channel", i) and layer.groups == 1
                    dw[o, k, a, b] += met * x[0 if first else channel, y, z]
        if mean:
            dw = dw / self.number(g[0].size)
        return dw[..., ::-1, ::-1] if self.has("half_turned", i) else dw

    def without_padding(self, layer, x, g):
        """dL/dW of windows that begin at the map's corner, as if there were no padding."""
        dw = np.zeros(layer.weight.shape, self.dtype)
        (sh, sw), (dh, dw_) = layer.slide.windows.stride, layer.slide.windows.dilation
        for o, k, a, b in np.ndindex(dw.shape):
            channel, _ = self.read_by(layer, o)[k]
            for r, c in np.ndindex(g.shape[1:]):
                y, z = r * sh + a * dh, c * sw + b * dw_
                if y < x.shape[1] and z < x.shape[2]:
                    dw[o, k, a, b] += g[o, r, c] * x[channel, y, z]
        return dw

    def of_weights(self, i):
        """Windows of dL/dW are put elsewhere with a stride or a dilation, not by cutting dx."""
        return None if self.mistake == "padding_cut" else i

    def forward_linear(self, i, layer, x):
        out = np.zeros(layer.shape, self.dtype)
        w = self.array(layer.weight)
        for o in range(len(w)):
            for k in range(len(x)):
                out[o] += w[o, k] * x[k]
            if layer.bias is not None:
                out[o] += self.number(layer.bias[o])
        return out

    def backward_linear(self, i, layer, x, out, g):
        w, dx = self.array(layer.weight), np.zeros_like(x)
        if self.has("unweighted", i):
            w = np.ones_like(w)
        if self.has("transposed", i) and w.shape[0] == w.shape[1]:
            w = w.T
        if self.has("multiplied", i) and len(w) > 1:
            dx[:] = 1
            for o, k in np.ndindex(w.shape):
                dx[k] *= g[o] * w[o, k]
            return dx
        for o in range(len(w)):
            for k in range(len(x)):
                dx[k] = g[o] * w[o, k] + (0 if self.has("assigned", i) else dx[k])
        return dx / self.number(len(w)) if self.has("averaged", i) else dx

    def windows(self, layer, x, i=None):
        if layer.slide is None:
            return dict(self.adaptive(layer, x))
        held: dict = {}
        for k in range(len(x)):
            for at, _, cell in self.places(layer, x.shape, i):
                held.setdefault((k, *at), []).append((k, *cell))
        return held

    def taps(self, layer, x):
        """The most cells of a window."""
        if layer.slide is not None:
            return layer.slide.windows.taps
        return max(len(cells) for _, cells in self.adaptive(layer, x))

    def forward_max_pool2d(self, i, layer, x):
        out, taps = np.zeros(layer.shape, self.dtype), self.taps(layer, x)
        for at, cells in self.windows(layer, x).items():
            out[at] = max(x[cell] for cell in cells)
            padded = layer.slide is not None and len(cells) < taps
            if self.has("zero_padding", i) and padded:
                out[at] = max(out[at], 0)
        return out

    def backward_max_pool2d(self, i, layer, x, out, g):
        dx = np.zeros_like(x)
        elsewhere = ("stride_forgotten", "dilation_forgotten", "padding_cut", "winner_exchanged",
                     "local_index")  # fmt: skip
        if layer.slide is not None and any(self.has(word, i) for word in elsewhere):
            return self.winners_elsewhere(i, layer, x, g)
        taps, wins = self.taps(layer, x), np.zeros(x.shape)
        for at, cells in self.windows(layer, x).items():
            best = [cell for cell in cells if x[cell] == max(x[each] for each in cells)]
            ties = layer.ties
            if self.has("ties_other", i):
                ties = self.one_rule()
            paid = best[:1] if ties == "first" else best[-1:] if ties == "last" else best
            if self.has("ties_all", i):
                paid, ties = best, "all"
            if self.has("spread", i) and taps > 1:
                paid, ties = cells, "all"
            padded = layer.slide is not None and len(cells) < taps
            if self.has("zero_padding", i) and padded and x[best[0]] < 0:
                continue
            for cell in paid:
                arrives = self.number(1) if self.has("mask_alone", i) else g[at]
                if self.has("times_activation", i):
                    arrives = arrives * x[cell]
                if ties == "split":
                    arrives = arrives / self.number(len(best))
                dx[cell] = arrives if self.has("assigned", i) else dx[cell] + arrives
                wins[cell] += 1
        return self.averaged(i, dx, wins)

    def one_rule(self):
        """A rule for the ties of all pools, another than that of the network."""
        rules = {getattr(layer, "ties", "last") for layer in self.net.layers}
        return "last" if rules != {"last"} else "split"

    def averaged(self, i, dx, readers):
        """The mean over a cell's readers, where the mistake is made."""
        if not self.has("averaged", i):
            return dx
        return dx / np.maximum(readers, 1).astype(self.dtype)

    def winners_elsewhere(self, i, layer, x, g):
        """The tap of each winner, put where the window's other geometry has it."""
        dx, taps = np.zeros_like(x), dict[Any, Any]()
        for k in range(len(x)):
            for at, tap, cell in self.places(layer, x.shape):
                held = taps.setdefault((k, *at), [])
                held.append((x[(k, *cell)], tap))
        target = {}
        for at, tap, cell in self.places(layer, x.shape, i):
            target[(*at, *tap)] = cell
            if self.has("local_index", i):
                flat = tap[0] * layer.slide.windows.kernel[1] + tap[1]
                target[(*at, *tap)] = divmod(flat, x.shape[2])
        for (k, *at), held in taps.items():
            top = max(v for v, _ in held)
            best = [tap for v, tap in held if v == top]
            paid = {"first": best[:1], "last": best[-1:], "split": best}[layer.ties]
            for tap in paid:
                cell = target.get((*at, *tap))
                if self.has("winner_exchanged", i):
                    cell = self.with_row_and_column_exchanged(layer, at, tap)
                if cell is not None:
                    dx[(k, *cell)] += g[(k, *at)] / self.number(len(paid))
        return dx

    def with_row_and_column_exchanged(self, layer, at, tap):
        slide, cell = layer.slide.windows, []
        for axis in (0, 1):
            first = at[axis] * slide.stride[axis] - slide.padding[axis]
            cell.append(first + tap[1 - axis] * slide.dilation[axis])
        inside = all(0 <= c < n for c, n in zip(cell, slide.plane, strict=True))
        return tuple(cell) if inside else None

    def forward_flatten(self, i, layer, x):
        return x.reshape(-1)

    def backward_flatten(self, i, layer, x, out, g):
        return g.reshape(x.shape)
