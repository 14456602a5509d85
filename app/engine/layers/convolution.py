"""The convolution."""

import math
from copy import copy
from typing import ClassVar, Literal, get_args

import numpy as np

from app.engine.copied import CopiedWindows, PaddingMode
from app.engine.finite import product, size, within
from app.engine.layers.base import (
    ONE,
    Setting,
    Slide,
    WithoutChoices,
    check_bias,
    count_words,
    map_of,
    side_by_side,
    triples,
    weight_and_bias,
)
from app.engine.layers.kinds import LayerName
from app.engine.types import (
    Array,
    Contributions,
    Index,
    Misfit,
    Pair,
    Shape,
    View,
    identity,
)
from app.engine.windows import windows_of

Padding = Literal["valid", "same"] | Pair | tuple[int, int, int, int]
"""The padding of a convolution: none ("valid"), enough to keep the size ("same"), (rows, columns)
at both ends, or (top, bottom, left, right)."""


class Conv2d(WithoutChoices):
    """Cross-correlation: weight [out, in / groups, kh, kw], bias [out] or None, input [in, H, W].

    ``groups`` is the number of groups that the channels of input and output are divided into: an
    output channel reads only the input channels of its own group. ``padding_mode`` says what the
    padding holds; where it holds copies of cells, an output may read a cell at several places.
    """

    name: ClassVar[LayerName] = "conv2d"
    family = "convolution"
    passages = ("multiply", "add", "parameters")
    zero = "weight"
    is_piecewise_linear = True
    rounding = "sums"
    weight_noun = "kernel"

    def __init__(
        self,
        input_shape: Shape,
        weight: Array,
        bias: Array | None = None,
        stride: Pair = (1, 1),
        padding: Padding = (0, 0),
        dilation: Pair = (1, 1),
        groups: int = 1,
        padding_mode: PaddingMode = "zeros",
    ) -> None:
        channels, plane = map_of(input_shape, self.axes)
        out, expected = weight.shape[:2]
        kernel = weight.shape[2] if self.axes == 2 else 1, weight.shape[-1]
        if channels % groups or out % groups:
            wrong, what = (channels, "input channels") if channels % groups else (out, "kernels")
            raise Misfit(
                "groups",
                f"{wrong} {what} cannot be cut into {groups} equal groups. Use a number of groups "
                f"that divides both {channels} input channels and {count_words(out, 'kernel')}.",
            )
        self.groups, self._inner, self._outer = groups, channels // groups, out // groups
        if expected != self._inner:
            raise Misfit("weight", _too_many_channels(expected, channels, groups))
        check_bias(bias, out)
        self.weight, self.bias, self.padding = weight, bias, padding
        self.padding_mode = padding_mode
        before, after = _ends(padding, kernel, stride, dilation)
        geometry = plane, kernel, stride, before, dilation
        if padding_mode == "zeros" or before == after == (0, 0):
            self.windows = windows_of(*geometry, kernel_field="weight", after=after, axes=self.axes)
        else:
            self.windows = CopiedWindows(
                padding_mode, *geometry, kernel_field="weight", after=after, axes=self.axes
            )
        self.repeats = self.windows.copies
        self.input_shape, self.shape = input_shape, (out, *self.windows.shape)
        self.window_reads = channels * self.windows.taps * self.windows.positions
        self.multiply_adds = self._outer * self.window_reads
        self._matrix = weight.reshape(out, -1)
        # [taps · in, out]: with it, ``backward`` gets each tap's cells side by side in memory.
        self._by_tap = weight.reshape(out, expected, -1).transpose(2, 1, 0).reshape(-1, out)

    @property
    def keeps_channels(self) -> bool:
        return self.groups == self.input_shape[0] == self.shape[0]

    @property
    def slide(self) -> Slide:
        return Slide(self.windows, (1, 1), counts_padding=True)

    @property
    def settings(self) -> tuple[Setting, ...]:
        windows = self.windows
        ends = [max(pair) for pair in zip(windows.padding, windows.after, strict=True)]
        if not any(ends):
            return ()
        mirrors = all(end < size for end, size in zip(ends, windows.plane, strict=True))
        modes = [mode for mode in get_args(PaddingMode) if mode != "reflect" or mirrors]
        return (Setting("padding_mode", tuple(modes)),)

    @property
    def parameters(self) -> dict[str, Array]:
        return weight_and_bias(self.weight, self.bias)

    def forward(self, x: Array) -> tuple[Array, Array]:
        examples, positions = self.examples(x), self.windows.positions
        patches = self.windows.patches(x).reshape(*examples, -1, positions)
        if self.groups == 1:
            y = self._matrix @ patches
        else:
            y = self._grouped(self._matrix) @ self._grouped(patches)
            y = y.reshape(*examples, len(self.weight), positions)
        if self.bias is not None:
            y += self.bias[:, None]
        return y.reshape(*examples, *self.shape), patches

    def _grouped(self, rows: Array) -> Array:
        """[…, n, m] → […, groups, n / groups, m]."""
        return rows.reshape(*rows.shape[:-2], self.groups, -1, rows.shape[-1])

    def backward(self, tape: Array, upstream: Array, view: View = identity) -> Array:
        examples = self.examples(upstream)
        taps, positions = self.windows.taps, self.windows.positions
        rows = upstream.reshape(*examples, self.shape[0], positions)
        if self.groups > 1:
            kernels = self._grouped(view(self._matrix)).transpose(0, 2, 1)
            apart = kernels @ self._grouped(rows)
            return self.windows.scatter(apart.reshape(*examples, -1, taps, positions))
        patches = view(self._by_tap) @ rows
        by_tap = patches.reshape(*examples, taps, self.input_shape[0], positions)
        return self.windows.scatter(by_tap.swapaxes(-3, -2))

    def backward_parameters(
        self, tape: Array, upstream: Array, view: View = identity
    ) -> dict[str, Array]:
        rows = upstream.reshape(*self.examples(upstream), self.shape[0], self.windows.positions)
        rows, columns = side_by_side(rows), side_by_side(view(tape))
        if self.groups == 1:
            weight = rows @ columns.T
        else:
            weight = self._grouped(rows) @ self._grouped(columns).transpose(0, 2, 1)
        gradients = {"weight": weight.reshape(self.weight.shape)}
        if self.bias is not None:
            gradients["bias"] = rows.sum(1) * view(ONE)
        return gradients

    @property
    def gain(self) -> float:
        return 1.0 + size(self.parameters.values()) * self.windows.copies

    def _products(self, left: Array, right: Array) -> Array:
        """The matrix product of each group, the same on every processor."""
        pairs = zip(self._grouped(left), self._grouped(right), strict=True)
        return np.stack([product(*pair) for pair in pairs])

    def bound_forward(self, x: Array) -> Array:
        patches = self.windows.patches(x).reshape(-1, self.windows.positions)
        y = self._products(np.abs(self._matrix), patches).reshape(len(self.weight), -1)
        if self.bias is not None:
            y += np.abs(self.bias)[:, None]
        return y.reshape(self.shape)

    def bound_backward(self, upstream: Array) -> Array:
        rows = self._grouped(upstream.reshape(self.shape[0], -1))
        kernels = self._grouped(np.abs(self._matrix)).transpose(0, 2, 1)
        # ``backward`` also computes the gradients of padding, and then cuts them off.
        apart = np.stack([product(*pair) for pair in zip(kernels, rows, strict=True)])
        patches = apart.reshape(-1, self.windows.taps, self.windows.positions)
        return self.windows.scatter(within(patches, "a gradient"))

    def bound_parameters(self, x: Array, upstream: Array) -> dict[str, Array]:
        rows = upstream.reshape(self.shape[0], -1)
        patches = self._grouped(self.windows.patches(x).reshape(-1, self.windows.positions))
        pairs = zip(self._grouped(rows), patches, strict=True)
        weight = np.stack([product(row, column.T) for row, column in pairs])
        sizes = {"weight": weight.reshape(self.weight.shape)}
        if self.bias is not None:
            sizes["bias"] = rows.sum(1)
        return sizes

    def contributions_to(self, tape: Array, cells: Index) -> Contributions:
        channels, places = np.divmod(cells, math.prod(self.windows.plane))
        which, positions, taps = self.windows.readers(places)
        kernels = self.weight.reshape(*self.weight.shape[:2], -1)
        group, channel = np.divmod(channels[which], self._inner)
        reading = group * self._outer + np.arange(self._outer)[:, None]
        outputs = reading * self.windows.positions + positions
        derivatives = kernels[reading, channel, taps]
        # The contributions come kernel by kernel; a stable sort keeps this order for each cell.
        by_cell = np.tile(which, len(outputs)).argsort(kind="stable")
        inputs = np.repeat(cells, len(outputs) * np.bincount(which, minlength=len(cells)))
        return Contributions(outputs.ravel()[by_cell], inputs, derivatives.ravel()[by_cell])

    def contributions_of(self, tape: Array, cell: int) -> Contributions:
        kernel, position = divmod(cell, self.windows.positions)
        first = kernel // self._outer * self._inner
        channels = np.arange(first, first + self._inner)
        reads = _in_channels(self.windows.table[:, position], channels, self.windows.plane)
        return triples(cell, reads, self._matrix[kernel])

    def contributions_to_parameter(self, tape: Array, name: str, cell: int) -> Contributions:
        positions = np.arange(self.windows.positions)
        weights = self._matrix.shape[1]
        kernel, tap = (cell, 0) if name == "bias" else divmod(cell, weights)
        row = kernel // self._outer * weights + tap
        factors = np.ones(len(positions)) if name == "bias" else tape[row]
        return triples(kernel * len(positions) + positions, cell, factors)

    def cells_multiplied(self, weight: int, outputs: Index) -> Index:
        kernel, within = divmod(weight, self._inner * self.windows.taps)
        channel, tap = divmod(within, self.windows.taps)
        channel += kernel // self._outer * self._inner
        places = self.windows.table[tap, outputs % self.windows.positions]
        return np.where(places < 0, -1, channel * math.prod(self.windows.plane) + places)

    def with_parameter(self, name: str, array: Array) -> "Conv2d":
        changed = copy(self)
        weight, bias = (self.weight, array) if name == "bias" else (array, self.bias)
        stride, dilation = self.windows.stride, self.windows.dilation
        Conv2d.__init__(
            changed, self.input_shape, weight, bias, stride, self.padding, dilation, self.groups,
            self.padding_mode,
        )  # fmt: skip
        return changed

    def weights_between(self, output: int, cell: int) -> list[int]:
        kernel, position = divmod(output, self.windows.positions)
        channel, place = divmod(cell, math.prod(self.windows.plane))
        taps = np.flatnonzero(self.windows.table[:, position] == place)
        first = (kernel * self._inner + channel % self._inner) * self.windows.taps
        return (first + taps).tolist()

    def copy_read(self, output: int, weight: int) -> Shape | None:
        windows = self.windows
        at = divmod(output % windows.positions, windows.out[1])
        tap = divmod(weight % windows.taps, windows.kernel[1])
        row, column = (
            at[a] * windows.stride[a] - windows.padding[a] + tap[a] * windows.dilation[a]
            for a in (0, 1)
        )
        inside = 0 <= row < windows.plane[0] and 0 <= column < windows.plane[1]
        return None if inside else (row, column)[-self.axes :]


