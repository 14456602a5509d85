"""A convolution's sum, gathered with the flipped kernel instead of scattered."""

from typing import Any

import numpy as np

from app import wording
from app.engine.gather import Gathered
from app.engine.network import Trace
from app.figures import figure

MAX_KERNELS = 6
"""Shown; a sentence counts the others."""


def gather_view(trace: Trace, found: Gathered) -> dict[str, Any]:
    """For the page: kernels of rows of (upstream, weight, product), printed."""
    shown = [
        [
            [
                ("–" if np.isnan(upstream) else figure(upstream), figure(weight), figure(product))
                for upstream, weight, product in zip(*rows, strict=True)
            ]
            for rows in zip(*planes, strict=True)
        ]
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
