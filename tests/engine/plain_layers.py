"""Transposed convolution, averages, adaptive pools and scales, written by hand in plain loops."""

from collections.abc import Callable
from typing import Any

import numpy as np


class Layers:
    """What ``plain_loops.Run`` does in layers that are no convolution, max pool or activation."""

    has: Callable[[str, int], bool]
    windows: Callable[..., Any]
    averaged: Callable[..., Any]
    forward_max_pool2d: Callable[..., Any]
    backward_max_pool2d: Callable[..., Any]
    number: Callable[..., Any]
    array: Callable[..., Any]
    dtype: Any

    # --- transposed convolution -----------------------------------------------------------------

    def laid(self, layer):
        """(output, channel, its kernel, tap, input place, output place) of every product."""
        slide, inner = layer.windows, layer.input_shape[0] // layer.groups
        (sh, sw), (ph, pw), (dh, dw) = slide.stride, slide.padding, slide.dilation
        _, rows, columns = layer.shape
        _, outer, kh, kw = layer.weight.shape
        for channel, r, c in np.ndindex(layer.input_shape):
            for o, a, b in np.ndindex(outer, kh, kw):
                y, z = r * sh + a * dh - ph, c * sw + b * dw - pw
                if 0 <= y < rows and 0 <= z < columns:
                    out = channel // inner * outer + o
                    yield (channel, o, a, b), (channel, r, c), (out, y, z)

    def forward_conv_transpose2d(self, i, layer, x):
        w, out = self.array(layer.weight), np.zeros(layer.shape, self.dtype)
        for tap, cell, at in self.laid(layer):
            out[at] += w[tap] * x[cell]
        if layer.bias is not None:
            for o in range(len(out)):
                out[o] += self.number(layer.bias[o])
        return out

    def backward_conv_transpose2d(self, i, layer, x, out, g):
        w, dx = self.array(layer.weight), np.zeros_like(x)
        for tap, cell, at in self.laid(layer):
            dx[cell] += w[tap] * g[at]
        return dx

    def weights_of_conv_transpose2d(self, layer, name, x, g):
        if name == "bias":
            return self.sums(g)
        dw = np.zeros(layer.weight.shape, self.dtype)
        for tap, cell, at in self.laid(layer):
            dw[tap] += x[cell] * g[at]
        return dw

    def sums(self, g):
        """Of each channel."""
        total = np.zeros(len(g), self.dtype)
        for o in range(len(g)):
            for each in g[o].ravel():
                total[o] += each
        return total

    # --- batch normalization --------------------------------------------------------------------

    def root(self, layer, channel):
        return np.sqrt(self.number(layer.running_var[channel]) + self.number(layer.eps))

    def scale(self, layer, channel):
        return self.number(1 if layer.weight is None else layer.weight[channel])

    def normalized(self, layer, x):
        y = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            y[at] = (x[at] - self.number(layer.running_mean[at[0]])) / self.root(layer, at[0])
        return y

    def forward_batch_norm2d(self, i, layer, x):
        y = self.normalized(layer, x)
        for at in np.ndindex(x.shape):
            y[at] = y[at] * self.scale(layer, at[0])
            if layer.bias is not None:
                y[at] += self.number(layer.bias[at[0]])
        return y

    def backward_batch_norm2d(self, i, layer, x, out, g):
        dx = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            dx[at] = g[at] * self.scale(layer, at[0]) / self.root(layer, at[0])
        return dx

    def weights_of_batch_norm2d(self, layer, name, x, g):
        return self.sums(g if name == "bias" else g * self.normalized(layer, x))

    # --- slopes that are learned, and masks -----------------------------------------------------

    def low(self, layer, channel):
        return self.number(layer.weight[channel if len(layer.weight) > 1 else 0])

    def forward_prelu(self, i, layer, x):
        y = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            y[at] = x[at] if x[at] > 0 else self.low(layer, at[0]) * x[at]
        return y

    def backward_prelu(self, i, layer, x, out, g):
        dx = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            dx[at] = g[at] if x[at] > 0 else self.low(layer, at[0]) * g[at]
        return dx

    def weights_of_prelu(self, layer, name, x, g):
        dw = np.zeros(len(layer.weight), self.dtype)
        for at in np.ndindex(x.shape):
            if x[at] <= 0:
                dw[at[0] if len(dw) > 1 else 0] += g[at] * x[at]
        return dw

    def kept(self, layer, x):
        """What a mask leaves of an array, divided by the share of the cells that are kept."""
        y, stay = np.zeros_like(x), self.number(1 - layer.p)
        for at in np.ndindex(x.shape):
            if layer.mask[at] and layer.p < 1:
                y[at] = x[at] / stay
        return y

    def forward_dropout(self, i, layer, x):
        return self.kept(layer, x)

    def backward_dropout(self, i, layer, x, out, g):
        return self.kept(layer, g)

    # --- averages -------------------------------------------------------------------------------

    def divisor(self, layer, at, cells):
        """How many cells a window of an average is divided by."""
        if layer.divisor_override is not None:
            return self.number(layer.divisor_override)
        if layer.slide is None:
            return self.number(cells)
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
            out[at] = out[at] / self.divisor(layer, at[1:], len(cells))
        return out

    def backward_avg_pool2d(self, i, layer, x, out, g):
        dx, readers = np.zeros_like(x), np.zeros(x.shape)
        for at, cells in self.windows(layer, x, i).items():
            n = self.divisor(layer, at[1:], len(cells))
            sides = layer.slide.windows.kernel if layer.slide is not None else None
            if self.has("avg_undivided", i):
                n = 1
            elif self.has("avg_divided_twice", i):
                n = n * n
            elif self.has("avg_by_side", i) and sides:
                n = sides[0]
            elif self.has("avg_padding", i) and sides and layer.divisor_override is None:
                n = len(cells) if layer.count_include_pad else sides[0] * sides[1]
            elif self.has("avg_to_maximum", i):
                cells = [max(cells, key=lambda cell: x[cell])]
                n = 1
            for cell in cells:
                dx[cell] = g[at] / n + (0 if self.has("assigned", i) else dx[cell])
                readers[cell] += 1
        return self.averaged(i, dx, readers)

    # --- pools of as many windows as one wants --------------------------------------------------

    def adaptive(self, layer, x):
        """(output cell, its input cells): from ⌊i·H/O⌋ to ⌈(i + 1)·H/O⌉."""
        (_, rows, columns), (channels, down, across) = x.shape, layer.shape
        for k, r, c in np.ndindex(channels, down, across):
            ys = range(r * rows // down, -(-(r + 1) * rows // down))
            zs = range(c * columns // across, -(-(c + 1) * columns // across))
            yield (k, r, c), [(k, y, z) for y in ys for z in zs]

    def forward_adaptive_max_pool2d(self, i, layer, x):
        return self.forward_max_pool2d(i, layer, x)

    def backward_adaptive_max_pool2d(self, i, layer, x, out, g):
        return self.backward_max_pool2d(i, layer, x, out, g)

    def forward_adaptive_avg_pool2d(self, i, layer, x):
        return self.forward_avg_pool2d(i, layer, x)

    def backward_adaptive_avg_pool2d(self, i, layer, x, out, g):
        return self.backward_avg_pool2d(i, layer, x, out, g)
