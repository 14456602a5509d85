"""What the JSON routes answer, as models: for their description, and for tests to hold them to it.

No answer is made from these while the server runs: checking a large trace would take longer than
computing it.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.engine.gradcheck import Verdict
from app.engine.layers import KINDS
from app.engine.mistakes import Code
from app.engine.types import Zero

T = TypeVar("T")

Row = list[float]
Map = list[list[list[T]]]
"""[C][H][W]."""
Output = Row | Map[float]
Nested = list[T] | list[list[T]] | list[list[list[T]]] | list[list[list[list[T]]]]
"""In the shape of whichever array was asked about."""


class Answer(BaseModel):
    """No coercion, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)


class Problem(Answer):
    """One thing that is wrong with a request."""

    loc: list[str | int]
    """Where in the document, or in the request around it; empty where it concerns all of it."""
    msg: str
    """What is wrong there, and what to do."""


class Problems(Answer):
    """What is wrong with a request."""

    errors: Annotated[list[Problem], Field(min_length=1)]


class CellAnswer(Answer):
    """A cell, named as requests name it."""

    layer: int
    """−1: the input."""
    index: list[int]
    parameter: str | None = None
    """Absent where the cell is none of a parameter."""


# --- trace --------------------------------------------------------------------------------------


class InputAnswer(Answer):
    """The input and its gradient."""

    value: Output
    gradient: Output


class LayerAnswer(Answer):
    """A layer's output and parameters, and their gradients."""

    type: Annotated[str, Field(json_schema_extra={"enum": list(KINDS)})]
    shape: list[int]
    """Of the output: [C, H, W] or [N]."""
    value: Output
    gradient: Output
    """dL/d(output)."""
    weight_gradient: list[Row] | list[Map[float]] | None
    """[out][in], or [out][in][kh][kw]."""
    bias_gradient: Row | None
    winners: Map[int] | None
    """Of max pooling: the cell that holds each window's maximum, as h·W + w in its channel."""
    maxima: Map[list[int]] | None
    """Of max pooling: all cells that hold it, alike."""


class TraceAnswer(Answer):
    """Every value and every gradient of a network."""

    id: str
    """Requests take it instead of the network while the server knows it."""
    loss: float | None
    probabilities: Row | None
    input: InputAnswer
    layers: list[LayerAnswer]


# --- receipt ------------------------------------------------------------------------------------


class SourceAnswer(Answer):
    """The cell that pays."""

    layer: int | Literal["head"]
    index: list[int]


class TermAnswer(Answer):
    """A part of a gradient: upstream gradient × local derivative."""

    source: SourceAnswer
    upstream: float
    factor: float
    """The local derivative d(source)/d(this cell)."""
    product: float
    zero: Zero | None
    """Why the product is 0, where it is."""


class ReceiptAnswer(Answer):
    """One gradient taken apart; the products add up to it."""

    value: float
    gradient: float
    terms: list[TermAnswer]
    zero: Zero | None
    """Why the gradient is 0, where it is."""
    sentence: str


# --- paths --------------------------------------------------------------------------------------


class StopAnswer(Answer):
    """Where blocked paths end: at the zero nearest the loss."""

    layer: int | Literal["head"]
    zero: Zero
    count: int | float
    sentence: str


class PathAnswer(Answer):
    """One open path."""

    cells: list[CellAnswer]
    """From the output at the loss to the cell asked about."""
    upstream: float
    """The gradient of the first cell."""
    factors: Row
    """Of each cell but the last: its local derivative to the next."""
    product: float
    sentence: str


class PathsAnswer(Answer):
    """How many paths lead to a cell, where they stop, and the largest open ones."""

    cell: CellAnswer
    gradient: float
    total: int | float
    open: int | float
    exact: bool
    """Whether the counts are exact; beyond 2⁵³ they are rounded to 16 digits."""
    stops: list[StopAnswer]
    """Nearest the loss first; with the open paths they add up to the total."""
    paths: list[PathAnswer]
    """The largest |product| first."""
    others: int | float
    """How many open paths are not listed."""
    others_sum: float
    """What their products add up to."""
    certain: bool
    """Whether no larger path can have been missed; in a huge network the search is bounded."""
    sentence: str


# --- margins ------------------------------------------------------------------------------------


class PoolAnswer(Answer):
    """The margins of one max-pooling layer, each array [C][OH][OW]."""

    layer: int
    winners: Map[int]
    """As in the trace."""
    runners_up: Map[int | None]
    """Alike; null in a window of one cell."""
    margins: Map[float | None]
    """By how much the runner-up must rise to take over."""
    equality: Map[bool]
    """Whether rising by just that is enough."""
    tied: Map[bool]
    sentence: str


