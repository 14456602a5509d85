"""What a mistake is: the steps of a backward pass that someone takes otherwise.

A mistake is made in layers (steps that it replaces, by the family of the layer), at the start
(other gradients to begin with), or with the whole array at the end (see ``whole``). Where people
write one and the same mistake in several ways, several entries carry its code, and ``variant``
tells them apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from app.engine.layers import Family, Layer
from app.engine.mistakes.steps import Weighted
from app.engine.network import Trace
from app.engine.types import Array

StepCode = Literal[
    # weights
    "unweighted", "copied", "multiplied", "unflipped", "transposed", "half_turned", "last_kernel",
    # several readers
    "assigned", "averaged",
    # geometry
    "stride_forgotten", "dilation_forgotten", "padding_cut", "unpadded_input",
    # max pooling
    "ties_all", "ties_other", "local_index", "winner_exchanged", "spread",
    # average pooling
    "avg_undivided", "avg_divided_twice", "avg_by_side", "avg_to_maximum", "avg_padding",
    # activations
    "times_activation", "negatives_dropped", "slope_from_gradient", "slope_forgotten",
    "slope_at_output", "slope_at_input", "slope_half", "mask_alone", "mask_inverted", "slope_at_0",
    "leak_lost", "outputs_sent_back",
    # parameters
    "bias_one_cell", "bias_all_kernels", "weight_as_factor", "convolved", "one_channel",
]  # fmt: skip
"""Mistakes in a step back, which the receipt of a cell shows."""
ForwardCode = Literal["zero_padding", "activation_missing"]
"""Mistakes on the way forwards."""
StartCode = Literal[
    "sign_reversed", "target_forgotten", "softmax_twice", "probability_slope", "other_class",
    "scores_minus_target", "divided_by_classes",
]  # fmt: skip
"""Mistakes at the loss."""
WholeCode = Literal["scaled", "weight_decay", "stepped", "clipped", "reordered"]
"""Mistakes with the whole array at its end."""
Code = StepCode | ForwardCode | StartCode | WholeCode
"""The names of the mistakes; `app.check` says them in words."""

CODES: tuple[Code, ...] = (
    *get_args(StepCode), *get_args(ForwardCode), *get_args(StartCode), *get_args(WholeCode),
)  # fmt: skip


def step_code(code: Code) -> StepCode | None:
    """The code, if it is of a mistake in a step back."""
    match code:
        case "zero_padding" | "activation_missing":
            return None
        case (
            "sign_reversed" | "target_forgotten" | "softmax_twice" | "probability_slope"
            | "other_class" | "scores_minus_target" | "divided_by_classes"
        ):  # fmt: skip
            return None
        case "scaled" | "weight_decay" | "stepped" | "clipped" | "reordered":
            return None
        case _:
            return code


Changes = Mapping[str, Any]
"""Fields of ``Steps`` and what a mistake has there."""
Change = Callable[[Any], Changes]
"""Layer → the replaced steps; empty where the mistake does not concern it."""
Starts = Callable[[Trace], Mapping[str, Array]]
"""Trace → the gradients that someone may begin with, by variant."""


@dataclass(frozen=True)
class Mistake:
    """A wrong step of the backward pass."""

    code: Code
    by_family: Mapping[Family, Change]
    """How it changes the layers of each family; those that it does not concern are left out."""
    variant: str = ""
    starts: Starts | None = None
    """What it makes of the first upstream gradients, which no layer does."""
    pairs: bool = False
    """Whether it is also tried together with another one."""

    def changes(self, layer: Layer) -> Changes:
        """The replaced steps of a layer; none where the mistake does not concern it."""
        change = self.by_family.get(layer.family)
        return {} if change is None else change(layer)


def ones(layer: Weighted) -> Array:
    """Weights of 1."""
    return np.ones_like(layer.weight)
