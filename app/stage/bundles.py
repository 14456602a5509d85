"""Of a cell that gets many products, the largest are drawn one by one, the others as one bundle."""

import numpy as np
from typing_extensions import TypedDict

from app.engine.types import Array, Index

MAX_SINGLE = 9
"""Products of a cell that may all be drawn one by one."""
LARGEST = 5
"""How many are, where there are more."""


class BundleAnswer(TypedDict):
    """How the products of one cell are drawn."""

    single: list[int]
    """Which of them are drawn one by one, counted in the order of adding."""
    sum: float
    """Of all others."""


def bundles(targets: Index, products: Array) -> dict[int, BundleAnswer]:
    """The bundle of each target that gets more than ``MAX_SINGLE`` products.

    Both arrays [n] are by target. Of products of one size, those that are added first are single.
    """
    found: dict[int, BundleAnswer] = {}
    cells, starts, counts = np.unique(targets, return_index=True, return_counts=True)
    for cell, start, count in zip(cells.tolist(), starts.tolist(), counts.tolist(), strict=True):
        if count <= MAX_SINGLE:
            continue
        own = products[start : start + count]
        order = np.argsort(-np.abs(own), kind="stable")
        single = np.sort(order[:LARGEST])
        others = np.sort(order[LARGEST:])
        found[cell] = {"single": single.tolist(), "sum": float(own[others].sum()) + 0.0}
    return found
