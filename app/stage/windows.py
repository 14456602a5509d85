"""The windows over each map and the padding around it, for the stage to draw."""

from dataclasses import dataclass

from typing_extensions import TypedDict

from app.engine.layers import Slide
from app.engine.network import Network


@dataclass(frozen=True)
class Ring:
    """The padding around a map in cells, with the places that a last window reads beyond it."""

    top: int
    left: int
    bottom: int
    right: int
    text: str
    """How padding counts: «0», or «–» where windows ignore it; empty where it differs."""


def ring_around(network: Network, layer: int) -> Ring | None:
    """The padding that the next layer adds around a layer's output; None without padding."""
    slides = [network.layers[reader].slide for reader, _ in network.readers_of(layer)]
    slide = next((each for each in slides if each is not None), None)
    if slide is None:
        return None
    windows = slide.windows
    top, left = windows.padding
    # The padding, and the places beyond it that the last window reads with ``ceil_mode``.
    over_end = [
        max(0, frame - plane - before - after)
        for frame, plane, before, after in zip(
            windows.frame, windows.plane, windows.padding, windows.after, strict=True
        )
    ]
    bottom, right = (a + over for a, over in zip(windows.after, over_end, strict=True))
    if not any((top, left, bottom, right)):
        return None
    return Ring(top, left, bottom, right, _counts_as(slide, any(over_end)))


def _counts_as(slide: Slide, over_end: bool) -> str:
    if not slide.counts_padding:
        return "–"
    if slide.windows.copies > 1:
        return ""
    # Windows ignore the places beyond the padding.
    return ("" if any(slide.windows.padding) else "–") if over_end else "0"


class WindowsAnswer(TypedDict):
    """The places of a layer's windows over the grid it reads: rows, then columns."""

    of: str
    """The key of the grid that the layer reads."""
    starts: list[list[int]]
    """For each output row or column, the first row or column its window reads; negative on
    padding."""
    taps: list[list[int]]
    """The distances from this first row or column of all that the window reads."""
    own_channel: bool
    """Whether a window reads only the channel of its output."""


def windows_json(network: Network, layer: int | None) -> WindowsAnswer | None:
    """The places of a layer's windows; None for a layer without windows."""
    slides = network.layers[layer] if layer is not None and layer >= 0 else None
    if layer is None or slides is None or slides.slide is None:
        return None
    windows = slides.slide.windows
    axes = tuple(
        zip(
            windows.kernel,
            windows.stride,
            windows.padding,
            windows.dilation,
            windows.out,
            strict=True,
        )
    )
    return {
        "of": str(network.read_by(layer)),
        "starts": [
            [i * stride - padding for i in range(out)] for _, stride, padding, _, out in axes
        ],
        "taps": [[i * dilation for i in range(kernel)] for kernel, _, _, dilation, _ in axes],
        "own_channel": slides.keeps_channels,
    }
