"""Reading requests: JSON body → checked model → trace. Shared by the JSON and the HTML routes."""

import hashlib
from itertools import product
from typing import Annotated, Any, TypeVar

import numpy as np
from flask import current_app, g, request
from pydantic import ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import from_json, to_json
from werkzeug.exceptions import UnsupportedMediaType

from app.document import document
from app.document.document import Document, Model, Refusal
from app.document.fields import WHOLE, Location, Number, nested_schema
from app.document.problems import located
from app.engine.network import Trace
from app.engine.probe import work
from app.engine.receipt import Cell, shape_of
from app.engine.types import Overflow, Shape
from app.stage.channels import Opening
from app.web.traces import Traces

MIN_NUDGE, MAX_NUDGE = 1e-12, 1e12
"""How little and how much a number may be changed by."""
MAX_EDITS = 1000
"""Changes of a known network that one request may make; what differs more is sent whole."""
MAX_CHECK = 5 * 10**9
"""Numbers handled to check every gradient of a network once: about ten seconds."""


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

    network: Document | None = None
    trace: str | None = None


class CellModel(Model):
    """A cell: its layer (−1 is the input), its index there, and which parameter if it is one."""

    layer: Annotated[int, Field(ge=-1, lt=document.MAX_LAYERS), WHOLE]
    index: Annotated[list[Annotated[int, Field(ge=0), WHOLE]], Field(min_length=1, max_length=4)]
    parameter: str | None = None


class ReceiptRequest(TraceRequest):
    """A network or a trace, and the cell whose gradient is to be taken apart."""

    cell: CellModel


class PathsRequest(TraceRequest):
    """A network or a trace, the cell whose paths are asked for, and how many to list."""

    cell: CellModel
    most: Annotated[int, Field(ge=1, le=100), WHOLE] = 10


class MarginsRequest(TraceRequest):
    """A network or a trace, and the cell whose windows are to be explained, if any."""

    cell: CellModel | None = None


_UP = {"type": "number", "minimum": MIN_NUDGE, "maximum": MAX_NUDGE}
_DOWN = {"type": "number", "minimum": -MAX_NUDGE, "maximum": -MIN_NUDGE}
Change = Annotated[
    Number, Field(ge=-MAX_NUDGE, le=MAX_NUDGE), WithJsonSchema({"anyOf": [_UP, _DOWN]})
]
Reach = Annotated[Number, Field(ge=MIN_NUDGE, le=MAX_NUDGE), WithJsonSchema(_UP)]


class NudgeRequest(TraceRequest):
    """A network or a trace, the number to change, by how much, and how far to look around."""

    cell: CellModel
    by: Change | None = None
    range: Reach | None = None


class Edit(Model):
    """One place of a network document, and what stands there now."""

    path: list[str | int]
    value: Any


class PictureRequest(TraceRequest):
    """A network or a trace, and the lesson whose texts are to be told with its numbers."""

    lesson: str | None = None
    open: dict[str, Annotated[int, Field(ge=0), WHOLE]] | None = None
    """The channel to draw of a large layer, or the neuron of large weights, by layer."""
    edits: list["Edit"] | None = None
    """What has changed since the trace: of a large network, only that is sent."""
    cell: CellModel | None = None
    """The cell that the steps' sentences are to tell of, where they can."""


class SolutionRequest(PictureRequest):
    """A network or a trace, its lesson, and the cell to work out; all of them where none is."""


class ArrayOf(Model):
    """An array of gradients: a layer's output (−1: the input), or one of its parameters."""

    layer: Annotated[int, Field(ge=-1, lt=document.MAX_LAYERS), WHOLE]
    parameter: str | None = None


class CheckRequest(TraceRequest):
    """A network or a trace, and what somebody takes for one of its gradients.

    Either nested lists in the gradient's shape, or the text that was pasted for them.
    """

    model_config = ConfigDict(
        json_schema_extra=_one_of(*product(("network", "trace"), ("array", "text")))
    )

    of: ArrayOf
    array: (
        Annotated[list[Any], WithJsonSchema({"anyOf": [nested_schema(n) for n in (1, 2, 3, 4)]})]
        | None
    ) = None
    text: str | None = None


