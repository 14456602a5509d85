"""Pooling: windows that slide over each channel separately."""

import math
from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt

from app.engine.finite import within
from app.engine.layers.base import ONE, Layer, Setting, Slide, WithoutChoices, map_of, triples
from app.engine.layers.kinds import LayerName
from app.engine.types import (
    Array,
    Choices,
    Contributions,
    Index,
    Leads,
    Misfit,
    Pair,
    Shape,
    View,
    identity,
)
from app.engine.windows import AdaptiveWindows, Windows, windows_of

Ties = Literal["first", "last", "split", "all"]


class Pool(Layer):
    """The common part of all poolings: windows over each channel separately."""

    is_piecewise_linear = True
    keeps_channels = True
    weight_noun = None
    windows: Windows

    def _bind(self, input_shape: Shape, windows: Windows) -> None:
        self.windows = windows
        self.input_shape, self.shape = input_shape, (input_shape[0], *windows.shape)
        self.window_reads = self.multiply_adds = input_shape[0] * windows.taps * windows.positions

    @property
    def gain(self) -> float:
        return 2.0 * max(self.windows.taps, self.windows.most_readers)

    def bound_backward(self, upstream: Array) -> Array:
        # Every cell of a window may get its largest share.
        rows = upstream.reshape(len(upstream), 1, -1)
        return self.windows.scatter(rows * self._largest_shares * self.windows.real)

    @property
    def _largest_shares(self) -> Array:
        """[1] or [positions]: the largest share of a window's gradient that one cell can get."""
        return ONE

    @abstractmethod
    def _shares(self, tape: Any, windows: Index) -> Array:
        """[taps, n]: the local derivatives of n windows (flat output cells); 0 on padding."""

    def contributions_to(self, tape: Any, cells: Index) -> Contributions:
        channels, places = np.divmod(cells, math.prod(self.windows.plane))
        which, positions, taps = self.windows.readers(places)
        windows = channels[which] * self.windows.positions + positions
        shares = self._shares(tape, windows)[taps, np.arange(len(taps))]
        return Contributions(windows, cells[which], shares)

    def contributions_of(self, tape: Any, cell: int) -> Contributions:
        channel, position = divmod(cell, self.windows.positions)
        shares = self._shares(tape, np.array([cell]))[:, 0]
        cells = self.windows.table[:, position]
        inside = cells >= 0
        plane = math.prod(self.windows.plane)
        return triples(cell, channel * plane + cells[inside], shares[inside])


