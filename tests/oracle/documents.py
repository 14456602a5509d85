"""Random network documents over every layer, option and head of the contract.

Everything is drawn through ``random()``, whose numbers are the same in every version of Python, so
that a seed names a network; or by hypothesis, which can then make a network smaller.

``exact`` networks are made of multiples of 1/8 and divide by powers of two only: all their sums are
exact, so that two correct engines agree to the bit. The others draw any floats, and every
activation.
"""

import math
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple, get_args

from hypothesis import strategies as st

from app.document import document
from app.document.building import build
from app.engine.layers import LayerName, PerLayer
from app.engine.network import Network

Document = dict[str, Any]
Shape = tuple[int, ...]

EVERY: tuple[LayerName, ...] = get_args(LayerName)
MOST_LAYERS = 6
MOST_BITS = 46
"""Of the longest figure of an exact network: float64 holds 53, and the last sums need some."""


def draw(rng: Random, exact: bool) -> Document:
    """A network that fits together."""
    return _Draw(rng, exact).document()


def draw_batch(rng: Random, exact: bool) -> Document:
    """A network that fits together, and a batch of one to four examples for it."""
    drawing = _Draw(rng, exact)
    return drawing.batch_of(drawing.document())


def documents(exact: bool) -> st.SearchStrategy[Document]:
    """The same, drawn by hypothesis."""
    return st.randoms(use_true_random=False).map(lambda rng: draw(rng, exact))


def built(doc: Document) -> Network:
    """The engine's network of a document."""
    return build(document.Document.model_validate(doc))


