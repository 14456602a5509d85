"""A receipt as an answer: the terms of one gradient."""

from typing import Literal, NotRequired

import numpy as np
from typing_extensions import TypedDict

from app.engine.network import Trace
from app.engine.receipt import Receipt, copy_of_term
from app.engine.types import Zero
from app.text import sentences


class SourceAnswer(TypedDict):
    """The cell whose gradient a term comes from."""

    layer: int | Literal["head"]
    index: list[int]
    example: NotRequired[int]
    """The example that the term comes from, of a parameter of a batch."""


class TermAnswer(TypedDict):
    """A term of a gradient: upstream gradient × local derivative."""

    source: SourceAnswer
    upstream: float
    factor: float
    """The local derivative d(source)/d(this cell)."""
    product: float
    zero: Zero | None
    """Why the product is 0; null if it is not."""
    copy: NotRequired[list[int]]
    """If the source reads a copy of this cell in the padding: the copy's row and column, or
    its position, counted from the map's first cell. A source that reads the cell at several places
    has a term for each, and its local derivative is the sum of their factors."""


class ReceiptAnswer(TypedDict):
    """The terms of one gradient; their products add up to it."""

    value: float
    gradient: float
    terms: list[TermAnswer]
    zero: Zero | None
    """Why the gradient is 0; null if it is not."""
    sentence: str


def receipt_json(trace: Trace, receipt: Receipt) -> ReceiptAnswer:
    """Every term of a receipt, zeros included."""
    columns = (receipt.upstream, receipt.factors, receipt.products)
    terms: list[TermAnswer] = [
        {
            "source": {
                "layer": "head" if layer is None else layer,
                "index": index,
            },
            "upstream": upstream,
            "factor": factor,
            "product": product,
            "zero": zero,
        }
        for layer, index, upstream, factor, product, zero in zip(
            receipt.layers,
            _indexes(trace, receipt),
            *((each + 0.0).tolist() for each in columns),
            receipt.zeros,
            strict=True,
        )
    ]
    for i, term in enumerate(terms if _may_copy(trace, receipt) else ()):
        copy = copy_of_term(trace, receipt, i)
        if copy is not None:
            term["copy"] = list(copy)
    if receipt.examples is not None:
        for term, example in zip(terms, receipt.examples.tolist(), strict=True):
            term["source"]["example"] = example
    return {
        "value": receipt.value,
        "gradient": receipt.gradient + 0.0,
        "terms": terms,
        "zero": receipt.zero,
        "sentence": sentences.sentence(trace, receipt),
    }


def _may_copy(trace: Trace, receipt: Receipt) -> bool:
    return any(trace.network.layers[each.layer].repeats > 1 for each in receipt.readers)


def _indexes(trace: Trace, receipt: Receipt) -> list[list[int]]:
    """For each term, the index of the cell it comes from, in the shape of its layer."""
    last = len(trace.network.layers) - 1
    paying = [(each.layer, receipt.terms_from(each)) for each in receipt.readers]
    indexes: list[list[int]] = []
    for layer, terms in paying or [(last, slice(None))]:
        index = np.unravel_index(receipt.sources[terms], trace.network.shape_of(layer))
        indexes += np.stack(index, axis=1).tolist()
    return indexes
