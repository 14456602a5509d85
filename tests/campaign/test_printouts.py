"""A printout of another program is read as the array that it printed."""

import io
import json
from random import Random

import numpy as np
import pytest

from app.check.pasting import parse

pytestmark = pytest.mark.campaign


def by_numpy(array, drawn):
    """As numpy prints it, whatever its options; and the largest error that its digits leave."""
    precision = drawn.randrange(1, 17)
    options = {
        "precision": precision,
        "suppress": drawn.choice([True, False]),
        "sign": drawn.choice(["-", "+", " "]),
        "floatmode": drawn.choice(["fixed", "unique", "maxprec", "maxprec_equal"]),
        "linewidth": drawn.choice([20, 75, 200]),
        "threshold": array.size + 1,
    }
    with np.printoptions(**options):
        text = drawn.choice([str, repr])(array)
    return text, (0 if options["floatmode"] == "unique" else precision)


def by_pytorch(array, drawn):
    """As PyTorch prints a tensor."""
    import torch

    precision = drawn.randrange(1, 17)
    torch.set_printoptions(
        precision=precision,
        threshold=array.size + 1,
        linewidth=drawn.choice([20, 80, 200]),
        sci_mode=drawn.choice([None, True, False]),
    )
    try:
        text = str(torch.tensor(array, requires_grad=drawn.choice([True, False])))
    finally:
        torch.set_printoptions(profile="default")
    return text, precision


def by_savetxt(array, drawn):
    """As numpy writes a table, with the usual separators."""
    table = io.StringIO()
    np.savetxt(
        table, array.reshape(-1, array.shape[-1]), delimiter=drawn.choice([" ", ", ", "\t", ";"])
    )
    return table.getvalue(), 17


def by_json(array, drawn):
    """As any program writes JSON, with or without line ends."""
    return json.dumps(array.tolist(), indent=drawn.choice([None, 2])), 0


@pytest.mark.parametrize("printed", [by_numpy, by_pytorch, by_savetxt, by_json])
def test_a_printout_is_read_as_what_was_printed(printed, seeds, figures):
    for seed in seeds:
        drawn = Random(seed)
        shape = [drawn.randrange(1, 6) for _ in range(drawn.randrange(1, 5))]
        scale = 10.0 ** drawn.randrange(-8, 9)
        array = scale * np.array([drawn.uniform(-1, 1) for _ in range(np.prod(shape))]).reshape(
            shape
        )
        text, precision = printed(array, drawn)
        read = np.array(parse(text), np.float64)
        flat = printed is by_savetxt
        assert read.size == array.size, f"seed {seed}"
        assert flat or read.shape == array.shape, f"seed {seed}"
        if precision:
            # Half of the last digit, which stands elsewhere in scientific notation; and what is
            # printed with 16 digits is rounded once more when it is read.
            apart = np.abs(read.reshape(-1) - array.reshape(-1))
            kept = 0.51 * 10.0**-precision * np.maximum(1, np.abs(array).max())
            kept = kept + np.spacing(np.abs(array).max())
            assert (apart <= kept).all(), f"seed {seed}:\n{text}"
        else:
            assert (read == array).all(), f"seed {seed}"
        figures.count(f"printouts read back, {printed.__name__.replace('_', ' ')}")
