"""A convolution's backward pass the other way round: gathering with the flipped kernel.

``backward`` scatters: every output sends its gradient to the cells it read. Laying the flipped
kernel over the upstream gradients around a cell gives the same sum.
"""

from dataclasses import dataclass

import numpy as np

from app.engine.layers import Conv2d
from app.engine.network import Trace
from app.engine.receipt import Cell
from app.engine.types import Array


@dataclass(frozen=True)
class Gathered:
    """What the flipped kernels meet; arrays [output channels, kernel rows, kernel columns].

    ``upstream`` is NaN where a tap of the flipped kernel meets no output: beyond the map's edge, or
    between two positions of a strided window.
    """

    upstream: Array
    flipped: Array
    layer: int

    @property
    def products(self) -> Array:
        """What each tap pays: upstream × flipped, 0 where nothing is met."""
        return np.nan_to_num(self.upstream) * self.flipped


def gatherer(trace: Trace, cell: Cell) -> Conv2d | None:
    """The convolution that reads a cell; None where there is none."""
    readers = trace.network.readers_of(cell.layer)
    if cell.parameter or len(readers) != 1:  # the sum is then not of its products alone
        return None
    reader = trace.network.layers[readers[0].layer]
    return reader if isinstance(reader, Conv2d) else None  # no other kernel can be flipped


def gather(trace: Trace, cell: Cell) -> Gathered | None:
    """What is gathered for one cell; None where no convolution alone reads it."""
    reader = gatherer(trace, cell)
    if reader is None:
        return None
    source = trace.network.readers_of(cell.layer)[0].layer
    _, height, width = reader.input_shape
    channel, place = divmod(cell.at, height * width)
    windows = reader.windows
    # The kernels of its own group; others do not meet it.
    outer, inner = reader.shape[0] // reader.groups, reader.weight.shape[1]
    first = channel // inner * outer
    upstream = np.full((outer, *windows.kernel), np.nan)
    _, positions, taps = windows.readers(np.array([place]))
    rows, columns = np.unravel_index(taps, windows.kernel)
    met = trace.gradients[source + 1].reshape(reader.shape[0], -1)[first : first + outer, positions]
    upstream[:, windows.kernel[0] - 1 - rows, windows.kernel[1] - 1 - columns] = met
    flipped = reader.weight[first : first + outer, channel % inner, ::-1, ::-1]
    return Gathered(upstream, flipped, source)
