"""Reads requests: HTTP body → request model → the trace it is about."""

import math
import re
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Protocol, TypeVar

import flask
from pydantic import ValidationError
from pydantic_core import from_json, to_json
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from app.document.building import build, check_single, overflows_refused
from app.document.document import MAX_BYTES, Document, Refusal
from app.document.edits import Edit, edited
from app.document.fields import Model
from app.document.layouts import Reading, laid_out
from app.document.names import named
from app.document.places import find_cell, find_example
from app.document.plain import as_json
from app.document.problems import located
from app.engine.network import Network, Trace
from app.engine.probe import work
from app.engine.receipt import Cell
from app.lessons import LESSONS
from app.web.limits import MAX_FORM, check_shape
from app.web.request_models import CellModel, ExampleRequest, PictureRequest, TraceRequest
from app.web.traces import Kept, Traces, id_of

ModelT = TypeVar("ModelT", bound=Model)
RequestT = TypeVar("RequestT", bound=TraceRequest)
ResponseT = TypeVar("ResponseT")
View = Callable[[RequestT, Trace, str], ResponseT]
"""The request, the trace it is about and that trace's id → the response."""


class NotJson(Exception):
    """A body that is not JSON: what the parser said."""


class UnknownTrace(Exception):
    """The id of a trace that the server no longer knows, or never knew."""


class TooMuchWork(Exception):
    """A network whose trace would keep everybody else's clicks waiting."""


FORM = "application/x-www-form-urlencoded"
QUICK_WORK = 1_000_000
"""Numbers that a trace may handle where a class shares the server: three times LeNet's."""
QUICK_CELLS = 30_000
"""Cells that such a trace may have, each of which is drawn and told of; LeNet has 17,000."""


class Documents(Protocol):
    """Documents of traces, which several processes know together."""

    def keep(self, key: str, document: bytes) -> None:
        """Have a document known."""

    def document(self, key: str) -> bytes | None:
        """A document, if it is still known."""


def takes(
    model: type[RequestT],
) -> Callable[[View[RequestT, ResponseT]], Callable[[], ResponseT]]:
    """Decorates a route's function, so that it is called with the request that was sent."""

    def decorate(view: View[RequestT, ResponseT]) -> Callable[[], ResponseT]:
        @wraps(view)
        def read_and_view() -> ResponseT:
            request, trace, key = read(model)
            with overflows_refused(trace.network):
                return view(request, trace, key)

        return read_and_view

    return decorate


def read(model: type[RequestT], field: str | None = None) -> tuple[RequestT, Trace, str]:
    """The checked request, the trace it is about, and that trace's id.

    ``field``: of an HTML form, in which the request stands as JSON; None: it is the body.

    Raises:
        UnsupportedMediaType, NotJson, Refusal, UnknownTrace: answered as 415, 400, 422 and 404.
    """
    raw, readings = _in_our_names(_json() if field is None else _posted(field))
    network, key = _network_and_id(raw)
    traces = known_traces()
    kept = traces.get(key)
    if kept is not None:
        raw = {**raw, "network": None, "trace": key}  # It was checked when it was first sent.
    request = _validated(model, raw)
    if (request.network is None) == (request.trace is None):
        raise Refusal([(("network",), "Send either a network or the id of a trace.")])
    if request.network is not None:
        try:
            trace = _run(request.network, key, network)
        except Refusal:
            turned = laid_out(request.network)
            if turned is None:
                raise
            network, readings = as_json(turned[0]), readings + turned[1]
            trace, key = _trace_of(network)
    else:
        if request.trace is not None and kept is None:
            key, kept = request.trace, traces.get(request.trace) or _recalled(request.trace)
        if kept is None:
            raise UnknownTrace
        trace, network = kept.trace, kept.document
    if isinstance(request, PictureRequest) and request.edits is not None:
        edits = [Edit(each.path, each.value) for each in request.edits]
        trace, key = _trace_of(edited(network, edits))
    request.readings.extend(readings)
    if not model.takes_batches:
        check_single(trace.network)
    if isinstance(request, ExampleRequest):
        trace = find_example(trace, _example_of(request, trace))
    return request, trace, key


def _example_of(request: ExampleRequest, trace: Trace) -> int:
    """The example that a request means, which the index of its cell may begin with."""
    if isinstance(request, PictureRequest):  # an edit may have taken the page's example away
        return min(request.example, (trace.network.examples or 1) - 1)
    cell: CellModel | None = getattr(request, "cell", None)
    if cell is None or cell.parameter is not None or trace.network.examples is None:
        return request.example
    if cell.layer >= len(trace.network.layers):
        return request.example
    if len(cell.index) == trace.values[cell.layer + 1].ndim:
        at = cell.index.pop(0)
        if "example" in request.model_fields_set and at != request.example:
            wrong = f"The index begins with example {at}, but “example” is {request.example}."
            raise Refusal([(("cell", "index", 0), wrong)])
        if at >= trace.network.examples:
            wrong = f"This must be less than {trace.network.examples}, the number of examples."
            raise Refusal([(("cell", "index", 0), wrong)])
        return at
    return request.example


