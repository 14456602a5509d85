"""All words of the interface, in one file a language; ``say`` fills in what is counted and named.

A text may have fields, «{name}». After a colon stands how a field is said: «{name:capital}» at the
start of a sentence, «{name:lower}» within one, «{n:word}» for a number as a word. A text with the
forms «one» and «other» is said by its field ``n``.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

LANGUAGE = "en"
"""The file that is read; its name stands in the page as its language too."""

Texts = Mapping[str, Any]
"""Texts by name, nested by part of the page."""


def load(language: str) -> Texts:
    """The words of one language."""
    path = Path(__file__).with_name(f"{language}.json")
    texts: Texts = json.loads(path.read_text("utf-8"))
    return texts


WORDS = load(LANGUAGE)


def say(key: str, *more: str, **fields: Any) -> str:
    """One text: ``say("layers", "relu")`` is the text «layers.relu».

    Raises:
        KeyError: there is no such text, or it has a field that is not given.
    """
    text = texts(".".join((key, *more)))
    if isinstance(text, Mapping):
        text = text["one" if fields["n"] == 1 else "other"]
    return fill(text, fields)


def fill(text: str, fields: Mapping[str, Any]) -> str:
    """A text with its fields filled in; ``static/js/shared/page.js`` does the same for plain ones.

    Raises:
        KeyError: a field is not given.
    """
    return _FORMATTER.vformat(text, (), fields)


def texts(key: str) -> Any:
    """All texts of a part, as they stand in the file."""
    part: Any = WORDS
    for name in key.split("."):
        part = part[name]
    return part


def capital(text: str) -> str:
    """With a capital at the start."""
    return text[:1].upper() + text[1:]


def lower(text: str) -> str:
    """As it stands within a sentence; names like ReLU and SiLU keep their capitals."""
    first, _, _ = text.partition(" ")
    return text[:1].lower() + text[1:] if first[1:] == first[1:].lower() else text


def number_word(n: int) -> str:
    """«three», as far as the language's list of number words goes; then «16»."""
    known = WORDS["numbers"]
    return known[n] if n < len(known) else str(n)


_WAYS: dict[str, Callable[[Any], str]] = {"capital": capital, "lower": lower, "word": number_word}


class _Formatter(Formatter):
    def format_field(self, value: Any, spec: str) -> str:
        ways = spec.split()
        if not ways or ways[0] not in _WAYS:
            return format(value, spec)
        for way in ways:
            value = _WAYS[way](value)
        return str(value)


_FORMATTER = _Formatter()
