"""Convolution, pooling and others in plain numpy, forwards and backwards.

An exported numpy script gets copies of the functions that it needs, with their comments. So they
are written for the reader of the script: they import only numpy, and do nothing for speed. The
script itself contains the layers that need only one line.
"""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Pair = tuple[int, int]
Cells = dict[tuple[int, int, int], list[Pair]]


def output_size(
    size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool
) -> int:
    """How many windows fit along one axis; with ceil_mode the last one may run off the end."""
    reach = size + 2 * padding - dilation * (kernel - 1) - 1
    if not ceil_mode:
        return reach // stride + 1
    out = -(-reach // stride) + 1
    # But it has to start inside the input, or in the padding before it.
    return out - 1 if (out - 1) * stride >= size + padding else out


def conv2d(x: Array, weight: Array, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """Each output is the sum of a window of the input times the kernel, which is not flipped."""
    out, _, *kernel = weight.shape
    rows, columns = (
        output_size(x.shape[1 + a], kernel[a], stride[a], padding[a], dilation[a], False)
        for a in (0, 1)
    )
    padded = np.pad(x, ((0, 0), (padding[0], padding[0]), (padding[1], padding[1])))
    y = np.zeros((out, rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = padded[(slice(None), *window_slices(i, j, kernel, stride, dilation))]
            for o in range(out):
                y[o, i, j] = np.sum(window * weight[o])
    return y


def conv2d_backward(
    upstream: Array, x: Array, weight: Array, stride: Pair, padding: Pair, dilation: Pair
) -> tuple[Array, Array]:
    """Gradient of the output → gradients of the input and of the weight."""
    out, _, *kernel = weight.shape
    padded = np.pad(x, ((0, 0), (padding[0], padding[0]), (padding[1], padding[1])))
    d_padded, d_weight = np.zeros_like(padded), np.zeros_like(weight)
    for i in range(upstream.shape[1]):
        for j in range(upstream.shape[2]):
            window = (slice(None), *window_slices(i, j, kernel, stride, dilation))
            for o in range(out):
                # Each cell of the window was multiplied by a weight, so that weight is what the
                # gradient comes back through. Windows overlap: add.
                d_padded[window] += upstream[o, i, j] * weight[o]
                # Each weight was multiplied by a cell, at every position anew: add.
                d_weight[o] += upstream[o, i, j] * padded[window]
    # What reached the padding is nobody's gradient.
    _, height, width = x.shape
    top, left = padding
    return d_padded[:, top : top + height, left : left + width], d_weight


def window_slices(
    i: int, j: int, kernel: list[int], stride: Pair, dilation: Pair
) -> tuple[slice, slice]:
    """The rows and the columns of the padded input that the window at position (i, j) covers."""
    top, left = i * stride[0], j * stride[1]
    return (
        slice(top, top + dilation[0] * (kernel[0] - 1) + 1, dilation[0]),
        slice(left, left + dilation[1] * (kernel[1] - 1) + 1, dilation[1]),
    )


def laid_cells(
    i: int, j: int, output: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> list[tuple[Pair, Pair]]:
    """Where the kernel of input cell (i, j) comes to lie: (place in the kernel, output cell)."""
    top, left = i * stride[0] - padding[0], j * stride[1] - padding[1]
    cells = []
    for a, b in np.ndindex(kernel):
        row, column = top + a * dilation[0], left + b * dilation[1]
        if 0 <= row < output[0] and 0 <= column < output[1]:  # the padding is cut off
            cells.append(((a, b), (row, column)))
    return cells


def conv_transpose2d(
    x: Array,
    weight: Array,
    stride: Pair,
    padding: Pair,
    output: Pair,
    groups: int,
    dilation: Pair,
) -> Array:
    """Each input cell lays its channel's kernels, times its value, into the output."""
    channels, outputs, *kernel = weight.shape
    y = np.zeros((outputs * groups, *output))
    for c, i, j in np.ndindex(x.shape):
        first = c // (channels // groups) * outputs
        geometry = output, (kernel[0], kernel[1]), stride, padding, dilation
        for (a, b), (row, column) in laid_cells(i, j, *geometry):
            # Kernels overlap: add.
            y[first : first + outputs, row, column] += x[c, i, j] * weight[c, :, a, b]
    return y


def conv_transpose2d_backward(
    upstream: Array,
    x: Array,
    weight: Array,
    stride: Pair,
    padding: Pair,
    output: Pair,
    groups: int,
    dilation: Pair,
) -> tuple[Array, Array]:
    """Gradient of the output → gradients of the input and of the weight."""
    channels, outputs, *kernel = weight.shape
    d_x, d_weight = np.zeros_like(x), np.zeros_like(weight)
    for c, i, j in np.ndindex(x.shape):
        first = c // (channels // groups) * outputs
        geometry = output, (kernel[0], kernel[1]), stride, padding, dilation
        for (a, b), (row, column) in laid_cells(i, j, *geometry):
            arriving = upstream[first : first + outputs, row, column]
            d_x[c, i, j] += arriving @ weight[c, :, a, b]
            d_weight[c, :, a, b] += arriving * x[c, i, j]
    return d_x, d_weight


def window_cells(
    i: int, j: int, size: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> list[Pair]:
    """The cells (row, column) that the window at position (i, j) covers, padding left out."""
    top, left = i * stride[0] - padding[0], j * stride[1] - padding[1]
    rows = [top + dilation[0] * k for k in range(kernel[0])]
    columns = [left + dilation[1] * k for k in range(kernel[1])]
    return [(r, c) for r in rows for c in columns if 0 <= r < size[0] and 0 <= c < size[1]]


def max_pool2d(
    x: Array,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    ceil_mode: bool,
    ties: str,
) -> tuple[Array, Cells]:
    """The maximum of each window, and the cells (row, column) that its gradient will go to."""
    channels, *size = x.shape
    rows, columns = (
        output_size(size[a], kernel[a], stride[a], padding[a], dilation[a], ceil_mode)
        for a in (0, 1)
    )
    y, winners = np.zeros((channels, rows, columns)), {}
    for c, i, j in np.ndindex(channels, rows, columns):
        # Padding is not among these cells, so it can never win.
        cells = window_cells(i, j, (size[0], size[1]), kernel, stride, padding, dilation)
        y[c, i, j] = max(x[c, row, column] for row, column in cells)
        maxima = [(row, column) for row, column in cells if x[c, row, column] == y[c, i, j]]
        if ties == "first":
            maxima = maxima[:1]
        elif ties == "last":
            maxima = maxima[-1:]
        winners[c, i, j] = maxima
    return y, winners


def max_pool2d_backward(upstream: Array, x: Array, winners: Cells, ties: str) -> Array:
    """Each window sends its gradient to its winner; where it has several, “ties” says how."""
    d_x = np.zeros_like(x)
    for (c, i, j), cells in winners.items():
        share = upstream[c, i, j] / len(cells) if ties == "split" else upstream[c, i, j]
        for row, column in cells:
            # A cell may win in several windows: add.
            d_x[c, row, column] += share
    return d_x


def avg_pool2d(
    x: Array,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> tuple[Array, Array]:
    """The mean of each window, and what its sum was divided by."""
    channels, *size = x.shape
    rows, columns = (
        output_size(size[a], kernel[a], stride[a], padding[a], 1, ceil_mode) for a in (0, 1)
    )
    y, divisors = np.zeros((channels, rows, columns)), np.zeros((rows, columns))
    for i, j in np.ndindex(rows, columns):
        cells = window_cells(i, j, (size[0], size[1]), kernel, stride, padding, (1, 1))
        divisors[i, j] = len(cells)
        if count_include_pad:
            # Padding counts as zeros, but never what lies beyond it.
            ends = [size[a] + 2 * padding[a] - (i, j)[a] * stride[a] for a in (0, 1)]
            divisors[i, j] = min(kernel[0], ends[0]) * min(kernel[1], ends[1])
        if divisor_override is not None:
            divisors[i, j] = divisor_override
        for c in range(channels):
            y[c, i, j] = sum(x[c, row, column] for row, column in cells) / divisors[i, j]
    return y, divisors


def avg_pool2d_backward(
    upstream: Array, x: Array, divisors: Array, kernel: Pair, stride: Pair, padding: Pair
) -> Array:
    """Each window shares its gradient equally; padding's share is lost."""
    d_x = np.zeros_like(x)
    size = (x.shape[1], x.shape[2])
    for c, i, j in np.ndindex(upstream.shape):
        for row, column in window_cells(i, j, size, kernel, stride, padding, (1, 1)):
            d_x[c, row, column] += upstream[c, i, j] / divisors[i, j]
    return d_x


def adaptive_window(i: int, j: int, size: Pair, out: Pair) -> tuple[slice, slice]:
    """The rows and the columns of the window at position (i, j): sizes differ, and they overlap."""
    return (
        slice(i * size[0] // out[0], -(-(i + 1) * size[0] // out[0])),
        slice(j * size[1] // out[1], -(-(j + 1) * size[1] // out[1])),
    )


def adaptive_max_pool2d(x: Array, out: Pair) -> tuple[Array, Cells]:
    """The maximum of each window, and the cell (row, column) that its gradient will go to."""
    channels, height, width = x.shape
    y, winners = np.zeros((channels, *out)), {}
    for c, i, j in np.ndindex(y.shape):
        rows, columns = adaptive_window(i, j, (height, width), out)
        window = x[c, rows, columns]
        y[c, i, j] = window.max()
        # The first of several maxima wins.
        row, column = np.unravel_index(window.argmax(), window.shape)
        winners[c, i, j] = [(int(rows.start + row), int(columns.start + column))]
    return y, winners


def adaptive_avg_pool2d(x: Array, out: Pair) -> Array:
    """The mean of each window."""
    channels, height, width = x.shape
    y = np.zeros((channels, *out))
    for i, j in np.ndindex(out):
        rows, columns = adaptive_window(i, j, (height, width), out)
        y[:, i, j] = x[:, rows, columns].mean(axis=(1, 2))
    return y


def adaptive_avg_pool2d_backward(upstream: Array, x: Array) -> Array:
    """Each window shares its gradient equally. Windows overlap: add."""
    _, height, width = x.shape
    out = (upstream.shape[1], upstream.shape[2])
    d_x = np.zeros_like(x)
    for c, i, j in np.ndindex(upstream.shape):
        rows, columns = adaptive_window(i, j, (height, width), out)
        d_x[c, rows, columns] += upstream[c, i, j] / x[c, rows, columns].size
    return d_x


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x), written so that no exponential overflows."""
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1.0) / (1.0 + small)


def gelu(x: Array, approximate: str) -> tuple[Array, Array]:
    """Each x times the share of a standard normal distribution below it, and the slope there."""
    # Beyond these ends the slope is 0 or 1, and the powers of x would overflow.
    near = np.clip(x, -100.0, 100.0)
    if approximate == "tanh":
        root = math.sqrt(2.0 / math.pi)
        bent = np.tanh(root * (near + 0.044715 * near**3))
        share = 0.5 * (1.0 + bent)
        density = 0.5 * (1.0 - bent**2) * root * (1.0 + 3.0 * 0.044715 * near**2)
    else:
        share = np.vectorize(math.erfc, otypes=[float])(-near / math.sqrt(2.0)) / 2.0
        density = np.exp(-(near**2) / 2.0) / math.sqrt(2.0 * math.pi)
    return x * share, share + near * density