def read_body(model: type[ModelT]) -> ModelT:
    """A checked request that is about no trace.

    Raises:
        UnsupportedMediaType, NotJson, Refusal: answered as 415, 400 and 422.
    """
    return _validated(model, _json())


def known_traces() -> Traces:
    """The traces that this application remembers."""
    traces: Traces = flask.current_app.extensions["traces"]
    return traces


def document_of(key: str) -> Any:
    """The JSON document of a trace's network.

    Raises:
        UnknownTrace: the trace has just been forgotten.
    """
    kept = known_traces().get(key)
    if kept is None:
        raise UnknownTrace
    return kept.document


def cell_in(trace: Trace, model: CellModel) -> Cell:
    """The cell that a request names; a Refusal where there is none."""
    return find_cell(trace, model.layer, model.index, model.parameter)


def _trace_of(network: Any) -> tuple[Trace, str]:
    """The trace of a network's JSON, and its id."""
    # Checked first: an id can only be computed of lists that are not nested too deep.
    checked, key = _validated(Document, network), id_of(network)
    traces = known_traces()
    kept = traces.get(key)
    if kept is not None:
        return kept.trace, key
    return _run(checked, key, network), key


def _in_our_names(raw: Any) -> tuple[Any, list[Reading]]:
    """A request whose network may be written as other libraries write it, and what was read."""
    if not isinstance(raw, dict):
        return raw, []
    network, readings = named(raw.get("network"))
    return (raw if network is raw.get("network") else {**raw, "network": network}), readings


def _run(checked: Document, key: str, network: Any) -> Trace:
    """A new trace, which this process keeps, and whose document all of them know from now on."""
    trace = traced(checked)
    known_traces().put(key, trace, network)
    documents: Documents | None = flask.current_app.extensions["documents"]
    if documents is not None and key not in _lessons():
        documents.keep(key, to_json(network))
    return trace


def traced(document: Document) -> Trace:
    """The trace of a network.

    Raises:
        Refusal: it does not fit, costs too much, or overflows.
        TooMuchWork: others would wait for it too long.
    """
    built = build(document)
    if flask.current_app.config["MUST_BE_QUICK"] and not _is_quick(built):
        raise TooMuchWork
    with overflows_refused(built):
        return built.trace()


def _is_quick(network: Network) -> bool:
    examples = network.examples or 1
    cells = examples * sum(layer.cells for layer in network.layers)
    return cells <= QUICK_CELLS and work(network) <= QUICK_WORK


def _recalled(key: str) -> Kept | None:
    """The trace of a lesson, or of a document that another process was sent."""
    network = _lessons().get(key)
    documents: Documents | None = flask.current_app.extensions["documents"]
    if network is None and documents is not None:
        document = documents.document(key)
        network = None if document is None else from_json(document)
    if network is None:
        return None
    return Kept(_run(_validated(Document, network), key, network), network)


@cache
def _lessons() -> dict[str, Any]:
    """The lessons' networks, by the ids of their traces."""
    return {id_of(lesson.network): lesson.network for lesson in LESSONS.values()}


def _validated(model: type[ModelT], raw: Any) -> ModelT:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise Refusal(located(error)) from None


def _network_and_id(raw: Any) -> tuple[Any, str]:
    """The network of a request's JSON and its id; empty where the request names a trace."""
    if not isinstance(raw, dict) or raw.get("network") is None or raw.get("trace") is not None:
        return None, ""
    return raw["network"], id_of(raw["network"])


def _json() -> Any:
    if not flask.request.is_json:
        raise UnsupportedMediaType("Send JSON, with the header Content-Type: application/json.")
    return _parsed(flask.request.get_data(cache=False))


def _posted(field: str) -> Any:
    request = flask.request
    if request.mimetype == FORM and (request.content_length or 0) > MAX_FORM:
        raise RequestEntityTooLarge(
            f"Send more than {MAX_FORM // 1000} kB as multipart/form-data, not as {FORM}."
        )
    # A network may take as much here as it may as a body.
    request.max_form_memory_size = MAX_BYTES
    return _parsed(flask.request.form.get(field, "").encode())


def _parsed(text: bytes) -> Any:
    check_shape(text)
    try:
        parsed = from_json(text)
    except ValueError as error:
        message = str(error)
        for jargon, words in _PLAIN_WORDS.items():
            message = message.replace(jargon, words)
        raise NotJson(message) from None
    return _as_floats(parsed) if _LONG.search(text) else parsed


_LONG = re.compile(rb"\d{19}")


def _as_floats(part: Any) -> Any:
    """With integers beyond 64 bits as float64: no answer could hold them otherwise."""
    if isinstance(part, dict):
        return {key: _as_floats(each) for key, each in part.items()}
    if isinstance(part, list):
        return [_as_floats(each) for each in part]
    if isinstance(part, int) and not -(2**63) <= part < 2**64:
        return float(part) if abs(part) < 2**1023 else math.inf
    return part


_PLAIN_WORDS = {
    "recursion limit exceeded": "nested too deep",
    "number out of range": "a number has too many digits",
}
"""What the parser says, in words a student understands."""
