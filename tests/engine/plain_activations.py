"""Activations and softmax written by hand, forwards and back, with the mistakes people make."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np


class Activations:
    """What ``plain_loops.Run`` does in layers without weights and windows."""

    has: Callable[[str, int], bool]
    number: Callable[..., Any]

    def through(self, i, layer, slope, x, out, g):
        """G × slope, and what people make of it."""
        low = getattr(layer, "negative_slope", 0.0)
        dx = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            s, v, u = slope(x[at], out[at]), x[at], g[at]
            if self.has("slope_forgotten", i) and layer.name != "identity":
                s = 1
            elif self.has("times_activation", i) and layer.name == "relu":
                s = out[at]
            elif self.has("slope_from_gradient", i) and layer.name in ("relu", "leaky_relu"):
                s = 1 if u > 0 else low
            elif self.has("slope_at_output", i):
                y = self.each(lambda w: w, out)
                s = slope(out[at], getattr(self, f"forward_{layer.name}")(i, layer, y)[at])
            elif self.has("slope_at_input", i) and layer.name in ("sigmoid", "tanh"):
                s = v * (1 - v) if layer.name == "sigmoid" else 1 - v * v
            elif self.has("slope_half", i) and layer.name in ("sigmoid", "tanh"):
                s = out[at] if layer.name == "sigmoid" else 1 - out[at]
            elif self.has("mask_inverted", i) and layer.name in ("relu", "leaky_relu"):
                s = low if v > 0 else 1
            elif self.has("slope_at_0", i) and layer.name in ("relu", "leaky_relu"):
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

    # --- softmax, over the first axis -----------------------------------------------------------

    def rows(self, x):
        """The places of a map, or the one row."""
        return [(slice(None), *at) for at in np.ndindex(x.shape[1:])]

    def shares(self, x):
        p = np.zeros_like(x)
        for row in self.rows(x):
            top = max(x[row])
            e = [np.exp(v - top) for v in x[row]]
            total = self.number(0)
            for each in e:
                total = total + each
            for k, each in enumerate(e):
                p[(k, *row[1:])] = each / total
        return p

    def forward_softmax(self, i, layer, x):
        return self.shares(x)

    def backward_softmax(self, i, layer, x, out, g):
        dx = np.zeros_like(x)
        for row in self.rows(x):
            for j in range(len(x)):
                for k in range(len(x)):
                    slope = out[(k, *row[1:])] * (self.number(j == k) - out[(j, *row[1:])])
                    dx[(j, *row[1:])] += g[(k, *row[1:])] * slope
        return dx

    def forward_log_softmax(self, i, layer, x):
        y = np.zeros_like(x)
        for row in self.rows(x):
            top = max(x[row])
            total = self.number(0)
            for v in x[row]:
                total = total + np.exp(v - top)
            for k in range(len(x)):
                y[(k, *row[1:])] = x[(k, *row[1:])] - top - np.log(total)
        return y

    def backward_log_softmax(self, i, layer, x, out, g):
        dx, p = np.zeros_like(x), self.shares(x)
        for row in self.rows(x):
            for j in range(len(x)):
                for k in range(len(x)):
                    slope = self.number(j == k) - p[(j, *row[1:])]
                    dx[(j, *row[1:])] += g[(k, *row[1:])] * slope
        return dx