class NotJson(Exception):
    """A body that is not JSON: what the parser said."""


class UnknownTrace(Exception):
    """The id of a trace that the server no longer knows, or never knew."""


Request = TypeVar("Request", bound=TraceRequest)


def read(model: type[Request], field: str | None = None) -> tuple[Request, Trace, str]:
    """The checked request, the trace it speaks of, and that trace's id.

    ``field``: of an HTML form, in which the request stands as JSON; None: it is the body.

    Raises:
        UnsupportedMediaType, NotJson, Refusal, UnknownTrace: answered as 415, 400, 422 and 404.
    """
    raw = _json() if field is None else _posted(field)
    traces: Traces = current_app.extensions["traces"]
    if (
        issubclass(model, PictureRequest)
        and isinstance(raw, dict)
        and isinstance(raw.get("edits"), list)
    ):
        raw = _edited(raw, traces)
    document = raw.get("network") if isinstance(raw, dict) else None
    key = _network_id(raw)
    kept = traces.get(key)
    if kept is not None:
        raw = {**raw, "network": None, "trace": key}  # It has been checked already.
    try:
        asked = model.model_validate(raw)
    except ValidationError as error:
        raise Refusal(located(error)) from None
    if (asked.network is None) == (asked.trace is None):
        raise Refusal([(("network",), "Send either a network or the id of a trace.")])
    if asked.network is not None:
        trace = run(asked.network)
        traces.put(key, trace, document)
    else:
        if asked.trace is not None and kept is None:
            key, kept = asked.trace, traces.get(asked.trace)
        if kept is None:
            raise UnknownTrace
        trace = kept.trace
    g.network = trace.network
    return asked, trace, key


def _edited(raw: dict[str, Any], traces: Traces) -> dict[str, Any]:
    """The request with a whole network in it, made of a known trace's and the edits.

    Raises:
        Refusal: an edit names no place of the network.
        UnknownTrace: there is none to edit.
    """
    if len(raw["edits"]) > MAX_EDITS:
        wrong = f"These are {len(raw['edits'])} edits, and at most {MAX_EDITS} are made at once."
        raise Refusal([(("edits",), f"{wrong} Send the whole network.")])
    kept = traces.get(str(raw.get("trace")))
    if kept is None:
        raise UnknownTrace
    network = kept.document
    for i, edit in enumerate(raw["edits"]):
        try:
            network = _set_at(network, edit["path"], edit["value"])
        except (AttributeError, IndexError, KeyError, TypeError):
            wrong = "This is no place of the network: name each field and each index on the way."
            raise Refusal([(("edits", i, "path"), wrong)]) from None
    return {**raw, "network": network, "trace": None, "edits": None}


def _set_at(tree: Any, path: list[str | int], value: Any) -> Any:
    """A copy of a tree with one leaf replaced; untouched branches are shared."""
    if not path:
        return value
    step, *rest = path
    branch = tree[step]
    if isinstance(step, int) and step < 0:
        raise IndexError
    copy = tree.copy()
    copy[step] = _set_at(branch, rest, value)
    return copy


def _network_id(raw: Any) -> str:
    if not isinstance(raw, dict) or raw.get("network") is None or raw.get("trace") is not None:
        return ""
    return id_of(raw["network"])


def id_of(network: Any) -> str:
    """The id of a network document: the same for the same one, whoever sends it."""
    return hashlib.blake2b(to_json(network), digest_size=12).hexdigest()


def remember(key: str, trace: Trace, network: Any) -> None:
    """Keep a trace that questions will be asked about."""
    traces: Traces = current_app.extensions["traces"]
    if traces.get(key) is None:
        traces.put(key, trace, network)


def run(checked: Document) -> Trace:
    """Document → trace; a Refusal names the layer that does not fit or overflows."""
    network = document.build(checked)
    try:
        return network.trace()
    except Overflow as overflow:
        raise document.explain(overflow, network) from None


def overflowed(overflow: Overflow) -> Refusal:
    """A figure that leaves float64 while a question about the request's trace is answered."""
    return document.explain(overflow, g.network)


