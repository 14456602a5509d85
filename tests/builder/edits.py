"""Edits of documents, as the builder's tests make them."""

import copy

from pydantic import TypeAdapter

from app.builder.cures import cures
from app.builder.edits import Edit, edited
from app.builder.fill import Fill
from app.builder.forms import forms
from app.builder.status import status_of
from app.document.layers import MAX_LAYERS

EDIT = TypeAdapter(Edit)
KINDS = [form["type"] for form in forms()["layers"]]


def edit(document, rule="whole", seed=1, **what):
    kept = copy.deepcopy(document)
    new, places = edited(document, EDIT.validate_python(what), Fill(rule, seed))
    assert document == kept, "the document that was edited has changed"
    return new, places


def with_cures(document):
    """A document after the first cure of each misfit, one by one, and its status."""
    status = status_of(document)
    for _ in range(2 * MAX_LAYERS):
        if status.fits or len(document["layers"]) == 1:
            break
        (cure, *_) = cures(document, status)
        document, _ = edit(document, **cure["edit"])
        status = status_of(document)
    return document, status
