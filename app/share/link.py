"""The state of the page as the fragment of an address: ``1.<length>.<crc32>.<data>``.

The data are JSON in its shortest form, deflated and written as base64url. The length and the
checksum reveal a link that was cut or changed; such a link is refused. Reading is strict: each
state has exactly one valid link, and inflating stops at a limit.

A state that began as a shipped lesson holds the lesson's name, a checksum of its network and only
the changes. The browser does the same (static/js/sharing/link.js). Both are tested with the cases
of tests/links.json, which has a link of each version that was ever written.
"""

import base64
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.share.changes import apply, changes
from app.share.plain import parse, text
from app.text.texts import say

VERSION = "1"
SHORT = 400
"""The most characters of a link that fits in a QR code and in every messenger."""
LONG = 2_000
"""With more characters, the page offers a file instead."""
MAX_CHARACTERS = 20_000
"""The most characters of a link that is read."""
MAX_INFLATED = 2**18
"""The most bytes of a link's JSON."""

FIELDS = {
    "n",  # the network's document
    "l",  # the name of the lesson that the network began as
    "h",  # instead of a document: the checksum of the lesson's document
    "c",  # the changes from the lesson's document, as app.share.changes lists them
    "p",  # the pinned cell: layer, index, and its parameter if it has one
    "s",  # the step
    "v",  # the view: what the page shows
}
"""The fields of a link's JSON; one letter each, so that the link of a lesson fits in a QR code."""
Content = dict[str, Any]
"""The JSON of a link."""


@dataclass(frozen=True)
class State:
    """The state that a link holds.

    ``network`` is a document, ``lesson`` the shipped lesson that it began as, ``pinned`` a cell in
    the form of requests, ``step`` the step of the backward pass, and ``shown`` the page's own names
    of what it shows.
    """

    network: Any
    lesson: str | None = None
    pinned: dict[str, Any] | None = None
    step: int | None = None
    shown: dict[str, Any] = field(default_factory=dict)


class Broken(ValueError):
    """A link that cannot be opened: a code of the texts «link», and the values of this text."""

    def __init__(self, code: str, **named: Any) -> None:
        super().__init__(say("link", code, **named))
        self.code, self.named = code, named


def write(state: State, lessons: Mapping[str, Any]) -> str:
    """The fragment of a state, without its «#».

    ``lessons``: the documents of the shipped lessons by name.

    Raises:
        ValueError: the document is no JSON, or too large for a link that can be read again.
    """
    content = text(_content(state, lessons)).encode()
    compressor = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    data = _base64(compressor.compress(content) + compressor.flush())
    link = f"{VERSION}.{len(data)}.{checksum(data)}.{data}"
    if len(link) > MAX_CHARACTERS or len(content) > MAX_INFLATED:
        raise ValueError(say("link.too_long", most=MAX_CHARACTERS))
    return link


def read(link: str, lessons: Mapping[str, Any]) -> State:
    """The state that a fragment holds.

    Raises:
        Broken: it was cut or changed, or its lesson has changed since; with the reason in words.
    """
    try:
        written = _inflated(_data(link.removeprefix("#"))).decode()
        content = parse(written)
        if text(content) != written:  # This is not the one valid form of the state.
            raise Broken("unreadable")
        return _state(content, lessons)
    except (RecursionError, UnicodeDecodeError):
        raise Broken("unreadable") from None
    except Broken:
        raise
    except ValueError:
        raise Broken("unreadable") from None


def checksum(of: str) -> str:
    """CRC-32 of a text, as eight hexadecimal digits."""
    return f"{zlib.crc32(of.encode()):08x}"


# --- characters ---------------------------------------------------------------------------------


