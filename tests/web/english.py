"""Finds English words in the texts of a page."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

SAID = {
    "aria-label", "title", "placeholder", "alt", "aria-valuetext", "content",
    "data-name", "data-line", "data-longest", "data-stale",
}  # fmt: skip
"""Attributes that are read to somebody, or that scripts say."""
CODES = {
    "id", "layout", "key", "pair", "phase", "moves", "zero", "levels", "source", "target", "reads",
    "signs",
}  # fmt: skip
"""Fields whose strings are names for scripts, or numbers."""
_WORD = re.compile(r"[A-Za-z]{2,}")


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script"):
            self.within.append(tag)
        said = SAID if ("name", "viewport") not in attrs else SAID - {"content"}
        self.texts += [text for name, text in attrs if name in said and text]

    def handle_endtag(self, tag: str) -> None:
        if self.within and self.within[-1] == tag:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if not self.within and data.strip():
            self.texts.append(data.strip())


def texts_of_html(source: str) -> list[str]:
    """Every text of a page, and of the attributes that are read to somebody."""
    parser = _Texts()
    parser.feed(source)
    return parser.texts


def texts_of_json(part: Any) -> list[str]:
    """Every string of what a script says; HTML among them is taken apart."""
    return [text for each in _strings(part) for text in texts_of_html(each)]


def _strings(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for each in part:
            yield from _strings(each)
    elif isinstance(part, dict):
        for key, each in part.items():
            if key not in CODES:
                yield from _strings(each)


def english_in(text: str, exempt: set[str]) -> list[str]:
    """The words of two letters or more that are left where no exempt text stands."""
    if text.strip() in {each.strip() for each in exempt}:
        return []
    for each in sorted(exempt, key=len, reverse=True):
        if " " in each.strip():
            text = text.replace(each, "")
    return _WORD.findall(text)
