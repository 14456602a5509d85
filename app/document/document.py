"""The network document: what may be sent, within which limits, and what is wrong with it.

``Document`` checks the fields of JSON, ``build`` makes them a network whose layers fit, and ``run``
its trace. All mistakes of fields are reported together; sizes are checked layer by layer, up to the
first layer that does not fit.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from app.document.fields import (
    MAX_EXTENT,
    MAX_PROBLEMS,
    NO_CHANNEL,
    WHOLE,
    ClassOrClasses,
    ClassOrShares,
    ConvPaddings,
    Divisor,
    Extents,
    Kernels,
    Location,
    MapsOrRows,
    Mask,
    Matrix,
    Model,
    Number,
    Paddings,
    PositiveNumber,
    Row,
    Share,
    TransposedKernels,
    whole,
)
from app.engine.heads import KINDS as HEADS
from app.engine.layers import KINDS as LAYERS
from app.engine.layers import Approximate, Ties
from app.engine.layers import Layer as EngineLayer
from app.engine.network import Network, Trace
from app.engine.types import Misfit, Overflow
from app.text.sentences import layer_title

MAX_BYTES = 20 * 2**20
"""Of a request. A 3×64×64 network with convolutions of 32 and 64 channels takes about 5 MB."""
MAX_LAYERS = 64
MAX_CELLS = 2_000_000
"""Numbers in all maps together, their padding included."""
MAX_WINDOW_READS = 10_000_000
"""Numbers that all windows together copy out of their inputs."""
MAX_MULTIPLY_ADDS = 300_000_000
"""Products of one forward pass; 3×64×64 with 5×5 kernels, 32 and 64 of them, takes 220 million."""


class Refusal(Exception):
    """A request that cannot be answered: a list of (location, what is wrong and the cure)."""

    def __init__(self, problems: Sequence[tuple[Location, str]]) -> None:
        super().__init__(problems)
        self.problems = list(problems[:MAX_PROBLEMS])


# --- the document -------------------------------------------------------------------------------


def _version(value: Any) -> Any:
    """Refuses true, which equals 1."""
    return None if isinstance(value, bool) else whole(value)


class Conv2d(Model):
    """Cross-correlation; weight [out][in / groups][kh][kw]."""

    type: Literal["conv2d"]
    weight: Kernels
    bias: Row | None = None
    stride: Extents = (1, 1)
    padding: ConvPaddings = (0, 0)
    dilation: Extents = (1, 1)
    groups: Annotated[int, Field(ge=1, le=MAX_EXTENT), WHOLE] = 1


class ConvTranspose2d(Model):
    """The backward pass of a convolution, forwards; weight [in][out / groups][kh][kw]."""

    type: Literal["conv_transpose2d"]
    weight: TransposedKernels
    bias: Row | None = None
    stride: Extents = (1, 1)
    padding: Paddings = (0, 0)
    output_padding: Paddings = (0, 0)
    groups: Annotated[int, Field(ge=1, le=MAX_EXTENT), WHOLE] = 1
    dilation: Extents = (1, 1)


class Relu(Model):
    """max(0, x)."""

    type: Literal["relu"]


class LeakyRelu(Model):
    """x, or negative_slope · x where x ≤ 0."""

    type: Literal["leaky_relu"]
    negative_slope: Number = 0.01


class Sigmoid(Model):
    """1 / (1 + e^−x)."""

    type: Literal["sigmoid"]


class Tanh(Model):
    """tanh x."""

    type: Literal["tanh"]


class Identity(Model):
    """x."""

    type: Literal["identity"]


class Hardtanh(Model):
    """x, cut off at min_val and max_val."""

    type: Literal["hardtanh"]
    min_val: Number = -1.0
    max_val: Number = 1.0


class Elu(Model):
    """x, or alpha · (e^x − 1) where x ≤ 0."""

    type: Literal["elu"]
    alpha: Number = 1.0


class Gelu(Model):
    """x · Φ(x), exactly or by its approximation with tanh."""

    type: Literal["gelu"]
    approximate: Approximate = "none"


class Silu(Model):
    """x · sigmoid(x)."""

    type: Literal["silu"]


class Softplus(Model):
    """ln(1 + e^(beta · x)) / beta, or x where beta · x > threshold."""

    type: Literal["softplus"]
    beta: PositiveNumber = 1.0
    threshold: Number = 20.0


class PRelu(Model):
    """x, or weight · x where x ≤ 0; one weight for all, or one for each channel: [channels]."""

    type: Literal["prelu"]
    weight: Row


class Dropout(Model):
    """x / (1 − p) where the mask is 1, and 0 where it is 0."""

    type: Literal["dropout"]
    mask: Mask
    p: Share = 0.5


class Softmax(Model):
    """e^x as a share of the row's; of a map, at each place over its channels."""

    type: Literal["softmax"]


