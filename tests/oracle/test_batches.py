"""Every figure of random batches equals PyTorch's, and the examples' own traces are their parts."""

import numpy as np
import pytest

from app.engine import windows
from app.engine.gradcheck import gradcheck
from app.engine.heads import KINDS as HEADS
from app.engine.layers import KINDS as LAYERS
from tests.oracle.documents import built
from tests.oracle.oracle import batch_of
from tests.oracle.test_networks import agree_closely, agree_to_the_bit


def test_exact_batches_agree_with_the_oracle_to_the_bit(oracle):
    for seed in oracle.batches(exact=True):
        try:
            agree_to_the_bit(batch_of(seed, exact=True), oracle)
        except AssertionError as error:
            error.add_note(f"batch_of({seed}, exact=True), held against {oracle.name}")
            raise


def test_drawn_batches_agree_with_the_oracle_closely(oracle):
    for seed in oracle.batches(exact=False):
        try:
            agree_closely(batch_of(seed, exact=False), oracle)
        except AssertionError as error:
            error.add_note(f"batch_of({seed}, exact=False), held against {oracle.name}")
            raise


def test_the_way_taken_for_large_maps_agrees_in_batches_too(oracle, monkeypatch):
    monkeypatch.setattr(windows, "SMALL", 0)
    for seed in list(oracle.batches(exact=True))[::3]:
        agree_to_the_bit(batch_of(seed, exact=True), oracle)


def test_the_batches_reach_every_layer_and_head(oracle):
    docs = [batch_of(seed, exact=False) for seed in oracle.batches(exact=False)]
    used = {layer["type"] for doc in docs for layer in doc["layers"]}
    used |= {doc["head"]["type"] for doc in docs}
    everything = LAYERS.keys() | HEADS.keys()
    if oracle.name == "PyTorch":
        assert used == everything
    assert {len(doc["input"]) for doc in docs} == {1, 2, 3, 4}


def test_finite_differences_agree_in_batches():
    for seed in range(60):
        report = gradcheck(built(batch_of(seed, exact=False)).trace())
        assert report.ok, seed


@pytest.mark.parametrize("exact", [True, False])
def test_an_example_of_a_batch_has_the_figures_of_its_network_alone(exact):
    for seed in range(60):
        trace = built(batch_of(seed, exact)).trace()
        examples = trace.network.examples
        alone = [trace.network.example(at).trace() for at in range(examples or 0)]
        for at, one in enumerate(alone):
            part = trace.example(at)
            for ours, theirs in zip(part.values, one.values, strict=True):
                np.testing.assert_allclose(ours, theirs, 1e-10, 1e-12)
            for ours, theirs in zip(part.gradients, one.gradients, strict=True):
                np.testing.assert_allclose(ours, theirs, 1e-9, 1e-11)
        if trace.loss is not None:
            assert sum(one.loss or 0.0 for one in alone) == pytest.approx(trace.loss, 1e-10, 1e-12)
        for i, parameters in enumerate(trace.parameters):
            for name, summed in parameters.items():
                parts = sum(one.parameters[i][name] for one in alone)
                np.testing.assert_allclose(parts, summed, 1e-9, 1e-11)
