"""The numbers of a trace as source text, and how closely another program can reproduce them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from app.engine.magnitudes import magnitudes
from app.engine.network import Trace
from app.engine.types import Array

RELATIVE = 1e-9
"""The largest relative difference between two programs' numbers."""
_SHARE = 1e-13
"""The largest difference of numbers whose terms cancel, relative to the largest Σ|terms|."""
_WHOLE = 2.0**26
_PART = 2.0**12
"""Sums of products of numbers below _WHOLE that are multiples of 1 / _PART are nearly always
exact, in any order."""


def literal(array: Any, indent: str = "") -> str:
    """Nested lists that read back as exactly these numbers, with one row per line."""
    array = np.asarray(array)
    if array.dtype == np.float64:
        array = array + 0.0  # no −0
    return _nested(array.tolist(), indent)


def line(start: str, array: Any, end: str = ")") -> str:
    """A line of code that goes on with an array, whose rows stand below each other."""
    return f"{start}{literal(array, ' ' * len(start))}{end}"


def check_line(name: str, computed: str, array: Any) -> str:
    """The line that compares what a script computes with the figures of the trace."""
    return line(f'check("{name}", {computed}, ', array)


def _nested(value: Any, indent: str) -> str:
    if not isinstance(value, list) or not isinstance(value[0], list):
        return repr(value)
    rows = f",\n{indent} ".join(_nested(each, indent + " ") for each in value)
    return f"[{rows}]"


def rounding(trace: Trace) -> tuple[float, float]:
    """How far two programs' values, and gradients, may differ where terms cancel.

    The programs may add in different orders anywhere in the network, and all later figures differ.
    """
    sizes = magnitudes(trace)
    of_parameters = [array for own in sizes.parameters for array in own.values()]
    return _share(sizes.values), _share([*sizes.gradients, *of_parameters])


def _share(sizes: list[Array]) -> float:
    limit = np.finfo(np.float64).max
    largest = np.max([array.max() for array in sizes])
    return _SHARE * float(np.nan_to_num(largest, nan=limit, posinf=limit))


def unsettled(trace: Trace) -> Iterator[int]:
    """The layers whose outputs decide a maximum, or the side of a ReLU, by less than rounding.

    There, a program that rounds differently may choose otherwise and get other gradients.
    """
    near, _ = rounding(trace)
    exact = True
    for i, layer in enumerate(trace.network.layers):
        if not exact and _decides_closely(trace, i, near):
            exact = True  # the script continues with the numbers of this trace
            yield i - 1
        if layer.rounding == "always":
            exact = False
        elif layer.rounding == "sums":
            read = [trace.values[source + 1] for source in trace.network.inputs_of(i)]
            involved = [*read, trace.values[i + 1], *layer.parameters.values()]
            exact = exact and all(map(_is_short, involved))


def _decides_closely(trace: Trace, i: int, near: float) -> bool:
    layers = trace.network.layers
    leads = layers[i].leads(trace.values[i])
    if leads is None:
        return False
    close = leads.by <= near
    if i:
        close &= ~np.isin(leads.values, layers[i - 1].exact_values)
    return bool(close.any())


def _is_short(array: Array) -> bool:
    """Whether sums of products of these numbers are exact."""
    with np.errstate(over="ignore"):
        parts = array * _PART
    return bool((np.abs(array) < _WHOLE).all() and (parts == np.rint(parts)).all())
