"""The part of protocol buffers that ONNX needs: numbered fields, each a number or some bytes.

A message is a sequence of fields; each begins with a varint of its number and its encoding
(https://protobuf.dev/programming-guides/encoding). All lengths are compared with the real bytes,
and the number of fields is limited, so that a file of many tiny fields is refused quickly.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from app.engine.types import Array
from app.files.limits import BadFile

MAX_FIELDS = 30_000
"""The most fields of a file; PyTorch's export of LeNet has 2,000."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

Value = int | memoryview
"""The value of a field: a varint, or the bytes of another encoding."""


class Reader:
    """Reads the messages of one file, and counts their fields."""

    def __init__(self) -> None:
        self._fields = 0

    def message(self, data: memoryview) -> dict[int, list[Value]]:
        """The values of each field in order, unknown fields included.

        Raises:
            BadFile: a length or an encoding does not agree with the bytes.
        """
        fields: defaultdict[int, list[Value]] = defaultdict(list)
        at, end = 0, len(data)
        while at < end:
            self._fields += 1
            if self._fields > MAX_FIELDS:
                raise BadFile("This file has more parts than any network of a size for this tool.")
            key, at = _varint(data, at)
            number, form = key >> 3, key & 7
            if not number:
                raise _damaged()
            if form == _VARINT:
                value, at = _varint(data, at)
                fields[number].append(value)
                continue
            if form == _BYTES:
                length, at = _varint(data, at)
            elif form in (_FIXED32, _FIXED64):
                length = 4 if form == _FIXED32 else 8
            else:
                raise _damaged()
            if length > end - at:
                raise _damaged()
            fields[number].append(data[at : at + length])
            at += length
        return fields

    def whole_numbers(self, values: Iterable[Value]) -> list[int]:
        """Signed integers, stored one by one or together in one run of bytes."""
        numbers: list[int] = []
        for value in values:
            if isinstance(value, int):
                numbers.append(_signed(value))
                continue
            at = 0
            while at < len(value):
                self._fields += 1
                if self._fields > MAX_FIELDS:
                    raise _damaged()
                number, at = _varint(value, at)
                numbers.append(_signed(number))
        return numbers


def floats(values: Iterable[Value], dtype: str) -> Array:
    """Numbers of four or eight bytes, stored one by one or together in one run."""
    whole = b"".join(bytes(each) for each in values if not isinstance(each, int))
    if len(whole) % np.dtype(dtype).itemsize:
        raise _damaged()
    return np.frombuffer(whole, dtype).astype(np.float64)


def text(values: list[Value]) -> str:
    """The last of some texts, which is the one that counts; empty if there is none."""
    last = values[-1] if values else b""
    try:
        return "" if isinstance(last, int) else bytes(last).decode()
    except UnicodeDecodeError:
        raise _damaged() from None


def number(values: list[Value], default: int = 0) -> int:
    """The last of some whole numbers, which is the one that counts."""
    last: Any = values[-1] if values else default
    if not isinstance(last, int):
        raise _damaged()
    return _signed(last)


def parts(values: list[Value]) -> list[memoryview]:
    """The messages among some values."""
    if any(isinstance(each, int) for each in values):
        raise _damaged()
    return [each for each in values if not isinstance(each, int)]


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for i in range(10):
        if at >= len(data):
            raise _damaged()
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, at
    raise _damaged()


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _damaged() -> BadFile:
    return BadFile("This is no ONNX file, or it is cut or damaged.")
