"""Of a cell that gets many products, the largest are drawn one by one, the others as one bundle.

The products of a convolution are bundled by channel.
"""

import numpy as np
from typing_extensions import TypedDict

from app.engine.types import Array, Index

MAX_SINGLE = 9
"""Products of a cell that may all be drawn one by one."""
LARGEST = 5
"""How many are, where there are more."""
MAX_BESIDE = 2
"""Other channels that may have a row each beside a channel; the rest of them are one bundle."""


class BundleAnswer(TypedDict):
    """How the products of one cell are drawn."""

    single: list[int]
    """Which of them are drawn one by one, counted in the order of adding."""
    sum: float
    """Of all others."""


class ChannelAnswer(TypedDict):
    """What one channel of a convolution's output sends to a cell."""

    channel: int
    sum: float
    single: list[int]
    """Its largest products, counted among all products of the cell in the order of adding."""
    rest: float
    """The sum of its other products."""
    others: list[float]
    """At n − 1: what all other channels send but the n largest of them; n is at most MAX_BESIDE."""


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


def channel_sums(
    sources: Index, targets: Index, products: Array, plane: int
) -> dict[int, list[ChannelAnswer]]:
    """What each channel sends to each target, in the order of the channels.

    All arrays [n] are by target; ``plane`` is the number of cells of a channel, in which
    ``sources`` are flat. Of products of one size, those that are added first are single.
    """
    if not len(products):
        return {}
    order = np.lexsort((sources // plane, targets))
    cells, channels, sizes = targets[order], (sources // plane)[order], products[order]
    begins = np.diff(cells, prepend=-1) != 0
    starts = np.flatnonzero(begins | (np.diff(channels, prepend=-1) != 0))
    groups = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))
    ranks = np.empty(len(order), np.intp)
    ranks[np.lexsort((-np.abs(sizes), groups))] = np.arange(len(order)) - starts[groups]
    is_single = ranks < LARGEST
    sums = np.add.reduceat(sizes, starts) + 0.0
    rests = np.add.reduceat(np.where(is_single, 0.0, sizes), starts) + 0.0
    # Positions among the products of a cell.
    first = np.flatnonzero(begins)
    places = order - first[np.cumsum(begins) - 1]
    singles = np.split(places[is_single], np.cumsum(np.add.reduceat(is_single, starts, dtype=int)))
    found: dict[int, list[ChannelAnswer]] = {}
    for group, (start, single) in enumerate(zip(starts.tolist(), singles, strict=False)):
        found.setdefault(int(cells[start]), []).append(
            {
                "channel": int(channels[start]),
                "sum": float(sums[group]),
                "single": single.tolist(),
                "rest": float(rests[group]),
                "others": [],
            }
        )
    for answers in found.values():
        if len(answers) > 1:
            for answer, others in zip(answers, _others(answers), strict=True):
                answer["others"] = others
    return found


def _others(answers: list[ChannelAnswer]) -> list[list[float]]:
    """For each channel of a cell, what the other channels send but their largest ones."""
    sums = np.array([answer["sum"] for answer in answers])
    largest = np.argsort(-np.abs(sums), kind="stable")
    columns = []
    for n in range(1, min(MAX_BESIDE, len(sums) - 2) + 1):
        left = np.tile(sums, (len(sums), 1))
        np.fill_diagonal(left, 0)
        left[:, largest[:n]] = 0
        # One that is among the n largest leaves its place to the next.
        left[largest[:n], largest[n]] = 0
        columns.append(left.sum(axis=1) + 0.0)
    return np.stack(columns, axis=1).tolist() if columns else [[] for _ in answers]
