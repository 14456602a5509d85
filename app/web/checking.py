"""Requests to check gradients: one array, or several at once."""

import base64

from app.check import CheckAllAnswer, CheckAnswer, check_all, check_json
from app.check.files import Source, read_files, text_sources, within_limits
from app.check.matching import Where
from app.check.pasting import Unreadable
from app.check.together import named_sources, one_of_all
from app.document.document import Refusal
from app.document.places import find_shape
from app.engine.network import Trace
from app.files.loading import File
from app.web.request_models import CheckRequest


def check_one(request: CheckRequest, trace: Trace) -> CheckAnswer:
    """The answer about the one gradient that a request names."""
    if request.of is None:
        raise Refusal([(("of",), "This field is missing: add it.")])
    return check_json(
        trace,
        request.of.layer,
        request.of.parameter,
        request.array,
        request.text,
        request.reading or "",
        request.of.example,
    )


def check_several(request: CheckRequest, trace: Trace) -> CheckAllAnswer:
    """The answer about all gradients of a request."""
    unwanted = [name for name in ("of", "array", "text") if getattr(request, name) is not None]
    if unwanted or (request.arrays is None) == (request.files is None):
        wrong = "Send either one array, or several by name, or files."
        raise Refusal([((*unwanted[:1], "arrays")[:1], wrong)])
    if request.arrays is not None:
        sources = named_sources(request.arrays, request.reading or "")
        return check_all(trace, sources, _said(request, trace))
    read = read_files(_files(request), request.reading or "")
    return check_all(trace, read, _said(request, trace))


def check_everything(request: CheckRequest, trace: Trace) -> CheckAllAnswer:
    """The answer about a text and files together, as the page sends them."""
    text, reading = request.text or "", request.reading or ""
    if request.of is not None and not request.files:
        of, answered = request.of, (request.places or {}).get("")
        if answered is not None and answered.layer == of.layer:  # it says which example is meant
            of = answered
            request = request.model_copy(update={"of": of})
        where = Where(of.layer, of.parameter, of.example)
        return one_of_all(trace, where, check_one(request, trace))
    sources: list[Source] = []
    if text.strip():
        try:
            sources += text_sources(text, "", reading)
        except Unreadable as unreadable:
            raise Refusal([(("text",), str(unreadable))]) from None
    sources += read_files(_files(request), reading)
    return check_all(trace, within_limits(sources), _said(request, trace))


def _said(request: CheckRequest, trace: Trace) -> dict[str, Where]:
    for name, place in (request.places or {}).items():
        find_shape(trace, place.layer, place.parameter, "places", name)
    return {
        name: Where(place.layer, place.parameter, place.example)
        for name, place in (request.places or {}).items()
    }


def _files(request: CheckRequest) -> list[File]:
    files = []
    for i, file in enumerate(request.files or ()):
        try:
            files.append(File(file.name, base64.b64decode(file.base64, validate=True)))
        except ValueError:
            raise Refusal([(("files", i, "base64"), "This is not base64.")]) from None
    return files
