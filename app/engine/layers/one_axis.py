"""Layers along one axis, of [channels, positions]: those over maps, on maps of one row.

They only bring their settings to two axes; ``Windows`` adds the row, and removes it again.
"""

from typing import Literal

from app.engine.copied import PaddingMode
from app.engine.layers.convolution import Conv2d, Padding
from app.engine.layers.pooling import AvgPool2d, MaxPool2d, Ties
from app.engine.types import Array, Pair, Shape


class Conv1d(Conv2d):
    """Cross-correlation along one axis: weight [out, in / groups, k], input [in, positions].

    ``padding`` is "same", "valid", the same number at both ends, or (left, right).
    """

    name = "conv1d"
    axes = 1

    def __init__(
        self,
        input_shape: Shape,
        weight: Array,
        bias: Array | None = None,
        stride: int = 1,
        padding: Literal["valid", "same"] | int | Pair = 0,
        dilation: int = 1,
        groups: int = 1,
        padding_mode: PaddingMode = "zeros",
    ) -> None:
        ends: Padding
        if isinstance(padding, str):
            ends = padding
        else:
            ends = (0, padding) if isinstance(padding, int) else (0, 0, *padding)
        super().__init__(
            input_shape, weight, bias, (1, stride), ends, (1, dilation), groups, padding_mode
        )


class MaxPool1d(MaxPool2d):
    """The largest number of each window."""

    name = "max_pool1d"
    axes = 1

    def __init__(
        self,
        input_shape: Shape,
        kernel: int,
        stride: int | None = None,
        padding: int = 0,
        dilation: int = 1,
        ceil_mode: bool = False,
        ties: Ties = "first",
    ) -> None:
        steps = None if stride is None else (1, stride)
        super().__init__(
            input_shape, (1, kernel), steps, (0, padding), (1, dilation), ceil_mode, ties
        )


class AvgPool1d(AvgPool2d):
    """The mean of each window."""

    name = "avg_pool1d"
    axes = 1

    def __init__(
        self,
        input_shape: Shape,
        kernel: int,
        stride: int | None = None,
        padding: int = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        steps = None if stride is None else (1, stride)
        super().__init__(
            input_shape, (1, kernel), steps, (0, padding), ceil_mode, count_include_pad
        )
