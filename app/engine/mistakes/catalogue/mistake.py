"""What defines a mistake: the steps of the backward pass that it replaces.

A mistake happens in layers (it replaces steps, by the family of the layer), at the start (wrong
upstream gradients), or to the whole array at the end (see ``whole``). If people write the same
mistake in several ways, it has several entries with the same code and different ``variant``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypedDict, TypeVar, get_args

import numpy as np

from app.engine.layers import Family, Layer
from app.engine.mistakes.steps import Weighted
from app.engine.network import Trace
from app.engine.types import Array

StepCode = Literal[
    # weights
    "unweighted", "copied", "multiplied", "unflipped", "transposed", "half_turned", "last_kernel",
    # several readers
    "assigned", "averaged", "branches_averaged", "branch_forgotten",
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
    # batches
    "one_example", "examples_averaged",
]  # fmt: skip
"""The codes of mistakes in a layer's backward step; the receipt of a cell shows them."""
ForwardCode = Literal["zero_padding", "activation_missing"]
"""The codes of mistakes in the forward pass."""
StartCode = Literal[
    "sign_reversed", "target_forgotten", "softmax_twice", "probability_slope", "other_class",
    "scores_minus_target", "divided_by_classes",
]  # fmt: skip
"""The codes of mistakes at the loss."""
WholeCode = Literal["scaled", "weight_decay", "stepped", "clipped", "reordered"]
"""The codes of mistakes with the whole array."""
Code = StepCode | ForwardCode | StartCode | WholeCode
"""The codes of all mistakes; `app.check` puts them into words."""

CODES: tuple[Code, ...] = (
    *get_args(StepCode), *get_args(ForwardCode), *get_args(StartCode), *get_args(WholeCode),
)  # fmt: skip

T = TypeVar("T")


class PerCode(TypedDict, Generic[T]):
    """A table with an entry for each mistake; of one that lacks an entry mypy says which."""

    unweighted: T
    copied: T
    multiplied: T
    unflipped: T
    transposed: T
    half_turned: T
    last_kernel: T
    assigned: T
    averaged: T
    branches_averaged: T
    branch_forgotten: T
    stride_forgotten: T
    dilation_forgotten: T
    padding_cut: T
    unpadded_input: T
    ties_all: T
    ties_other: T
    local_index: T
    winner_exchanged: T
    spread: T
    avg_undivided: T
    avg_divided_twice: T
    avg_by_side: T
    avg_to_maximum: T
    avg_padding: T
    times_activation: T
    negatives_dropped: T
    slope_from_gradient: T
    slope_forgotten: T
    slope_at_output: T
    slope_at_input: T
    slope_half: T
    mask_alone: T
    mask_inverted: T
    slope_at_0: T
    leak_lost: T
    outputs_sent_back: T
    bias_one_cell: T
    bias_all_kernels: T
    weight_as_factor: T
    convolved: T
    one_channel: T
    one_example: T
    examples_averaged: T
    zero_padding: T
    activation_missing: T
    sign_reversed: T
    target_forgotten: T
    softmax_twice: T
    probability_slope: T
    other_class: T
    scores_minus_target: T
    divided_by_classes: T
    scaled: T
    weight_decay: T
    stepped: T
    clipped: T
    reordered: T


def step_code(code: Code) -> StepCode | None:
    """The code, if it is a ``StepCode``; else None."""
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
"""Fields of ``Steps`` and their replacements."""
Change = Callable[[Any], Changes]
"""Layer → the replaced steps; empty where the mistake does not concern it."""
Starts = Callable[[Trace], Mapping[str, Array]]
"""Trace → the wrong upstream gradients that a pass may start with, by variant."""


@dataclass(frozen=True)
class Mistake:
    """A mistake as replacements of steps."""

    code: Code
    by_family: Mapping[Family, Change]
    """The replaced steps of each family of layers; families that it does not concern are absent."""
    variant: str = ""
    starts: Starts | None = None
    """The wrong upstream gradients at the loss; None for a mistake in layers."""
    pairs: bool = False
    """Whether the search also tries it together with another mistake."""
    only_batches: bool = False
    """Whether it can be made in batches only."""

    def changes(self, layer: Layer) -> Changes:
        """The replaced steps of a layer; empty where the mistake does not concern it."""
        change = self.by_family.get(layer.family)
        return {} if change is None else change(layer)

    def starts_of(self, trace: Trace) -> Mapping[str, Array]:
        """The wrong upstream gradients of a trace, by variant; empty for a mistake in layers.

        Of a batch, [examples, …], for the variants that every example has.
        """
        if self.starts is None:
            return {}
        if trace.network.examples is None:
            return self.starts(trace)
        each = [self.starts(trace.example(at)) for at in range(trace.network.examples)]
        shared = [name for name in each[0] if all(name in one for one in each)]
        return {name: np.stack([one[name] for one in each]) for name in shared}


def ones(layer: Weighted) -> Array:
    """Weights of 1."""
    return np.ones_like(layer.weight)
