"""The network document: what may be sent, within which limits, and what is wrong with it.

``read`` turns JSON into checked fields, ``build`` turns those into a network whose layers fit. All
mistakes of fields are reported together; sizes are checked layer by layer and stop at the first
that does not fit.
"""

import math
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app.engine.heads import KINDS as HEADS
from app.engine.layers import KINDS as LAYERS
from app.engine.layers import Layer as EngineLayer
from app.engine.layers import Ties
from app.engine.network import Network, is_finite
from app.engine.types import Array, Misfit, Overflow
from app.wording import layer_title

MAX_BYTES = 20 * 2**20
"""Of a request. A 3×64×64 network with convolutions of 32 and 64 channels takes about 5 MB."""
MAX_LAYERS = 64
MAX_CELLS = 2_000_000
"""Numbers in all maps together, their padding included."""
MAX_WINDOW_READS = 10_000_000
"""Numbers that all windows together copy out of their inputs."""
MAX_MULTIPLY_ADDS = 300_000_000
"""Products of one forward pass; 3×64×64 with 5×5 kernels, 32 and 64 of them, takes 220 million."""
MAX_EXTENT = 4096
"""Of one kernel, stride, padding or dilation."""
MAX_PROBLEMS = 50
"""How many mistakes one answer lists."""

Location = tuple[str | int, ...]


class Refusal(Exception):
    """A document that is not a network: a list of (location, what is wrong and the cure)."""

    def __init__(self, problems: Sequence[tuple[Location, str]]) -> None:
        super().__init__(problems)
        self.problems = list(problems[:MAX_PROBLEMS])


# --- numbers and arrays -------------------------------------------------------------------------


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise PydanticCustomError("number", "{wrong}", {"wrong": _not_a_number(value)})
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise PydanticCustomError("number", "{wrong}", {"wrong": _NOT_FINITE})
    return number + 0.0  # no −0


_NOT_FINITE = "This is not a finite number: use one between −1.8×10³⁰⁸ and 1.8×10³⁰⁸."


def _not_a_number(value: Any) -> str:
    if isinstance(value, bool):
        return "A number is needed here, not true or false: write 1 or 0."
    if isinstance(value, str):
        return "A number is needed here, not a text: write it without quotation marks."
    if isinstance(value, list):
        return "A single number is needed here, not a list."
    return "A number is needed here."


def array_of(axes: Sequence[str], value: Any) -> Array:
    """Nested lists → float64 array with one axis for each name; refuses with every bad place."""
    array = _even(value, len(axes))
    if array is not None and is_finite(array):
        return array + 0.0  # no −0
    problems: list[tuple[Location, str]] = []
    lengths: list[int | None] = [None] * len(axes)

    def walk(part: Any, depth: int, at: Location) -> None:
        if len(problems) >= MAX_PROBLEMS:
            return
        if not isinstance(part, list):
            levels = " of ".join(
                f"a list of {axis}" if i == 0 else axis for i, axis in enumerate(axes[depth:])
            )
            problems.append((at, f"Expected {levels} here."))
            return
        if not part:
            problems.append((at, f"This list of {axes[depth]} is empty: it needs at least one."))
            return
        if lengths[depth] is None:
            lengths[depth] = len(part)
        elif len(part) != lengths[depth]:
            problems.append(
                (at, f"Expected {lengths[depth]} {axes[depth]} here, as in the first list; "
                     f"found {len(part)}.")
            )  # fmt: skip
        if depth + 1 < len(axes):
            for i, each in enumerate(part):
                walk(each, depth + 1, (*at, i))
        elif not set(map(type, part)) <= {int, float}:
            problems.extend(
                ((*at, i), _not_a_number(each))
                for i, each in enumerate(part)
                if type(each) not in (int, float)
            )

    walk(value, 0, ())
    if not problems:
        bad = np.argwhere(~np.isfinite(np.array(_as_floats(value), np.float64)))
        problems = [(tuple(map(int, at)), _NOT_FINITE) for at in bad[:MAX_PROBLEMS]]
    raise PydanticCustomError("array", "See problems.", {"problems": problems[:MAX_PROBLEMS]})


