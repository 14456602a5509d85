"""A convolution's backward pass as a gather with the flipped kernel.

``backward`` scatters: every output sends its gradient to the cells it read. A gather lays the
flipped kernel over the upstream gradients around a cell, and gives the same sum.
"""

import math
from dataclasses import dataclass

import numpy as np

from app.engine.layers import Conv2d
from app.engine.network import Trace
from app.engine.receipt import Cell
from app.engine.types import Array


@dataclass(frozen=True)
class Gathered:
    """The flipped kernels and the upstream gradients below their taps.

    Both arrays are [output channels, kernel rows, kernel columns]. ``upstream`` is NaN where no
    output lies below a tap: beyond the map's edge, or between two positions of a strided window.
    """

    upstream: Array
    flipped: Array
    layer: int

    @property
    def products(self) -> Array:
        """Upstream × flipped for each tap, 0 where no output lies below it."""
        return np.nan_to_num(self.upstream) * self.flipped


def gatherer(trace: Trace, cell: Cell) -> Conv2d | None:
    """The convolution that alone reads a cell, each place of it once; None where there is none."""
    readers = trace.network.readers_of(cell.layer)
    if cell.parameter or len(readers) != 1:  # with another reader, its products are only a part
        return None
    reader = trace.network.layers[readers[0].layer]
    # No other layer has a kernel to flip. Where padding copies cells, one kernel is not enough.
    return reader if isinstance(reader, Conv2d) and reader.repeats == 1 else None


def gather(trace: Trace, cell: Cell) -> Gathered | None:
    """Gather the gradient of one cell; None unless a convolution is its only reader."""
    reader = gatherer(trace, cell)
    if reader is None:
        return None
    source = trace.network.readers_of(cell.layer)[0].layer
    windows = reader.windows
    channel, place = divmod(cell.at, math.prod(windows.plane))
    # Only the kernels of the cell's own group read it.
    outer, inner = reader.shape[0] // reader.groups, reader.weight.shape[1]
    first = channel // inner * outer
    upstream = np.full((outer, *windows.kernel), np.nan)
    _, positions, taps = windows.readers(np.array([place]))
    rows, columns = np.unravel_index(taps, windows.kernel)
    gradients = trace.gradients[source + 1].reshape(reader.shape[0], -1)
    below = gradients[first : first + outer, positions]
    upstream[:, windows.kernel[0] - 1 - rows, windows.kernel[1] - 1 - columns] = below
    kernels = reader.weight.reshape(*reader.weight.shape[:2], *windows.kernel)
    flipped = kernels[first : first + outer, channel % inner, ::-1, ::-1]
    return Gathered(upstream, flipped, source)
