"""Where windows lie over the map they read, and the padding around it, for the stage to draw."""

from dataclasses import dataclass

from typing_extensions import TypedDict

from app.engine.layers import Slide
from app.engine.network import Network


@dataclass(frozen=True)
class Ring:
    """Padding around a map, in cells; also what a last window reads past its end."""

    top: int
    left: int
    bottom: int
    right: int
    text: str
    """What such a cell counts as: «0», or «–» for nothing; empty where some do and some do not."""


def ring_around(network: Network, layer: int) -> Ring | None:
    """The padding around a layer's output, which the layer that reads it adds; None without it."""
    slides = [network.layers[reader].slide for reader, _ in network.readers_of(layer)]
    slide = next((each for each in slides if each is not None), None)
    if slide is None:
        return None
    windows = slide.windows
    top, left = windows.padding
    # What is padded, and what ``ceil_mode`` lets the last window read beyond it.
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
    # Beyond the padding nothing counts.
    return ("" if any(slide.windows.padding) else "–") if over_end else "0"


class WindowsAnswer(TypedDict):
    """Where the windows of a layer lie over what it reads, by rows, then by columns."""

    of: str
    """The grid that it reads."""
    starts: list[list[int]]
    """By output, the first row or column that a window reads; negative on padding."""
    taps: list[list[int]]
    """How far from there it reads."""
    own_channel: bool
    """Whether a window reads the channel of its output alone."""


def windows_json(network: Network, layer: int | None) -> WindowsAnswer | None:
    """Where the windows of a layer lie over what it reads; None for a layer that has none."""
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
