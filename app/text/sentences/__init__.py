"""Writes plain sentences about numbers."""

from app.text.sentences.gradients import (
    objective_name,
    onward_sentence,
    sentence,
    shown,
    sum_line,
    total,
)
from app.text.sentences.grammar import listed, sums_apart
from app.text.sentences.names import (
    cell_kind,
    cell_name,
    cell_place,
    index_of,
    layer_title,
    named,
    options_of,
    parameter_noun,
    place,
    place_in,
    shape_words,
    side_words,
    zero_words,
    zeros,
)
from app.text.sentences.networks import network_words
from app.text.sentences.steps import concerns, example, step_example, step_label, step_sentence
from app.text.sentences.sums import added_line, product_line, some
from app.text.sentences.values import making, probability

__all__ = [
    "added_line",
    "cell_kind",
    "cell_name",
    "cell_place",
    "concerns",
    "example",
    "index_of",
    "layer_title",
    "listed",
    "making",
    "named",
    "network_words",
    "objective_name",
    "onward_sentence",
    "options_of",
    "parameter_noun",
    "place",
    "place_in",
    "probability",
    "product_line",
    "sentence",
    "shape_words",
    "shown",
    "side_words",
    "some",
    "step_example",
    "step_label",
    "step_sentence",
    "sum_line",
    "sums_apart",
    "total",
    "zero_words",
    "zeros",
]
