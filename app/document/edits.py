"""Edits of a network document: single places with new values, instead of the whole document."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.document.document import Refusal

MAX_EDITS = 1000
"""Of one request; a network that differs in more places is sent whole."""


class Edit(NamedTuple):
    """A place, as the field names and indexes that lead to it, and its new value."""

    path: Sequence[str | int]
    value: Any


def edited(document: Any, edits: Sequence[Edit]) -> Any:
    """A copy of a document (as JSON) with every edit made; unchanged branches are shared.

    Raises:
        Refusal: there are more than MAX_EDITS, or one names no place of the document.
    """
    if len(edits) > MAX_EDITS:
        wrong = f"These are {len(edits)} edits, and a request may have at most {MAX_EDITS}."
        raise Refusal([(("edits",), f"{wrong} Send the whole network.")])
    for i, edit in enumerate(edits):
        try:
            document = _set_at(document, list(edit.path), edit.value)
        except (AttributeError, IndexError, KeyError, TypeError):
            wrong = "This is no place of the network: name each field and each index on the way."
            raise Refusal([(("edits", i, "path"), wrong)]) from None
    return document


def _set_at(tree: Any, path: list[str | int], value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    branch = tree[step]
    if isinstance(step, int) and step < 0:
        raise IndexError
    copy = tree.copy()
    copy[step] = _set_at(branch, rest, value)
    return copy
