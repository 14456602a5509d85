"""Convolution and pooling along one axis in plain numpy: those of a map that has one row.

An exported numpy script gets copies of these functions, as it does of those in ``worked``.
"""

from app.export.worked import (
    Array,
    Cells,
    avg_pool2d,
    avg_pool2d_backward,
    conv2d,
    conv2d_backward,
    max_pool2d,
    max_pool2d_backward,
)


def conv1d(x: Array, weight: Array, stride: int, padding: int, dilation: int) -> Array:
    """The convolution along one axis: that of a map with one row."""
    row, kernels = x[:, None], weight[:, :, None]
    return conv2d(row, kernels, (1, stride), (0, padding), (1, dilation))[:, 0]


def conv1d_backward(
    upstream: Array, x: Array, weight: Array, stride: int, padding: int, dilation: int
) -> tuple[Array, Array]:
    """Gradient of the output → gradients of the input and of the weight."""
    rows, kernels = (upstream[:, None], x[:, None]), weight[:, :, None]
    d_x, d_weight = conv2d_backward(*rows, kernels, (1, stride), (0, padding), (1, dilation))
    return d_x[:, 0], d_weight[:, :, 0]


def max_pool1d(
    x: Array, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool, ties: str
) -> tuple[Array, Cells]:
    """The maximum of each window, and the cells (row 0, position) that its gradient will go to."""
    row, sides = x[:, None], ((1, kernel), (1, stride), (0, padding), (1, dilation))
    y, winners = max_pool2d(row, *sides, ceil_mode, ties)
    return y[:, 0], winners


def max_pool1d_backward(upstream: Array, x: Array, winners: Cells, ties: str) -> Array:
    """Each window sends its gradient to its winner."""
    return max_pool2d_backward(upstream[:, None], x[:, None], winners, ties)[:, 0]


def avg_pool1d(
    x: Array, kernel: int, stride: int, padding: int, ceil_mode: bool, count_include_pad: bool
) -> tuple[Array, Array]:
    """The mean of each window, and what its sum was divided by."""
    row, sides = x[:, None], ((1, kernel), (1, stride), (0, padding))
    y, divisors = avg_pool2d(row, *sides, ceil_mode, count_include_pad, None)
    return y[:, 0], divisors


def avg_pool1d_backward(
    upstream: Array, x: Array, divisors: Array, kernel: int, stride: int, padding: int
) -> Array:
    """Each window shares its gradient equally; padding's share is lost."""
    rows, sides = (upstream[:, None], x[:, None]), ((1, kernel), (1, stride), (0, padding))
    return avg_pool2d_backward(*rows, divisors, *sides)[:, 0]
