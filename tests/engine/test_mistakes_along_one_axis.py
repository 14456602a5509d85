"""Gradients along one axis in plain loops: right ones are right, and mistakes are named."""

from collections import Counter

import numpy as np
import pytest

from app.engine.layers import KINDS
from app.engine.mistakes import diagnose, given
from tests.engine.drawn import chooses_alike
from tests.engine.drawn_lines import drawn_batch_of_lines, drawn_line
from tests.engine.plain_batches import batch_gradients
from tests.engine.plain_lines import WORDS_ALONG_ONE_AXIS
from tests.engine.plain_loops import Run, gradients

SEEDS = range(32)
NAMES = {"reordered": {"reordered", "transposed"}}
"""What a mistake may be called besides its own name."""
OF_THE_ARRAY = {"scaled", "reordered"}
"""Mistakes that too few numbers do not show."""


def judged(trace, where, array):
    layer, parameter = where
    return diagnose(trace, layer, parameter, given(array.ravel().tolist(), array.shape))


def codes(found):
    return {slip.code for explanation in found.explanations for slip in explanation}


def test_the_drawn_networks_have_every_layer_along_one_axis():
    names = {layer.name for seed in SEEDS for layer in drawn_line(seed).layers}
    assert {name for name, kind in KINDS.items() if kind.axes == 1} <= names
    assert {"add", "linear", "prelu", "dropout", "relu"} <= names


@pytest.mark.parametrize("seed", SEEDS)
def test_plain_loops_give_the_engines_gradients(seed):
    net = drawn_line(seed)
    trace = net.trace()
    for (layer, name), array in gradients(net).items():
        true = trace.parameters[layer][name] if name else trace.gradients[layer + 1]
        size = np.abs(true).max() or 1.0
        np.testing.assert_allclose(array, true, rtol=1e-9, atol=1e-10 * size)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_right_gradients_are_right_in_any_arithmetic(dtype):
    tried = 0
    for seed in SEEDS:
        net = drawn_line(seed)
        if not chooses_alike(net, dtype):
            continue
        trace = net.trace()
        with np.errstate(all="ignore"):
            right = gradients(net, dtype)
        for where, array in right.items():
            if not np.isfinite(array).all():
                continue
            found = judged(trace, where, array.astype(np.float64))
            tried += 1
            assert found.right, (seed, where)
    assert tried > 200


def test_the_true_cause_is_among_those_named_in_any_network():
    missed, tried = [], Counter[str]()
    for seed in SEEDS:
        net = drawn_line(seed, most_layers=3)
        trace, right = net.trace(), gradients(net)
        for word in WORDS_ALONG_ONE_AXIS:
            with np.errstate(all="ignore"):
                wrong = Run(net, np.float64, word).backwards()
            for where, array in wrong.items():
                shows = not np.allclose(array, right[where], rtol=1e-9, atol=1e-12)
                few = word in OF_THE_ARRAY and len(set(np.abs(right[where]).ravel())) < 4
                if not shows or few or not np.isfinite(array).all():
                    continue
                found = judged(trace, where, array)
                tried[word] += 1
                if not found.right and not codes(found) & NAMES.get(word, {word}):
                    missed.append((seed, word, where))
    assert tried.keys() == set(WORDS_ALONG_ONE_AXIS)
    assert not missed


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_of_them_is_judged_as_its_examples_are(seed):
    net = drawn_batch_of_lines(seed)
    trace, right = net.trace(), batch_gradients(net)
    for where, array in right.items():
        assert judged(trace, where, array).right, where
    for word in ("unflipped", "stride_forgotten", "spread", "avg_undivided", "averaged",
                 "one_example", "examples_averaged"):  # fmt: skip
        for where, array in batch_gradients(net, np.float64, word).items():
            if not np.allclose(array, right[where], rtol=1e-9, atol=1e-12):
                found = judged(trace, where, array)
                assert found.right or word in codes(found), (word, where)


def test_what_only_maps_can_get_wrong_is_named_nowhere():
    for seed in SEEDS[:8]:
        net = drawn_line(seed)
        trace = net.trace()
        for where, array in Run(net, np.float64, "spread").backwards().items():
            assert not codes(judged(trace, where, array)) & {"winner_exchanged", "avg_by_side"}
