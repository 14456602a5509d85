"""What each route takes: the pydantic models of requests, which the OpenAPI description shows."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, Field, PrivateAttr, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.document.document import Document
from app.document.fields import WHOLE, Model, Number, nested_schema
from app.document.layers import MAX_LAYERS
from app.document.layouts import Reading

MIN_NUDGE, MAX_NUDGE = 1e-12, 1e12
"""The smallest and the largest change of a number, by size."""


def _one_of(*choices: tuple[str, ...]) -> dict[str, Any]:
    """The JSON schema of objects that give, null aside, the fields of exactly one choice."""
    given: dict[str, Any] = {"not": {"type": "null"}}
    return {
        "oneOf": [
            {"required": list(fields), "properties": dict.fromkeys(fields, given)}
            for fields in choices
        ]
    }


class TraceRequest(Model):
    """A network, or the id of a trace that the server still knows."""

    model_config = ConfigDict(json_schema_extra=_one_of(("network",), ("trace",)))

    takes_batches: ClassVar[bool] = False
    """Whether the route answers for a batch."""

    network: Document | None = None
    trace: str | None = None
    _readings: list[Reading] = PrivateAttr(default_factory=list)

    @property
    def readings(self) -> list[Reading]:
        """What of the network was written otherwise, and what it was read as."""
        return self._readings


class WholeTraceRequest(TraceRequest):
    """A network or a batch, or the id of a trace that the server still knows."""

    takes_batches: ClassVar[bool] = True


LayerNumber = Annotated[int, Field(ge=-1, lt=MAX_LAYERS), WHOLE]
Position = Annotated[int, Field(ge=0), WHOLE]


class ExampleRequest(TraceRequest):
    """A network, a batch or a trace, and which example of the batch is meant."""

    takes_batches: ClassVar[bool] = True

    example: Position = 0
    """The example of a batch that cells belong to; indexes may also begin with it."""


class CellModel(Model):
    """A cell: its layer (−1 is the input), its index there, and which parameter if it is one."""

    layer: LayerNumber
    index: Annotated[list[Position], Field(min_length=1, max_length=4)]
    parameter: str | None = None


class ReceiptRequest(ExampleRequest):
    """A network or a trace, and the cell whose gradient is to be taken apart."""

    cell: CellModel


class GuessRequest(ExampleRequest):
    """A network or a trace, a cell, and what somebody takes for its gradient."""

    cell: CellModel
    guess: Number


class PathsRequest(ExampleRequest):
    """A network or a trace, a cell, and how many of the paths to it to list."""

    cell: CellModel
    most: Annotated[int, Field(ge=1, le=100), WHOLE] = 10


class MarginsRequest(ExampleRequest):
    """A network or a trace, and the cell whose windows are to be explained, if any."""

    cell: CellModel | None = None


def _not_zero(by: float) -> float:
    if abs(by) < MIN_NUDGE:
        wrong = f"A change of nothing shows nothing: use at least {MIN_NUDGE} up or down."
        raise PydanticCustomError("nudge", "{wrong}", {"wrong": wrong})
    return by


_UP = {"type": "number", "minimum": MIN_NUDGE, "maximum": MAX_NUDGE}
_DOWN = {"type": "number", "minimum": -MAX_NUDGE, "maximum": -MIN_NUDGE}
Change = Annotated[
    Number,
    Field(ge=-MAX_NUDGE, le=MAX_NUDGE),
    AfterValidator(_not_zero),
    WithJsonSchema({"anyOf": [_UP, _DOWN]}),
]
Reach = Annotated[Number, Field(ge=MIN_NUDGE, le=MAX_NUDGE), WithJsonSchema(_UP)]


class NudgeRequest(ExampleRequest):
    """A network or a trace, the number to change, by how much, and how far to look around."""

    cell: CellModel
    by: Change | None = None
    range: Reach | None = None


class EditModel(Model):
    """One place of a network document, and its new value."""

    path: list[str | int]
    value: Any


class PictureRequest(ExampleRequest):
    """A network or a trace, and what of it the page shows."""

    lesson: str | None = None
    """The lesson whose texts are filled in with this network's numbers."""
    open: dict[str, Position] | None = None
    """The channel to draw of a large layer, or the neuron of large weights, by layer."""
    edits: list[EditModel] | None = None
    """What has changed since the trace: of a large network, only that is sent."""
    cell: CellModel | None = None
    """The pinned cell: the steps' sentences are about it where they can be."""
    layout: str | None = None
    """The layout of the page: the answer to a network of another one holds the page's parts."""


class SolutionRequest(PictureRequest):
    """A network or a trace, its lesson, and the cell to work out; without one, every cell."""


class ArrayModel(Model):
    """An array of gradients: a layer's output (−1: the input), or one of its parameters."""

    layer: LayerNumber
    parameter: str | None = None
    example: Position | None = None
    """Of a batch: the example, if the array is that of one example."""


class FileModel(Model):
    """A file: its name, and what it holds in base64."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    base64: str


class CheckRequest(WholeTraceRequest):
    """A network or a trace, and what somebody takes for its gradients.

    One of them, named by ``of``: nested lists in its shape, or the text that was pasted for them.
    Or several at once: by name, each as lists or as text; or as files (.npy, .npz, CSV, text).
    """

    model_config = ConfigDict(
        json_schema_extra=_one_of(
            *(
                (known, *given)
                for known in ("network", "trace")
                for given in (("of", "array"), ("of", "text"), ("arrays",), ("files",))
            )
        )
    )

    of: ArrayModel | None = None
    array: (
        Annotated[list[Any], WithJsonSchema({"anyOf": [nested_schema(n) for n in (1, 2, 3, 4)]})]
        | None
    ) = None
    text: str | None = None
    arrays: dict[str, list[Any] | str] | None = None
    files: list[FileModel] | None = None
    reading: str | None = None
    """Of several ways of reading a text, the one that is meant, as a refusal names it."""
    places: dict[str, ArrayModel] | None = None
    """Which gradient the array of a name is, where name and shape do not tell."""

    @property
    def is_several(self) -> bool:
        """Whether several gradients are to be checked at once."""
        return self.arrays is not None or self.files is not None


Rate = Annotated[
    Number,
    Field(gt=0, le=1e6),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1e6}),
]


class StepRequest(WholeTraceRequest):
    """A network or a trace, and the learning rate of one step."""

    rate: Rate


class CompareRequest(WholeTraceRequest):
    """A network or a trace, and the network that it is to be compared with."""

    other: Document


class SidesRequest(WholeTraceRequest):
    """A network or a trace for the left side; for the right, another or a variant of the left."""

    other: Document | None = None
    variant: Annotated[str, Field(max_length=40)] | None = None
    part: Position | None = None
    """Only one layer of the comparison, by its number."""
