"""Every figure of random networks equals PyTorch's."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import windows
from app.engine.heads import KINDS as HEADS
from app.engine.layers import KINDS as LAYERS
from tests.oracle.answer import of_engine
from tests.oracle.documents import DRAWN, EVERY
from tests.oracle.oracle import document_of

CLEAR = 1e-9
"""Above this margin, rounding cannot make two correct engines choose different winners."""


def agree_to_the_bit(doc, oracle):
    ours, _ = of_engine(doc)
    theirs = oracle.answer(doc)
    assert ours.named.keys() == theirs.named.keys()
    for name, array in theirs.named.items():
        np.testing.assert_array_equal(ours.named[name], array, name)


def agree_closely(doc, oracle):
    """Stricter than 1e-12 + 1e-10·Σ|terms|: a figure is never larger than the sum of its terms."""
    ours, margin = of_engine(doc)
    theirs = oracle.answer(doc)
    kinds = {layer["type"] for layer in doc["layers"]}
    assert ours.named.keys() == theirs.named.keys()
    for name, array in theirs.named.items():
        # Only softplus jumps: elsewhere, values are alike on both sides of a choice.
        chosen = name.startswith(("gradient", "winners")) or "softplus" in kinds
        if margin > CLEAR or not chosen:
            np.testing.assert_allclose(ours.named[name], array, 1e-10, 1e-12, err_msg=name)
    return margin > CLEAR


@pytest.mark.parametrize("hundred", range(6))
def test_exact_networks_agree_with_the_oracle_to_the_bit(oracle, hundred):
    for seed in of_hundred(oracle.seeds(exact=True), hundred):
        try:
            agree_to_the_bit(document_of(seed, exact=True), oracle)
        except AssertionError as error:
            error.add_note(f"document_of({seed}, exact=True), held against {oracle.name}")
            raise


@pytest.mark.parametrize("hundred", range(6))
def test_drawn_networks_agree_with_the_oracle_closely(oracle, hundred):
    clear = []
    for seed in of_hundred(oracle.seeds(exact=False), hundred):
        try:
            clear.append(agree_closely(document_of(seed, exact=False), oracle))
        except AssertionError as error:
            error.add_note(f"document_of({seed}, exact=False), held against {oracle.name}")
            raise
    assert sum(clear) >= 0.8 * len(clear), "too few networks whose winners can be compared"


def of_hundred(seeds, hundred):
    """A record holds fewer seeds: what it holds is shared out evenly."""
    return list(seeds)[hundred::6]


def test_the_way_taken_for_large_maps_agrees_with_the_oracle_to_the_bit(oracle, monkeypatch):
    monkeypatch.setattr(windows, "SMALL", 0)
    for seed in of_hundred(oracle.seeds(exact=True), 0):
        agree_to_the_bit(document_of(seed, exact=True), oracle)


@pytest.mark.parametrize("exact", [True, False])
def test_the_seeds_reach_every_layer_head_and_option(oracle, exact):
    docs = [document_of(seed, exact) for seed in oracle.seeds(exact)]
    layers = [layer for doc in docs for layer in doc["layers"]]
    used = {layer["type"] for layer in layers} | {doc["head"]["type"] for doc in docs}
    rounded = {"cross_entropy", "smooth_l1", "huber"} | {n for n in HEADS if n.startswith("binary")}
    inexact = {*rounded, *(name for name in EVERY if DRAWN[name].rounds)}
    assert used == (LAYERS.keys() | HEADS.keys()) - (inexact if exact else set())
    for kind, option in [
        ("conv2d", "groups"), ("conv2d", "stride"), ("conv2d", "padding"),
        ("conv2d", "dilation"), ("conv2d", "bias"),
        ("linear", "bias"), ("max_pool2d", "stride"), ("max_pool2d", "padding"),
        ("max_pool2d", "dilation"), ("avg_pool2d", "stride"), ("avg_pool2d", "padding"),
    ]:  # fmt: skip
        assert {layer.get(option) is None for layer in layers if layer["type"] == kind} == {
            True,
            False,
        }
    for kind, option, n in [
        ("leaky_relu", "negative_slope", 3), ("hardtanh", "min_val", 3), ("hardtanh", "max_val", 3),
        *([] if exact else [("elu", "alpha", 4), ("gelu", "approximate", 3),
                            ("softplus", "beta", 3), ("softplus", "threshold", 4)]),
    ]:  # fmt: skip
        values = {layer.get(option) for layer in layers if layer["type"] == kind}
        assert len(values) >= n, (kind, option, values)
    chosen = {
        (kind, option): {each.get(option) for each in layers if each["type"] == kind}
        for kind in LAYERS
        for option in ("ties", "ceil_mode", "count_include_pad", "padding_mode")
    }
    assert chosen["max_pool2d", "ties"] >= {"first", "last", "split", "all"}
    assert chosen["max_pool2d", "ceil_mode"] >= {True, False}
    assert chosen["avg_pool2d", "ceil_mode"] >= {True, False}
    assert chosen["avg_pool2d", "count_include_pad"] >= {True, False}
    assert chosen["conv2d", "padding_mode"] >= {"zeros", "reflect", "replicate"}
    kinds = [[layer["type"] for layer in doc["layers"]] for doc in docs]
    follows = {pair for each in kinds for pair in pairwise(each)}
    assert {("max_pool2d", "avg_pool2d"), ("conv2d", "conv2d"), ("linear", "linear")} <= follows
    assert ["max_pool2d"] in kinds
    assert any(not isinstance(doc["input"][0], list) for doc in docs)


@given(st.data())
def test_exact_networks_drawn_by_hypothesis_agree_to_the_bit(oracle, data):
    agree_to_the_bit(data.draw(oracle.networks(exact=True)), oracle)


@given(st.data())
def test_other_networks_drawn_by_hypothesis_agree_closely(oracle, data):
    agree_closely(data.draw(oracle.networks(exact=False)), oracle)
