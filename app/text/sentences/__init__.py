"""Writes plain sentences about numbers."""

from app.text.sentences.gradients import sentence
from app.text.sentences.grammar import listed, sums_apart, unbroken
from app.text.sentences.names import (
    cell_kind,
    cell_name,
    cell_place,
    copy_place,
    index_of,
    layer_title,
    named,
    options_of,
    output_words,
    parameter_noun,
    parameter_words,
    place,
    place_in,
    shape_words,
    side_words,
    window_words,
    zero_words,
    zeros,
)
from app.text.sentences.networks import network_words
from app.text.sentences.onward import objective_name, onward_sentence
from app.text.sentences.steps import (
    example,
    follows,
    step_example,
    step_label,
    step_sentence,
)
from app.text.sentences.sums import added_line, product_line, some
from app.text.sentences.totals import shown, sum_line, total
from app.text.sentences.values import making, probability

__all__ = [
    "added_line",
    "cell_kind",
    "cell_name",
    "cell_place",
    "copy_place",
    "example",
    "follows",
    "index_of",
    "layer_title",
    "listed",
    "making",
    "named",
    "network_words",
    "objective_name",
    "onward_sentence",
    "options_of",
    "output_words",
    "parameter_noun",
    "parameter_words",
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
    "unbroken",
    "window_words",
    "zero_words",
    "zeros",
]
