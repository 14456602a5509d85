"""Hundreds of drawn networks, their backward passes written by hand, right and wrong, and judged.

The arrays come from ``plain_loops``, which shares no line with the engine or its catalogue.
"""

from decimal import Decimal

import numpy as np
import pytest

from app.check.answers import judge
from app.check.given import Place, from_array
from app.engine.mistakes import diagnose, given
from tests.engine.drawn import chooses_alike, drawn_network
from tests.engine.plain_loops import WORDS, Run, gradients

pytestmark = pytest.mark.campaign

MOST_MISSED = 0.01
"""Of the wrong arrays, whose true cause may be missing; of noise, that may get a name."""
FORMATS = (np.float64, np.float32, np.float16)


def printed(array, digits, fixed):
    """As programs print an array: with so many significant digits, or decimals."""
    if not fixed:
        return [Decimal(f"{x:.{digits - 1}e}") for x in array.ravel().tolist()]
    return [Decimal(f"{x:.{digits}f}") for x in array.ravel().tolist()]


def told(trace, where, numbers, shape, dtype=None):
    return diagnose(trace, where[0], where[1], given(numbers, shape, dtype))


def ways_of_writing(rng, array):
    """The array itself, and printed with 3 to 17 digits in both ways."""
    yield array.dtype.name, array.astype(np.float64).ravel().tolist()
    digits = int(rng.integers(3, 18))
    yield f"{digits} digits", printed(array, digits, False)
    # With so many decimals the largest number still has three digits.
    least = 3 - int(np.floor(np.log10(np.abs(array).max() or 1.0)))
    decimals = max(least, int(rng.integers(1, 17)))
    yield f"{decimals} decimals", printed(array, min(decimals, 40), True)


def stored(array):
    """The layouts in which frameworks keep an array of so many axes."""
    yield array[None]
    orders = {2: ((1, 0),), 3: ((1, 2, 0),), 4: ((2, 3, 1, 0), (0, 2, 3, 1))}
    for order in orders.get(array.ndim, ()):
        # Two sides of one length exchanged may be a missing transpose: nobody can tell.
        if array.ndim > 2 or array.shape[0] != array.shape[1]:
            yield array.transpose(order)
    if array.ndim > 1:
        yield array.ravel()


SATURATED = 1e-9
"""From 0 or 1, below which a probability keeps few digits of what it is short of 1."""


def is_saturated(trace):
    """Whether the loss divides by p(1 − p) where float64 itself has lost most of its digits."""
    p = trace.values[-1]
    cut = trace.network.head.name == "binary_cross_entropy"
    return cut and float(np.minimum(p, 1 - p).min()) < SATURATED


def test_no_right_array_is_called_wrong(seeds, figures):
    for seed in seeds:
        net, rng = drawn_network(seed, every=True), np.random.default_rng(seed)
        trace = net.trace()
        for dtype in FORMATS:
            with np.errstate(all="ignore"):
                alike = dtype is np.float64 or chooses_alike(net, dtype)
                right = gradients(net, dtype)
            for where, array in right.items():
                if not np.isfinite(array).all():
                    continue
                for how, numbers in ways_of_writing(rng, array):
                    name = np.dtype(dtype).name
                    found = told(trace, where, numbers, array.shape, name if how == name else None)
                    if is_saturated(trace):
                        figures.count(f"{name}: of saturated probabilities")
                    if not alike:
                        figures.count(f"{name}: with a winner or sign turned", 1)
                        figures.count(f"{name}: of them told so", found.right)
                        continue
                    assert found.right, f"drawn_network({seed}, every=True), {name}, {where}, {how}"
                    figures.count(f"{name}: right arrays called right")


def test_a_right_array_is_right_in_any_layout(seeds, figures):
    for seed in seeds:
        trace = drawn_network(seed, every=True).trace()
        for layer in range(-1, len(trace.network.layers)):
            names = [None, *(trace.network.layers[layer].parameters if layer >= 0 else ())]
            for name in names:
                true = trace.parameters[layer][name] if name else trace.gradients[layer + 1]
                place = Place(trace, layer, name, true.shape)
                for array in stored(true):
                    answer = judge(place, from_array(array, place))
                    assert answer["right"], (
                        f"drawn_network({seed}, every=True), {layer, name}, {array.shape}"
                    )
                    figures.count("right arrays in other layouts")


