"""Recognises finite differences in a given array, which are as exact as a difference can be.

The error of a difference over a step h can be computed by taking the same difference here. An array
is recognised if its errors are those of one scheme and step, and this step is then named.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.engine.layers import reaching
from app.engine.mistakes.digits import Given
from app.engine.mistakes.precision import FLOAT64
from app.engine.network import Trace
from app.engine.types import Array

Scheme = Literal["central", "forward", "backward", "one-sided"]
SCHEMES: tuple[Scheme, ...] = ("central", "forward", "backward")
STEPS = (1e-2, 1e-3, 1e-4, 1e-5, 6.055454452393343e-06, 1e-6, 1e-7, 1.4901161193847656e-08, 1e-8)
"""The steps that people choose; libraries choose ∛ε and √ε."""
MAX_SHARE = 1e-2
"""The largest error of a finite difference, as a share of the largest gradient."""
MAX_NOISE = 1e-5
"""The largest random error, as a share of the largest gradient: more noise would fit any array."""
FEWEST_DIGITS = 6
"""The fewest significant digits in which the error of a difference is visible."""
FEWEST_DIGITS_FLOAT32 = 4
"""The same for differences of a loss in float32, whose errors are far larger."""
MAX_TRIED = 12
"""The most cells whose differences are computed; the other cells only must be as close."""
MAX_WORK = 200_000_000
"""The most numbers handled to compute them; a network that needs more is not tried."""
FLOAT32_SHARE = 2.0**-22
"""Of a quotient in float32, that its own rounding and that of the step may change."""
MAX_SLACK = 0.1
"""Of a unit of the loss's last digit, by which a number may miss a multiple of it."""
FEWEST_UNITS = 6
"""Numbers that must be multiples: as many are so by chance once in 250,000 times."""
MAX_SHARE_FLOAT32 = 0.2
"""Of the largest gradient, that rounding may reach with a step that people take in float32."""
NOISE = 64.0
"""How many roundings of the loss a difference may contain."""


@dataclass(frozen=True)
class FiniteDifferences:
    """A scheme and a step."""

    scheme: Scheme
    step: float
    bound: float
    """How far a number may be off with this scheme and step."""
    arithmetic: Literal["float64", "float32"] = "float64"
    """The arithmetic of the loss."""


