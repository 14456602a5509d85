"""A layer along one axis is the layer over a map that has one row."""

import numpy as np
import pytest

from app.engine.layers import AvgPool1d, AvgPool2d, Conv1d, Conv2d, MaxPool1d, MaxPool2d, Softmax
from app.engine.types import Misfit, is_open

rng = np.random.default_rng(5)
LINES = (4, 9)


def numbers(*shape):
    """Halves, so that some cells tie."""
    return rng.integers(-6, 7, shape) / 2


KERNELS, BIAS = numbers(6, 2, 3), numbers(6)
PAIRS = {
    "conv1d": (
        Conv1d(LINES, KERNELS, BIAS, 2, (1, 3), 2, 2),
        Conv2d((4, 1, 9), KERNELS[:, :, None], BIAS, (1, 2), (0, 0, 1, 3), (1, 2), 2),
    ),
    "conv1d of the same size": (
        Conv1d(LINES, KERNELS, None, 1, "same", 3, 2),
        Conv2d((4, 1, 9), KERNELS[:, :, None], None, (1, 1), "same", (1, 3), 2),
    ),
    "conv1d with mirrored padding": (
        Conv1d(LINES, KERNELS, BIAS, 2, 8, 1, 2, "reflect"),
        Conv2d((4, 1, 9), KERNELS[:, :, None], BIAS, (1, 2), (0, 8), (1, 1), 2, "reflect"),
    ),
    "conv1d with repeated edges": (
        Conv1d(LINES, KERNELS, BIAS, 1, 4, 1, 2, "replicate"),
        Conv2d((4, 1, 9), KERNELS[:, :, None], BIAS, (1, 1), (0, 4), (1, 1), 2, "replicate"),
    ),
    "max_pool1d": (
        MaxPool1d(LINES, 3, 2, 1, 2, True),
        MaxPool2d((4, 1, 9), (1, 3), (1, 2), (0, 1), (1, 2), True),
    ),
    "max_pool1d that splits": (
        MaxPool1d(LINES, 3, ties="split"),
        MaxPool2d((4, 1, 9), (1, 3), ties="split"),
    ),
    "avg_pool1d": (
        AvgPool1d(LINES, 4, 3, 2, True, False),
        AvgPool2d((4, 1, 9), (1, 4), (1, 3), (0, 2), True, False),
    ),
}


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("examples", [(), (3,)], ids=["one example", "a batch"])
def test_it_gives_the_figures_of_a_map_of_one_row_to_the_bit(kind, examples):
    line, plane = PAIRS[kind]
    x, upstream = numbers(*examples, *LINES), numbers(*examples, *line.shape)
    (y, tape), (rows, tape_of_rows) = line.forward(x), plane.forward(x[..., None, :])
    assert y.shape == (*examples, *line.shape)
    assert plane.shape == (line.shape[0], 1, line.shape[1])
    np.testing.assert_array_equal(y, rows[..., 0, :])
    for view in (lambda derivatives: derivatives, is_open):
        back = line.backward(tape, upstream, view)
        assert back.shape == x.shape
        np.testing.assert_array_equal(
            back, plane.backward(tape_of_rows, upstream[..., None, :], view)[..., 0, :]
        )
    of_rows = plane.backward_parameters(tape_of_rows, upstream[..., None, :])
    for name, gradient in line.backward_parameters(tape, upstream).items():
        assert gradient.shape == line.parameters[name].shape
        np.testing.assert_array_equal(gradient.ravel(), of_rows[name].ravel())
    winners, of_maps = line.winners(tape), plane.winners(tape_of_rows)
    assert (winners is None) == (of_maps is None)
    if winners is not None and of_maps is not None:
        np.testing.assert_array_equal(winners, of_maps[..., 0, :])


@pytest.mark.parametrize(
    ("make", "shape", "words"),
    [
        (lambda shape: Conv1d(shape, KERNELS), (2, 3, 9), "Use the layer for 2 axes, as conv2d"),
        (lambda shape: MaxPool1d(shape, 2), (9,), "an input of channels × positions"),
        (lambda shape: MaxPool2d(shape, (2, 2)), (2, 9), "Use the layer for 1 axis, as conv1d"),
        (lambda shape: AvgPool1d(shape, 4), (2, 3), "covers 4 cells, but its input has only 3"),
        (lambda shape: AvgPool1d(shape, 4, padding=3), (2, 9), "at most 2 here"),
        (lambda shape: Conv1d(shape, KERNELS, padding=9, groups=2, padding_mode="reflect"), LINES,
         "9 positions"),
        (Softmax, (2, 3), "Put flatten before"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_cure(make, shape, words):
    with pytest.raises(Misfit, match=words):
        make(shape)