def _even(value: Any, rank: int) -> Array | None:
    """The array, where lists are nested this deep, alike in length, and hold numbers; else None.

    It leaves it to ``array_of`` to say what is wrong.
    """
    try:
        array = np.array(value, np.float64)
    except (TypeError, ValueError, OverflowError):  # uneven, no number, beyond float64
        return None
    if array.ndim != rank or not array.size:
        return None
    # numpy reads texts and booleans as numbers too.
    cells = value
    for _ in range(rank - 1):
        cells = chain.from_iterable(cells)
    return array if set(map(type, cells)) <= {int, float} else None


def _as_floats(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_floats(each) for each in value]
    try:
        return float(value)
    except OverflowError:
        return math.inf


def nested_schema(rank: int) -> dict[str, Any]:
    """The JSON schema of numbers in so many lists within each other."""
    schema: dict[str, Any] = {"type": "number"}
    for _ in range(rank):
        schema = {"type": "array", "items": schema, "minItems": 1}
    return schema


def _map_or_row(value: Any) -> Array:
    """[C][H][W], or [N] where layers are linear."""
    depth, inner = 0, value
    while isinstance(inner, list) and inner and depth < 4:
        depth, inner = depth + 1, inner[0]
    if depth == 2:
        raise PydanticCustomError(
            "rank", "This is rows × columns; give the channel too, by one more pair of brackets "
            "around it all: [[[…]]]."
        )  # fmt: skip
    return array_of(("numbers",) if depth == 1 else ("channels", "rows", "columns"), value)


def _nested(*axes: str) -> tuple[PlainValidator, WithJsonSchema]:
    schema = {"description": f"[{']['.join(axes)}].", **nested_schema(len(axes))}
    return PlainValidator(partial(array_of, axes)), WithJsonSchema(schema)


MapOrRow = Annotated[
    np.ndarray,
    PlainValidator(_map_or_row),
    WithJsonSchema(
        {
            "description": "[channels][rows][columns], or [numbers] where layers are linear.",
            "anyOf": [nested_schema(3), nested_schema(1)],
        }
    ),
]
Kernels = Annotated[np.ndarray, *_nested("output channels", "input channels", "rows", "columns")]
Matrix = Annotated[np.ndarray, *_nested("outputs", "inputs")]
Row = Annotated[np.ndarray, *_nested("numbers")]
Number = Annotated[float, PlainValidator(_number), WithJsonSchema({"type": "number"})]


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Lets 15.0 stand for an integer; it comes last, or the schema loses the bounds before it."""


def _version(value: Any) -> Any:
    """True equals 1, and would be taken for it."""
    return None if isinstance(value, bool) else _whole(value)


def _pair(least: int, value: Any) -> tuple[int, int]:
    """Two whole numbers, or one that stands for both."""
    if isinstance(value, list) and len(value) != 2:
        raise PydanticCustomError("pair", "One whole number, or a list of two, is needed here.")
    pair = [_whole(each) for each in (value if isinstance(value, list) else [value])]
    problems: list[tuple[Location, str]] = []
    for i, each in enumerate(pair):
        at = (i,) if isinstance(value, list) else ()
        if type(each) is not int:
            problems.append((at, "A whole number is needed here."))
        elif not least <= each <= MAX_EXTENT:
            problems.append((at, f"This must be at least {least} and at most {MAX_EXTENT}."))
    if problems:
        raise PydanticCustomError("pair", "See problems.", {"problems": problems})
    return pair[0], pair[-1]


def _pair_from(least: int) -> tuple[PlainValidator, WithJsonSchema]:
    one = {"type": "integer", "minimum": least, "maximum": MAX_EXTENT}
    two = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
    schema = {"description": "For rows and columns: one for both, or two.", "anyOf": [one, two]}
    return PlainValidator(partial(_pair, least)), WithJsonSchema(schema)


Extents = Annotated[tuple[int, int], *_pair_from(1)]
Paddings = Annotated[tuple[int, int], *_pair_from(0)]


# --- the document -------------------------------------------------------------------------------


class Model(BaseModel):
    """Strict: no coercion, no unknown fields."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True
    )


