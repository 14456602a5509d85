"""Every kind of layer.

A layer is a set of *contributions*: triples (output cell, input cell, local derivative). Each kind
says so three times, side by side: ``forward``; ``pull`` (and ``pull_parameters``), the fast
backward pass that sums ``upstream gradient × local derivative`` over all contributions at once; and
``contributions_to`` / ``_of`` / ``_to_parameter``, the same triples for one cell. Tests hold the
three against each other.

``forward`` returns the output and a *tape*, whatever the other methods need to remember of the
input. ``view`` looks at the local derivatives before they are used (see ``types.View``): with
``identity`` a pull gives gradients, with ``np.ones_like`` it counts readers, and so on.

Conventions are PyTorch's: [C, H, W] in C order, cross-correlation, ReLU'(0) = 0,
LeakyReLU'(0) = slope; a tie goes to the first maximum and padding never wins.
"""

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from app.engine.types import (
    Array,
    Contributions,
    Index,
    Misfit,
    Pair,
    Shape,
    View,
    Zero,
    identity,
)
from app.engine.windows import Windows, windows_of

Ties = Literal["first", "last", "split", "all"]


class Layer(ABC):
    """A layer bound to the shape of its input. ``shape`` is the shape of its output."""

    zero: ClassVar[Zero]
    """Why a local derivative of this layer is 0, as a code of the contract."""

    shape: Shape
    input_shape: Shape
    multiply_adds: int
    """How many products one forward pass takes."""
    stays_finite: bool = False
    """Whether it cannot overflow, since nothing it passes on, or back, outgrows what it got."""
    window_reads: int = 0
    """How many numbers its windows copy out of the input."""

    @property
    def cells(self) -> int:
        """How many numbers its output holds, and its padded input where it slides a window."""
        windows: Windows | None = getattr(self, "windows", None)
        framed = 0 if windows is None else self.input_shape[0] * math.prod(windows.frame)
        return math.prod(self.shape) + framed

    @property
    def parameters(self) -> dict[str, Array]:
        """The arrays this layer learns, by the name of their field."""
        return {}

    @abstractmethod
    def forward(self, x: Array) -> tuple[Array, Any]:
        """Input → (output, tape)."""

    @abstractmethod
    def pull(self, tape: Any, upstream: Array, view: View = identity) -> Array:
        """For each input cell, the sum of upstream × view(local derivative) over its readers."""

    def pull_parameters(
        self, tape: Any, upstream: Array, view: View = identity
    ) -> dict[str, Array]:
        """The same for each parameter, over the output cells that use it."""
        return {}

    @abstractmethod
    def contributions_to(self, tape: Any, cell: int) -> Contributions:
        """The contributions through which one input cell is read."""

    @abstractmethod
    def contributions_of(self, tape: Any, cell: int) -> Contributions:
        """The contributions that one output cell is made of."""

    def contributions_to_parameter(self, tape: Any, name: str, cell: int) -> Contributions:
        """The contributions through which one parameter is used."""
        raise KeyError(name)

    def weight_between(self, output: int, cell: int) -> int | None:
        """The weight (flat) by which an output reads an input cell; None where there is none."""
        return None

    def with_parameter(self, name: str, array: Array) -> "Layer":
        """This layer with another array in the place of one parameter."""
        raise KeyError(name)


# --- layers that mix cells through weights ------------------------------------------------------


