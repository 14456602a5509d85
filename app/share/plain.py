"""JSON in its shortest form; the browser writes the same text (static/js/sharing/plain.js)."""

import json
import math
from typing import Any

_EXACT = 2**53
"""float64 does not hold all whole numbers beyond this."""


def text(value: Any) -> str:
    """JSON without spaces, with sorted fields, and with numbers written by ``number``.

    Raises:
        ValueError: a number has no form in JSON or in float64.
        RecursionError: the value is nested too deep.
    """
    if isinstance(value, dict):
        fields = sorted(value.items())
        return "{" + ",".join(f"{_string(name)}:{text(each)}" for name, each in fields) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(text, value)) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return _string(value) if isinstance(value, str) else number(value)


def number(x: float) -> str:
    """The shortest text that JSON reads back as the same double.

    >>> number(0.5), number(-1200000), number(1e-4), number(100), number(-0.0)
    ('0.5', '-12e5', '1e-4', '100', '0')
    """
    x = float(x)
    if not math.isfinite(x):
        raise ValueError(repr(x))
    if x == 0:
        return "0"
    mantissa, _, power = repr(abs(x)).partition("e")
    whole, _, part = mantissa.partition(".")
    figures = (whole + part).rstrip("0")
    exponent = int(power or 0) + len(whole) - len(figures)
    digits = figures.lstrip("0")
    short = f"{digits}e{exponent}"
    if exponent >= 0:
        plain = digits + "0" * exponent
    elif len(digits) + exponent > 0:
        plain = f"{digits[:exponent]}.{digits[exponent:]}"
    else:
        plain = f"0.{'0' * (-exponent - len(digits))}{digits}"
    return ("-" if x < 0 else "") + (short if len(short) < len(plain) else plain)


def parse(written: str) -> Any:
    """JSON → values; whole numbers become integers, in whatever form they are written.

    Raises:
        ValueError: the text is not JSON, or float64 does not hold one of its numbers.
        RecursionError: the value is nested too deep.
    """
    return json.loads(written, parse_float=_whole, parse_int=_whole, parse_constant=_no_number)


def _whole(written: str) -> float | int:
    x = float(written)
    if not math.isfinite(x):
        _no_number(written)
    return int(x) if x.is_integer() and abs(x) < _EXACT else x


def _no_number(written: str) -> None:
    raise ValueError(written[:20])


def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
