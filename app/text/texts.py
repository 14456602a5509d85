"""The words of the interface, in one file for each language; ``say`` fills in their fields.

A text may have fields, «{name}». A colon and a word tell how to write a field: «{name:capital}» at
the start of a sentence, «{name:lower}» within one, «{n:word}» for a number as a word. A text with
several forms is written in the form for its field ``n``; forms have the names of CLDR's plural
categories of the language: «one» and «other» in English; «one»,
«few», «many» and «other» in Polish.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from babel import Locale
from babel.plural import PluralRule

LANGUAGE = "en"
"""The default language: the name of its file, and the language of the page."""

OTHER = "other"
"""The plural category that every language has."""

Texts = Mapping[str, Any]
"""Texts by name, nested by part of the page."""


@dataclass(frozen=True, eq=False)
class Language:
    """A language: its tag («en»), its texts, and the rule that chooses the form for a number."""

    tag: str
    words: Texts
    plural: PluralRule

    @classmethod
    def of(cls, tag: str, words: Texts) -> "Language":
        """Make a language from texts, with the plural rule of its tag.

        Raises:
            babel.UnknownLocaleError: Babel does not know the language.
        """
        return cls(tag, words, Locale.parse(tag, sep="-").plural_form)

    @property
    def categories(self) -> frozenset[str]:
        """The names of the forms of a text with several forms: «one» and «other»."""
        return self.plural.tags | {OTHER}


def load(tag: str) -> Language:
    """Load the language of one file."""
    path = Path(__file__).with_name(f"{tag}.json")
    return Language.of(tag, json.loads(path.read_text("utf-8")))


DEFAULT = load(LANGUAGE)

_SPOKEN: ContextVar[Language] = ContextVar("spoken", default=DEFAULT)


def spoken() -> Language:
    """The current language."""
    return _SPOKEN.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Use a language within the context, in this thread or task."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def say(key: str, *more: str, **fields: Any) -> str:
    """Write one text: ``say("layers", "relu")`` is the text «layers.relu».

    Raises:
        KeyError: there is no such text, or it has a field that is not given.
    """
    text = texts(".".join((key, *more)))
    if isinstance(text, Mapping):
        text = text[spoken().plural(fields["n"])]
    return fill(text, fields)


def fill(text: str, fields: Mapping[str, Any]) -> str:
    """Fill in the fields of a text; ``static/js/shared/texts.js`` does so for plain fields.

    Raises:
        KeyError: a field is not given.
    """
    return "".join([_said(piece, fields) for piece in _pieces(text)])


def texts(key: str) -> Any:
    """All texts of a part of the file."""
    part: Any = spoken().words
    for name in key.split("."):
        part = part[name]
    return part


def capital(text: str) -> str:
    """The text with a capital at the start."""
    return text[:1].upper() + text[1:]


def lower(text: str) -> str:
    """The text as within a sentence; names such as ReLU and SiLU keep their capitals."""
    first, _, _ = text.partition(" ")
    return text[:1].lower() + text[1:] if first[1:] == first[1:].lower() else text


def number_word(n: int) -> str:
    """A number as a word such as «three», if the language's list has it; else «16»."""
    known = texts("numbers")
    return known[n] if n < len(known) else str(n)


_WAYS: dict[str, Callable[[Any], str]] = {"capital": capital, "lower": lower, "word": number_word}


class _Piece(NamedTuple):
    """Words and the field after them: its name, and the functions that write it."""

    words: str
    field: str | None
    ways: tuple[Callable[[Any], str], ...]


@lru_cache(maxsize=5000)
def _pieces(text: str) -> list[_Piece]:
    """Split a text at its fields; this takes longer than filling them in, so it is cached."""
    return [
        _Piece(words, field, _ways(spec) if spec else ())
        for words, field, spec, _ in Formatter().parse(text)
    ]


def _ways(spec: str) -> tuple[Callable[[Any], str], ...]:
    ways = spec.split()
    if not ways or ways[0] not in _WAYS:
        return (lambda value: format(value, spec),)
    return tuple(_WAYS[way] for way in ways)


def _said(piece: _Piece, fields: Mapping[str, Any]) -> str:
    if piece.field is None:
        return piece.words
    value = fields[piece.field]
    for way in piece.ways:
        value = way(value)
    return f"{piece.words}{value}"