def test_nothing_beyond_the_stated_bound_is_right(seeds, figures):
    for seed in seeds:
        net, rng = drawn_network(seed, every=True), np.random.default_rng(seed)
        trace = net.trace()
        for layer, true in enumerate(trace.gradients, start=-1):
            size = np.abs(true).max() or 1.0
            off = size * 10.0 ** rng.uniform(-9, 0)
            moved = true + off * rng.uniform(-1, 1, true.shape)
            for how, numbers in ways_of_writing(rng, moved):
                found = told(trace, (layer, None), numbers, true.shape)
                figures.count("arrays moved a little")
                figures.count("of them within the bound", found.right)
                if found.right:
                    beyond = np.abs(found.difference) > found.bound * (1 + 1e-9)
                    assert not beyond.any(), f"drawn_network({seed}, every=True), {layer}, {how}"


NAMES = {"reordered": {"reordered", "transposed"}}
"""What a mistake may be called besides its own name."""
FOUND_FROM_THE_NUMBERS = ("scaled", "weight_decay", "stepped", "clipped by value",
                          "clipped by norm", "reordered")  # fmt: skip
FEWEST = 3


def tells(word, trace, where, array, right):
    """Whether an array shows its mistake at all."""
    if not np.isfinite(array).all() or np.allclose(array, right, rtol=1e-9, atol=1e-12):
        return False
    if word == "activation_missing" and trace.network.head.name == "binary_cross_entropy":
        return False  # without a sigmoid, its loss is not defined
    if word == "clipped by value":  # a single number at the bound may be an error of its own
        over, within = (
            (np.abs(array) != np.abs(right)).sum(),
            ((array == right) & (right != 0)).sum(),
        )
        return over >= (2 if within else FEWEST)
    if word == "weight_decay":  # it is found from the weights
        right = trace.network.layers[where[0]].parameters[where[1]]
    if word in FOUND_FROM_THE_NUMBERS:
        return len(set(np.abs(right[right != 0]).round(12))) >= FEWEST
    return True


def test_the_true_cause_is_among_those_named(seeds, figures):
    missed, tried, pairs = [], 0, 0
    for seed in seeds:
        net = drawn_network(seed, every=True)
        trace, right = net.trace(), gradients(net)
        if is_saturated(trace):
            figures.count("networks left out, whose probabilities are saturated")
            continue
        for word in WORDS:
            with np.errstate(all="ignore"):
                wrong = Run(net, np.float64, word).backwards()
            for where, array in wrong.items():
                if not tells(word, trace, where, array, right[where]):
                    continue
                found = told(trace, where, array.ravel().tolist(), array.shape)
                if found.right:
                    figures.count("wrong arrays within the bound")
                    continue
                codes = {slip.code for some in found.explanations for slip in some}
                tried += 1
                pairs += bool(found.explanations) and len(found.explanations[0]) > 1
                if not codes & NAMES.get(word, {word.split(" by ")[0]}):
                    missed.append((seed, word, where, sorted(codes)))
                    figures.count(f"missed: {word}")
    figures.count("wrong arrays", tried)
    figures.count("of them without their cause", len(missed))
    figures.count("of them explained by two mistakes only", pairs)
    assert len(missed) <= MOST_MISSED * tried, missed[:20]


def test_noise_and_single_errors_get_no_name(seeds, figures):
    named, tried = [], 0
    for seed in seeds:
        net, rng = drawn_network(seed, every=True), np.random.default_rng(seed)
        trace = net.trace()
        for where, true in arrays_of(trace):
            if true.size < 4 or not true.any():
                continue
            size = np.abs(true).max()
            noisy = true + rng.normal(size=true.shape) * size * 10.0 ** rng.uniform(-2, 0)
            single = true.copy()
            at = tuple(rng.integers(0, n) for n in true.shape)
            single[at] += size * rng.uniform(0.2, 2) * rng.choice([-1, 1])
            for kind, wrong in (("noise", noisy), ("single", single)):
                found = told(trace, where, printed(wrong, 5, False), true.shape)
                if found.right:
                    continue
                tried += 1
                figures.count(f"{kind}: arrays")
                figures.count(f"{kind}: of them with a name", bool(found.explanations))
                if found.explanations:
                    named.append(
                        (seed, kind, where, [[s.code for s in e] for e in found.explanations])
                    )
    assert len(named) <= MOST_MISSED * tried, named[:20]


def arrays_of(trace):
    for layer, true in enumerate(trace.gradients, start=-1):
        yield (layer, None), true
        for name, each in trace.parameters[layer].items() if layer >= 0 else ():
            yield (layer, name), each