class WindowAnswer(CellAnswer):
    """One window, named by its output cell."""

    winner: CellAnswer
    maxima: list[CellAnswer]
    """All cells that hold the maximum."""
    runner_up: CellAnswer | None
    margin: float | None
    equality: bool
    tied: bool
    rise: float | None
    """By how much the cell asked about must rise to win here; below 0, by how much it may fall."""
    sentence: str


class MarginsAnswer(Answer):
    """How firmly windows hold their maxima."""

    layers: list[PoolAnswer]
    windows: list[WindowAnswer]
    """Those that concern the cell asked about, if any."""


# --- nudge and gradcheck ------------------------------------------------------------------------


class SwitchAnswer(CellAnswer):
    """An output cell that chooses anew: a maximum passes on, or a ReLU turns on or off."""

    before: list[CellAnswer]
    """The cells it follows before."""
    after: list[CellAnswer]
    sentence: str


class FindingAnswer(Answer):
    """A gradient held against a finite difference."""

    cell: CellAnswer
    cells: int
    """How many were changed together; the cell is the first of them."""
    verdict: Verdict
    step: float
    gradient: float
    """Of several cells, the slope along the way they were changed."""
    numeric: float
    below: float
    """The slope on the way down from here."""
    above: float
    difference: float
    """Between gradient and finite difference, relative to the larger."""
    switches: list[SwitchAnswer]
    sentence: str


class CurveAnswer(Answer):
    """What happens over a range of changes, beside what the gradient predicts."""

    by: Row
    happened: Row
    predicted: Row


class KinkAnswer(Answer):
    """A change at which a winner or the side of a ReLU switches."""

    by: float
    crossed: bool
    """Whether it lies on the way of the change asked about."""
    before: float
    """The slope on the side of no change."""
    after: float
    switches: list[SwitchAnswer]
    sentence: str


class NudgeAnswer(Answer):
    """One number changed."""

    cell: CellAnswer
    value: float
    gradient: float
    of: Literal["loss", "outputs"]
    """What changes: the loss, or the sum of outputs, each times its upstream gradient."""
    before: float
    """What that was."""
    by: float
    predicted: float
    """gradient × by."""
    happened: float
    curve: CurveAnswer
    kinks: list[KinkAnswer]
    more_kinks: bool
    """Whether there are more of them than are told."""
    check: FindingAnswer
    sentence: str


class DifferenceAnswer(Answer):
    """The largest relative difference, and where it is."""

    difference: float
    cell: CellAnswer


class GradcheckAnswer(Answer):
    """Every gradient of the input and the parameters, held against finite differences."""

    ok: bool
    """Whether none is wrong."""
    agree: int
    kink: int
    """How many stand where a finite difference mixes the slopes of two sides."""
    wrong: int
    tolerance: float
    largest: DifferenceAnswer | None
    findings: list[FindingAnswer]
    """Those that do not simply agree."""
    sentence: str


# --- check --------------------------------------------------------------------------------------


class MistakeAnswer(Answer):
    """A mistake, or two made together, that gives all the numbers of a given array."""

    codes: list[Code]
    """One code, or two."""
    title: str
    sentence: str
    """The mistake shown at one cell, with its numbers."""
    layers: list[list[int]]
    """For each code, the layers in which the mistake is made; empty: at the start."""


class LargestAnswer(Answer):
    """The cell that is furthest off."""

    index: list[int]
    given: float
    gradient: float
    """The right one."""


class CheckAnswer(Answer):
    """Whether a given array is the gradient it was taken for."""

    right: bool
    given: Nested[float]
    """As it was read, in the gradient's shape."""
    difference: Nested[float]
    """Given − right."""
    mistakes: list[MistakeAnswer]
    """Each explains the numbers on its own. None where the array is right."""
    sentence: str
    wrong: Nested[bool]
    """Which cells differ by more than the digits they were given in."""
    differs: int
    """How many."""
    largest: LargestAnswer | None
    complete: bool
    """Whether there was time to try every mistake and every pair."""


# --- export and the description itself ----------------------------------------------------------


class ExportAnswer(Answer):
    """Scripts of a network that print its numbers and assert them."""

    pytorch: str
    numpy: str


class DescriptionAnswer(BaseModel):
    """An OpenAPI 3.1 document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]
