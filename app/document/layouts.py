"""Arrays whose axes are in another order, as TensorFlow’s, read as ours where nothing else fits."""

from collections.abc import Iterator
from itertools import chain, combinations
from typing import Any, NamedTuple

import numpy as np

from app.document.building import build
from app.document.document import Document, Refusal
from app.document.fields import MAX_PROBLEMS, Location
from app.document.layers import Conv2d, Linear
from app.engine.types import Array


class Reading(NamedTuple):
    """A place of a document, and what it was read as."""

    place: Location
    message: str


class Layout(NamedTuple):
    """Another order of the axes that all arrays of a kind may have."""

    words: str
    axes: tuple[int, ...]
    """Where each of our axes is in it."""


_INPUT = Layout("[rows][columns][channels]", (2, 0, 1))
_KERNELS = Layout("[rows][columns][input channels][output channels]", (3, 2, 0, 1))
_MATRICES = Layout("[inputs][outputs]", (1, 0))
OF_LAYERS = {"conv2d": _KERNELS, "linear": _MATRICES}


def laid_out(document: Document) -> tuple[Document, list[Reading]] | None:
    """A document whose arrays fit only in another layout, with these arrays in ours.

    All arrays of a kind have the same layout. None where it fits as it is, or in no layout.

    Raises:
        Refusal: several layouts fit, or numbers would still be in another order.
    """
    if _fits(document):
        return None
    present = {OF_LAYERS[each.type] for each in document.layers if each.type in OF_LAYERS}
    layouts = [each for each in (_KERNELS, _MATRICES) if each in present]
    if document.input.ndim == len(_INPUT.axes):
        layouts.insert(0, _INPUT)
    some = chain.from_iterable(combinations(layouts, n + 1) for n in range(len(layouts)))
    fitting = [which for which in some if _fits(_turned(document, which))]
    if not fitting:
        return None
    which = fitting[0]
    if len(fitting) > 1:
        others = " or ".join(" and ".join(layout.words for layout in each) for each in fitting)
        raise _refused(("layers",), f"The layers fit in several layouts: {others}. {_CURE}")
    places = list(_places(document, which))
    for place, array, layout in places:
        if layout is not _INPUT and array.transpose(layout.axes).shape == array.shape:
            raise _refused(
                place,
                f"Other arrays here fit only as {layout.words}, but this one fits both ways. "
                f"{_CURE}",
            )
    turned = _turned(document, which)
    if _INPUT in which and _mixes_channels(turned):
        raise _refused(
            ("input",),
            f"As {_INPUT.words} this input fits, but flatten would put its cells in another order "
            f"than where channels come last, and the weights after it would meet other cells. "
            f"{_CURE}",
        )
    return turned, [
        Reading(place, f"{_times(array.shape)} fits only as {layout.words}, and is read so.")
        for place, array, layout in places
    ][:MAX_PROBLEMS]


_CURE = (
    "Give inputs as [channels][rows][columns], kernels as [output channels][input channels][rows]"
    "[columns], and the weights of linear layers as [outputs][inputs]."
)


def _places(
    document: Document, which: tuple[Layout, ...]
) -> Iterator[tuple[Location, Array, Layout]]:
    """The arrays of some layouts: (place, array, layout)."""
    if _INPUT in which:
        yield ("input",), document.input, _INPUT
    for i, layer in enumerate(document.layers):
        if isinstance(layer, Conv2d | Linear) and OF_LAYERS[layer.type] in which:
            yield ("layers", i, "weight"), layer.weight, OF_LAYERS[layer.type]


def _turned(document: Document, which: tuple[Layout, ...]) -> Document:
    """The document with the arrays of some layouts in ours."""
    changes: dict[str, Any] = {}
    layers = list(document.layers)
    for place, array, layout in _places(document, which):
        ours = np.ascontiguousarray(array.transpose(layout.axes))
        if place == ("input",):
            changes["input"] = ours
        else:
            at = int(place[1])
            layers[at] = layers[at].model_copy(update={"weight": ours})
    return document.model_copy(update={**changes, "layers": layers})


def _fits(document: Document) -> bool:
    try:
        build(document)
    except Refusal:
        return False
    return True


def _mixes_channels(document: Document) -> bool:
    """Whether a flatten reads several channels of several cells."""
    layers = build(document).layers
    return any(
        each.relabels and each.input_shape[0] > 1 and each.shape[0] > each.input_shape[0]
        for each in layers
    )


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _refused(place: Location, message: str) -> Refusal:
    return Refusal([(place, message)])
