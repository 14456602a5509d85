"""The margin of each max-pooling window: how much another cell must rise to become the winner.

A change larger than the margin sends the gradient to another cell and changes the slope of the
loss. A finite difference with a larger step therefore crosses a kink.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.engine.layers import MaxPool, max_pools
from app.engine.network import Trace
from app.engine.types import Array, Index

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Margins:
    """The margins of one max-pooling layer; each array is [C, OH, OW], with an entry per window.

    Cells are flat indexes in their channel's unpadded plane, as in ``MaxPool.winners``.
    """

    layer: int
    winner: Index
    runner_up: Index
    """The cell with the second largest value; −1 where the window has one cell only."""
    margin: Array
    """How much the runner-up must rise (or the winner fall) to win; 0 where they are tied, +∞ where
    there is no runner-up."""
    equality_is_enough: Flags
    """Whether the runner-up already gets gradient when it equals the winner: under ``first`` if it
    comes earlier in the window, under ``last`` if it comes later, under the other rules always,
    because they pay all maxima. False at a tie: the runner-up must then rise further."""
    tied: Flags
    """Whether several cells hold the maximum."""


def margins(trace: Trace, layer: int) -> Margins:
    """The margins of one max-pooling layer.

    Raises:
        TypeError: the layer is no max pooling.
    """
    pool = _pool(trace, layer)
    windows = pool.windows
    patches = windows.patches(trace.values[layer], -np.inf)  # [C, taps, P]
    last = pool.ties == "last"
    winner = _largest(patches, last)
    value = np.take_along_axis(patches, winner, 1)
    rivals = patches.copy()
    np.put_along_axis(rivals, winner, -np.inf, 1)
    rival = _largest(rivals, last)
    second = np.take_along_axis(rivals, rival, 1)
    margin = value - second
    tied, alone = second == value, np.isneginf(second)
    if pool.ties in ("first", "last"):
        enough = (rival > winner) if last else (rival < winner)
    else:
        enough = np.ones_like(tied)
    cells = windows.table[rival, windows.every_position]
    return Margins(
        layer=layer,
        winner=windows.table[winner, windows.every_position].reshape(pool.shape),
        runner_up=np.where(alone, -1, cells).reshape(pool.shape),
        margin=margin.reshape(pool.shape),
        equality_is_enough=(enough & ~tied & ~alone).reshape(pool.shape),
        tied=tied.reshape(pool.shape),
    )


def rise(trace: Trace, of: Margins, window: int, cell: int) -> tuple[float, bool]:
    """How much one cell of a window must rise to get gradient, and whether equality is enough.

    ``window`` is a flat output cell of the layer, ``cell`` a flat cell of its input that the window
    reads. For a cell that gets gradient already, the figure is 0 or negative: how far the cell can
    fall (−∞ if it is the only one), and whether it loses all gradient as soon as it is equal.
    """
    pool = _pool(trace, of.layer)
    value = float(trace.values[of.layer].reshape(-1)[cell])
    short = float(trace.values[of.layer + 1].reshape(-1)[window]) - value
    winner = int(of.winner.reshape(-1)[window])
    cell %= pool.windows.plane[0] * pool.windows.plane[1]
    shared = pool.ties in ("split", "all")
    if cell == winner or (shared and short == 0):
        loses_when_equal = bool(of.equality_is_enough.reshape(-1)[window]) and not shared
        return -float(of.margin.reshape(-1)[window]), loses_when_equal
    # The cells of a window have the same order as in the plane.
    favoured = shared or (cell > winner if pool.ties == "last" else cell < winner)
    return short, favoured and short > 0


def maxima(trace: Trace, layer: int) -> dict[tuple[int, ...], list[int]]:
    """The tied windows of a max-pooling layer, each with all cells that hold its maximum."""
    pool = _pool(trace, layer)
    held = pool.maxima(trace.tapes[layer])
    if np.count_nonzero(held) == trace.values[layer + 1].size:  # one a window
        return {}
    channels, positions = np.nonzero(held.sum(1) > 1)
    tied: dict[tuple[int, ...], list[int]] = {}
    for channel, position in zip(channels.tolist(), positions.tolist(), strict=True):
        # The cells of a window have the same order as in the plane.
        cells = pool.windows.table[:, position][held[channel, :, position]]
        place = np.unravel_index(position, pool.shape[1:])
        tied[(channel, *map(int, place))] = cells.tolist()
    return tied


def _pool(trace: Trace, layer: int) -> MaxPool:
    pool = max_pools(trace.network.layers).get(layer)
    if pool is None:
        raise TypeError(f"layer {layer} is no max pooling")
    return pool


def _largest(patches: Array, last: bool) -> Index:
    """[C, 1, P]: the tap of the first (or last) maximum of each window."""
    if last:
        flipped: Index = patches.shape[1] - 1 - patches[:, ::-1].argmax(1, keepdims=True)
        return flipped
    first: Index = patches.argmax(1, keepdims=True)
    return first
