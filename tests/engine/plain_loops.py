"""The backward pass written by hand: plain loops in any arithmetic, and the mistakes people make.

It shares no line with the engine. A mistake is a word that some ``if`` below looks for.
"""

import math
from typing import Any

import numpy as np


def gradients(net, dtype=np.float64, mistake="", only=None):
    """{(layer, parameter or None): gradient} of a network; ``only``: the layers with the mistake.

    Every product and sum is rounded to ``dtype``.
    """
    run = Run(net, dtype, mistake, only)
    return run.backwards()


def rounded_by_hand(net, digits):
    """The same on paper: every map, slope and gradient that is written down has these decimals."""
    return Run(net, np.float64, "", None, lambda x: np.round(x, digits)).backwards()


class Run:
    def __init__(self, net, dtype, mistake="", only=None, write=None):
        self.net, self.dtype, self.mistake, self.only = net, dtype, mistake, only
        self.write = write or (lambda x: x)

    amount = 0.1

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
            values.append(self.write(getattr(self, f"forward_{layer.name}")(i, layer, values[-1])))
        n = len(self.net.layers)
        g = self.write(self.start(values[-1]))
        found = {(n - 1, None): g}
        for i in range(n - 1, -1, -1):
            layer, x = self.net.layers[i], values[i]
            for name in layer.parameters:
                if self.has("outputs_sent_back", i):
                    g = values[i + 1]
                found[i, name] = self.write(self.of_parameter(i, layer, name, x, g))
            if self.is_missing(i, layer):
                found[i - 1, None] = g
                continue
            back = getattr(self, f"backward_{layer.name}")
            if self.has("outputs_sent_back", i) and layer.name != "flatten":
                g = values[i + 1]
            g = self.write(back(i, layer, x, values[i + 1], g))
            found[i - 1, None] = g
        return {where: self.at_the_end(array, where) for where, array in found.items()}

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

    # --- the loss -------------------------------------------------------------------------------

    def start(self, out):
        head = self.net.head
        if head.name == "upstream":
            return self.array(head.gradient)
        if head.name == "mse":
            t = self.array(head.target)
            n = self.number(out.size if head.reduction == "mean" else 1)
            g = np.zeros_like(out)
            for at in np.ndindex(out.shape):
                apart = out[at] if self.mistake == "target_forgotten" else out[at] - t[at]
                g[at] = self.number(2) * apart / n
            return -g if self.mistake == "sign_reversed" else g
        e = np.zeros_like(out)
        top = max(out)
        for k in range(len(out)):
            e[k] = np.exp(out[k] - top)
        total = self.number(0)
        for k in range(len(out)):
            total = total + e[k]
        p = e / total
        y = np.zeros_like(p)
        y[head.target] = 1
        k = len(p)
        wrong = {
            "sign_reversed": y - p,
            "target_forgotten": p,
            "softmax_twice": (p - y) * p * (1 - p),
            "probability_slope": -y / p,
            "other_class": p - np.roll(y, 1),
            "scores_minus_target": out - y,
            "divided_by_classes": (p - y) / k,
        }
        return wrong.get(self.mistake, p - y)

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

    def forward_conv2d(self, i, layer, x):
        w = self.array(layer.weight)
        out = np.zeros(layer.shape, self.dtype)
        for o in range(len(w)):
            for (r, c), (a, b), (y, z) in self.places(layer, x.shape):
                for k in range(len(x)):
                    out[o, r, c] += w[o, k, a, b] * x[k, y, z]
            if layer.bias is not None:
                out[o] += self.number(layer.bias[o])
        return out

    def backward_conv2d(self, i, layer, x, out, g):
        w = self.array(layer.weight)
        dx = np.zeros_like(x)
        for o in range(len(w)):
            if self.has("last_kernel", i):
                dx[:] = 0
            for (r, c), (a, b), (y, z) in self.places(layer, x.shape, i):
                for k in range(len(x)):
                    dx[k, y, z] += g[o, r, c] * w[o, k, a, b]
        return dx

    def of_parameter(self, i, layer, name, x, g):
        if name == "bias":
            db = np.zeros(len(layer.bias), self.dtype)
            for o in range(len(db)):
                for each in np.atleast_1d(g[o]).ravel():
                    db[o] += each
            if self.has("bias_all_kernels", i):
                db[:] = sum(db)
            return db
        w = layer.weight
        dw = np.zeros(w.shape, self.dtype)
        if w.ndim == 2:
            for o, k in np.ndindex(w.shape):
                dw[o, k] = g[o] * x[k]
            return dw
        rows, columns = g.shape[1:]
        only_seen = self.has("unpadded_input", i)
        for o in range(len(w)):
            for (r, c), (a, b), (y, z) in self.places(layer, x.shape, self.of_weights(i)):
                met = (
                    g[o, rows - 1 - r, columns - 1 - c] if self.has("convolved", i) else g[o, r, c]
                )
                for k in range(len(x)):
                    if only_seen:
                        continue
                    seen = x[0, y, z] if self.has("one_channel", i) else x[k, y, z]
                    dw[o, k, a, b] += met * seen
        if only_seen:
            (sh, sw), (dh, dw_) = layer.slide.windows.stride, layer.slide.windows.dilation
            for o, k, a, b in np.ndindex(w.shape):
                for r, c in np.ndindex(rows, columns):
                    y, z = r * sh + a * dh, c * sw + b * dw_
                    if y < x.shape[1] and z < x.shape[2]:
                        dw[o, k, a, b] += g[o, r, c] * x[k, y, z]
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
        for o in range(len(w)):
            for k in range(len(x)):
                dx[k] += g[o] * w[o, k]
        return dx

    def windows(self, layer, x):
        held: dict = {}
        for k in range(len(x)):
            for at, _, cell in self.places(layer, x.shape):
                held.setdefault((k, *at), []).append((k, *cell))
        return held

    def forward_max_pool2d(self, i, layer, x):
        out = np.zeros(layer.shape, self.dtype)
        for at, cells in self.windows(layer, x).items():
            out[at] = max(x[cell] for cell in cells)
        return out

    def backward_max_pool2d(self, i, layer, x, out, g):
        dx = np.zeros_like(x)
        if any(
            self.has(word, i)
            for word in (
                "stride_forgotten",
                "dilation_forgotten",
                "padding_cut",
                "winner_exchanged",
            )
        ):
            return self.winners_elsewhere(i, layer, x, g)
        for at, cells in self.windows(layer, x).items():
            best = [cell for cell in cells if x[cell] == max(x[each] for each in cells)]
            ties = layer.ties
            if self.has("ties_other", i):
                ties = "last" if ties != "last" else "split"
            paid = best[:1] if ties == "first" else best[-1:] if ties == "last" else best
            for cell in paid:
                arrives = self.number(1) if self.has("mask_alone", i) else g[at]
                dx[cell] += arrives / self.number(len(best)) if ties == "split" else arrives
        return dx

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
        for (k, *at), held in taps.items():
            top = max(v for v, _ in held)
            (a, b), *_ = [tap for v, tap in held if v == top]
            if self.has("winner_exchanged", i):
                a, b = b, a
            cell = target.get((*at, a, b))
            if cell is not None:
                dx[(k, *cell)] += g[(k, *at)]
        return dx

    def divisor(self, layer, at):
        """How many cells a window of an average is divided by."""
        slide = layer.slide.windows
        counts = []
        for axis in (0, 1):
            low = -slide.padding[axis] if layer.count_include_pad else 0
            high = slide.plane[axis] - low
            first = at[axis] * slide.stride[axis] - slide.padding[axis]
            taken = [p for p in range(first, first + slide.kernel[axis]) if low <= p < high]
            counts.append(len(taken))
        return self.number(counts[0] * counts[1])

    def forward_avg_pool2d(self, i, layer, x):
        out = np.zeros(layer.shape, self.dtype)
        for at, cells in self.windows(layer, x).items():
            for cell in cells:
                out[at] += x[cell]
            out[at] = out[at] / self.divisor(layer, at[1:])
        return out

    def backward_avg_pool2d(self, i, layer, x, out, g):
        dx = np.zeros_like(x)
        for at, cells in self.windows(layer, x).items():
            n = self.divisor(layer, at[1:])
            side, whole = layer.slide.windows.kernel[0], layer.slide.windows.taps
            if self.has("avg_undivided", i):
                n = 1
            elif self.has("avg_divided_twice", i):
                n = n * n
            elif self.has("avg_by_side", i):
                n = side
            elif self.has("avg_padding", i):
                n = len(cells) if layer.count_include_pad else whole
            elif self.has("avg_to_maximum", i):
                cells = [max(cells, key=lambda cell: x[cell])]
                n = 1
            for cell in cells:
                dx[cell] += g[at] / n
        return dx

    def forward_flatten(self, i, layer, x):
        return x.reshape(-1)

    def backward_flatten(self, i, layer, x, out, g):
        return g.reshape(x.shape)

    # --- activations ----------------------------------------------------------------------------

    def through(self, i, layer, slope, x, out, g):
        """G × slope, and what people make of it."""
        low = getattr(layer, "negative_slope", 0.0)
        dx = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            s, v, u = slope(x[at], out[at]), x[at], g[at]
            if self.has("slope_at_output", i):
                y = self.each(lambda w: w, out)
                s = slope(out[at], getattr(self, f"forward_{layer.name}")(i, layer, y)[at])
            elif self.has("slope_at_input", i) and layer.name in ("sigmoid", "tanh"):
                s = v * (1 - v) if layer.name == "sigmoid" else 1 - v * v
            elif self.has("slope_half", i) and layer.name in ("sigmoid", "tanh"):
                s = out[at] if layer.name == "sigmoid" else 1 - out[at]
            elif self.has("mask_inverted", i) and layer.name in ("relu", "leaky_relu"):
                s = low if v > 0 else 1
            elif self.has("slope_at_0", i):
                s = 1 if v == 0 else s
            elif self.has("leak_lost", i) and layer.name == "leaky_relu":
                s = s if v > 0 else 0
            dx[at] = s if self.has("mask_alone", i) else u * s
        return dx

    def each(self, f, *arrays):
        out = np.zeros_like(arrays[0])
        for at in np.ndindex(out.shape):
            out[at] = f(*(array[at] for array in arrays))
        return out

    def forward_relu(self, i, layer, x):
        return self.each(lambda v: v if v > 0 else self.number(0), x)

    def backward_relu(self, i, layer, x, out, g):
        return self.through(i, layer, lambda v, y: self.number(v > 0), x, out, g)

    def forward_leaky_relu(self, i, layer, x):
        low = self.number(layer.negative_slope)
        return self.each(lambda v: v if v > 0 else low * v, x)

    def backward_leaky_relu(self, i, layer, x, out, g):
        low, one = self.number(layer.negative_slope), self.number(1)
        return self.through(i, layer, lambda v, y: one if v > 0 else low, x, out, g)

    def forward_sigmoid(self, i, layer, x):
        one = self.number(1)
        return self.each(lambda v: one / (one + np.exp(-v)), x)

    def backward_sigmoid(self, i, layer, x, out, g):
        one = self.number(1)
        return self.through(i, layer, lambda v, y: y * (one - y), x, out, g)

    def forward_tanh(self, i, layer, x):
        return self.each(np.tanh, x)

    def backward_tanh(self, i, layer, x, out, g):
        one = self.number(1)
        return self.through(i, layer, lambda v, y: one - y * y, x, out, g)

    def forward_identity(self, i, layer, x):
        return x

    def backward_identity(self, i, layer, x, out, g):
        return g

    def forward_hardtanh(self, i, layer, x):
        low, high = self.number(layer.min_val), self.number(layer.max_val)
        return self.each(lambda v: low if v < low else high if v > high else v, x)

    def backward_hardtanh(self, i, layer, x, out, g):
        low, high = self.number(layer.min_val), self.number(layer.max_val)
        return self.each(lambda u, v: u if low < v < high else self.number(0), g, x)

    def forward_elu(self, i, layer, x):
        a, one = self.number(layer.alpha), self.number(1)
        return self.each(lambda v: v if v > 0 else a * (np.exp(v) - one), x)

    def backward_elu(self, i, layer, x, out, g):
        a = self.number(layer.alpha)
        return self.each(lambda u, v: u if v > 0 else u * (a * np.exp(v)), g, x)

    def forward_silu(self, i, layer, x):
        one = self.number(1)
        return self.each(lambda v: v * (one / (one + np.exp(-v))), x)

    def backward_silu(self, i, layer, x, out, g):
        one = self.number(1)
        share = self.each(lambda v: one / (one + np.exp(-v)), x)
        return self.each(lambda u, v, s: u * (s * (one + v * (one - s))), g, x, share)

    def forward_softplus(self, i, layer, x):
        b, one = self.number(layer.beta), self.number(1)
        top = self.number(layer.threshold)
        return self.each(lambda v: v if b * v > top else np.log(one + np.exp(b * v)) / b, x)

    def backward_softplus(self, i, layer, x, out, g):
        b, one = self.number(layer.beta), self.number(1)
        top = self.number(layer.threshold)
        return self.each(lambda u, v: u if b * v > top else u / (one + np.exp(-b * v)), g, x)

    def gelu_share(self, layer, v):
        half, one = self.number(0.5), self.number(1)
        if layer.approximate == "tanh":
            u = self.number(np.sqrt(2 / np.pi)) * (v + self.number(0.044715) * v * v * v)
            return half * (one + np.tanh(u))
        return half * (one + self.number(math.erf(float(v / self.number(np.sqrt(2))))))

    def forward_gelu(self, i, layer, x):
        return self.each(lambda v: v * self.gelu_share(layer, v), x)

    def backward_gelu(self, i, layer, x, out, g):
        def slope(v):
            share = self.gelu_share(layer, v)
            if layer.approximate == "tanh":
                one, c = self.number(1), self.number(np.sqrt(2 / np.pi))
                t = np.tanh(c * (v + self.number(0.044715) * v * v * v))
                rise = (one - t * t) * c * (one + self.number(3 * 0.044715) * v * v)
                return share + self.number(0.5) * v * rise
            density = np.exp(-v * v / self.number(2)) / self.number(np.sqrt(2 * np.pi))
            return share + v * density

        return self.each(lambda u, v: u * slope(v), g, x)