class _Draw:
    def __init__(self, rng: Random, exact: bool) -> None:
        self.rng, self.exact = rng, exact
        self.shapes: list[Shape] = []
        self.needs_line = False
        """Whether no layer has made clear so far that the input is [channels][positions]."""
        self.bits = 5  # of the longest figure so far: the input's are up to 2, in steps of 1/8

    def document(self) -> Document:
        shape: Shape = self.one_of([self.map_shape] * 4 + [self.row_shape, self.line_shape])()
        document: Document = {"version": 1, "input": self.array(shape), "layers": []}
        self.shapes.append(shape)
        self.needs_line = len(shape) == 2
        wanted = self.whole(1, MOST_LAYERS)
        while wanted > 0 or self.needs_line:
            layer, shape = self.layer(shape)
            self.needs_line = self.needs_line and not layer["type"].endswith("1d")
            self.shapes.append(shape)
            document["layers"].append(layer)
            wanted -= 1
        return {**document, "head": self.head(shape, document["layers"][-1]["type"])}

    def batch_of(self, doc: Document) -> Document:
        """The same network for several examples, each with numbers of its own."""
        # A mean over a power of two is exact.
        examples = self.one_of([1, 2, 4] if self.exact else [1, 2, 3, 4])
        batch = {**doc, "input": [self.array(self.shapes[0]) for _ in range(examples)]}
        rank = len(self.shapes[0])
        may_be_left_out = rank == 3 or (rank == 1 and doc["layers"][0]["type"] == "linear")
        if not may_be_left_out or (rank == 1 and self.one_in(2)):
            batch["batch"] = True
        head, shape = dict(doc["head"]), self.shapes[-1]
        if head["type"] == "upstream":
            head["gradient"] = [self.array(shape) for _ in range(examples)]
        elif isinstance(head["target"], int):
            head["target"] = [self.whole(0, shape[0] - 1) for _ in range(examples)]
            if self.exact and "weight" in head:
                head["reduction"] = "sum"
        else:
            are_shares = head["type"] == "cross_entropy" or head["type"].startswith("binary")
            drawn = self.shares if are_shares else self.array
            head["target"] = [drawn(shape) for _ in range(examples)]
        layers = [
            {**layer, "mask": [self.mask(reached) for _ in range(examples)]}
            if layer["type"] == "dropout" and self.one_in(2)
            else layer
            for layer, reached in zip(doc["layers"], self.shapes, strict=False)
        ]
        return {**batch, "layers": layers, "head": head}

    def layer(self, shape: Shape) -> tuple[Document, Shape]:
        # A weight's gradient multiplies what came forwards by what comes back, as long again.
        too_long = self.exact and 2 * (self.bits + 10) > MOST_BITS
        kinds: list[LayerName] = [
            name
            for name in EVERY
            for _ in range(DRAWN[name].tickets)
            if len(shape) in DRAWN[name].ranks
            and not (self.needs_line and name == "flatten")
            and not (self.exact and DRAWN[name].rounds)
            and not (too_long and DRAWN[name].has_weights)
        ]
        name: LayerName = self.one_of(kinds)
        layer: Document = {"type": name}
        return layer, DRAWN[name].fill(self, layer, shape)

    def unchanged(self, layer: Document, shape: Shape) -> Shape:
        return shape

    def leaky_relu(self, layer: Document, shape: Shape) -> Shape:
        self.bits += 2
        if self.exact:
            layer["negative_slope"] = self.one_of([0.25, 0.5, 0.0])
        else:
            self.sometimes(layer, "negative_slope", self.one_of([0.01, 0.3, -0.2, 1.5]))
        return shape

    def hardtanh(self, layer: Document, shape: Shape) -> Shape:
        self.sometimes(layer, "min_val", self.one_of([-0.5, -2, 0, 0.5]))
        self.sometimes(layer, "max_val", self.one_of([0.5, 2, 1]))
        return shape

    def elu(self, layer: Document, shape: Shape) -> Shape:
        self.sometimes(layer, "alpha", self.one_of([0.5, 2, -0.25]))
        return shape

    def gelu(self, layer: Document, shape: Shape) -> Shape:
        self.sometimes(layer, "approximate", self.one_of(["none", "tanh"]))
        return shape

    def softplus(self, layer: Document, shape: Shape) -> Shape:
        self.sometimes(layer, "beta", self.one_of([0.5, 3]))
        self.sometimes(layer, "threshold", self.one_of([1.5, 0, -0.75]))
        return shape

    def prelu(self, layer: Document, shape: Shape) -> Shape:
        layer["weight"] = self.array((self.one_of([1, shape[0]]),), 1)
        self.bits += 4
        return shape

    def dropout(self, layer: Document, shape: Shape) -> Shape:
        layer["mask"] = self.mask(shape)
        self.sometimes(layer, "p", self.one_of([0, 0.75, 1] if self.exact else [0.1, 0.3, 0.9]))
        self.bits += 2
        return shape

    def mask(self, shape: Shape) -> Any:
        if not shape:
            return self.whole(0, 1)
        return [self.mask(shape[1:]) for _ in range(shape[0])]

    def flatten(self, layer: Document, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def add(self, layer: Document, shape: Shape) -> Shape:
        alike = [i - 1 for i, each in enumerate(self.shapes) if each == shape]
        layer["from"] = self.one_of(alike)
        self.bits += 1
        return shape

    def linear(self, layer: Document, shape: Shape) -> Shape:
        self.bits += 4 + shape[0].bit_length()
        out = self.whole(1, 5)
        layer["weight"] = self.array((out, shape[0]), 1)
        self.sometimes(layer, "bias", self.one_of([self.array((out,)), None]))
        return (out,)

    def windows(self, layer: Document, shape: Shape) -> Shape:
        """Fill in a layer that slides a window, one that fits; returns its output's shape."""
        kind, channels, *plane = layer["type"], *shape
        pool = not kind.startswith("conv")
        means = kind.startswith("avg")
        while True:
            # Powers of two only, where a mean must be exact.
            most = 2 if self.exact and means else 4
            kernel = [self.whole(1, min(most, side + pool)) for side in plane]
            stride = self.one_of([None, [self.whole(1, 3) for _ in plane]])
            padding = [self.whole(0, k // 2 if pool else 2) for k in kernel]
            dilation = [1 if means else self.whole(1, 2) for _ in plane]
            ceil_mode = pool and self.one_in(2)
            steps = stride or (kernel if pool else [1 for _ in plane])
            axes = list(zip(plane, kernel, steps, padding, dilation, strict=True))
            out = [places(*axis, ceil_mode) for axis in axes]
            # A window of a pool that holds no real cell is refused.
            if min(out) > 0 and not (pool and any(misses(*axis, ceil_mode) for axis in axes)):
                break
        kernel_or_one = kernel[0] if len(set(kernel)) == 1 and self.one_in(2) else kernel
        if stride is not None:
            layer["stride"] = stride
        if any(padding) or self.one_in(2):
            layer["padding"] = padding
        if not means and (max(dilation) > 1 or self.one_in(2)):
            layer["dilation"] = dilation
        if pool:
            layer["kernel"] = kernel_or_one
            if ceil_mode or self.one_in(2):
                layer["ceil_mode"] = ceil_mode
            if not means:
                ties = ["first", "last", "all"]
                # Among three, a split is not exact.
                ties += ["split"] if not self.exact or math.prod(kernel) <= 2 else []
                self.sometimes(layer, "ties", self.one_of(ties))
            else:
                self.bits += 2
                self.sometimes(layer, "count_include_pad", self.one_in(2))
                if kind == "avg_pool2d" and self.one_in(4):
                    layer["divisor_override"] = self.one_of(
                        [1, -2, 4] if self.exact else [1, 3, -5]
                    )
            return (channels, *out)
        self.bits += 4 + (channels * math.prod(kernel)).bit_length()
        groups = self.one_of([n for n in range(1, channels + 1) if channels % n == 0])
        kernels = groups * self.whole(1, 3 if groups == 1 else 2)
        if groups > 1 or self.one_in(3):
            layer["groups"] = groups
        layer["weight"] = self.array((kernels, channels // groups, *kernel), 1)
        out = self.ends(layer, plane, kernel, steps, dilation, out)
        self.padding_mode(layer, plane, spans_of(kernel, dilation))
        self.sometimes(layer, "bias", self.one_of([self.array((kernels,)), None]))
        return (kernels, *out)

    def transposed(self, layer: Document, shape: Shape) -> Shape:
        channels, *plane = shape
        while True:
            kernel, stride = ([self.whole(1, 3) for _ in plane] for _ in (0, 1))
            padding, dilation = (
                [self.whole(0, 2) for _ in plane],
                [self.whole(1, 2) for _ in plane],
            )
            extra = [self.whole(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True)]
            axes = zip(plane, kernel, stride, padding, dilation, extra, strict=True)
            out = [(n - 1) * s - 2 * p + d * (k - 1) + 1 + e for n, k, s, p, d, e in axes]
            if min(out) > 0 and max(out) < 12:
                break
        groups = self.one_of([n for n in range(1, channels + 1) if channels % n == 0])
        outputs = self.whole(1, 2)
        self.bits += 4 + (channels * math.prod(kernel)).bit_length()
        layer["weight"] = self.array((channels, outputs, *kernel), 1)
        self.sometimes(layer, "bias", self.one_of([self.array((outputs * groups,)), None]))
        for field, given, usual in (
            ("stride", stride, [1, 1]),
            ("padding", padding, [0, 0]),
            ("output_padding", extra, [0, 0]),
            ("dilation", dilation, [1, 1]),
            ("groups", groups, 1),
        ):
            if given != usual or self.one_in(3):
                layer[field] = given
        return (outputs * groups, *out)

    def batch_norm(self, layer: Document, shape: Shape) -> Shape:
        layer["running_mean"] = self.array(shape[:1])
        layer["running_var"] = self.shares(shape[:1])
        if self.one_in(2):
            layer["weight"] = self.array(shape[:1])
            self.sometimes(layer, "bias", self.array(shape[:1]))
        self.sometimes(layer, "eps", self.one_of([0.1, 2.0]))
        return shape

    def adaptive(self, layer: Document, shape: Shape) -> Shape:
        channels, *plane = shape
        means = layer["type"] == "adaptive_avg_pool2d"
        while True:
            out = [self.whole(1, side + 2) for side in plane]
            sides = [window_sides(*axis) for axis in zip(plane, out, strict=True)]
            if not (self.exact and means) or max(map(max, sides)) <= 2:
                break
        self.bits += 4 if means else 0
        layer["output_size"] = out[0] if out[0] == out[1] and self.one_in(2) else out
        return (channels, *out)

    def ends(
        self, layer: Document, plane: Any, kernel: Any, steps: Any, dilation: Any, out: Any
    ) -> Any:
        """Sometimes a convolution's padding said otherwise; returns how many places there are."""
        how = self.one_of(["alike", "alike", "each", "valid", "same"])
        spans = spans_of(kernel, dilation)
        if how == "each":
            ends = [self.whole(0, 2) for _ in range(2 * len(plane))]
            more = [sum(ends[at : at + 2]) for at in range(0, len(ends), 2)]
        elif how == "valid":
            ends, more = how, [0 for _ in plane]
        elif how == "same" and set(steps) == {1}:
            layer["padding"] = how
            return plane
        else:
            return out
        room = [n + m - span - 1 for n, m, span in zip(plane, more, spans, strict=True)]
        if min(room) < 0:
            return out
        layer["padding"] = ends
        return [space // step + 1 for space, step in zip(room, steps, strict=True)]

    def padding_mode(self, layer: Document, plane: Any, spans: list[int]) -> None:
        """Sometimes what a convolution's padding holds: mirrored maps must be larger than it."""
        padding = layer.get("padding", 0)
        if isinstance(padding, str):
            ends = spans if padding == "same" else [0 for _ in plane]
            most = [span - span // 2 for span in ends]
        elif isinstance(padding, int):
            most = [padding for _ in plane]
        else:
            each = len(padding) // len(plane)
            most = [max(padding[at : at + each]) for at in range(0, len(padding), each)]
        modes = ["zeros", "replicate"]
        if all(end < side for end, side in zip(most, plane, strict=True)):
            modes += ["reflect", "reflect"]
        self.sometimes(layer, "padding_mode", self.one_of(modes))

    def head(self, shape: Shape, last: LayerName) -> Document:
        size = math.prod(shape)
        kinds = ["upstream"]
        kinds += ["mse"] if not self.exact or 2 * self.bits + 4 <= MOST_BITS else []
        if not self.exact:
            kinds += ["binary_cross_entropy_with_logits", "smooth_l1", "huber"]
        kinds += ["l1"]
        if last in ("sigmoid", "softmax"):
            kinds += ["binary_cross_entropy"] * 4
        kinds += ["cross_entropy"] * 2 if len(shape) == 1 and not self.exact else []
        kinds += ["nll"] if len(shape) == 1 else []
        kind = self.one_of(kinds)
        if kind == "upstream":
            return {"type": kind, "gradient": self.array(shape)}
        if kind in ("cross_entropy", "nll"):
            return self.of_classes(kind, size)
        if kind.startswith("binary"):
            head = {"type": kind, "target": self.shares(shape)}
        else:
            head = {"type": kind, "target": self.array(shape)}
        if kind == "smooth_l1":
            self.sometimes(head, "beta", self.one_of([0.5, 2]))
        if kind == "huber":
            self.sometimes(head, "delta", self.one_of([0.25, 3]))
        halves = size & (size - 1) == 0  # a mean over a power of two is exact
        if self.exact and not halves:
            return {**head, "reduction": "sum"}
        self.sometimes(head, "reduction", self.one_of(["mean", "sum"]))
        return head

    def of_classes(self, kind: str, size: int) -> Document:
        head: Document = {"type": kind, "target": self.whole(0, size - 1)}
        if kind == "cross_entropy":
            if self.one_in(3):
                head["target"] = self.shares((size,))
            self.sometimes(head, "label_smoothing", self.one_of([0.1, 0.5, 1]))
        if self.one_in(3):
            # Of weights that are powers of two, quotients are exact.
            head["weight"] = [self.one_of([0.5, 1.0, 2.0]) for _ in range(size)]
            self.sometimes(head, "reduction", self.one_of(["mean", "sum"]))
        return head

    def row_shape(self) -> Shape:
        return (self.whole(1, 8),)

    def line_shape(self) -> Shape:
        return self.whole(1, 3), self.whole(1, 9)

    def map_shape(self) -> Shape:
        return self.whole(1, 3), self.whole(1, 7), self.whole(1, 7)

    def array(self, shape: Shape, size: int = 2) -> Any:
        if not shape:
            return self.number(size)
        return [self.array(shape[1:], size) for _ in range(shape[0])]

    def shares(self, shape: Shape) -> Any:
        """Numbers from 0 to 1, both of them included."""
        if not shape:
            return self.one_of([0.0, 1.0, self.rng.random()])
        return [self.shares(shape[1:]) for _ in range(shape[0])]

    def number(self, size: int) -> float:
        if self.exact:
            return self.whole(-8 * size, 8 * size) / 8
        return (2 * self.rng.random() - 1) * size

    def whole(self, low: int, high: int) -> int:
        return low + int(self.rng.random() * (high + 1 - low))

    def one_of(self, choices: list[Any]) -> Any:
        return choices[self.whole(0, len(choices) - 1)]

    def one_in(self, n: int) -> bool:
        return self.whole(1, n) == n

    def sometimes(self, into: Document, field: str, value: Any) -> None:
        """Every field that has a default is sometimes left to it."""
        if self.one_in(2):
            into[field] = value


class Drawn(NamedTuple):
    """How a kind of layer is drawn."""

    fill: Callable[[_Draw, Document, Shape], Shape]
    """Fills in its fields for an input of this shape, and returns the shape of its output."""
    tickets: int = 1
    """How many it has in the draw."""
    ranks: tuple[int, ...] = (1, 2, 3)
    """Of the inputs it reads."""
    has_weights: bool = False
    rounds: bool = False
    """Whether its outputs are not exact, whatever its inputs."""


DRAWN: PerLayer[Drawn] = {
    "conv2d": Drawn(_Draw.windows, 4, (3,), True),
    "conv1d": Drawn(_Draw.windows, 6, (2,), True),
    "conv_transpose2d": Drawn(_Draw.transposed, 2, (3,), True),
    "batch_norm2d": Drawn(_Draw.batch_norm, 2, (3,), True, rounds=True),
    "linear": Drawn(_Draw.linear, 3, (1,), True),
    "relu": Drawn(_Draw.unchanged),
    "leaky_relu": Drawn(_Draw.leaky_relu),
    "sigmoid": Drawn(_Draw.unchanged, rounds=True),
    "tanh": Drawn(_Draw.unchanged, rounds=True),
    "identity": Drawn(_Draw.unchanged),
    "hardtanh": Drawn(_Draw.hardtanh),
    "elu": Drawn(_Draw.elu, rounds=True),
    "gelu": Drawn(_Draw.gelu, rounds=True),
    "silu": Drawn(_Draw.unchanged, rounds=True),
    "softplus": Drawn(_Draw.softplus, rounds=True),
    "prelu": Drawn(_Draw.prelu, has_weights=True),
    "dropout": Drawn(_Draw.dropout),
    "softmax": Drawn(_Draw.unchanged, 1, (1, 3), rounds=True),
    "log_softmax": Drawn(_Draw.unchanged, 1, (1, 3), rounds=True),
    "max_pool2d": Drawn(_Draw.windows, 4, (3,)),
    "avg_pool2d": Drawn(_Draw.windows, 2, (3,)),
    "max_pool1d": Drawn(_Draw.windows, 4, (2,)),
    "avg_pool1d": Drawn(_Draw.windows, 3, (2,)),
    "adaptive_max_pool2d": Drawn(_Draw.adaptive, 2, (3,)),
    "adaptive_avg_pool2d": Drawn(_Draw.adaptive, 2, (3,)),
    "flatten": Drawn(_Draw.flatten),
    "add": Drawn(_Draw.add, 3),
}


def places(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool) -> int:
    """How many windows fit along one axis, as the documentation of torch.nn.MaxPool2d says."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    out = (-(-room // stride) if ceil else room // stride) + 1
    return out - 1 if ceil and (out - 1) * stride >= size + padding else out


def spans_of(kernel: list[int], dilation: list[int]) -> list[int]:
    """How far apart the first and the last tap of a window are along each axis."""
    return [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]


def window_sides(size: int, out: int) -> list[int]:
    """How many cells the windows of an adaptive pool cover along one axis."""
    return [math.ceil((i + 1) * size / out) - i * size // out for i in range(out)]


def misses(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool) -> bool:
    """Whether some window along one axis holds no real cell."""
    return any(
        not any(0 <= at * stride - padding + tap * dilation < size for tap in range(kernel))
        for at in range(places(size, kernel, stride, padding, dilation, ceil))
    )
