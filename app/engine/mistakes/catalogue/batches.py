"""Mistakes in the gradient of a parameter, to which every example of a batch brings its part."""

from app.engine.layers import Family
from app.engine.mistakes.catalogue.mistake import Change, Mistake
from app.engine.mistakes.steps import Examples

_LEARNING: tuple[Family, ...] = (
    "convolution", "transposed_convolution", "fully_connected", "activation", "normalization",
)  # fmt: skip
"""The families of layers that may have parameters."""


def _joined(how: Examples) -> dict[Family, Change]:
    return dict.fromkeys(_LEARNING, lambda layer: {"examples": how})


def one_example(at: int) -> Mistake:
    """`dW = …` for `dW += …` in a loop over the examples, or `x[0]` for the whole batch."""
    return Mistake("one_example", _joined(at), str(at), only_batches=True)


BATCHES: tuple[Mistake, ...] = (
    one_example(0),  # stands for all examples; the search determines which one fits
    # `.mean(0)` for `.sum(0)` over the examples
    Mistake("examples_averaged", _joined("average"), only_batches=True),
)