class MaxPool(Pool):
    """The largest cell of each window gets the whole gradient; ``ties`` decides between equals.

    ``first`` (PyTorch, TensorFlow, JAX) and ``last`` pay one maximum, ``split`` shares evenly, and
    ``all`` pays every maximum in full, a common mistake.
    """

    family = "max_pool"
    passages = ("route",)
    zero = "lost"
    rounding = "never"
    ties: Ties = "first"

    def _bind(self, input_shape: Shape, windows: Windows) -> None:
        super()._bind(input_shape, windows)
        plane = windows.plane[0] * windows.plane[1]
        self._offsets = np.arange(0, input_shape[0] * plane, plane)[:, None]

    def forward(self, x: Array) -> tuple[Array, tuple[Array, Index]]:
        """The tape is (patches […, C, taps, P] with −∞ on padding, winning taps […, C, P])."""
        patches = self.windows.patches(x, -np.inf)
        y = patches.max(-2)
        if self.ties == "last":
            from_the_end = self.windows.first_maximum(patches[..., ::-1, :], y)
            winner = self.windows.taps - 1 - from_the_end
        else:
            winner = self.windows.first_maximum(patches, y)
        return y.reshape(*self.examples(x), *self.shape), (patches, winner)

    def bound_forward(self, x: Array) -> Array:
        largest: Array = self.windows.patches(x).max(1)
        within(2 * largest, "a margin")  # two cells of a window are compared by subtracting them
        return largest.reshape(self.shape)

    def winners(self, tape: tuple[Array, Index]) -> Index:
        """[…, C, OH, OW]: the flat index of each winner in its channel's unpadded plane."""
        return self._cells(tape[1]).reshape(*tape[1].shape[:-2], *self.shape)

    def choices(self, x: Array, tape: tuple[Array, Index]) -> Choices:
        """The winner of each window; where maxima share, every cell that holds the maximum."""
        if self.ties in ("first", "last"):
            return self.winners(tape).reshape(-1)
        return self.maxima(tape).swapaxes(-1, -2).reshape(-1, self.windows.taps)

    def leads(self, x: Array) -> Leads | None:
        """For each window, […, C, positions]: its maximum, and its lead over the second largest."""
        if self.windows.taps == 1:
            return None
        patches = self.windows.patches(x, -np.inf)
        largest = np.partition(patches, -2, axis=-2)
        first, second = largest[..., -1, :], largest[..., -2, :]
        return Leads(first, first - second)

    def crossed(self, choice: Any, other: Any) -> tuple[float, ...]:
        return ()

    def follows(self, at: int, choice: Any) -> tuple[int, ...]:
        channel, position = divmod(at, self.windows.positions)
        first = channel * self.windows.plane[0] * self.windows.plane[1]
        if isinstance(choice, np.ndarray):
            cells = self.windows.table[choice.astype(bool), position]
            return tuple((first + cells).tolist())
        return (first + int(choice),)

    def _cells(self, taps: Index) -> Index:
        """[C, positions] of taps → the cells they read, flat in the unpadded plane."""
        return self.windows.table[taps, self.windows.every_position]

    def maxima(self, tape: tuple[Array, Index]) -> npt.NDArray[np.bool_]:
        """[…, C, taps, positions]: every cell of a window that holds its maximum."""
        patches, _ = tape
        maxima: npt.NDArray[np.bool_] = patches == patches.max(-2, keepdims=True)
        return maxima

    def backward(self, tape: tuple[Array, Index], upstream: Array, view: View = identity) -> Array:
        examples = self.examples(upstream)
        if view is identity and self.ties in ("first", "last"):
            # Each window has one winner: add its gradient there, and skip all other cells.
            cells, shape = self._cells(tape[1]) + self._offsets, (*examples, *self.input_shape)
            if examples:
                size = math.prod(self.input_shape)
                cells += np.arange(0, examples[0] * size, size)[:, None, None]
            flat = np.bincount(cells.ravel(), upstream.ravel(), math.prod(shape))
            return flat.astype(np.float64, copy=False).reshape(shape)
        shares = view(self._all_shares(tape))
        # In place, because of a large map each of these arrays takes 80 MB.
        if not self.windows.are_full:
            shares *= self.windows.real
        shares *= upstream.reshape(*shares.shape[:-2], 1, -1)
        return self.windows.scatter(shares)

    def _all_shares(self, tape: tuple[Array, Index]) -> Array:
        if self.ties in ("first", "last"):
            taps = np.arange(self.windows.taps)[:, None]
            won: Array = np.equal(tape[1][..., None, :], taps).astype(np.float64)
            return won
        shares = self.maxima(tape).astype(np.float64)
        if self.ties == "split":
            shares /= shares.sum(-2, keepdims=True)
        return shares

    def _shares(self, tape: tuple[Array, Index], windows: Index) -> Array:
        patches, winner = tape
        channels, positions = np.divmod(windows, self.windows.positions)
        some = patches[channels, :, positions].T[None], winner[channels, positions][None]
        shares: Array = self._all_shares(some)[0]
        return shares