def finite_differences(
    trace: Trace, layer: int, parameter: str | None, given: Given
) -> FiniteDifferences | None:
    """The scheme and step that give an array; None if no usual scheme and step does."""
    true = trace.gradients[layer + 1] if parameter is None else trace.parameters[layer][parameter]
    with np.errstate(over="ignore"):
        largest, off = float(np.abs(true).max()), np.abs(given.array - true)
    half = given.half(true)
    everywhere = np.count_nonzero(off > half) * 2 >= np.count_nonzero(true)
    if not (largest > 0 and everywhere):
        return None
    if given.significant < FEWEST_DIGITS_FLOAT32:
        return None
    if in_float32 := _in_float32(trace, given.array, off, half, largest):
        return in_float32
    if given.significant < FEWEST_DIGITS:
        return None
    if float(off.max()) > MAX_SHARE * largest:
        return None
    if (2 * MAX_TRIED * len(STEPS) + 1) * _work(trace, layer) > MAX_WORK:
        return None
    objective, x = _objective(trace, layer, parameter)
    furthest = np.argsort((half - off).ravel(), kind="stable")[: MAX_TRIED // 2].tolist()
    spaced = np.linspace(0, true.size - 1, MAX_TRIED - len(furthest)).astype(int).tolist()
    cells = list(dict.fromkeys([*furthest, *spaced]))
    written, right = given.array.reshape(-1)[cells], true.reshape(-1)[cells]
    here, size = objective(x)
    fitting: list[tuple[float, FiniteDifferences]] = []
    for step in STEPS:
        up, down = (
            np.array([objective(_moved(x, at, by))[0] for at in cells]) for by in (step, -step)
        )
        quotients: dict[Scheme, Array] = {
            "central": (up - down) / (2 * step),
            "forward": (up - here) / step,
            "backward": (here - down) / step,
        }
        noise = NOISE * FLOAT64.unit * size / step
        for scheme, quotient in quotients.items():
            bound = noise + 2 * float(np.abs(quotient - right).max())
            apart = np.abs(written - quotient)
            close = (apart <= noise + half.reshape(-1)[cells]).all()
            if (
                bound <= MAX_SHARE * largest
                and noise <= MAX_NOISE * largest
                and close
                and (off <= bound + half).all()
            ):
                fitting.append((float(apart.sum()), FiniteDifferences(scheme, step, bound)))
    return min(fitting, key=lambda each: each[0])[1] if fitting else None


def _in_float32(
    trace: Trace, written: Array, off: Array, half: Array, largest: float
) -> FiniteDifferences | None:
    """Differences of a loss in float32, whose roundings nobody can repeat.

    But a difference of two such numbers is a whole number of units of their last digit, so the
    numbers, times the step, are multiples of it. By chance, few arrays are.
    """
    loss = abs(trace.loss if trace.loss is not None else _sum_of_outputs(trace))
    if not loss or loss > float(np.finfo(np.float32).max):
        return None
    last = float(np.spacing(np.float32(loss)))
    ways: list[tuple[float, Scheme, float]] = [
        *((step, "one-sided", step) for step in STEPS),
        *((2 * step, "central", step) for step in STEPS),
    ]
    for unit in (last, 0.5 * last):  # below a power of two, it is half as large
        # What is a multiple for a step is one for larger steps too: the smallest one counts.
        for width, scheme, step in sorted(ways):
            # What leaves float64 here has so many units that it does not tell.
            with np.errstate(over="ignore", invalid="ignore"):
                units = written * width / unit
                slack = np.abs(units) * FLOAT32_SHARE + half * width / unit
                apart = np.abs(units - np.round(units))
            informative = (slack <= MAX_SLACK) & (written != 0)
            bound = NOISE * last / width
            if (
                np.count_nonzero(informative) >= FEWEST_UNITS
                and bound <= MAX_SHARE_FLOAT32 * largest
                and (off <= bound + half).all()
                and (apart <= slack + 0.5 * MAX_SLACK)[informative].all()
            ):
                return FiniteDifferences(scheme, step, bound, "float32")
    return None


def _sum_of_outputs(trace: Trace) -> float:
    with np.errstate(all="ignore"):
        return float((trace.values[-1] * trace.gradients[-1]).sum())


def _moved(x: Array, at: int, by: float) -> Array:
    moved = x.copy()
    moved.reshape(-1)[at] += by
    return moved


def _objective(
    trace: Trace, layer: int, parameter: str | None
) -> tuple[Callable[[Array], tuple[float, float]], Array]:
    """(array → (the objective, Σ|its terms|), the array)."""
    network, head = trace.network, trace.network.head

    def run(array: Array) -> tuple[float, float]:
        outputs = trace.values[: layer + 1]
        outputs += [array] if parameter is None else []
        for i in range(layer + (parameter is None), len(network.layers)):
            each = network.layers[i]
            if i == layer and parameter is not None:
                each = each.with_parameter(parameter, array)
            outputs.append(each.forward(reaching(each, i, outputs))[0])
        x = outputs[-1]
        start = head.start(x)
        if start.loss is not None:
            return start.loss, abs(start.loss) + 1.0
        terms = x * start.gradient
        return float(terms.sum()), float(np.abs(terms).sum())

    own = trace.values[layer + 1]
    if parameter is not None:
        own = network.layers[layer].parameters[parameter]
    return run, own


def _work(trace: Trace, layer: int) -> int:
    one = sum(each.multiply_adds + each.cells for each in trace.network.layers[max(layer, 0) :])
    return one * (trace.network.examples or 1)
