"""Cells and arrays that a request names."""

import numpy as np
import pytest

from app.document.document import Refusal
from app.document.places import check_changeable, find_cell, find_shape
from app.engine.receipt import Cell
from tests.networks import founding_question


@pytest.fixture(scope="module")
def trace():
    return founding_question().trace()


def problems(call, *arguments):
    with pytest.raises(Refusal) as refusal:
        call(*arguments)
    return refusal.value.problems


def test_every_index_of_an_array_is_a_cell(trace):
    for layer in range(-1, len(trace.network.layers)):
        names = trace.network.layers[layer].parameters if layer >= 0 else {}
        for parameter in (None, *names):
            shape = find_shape(trace, layer, parameter, "cell")
            for at, index in enumerate(np.ndindex(*shape)):
                assert find_cell(trace, layer, index, parameter) == Cell(layer, at, parameter)


def test_a_layer_that_is_not_there_is_refused_in_the_field_that_names_it(trace):
    [(place, message)] = problems(find_shape, trace, 9, None, "of")
    assert place == ("of", "layer")
    assert message == f"There is no layer 9: the last one is {len(trace.network.layers) - 1}."


@pytest.mark.parametrize("layer", [-1, 0])
def test_a_parameter_that_a_layer_has_not_is_refused(trace, layer):
    [(place, message)] = problems(find_cell, trace, layer, [0], "slope")
    assert place == ("cell", "parameter")
    assert "no parameter “slope”" in message


def test_an_index_of_another_length_is_refused_with_the_shape(trace):
    [(place, message)] = problems(find_cell, trace, -1, [0], None)
    assert place == ("cell", "index")
    assert " × ".join(map(str, trace.network.x.shape)) in message


def test_each_axis_that_is_outside_is_refused(trace):
    _, rows, columns = trace.network.x.shape
    found = problems(find_cell, trace, -1, [0, rows, columns], None)
    assert [place for place, _ in found] == [("cell", "index", 1), ("cell", "index", 2)]


def test_only_the_input_and_parameters_can_be_changed(trace):
    check_changeable(Cell(-1, 0))
    check_changeable(Cell(2, 0, "weight"))
    [(place, _)] = problems(check_changeable, Cell(0, 0))
    assert place == ("cell",)