def find_cell(trace: Trace, asked: CellModel) -> Cell:
    """The cell a request names, refused where there is none."""
    shape = find_shape(trace, asked, "cell")
    if len(asked.index) != len(shape):
        wrong = f"Expected {len(shape)} numbers, for the shape {' × '.join(map(str, shape))}."
        raise Refusal([(("cell", "index"), wrong)])
    outside: list[tuple[Location, str]] = [
        (("cell", "index", axis), f"This must be less than {size}.")
        for axis, (at, size) in enumerate(zip(asked.index, shape, strict=True))
        if at >= size
    ]
    if outside:
        raise Refusal(outside)
    return Cell(asked.layer, int(np.ravel_multi_index(asked.index, shape)), asked.parameter)


def find_opening(trace: Trace, asked: PictureRequest) -> Opening:
    """Which channels a request wants to see, refused where there are none such."""
    chosen = {}
    for name, at in (asked.open or {}).items():
        known = {str(i): i for i in range(-1, len(trace.network.layers))}
        if name not in known:
            raise Refusal([(("open", name), f"There is no layer {name}.")])
        channels = trace.network.shape_of(known[name])[0]
        if at >= channels:
            raise Refusal([(("open", name), f"This must be less than {channels}.")])
        chosen[known[name]] = at
    return Opening(trace, chosen)


def find_changeable(trace: Trace, asked: CellModel) -> Cell:
    """A cell of the input or of a parameter: what a person can change."""
    cell = find_cell(trace, asked)
    if cell.layer >= 0 and cell.parameter is None:
        wrong = (
            "This cell is computed, so it cannot be changed by itself. Choose a cell of the input "
            '(layer −1), or name a parameter of this layer, such as "parameter": "weight".'
        )
        raise Refusal([(("cell",), wrong)])
    return cell


def find_change(asked: NudgeRequest) -> float | None:
    """By how much to change a number, refused where that is nothing."""
    if asked.by is not None and abs(asked.by) < MIN_NUDGE:
        wrong = f"A change of nothing shows nothing: use at least {MIN_NUDGE} up or down."
        raise Refusal([(("by",), wrong)])
    return asked.by


def check_is_affordable(trace: Trace) -> None:
    """Refuse to check all gradients of a network so large that it would take minutes."""
    network = trace.network
    arrays = 1 + sum(len(layer.parameters) for layer in network.layers)
    if 2 * arrays * work(network) > MAX_CHECK:
        wrong = (
            "Checking every gradient of this network takes too long. Nudge one number at a time, "
            "or use smaller maps or fewer channels."
        )
        raise Refusal([(("network",), wrong)])


def find_shape(trace: Trace, asked: CellModel | ArrayOf, field: str) -> Shape:
    """The shape of the array that a request names in ``field``, refused where there is none."""
    layers = trace.network.layers
    if asked.layer >= len(layers):
        wrong = f"There is no layer {asked.layer}: the last one is {len(layers) - 1}."
        raise Refusal([((field, "layer"), wrong)])
    if asked.parameter is not None:
        known = list(layers[asked.layer].parameters) if asked.layer >= 0 else []
        if asked.parameter not in known:
            has = f"it has {' and '.join(known)}" if known else "it has none"
            wrong = f"This layer has no parameter “{asked.parameter}”: {has}."
            raise Refusal([((field, "parameter"), wrong)])
    return shape_of(trace, asked.layer, asked.parameter)


def _json() -> Any:
    if not request.is_json:
        raise UnsupportedMediaType("Send JSON, with the header Content-Type: application/json.")
    return _parsed(request.get_data(cache=False))


def _posted(field: str) -> Any:
    # A network may take as much here as it may as a body.
    request.max_form_memory_size = document.MAX_BYTES
    return _parsed(request.form.get(field, "").encode())


def _parsed(text: bytes) -> Any:
    try:
        return from_json(text)
    except ValueError as error:
        said = str(error)
        for jargon, words in _PLAINLY.items():
            said = said.replace(jargon, words)
        raise NotJson(said) from None


_PLAINLY = {
    "recursion limit exceeded": "nested too deep",
    "number out of range": "a number has too many digits",
}
"""What the parser says, in words a student understands."""