class AvgPool(WithoutChoices, Pool):
    """The mean of each window: every cell gets the same share of the gradient."""

    family = "avg_pool"
    passages = ("share",)
    zero = "weight"  # a share is never 0
    rounding = "sums"
    divisor_override: int | None = None
    """What every sum is divided by instead of the number of cells."""

    @property
    @abstractmethod
    def divisor(self) -> Array:
        """[positions]: the divisor of each window's sum."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        share = 1.0 / self.divisor
        sums = self.windows.patches(x).sum(-2)
        return (sums / self.divisor).reshape(*self.examples(x), *self.shape), share

    def tape_of(self, tape: Array, example: int) -> Array:
        return tape  # the shares are the same in all examples

    def bound_forward(self, x: Array) -> Array:
        sums = within(self.windows.patches(x).sum(1), "a value")
        means: Array = sums / np.abs(self.divisor)
        return means.reshape(self.shape)

    @property
    def _largest_shares(self) -> Array:
        return 1.0 / np.abs(self.divisor)

    def backward(self, tape: Array, upstream: Array, view: View = identity) -> Array:
        rows = upstream.reshape(*self.examples(upstream), self.shape[0], self.windows.positions)
        shared = (rows * view(tape))[..., None, :]
        return self.windows.scatter(shared * self.windows.real)

    def _shares(self, tape: Array, windows: Index) -> Array:
        positions = windows % self.windows.positions
        return self.windows.real[:, positions] * tape[positions]


class MaxPool2d(MaxPool):
    """The largest cell of each window, all windows alike."""

    name: ClassVar[LayerName] = "max_pool2d"

    def __init__(
        self,
        input_shape: Shape,
        kernel: Pair,
        stride: Pair | None = None,
        padding: Pair = (0, 0),
        dilation: Pair = (1, 1),
        ceil_mode: bool = False,
        ties: Ties = "first",
    ) -> None:
        geometry = kernel, stride, padding, dilation, ceil_mode
        self._bind(input_shape, _sliding(input_shape, *geometry, self.axes))
        self.ties = ties

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (Setting("ties", get_args(Ties)),)

    @property
    def slide(self) -> Slide:
        return Slide(self.windows, self.windows.kernel, counts_padding=False)


class AvgPool2d(AvgPool):
    """The mean of each window, all windows alike.

    The divisor counts padding if ``count_include_pad`` (PyTorch's default), but never the places
    beyond the padding that a window reaches with ``ceil_mode``. ``divisor_override`` takes its
    place in all windows.
    """

    name: ClassVar[LayerName] = "avg_pool2d"

    def __init__(
        self,
        input_shape: Shape,
        kernel: Pair,
        stride: Pair | None = None,
        padding: Pair = (0, 0),
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        geometry = kernel, stride, padding, (1, 1), ceil_mode
        self._bind(input_shape, _sliding(input_shape, *geometry, self.axes))
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    @property
    def slide(self) -> Slide:
        counts = self.count_include_pad or self.divisor_override is not None
        return Slide(self.windows, self.windows.kernel, counts)

    @property
    def settings(self) -> tuple[Setting, ...]:
        if self.divisor_override is not None:
            return (Setting("divisor_override"),)
        return (Setting("count_include_pad", (True, False)),) if any(self.windows.padding) else ()

    @property
    def divisor(self) -> Array:
        windows = self.windows
        if self.divisor_override is not None:
            return np.full(windows.positions, float(self.divisor_override))
        counts = []
        for axis in (0, 1):
            low = -windows.padding[axis] if self.count_include_pad else 0
            high = windows.plane[axis] - low
            start = np.arange(windows.out[axis]) * windows.stride[axis] - windows.padding[axis]
            end = np.minimum(start + windows.kernel[axis], high)
            counts.append(end - np.maximum(start, low))
        return np.outer(*counts).astype(np.float64).ravel()


class AdaptiveMaxPool2d(MaxPool):
    """The largest cell of each window, for as many windows as ``output_size`` says."""

    name = "adaptive_max_pool2d"
    slide = None

    def __init__(self, input_shape: Shape, output_size: Pair) -> None:
        self._bind(input_shape, _adaptive(input_shape, output_size))


class AdaptiveAvgPool2d(AvgPool):
    """The mean of each window, for as many windows as ``output_size`` says."""

    name = "adaptive_avg_pool2d"
    slide = None

    def __init__(self, input_shape: Shape, output_size: Pair) -> None:
        self._bind(input_shape, _adaptive(input_shape, output_size))

    @property
    def divisor(self) -> Array:
        counts: Array = self.windows.real.sum(0)
        return counts


def _sliding(
    input_shape: Shape,
    kernel: Pair,
    stride: Pair | None,
    padding: Pair,
    dilation: Pair,
    ceil_mode: bool,
    axes: int,
) -> Windows:
    _, plane = map_of(input_shape, axes)
    if any(p > k // 2 for p, k in zip(padding, kernel, strict=True)):
        raise Misfit(
            "padding",
            "The padding may be at most half of the kernel, or a window could hold nothing "
            f"but padding: at most {' and '.join(str(k // 2) for k in kernel[-axes:])} here.",
        )
    stride = kernel if stride is None else stride
    windows = windows_of(plane, kernel, stride, padding, dilation, ceil_mode, axes=axes)
    if not windows.all_hold_a_cell():
        raise Misfit(
            "dilation",
            "One of the windows holds no cell of the input, only padding. Use a smaller "
            "dilation or less padding.",
        )
    return windows


def _adaptive(input_shape: Shape, output_size: Pair) -> Windows:
    _, plane = map_of(input_shape)
    return AdaptiveWindows(plane, output_size)


def max_pools(layers: Iterable[Layer]) -> dict[int, MaxPool]:
    """The max-pooling layers, by their index in the network."""
    # Only they have margins and ties.
    return {i: layer for i, layer in enumerate(layers) if isinstance(layer, MaxPool)}
