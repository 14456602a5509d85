"""Transposed convolution: each input cell lays a kernel into the output, times its value."""

import math

import numpy as np

from app.engine.finite import product, size, within
from app.engine.layers.base import WithoutChoices, count_words, map_of, triples
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


class ConvTranspose2d(WithoutChoices):
    """The backward pass of a convolution, forwards: weight [in, out / groups, kh, kw], bias [out].

    What would fall on the padding is cut off. ``output_padding`` adds rows below and columns on the
    right, which a stride above 1 would have left out on the way there.
    """

    name = "conv_transpose2d"
    family = "transposed_convolution"
    passages = ("multiply", "add", "parameters")
    zero = "weight"
    is_piecewise_linear = True
    rounding = "sums"
    slide = None
    weight_noun = "kernel"

    def __init__(
        self,
        input_shape: Shape,
        weight: Array,
        bias: Array | None = None,
        stride: Pair = (1, 1),
        padding: Pair = (0, 0),
        output_padding: Pair = (0, 0),
        groups: int = 1,
        dilation: Pair = (1, 1),
    ) -> None:
        channels, plane = map_of(input_shape)
        expected, self._outer, *sides = weight.shape
        kernel = sides[0], sides[1]
        if channels % groups:
            raise Misfit(
                "groups",
                f"{channels} input channels cannot be cut into {groups} equal groups. Use a number "
                f"of groups that divides {channels}.",
            )
        if expected != channels:
            raise Misfit(
                "weight",
                f"There are kernels for {count_words(expected, 'channel')}, but the input of this "
                f"layer has {channels}. Give each input channel its kernels.",
            )
        for extra, step, gap in zip(output_padding, stride, dilation, strict=True):
            if extra >= max(step, gap):
                raise Misfit(
                    "output_padding",
                    "The output padding must be smaller than the stride or the dilation: it adds "
                    "what a window could not reach.",
                )
        out = self._outer * groups
        if bias is not None and len(bias) != out:
            raise Misfit(
                "bias",
                f"This layer has {count_words(out, 'output channel')}, so its bias needs {out}: it "
                f"has {len(bias)}.",
            )
        self.groups, self._inner = groups, channels // groups
        self.weight, self.bias, self.output_padding = weight, bias, output_padding
        axes = zip(plane, kernel, stride, padding, output_padding, dilation, strict=True)
        rows, columns = (
            (n - 1) * s - 2 * p + d * (k - 1) + 1 + extra for n, k, s, p, extra, d in axes
        )
        if min(rows, columns) < 1:
            raise Misfit("padding", "This padding cuts off the whole output. Use less padding.")
        # The windows of the convolution that this one is the way back of, over the output.
        after = padding[0] - output_padding[0], padding[1] - output_padding[1]
        self.windows = windows_of(
            (rows, columns), kernel, stride, padding, dilation, kernel_field="weight", after=after
        )
        self.input_shape, self.shape = input_shape, (out, rows, columns)
        self.window_reads = out * self.windows.taps * self.windows.positions
        self.multiply_adds = self._inner * self.window_reads
        # [groups, in, out · taps]
        self._matrix = weight.reshape(groups, self._inner, -1)

    @property
    def keeps_channels(self) -> bool:
        return self.groups == self.input_shape[0] == self.shape[0]

    @property
    def parameters(self) -> dict[str, Array]:
        return {"weight": self.weight} if self.bias is None else {
            "weight": self.weight, "bias": self.bias
        }  # fmt: skip

    def _rows(self, x: Array) -> Array:
        """[…, in, H, W] → […, groups, in / groups, positions]."""
        return x.reshape(*x.shape[:-3], self.groups, self._inner, self.windows.positions)

    def _patches(self, upstream: Array) -> Array:
        """[…, out, H, W] → […, groups, out / groups · taps, positions]: what kernels lie on."""
        patches = self.windows.patches(upstream)
        return patches.reshape(*upstream.shape[:-3], self.groups, -1, self.windows.positions)

    def _laid(self, patches: Array) -> Array:
        """[…, groups, out / groups · taps, positions] → […, out, H, W], overlaps added up."""
        taps, positions = self.windows.taps, self.windows.positions
        return self.windows.scatter(
            patches.reshape(*patches.shape[:-3], self.shape[0], taps, positions)
        )

    def forward(self, x: Array) -> tuple[Array, Array]:
        y = self._laid(self._matrix.transpose(0, 2, 1) @ self._rows(x))
        return (y if self.bias is None else y + self.bias[:, None, None]), x

    def backward(self, tape: Array, upstream: Array, view: View = identity) -> Array:
        gradients: Array = view(self._matrix) @ self._patches(upstream)
        return gradients.reshape(*upstream.shape[:-3], *self.input_shape)

    def backward_parameters(
        self, tape: Array, upstream: Array, view: View = identity
    ) -> dict[str, Array]:
        rows, patches = _joined(self._rows(view(tape))), _joined(self._patches(upstream))
        weight = rows @ patches.transpose(0, 2, 1)
        gradients = {"weight": weight.reshape(self.weight.shape)}
        if self.bias is not None:
            axes = (1, 2) if upstream.ndim == 3 else (0, 2, 3)
            gradients["bias"] = upstream.sum(axes) * view(np.ones(1))
        return gradients

    @property
    def gain(self) -> float:
        return 1.0 + size(self.parameters.values())

    def bound_forward(self, x: Array) -> Array:
        kernels = np.abs(self._matrix).transpose(0, 2, 1)
        patches = _products(kernels, self._rows(x))
        # What falls on the padding is formed too, before it is cut off.
        y = self._laid(within(patches, "a value"))
        return y if self.bias is None else y + np.abs(self.bias)[:, None, None]

    def bound_backward(self, upstream: Array) -> Array:
        return _products(np.abs(self._matrix), self._patches(upstream)).reshape(self.input_shape)

    def bound_parameters(self, x: Array, upstream: Array) -> dict[str, Array]:
        weight = _products(self._rows(x), self._patches(upstream).transpose(0, 2, 1))
        sizes = {"weight": weight.reshape(self.weight.shape)}
        if self.bias is not None:
            sizes["bias"] = upstream.sum((1, 2))
        return sizes

    def contributions_to(self, tape: Array, cells: Index) -> Contributions:
        channels, positions = np.divmod(cells, self.windows.positions)
        places = self.windows.table[:, positions].T  # [cells, taps]
        first = channels // self._inner * self._outer
        planes = first[:, None] + np.arange(self._outer)
        outputs = planes[:, :, None] * math.prod(self.windows.plane) + places[:, None]
        inside = np.broadcast_to(places[:, None] >= 0, outputs.shape)
        kernels = self.weight[channels].reshape(outputs.shape)
        inputs = np.broadcast_to(cells[:, None, None], outputs.shape)
        return Contributions(outputs[inside], inputs[inside], kernels[inside])

    def contributions_of(self, tape: Array, cell: int) -> Contributions:
        plane, place = divmod(cell, math.prod(self.windows.plane))
        group, at = divmod(plane, self._outer)
        _, positions, taps = self.windows.readers(np.array([place]))
        channels = group * self._inner + np.arange(self._inner)[:, None]
        inputs = channels * self.windows.positions + positions
        kernels = self.weight[channels, at].reshape(*inputs.shape[:1], -1)[:, taps]
        return triples(cell, inputs, kernels)

    def contributions_to_parameter(self, tape: Array, name: str, cell: int) -> Contributions:
        size_of_plane = math.prod(self.windows.plane)
        if name == "bias":
            outputs = np.arange(cell * size_of_plane, (cell + 1) * size_of_plane)
            return triples(outputs, cell, np.ones(size_of_plane))
        channel, at, tap = self._parts(cell)
        places = self.windows.table[tap]
        inside = places >= 0
        plane = channel // self._inner * self._outer + at
        inputs = tape.reshape(len(tape), -1)[channel, inside]
        return triples(plane * size_of_plane + places[inside], cell, inputs)

    def _parts(self, weight: int) -> tuple[int, int, int]:
        """A weight (flat) → its input channel, its output channel in the group, and its tap."""
        channel, within_channel = divmod(weight, self._outer * self.windows.taps)
        return (channel, *divmod(within_channel, self.windows.taps))

    def cells_multiplied(self, weight: int, outputs: Index) -> Index:
        channel, _, tap = self._parts(weight)
        places = outputs % math.prod(self.windows.plane)
        # A tap of a window at another position is another place, in ascending order.
        inside = np.flatnonzero(self.windows.table[tap] >= 0)
        positions = inside[np.searchsorted(self.windows.table[tap, inside], places)]
        return channel * self.windows.positions + positions

    def with_parameter(self, name: str, array: Array) -> "ConvTranspose2d":
        weight, bias = (self.weight, array) if name == "bias" else (array, self.bias)
        windows = self.windows
        return ConvTranspose2d(
            self.input_shape, weight, bias, windows.stride, windows.padding, self.output_padding,
            self.groups, windows.dilation,
        )  # fmt: skip

    def weights_between(self, output: int, cell: int) -> list[int]:
        plane, place = divmod(output, math.prod(self.windows.plane))
        channel, position = divmod(cell, self.windows.positions)
        tap = int(np.flatnonzero(self.windows.table[:, position] == place)[0])
        return [(channel * self._outer + plane % self._outer) * self.windows.taps + tap]


def _joined(rows: Array) -> Array:
    """[examples, groups, n, m] → [groups, n, examples · m]; [groups, n, m] is unchanged."""
    if rows.ndim == 3:
        return rows
    _, groups, n, _ = rows.shape
    return rows.transpose(1, 2, 0, 3).reshape(groups, n, -1)


def _products(left: Array, right: Array) -> Array:
    """Group by group, the products of matrices, as every processor gives them."""
    return np.stack([product(*pair) for pair in zip(left, right, strict=True)])
