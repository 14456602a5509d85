"""A convolution's sum, gathered with the flipped kernel instead of scattered."""

from typing import Any

import numpy as np

from app.engine.gather import Gathered
from app.engine.network import Trace
from app.engine.types import Array
from app.text import sentences
from app.text.equations import product_equation
from app.text.numbers import figure
from app.text.texts import say

MAX_KERNELS = 6
"""Shown; a sentence counts the others."""


def gather_view(trace: Trace, found: Gathered) -> dict[str, Any]:
    """For the page: kernels, each rows of (upstream, weight, product) as printed, and = or ≈."""
    shown = [
        _kernel(*planes)
        for planes in zip(found.upstream, found.flipped, found.products, strict=True)
    ]
    more = len(shown) - MAX_KERNELS
    said = say(
        "gather.sentence",
        layer=sentences.layer_title(trace.network, found.layer),
        sum=figure(found.products.sum()),
    )
    if more > 0:
        said = f"{said} {say('gather.others', n=more)}"
    return {"sentence": said, "kernels": shown[:MAX_KERNELS]}


def _kernel(upstream: Array, weights: Array, products: Array) -> dict[str, Any]:
    rows, exact = [], True
    for line in zip(upstream.tolist(), weights.tolist(), products.tolist(), strict=True):
        row = []
        for paid, weight, product in zip(*line, strict=True):
            if np.isnan(paid):
                row.append(("–", figure(weight), figure(product)))
                continue
            made = product_equation((paid, weight), product)
            row.append((made.numbers[0], made.numbers[1], made.right))
            exact &= made.sign == "="
        rows.append(row)
    return {"rows": rows, "sign": "=" if exact else "≈"}
