"""Convolution and pools along one axis, written by hand in plain loops, and their mistakes.

Nothing here knows of maps: a channel is a list of positions.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

WORDS_ALONG_ONE_AXIS = (
    "last_kernel", "unweighted", "copied", "multiplied", "unflipped", "transposed", "half_turned",
    "assigned", "averaged", "stride_forgotten", "dilation_forgotten", "padding_cut",
    "unpadded_input", "convolved", "one_channel", "bias_all_kernels", "bias_one_cell",
    "weight_as_factor", "ties_all", "ties_other", "zero_padding", "local_index", "spread",
    "avg_undivided", "avg_divided_twice", "avg_to_maximum", "avg_padding", "times_activation",
    "negatives_dropped", "slope_forgotten", "mask_alone", "mask_inverted", "activation_missing",
    "outputs_sent_back", "sign_reversed", "target_forgotten", "scaled", "reordered",
)  # fmt: skip
"""Every mistake that can be made in these layers, and some of the others."""


class Lines:
    """What ``plain_loops.Run`` does in layers along one axis."""

    has: Callable[[str, int], bool]
    averaged: Callable[..., Any]
    number: Callable[..., Any]
    array: Callable[..., Any]
    dtype: Any

    def along(self, layer, length, i=None):
        """(position, tap, cell) of every window, in the order of a loop; padding left out.

        ``i``: on the way back in this layer, where they may be put elsewhere by mistake.
        """
        windows = layer.slide.windows
        step, before, gap = windows.stride[1], windows.padding[1], windows.dilation[1]
        if i is not None and self.has("stride_forgotten", i):
            step = 1
        if i is not None and self.has("dilation_forgotten", i):
            gap = 1
        if i is not None and self.has("padding_cut", i):
            before = 0
        for position in range(windows.out[1]):
            for tap in range(windows.kernel[1]):
                cell = position * step + tap * gap - before
                if 0 <= cell < length:
                    yield position, tap, cell

    # --- convolution ----------------------------------------------------------------------------

    def channels_of(self, layer, o):
        """(channel, its place in the kernel) of what kernel o reads."""
        inner, outer = layer.weight.shape[1], len(layer.weight) // layer.groups
        return [(o // outer * inner + k, k) for k in range(inner)]

    def forward_conv1d(self, i, layer, x):
        w, out = self.array(layer.weight), np.zeros(layer.shape, self.dtype)
        for o in range(len(w)):
            for position, tap, cell in self.along(layer, x.shape[1]):
                for channel, k in self.channels_of(layer, o):
                    out[o, position] += w[o, k, tap] * x[channel, cell]
            if layer.bias is not None:
                out[o] += self.number(layer.bias[o])
        return out

    def lines_back(self, i, layer):
        """The weights on the way back."""
        w = self.array(layer.weight)
        if self.has("unweighted", i) or (self.has("copied", i) and layer.groups == 1):
            return np.ones_like(w)
        if self.has("unflipped", i):
            return w[:, :, ::-1]
        if self.has("transposed", i) and layer.groups == 1:
            out, channels, taps = w.shape
            return w.reshape(channels, out, taps).swapaxes(0, 1)
        return w

    def backward_conv1d(self, i, layer, x, out, g):
        w, dx, readers = self.lines_back(i, layer), np.zeros_like(x), np.zeros(x.shape)
        whole = layer.groups == 1
        multiplied = self.has("multiplied", i) and whole
        replaces = whole and (self.has("assigned", i) or self.has("copied", i))
        if multiplied:
            dx[:] = 1
        for o in range(len(w)):
            if self.has("last_kernel", i):
                dx[:] = 0
            for position, tap, cell in self.along(layer, x.shape[1], i):
                for channel, k in self.channels_of(layer, o):
                    sent = g[o, position] * w[o, k, tap]
                    readers[channel, cell] += 1
                    if multiplied:
                        dx[channel, cell] *= sent
                    elif replaces:
                        dx[channel, cell] = sent
                    else:
                        dx[channel, cell] += sent
        if multiplied:
            dx[readers == 0] = 0
        if whole:
            dx = self.averaged(i, dx, readers)
        return dx[:, ::-1] if self.has("half_turned", i) else dx

    def parameter_of_conv1d(self, i, layer, name, x, g):
        n = self.number(g.shape[1])
        if name == "bias":
            db = np.zeros(len(layer.bias), self.dtype)
            for o in range(len(db)):
                for each in g[o]:
                    db[o] = each if self.has("bias_one_cell", i) else db[o] + each
            if self.has("bias_all_kernels", i):
                db[:] = sum(db)
            return db / n if self.has("averaged", i) else db
        w = self.array(layer.weight)
        dw = np.zeros(w.shape, self.dtype)
        if self.has("weight_as_factor", i):
            for o in range(len(w)):
                for each in g[o]:
                    dw[o] += each * w[o]
            return dw
        if self.has("unpadded_input", i):
            return self.of_bare_input(layer, x, g)
        elsewhere = None if self.has("padding_cut", i) else i  # dx is cut, not x
        for o in range(len(w)):
            for position, tap, cell in self.along(layer, x.shape[1], elsewhere):
                met = g[o, -1 - position] if self.has("convolved", i) else g[o, position]
                for channel, k in self.channels_of(layer, o):
                    first = self.has("one_channel", i) and layer.groups == 1
                    dw[o, k, tap] += met * x[0 if first else channel, cell]
        if self.has("averaged", i):
            dw = dw / n
        return dw[:, :, ::-1] if self.has("half_turned", i) else dw

    def of_bare_input(self, layer, x, g):
        """dL/dW of windows that begin at the first position, as if there were no padding."""
        dw, windows = np.zeros(layer.weight.shape, self.dtype), layer.slide.windows
        for o, k, tap in np.ndindex(dw.shape):
            channel, _ = self.channels_of(layer, o)[k]
            for position in range(g.shape[1]):
                cell = position * windows.stride[1] + tap * windows.dilation[1]
                if cell < x.shape[1]:
                    dw[o, k, tap] += g[o, position] * x[channel, cell]
        return dw

    # --- pools ----------------------------------------------------------------------------------

    def held(self, layer, x, i=None):
        """{(channel, position): [(tap, cell) …]} of every window."""
        windows: dict[Any, Any] = {}
        for channel in range(len(x)):
            for position, tap, cell in self.along(layer, x.shape[1], i):
                windows.setdefault((channel, position), []).append((tap, cell))
        return windows

    def forward_max_pool1d(self, i, layer, x):
        out = np.zeros(layer.shape, self.dtype)
        for (channel, position), cells in self.held(layer, x).items():
            best = max(x[channel, cell] for _, cell in cells)
            padded = len(cells) < layer.slide.windows.kernel[1]
            if self.has("zero_padding", i) and padded:
                best = max(best, self.number(0))
            out[channel, position] = best
        return out

    def backward_max_pool1d(self, i, layer, x, out, g):
        dx, wins, side = np.zeros_like(x), np.zeros(x.shape), layer.slide.windows.kernel[1]
        moved = {(position, tap): cell for position, tap, cell in self.along(layer, x.shape[1], i)}
        for (channel, position), cells in self.held(layer, x).items():
            top = max(x[channel, cell] for _, cell in cells)
            best = [each for each in cells if x[channel, each[1]] == top]
            ties = layer.ties
            if self.has("ties_other", i):
                ties = "last" if ties != "last" else "split"
            paid = {"first": best[:1], "last": best[-1:], "split": best, "all": best}[ties]
            if self.has("ties_all", i):
                paid, ties = best, "all"
            if self.has("spread", i) and side > 1:
                paid, ties = cells, "all"
            if self.has("zero_padding", i) and len(cells) < side and top < 0:
                continue
            for tap, cell in paid:
                arrives = self.number(1) if self.has("mask_alone", i) else g[channel, position]
                if self.has("times_activation", i):
                    arrives = arrives * x[channel, cell]
                if ties == "split":
                    arrives = arrives / self.number(len(best))
                target = tap if self.has("local_index", i) else moved.get((position, tap))
                if target is None:
                    continue
                before = self.number(0) if self.has("assigned", i) else dx[channel, target]
                dx[channel, target] = before + arrives
                wins[channel, target] += 1
        return self.averaged(i, dx, wins)

    def line_divisor(self, layer, position, cells):
        """How many cells a window of an average is divided by."""
        windows = layer.slide.windows
        if not layer.count_include_pad:
            return self.number(cells)
        first = position * windows.stride[1] - windows.padding[1]
        end = windows.plane[1] + windows.padding[1]
        return self.number(min(first + windows.kernel[1], end) - first)

    def forward_avg_pool1d(self, i, layer, x):
        out = np.zeros(layer.shape, self.dtype)
        for (channel, position), cells in self.held(layer, x).items():
            for _, cell in cells:
                out[channel, position] += x[channel, cell]
            out[channel, position] /= self.line_divisor(layer, position, len(cells))
        return out

    def backward_avg_pool1d(self, i, layer, x, out, g):
        dx, readers, side = np.zeros_like(x), np.zeros(x.shape), layer.slide.windows.kernel[1]
        read = self.held(layer, x)
        for (channel, position), cells in self.held(layer, x, i).items():
            n = self.line_divisor(layer, position, len(read[channel, position]))
            paid = [cell for _, cell in cells]
            if self.has("avg_undivided", i):
                n = self.number(1)
            elif self.has("avg_divided_twice", i):
                n = n * n
            elif self.has("avg_padding", i):
                real = len(read[channel, position])
                n = self.number(real if layer.count_include_pad else side)
            elif self.has("avg_to_maximum", i):
                paid, n = [max(paid, key=lambda cell: x[channel, cell])], self.number(1)
            for cell in paid:
                before = self.number(0) if self.has("assigned", i) else dx[channel, cell]
                dx[channel, cell] = before + g[channel, position] / n
                readers[channel, cell] += 1
        return self.averaged(i, dx, readers)
