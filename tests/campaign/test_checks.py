"""Hundreds of drawn networks, their backward passes written by hand, right and wrong, and judged.

The arrays come from ``plain_loops``, which shares no line with the engine or its catalogue.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pytest

from app.check.given import Place, from_array
from app.check.layouts import Owner, owner_of
from app.check.verdict import judge
from app.engine.mistakes import diagnose, given, made_array
from app.engine.mistakes.catalogue.whole import is_chosen
from tests.engine.drawn import chooses_alike, drawn_network
from tests.engine.drawn_lines import drawn_batch_of_lines, drawn_line
from tests.engine.plain_batches import WORDS_OF_BATCHES, alone, batch_gradients, drawn_batch
from tests.engine.plain_lines import WORDS_ALONG_ONE_AXIS
from tests.engine.plain_loops import WORDS, gradients

pytestmark = pytest.mark.campaign

MOST_MISSED = 0.01
"""Of the wrong arrays, whose true cause may be missing, or not the first that is named where no
other mistake gives them; of noise, that may get a name."""
FORMATS = (np.float64, np.float32, np.float16)


@dataclass(frozen=True)
class Drawn:
    """Networks of one example, or batches, with gradients written by hand."""

    name: str
    draw: partial[Any]
    gradients: Callable[..., Any]
    """(network, arithmetic, mistake) → {(layer, parameter or None): gradient}."""
    words: tuple[str, ...]
    """The mistakes that can be made."""
    alike: Callable[..., bool]
    """(network, arithmetic) → whether every winner and sign survives it."""

    def call(self, seed):
        """What draws this network again."""
        every = ", every=True" if self.draw.keywords else ""
        return f"{self.draw.func.__name__}({seed}{every})"


def each_chooses_alike(net, dtype):
    return all(chooses_alike(alone(net, at), dtype) for at in range(net.examples))


NETWORKS = Drawn("networks", partial(drawn_network, every=True), gradients, WORDS, chooses_alike)
BATCHES = Drawn(
    "batches", partial(drawn_batch, every=True), batch_gradients, (*WORDS, *WORDS_OF_BATCHES),
    each_chooses_alike,
)  # fmt: skip
LINES = Drawn(
    "networks along one axis", partial(drawn_line), gradients, WORDS_ALONG_ONE_AXIS, chooses_alike
)
BATCHES_OF_LINES = Drawn(
    "batches along one axis", partial(drawn_batch_of_lines), batch_gradients,
    (*WORDS_ALONG_ONE_AXIS, *WORDS_OF_BATCHES), each_chooses_alike,
)  # fmt: skip


@pytest.fixture(params=[NETWORKS, BATCHES, LINES, BATCHES_OF_LINES], ids=lambda drawn: drawn.name)
def drawn(request):
    return request.param


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


ORDERS: dict[Owner, dict[int, tuple[tuple[int, ...], ...]]] = {
    "cells": {2: ((1, 0),), 3: ((1, 2, 0),)},
    "batch": {2: ((1, 0),), 3: ((0, 2, 1), (1, 2, 0)), 4: ((0, 2, 3, 1), (1, 2, 3, 0))},
    "parameter": {2: ((1, 0),), 3: ((2, 1, 0),), 4: ((2, 3, 1, 0), (0, 2, 3, 1))},
}
EXAMPLES_LAST = (1, 2, 3, 0)


def stored(array, owner):
    """The layouts in which frameworks keep an array of so many axes."""
    if owner != "batch":
        yield array[None]
    for order in ORDERS[owner].get(array.ndim, ()):
        moved = array.transpose(order)
        # Sides of one length exchanged may be a missing transpose: nobody can tell.
        told_by_shape = squeezed(moved.shape) != squeezed(array.shape)
        of_maps = array.ndim == 4 and order != EXAMPLES_LAST
        if told_by_shape or of_maps or (array.ndim == 3 and owner != "batch"):
            yield moved
    if array.ndim > 1:
        yield array.ravel()


def squeezed(shape):
    return [n for n in shape if n != 1]


SATURATED = 1e-9
"""From 0 or 1, below which a probability keeps few digits of what it is short of 1."""


def is_saturated(trace):
    """Whether the loss divides by p(1 − p) where float64 itself has lost most of its digits."""
    p = trace.values[-1]
    cut = trace.network.head.name == "binary_cross_entropy"
    return cut and float(np.minimum(p, 1 - p).min()) < SATURATED


def test_no_right_array_is_called_wrong(drawn, seeds, figures):
    for seed in seeds:
        net, rng = drawn.draw(seed), np.random.default_rng(seed)
        trace = net.trace()
        figures.count(drawn.name)
        adds = any(layer.name == "add" for layer in net.layers)
        figures.count(f"{drawn.name} with a skip connection", adds)
        for dtype in FORMATS:
            with np.errstate(all="ignore"):
                alike = dtype is np.float64 or drawn.alike(net, dtype)
                right = drawn.gradients(net, dtype)
            for where, array in right.items():
                if not np.isfinite(array).all():
                    continue
                for how, numbers in ways_of_writing(rng, array):
                    name = np.dtype(dtype).name
                    found = told(trace, where, numbers, array.shape, name if how == name else None)
                    name = f"{drawn.name}, {name}"
                    if is_saturated(trace):
                        figures.count(f"{name}: of saturated probabilities")
                    if not alike:
                        figures.count(f"{name}: with a winner or sign turned", 1)
                        figures.count(f"{name}: of them told so", found.right)
                        continue
                    assert found.right, f"{drawn.call(seed)}, {name}, {where}, {how}"
                    figures.count(f"{name}: right arrays called right")


def test_a_right_array_is_right_in_any_layout(drawn, seeds, figures):
    for seed in seeds:
        trace = drawn.draw(seed).trace()
        for (layer, name), true in arrays_of(trace):
            place = Place(trace, layer, name, true.shape)
            for array in stored(true, owner_of(trace, name)):
                answer = judge(place, from_array(array, place))
                assert answer["right"], f"{drawn.call(seed)}, {layer, name}, {array.shape}"
                figures.count(f"{drawn.name}: right arrays in other layouts")


def test_nothing_beyond_the_stated_bound_is_right(drawn, seeds, figures):
    for seed in seeds:
        net, rng = drawn.draw(seed), np.random.default_rng(seed)
        trace = net.trace()
        for layer, true in enumerate(trace.gradients, start=-1):
            size = np.abs(true).max() or 1.0
            off = size * 10.0 ** rng.uniform(-9, 0)
            moved = true + off * rng.uniform(-1, 1, true.shape)
            for how, numbers in ways_of_writing(rng, moved):
                found = told(trace, (layer, None), numbers, true.shape)
                figures.count(f"{drawn.name}: arrays moved a little")
                figures.count(f"{drawn.name}: of them within the bound", found.right)
                if found.right:
                    beyond = np.abs(found.difference) > found.bound * (1 + 1e-9)
                    assert not beyond.any(), f"{drawn.call(seed)}, {layer}, {how}"


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


SAME = 1e-9
"""Of a number: two mistakes that agree so closely give the same figures."""
NOTHING = 1e-14
"""Of the right numbers: what is left of terms that cancel is no figure."""


def also_gives(trace, where, array, right, explanation):
    """Whether another mistake gives the very figures: one alone, its factor not made to fit."""
    (slip, *more) = explanation
    if more or (slip.amount is not None and not is_chosen(slip.amount)):
        return False
    made = made_array(trace, explanation, *where)
    same = SAME * np.abs(array).max() + NOTHING * np.abs(right).max()
    return made is not None and bool((np.abs(made - array) <= same).all())


def test_the_true_cause_is_named_and_first_where_the_numbers_single_it_out(drawn, seeds, figures):
    missed, later, tried, single, pairs = [], [], 0, 0, 0
    for seed in seeds:
        net = drawn.draw(seed)
        trace, right = net.trace(), drawn.gradients(net)
        if is_saturated(trace):
            figures.count(f"{drawn.name} left out, whose probabilities are saturated")
            continue
        for word in drawn.words:
            with np.errstate(all="ignore"):
                wrong = drawn.gradients(net, np.float64, word)
            for where, array in wrong.items():
                if not tells(word, trace, where, array, right[where]):
                    continue
                found = told(trace, where, array.ravel().tolist(), array.shape)
                if found.right:
                    figures.count(f"{drawn.name}: wrong arrays within the bound")
                    continue
                own = NAMES.get(word, {word.split(" by ")[0]})
                causes = [{slip.code for slip in some} for some in found.explanations]
                tried += 1
                pairs += bool(found.explanations) and len(found.explanations[0]) > 1
                is_named = any(codes & own for codes in causes)
                figures.share(
                    f"{drawn.name}: wrong arrays with their true cause among those named", is_named
                )
                if not is_named:
                    missed.append((seed, word, where, causes))
                    figures.count(f"missed: {word}, in {drawn.call(seed)}")
                others = [
                    some
                    for some, codes in zip(found.explanations, causes, strict=True)
                    if not codes & own and also_gives(trace, where, array, right[where], some)
                ]
                if others:
                    continue
                single += 1
                is_first = bool(causes) and bool(causes[0] & own)
                figures.share(
                    f"{drawn.name}: of those that no other mistake gives, with their true cause "
                    "named first",
                    is_first,
                )
                if not is_first:
                    later.append((seed, word, where, causes))
                    figures.count(f"not first: {word}, in {drawn.call(seed)}")
    figures.count(f"{drawn.name}: wrong arrays", tried)
    figures.count(f"{drawn.name}: of them explained by two mistakes only", pairs)
    assert len(missed) <= MOST_MISSED * tried, missed[:20]
    assert len(later) <= MOST_MISSED * single, later[:20]


def test_noise_and_single_errors_get_no_name(drawn, seeds, figures):
    named, tried = [], 0
    for seed in seeds:
        net, rng = drawn.draw(seed), np.random.default_rng(seed)
        trace = net.trace()
        for where, true in arrays_of(trace):
            if true.size < 4 or not true.any():
                continue
            size = np.abs(true).max()
            noisy = true + rng.normal(size=true.shape) * size * 10.0 ** rng.uniform(-2, 0)
            single = true.copy()
            at = tuple(rng.integers(0, n) for n in true.shape)
            single[at] += size * rng.uniform(0.2, 2) * rng.choice([-1, 1])
            for kind, wrong in (("noise", noisy), ("single errors", single)):
                found = told(trace, where, printed(wrong, 5, False), true.shape)
                if found.right:
                    continue
                tried += 1
                figures.count(f"{drawn.name}, {kind}: arrays")
                figures.count(
                    f"{drawn.name}, {kind}: of them with a name", bool(found.explanations)
                )
                if found.explanations:
                    codes = [[slip.code for slip in some] for some in found.explanations]
                    named.append((seed, kind, where, codes))
                    figures.count(f"named: {kind}, {codes[0]}, in {drawn.call(seed)}, {where}")
    assert len(named) <= MOST_MISSED * tried, named[:20]


def arrays_of(trace):
    for layer, true in enumerate(trace.gradients, start=-1):
        yield (layer, None), true
        for name, each in trace.parameters[layer].items() if layer >= 0 else ():
            yield (layer, name), each