class Conv2d(Layer):
    """Cross-correlation: weight [out, in, kh, kw], bias [out] or None, input [in, H, W]."""

    zero = "weight"

    def __init__(
        self,
        input_shape: Shape,
        weight: Array,
        bias: Array | None = None,
        stride: Pair = (1, 1),
        padding: Pair = (0, 0),
        dilation: Pair = (1, 1),
    ) -> None:
        channels, plane = _map_of(input_shape)
        out, expected, *kernel = weight.shape
        if expected != channels:
            raise Misfit(
                "weight",
                f"Each kernel reads {_count(expected, 'channel')}, but the input of this layer "
                f"has {channels}. Give every kernel {_count(channels, 'channel')}.",
            )
        _check_bias(bias, out)
        self.weight, self.bias = weight, bias
        self.windows = windows_of(
            plane, (kernel[0], kernel[1]), stride, padding, dilation, kernel_field="weight"
        )
        self.input_shape, self.shape = input_shape, (out, *self.windows.out)
        self.window_reads = channels * self.windows.taps * self.windows.positions
        self.multiply_adds = out * self.window_reads
        self._matrix = weight.reshape(out, -1)
        # [taps · in, out]: a pull with it yields each tap's cells side by side in memory.
        self._by_tap = weight.reshape(out, channels, -1).transpose(2, 1, 0).reshape(-1, out)

    @property
    def parameters(self) -> dict[str, Array]:
        return _weight_and_bias(self.weight, self.bias)

    def forward(self, x: Array) -> tuple[Array, Array]:
        patches = self.windows.patches(x).reshape(-1, self.windows.positions)
        y = self._matrix @ patches
        if self.bias is not None:
            y += self.bias[:, None]
        return y.reshape(self.shape), patches

    def pull(self, tape: Array, upstream: Array, view: View = identity) -> Array:
        rows = upstream.reshape(self.shape[0], -1)
        patches = view(self._by_tap) @ rows
        by_tap = patches.reshape(self.windows.taps, self.input_shape[0], self.windows.positions)
        return self.windows.scatter(by_tap.transpose(1, 0, 2))

    def pull_parameters(
        self, tape: Array, upstream: Array, view: View = identity
    ) -> dict[str, Array]:
        rows = upstream.reshape(self.shape[0], -1)
        gradients = {"weight": (rows @ view(tape).T).reshape(self.weight.shape)}
        if self.bias is not None:
            gradients["bias"] = rows.sum(1) * view(_ONE)
        return gradients

    def contributions_to(self, tape: Array, cell: int) -> Contributions:
        channel, row, column = _unravel(cell, self.input_shape)
        positions, taps = self.windows.readers(row, column)
        kernels = self.weight.reshape(*self.weight.shape[:2], -1)
        outputs = np.arange(self.shape[0])[:, None] * self.windows.positions + positions
        return _triples(outputs, cell, kernels[:, channel, taps])

    def contributions_of(self, tape: Array, cell: int) -> Contributions:
        kernel, position = divmod(cell, self.windows.positions)
        reads = _in_channels(self.windows.table[:, position], self.input_shape)
        return _triples(cell, reads, self._matrix[kernel])

    def contributions_to_parameter(self, tape: Array, name: str, cell: int) -> Contributions:
        positions = np.arange(self.windows.positions)
        kernel, tap = (cell, 0) if name == "bias" else divmod(cell, self._matrix.shape[1])
        met = np.ones(len(positions)) if name == "bias" else tape[tap]
        return _triples(kernel * len(positions) + positions, cell, met)

    def with_parameter(self, name: str, array: Array) -> "Conv2d":
        weight, bias = (self.weight, array) if name == "bias" else (array, self.bias)
        slide = self.windows
        return Conv2d(self.input_shape, weight, bias, slide.stride, slide.padding, slide.dilation)

    def weight_between(self, output: int, cell: int) -> int | None:
        kernel, position = divmod(output, self.windows.positions)
        channel, *place = _unravel(cell, self.input_shape)
        tap = 0
        for axis, start in enumerate(divmod(position, self.windows.out[1])):
            first = start * self.windows.stride[axis] - self.windows.padding[axis]
            along = (place[axis] - first) // self.windows.dilation[axis]
            tap = tap * self.windows.kernel[axis] + along
        return (kernel * self.input_shape[0] + channel) * self.windows.taps + tap


class Linear(Layer):
    """Fully connected: weight [out, in], bias [out] or None, input [in]."""

    zero = "weight"

    def __init__(self, input_shape: Shape, weight: Array, bias: Array | None = None) -> None:
        if len(input_shape) != 1:
            raise Misfit(
                None,
                f"A linear layer reads a row of numbers, not a {_times(input_shape)} map: "
                "add flatten before it.",
            )
        out, expected = weight.shape
        if expected != input_shape[0]:
            raise Misfit(
                "weight",
                f"Each row has {_count(expected, 'weight')}, but this layer reads "
                f"{_count(input_shape[0], 'number')}: give it one weight for each.",
            )
        _check_bias(bias, out)
        self.weight, self.bias = weight, bias
        self.input_shape, self.shape = input_shape, (out,)
        self.multiply_adds = weight.size

    @property
    def parameters(self) -> dict[str, Array]:
        return _weight_and_bias(self.weight, self.bias)

    def forward(self, x: Array) -> tuple[Array, Array]:
        y = self.weight @ x
        return (y if self.bias is None else y + self.bias), x

    def pull(self, tape: Array, upstream: Array, view: View = identity) -> Array:
        return upstream @ view(self.weight)

    def pull_parameters(
        self, tape: Array, upstream: Array, view: View = identity
    ) -> dict[str, Array]:
        gradients = {"weight": upstream[:, None] * view(tape)}
        if self.bias is not None:
            gradients["bias"] = upstream * view(_ONE)
        return gradients

    def contributions_to(self, tape: Array, cell: int) -> Contributions:
        return _triples(np.arange(self.shape[0]), cell, self.weight[:, cell])

    def contributions_of(self, tape: Array, cell: int) -> Contributions:
        return _triples(cell, np.arange(self.input_shape[0]), self.weight[cell])

    def contributions_to_parameter(self, tape: Array, name: str, cell: int) -> Contributions:
        if name == "bias":
            return _triples(cell, cell, _ONE)
        output, read = divmod(cell, self.input_shape[0])
        return _triples(output, cell, tape[[read]])

    def with_parameter(self, name: str, array: Array) -> "Linear":
        weight, bias = (self.weight, array) if name == "bias" else (array, self.bias)
        return Linear(self.input_shape, weight, bias)

    def weight_between(self, output: int, cell: int) -> int | None:
        return output * self.input_shape[0] + cell


