"""Networks are built within limits of work; what exceeds them, or overflows, is refused."""

from typing import Any

import pytest

from app.document.building import (
    MAX_CELLS,
    MAX_MULTIPLY_ADDS,
    MAX_WINDOW_READS,
    build,
    overflows_refused,
)
from app.document.document import Document, Refusal
from app.engine.types import Overflow
from tests.document.test_document import GOOD, WEIGHT, changed, problems_of, with_layer, zeros

LIMITS: dict[str, Any] = {
    "cells of padding": (
        {"type": "conv2d", "weight": zeros(1, 1, 1, 1), "padding": 4096}, zeros(1, 1, 1), "cells",
    ),
    "window reads": (
        {"type": "max_pool2d", "kernel": 60, "stride": 1}, zeros(1, 120, 120), "window reads",
    ),
    "multiply-adds": (
        {"type": "conv2d", "weight": zeros(4000, 1, 3, 3), "stride": 1}, zeros(1, 102, 102),
        "cells",
    ),
    "products": (
        {"type": "conv2d", "weight": zeros(1900, 2, 9, 9)}, zeros(2, 40, 40), "multiply-adds",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LIMITS)
def test_a_limit_on_the_whole_work_says_its_number(case):
    layer, x, what = LIMITS[case]
    [(place, said)] = problems_of(with_layer(layer, x=x))
    assert place == ("layers", 0)
    limit = {
        "cells": MAX_CELLS,
        "window reads": MAX_WINDOW_READS,
        "multiply-adds": MAX_MULTIPLY_ADDS,
    }[what]
    assert f"{what}, and the limit is {limit:,}" in said


def test_limits_add_up_over_layers():
    layers = [{"type": "max_pool2d", "kernel": 3, "stride": 1, "padding": 1}] * 64
    doc = {**with_layer(None, x=zeros(1, 180, 180)), "layers": layers}
    [(place, said)] = problems_of(doc)
    assert place[0] == "layers"
    assert 10 < int(place[1]) < 64
    assert "limit" in said


def test_an_input_that_is_too_large_is_refused():
    doc = with_layer({"type": "relu"}, x=zeros(1, 1000, 2001))
    [(place, said)] = problems_of(doc)
    assert place == ("input",)
    assert f"{MAX_CELLS:,}" in said


def test_three_channels_of_64_with_two_convolutions_of_32_and_64_are_admitted():
    doc = {
        "input": zeros(3, 64, 64),
        "layers": [
            {"type": "conv2d", "weight": zeros(32, 3, 5, 5), "padding": 2},
            {"type": "relu"},
            {"type": "conv2d", "weight": zeros(64, 32, 5, 5), "padding": 2},
            {"type": "relu"},
            {"type": "max_pool2d", "kernel": 2},
        ],
        "head": {"type": "mse", "target": zeros(64, 32, 32)},
    }
    assert build(Document.model_validate(doc)).shape_of(4) == (64, 32, 32)


def test_an_overflow_names_its_layer():
    doc = changed(GOOD, ((*WEIGHT, 0, 0, 0, 0), 1e308))
    [(place, said)] = problems_of(doc)
    assert place == ("layers", 0)
    assert said.startswith("At Convolution, a value grows beyond")
    network = build(Document.model_validate(GOOD))
    with pytest.raises(Refusal) as refusal, overflows_refused(network):
        raise Overflow(None, "the loss")
    [(place, said)] = refusal.value.problems
    assert place == ("head",)
    assert said.startswith("At the outputs, the loss grows beyond")
