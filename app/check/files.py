"""The arrays of files: .npy, .npz, safetensors, CSV, and text as any program prints it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.check.pasting import Pasted, Reading, Unreadable, meant, read
from app.document.document import Refusal
from app.engine.types import Array
from app.files.limits import BadFile
from app.files.loading import MAX_FILES, File
from app.files.numpy_files import read_npy, read_npz
from app.files.safetensors import read_safetensors

MAX_ARRAYS = 128
"""The most arrays of one request."""
_SIGNS = {b"\x93NUMPY": "npy", b"PK\x03\x04": "npz"}


class Source(NamedTuple):
    """An array with its name in the file; a text may have several readings."""

    name: str
    array: Array | None
    readings: tuple[Reading, ...] = ()
    lists: list[Any] | None = None


def read_files(files: Sequence[File], reading: str = "") -> list[Source]:
    """All arrays of some files.

    ``reading``: of several ways of reading a text, the one that is meant.

    Raises:
        Refusal: one cannot be read; it names the file.
    """
    if len(files) > MAX_FILES:
        wrong = f"These are {len(files)} files, and at most {MAX_FILES} are read at once."
        raise Refusal([(("files",), wrong)])
    sources: list[Source] = []
    for file in files:
        try:
            sources += _sources(file, reading)
        except (BadFile, Unreadable) as reason:
            raise Refusal([(("files", file.name), str(reason))]) from None
    return within_limits(sources)


def within_limits(sources: list[Source]) -> list[Source]:
    """Return the arrays, or refuse them if they are too many."""
    if len(sources) > MAX_ARRAYS:
        wrong = f"These are {len(sources)} arrays, and at most {MAX_ARRAYS} are checked at once."
        raise Refusal([(("arrays",), wrong)])
    return sources


def text_sources(text: str, name: str = "", reading: str = "") -> list[Source]:
    """The arrays of a text, one alone by the name of its file; «#2» is the second without a name.

    Raises:
        Unreadable: it has none.
    """
    readings = meant(read(text), reading)
    first = readings[0].arrays
    if len(first) == 1:
        return [Source(first[0].name or name, None, tuple(readings))]
    return [
        Source(each.name or f"#{i}", None, (_only(each),)) for i, each in enumerate(first, start=1)
    ]


def _only(each: Pasted) -> Reading:
    return Reading((each,))


def _sources(file: File, reading: str) -> list[Source]:
    stem = file.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    kind = _SIGNS.get(file.data[:6]) or _SIGNS.get(file.data[:4])
    if kind == "npy":
        return [Source(stem, read_npy(file.name, file.data))]
    if kind == "npz":
        return [Source(name, array) for name, array in read_npz(file.data).items()]
    if file.name.endswith(".safetensors"):
        held, _ = read_safetensors(file.data)
        return [Source(name, array) for name, array in held.items()]
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile(
            f"“{file.name}” is neither text nor a file of numpy: save it with np.save, np.savez or "
            "np.savetxt."
        ) from None
    return text_sources(text, stem, reading)
