"""The products of each receipt add up to the gradient."""

import math

import numpy as np
import pytest
from hypothesis import given

from app.engine.receipt import (
    EPSILON,
    Cell,
    input_multiplied,
    reads,
    receipt_of,
    shape_of,
    value_and_gradient,
)
from tests.networks import conv, founding_question, linear, network, pool_convolution
from tests.oracle.documents import built, documents


def every_cell(trace):
    for layer in range(-1, len(trace.network.layers)):
        for at in range(math.prod(trace.network.shape_of(layer))):
            yield Cell(layer, at)
    for layer, own in enumerate(trace.network.layers):
        for name, array in own.parameters.items():
            for at in range(array.size):
                yield Cell(layer, at, name)


def check_receipt(trace, cell):
    receipt = receipt_of(trace, cell)
    assert (receipt.value, receipt.gradient) == value_and_gradient(trace, cell)
    n = len(receipt.products)
    assert (
        n
        == len(receipt.sources)
        == len(receipt.upstream)
        == len(receipt.factors)
        == len(receipt.zeros)
    )
    np.testing.assert_array_equal(receipt.products, receipt.upstream * receipt.factors)
    bound = 8 * n * EPSILON * math.fsum(abs(receipt.products))
    assert abs(math.fsum(receipt.products) - receipt.gradient) <= bound
    for product, zero in zip(receipt.products, receipt.zeros, strict=True):
        assert (zero is None) == (product != 0)
    # The paying cells are those of the trace.
    for reader in receipt.readers:
        terms = receipt.terms_from(reader)
        upstream = trace.gradients[reader.layer + 1].ravel()[receipt.sources[terms]]
        np.testing.assert_array_equal(receipt.upstream[terms], upstream)


@pytest.mark.parametrize("question", [founding_question, pool_convolution])
def test_every_receipt_of_the_worked_examples_sums_to_its_gradient(question):
    trace = question().trace()
    for cell in every_cell(trace):
        check_receipt(trace, cell)


@given(documents(exact=False))
def test_every_receipt_of_any_network_sums_to_its_gradient(doc):
    trace = built(doc).trace()
    for cell in every_cell(trace):
        check_receipt(trace, cell)


@given(documents(exact=True))
def test_where_sums_are_exact_it_sums_to_it_to_the_bit(doc):
    trace = built(doc).trace()
    for cell in every_cell(trace):
        receipt = receipt_of(trace, cell)
        assert receipt.products.sum() == receipt.gradient


@given(documents(exact=False))
def test_every_value_is_the_sum_of_what_it_reads(doc):
    trace = built(doc).trace()
    for layer, own in enumerate(doc["layers"]):
        if own["type"] not in ("conv2d", "linear", "avg_pool2d", "identity", "relu", "add"):
            continue  # not a sum of value × local derivative, or not a cell of its own
        for at, value in enumerate(trace.values[layer + 1].ravel()):
            read = reads(trace, Cell(layer, at))
            assert read is not None
            total = math.fsum(read.values * read.factors) + (read.bias or 0)
            assert total == pytest.approx(value, 1e-10, 1e-12)


def test_the_receipt_looks_through_flatten():
    trace = founding_question().trace()
    assert receipt_of(trace, Cell(2, 0)).source == 4
    assert receipt_of(trace, Cell(3, 0)).source == 4
    assert receipt_of(trace, Cell(2, 0)).products.tolist() == [1, -3, 1.5]


def test_the_last_layer_is_paid_by_the_head():
    trace = founding_question().trace()
    receipt = receipt_of(trace, Cell(4, 2))
    assert receipt.source is None
    assert (receipt.sources.tolist(), receipt.upstream.tolist(), receipt.factors.tolist()) == (
        [2],
        [6],
        [1],
    )


def test_terms_are_listed_even_where_their_upstream_is_0():
    trace = founding_question().trace()
    receipt = receipt_of(trace, Cell(-1, 3 * 5 + 2))
    assert receipt.gradient == 0
    assert len(receipt.products) == 4
    assert receipt.zeros == ["upstream"] * 4
    assert receipt.zero == "upstream"


def test_a_convolution_without_a_map_of_readers_left_is_unread():
    trace = network([[[1, 2, 3]]], conv([[[[5]]]], stride=(1, 2)), gradient=[[[1, 1]]]).trace()
    receipt = receipt_of(trace, Cell(-1, 1))
    assert (receipt.gradient, len(receipt.products), receipt.zero) == (0, 0, "unread")


def test_a_parameter_is_used_at_every_position_padding_included():
    net = network([[[2, 3]]], conv([[[[5, 7]]]], [1], padding=(0, 1)), gradient=[[[1, 10, 100]]])
    receipt = receipt_of(net.trace(), Cell(0, 0, "weight"))
    assert receipt.factors.tolist() == [0, 2, 3]
    assert receipt.zeros == ["input", None, None]
    assert receipt.gradient == 320
    bias = receipt_of(net.trace(), Cell(0, 0, "bias"))
    assert (bias.factors.tolist(), bias.gradient) == ([1, 1, 1], 111)


def test_an_unknown_parameter_is_a_key_error():
    trace = network([1], linear([[1]]), gradient=[1]).trace()
    assert shape_of(trace, 0, "weight") == (1, 1)
    with pytest.raises(KeyError):
        shape_of(trace, 0, "bias")


def test_a_parameter_and_a_cell_of_the_input_read_nothing():
    trace = founding_question().trace()
    assert reads(trace, Cell(-1, 0)) is None
    assert reads(trace, Cell(0, 0, "weight")) is None


def test_a_cell_reads_what_its_window_covers_and_0_on_padding():
    net = network([[[2, 3]]], conv([[[[5, 7]]]], [1], padding=(0, 1)), gradient=[[[0, 0, 0]]])
    read = reads(net.trace(), Cell(0, 0))
    assert read is not None
    assert (read.layer, read.cells.tolist(), read.values.tolist()) == (-1, [-1, 0], [0, 2])
    assert (read.factors.tolist(), read.bias) == ([5, 7], 1)


@given(documents(exact=False))
def test_the_factor_of_a_weight_is_the_value_of_the_cell_it_met(doc):
    trace = built(doc).trace()
    for cell in every_cell(trace):
        if cell.parameter != "weight":
            continue
        receipt = receipt_of(trace, cell)
        for output, factor in zip(receipt.sources.tolist(), receipt.factors.tolist(), strict=True):
            read = input_multiplied(trace, cell, output)
            met = 0.0 if read is None else value_and_gradient(trace, read)[0]
            match doc["layers"][cell.layer]["type"]:
                case "prelu":  # a slope below 0 is met by what is below 0 alone
                    met = min(met, 0.0)
                case "batch_norm2d":  # a scale is met by what is normalized
                    met = trace.tapes[cell.layer].normalized.flat[output]
            assert factor == met


def test_a_sum_whose_sizes_add_up_to_nearly_the_largest_number_is_not_taken_for_0():
    net = network([1], linear([[6e307], [-3e307]]), gradient=[1, 1])
    receipt = receipt_of(net.trace(), Cell(-1, 0))
    assert receipt.gradient == 3e307
    assert receipt.zero is None