def _ends(padding: Padding, kernel: Pair, stride: Pair, dilation: Pair) -> tuple[Pair, Pair]:
    """The padding (top, left) and (bottom, right)."""
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        if stride != (1, 1):
            raise Misfit(
                "padding",
                "Padding “same” keeps the size of a map, which a stride above 1 makes smaller. Use "
                "a stride of 1, or give the padding in numbers.",
            )
        total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        # An odd row or column goes below or to the right, as in PyTorch.
        before = total[0] // 2, total[1] // 2
        return before, (total[0] - before[0], total[1] - before[1])
    if len(padding) == 2:
        return padding, padding
    top, bottom, left, right = padding
    return (top, left), (bottom, right)


def _too_many_channels(expected: int, channels: int, groups: int) -> str:
    if groups > 1:
        return (
            f"Each kernel reads {count_words(expected, 'channel')}, but in {groups} groups it "
            f"reads {channels // groups} of the {channels}. Give every kernel "
            f"{count_words(channels // groups, 'channel')}."
        )
    return (
        f"Each kernel reads {count_words(expected, 'channel')}, but the input of this layer "
        f"has {channels}. Give every kernel {count_words(channels, 'channel')}."
    )


def _in_channels(plane_cells: Index, channels: Index, plane: Pair) -> Index:
    """Flat plane indexes [taps] → flat input indexes [channels · taps]; padding stays −1."""
    cells = channels[:, None] * math.prod(plane) + plane_cells
    return np.where(plane_cells < 0, -1, cells).ravel()