class Conv2d(Model):
    """Cross-correlation; weight [out][in][kh][kw]."""

    type: Literal["conv2d"]
    weight: Kernels
    bias: Row | None = None
    stride: Extents = (1, 1)
    padding: Paddings = (0, 0)
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


class Flatten(Model):
    """[C][H][W] → [C·H·W]."""

    type: Literal["flatten"]


class Linear(Model):
    """Fully connected; weight [out][in]."""

    type: Literal["linear"]
    weight: Matrix
    bias: Row | None = None


class Upstream(Model):
    """The gradients that arrive from above, one for each output."""

    type: Literal["upstream"]
    gradient: MapOrRow


class CrossEntropy(Model):
    """Softmax and cross-entropy with one class as the target."""

    type: Literal["cross_entropy"]
    target: Annotated[int, Field(ge=0), WHOLE]


class MeanSquaredError(Model):
    """The mean or the sum of (output − target)²."""

    type: Literal["mse"]
    target: MapOrRow
    reduction: Literal["mean", "sum"] = "mean"


Layer = Annotated[
    Conv2d
    | Relu
    | LeakyRelu
    | Sigmoid
    | Tanh
    | Identity
    | MaxPool2d
    | AvgPool2d
    | Flatten
    | Linear,
    Field(discriminator="type"),
]
Head = Annotated[Upstream | CrossEntropy | MeanSquaredError, Field(discriminator="type")]


class Document(Model):
    """A network: its input, its layers in order, and the head where the backward pass starts."""

    version: Annotated[Literal[1], BeforeValidator(_version)] = 1
    title: Annotated[str, Field(max_length=200)] = ""
    input: MapOrRow
    layers: Annotated[list[Layer], Field(min_length=1, max_length=MAX_LAYERS)]
    head: Head

    TAGS: ClassVar[frozenset[str]] = frozenset(LAYERS) | frozenset(HEADS)


# --- document → network -------------------------------------------------------------------------


class _Budget:
    """Adds up what the layers will cost, and refuses the one that goes over a limit."""

    def __init__(self, cells: int) -> None:
        self.cells, self.window_reads, self.multiply_adds = cells, 0, 0

    def admit(self, layer: EngineLayer) -> None:
        self.cells += layer.cells
        self.window_reads += layer.window_reads
        self.multiply_adds += layer.multiply_adds
        for what, spent, limit in (
            ("cells", self.cells, MAX_CELLS),
            ("window reads", self.window_reads, MAX_WINDOW_READS),
            ("multiply-adds", self.multiply_adds, MAX_MULTIPLY_ADDS),
        ):
            if spent > limit:
                raise Misfit(
                    None,
                    f"Too much work: up to this layer the network takes {spent:,} {what}, and the "
                    f"limit is {limit:,}. Use smaller maps, fewer channels or a larger stride.",
                )


def build(document: Document) -> Network:
    """Bind the layers to each other's shapes.

    Raises:
        Refusal: at the first layer, or the head, that does not fit or costs too much.
    """
    if document.input.size > MAX_CELLS:
        raise Refusal([(("input",), f"Too large: at most {MAX_CELLS:,} numbers.")])
    try:
        return Network(
            document.input,
            [partial(LAYERS[each.type], **_fields(each)) for each in document.layers],
            partial(HEADS[document.head.type], **_fields(document.head)),
            _Budget(document.input.size).admit,
        )
    except Misfit as misfit:
        place: Location = ("head",) if misfit.layer is None else ("layers", misfit.layer)
        raise Refusal([((*place, *filter(None, [misfit.field])), str(misfit))]) from None


def explain(overflow: Overflow, network: Network) -> Refusal:
    """An overflow as a refusal that names the layer."""
    place: Location = ("head",) if overflow.layer is None else ("layers", overflow.layer)
    where = "the outputs" if overflow.layer is None else layer_title(network, overflow.layer)
    return Refusal(
        [(place, f"At {where}, {overflow.what} grows beyond 1.8×10³⁰⁸, the largest number a "
                 "float64 holds. Use smaller weights or inputs.")]
    )  # fmt: skip


def _fields(model: Model) -> dict[str, Any]:
    fields = vars(model).copy()
    del fields["type"]
    return fields
