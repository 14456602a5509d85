""".safetensors: eight bytes with the length of a JSON header, the header, and the numbers.

These forty lines replace the package. Its header would have to be checked before the package is
called, which is nearly all the work, and the package cannot read bfloat16 into numpy. The tests
compare both.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.engine.types import Array
from app.files.limits import MAX_ARRAYS, MAX_NAME, BadFile, Room, as_numbers

MAX_HEADER = 2**17
"""The most bytes of a header; the header of 512 arrays has 60,000."""
_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def read_safetensors(data: bytes) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays by name, and the texts that the file stores beside them.

    Raises:
        BadFile: it is no .safetensors file, or its header does not agree with its bytes.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(MAX_HEADER, len(data) - 8):
        raise BadFile("This safetensors file is cut, or its header is longer than any.")
    header = _header(data[8 : 8 + length])
    texts = header.pop("__metadata__", {})
    if not isinstance(texts, dict) or not all(isinstance(each, str) for each in texts.values()):
        raise BadFile("The header’s metadata are not texts.")
    if len(header) > MAX_ARRAYS:
        raise BadFile(f"Too many arrays: a file may hold at most {MAX_ARRAYS}.")
    room, start = Room(), 8 + length
    entries = {name: _entry(name, entry, room) for name, entry in header.items()}
    at = 0
    for name, (dtype, shape, begin, end) in sorted(entries.items(), key=lambda each: each[1][2:]):
        if begin != at or end - begin != dtype.itemsize * int(np.prod(shape, dtype=np.int64)):
            raise BadFile(f"“{name}” is not where the header says, or not as long.")
        at = end
    if start + at != len(data):
        raise BadFile("This file is cut, or has something behind its arrays.")
    arrays = {}
    for name, (dtype, shape, begin, end) in entries.items():
        numbers = np.frombuffer(data[start + begin : start + end], dtype).reshape(shape)
        if header[name]["dtype"] == "BF16":  # It is the upper half of a float32.
            numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
        arrays[name] = as_numbers(name, numbers)
    return arrays, texts


def write_safetensors(arrays: Mapping[str, Array], texts: Mapping[str, str]) -> bytes:
    """A file of float64 arrays."""
    header: dict[str, Any] = {"__metadata__": dict(texts)} if texts else {}
    parts, at = [], 0
    for name, array in arrays.items():
        part = np.ascontiguousarray(array, "<f8").tobytes()
        header[name] = {
            "dtype": "F64", "shape": list(array.shape), "data_offsets": [at, at + len(part)],
        }  # fmt: skip
        parts.append(part)
        at += len(part)
    written = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    written += b" " * (-len(written) % 8)
    return len(written).to_bytes(8, "little") + written + b"".join(parts)


def _header(written: bytes) -> dict[str, Any]:
    try:
        header = json.loads(written, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise BadFile("The header of this safetensors file is not as it should be.") from None
    if not isinstance(header, dict):
        raise BadFile("The header of this safetensors file is not as it should be.")
    return header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError
    return fields


def _entry(name: str, entry: Any, room: Room) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    if len(name) > MAX_NAME:
        raise BadFile("An array’s name is longer than any.")
    match entry:
        case {"dtype": str(kind), "shape": list(shape), "data_offsets": [begin, end], **more}:
            if not more and all(type(each) is int for each in (*shape, begin, end)):
                if kind not in _TYPES:
                    raise BadFile(f"“{name}” holds {kind[:20]}, not numbers that can be read.")
                room.take(name, shape)
                return np.dtype(_TYPES[kind]), tuple(shape), begin, end
    raise BadFile(f"What the header says about “{name}” is not as it should be.")
