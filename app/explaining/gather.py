"""A convolution's sum, gathered with the flipped kernel instead of scattered."""

from typing import Any

import numpy as np

from app import wording
from app.engine.gather import Gathered
from app.engine.network import Trace
from app.engine.types import Array
from app.equations import product_equation
from app.figures import figure

MAX_KERNELS = 6
"""Shown; a sentence counts the others."""


def gather_view(trace: Trace, found: Gathered) -> dict[str, Any]:
    """For the page: kernels, each rows of (upstream, weight, product) as printed, and = or ≈."""
    shown = [
        _kernel(*planes)
        for planes in zip(found.upstream, found.flipped, found.products, strict=True)
    ]
    title = wording.layer_title(trace.network, found.layer)
    more = len(shown) - MAX_KERNELS
    others = f" {wording.count(more, 'more kernel')} not shown." if more > 0 else ""
    return {
        "sentence": (
            f"Seen from this cell: turn the kernel by half a turn, lay it over the gradients of "
            f"{title} around the cell, multiply and add. The products add up to "
            f"{figure(found.products.sum())}, the same as above. (–: no output there.){others}"
        ),
        "kernels": shown[:MAX_KERNELS],
    }


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