class LogSoftmax(Model):
    """The logarithm of softmax."""

    type: Literal["log_softmax"]


class MaxPool2d(Model):
    """The largest cell of each window; the stride is the kernel unless given."""

    type: Literal["max_pool2d"]
    kernel: Extents
    stride: Extents | None = None
    padding: Paddings = (0, 0)
    dilation: Extents = (1, 1)
    ceil_mode: bool = False
    ties: Ties = "first"


class AvgPool2d(Model):
    """The mean of each window; the stride is the kernel unless given."""

    type: Literal["avg_pool2d"]
    kernel: Extents
    stride: Extents | None = None
    padding: Paddings = (0, 0)
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: Divisor | None = None


class AdaptiveMaxPool2d(Model):
    """The largest cell of each window; as many windows as the output has cells."""

    type: Literal["adaptive_max_pool2d"]
    output_size: Extents


class AdaptiveAvgPool2d(Model):
    """The mean of each window; as many windows as the output has cells."""

    type: Literal["adaptive_avg_pool2d"]
    output_size: Extents


class BatchNorm2d(Model):
    """(x − running_mean) / √(running_var + eps) · weight + bias, channel by channel."""

    type: Literal["batch_norm2d"]
    running_mean: Row
    running_var: Row
    weight: Row | None = None
    bias: Row | None = None
    eps: PositiveNumber = 1e-5
    training: bool = False


class Flatten(Model):
    """[C][H][W] → [C·H·W]."""

    type: Literal["flatten"]


class Add(Model):
    """A skip connection: the layer before + the output of an earlier layer (−1: the input)."""

    type: Literal["add"]
    source: Annotated[int, Field(alias="from", ge=-1, lt=MAX_LAYERS), WHOLE]


class Linear(Model):
    """Fully connected; weight [out][in]."""

    type: Literal["linear"]
    weight: Matrix
    bias: Row | None = None


class Upstream(Model):
    """The gradients that arrive from above, one for each output."""

    type: Literal["upstream"]
    gradient: MapsOrRows


class CrossEntropy(Model):
    """Softmax and cross-entropy; the target is one class, or a share of each class."""

    type: Literal["cross_entropy"]
    target: ClassOrShares
    weight: Row | None = None
    reduction: Literal["mean", "sum"] = "mean"
    label_smoothing: Share = 0.0


class NegativeLogLikelihood(Model):
    """The output of one class, a logarithm of its probability, times −1."""

    type: Literal["nll"]
    target: ClassOrClasses
    weight: Row | None = None
    reduction: Literal["mean", "sum"] = "mean"


