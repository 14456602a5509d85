"""A receipt as an answer: one gradient taken apart into its terms."""

from typing import Literal

import numpy as np
from typing_extensions import TypedDict

from app.engine.network import Trace
from app.engine.receipt import Receipt
from app.engine.types import Zero
from app.text import sentences


class SourceAnswer(TypedDict):
    """The cell whose gradient a term comes from."""

    layer: int | Literal["head"]
    index: list[int]


class TermAnswer(TypedDict):
    """A part of a gradient: upstream gradient × local derivative."""

    source: SourceAnswer
    upstream: float
    factor: float
    """The local derivative d(source)/d(this cell)."""
    product: float
    zero: Zero | None
    """Why the product is 0, where it is."""


class ReceiptAnswer(TypedDict):
    """One gradient taken apart; the products add up to it."""

    value: float
    gradient: float
    terms: list[TermAnswer]
    zero: Zero | None
    """Why the gradient is 0, where it is."""
    sentence: str


def receipt_json(trace: Trace, receipt: Receipt) -> ReceiptAnswer:
    """Every term of a receipt, those that are 0 included."""
    last = len(trace.network.layers) - 1
    shape = trace.network.shape_of(last if receipt.source is None else receipt.source)
    indexes = np.stack(np.unravel_index(receipt.sources, shape), axis=1).tolist()
    columns = (receipt.upstream, receipt.factors, receipt.products)
    terms: list[TermAnswer] = [
        {
            "source": {
                "layer": "head" if receipt.source is None else receipt.source,
                "index": index,
            },
            "upstream": upstream,
            "factor": factor,
            "product": product,
            "zero": zero,
        }
        for index, upstream, factor, product, zero in zip(
            indexes, *((each + 0.0).tolist() for each in columns), receipt.zeros, strict=True
        )
    ]
    return {
        "value": receipt.value,
        "gradient": receipt.gradient + 0.0,
        "terms": terms,
        "zero": receipt.zero,
        "sentence": sentences.sentence(trace, receipt),
    }