def _data(link: str) -> bytes:
    """The deflated bytes of a complete, unchanged link."""
    if not link:
        raise Broken("empty")
    if len(link) > MAX_CHARACTERS:
        raise Broken("too_long", most=MAX_CHARACTERS)
    version, *rest = link.split(".")
    if not re.fullmatch("[1-9][0-9]{0,3}", version, re.ASCII):
        raise Broken("none")
    if version != VERSION:
        raise Broken("version", version=version)
    if len(rest) < 3:
        raise Broken("cut_early")
    length, crc, data, *more = rest
    known = re.fullmatch("[1-9][0-9]{0,4}", length, re.ASCII)
    if more or not known or not re.fullmatch("[0-9a-f]{8}", crc, re.ASCII):
        raise Broken("changed")
    if len(data) < int(length):
        raise Broken("cut", got=len(data), of=int(length))
    if len(data) > int(length):
        raise Broken("longer", n=len(data) - int(length))
    if not re.fullmatch("[A-Za-z0-9_-]+", data, re.ASCII) or checksum(data) != crc:
        raise Broken("changed")
    raw = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)) if len(data) % 4 != 1 else b""
    if _base64(raw) != data:  # The last character has bits that are ignored.
        raise Broken("changed")
    return raw


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _inflated(raw: bytes) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(raw, MAX_INFLATED + 1)
    except zlib.error:
        raise Broken("unreadable") from None
    if len(content) > MAX_INFLATED:
        raise Broken("too_large", most=MAX_INFLATED // 1024)
    if not inflater.eof or inflater.unused_data:
        raise Broken("unreadable")
    return content


# --- what it says -------------------------------------------------------------------------------


def _content(state: State, lessons: Mapping[str, Any]) -> Content:
    content: Content = {"n": state.network}
    if state.lesson is not None:
        lesson = lessons[state.lesson]
        by_lesson: Content = {"l": state.lesson, "h": checksum(text(lesson))}
        changed = changes(lesson, state.network)
        if changed:
            by_lesson["c"] = changed
        content["l"] = state.lesson
        # If all numbers changed, the document is shorter than a list of all changes.
        length = len(text(by_lesson))
        if length <= SHORT or length <= len(text(content)):
            content = by_lesson
    if state.pinned is not None:
        parameter = state.pinned.get("parameter")
        named = [] if parameter is None else [parameter]
        content["p"] = [state.pinned["layer"], state.pinned["index"], *named]
    if state.step is not None:
        content["s"] = state.step
    if state.shown:
        content["v"] = state.shown
    return content


def _state(content: Any, lessons: Mapping[str, Any]) -> State:
    if not isinstance(content, dict) or not content.keys() <= FIELDS:
        raise Broken("unreadable")
    lesson, step, shown = content.get("l"), content.get("s"), content.get("v", {})
    if not isinstance(lesson, str | None) or not isinstance(shown, dict):
        raise Broken("unreadable")
    if "s" in content and type(step) is not int:
        raise Broken("unreadable")
    return State(_network(content, lesson, lessons), lesson, _pinned(content), step, shown)


def _network(content: Content, lesson: str | None, lessons: Mapping[str, Any]) -> Any:
    if "n" in content:
        if not isinstance(content["n"], dict) or {"h", "c"} & content.keys():
            raise Broken("unreadable")
        return content["n"]
    if lesson is None:
        raise Broken("unreadable")
    if lesson not in lessons:
        raise Broken("no_lesson", lesson=lesson[:60])
    if content.get("h") != checksum(text(lessons[lesson])):
        raise Broken("other_lesson")
    changed = content.get("c", [])
    if not isinstance(changed, list):
        raise Broken("unreadable")
    return apply(lessons[lesson], changed)


def _pinned(content: Content) -> dict[str, Any] | None:
    if "p" not in content:
        return None
    match content["p"]:
        case [int(layer), list(index)]:
            cell: dict[str, Any] = {"layer": layer, "index": index}
        case [int(layer), list(index), str(parameter)]:
            cell = {"layer": layer, "index": index, "parameter": parameter}
        case _:
            raise Broken("unreadable")
    if any(type(each) is not int for each in (layer, *index)):
        raise Broken("unreadable")
    return cell
