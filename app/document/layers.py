"""The fields of each kind of layer: what JSON may say of it.

Names, meanings and defaults are PyTorch’s. Whether a layer fits its input is the engine’s to say.
"""

from typing import Annotated, Literal

from pydantic import Field

from app.document.extents import (
    MAX_EXTENT,
    ConvPaddings,
    Divisor,
    Extent,
    Extents,
    LineConvPaddings,
    Padding,
    Paddings,
)
from app.document.fields import (
    WHOLE,
    Kernels,
    LineKernels,
    Mask,
    Matrix,
    Model,
    Number,
    PositiveNumber,
    Row,
    Share,
    TransposedKernels,
)
from app.engine.layers import Approximate, PaddingMode, Ties

MAX_LAYERS = 64
"""Of a network."""


class Conv2d(Model):
    """Cross-correlation; weight [out][in / groups][kh][kw]."""

    type: Literal["conv2d"]
    weight: Kernels
    bias: Row | None = None
    stride: Extents = (1, 1)
    padding: ConvPaddings = (0, 0)
    dilation: Extents = (1, 1)
    groups: Annotated[int, Field(ge=1, le=MAX_EXTENT), WHOLE] = 1
    padding_mode: PaddingMode = "zeros"


class Conv1d(Model):
    """Cross-correlation along one axis; weight [out][in / groups][k]."""

    type: Literal["conv1d"]
    weight: LineKernels
    bias: Row | None = None
    stride: Extent = 1
    padding: LineConvPaddings = 0
    dilation: Extent = 1
    groups: Annotated[int, Field(ge=1, le=MAX_EXTENT), WHOLE] = 1
    padding_mode: PaddingMode = "zeros"


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


class MaxPool1d(Model):
    """The largest cell of each window along one axis; the stride is the kernel unless given."""

    type: Literal["max_pool1d"]
    kernel: Extent
    stride: Extent | None = None
    padding: Padding = 0
    dilation: Extent = 1
    ceil_mode: bool = False
    ties: Ties = "first"


class AvgPool1d(Model):
    """The mean of each window along one axis; the stride is the kernel unless given."""

    type: Literal["avg_pool1d"]
    kernel: Extent
    stride: Extent | None = None
    padding: Padding = 0
    ceil_mode: bool = False
    count_include_pad: bool = True


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
    | Conv1d
    | MaxPool1d
    | AvgPool1d
    | AdaptiveMaxPool2d
    | AdaptiveAvgPool2d
    | BatchNorm2d
    | Flatten
    | Add
    | Linear,
    Field(discriminator="type"),
]
