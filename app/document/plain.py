"""A checked document as JSON again, with every field that was left to its default."""

from typing import Any

import numpy as np

from app.document.document import Document
from app.document.fields import Model


def as_json(document: Document) -> dict[str, Any]:
    """The document in lists and numbers; what has the value null is left out."""
    return {
        "version": document.version,
        "title": document.title,
        **({} if document.batch is None else {"batch": document.batch}),
        "input": document.input.tolist(),
        "layers": [_fields(layer) for layer in document.layers],
        "head": _fields(document.head),
    }


def _fields(of: Model) -> dict[str, Any]:
    known = type(of).model_fields
    fields = {
        known[name].alias or name: _plain(value)
        for name, value in vars(of).items()
        if value is not None
    }
    # A pool's stride is its kernel unless given.
    return {"stride": fields["kernel"], **fields} if "kernel" in fields else fields


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value
