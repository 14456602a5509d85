"""A skip connection: an output that two layers read, and whose gradient comes in two parts."""

from functools import partial

import numpy as np
import pytest

from app.engine.layers import Add, Flatten, Relu
from app.engine.network import Reader
from app.engine.paths import paths
from app.engine.probe import Probe
from app.engine.receipt import Cell, reads, receipt_of
from app.engine.timeline import backward, moves
from app.engine.types import Misfit
from tests.networks import conv, linear, network


def skip():
    """Convolution (× 2) → ReLU → convolution (× −3) → the ReLU's output is added."""
    return network(
        [[[1, 2], [3, 1]]],
        conv([[[[2]]]]),
        Relu,
        conv([[[[-3]]]]),
        partial(Add, source=1),
        gradient=[[[1, 2], [-1, 4]]],
    )


def test_an_output_that_two_layers_read_gets_both_parts_the_nearer_the_loss_first():
    trace = skip().trace()
    receipt = receipt_of(trace, Cell(1, 1))
    assert receipt.readers == [Reader(3, skips=True), Reader(2)]
    assert receipt.layers == [3, 2]
    assert receipt.products.tolist() == [2, -6]
    assert receipt.gradient == -4
    assert [receipt.part(reader).gradient for reader in receipt.readers] == [2, -6]


def test_the_values_of_both_layers_are_added():
    trace = skip().trace()
    assert trace.values[4].tolist() == (trace.values[3] + trace.values[2]).tolist()
    read = reads(trace, Cell(3, 1))
    assert read is not None
    assert (read.layers, read.cells.tolist(), read.values.tolist()) == ([2, 1], [1, 1], [-12, 4])


def test_the_second_part_arrives_at_its_own_time_and_the_running_sum_counts_the_first():
    trace = skip().trace()
    phases = [(step.phase, step.layer, step.gradients_from) for step in backward(trace)][2:6]
    # After the skip, the gradient of layer 1 is not known: a part of it is still to come.
    assert phases == [("skip", 3, 3), ("pass", 3, 2), ("multiply", 2, 2), ("add", 2, 1)]
    first, second = moves(trace, 3, skips=True), moves(trace, 2)
    assert first is not None
    assert second is not None
    assert first.running.tolist() == [1, 2, -1, 4]
    assert second.products.tolist() == [-3, -6, 3, -12]
    assert second.running.tolist() == trace.gradients[2].reshape(-1).tolist() == [-2, -4, 2, -8]


def test_a_layer_that_adds_what_it_reads_already_pays_it_twice():
    trace = network([3, -1], partial(Add, source=-1), gradient=[2, 5]).trace()
    assert trace.values[1].tolist() == [6, -2]
    assert trace.gradients[0].tolist() == [4, 10]
    assert receipt_of(trace, Cell(-1, 0)).products.tolist() == [2, 2]
    assert paths(trace, Cell(-1, 0)).total == 2


def test_a_skip_from_before_flatten_s_own_place_is_found_through_flatten():
    trace = network(
        [[[1, -2]]],
        Flatten,
        linear([[1, 2], [3, 4]]),
        partial(Add, source=0),
        gradient=[1, 10],
    ).trace()
    receipt = receipt_of(trace, Cell(-1, 1))
    assert receipt.layers == [2, 1, 1]
    assert receipt.products.tolist() == [10, 2, 40]
    assert receipt.gradient == 52


def test_every_way_to_a_cell_is_counted_and_their_products_add_up():
    found = paths(skip().trace(), Cell(-1, 1))
    assert (found.total, found.open) == (2, 2)
    assert [[cell.layer for cell in path.cells] for path in found.largest] == [
        [3, 2, 1, 0, -1],
        [3, 1, 0, -1],
    ]
    assert [path.product for path in found.largest] == [-12, 4]
    assert found.gradient == -8


def test_a_change_of_an_early_weight_travels_both_ways():
    trace = skip().trace()
    probe = Probe(trace, 0, "weight")
    _, after = probe.look_along(np.ones((1, 1, 1, 1)), 0.5)
    change = after.objective - probe.here.objective
    assert change == pytest.approx(0.5 * trace.parameters[0]["weight"].item())


def test_parts_that_cancel_are_coded_so():
    trace = network([1], linear([[-1]]), partial(Add, source=-1), gradient=[7]).trace()
    assert trace.gradients[0].tolist() == [0]
    assert receipt_of(trace, Cell(-1, 0)).zero == "cancelled"


@pytest.mark.parametrize("source", [-2, 1, 5])
def test_a_skip_from_no_earlier_layer_is_refused_with_the_numbers_that_are(source):
    with pytest.raises(Misfit, match=r"from −1 \(the input\) to 0") as refused:
        network([1], Relu, partial(Add, source=source), gradient=[1])
    assert (refused.value.layer, refused.value.field) == (1, "from")


def test_a_skip_from_an_output_of_another_shape_is_refused_with_those_that_fit():
    with pytest.raises(Misfit, match="2 reaches this layer, and the input") as refused:
        network([1], linear([[1], [2]]), Relu, partial(Add, source=-1), gradient=[1, 1])
    assert str(refused.value).endswith("The same shape have layer 0, layer 1.")