class BinaryCrossEntropyWithLogits(Model):
    """Sigmoid and cross-entropy, each output on its own; a target is 0 or 1, or between."""

    type: Literal["binary_cross_entropy_with_logits"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"


class BinaryCrossEntropy(Model):
    """The same of probabilities, as sigmoid gives them."""

    type: Literal["binary_cross_entropy"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"


class MeanSquaredError(Model):
    """The mean or the sum of (output − target)²."""

    type: Literal["mse"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"


class AbsoluteError(Model):
    """The mean or the sum of |output − target|."""

    type: Literal["l1"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"


class SmoothL1(Model):
    """|output − target| − beta / 2, and a parabola where that is less than beta apart."""

    type: Literal["smooth_l1"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"
    beta: PositiveNumber = 1.0


class Huber(Model):
    """(output − target)² / 2, and a straight line where that is more than delta apart."""

    type: Literal["huber"]
    target: MapsOrRows
    reduction: Literal["mean", "sum"] = "mean"
    delta: PositiveNumber = 1.0


Layer = Annotated[
    Conv2d
    | ConvTranspose2d
    | Relu
    | LeakyRelu
    | Sigmoid
    | Tanh
    | Identity
    | Hardtanh
    | Elu
    | Gelu
    | Silu
    | Softplus
    | PRelu
    | Dropout
    | Softmax
    | LogSoftmax
    | MaxPool2d
    | AvgPool2d
    | AdaptiveMaxPool2d
    | AdaptiveAvgPool2d
    | BatchNorm2d
    | Flatten
    | Add
    | Linear,
    Field(discriminator="type"),
]
Head = Annotated[
    Upstream
    | CrossEntropy
    | NegativeLogLikelihood
    | BinaryCrossEntropyWithLogits
    | BinaryCrossEntropy
    | MeanSquaredError
    | AbsoluteError
    | SmoothL1
    | Huber,
    Field(discriminator="type"),
]


class Document(Model):
    """A network: its input, its layers in order, and the head where the backward pass starts.

    An input of four axes is a batch, [examples][C][H][W]. One of two is a batch of rows,
    [examples][N], before ``linear`` or if ``batch`` says so.
    """

    version: Annotated[Literal[1], BeforeValidator(_version)] = 1
    title: Annotated[str, Field(max_length=200)] = ""
    batch: bool | None = None
    input: MapsOrRows
    layers: Annotated[list[Layer], Field(min_length=1, max_length=MAX_LAYERS)]
    head: Head

    TAGS: ClassVar[frozenset[str]] = frozenset(LAYERS) | frozenset(HEADS)

    @property
    def is_batch(self) -> bool:
        """Whether the input is several examples, its first axis."""
        return self.input.ndim in (2, 4)

    def batch_problems(self) -> list[tuple[Location, str]]:
        """What is wrong between the axes of the input and those of the head's entries."""
        return list(self._input_problems()) or list(self._target_problems())

    def _input_problems(self) -> Iterator[tuple[Location, str]]:
        axes = self.input.ndim
        if axes == 4 and self.batch is False:
            yield ("batch",), "An input of four axes is always a batch: leave this out."
        if axes == 2 and (
            self.batch is False or (self.batch is None and self.layers[0].type != "linear")
        ):
            yield ("input",), f"{NO_CHANNEL} If it is a batch of rows, say “batch”: true."
        if axes in (1, 3) and self.batch:
            yield (
                ("input",),
                "A batch is [examples][channels][rows][columns], or [examples][numbers]: put one "
                "more pair of brackets around a single example, or leave out “batch”.",
            )

    def _target_problems(self) -> Iterator[tuple[Location, str]]:
        head = self.head
        field = "gradient" if isinstance(head, Upstream) else "target"
        given = getattr(head, field)
        place: Location = ("head", field)
        of_classes = isinstance(head, CrossEntropy | NegativeLogLikelihood)
        axes = np.ndim(given)
        if not of_classes and self.is_batch and axes in (1, 3):
            yield (
                place,
                f"The input is a batch of {len(self.input)}: give a list with one entry for each "
                "example, each in the shape of the last layer’s output.",
            )
        if not of_classes and not self.is_batch and axes == 2:
            yield place, NO_CHANNEL
        if not self.is_batch and (axes == 4 or (of_classes and axes == 2)):
            yield place, "These are entries for a batch, but the input is one example: give one."
        if isinstance(head, NegativeLogLikelihood) and not self.is_batch and axes == 1:
            yield place, "A whole number is needed here."
        if of_classes and self.is_batch and axes == 1:
            for i, each in enumerate(given.tolist()):
                if each < 0 or not each.is_integer():
                    wrong = "A whole number from 0 is needed here, the number of a class."
                    yield (*place, i), wrong


# --- document → network -------------------------------------------------------------------------


class _Budget:
    """Adds up the work of the layers, and refuses the layer that exceeds a limit."""

    def __init__(self, cells: int, examples: int) -> None:
        self.cells, self.window_reads, self.multiply_adds = cells, 0, 0
        self.examples = examples

    def admit(self, layer: EngineLayer) -> None:
        self.cells += self.examples * layer.cells
        self.window_reads += self.examples * layer.window_reads
        self.multiply_adds += self.examples * layer.multiply_adds
        for what, spent, limit in (
            ("cells", self.cells, MAX_CELLS),
            ("window reads", self.window_reads, MAX_WINDOW_READS),
            ("multiply-adds", self.multiply_adds, MAX_MULTIPLY_ADDS),
        ):
            if spent > limit:
                raise Misfit(
                    None,
                    f"Too much work: up to this layer the network takes {spent:,} {what}, and the "
                    f"limit is {limit:,}. Use smaller maps, fewer channels or a larger stride"
                    f"{', or fewer examples' if self.examples > 1 else ''}.",
                )


def build(document: Document, bound: Callable[[EngineLayer], None] | None = None) -> Network:
    """Bind the layers to each other's shapes; ``bound`` hears of each that fits, in order.

    Raises:
        Refusal: at the first layer, or the head, that does not fit or costs too much.
    """
    problems = document.batch_problems()
    if problems:
        raise Refusal(problems)
    if document.input.size > MAX_CELLS:
        raise Refusal([(("input",), f"Too large: at most {MAX_CELLS:,} numbers.")])
    budget = _Budget(document.input.size, len(document.input) if document.is_batch else 1)

    def admit(layer: EngineLayer) -> None:
        budget.admit(layer)
        if bound is not None:
            bound(layer)

    try:
        return Network(
            document.input,
            [partial(LAYERS[each.type], **_fields(each)) for each in document.layers],
            partial(HEADS[document.head.type], **_fields(document.head)),
            admit,
            document.is_batch,
        )
    except Misfit as misfit:
        place: Location = ("head",) if misfit.layer is None else ("layers", misfit.layer)
        raise Refusal([((*place, *filter(None, [misfit.field])), str(misfit))]) from None


def check_single(network: Network) -> None:
    """Refuse a batch where one example is needed.

    Raises:
        Refusal: it says what to send instead.
    """
    if network.examples is not None:
        wrong = (
            f"This is a batch of {network.examples}, and what you asked for needs one example: "
            "give one of them as the input, with its own target. The gradients of a batch are "
            "answered by /api/trace."
        )
        raise Refusal([(("input",), wrong)])


def run_single(document: Document) -> Trace:
    """Document → trace of a network that has one example.

    Raises:
        Refusal: as ``run``, or it is a batch.
    """
    trace = run(document)
    check_single(trace.network)
    return trace


def run(document: Document) -> Trace:
    """Document → trace.

    Raises:
        Refusal: at the first layer that does not fit, costs too much, or overflows.
    """
    network = build(document)
    with overflows_refused(network):
        return network.trace()


@contextmanager
def overflows_refused(network: Network) -> Iterator[None]:
    """Turns an Overflow, or outputs that do not suit the loss, into a Refusal that says where."""
    try:
        yield
    except Overflow as overflow:
        raise _refusal_of(overflow, network) from None
    except Misfit as misfit:
        raise Refusal([(("head",), str(misfit))]) from None


def _refusal_of(overflow: Overflow, network: Network) -> Refusal:
    place: Location = ("head",) if overflow.layer is None else ("layers", overflow.layer)
    where = "the outputs" if overflow.layer is None else layer_title(network, overflow.layer)
    wrong = (
        f"At {where}, {overflow.what} grows beyond 10³⁰⁸, too large for float64 to add up safely. "
        "Use smaller weights or inputs."
    )
    return Refusal([(place, wrong)])


def _fields(model: Model) -> dict[str, Any]:
    fields = vars(model).copy()
    del fields["type"]
    return fields
