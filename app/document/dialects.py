"""Networks as other libraries write them, read as documents where nothing can be mistaken.

What was read is said; what could mean two things is refused with the cure.
"""

from typing import Any

from pydantic import ValidationError

from app.document.document import Document
from app.document.layouts import Reading, laid_out
from app.document.names import named
from app.document.plain import as_json


def understood(raw: Any) -> tuple[Any, list[Reading]]:
    """A document in our names and layouts, and what was read; what does not fit stays as it is.

    Raises:
        Refusal: what was written could mean two things.
    """
    document, readings = named(raw)
    try:
        checked = Document.model_validate(document)
    except ValidationError:
        return document, readings
    turned = laid_out(checked)
    if turned is None:
        return document, readings
    return as_json(turned[0]), readings + turned[1]
