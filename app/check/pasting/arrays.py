"""The arrays of a text: nested lists of Decimals, each with its name and arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.check.pasting.errors import MAX_DEPTH, refuse

Nested = list[Any]
"""Nested lists of Decimals; all lists of one level have the same length."""


class Items(list[Any]):
    """A list in a text, with the line where it begins."""

    line: int = 1
    wrapped: bool = False
    """Whether it is a complete printed array, as in ``array([1, 2])``."""


@dataclass(frozen=True)
class Pasted:
    """One array of a text."""

    nested: Nested
    name: str = ""
    """The name before it, such as ``dW`` in ``dW = [[1, 2]]``; empty without a name."""
    dtype: str | None = None
    """float64, float32, float16 or bfloat16; None if the text names no arithmetic."""
    shape: tuple[int, ...] = field(default=())


@dataclass(frozen=True)
class Reading:
    """One reading of a text."""

    arrays: tuple[Pasted, ...]
    how: str = ""
    """The choice that it makes: «a comma for the decimal sign»; empty if there is no choice."""


DTYPES = {
    "float64": "float64", "double": "float64", "f64": "float64",
    "float32": "float32", "float": "float32", "single": "float32", "f32": "float32",
    "float16": "float16", "half": "float16", "f16": "float16",
    "bfloat16": "bfloat16", "bf16": "bfloat16",
}  # fmt: skip
"""The names that programs use for each arithmetic, in small letters."""


def dtype_of(word: str) -> str | None:
    """The arithmetic that a word of a printout names.

    >>> dtype_of("torch.float16"), dtype_of("Float32"), dtype_of("CPUHalfType"), dtype_of("int64")
    ('float16', 'float32', 'float16', None)
    """
    plain = word.lower().rpartition(".")[2].strip("'\"<>: ")
    for device in ("cpu", "cuda", "mps"):
        plain = plain.removeprefix(device)
    return DTYPES.get(plain.removesuffix("type"))


def pasted(nested: Nested, line: int, name: str = "", dtype: str | None = None) -> Pasted:
    """An array; refused if its lists differ in length or are nested too deep."""
    shape = _checked(nested, line, 1)
    return Pasted(nested, name, dtype, shape)


def _checked(items: Sequence[Any], line: int, depth: int) -> tuple[int, ...]:
    line = getattr(items, "line", line)
    if depth > MAX_DEPTH:
        refuse(line, f"lists may stand in each other at most {MAX_DEPTH} deep.")
    if not items:
        refuse(line, EMPTY)
    first: tuple[int, ...] | None = None
    for item in items:
        held = isinstance(item, list)
        shape = _checked(item, line, depth + 1) if held else ()
        at = getattr(item, "line", line)
        if first is None:
            first = shape
        elif bool(shape) != bool(first):
            refuse(at, "numbers and lists are mixed in one list.")
        elif shape != first:
            wrong = f"this list holds {_count(shape)}, but the first one {_count(first)}. "
            refuse(at, f"{wrong}All must be alike.")
    return (len(items), *(first or ()))


EMPTY = (
    "this array is empty: it needs at least one number. In Python, x[0:-0] is empty, for −0 is 0: "
    "where there is no padding, cut nothing off, or cut with x[p : p + rows]."
)


def _count(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return "1 number" if shape == (1,) else f"{shape[0]} numbers"
    return " × ".join(map(str, shape))


def scaled(nested: Any, power: int) -> Any:
    """Every number multiplied by a power of ten, without a change of its digits."""
    if isinstance(nested, Decimal):
        return nested.scaleb(power)
    return [scaled(each, power) for each in nested]
