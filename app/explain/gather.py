"""A convolution's gradient as a gather with the flipped kernel, for the page."""

import numpy as np
from typing_extensions import TypedDict

from app.engine.gather import Gathered
from app.engine.network import Trace
from app.engine.types import Array
from app.text import sentences
from app.text.equations import product_equation
from app.text.numbers import figure
from app.text.texts import say

MAX_KERNELS = 6
"""The most kernels that are shown; a sentence counts the others."""


class KernelView(TypedDict):
    """A flipped kernel over the upstream gradients: rows of (upstream, weight, product)."""

    rows: list[list[tuple[str, str, str]]]
    sign: str
    """“=” if the products are exact as printed, else “≈”."""


class GatherView(TypedDict):
    """The flipped kernels of a gather, and their sum."""

    sentence: str
    kernels: list[KernelView]


def gather_view(trace: Trace, gathered: Gathered) -> GatherView:
    """The first kernels as printed, and a sentence with their sum."""
    shown = [
        _kernel(*planes)
        for planes in zip(gathered.upstream, gathered.flipped, gathered.products, strict=True)
    ]
    more = len(shown) - MAX_KERNELS
    sentence = say(
        "gather.sentence",
        layer=sentences.layer_title(trace.network, gathered.layer),
        sum=figure(gathered.products.sum()),
    )
    if more > 0:
        sentence = f"{sentence} {say('gather.others', n=more)}"
    return {"sentence": sentence, "kernels": shown[:MAX_KERNELS]}


def _kernel(upstream: Array, weights: Array, products: Array) -> KernelView:
    rows: list[list[tuple[str, str, str]]] = []
    exact = True
    for line in zip(upstream.tolist(), weights.tolist(), products.tolist(), strict=True):
        row = []
        for gradient, weight, product in zip(*line, strict=True):
            if np.isnan(gradient):
                row.append(("–", figure(weight), figure(product)))
                continue
            equation = product_equation((gradient, weight), product)
            row.append((equation.numbers[0], equation.numbers[1], equation.right))
            exact &= equation.sign == "="
        rows.append(row)
    return {"rows": rows, "sign": "=" if exact else "≈"}
