"""Pools whose windows differ in size, divisors that are given, and windows larger than the map."""

from functools import partial

import numpy as np
import pytest

from app.engine.layers import AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool2d, MaxPool2d
from app.engine.margins import margins
from app.engine.receipt import Cell, receipt_of
from app.engine.types import Misfit
from app.text import sentences
from tests.networks import network


def adaptive_max(*out):
    return partial(AdaptiveMaxPool2d, output_size=out)


def adaptive_avg(*out):
    return partial(AdaptiveAvgPool2d, output_size=out)


def test_adaptive_windows_share_cells_where_the_map_cannot_be_cut_evenly():
    trace = network([[[1, 2, 4, 8, 16]]], adaptive_avg(1, 3), gradient=[[[6, 6, 6]]]).trace()
    # Cells 0–1, 1–3 and 3–4.
    assert trace.values[1].tolist() == [[[1.5, 14 / 3, 12]]]
    assert trace.gradients[0].tolist() == [[[3, 5, 2, 5, 3]]]
    assert receipt_of(trace, Cell(-1, 1)).factors.tolist() == [1 / 2, 1 / 3]


def test_there_may_be_more_adaptive_windows_than_cells():
    trace = network([[[5, 7]]], adaptive_max(1, 3), gradient=[[[1, 10, 100]]]).trace()
    assert trace.values[1].tolist() == [[[5, 7, 7]]]
    assert trace.gradients[0].tolist() == [[[1, 110]]]


def test_the_global_average_is_the_adaptive_one_with_one_window():
    trace = network([[[1, 2], [3, 6]]], adaptive_avg(1, 1), gradient=[[[8]]]).trace()
    assert trace.values[1].tolist() == [[[3]]]
    assert trace.gradients[0].tolist() == [[[2, 2], [2, 2]]]


def test_a_cell_that_another_beats_in_an_adaptive_window_has_lost():
    trace = network([[[3, 9, 4, 9]]], adaptive_max(1, 2), gradient=[[[2, 5]]]).trace()
    assert receipt_of(trace, Cell(-1, 0)).zero == "lost"
    assert trace.network.layers[0].winners(trace.tapes[0]).tolist() == [[[1, 3]]]
    assert margins(trace, 0).margin.tolist() == [[[6, 5]]]
    assert margins(trace, 0).runner_up.tolist() == [[[0, 2]]]


def test_an_adaptive_tie_goes_to_the_first():
    trace = network([[[9, 9], [9, 9]]], adaptive_max(1, 1), gradient=[[[1]]]).trace()
    assert trace.gradients[0].tolist() == [[[1, 0], [0, 0]]]


def test_a_given_divisor_takes_the_place_of_the_number_of_cells():
    pool = partial(AvgPool2d, kernel=(2, 2), divisor_override=3)
    trace = network([[[1, 2], [3, 6]]], pool, gradient=[[[6]]]).trace()
    assert trace.values[1].tolist() == [[[4]]]
    assert trace.gradients[0].tolist() == [[[2, 2], [2, 2]]]
    receipt = receipt_of(trace, Cell(-1, 0))
    assert "divides the sum by 3" in sentences.sentence(trace, receipt)
    assert "divided by a given number" in sentences.making(trace, Cell(0, 0))


@pytest.mark.parametrize("kind", [MaxPool2d, AvgPool2d])
def test_with_ceil_mode_a_window_may_be_larger_than_its_input(kind):
    pool = partial(kind, kernel=(2, 2), ceil_mode=True)
    trace = network([[[5]]], pool, gradient=[[[3]]]).trace()
    assert trace.values[1].tolist() == [[[5]]]
    assert trace.gradients[0].tolist() == [[[3]]]
    with pytest.raises(Misfit, match="Use a smaller window"):
        kind((1, 1, 1), (2, 2))
    with pytest.raises(Misfit, match="Use a smaller window"):
        kind((1, 1, 1), (4, 4), stride=(2, 2), ceil_mode=True)


def test_many_adaptive_windows_are_found_without_asking_each():
    pool = AdaptiveAvgPool2d((1, 3, 2), (900, 700))
    _, tape = pool.forward(np.arange(6.0).reshape(1, 3, 2))
    found = pool.contributions_to(tape, np.array([3]))
    assert len(found.outputs) == 300 * 350
    assert (found.derivatives == 1).all()