# --- activations: each output cell reads the one input cell in its own place --------------------


class Activation(Layer):
    """A function of one number, applied to every cell.

    Its tape is its slope at every cell, which may be a truth value where it is 1 or 0.
    """

    zero = "blocked"

    def __init__(self, input_shape: Shape) -> None:
        self.input_shape = self.shape = input_shape
        self.multiply_adds = math.prod(input_shape)

    def pull(self, tape: Array, upstream: Array, view: View = identity) -> Array:
        return upstream * view(tape)

    def contributions_to(self, tape: Array, cell: int) -> Contributions:
        return _triples(cell, cell, tape.reshape(-1)[[cell]].astype(np.float64))

    contributions_of = contributions_to


class Relu(Activation):
    """max(0, x); its slope at 0 is 0."""

    stays_finite = True

    def forward(self, x: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
        return np.maximum(x, 0.0), x > 0


class LeakyRelu(Activation):
    """x where x > 0, else slope · x; its slope at 0 is ``negative_slope``."""

    def __init__(self, input_shape: Shape, negative_slope: float = 0.01) -> None:
        super().__init__(input_shape)
        self.negative_slope = negative_slope

    def forward(self, x: Array) -> tuple[Array, Array]:
        slope = np.where(x > 0, 1.0, self.negative_slope)
        return x * slope, slope


class Sigmoid(Activation):
    """1 / (1 + e^−x), slope y(1 − y)."""

    stays_finite = True

    def forward(self, x: Array) -> tuple[Array, Array]:
        y = 1.0 / (1.0 + np.exp(-x))
        return y, y * (1.0 - y)


class Tanh(Activation):
    """tanh x, slope 1 − y²."""

    stays_finite = True

    def forward(self, x: Array) -> tuple[Array, Array]:
        y = np.tanh(x)
        return y, 1.0 - y * y


class Identity(Activation):
    """x itself, slope 1."""

    stays_finite = True

    def forward(self, x: Array) -> tuple[Array, Array]:
        return x, np.ones_like(x)


# --- pooling ------------------------------------------------------------------------------------


class Pool(Layer):
    """What both poolings share: windows over each channel on its own."""

    def __init__(
        self,
        input_shape: Shape,
        kernel: Pair,
        stride: Pair | None = None,
        padding: Pair = (0, 0),
        dilation: Pair = (1, 1),
        ceil_mode: bool = False,
    ) -> None:
        channels, plane = _map_of(input_shape)
        if any(p > k // 2 for p, k in zip(padding, kernel, strict=True)):
            raise Misfit(
                "padding",
                "The padding may be at most half of the kernel, or a window could hold nothing "
                f"but padding: at most {kernel[0] // 2} and {kernel[1] // 2} here.",
            )
        stride = kernel if stride is None else stride
        self.windows = windows_of(plane, kernel, stride, padding, dilation, ceil_mode)
        if not self.windows.all_hold_a_cell():
            raise Misfit(
                "dilation",
                "One of the windows holds no cell of the input, only padding. Use a smaller "
                "dilation or less padding.",
            )
        self.input_shape, self.shape = input_shape, (channels, *self.windows.out)
        self.window_reads = self.multiply_adds = (
            channels * self.windows.taps * self.windows.positions
        )

    @abstractmethod
    def _shares(self, tape: Any, channel: int, positions: Index) -> Array:
        """[taps, positions]: the local derivatives of some windows, 0 on padding."""

    def contributions_to(self, tape: Any, cell: int) -> Contributions:
        channel, row, column = _unravel(cell, self.input_shape)
        positions, taps = self.windows.readers(row, column)
        shares = self._shares(tape, channel, positions)[taps, np.arange(len(taps))]
        return _triples(channel * self.windows.positions + positions, cell, shares)

    def contributions_of(self, tape: Any, cell: int) -> Contributions:
        channel, position = divmod(cell, self.windows.positions)
        shares = self._shares(tape, channel, np.array([position]))[:, 0]
        cells = self.windows.table[:, position]
        inside = cells >= 0
        plane = self.windows.plane[0] * self.windows.plane[1]
        return _triples(cell, channel * plane + cells[inside], shares[inside])


class MaxPool2d(Pool):
    """The largest cell of each window takes the whole gradient; ``ties`` says who, on a tie.

    ``first`` (PyTorch, TensorFlow, JAX) and ``last`` pay one maximum, ``split`` shares evenly,
    ``all`` pays every maximum in full: wrong, and common.
    """

    zero = "lost"

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
        super().__init__(input_shape, kernel, stride, padding, dilation, ceil_mode)
        self.ties = ties
        # Where windows overlap, what comes back is added up.
        self.stays_finite = not self.windows.overlap
        plane = self.windows.plane[0] * self.windows.plane[1]
        self._offsets = np.arange(0, input_shape[0] * plane, plane)[:, None]
        self._positions = np.arange(self.windows.positions)

    def forward(self, x: Array) -> tuple[Array, tuple[Array, Index]]:
        """The tape is (patches [C, taps, positions] with −∞ on padding, winning tap [C, P])."""
        patches = self.windows.patches(x, -np.inf)
        y = patches.max(1)
        if self.ties == "last":
            from_the_end = self.windows.first_maximum(patches[:, ::-1], y)
            winner = self.windows.taps - 1 - from_the_end
        else:
            winner = self.windows.first_maximum(patches, y)
        return y.reshape(self.shape), (patches, winner)

    def winners(self, tape: tuple[Array, Index]) -> Index:
        """[C, OH, OW]: the flat index of each winner in its channel's unpadded plane."""
        return self._cells(tape[1]).reshape(self.shape)

    def _cells(self, taps: Index) -> Index:
        """[C, positions], a tap each → the cell it reads, flat in the unpadded plane."""
        return self.windows.table.take(taps * self.windows.positions + self._positions)

    def maxima(self, tape: tuple[Array, Index]) -> npt.NDArray[np.bool_]:
        """[C, taps, positions]: every cell of a window that holds its maximum."""
        patches, _ = tape
        maxima: npt.NDArray[np.bool_] = patches == patches.max(1, keepdims=True)
        return maxima

    def pull(self, tape: tuple[Array, Index], upstream: Array, view: View = identity) -> Array:
        if view is identity and self.ties in ("first", "last"):
            # One winner a window: add each gradient at its winner, and touch nothing else.
            cells = self._cells(tape[1]) + self._offsets
            flat = np.bincount(cells.ravel(), upstream.ravel(), math.prod(self.input_shape))
            return flat.astype(np.float64, copy=False).reshape(self.input_shape)
        shares = view(self._all_shares(tape)) * self.windows.real
        return self.windows.scatter(shares * upstream.reshape(len(shares), 1, -1))

    def _all_shares(self, tape: tuple[Array, Index]) -> Array:
        if self.ties in ("first", "last"):
            taps = np.arange(self.windows.taps)[:, None]
            won: Array = np.equal(tape[1][:, None, :], taps).astype(np.float64)
            return won
        shares = self.maxima(tape).astype(np.float64)
        if self.ties == "split":
            shares /= shares.sum(1, keepdims=True)
        return shares

    def _shares(self, tape: tuple[Array, Index], channel: int, positions: Index) -> Array:
        patches, winner = tape
        some = patches[channel : channel + 1][:, :, positions], winner[[channel]][:, positions]
        shares: Array = self._all_shares(some)[0]
        return shares


class AvgPool2d(Pool):
    """The mean of each window: every cell gets the same share of the gradient.

    The divisor counts padding if ``count_include_pad`` (PyTorch's default), but never what lies
    beyond the padding, where ``ceil_mode`` may reach.
    """

    zero = "weight"  # a share is never 0

    def __init__(
        self,
        input_shape: Shape,
        kernel: Pair,
        stride: Pair | None = None,
        padding: Pair = (0, 0),
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(input_shape, kernel, stride, padding, (1, 1), ceil_mode)
        self.count_include_pad = count_include_pad

    @property
    def divisor(self) -> Array:
        """[positions]: how many cells each window's sum is divided by."""
        windows = self.windows
        counts = []
        for axis in (0, 1):
            low = -windows.padding[axis] if self.count_include_pad else 0
            high = windows.plane[axis] - low
            start = np.arange(windows.out[axis]) * windows.stride[axis] - windows.padding[axis]
            end = np.minimum(start + windows.kernel[axis], high)
            counts.append(end - np.maximum(start, low))
        return np.outer(*counts).astype(np.float64).ravel()

    def forward(self, x: Array) -> tuple[Array, Array]:
        share = 1.0 / self.divisor
        sums = self.windows.patches(x).sum(1)
        return (sums / self.divisor).reshape(self.shape), share

    def pull(self, tape: Array, upstream: Array, view: View = identity) -> Array:
        paid = (upstream.reshape(self.shape[0], -1) * view(tape))[:, None, :]
        return self.windows.scatter(paid * self.windows.real)

    def _shares(self, tape: Array, channel: int, positions: Index) -> Array:
        return self.windows.real[:, positions] * tape[positions]


# --- flatten ------------------------------------------------------------------------------------


class Flatten(Layer):
    """[C, H, W] → [C·H·W]: the same cells under other names, in C order."""

    zero = "weight"  # a relabelling's derivative is never 0
    stays_finite = True

    def __init__(self, input_shape: Shape) -> None:
        self.input_shape, self.shape = input_shape, (math.prod(input_shape),)
        self.multiply_adds = 0

    def forward(self, x: Array) -> tuple[Array, None]:
        return x.reshape(-1), None

    def pull(self, tape: None, upstream: Array, view: View = identity) -> Array:
        return (upstream * view(_ONE)).reshape(self.input_shape)

    def contributions_to(self, tape: None, cell: int) -> Contributions:
        return _triples(cell, cell, _ONE)

    contributions_of = contributions_to


# --- helpers ------------------------------------------------------------------------------------

_ONE = np.ones(1)


def _triples(outputs: Any, inputs: Any, derivatives: Array) -> Contributions:
    flat = derivatives.reshape(-1)
    n = len(flat)
    return Contributions(
        np.broadcast_to(np.asarray(outputs, np.intp).reshape(-1), n),
        np.broadcast_to(np.asarray(inputs, np.intp).reshape(-1), n),
        flat,
    )


def _unravel(cell: int, shape: Shape) -> tuple[int, int, int]:
    _, height, width = shape
    channel, rest = divmod(cell, height * width)
    return (channel, *divmod(rest, width))


def _in_channels(plane_cells: Index, input_shape: Shape) -> Index:
    """Flat plane indexes [taps] → flat input indexes [C·taps]; padding stays −1."""
    channels, height, width = input_shape
    cells = np.arange(channels)[:, None] * (height * width) + plane_cells
    return np.where(plane_cells < 0, -1, cells).ravel()


def _map_of(shape: Shape) -> tuple[int, Pair]:
    if len(shape) != 3:
        raise Misfit(
            None,
            f"This layer slides over a map, but what reaches it is a row of {shape[0]} numbers. "
            "Give the network an input of channels × rows × columns, or put this layer before "
            "flatten.",
        )
    return shape[0], (shape[1], shape[2])


def _weight_and_bias(weight: Array, bias: Array | None) -> dict[str, Array]:
    return {"weight": weight} if bias is None else {"weight": weight, "bias": bias}


def _check_bias(bias: Array | None, out: int) -> None:
    if bias is not None and len(bias) != out:
        raise Misfit(
            "bias",
            f"This layer has {_count(out, 'output')}, so its bias needs {out}: it has {len(bias)}.",
        )


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _times(shape: Shape) -> str:
    return " × ".join(map(str, shape))


KINDS: dict[str, type[Layer]] = {
    "conv2d": Conv2d,
    "relu": Relu,
    "leaky_relu": LeakyRelu,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "identity": Identity,
    "max_pool2d": MaxPool2d,
    "avg_pool2d": AvgPool2d,
    "flatten": Flatten,
    "linear": Linear,
}
"""The contract's name of each kind of layer."""
