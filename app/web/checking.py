"""Requests to check gradients: one array, or several at once."""

import base64

from app.check import CheckAllAnswer, CheckAnswer, check_all, check_json
from app.check.files import read_files
from app.check.together import named_sources
from app.document.document import Refusal
from app.engine.network import Trace
from app.files.opening import File
from app.web.request_models import CheckRequest


def check_one(request: CheckRequest, trace: Trace) -> CheckAnswer:
    """The answer about the one gradient that a request names."""
    if request.of is None:
        raise Refusal([(("of",), "This field is missing: add it.")])
    return check_json(trace, request.of.layer, request.of.parameter, request.array, request.text)


def check_several(request: CheckRequest, trace: Trace) -> CheckAllAnswer:
    """The answer about all gradients of a request."""
    unwanted = [name for name in ("of", "array", "text") if getattr(request, name) is not None]
    if unwanted or (request.arrays is None) == (request.files is None):
        wrong = "Send either one array, or several by name, or files."
        raise Refusal([((*unwanted[:1], "arrays")[:1], wrong)])
    if request.arrays is not None:
        return check_all(trace, named_sources(request.arrays))
    files = []
    for i, file in enumerate(request.files or ()):
        try:
            files.append(File(file.name, base64.b64decode(file.base64, validate=True)))
        except ValueError:
            raise Refusal([(("files", i, "base64"), "This is not base64.")]) from None
    return check_all(trace, read_files(files))
