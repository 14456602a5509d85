"""The texts of a language as a list, and a language that nobody speaks."""

import re
from collections.abc import Iterator
from typing import Any

from app.text.texts import DEFAULT, OTHER, Language

POLISH_FORMS = ("one", "few", "many", "other")
"""Polish has three forms for whole numbers, and one for fractions."""
CATEGORIES = {"zero", "one", "two", "few", "many", "other"}

LONGER = 0.4
MARK = "≀"
"""Stands in every text of the language that nobody speaks, and nowhere else."""

_FIELD = re.compile(r"(\{[^}]*\})")
# Each letter looks like itself and is no letter of ASCII.
_LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "àƀçđéƒğħïĵķłɱñøþɋřšŧüṽŵẋýžÀƁÇĐÉƑĞĦÏĴĶŁḾÑØÞɊŘŠŦÜṼŴẊÝŽ",
)


def is_plural(part: Any) -> bool:
    """Whether this is one text in several forms."""
    return isinstance(part, dict) and OTHER in part and set(part) <= CATEGORIES


def leaves(part: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(«steps.label.add», the text or its forms) of all texts."""
    if isinstance(part, dict) and not is_plural(part):
        for key, inner in part.items():
            yield from leaves(inner, f"{name}.{key}" if name else key)
    else:
        yield name, part


def pseudo_language() -> Language:
    """English disguised: without a letter of ASCII, 40 % longer, with as many forms as Polish.

    What is still English on a page of this language stands in no file of texts.
    """
    return Language.of("pl", _disguised(DEFAULT.words))


def disguised(text: str) -> str:
    """A text of that language, its fields as they are."""
    written = "".join(
        part if i % 2 else part.translate(_LETTERS) for i, part in enumerate(_FIELD.split(text))
    )
    longer = MARK * max(1, round(LONGER * len(text)))
    return " ".join([written, *(longer[i : i + 5] for i in range(0, len(longer), 5))])


def _disguised(part: Any) -> Any:
    if isinstance(part, str):
        return disguised(part)
    if isinstance(part, list):
        return [_disguised(each) for each in part]
    if is_plural(part):
        forms = {"one": part["one"], **dict.fromkeys(POLISH_FORMS[1:], part["other"])}
        return {form: disguised(f"{form} {text}") for form, text in forms.items()}
    return {key: _disguised(inner) for key, inner in part.items()}
